"""The chain forwards and backwards: against Bayes on a grid, and against diffusers."""

import pytest
import torch
from diffusers import DDPMScheduler
from diffusers.schedulers import scheduling_ddpm

from ddpm_lite import schedule as schedules
from ddpm_lite.diffusion import (
    from_x_0,
    p_reverse,
    q_marginal,
    q_posterior,
    q_step,
    to_x_0,
)
from ddpm_lite.schedule import Schedule

# No two of α_t, ᾱ_t, 1 − ᾱ_t agree here, and x_0 is away from 0 and ±1: every slip
# that we know of shows (at t = 2, at x_0 = 0 or at constant α many hide).
SHORT = Schedule(torch.tensor([0.1, 0.2, 0.3, 0.4], dtype=torch.float64))
KINDS = ("x_0", "epsilon", "v", "score", "mean")


class Answer:
    """A network that says what it was given."""

    def __init__(self, predicts, value):
        self.predicts, self.value = predicts, value

    def __call__(self, x_t, t, y=None):
        return self.value


def normal(*shape, seed=0):
    generator = torch.Generator().manual_seed(seed)
    return torch.randn(*shape, generator=generator, dtype=torch.float64)


def every_step(schedule):
    return torch.arange(1, schedule.T + 1)


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("name", ["linear", "cosine", "sigmoid", "log_snr"])
def test_every_kind_and_back_again_at_every_step(name, kind):
    schedule = schedules.make(name, 1000)
    t = every_step(schedule)
    x_0 = normal(1000, 3)
    x_t = q_marginal(schedule, x_0, t).sample(torch.Generator().manual_seed(1))
    said = from_x_0(schedule, kind, x_0, x_t, t)
    back = to_x_0(schedule, kind, said, x_t, t)
    # x_0 is worth √ᾱ_t of x_t, so rounding in x_t costs 1/√ᾱ_t of it in x_0.
    lost = (2e-13 / schedule.alpha_bar[1:].sqrt()).unsqueeze(1)
    assert bool(((back - x_0).abs() < lost + 1e-9 * (kind == "mean")).all())
    if kind != "x_0":
        assert float((said - x_0).abs().max()) > 0.1


def test_the_answers_are_what_their_names_say():
    """x_t = √ᾱ_t x_0 + √(1−ᾱ_t) ε, term by term, and the score by autograd."""
    t = every_step(SHORT)
    x_0, epsilon = normal(4, 3), normal(4, 3, seed=1)
    a = SHORT.alpha_bar[1:].sqrt().unsqueeze(1)
    s = (1 - SHORT.alpha_bar[1:]).sqrt().unsqueeze(1)
    x_t = (a * x_0 + s * epsilon).requires_grad_()
    (slope,) = torch.autograd.grad(q_marginal(SHORT, x_0, t).log_prob(x_t).sum(), x_t)
    for kind, value in (
        ("epsilon", epsilon),
        ("v", a * epsilon - s * x_0),
        ("score", slope),
    ):
        assert torch.allclose(from_x_0(SHORT, kind, x_0, x_t, t), value, atol=1e-12)


@pytest.mark.parametrize("step", [2, 3, 4])
@pytest.mark.parametrize(("x_0", "x_t"), [(1.3, 0.7), (-0.4, -2.1)])
def test_posterior_is_bayes_on_a_grid(step, x_0, x_t):
    """Kernel times marginal, divided by their integral: no formula of the posterior."""
    x = torch.linspace(-8, 8, 4001, dtype=torch.float64)
    n = len(x)
    t = torch.full((n,), step)
    start = torch.full((n,), x_0, dtype=torch.float64)
    end = torch.full((n,), x_t, dtype=torch.float64)
    joint = q_step(SHORT, x, t).log_prob(end) + q_marginal(
        SHORT, start, t - 1
    ).log_prob(x)
    evidence = torch.trapezoid(joint.exp(), x)
    assert torch.allclose(
        evidence.log(), q_marginal(SHORT, start, t).log_prob(end)[0], atol=1e-10
    )
    posterior = q_posterior(SHORT, end, start, t).log_prob(x)
    assert torch.allclose(joint - evidence.log(), posterior, atol=1e-9)


def test_posterior_at_t_1_is_the_point_x_0():
    x_0, x_1, t = normal(5, 2), normal(5, 2, seed=1), torch.ones(5, dtype=torch.int64)
    posterior = q_posterior(SHORT, x_1, x_0, t)
    assert torch.equal(posterior.mean, x_0)
    assert torch.equal(posterior.sample(), x_0)
    with pytest.raises(ValueError, match="t = 1"):
        posterior.log_prob(x_0)


@pytest.mark.parametrize("name", ["linear", "cosine", "sigmoid", "log_snr"])
def test_log_density_of_a_path_two_ways(name):
    """∏ q(x_t|x_{t−1}) = q(x_T|x_0) ∏_{t≥2} q(x_{t−1}|x_t, x_0), along each path."""
    schedule = schedules.make(name, 50)
    generator = torch.Generator().manual_seed(2)
    path = [normal(6, 3)]
    forward = torch.zeros(6, dtype=torch.float64)
    for step in range(1, 51):
        law = q_step(schedule, path[-1], torch.full((6,), step))
        path.append(law.sample(generator))
        forward += law.log_prob(path[-1])
    backward = q_marginal(schedule, path[0], torch.full((6,), 50)).log_prob(path[-1])
    for step in range(2, 51):
        law = q_posterior(schedule, path[step], path[0], torch.full((6,), step))
        backward += law.log_prob(path[step - 1])
    assert torch.allclose(forward, backward, rtol=1e-9, atol=1e-8)
    assert float((backward[:-1] - forward[1:]).abs().min()) > 1e-3  # not a constant


def test_jumps_are_steps_one_after_another():
    """q(x_t|x_0) from q(x_{t−1}|x_0) by one kernel: mean and variance, every t."""
    schedule = schedules.make("cosine", 100)
    t = every_step(schedule)[1:]
    x_0 = normal(1, 1).expand(99, 1)
    before, after = q_marginal(schedule, x_0, t - 1), q_marginal(schedule, x_0, t)
    step = q_step(schedule, before.mean, t)
    assert torch.allclose(step.mean, after.mean, rtol=1e-12)
    alpha = schedule.alpha[t].unsqueeze(1)
    assert torch.allclose(step.var + alpha * before.var, after.var, rtol=1e-12)


@pytest.mark.parametrize("kind", KINDS)
def test_the_right_answer_gives_the_posterior(kind):
    t = every_step(SHORT)
    x_0, x_t = normal(4, 2), normal(4, 2, seed=1)
    net = Answer(kind, from_x_0(SHORT, kind, x_0, x_t, t))
    target = q_posterior(SHORT, x_t, x_0, t)
    for variance, expected in (
        ("posterior", SHORT.posterior_variance),
        ("beta", SHORT.beta),
        (SHORT.beta / 2, SHORT.beta / 2),
    ):
        model = p_reverse(net, SHORT, x_t, t, variance)
        assert torch.allclose(model.mean, target.mean, atol=1e-12)
        assert torch.equal(model.var.flatten(), expected[1:])


def test_clipping_touches_x_0_alone():
    t, x_t = every_step(SHORT), normal(4, 3)
    said = torch.tensor([[-3.0, 0.5, 3.0]], dtype=torch.float64).expand(4, 3)
    kept = torch.tensor([[-1.0, 0.5, 1.0]], dtype=torch.float64).expand(4, 3)
    model = p_reverse(Answer("x_0", said), SHORT, x_t, t, clip=True)
    assert torch.equal(model.mean, q_posterior(SHORT, x_t, kept, t).mean)


def test_labels_go_only_to_a_network_that_is_asked_about_one():
    told = []

    class Old:
        predicts = "x_0"

        def __call__(self, x_t, t, *labels):
            told.append((t.tolist(), *labels))
            return x_t

    x, t, y = normal(2, 1), torch.tensor([1, 3]), torch.tensor([4, 9])
    p_reverse(Old(), SHORT, x, t)
    p_reverse(Old(), SHORT, x, t, y=y)
    p_reverse(Old(), schedules.linear(100).respace(4), x, t)  # told its own times
    assert told == [([1, 3],), ([1, 3], y), ([25, 75],)]


def doubled(scheduler, schedule):
    """Give diffusers' own step tables in float64."""
    scheduler.betas = schedule.beta[1:]
    scheduler.alphas = schedule.alpha[1:]
    scheduler.alphas_cumprod = schedule.alpha_bar[1:]
    scheduler.one = torch.ones((), dtype=torch.float64)


THEIRS = {"x_0": "sample", "epsilon": "epsilon", "v": "v_prediction"}


@pytest.mark.parametrize("kind", THEIRS)
@pytest.mark.parametrize("variance", ["posterior", "beta"])
def test_one_reverse_step_agrees_with_diffusers_at_every_t(kind, variance):
    """rtol 5e-4 as it ships (its tables are float32), 1e-10 on float64 tables."""
    schedule = schedules.linear(1000)
    scheduler = DDPMScheduler(
        num_train_timesteps=1000,
        beta_schedule="linear",
        variance_type="fixed_small" if variance == "posterior" else "fixed_large",
        prediction_type=THEIRS[kind],
        clip_sample=False,
    )
    x_t, said = normal(1000, 4), normal(1000, 4, seed=1)
    t = every_step(schedule)
    model = p_reverse(Answer(kind, said), schedule, x_t, t, variance)
    noise = normal(1000, 4, seed=2)
    noise[0] = 0  # both: no noise at t = 1
    ours = model.mean + model.std * noise
    draw = _Replay()
    scale = ours.abs().amax(1, keepdim=True)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(scheduling_ddpm, "randn_tensor", draw)
        for rtol in (5e-4, 1e-10):
            if rtol < 1e-6:
                doubled(scheduler, schedule)
            theirs = []
            for i in range(1000):
                row, draw.noise = slice(i, i + 1), noise[i]
                done = scheduler.step(said[row], i, x_t[row])
                theirs.append(done.prev_sample[0])
            apart = (torch.stack(theirs) - ours).abs() / scale
            assert float(apart.max()) < rtol
    assert draw.used == 2 * 999  # at t = 1 neither draws noise
    assert float((q_marginal(schedule, x_t, t).mean - ours).abs().max()) > 0.1


class _Replay:
    """Stands in for diffusers' source of noise."""

    noise: torch.Tensor
    used = 0

    def __call__(self, shape, **_):
        self.used += 1
        return self.noise.reshape(shape)


@pytest.mark.parametrize(
    "t", [[0], [5], [-1], [1.0], [[1]]], ids=["0", "T+1", "-1", "float", "2-D"]
)
def test_times_outside_1_to_T_are_refused(t):
    x = normal(1, 2)
    for law in (
        lambda t: q_step(SHORT, x, t),
        lambda t: q_marginal(SHORT, x, t),
        lambda t: q_posterior(SHORT, x, x, t),
        lambda t: p_reverse(Answer("x_0", x), SHORT, x, t),
    ):
        with pytest.raises(ValueError, match=r"^t must"):
            law(torch.tensor(t))


def test_unknown_names_are_refused():
    x, t = normal(1, 2), torch.tensor([2])
    for way in (to_x_0, from_x_0):
        with pytest.raises(ValueError, match=r"unknown kind 'eps'"):
            way(SHORT, "eps", x, x, t)
    with pytest.raises(ValueError, match=r"unknown variance 'b'"):
        p_reverse(Answer("x_0", x), SHORT, x, t, "b")
    with pytest.raises(ValueError, match=r"5 entries"):
        p_reverse(Answer("x_0", x), SHORT, x, t, torch.ones(4))
