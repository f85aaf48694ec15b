"""The exact worlds against brute integration, which knows none of their formulas."""

import math

import pytest
import torch

from ddpm_lite import schedule as schedules
from ddpm_lite.diffusion import p_reverse, predict_x_0, q_marginal
from ddpm_lite.gaussian import Gaussian
from ddpm_lite.objectives import one_sample, t_sample, two_sample
from ddpm_lite.schedule import Schedule
from ddpm_lite.toys import (
    Coins,
    Exact,
    GaussianData,
    Points,
    elbo_terms,
    log_evidence,
    score,
)

SHORT = Schedule(torch.tensor([0.1, 0.2, 0.3, 0.4]))
WORLDS = {
    "coins": Coins(),
    "gaussian": GaussianData(1.0, 0.25),
    "points": Points(torch.tensor([[-1.0], [0.3], [1.3]], dtype=torch.float64)),
}


def brute(name, x_t, t):
    """q(x_t) and E[x_0|x_t] by summing or integrating over x_0."""
    if name == "gaussian":
        x_0 = torch.linspace(-5, 7, 20001, dtype=torch.float64)
        prior = torch.exp(-((x_0 - 1.0) ** 2) / 0.5) / math.sqrt(0.5 * math.pi)
        prior = prior * (x_0[1] - x_0[0])
    else:
        x_0 = (
            WORLDS["points"].atoms[:, 0] if name == "points" else torch.tensor([-1, 1])
        )
        x_0 = x_0.double()
        prior = torch.full_like(x_0, 1 / len(x_0))
    a, var = SHORT.alpha_bar[t], 1 - SHORT.alpha_bar[t]
    likelihood = torch.exp(-((x_t - a.sqrt() * x_0) ** 2) / (2 * var))
    joint = prior * likelihood / torch.sqrt(2 * math.pi * var)
    return joint.sum(1), (joint * x_0).sum(1) / joint.sum(1)


@pytest.mark.parametrize("name", WORLDS)
@pytest.mark.parametrize("step", [1, 3, 4])
def test_worlds_agree_with_brute_integration(name, step):
    x_t = torch.linspace(-2.5, 2.7, 11, dtype=torch.float64).unsqueeze(1)
    t = torch.full((11,), step)
    density, mean = brute(name, x_t, step)
    world = WORLDS[name]
    assert torch.allclose(world.log_prob(SHORT, x_t, t).exp(), density, rtol=1e-9)
    assert torch.allclose(world.expected_x_0(SHORT, x_t, t)[:, 0], mean, atol=1e-9)


@pytest.mark.parametrize("name", WORLDS)
def test_score_is_the_gradient_of_log_prob(name):
    x_t = torch.linspace(-2, 2, 9, dtype=torch.float64).unsqueeze(1).requires_grad_()
    t = torch.full((9,), 3)
    (slope,) = torch.autograd.grad(WORLDS[name].log_prob(SHORT, x_t, t).sum(), x_t)
    assert torch.allclose(score(WORLDS[name], SHORT, x_t, t), slope, atol=1e-12)


def test_points_generalise_coins_and_take_images():
    t = torch.tensor([1, 2, 3, 4])
    x_t = torch.tensor([[-0.4], [0.2], [1.9], [-3.0]], dtype=torch.float64)
    points = Points(torch.tensor([[-1.0], [1.0]]))
    for answer in ("expected_x_0", "log_prob"):
        one, other = (getattr(w, answer)(SHORT, x_t, t) for w in (points, Coins()))
        assert torch.allclose(one, other, atol=1e-12)
    images = torch.rand(5, 1, 28, 28, generator=torch.Generator().manual_seed(0))
    world = Points(images)
    x_1 = q_marginal(SHORT, images, torch.ones(5, dtype=torch.int64)).mean
    weights = world.weights(SHORT, x_1, torch.ones(5, dtype=torch.int64))
    assert weights.argmax(1).tolist() == [0, 1, 2, 3, 4]
    assert torch.allclose(weights.sum(1), torch.ones(5).double())
    assert world.sample(3).shape == (3, 1, 28, 28)


@pytest.mark.parametrize("name", WORLDS)
def test_draws_follow_the_law(name):
    """N = 40,000 draws; 4.5 standard errors of E x_0 and of E x_0²."""
    n, world = 40_000, WORLDS[name]
    x_0 = world.sample(n, torch.Generator().manual_seed(1))
    moments = {"coins": (0, 1), "gaussian": (1, 1.25), "points": (0.2, 2.78 / 3)}
    for power, expected in zip((1, 2), moments[name], strict=True):
        value = x_0**power
        error = 4.5 * float(value.std()) / math.sqrt(n)
        assert abs(float(value.mean()) - expected) <= error + 1e-12


@pytest.mark.parametrize("kind", ["x_0", "epsilon", "v", "score", "mean"])
def test_exact_answers_in_every_parameterisation_and_after_respacing(kind):
    schedule = schedules.linear(20, 1e-3, 0.3)
    net = Exact(Coins(), schedule, kind)
    x_t = torch.linspace(-2, 2, 5, dtype=torch.float64).unsqueeze(1)
    for seen, step, own in [(schedule, 7, 7)] + (
        [] if kind == "mean" else [(schedule.respace(5), 3, 12)]
    ):
        t = torch.full((5,), step)
        expected = Coins().expected_x_0(schedule, x_t, torch.full((5,), own))
        assert torch.allclose(predict_x_0(net, seen, x_t, t), expected, atol=1e-9)


def test_normal_data_make_the_bound_tight():
    """For 𝒩(0, 1) data, exact means and σ² = β the chain runs back exactly."""
    net = Exact(GaussianData(), SHORT)
    x_0 = torch.tensor([[-1.0], [0.3], [1.7]], dtype=torch.float64)
    normal = Gaussian(torch.zeros_like(x_0), torch.ones_like(x_0)).log_prob(x_0)
    assert torch.allclose(log_evidence(net, SHORT, x_0), normal, atol=1e-10)
    assert torch.allclose(elbo_terms(net, SHORT, x_0).sum(1), normal, atol=1e-10)


@pytest.mark.parametrize("variance", ["beta", "posterior"])
def test_the_bound_is_below_the_evidence_and_the_evidence_integrates_to_one(variance):
    net = Exact(Coins(), SHORT)
    x_0 = torch.linspace(-6, 6, 601, dtype=torch.float64).unsqueeze(1)
    evidence = log_evidence(net, SHORT, x_0, variance)
    assert float(evidence.exp().sum()) * 0.02 == pytest.approx(1, abs=1e-9)
    some = x_0[[250, 300, 333, 350]]
    gap = evidence[[250, 300, 333, 350]] - elbo_terms(net, SHORT, some, variance).sum(1)
    assert bool((gap > 0.01).all())


def test_quadrature_agrees_with_draws():
    """N = 200,000 pairs at t = 3; a missing √ in the kernel is 60 errors away."""
    net, n, t = Exact(Coins(), SHORT), 200_000, torch.full((200_000,), 3)
    generator = torch.Generator().manual_seed(2)
    x_0 = torch.ones(n, 1, dtype=torch.float64)
    before = q_marginal(SHORT, x_0, t - 1).sample(generator)
    epsilon = torch.randn(n, 1, generator=generator, dtype=torch.float64)
    after = math.sqrt(0.7) * before + math.sqrt(0.3) * epsilon
    back = p_reverse(net, SHORT, after, t, "beta").log_prob(before)
    ratio = back - Gaussian(math.sqrt(0.7) * before, torch.tensor(0.3)).log_prob(after)
    exact = elbo_terms(net, SHORT, x_0[:1])[0, 3]
    assert abs(float(ratio.mean() - exact)) < 4.5 * float(ratio.std()) / math.sqrt(n)


def test_the_objectives_take_the_exact_network():
    """In float64, N = 4,000 each, and they agree within 4.5 standard errors."""
    net, n = Exact(Coins(), SHORT), 4_000
    x_0 = torch.ones(n, 1, dtype=torch.float64)
    t = torch.arange(n) % SHORT.T + 1
    generator = torch.Generator().manual_seed(3)
    path = t_sample(net, SHORT, x_0, generator, "beta")
    pair = two_sample(net, SHORT, x_0, t, generator, "beta")
    single = one_sample(net, SHORT, x_0, t, generator, "beta")
    assert path.dtype == pair.dtype == single.dtype == torch.float64
    for other in (pair, single):
        error = math.hypot(float(path.std()), float(other.std())) / math.sqrt(n)
        assert abs(float(path.mean() - other.mean())) < 4.5 * error


@pytest.mark.parametrize(
    "call",
    [
        lambda: GaussianData(0.0, -1.0),
        lambda: Points(torch.zeros(0, 1)),
        lambda: Points(torch.zeros(3)),
        lambda: log_evidence(Exact(Coins(), SHORT), SHORT, torch.zeros(3)),
        lambda: log_evidence(
            Exact(Coins(), SHORT), SHORT, torch.zeros(1, 1).double(), points=9
        ),
    ],
)
def test_bad_input_is_one_clear_sentence(call):
    with pytest.raises(ValueError, match=r"^[^\n]{20,}$"):
        call()
