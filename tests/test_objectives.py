"""The objectives against exact integrals: same mean, and what each slip would cost."""

import math

import pytest
import torch

from ddpm_lite import schedule as schedules
from ddpm_lite.diffusion import from_x_0, p_reverse, q_marginal, q_posterior
from ddpm_lite.gaussian import Gaussian
from ddpm_lite.objectives import (
    bound_weight,
    draw_t,
    last_variance,
    one_sample,
    prior_cross_entropy,
    prior_term,
    reconstruction,
    simple,
    standard_normal,
    step_kl,
    t_sample,
    two_sample,
)
from ddpm_lite.schedule import Schedule
from ddpm_lite.toys import _gauss_hermite

SHORT = Schedule(torch.tensor([0.1, 0.2, 0.3, 0.4], dtype=torch.float64))
START = 0.6  # one grey level, away from 0 and ±1


class Straight:
    """x̂_0 = gain x_t + offset: a linear network, and not a good one."""

    predicts = "x_0"

    def __init__(self, gain=0.7, offset=-0.1):
        self.gain, self.offset = gain, offset

    def __call__(self, x_t, t, y=None):
        return self.gain * x_t + self.offset


class Answer:
    """A network that says what it was given."""

    def __init__(self, predicts, value):
        self.predicts, self.value = predicts, value

    def __call__(self, x_t, t, y=None):
        return self.value


def normal(*shape, seed=0):
    generator = torch.Generator().manual_seed(seed)
    return torch.randn(*shape, generator=generator, dtype=torch.float64)


def full(n, step):
    return torch.full((n,), step)


def exact_terms(net, variance):
    """L_T, L_1, …, L_{T−1}, L_0 of x_0 = START by Gauss–Hermite: entry t is step t.

    Written out once more from the definitions of chapter 7, in numbers.
    """
    node, weight = _gauss_hermite(60)
    alpha_bar, alpha = SHORT.alpha_bar, SHORT.alpha
    a = float(alpha_bar[4])
    terms = [0.5 * (a * START**2 - a - math.log(1 - a))]
    for t in range(1, 5):
        before, now, kept = (
            float(v) for v in (alpha_bar[t - 1], alpha_bar[t], alpha[t])
        )
        x_t = math.sqrt(now) * START + math.sqrt(1 - now) * node
        c_0 = math.sqrt(before) * (1 - kept) / (1 - now)
        c_t = math.sqrt(kept) * (1 - before) / (1 - now)
        error = c_0 * (net(x_t, t) - START)
        var_q = (1 - kept) * (1 - before) / (1 - now)
        var = 1 - kept if variance == "beta" else var_q
        if t == 1:
            var = float(last_variance(SHORT, variance, node))
            mean = (c_t * x_t + c_0 * net(x_t, t)).unsqueeze(1)
            mass = Gaussian(mean, torch.tensor(var).double()).log_mass(
                torch.full_like(mean, START)
            )
            terms.append(float(-(weight * mass).sum()))
        else:
            kl = 0.5 * (math.log(var / var_q) - 1 + var_q / var + error**2 / var)
            terms.append(float((weight * kl).sum()))
    return terms


@pytest.mark.parametrize("variance", ["posterior", "beta"])
def test_three_estimates_of_one_bound(variance):
    """N draws each, within 4.5 standard errors of the integral.

    N = 60,000 gives errors of at most 0.03 nats, so 0.135 would be seen. Slips: a
    pair drawn independently, the two-draw loss without the posterior's entropy, L_0
    counted as a divergence or left out, a sum in place of T times a mean. Each costs
    more (`test_what_the_slips_cost`).
    """
    net, n = Straight(), 60_000
    exact = sum(exact_terms(net, variance))
    x_0 = torch.full((n, 1), START, dtype=torch.float64)
    generator = torch.Generator().manual_seed(3)
    t = torch.arange(n) % 4 + 1
    found = {
        "t": t_sample(net, SHORT, x_0, generator, variance),
        "two": two_sample(net, SHORT, x_0, t, generator, variance),
        "one": one_sample(net, SHORT, x_0, t, generator, variance),
    }
    for name, value in found.items():
        # Stratified: the spread from t to t does not count.
        groups = [value] if name == "t" else [value[t == k] for k in range(1, 5)]
        error = math.sqrt(sum(float(g.var()) / len(g) for g in groups)) / len(groups)
        assert error < 0.03
        assert abs(float(value.mean()) - exact) < 4.5 * error, name


def test_what_the_slips_cost():
    """In the same world: how far each slip moves the mean, exactly or by draws."""
    net, n = Straight(), 60_000
    terms = exact_terms(net, "posterior")
    assert min(abs(v) for v in terms[2:]) > 0.135  # a term left out, or taken twice
    assert abs(terms[1]) > 1.0  # L_0
    assert 0.75 * abs(sum(terms[1:])) > 0.135  # no factor T

    x_0 = torch.full((n, 1), START, dtype=torch.float64)
    generator = torch.Generator().manual_seed(4)
    for step in (2, 3, 4):
        t = full(n, step)
        x_t = q_marginal(SHORT, x_0, t).sample(generator)
        apart = q_marginal(SHORT, x_0, t - 1).sample(generator)  # not x_t's own
        together = q_posterior(SHORT, x_t, x_0, t).sample(generator)
        model = p_reverse(net, SHORT, x_t, t)
        cost = float((model.log_prob(together) - model.log_prob(apart)).mean())
        assert cost > 0.135


@pytest.mark.parametrize("step", [2, 3, 4])
def test_two_draws_are_one_draw_plus_the_posteriors_variance(step):
    """E‖x_{t−1} − μ_θ‖² = E‖μ_q − μ_θ‖² + D σ_q²: N = 40,000, D = 3.

    Paired, so the error is about 1 % of D σ_q²: without the term the test is 90
    errors away.
    """
    net, n = Straight(), 40_000
    generator = torch.Generator().manual_seed(5)
    x_0, t = torch.full((n, 3), START, dtype=torch.float64), full(n, step)
    x_t = q_marginal(SHORT, x_0, t).sample(generator)
    target = q_posterior(SHORT, x_t, x_0, t)
    model = p_reverse(net, SHORT, x_t, t)
    two = (target.sample(generator) - model.mean).square().sum(1)
    one = (target.mean - model.mean).square().sum(1)
    expected = 3 * float(SHORT.posterior_variance[step])
    error = float((two - one).std()) / math.sqrt(n)
    assert abs(float((two - one).mean()) - expected) < 4.5 * error < 0.1 * expected


@pytest.mark.parametrize("name", ["linear", "cosine", "sigmoid", "log_snr"])
@pytest.mark.parametrize("kind", ["x_0", "epsilon", "v"])
def test_the_weight_times_the_square_is_the_divergence_at_every_step(name, kind):
    schedule = schedules.make(name, 1000)
    t = torch.arange(2, 1001)
    x_0, said = normal(999, 2), normal(999, 2, seed=1)
    x_t = q_marginal(schedule, x_0, t).sample(torch.Generator().manual_seed(2))
    error = (from_x_0(schedule, kind, x_0, x_t, t) - said).square().sum(1)
    kl = step_kl(Answer(kind, said), schedule, x_0, x_t, t)
    weight = bound_weight(schedule, kind)
    assert bool(torch.isnan(weight[:2]).all())
    # SNR(t−1) − SNR(t) cancels digits where β_t is small against 1 − ᾱ_t.
    assert torch.allclose(weight[2:] * error, kl, rtol=2e-7)


def test_there_is_no_divergence_at_t_1():
    x = normal(2, 1)
    with pytest.raises(ValueError, match=r"t = 1, whose term is L_0"):
        step_kl(Straight(), SHORT, x, x, full(2, 1))


def test_prior_terms_are_their_integrals():
    x_0 = torch.tensor([[0.6, -1.0], [0.0, 0.3]], dtype=torch.float64)
    node, weight = _gauss_hermite(40)
    end = q_marginal(SHORT, x_0, full(2, 4))
    entropy = torch.log(2 * math.pi * math.e * end.var).flatten()[0] / 2
    for row in (0, 1):
        cross = 0.0
        for column in (0, 1):
            x = (end.mean[row, column] + end.std.flatten()[0] * node).unsqueeze(1)
            cross -= float((weight * standard_normal(x).log_prob(x)).sum())
        assert float(prior_cross_entropy(SHORT, x_0)[row]) == pytest.approx(cross)
        kl = cross - 2 * float(entropy)
        assert float(prior_term(SHORT, x_0)[row]) == pytest.approx(kl)


@pytest.mark.parametrize("variance", ["posterior", "beta"])
def test_the_last_step_pays_for_grey_levels(variance):
    """L_0 ≥ 0 always; better guesses pay less; its σ_1² is σ_q²(2) or β_1."""
    x_0 = torch.tensor([[-1.0, START, 1.0]], dtype=torch.float64)
    cost = [
        float(reconstruction(Answer("x_0", x_0 + off), SHORT, x_0, x_0, variance))
        for off in (0.0, 0.1, 0.5)
    ]
    assert 0 < cost[0] < cost[1] < cost[2]
    sigma = float(last_variance(SHORT, variance, x_0))
    wanted = SHORT.beta[1] if variance == "beta" else SHORT.posterior_variance[2]
    assert sigma == pytest.approx(float(wanted))


@pytest.mark.parametrize("kind", ["x_0", "epsilon", "v"])
def test_simple_is_the_mean_square_over_pixels(kind):
    t = torch.tensor([1, 2, 3, 4])
    x_0, said = normal(4, 1, 5, 5), normal(4, 1, 5, 5, seed=1)
    x_t = q_marginal(SHORT, x_0, t).sample(torch.Generator().manual_seed(6))
    target = from_x_0(SHORT, kind, x_0, x_t, t)
    loss = simple(Answer(kind, said), SHORT, x_0, t, torch.Generator().manual_seed(6))
    assert torch.allclose(loss, (target - said).square().sum((1, 2, 3)) / 25)


def test_the_labels_of_simple_reach_the_network():
    told = []

    class Old:
        predicts = "x_0"

        def __call__(self, x_t, t, *labels):
            told.append(labels)
            return x_t

    x_0, y = normal(2, 1), torch.tensor([4, 9])
    simple(Old(), SHORT, x_0, full(2, 3))
    simple(Old(), SHORT, x_0, full(2, 3), y=y)
    assert told == [(), (y,)]


@pytest.mark.parametrize("T", [1, 2])
def test_a_short_chain_has_a_last_variance_too(T):
    """σ_q²(2) where there are two steps; with one, all that is left is β_1."""
    short = Schedule(SHORT.betas[:T])
    wanted = short.beta[1] if T == 1 else short.posterior_variance[2]
    assert wanted > 0
    assert last_variance(short, "posterior", normal(1)) == wanted


def test_no_weight_is_made_up():
    with pytest.raises(ValueError, match="no weight for 'score'"):
        bound_weight(SHORT, "score")


def test_times_are_uniform_and_evenly_spread():
    """Every batch of 4 k visits each t k times; N = 4,000 single draws are uniform."""
    generator = torch.Generator().manual_seed(7)
    for _ in range(20):
        assert torch.bincount(draw_t(SHORT, 12, generator)).tolist() == [0, 3, 3, 3, 3]
    alone = torch.cat([draw_t(SHORT, 1, generator) for _ in range(4000)])
    count = torch.bincount(alone, minlength=5)[1:].double()
    error = math.sqrt(4000 * 0.25 * 0.75)
    assert float((count - 1000).abs().max()) < 4.5 * error
    assert int(draw_t(schedules.linear(1000), 4000, generator).max()) == 1000
    assert torch.bincount(draw_t(SHORT, 8)).tolist() == [0, 2, 2, 2, 2]


def test_the_last_of_all_offsets_is_still_a_time(monkeypatch):
    almost = torch.tensor(1 - 2**-53, dtype=torch.float64)
    monkeypatch.setattr(torch, "rand", lambda *_, **__: almost)
    for T in (1, 3, 4, 1000, 4000):
        assert int(draw_t(schedules.cosine(T), 7).max()) == T


def test_gradients_of_the_two_losses_agree_in_mean():
    """d/d offset at t = 3: N = 40,000, paired; the two-draw one is noisier.

    A gradient that flowed through x_t or μ_q, or ran the wrong way, is over 20 errors
    off.
    """
    n, t = 40_000, full(40_000, 3)
    x_0 = torch.full((n, 1), START, dtype=torch.float64)
    offset = torch.zeros(n, 1, dtype=torch.float64, requires_grad=True)
    generator = torch.Generator().manual_seed(8)
    x_t = q_marginal(SHORT, x_0, t).sample(generator)
    target = q_posterior(SHORT, x_t, x_0, t)
    model = p_reverse(Straight(0.7, offset), SHORT, x_t, t)
    losses = (-model.log_prob(target.sample(generator)), target.kl(model))
    two, one = (
        torch.autograd.grad(loss.sum(), offset, retain_graph=True)[0].flatten()
        for loss in losses
    )
    error = float((two - one).std()) / math.sqrt(n)
    assert abs(float((two - one).mean())) < 4.5 * error
    assert abs(float(one.mean())) > 20 * error
    extra = SHORT.posterior_mean_x_0[3] ** 2 / SHORT.posterior_variance[3]
    spread = float(two.var() - one.var())
    assert spread == pytest.approx(float(extra), rel=0.1)
