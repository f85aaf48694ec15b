"""The perfect network against Bayes' rule, autograd, and the entropy of its digits."""

import math
from functools import cache

import pytest
import torch
from torch import Tensor

from ddpm_lite.bound import Choice, bound
from ddpm_lite.diffusion import q_marginal, to_x_0
from ddpm_lite.digits import embedded, to_pixels, to_unit
from ddpm_lite.gaussian import Gaussian
from ddpm_lite.sampling import ddim
from ddpm_lite.schedule import Schedule, at, cosine, linear
from ddpm_lite.toys import Exact, Points


@cache
def digits(count: int) -> Tensor:
    return to_unit(embedded().images[:count])


def perfect(schedule: Schedule, known: Tensor) -> Exact:
    return Exact(Points(known), schedule, predicts="x_0")


def log_mixture(x_t: Tensor, t: int, known: Tensor) -> Tensor:
    """log q(x_t) for x_0 uniform on ``known``, up to a constant, digit by digit."""
    when = torch.full((len(known),), t)
    each = q_marginal(linear(1000), known, when)
    logs = [Gaussian(each.mean, each.var).log_prob(x.expand_as(known)) for x in x_t]
    return torch.stack(logs).logsumexp(1)


@pytest.mark.parametrize("t", [1, 300, 700, 1000])
def test_its_answer_is_the_exact_score(t: int) -> None:
    """Tweedie: ∇ log q(x_t) = (√ᾱ_t E[x_0|x_t] − x_t)/(1 − ᾱ_t), by autograd."""
    schedule, known = linear(1000), digits(20).double()
    net = perfect(schedule, known)
    when = torch.full((5,), t)
    g = torch.Generator().manual_seed(t)
    x_t = q_marginal(schedule, known[:5], when).sample(g).requires_grad_()
    (score,) = torch.autograd.grad(log_mixture(x_t, t, known).sum(), x_t)
    x_t = x_t.detach()
    told = to_x_0(schedule, "score", score, x_t, when)
    torch.testing.assert_close(net(x_t, when), told, rtol=1e-9, atol=1e-9)


def test_candidates_fall_from_all_to_one() -> None:
    schedule, known = linear(1000), digits(50)
    world = Points(known)
    g = torch.Generator().manual_seed(0)
    left = []
    for t in (1000, 600, 10):
        when = torch.full((50,), t)
        x_t = q_marginal(schedule, known, when).sample(g)
        left.append(world.candidates(schedule, x_t, when))
    everyone, some, one = (x.mean().item() for x in left)
    assert everyone > 45
    assert 1.2 < some < 40
    assert one == pytest.approx(1, abs=1e-9)
    x = torch.randn(3, 1, 28, 28, generator=g)
    rows = world.weights(schedule, x, torch.tensor([1, 500, 1000])).sum(1)
    torch.testing.assert_close(rows, torch.ones_like(rows))


@pytest.mark.parametrize("count", [2, 10, 100])
def test_its_floors_add_up_to_the_entropy_of_the_digits(count: int) -> None:
    schedule = cosine(1000)
    x_0 = digits(count)[torch.arange(600) % count]
    found = bound(
        perfect(schedule, digits(count)),
        schedule,
        x_0,
        [Choice("σ_q²", "posterior", False)],
        times=25,
        generator=torch.Generator().manual_seed(0),
        batch=600,
    )[0]
    error = found.steps.nats - math.log(count)
    assert abs(error) < 4 * found.steps.se
    assert found.steps.se < 0.13  # so that the line above says something


def test_a_network_that_errs_pays_more_than_the_entropy() -> None:
    """The slip: √ᾱ_t dropped where the digits are compared."""
    schedule, known = cosine(1000), digits(10)

    class Slip(Points):
        def weights(self, schedule: Schedule, x_t: Tensor, t: Tensor) -> Tensor:
            x, flat = x_t.double().flatten(1), self.atoms.double().flatten(1)
            noise = at(schedule.noise_variance, t, x)
            return torch.softmax(-(torch.cdist(x, flat) ** 2) / (2 * noise), dim=1)

    found = bound(
        Exact(Slip(known), schedule, predicts="x_0"),
        schedule,
        known[torch.arange(600) % 10],
        [Choice("σ_q²", "posterior", False)],
        generator=torch.Generator().manual_seed(0),
        batch=600,
    )[0]
    assert found.steps.nats - math.log(10) > 4 * found.steps.se


def test_its_samples_are_copies() -> None:
    schedule, known = cosine(1000), digits(30)
    net = perfect(schedule, known)
    drawn = ddim(net, schedule, 8, torch.Generator().manual_seed(0), steps=50)
    pixels, originals = to_pixels(drawn), to_pixels(known)
    same = (pixels[:, None] == originals[None]).flatten(2).all(2)
    assert (same.sum(1) == 1).all()  # each is one of the digits, grey level by level
    assert len(same.int().argmax(1).unique()) > 1
