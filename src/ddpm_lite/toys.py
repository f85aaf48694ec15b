"""Worlds small enough that nothing has to be learned: every answer is exact.

A *world* knows its data law q(x_0), so it can say E[x_0|x_t], the score ∇ log q(x_t)
and log q(x_t) without a network. Three of them:

- :class:`Coins`: every coordinate is +1 or −1. The book's world done by hand.
- :class:`GaussianData`: every coordinate is 𝒩(m, v). Everything stays Gaussian.
- :class:`Points`: N given images, equally likely. The book's world done by machine.

:class:`Exact` turns a world into a network that makes no mistake; objectives, bound and
sampling take it like any other. On one coordinate, :func:`log_evidence` and
:func:`elbo_terms` do the integrals that a real network leaves to chance.
"""

import math
from dataclasses import dataclass
from functools import cached_property
from typing import Protocol

import torch
from torch import Tensor

from ddpm_lite.diffusion import (
    Kind,
    Net,
    Variance,
    from_x_0,
    p_reverse,
    q_marginal,
    q_step,
)
from ddpm_lite.gaussian import Gaussian, sum_except_batch
from ddpm_lite.objectives import last_variance
from ddpm_lite.schedule import Schedule, at


class World(Protocol):
    """A law of x_0 whose noisy versions can be written down."""

    def sample(self, count: int, generator: torch.Generator | None = None) -> Tensor:
        """(count, ...) independent draws of x_0, float64."""
        ...

    def expected_x_0(self, schedule: Schedule, x_t: Tensor, t: Tensor) -> Tensor:
        """E[x_0 | x_t], the best guess there is; the shape of ``x_t``."""
        ...

    def log_prob(self, schedule: Schedule, x_t: Tensor, t: Tensor) -> Tensor:
        """log q(x_t): (B,) nats."""
        ...


def score(world: World, schedule: Schedule, x_t: Tensor, t: Tensor) -> Tensor:
    """∇ log q(x_t) = (√ᾱ_t E[x_0|x_t] − x_t)/(1 − ᾱ_t): Tweedie's formula."""
    return from_x_0(schedule, "score", world.expected_x_0(schedule, x_t, t), x_t, t)


@dataclass(frozen=True)
class Coins:
    """x_0 = ±1 in every coordinate, independently, each with probability ½.

    Args:
        shape: shape of one example; draws have it, the exact answers take any.
    """

    shape: tuple[int, ...] = (1,)

    def sample(self, count: int, generator: torch.Generator | None = None) -> Tensor:
        """(count, \\*shape) draws of ±1, float64."""
        sides = torch.randint(0, 2, (count, *self.shape), generator=generator)
        return 2.0 * sides.double() - 1

    def expected_x_0(self, schedule: Schedule, x_t: Tensor, t: Tensor) -> Tensor:
        """tanh(√ᾱ_t x_t / (1 − ᾱ_t)): +1 and −1 weighed by 𝒩(x_t; ±√ᾱ_t, 1 − ᾱ_t)."""
        a = at(schedule.alpha_bar, t, x_t).sqrt()
        return torch.tanh(a * x_t / at(schedule.noise_variance, t, x_t))

    def log_prob(self, schedule: Schedule, x_t: Tensor, t: Tensor) -> Tensor:
        """log of ½ 𝒩(x_t; √ᾱ_t, 1 − ᾱ_t) + ½ 𝒩(x_t; −√ᾱ_t, 1 − ᾱ_t), summed."""
        a = at(schedule.alpha_bar, t, x_t).sqrt()
        var = at(schedule.noise_variance, t, x_t)
        up, down = -((x_t - a) ** 2) / (2 * var), -((x_t + a) ** 2) / (2 * var)
        both = torch.logaddexp(up, down) - math.log(2)
        return sum_except_batch(both - 0.5 * torch.log(2 * math.pi * var))


@dataclass(frozen=True)
class GaussianData:
    """x_0 ~ 𝒩(mean, var) in every coordinate, independently.

    Raises:
        ValueError: if the variance is negative or not finite.
    """

    mean: float = 0.0
    var: float = 1.0
    shape: tuple[int, ...] = (1,)

    def __post_init__(self) -> None:
        if not (math.isfinite(self.var) and self.var >= 0):
            raise ValueError(f"GaussianData: var must be finite and ≥ 0: {self.var}")

    def sample(self, count: int, generator: torch.Generator | None = None) -> Tensor:
        """(count, \\*shape) draws, float64."""
        size = (count, *self.shape)
        epsilon = torch.randn(size, generator=generator, dtype=torch.float64)
        return self.mean + math.sqrt(self.var) * epsilon

    def marginal(self, schedule: Schedule, x_t: Tensor, t: Tensor) -> Gaussian:
        """q(x_t) = 𝒩(√ᾱ_t m, ᾱ_t v + 1 − ᾱ_t)."""
        alpha_bar = at(schedule.alpha_bar, t, x_t)
        mean = torch.ones_like(x_t) * alpha_bar.sqrt() * self.mean
        # eq-key-variance
        var = alpha_bar * self.var + at(schedule.noise_variance, t, x_t)
        return Gaussian(mean, var)

    def expected_x_0(self, schedule: Schedule, x_t: Tensor, t: Tensor) -> Tensor:
        """m + √ᾱ_t v (x_t − √ᾱ_t m)/(ᾱ_t v + 1 − ᾱ_t): a straight line in x_t."""
        a = at(schedule.alpha_bar, t, x_t).sqrt()
        marginal = self.marginal(schedule, x_t, t)
        return self.mean + a * self.var * (x_t - marginal.mean) / marginal.var

    def log_prob(self, schedule: Schedule, x_t: Tensor, t: Tensor) -> Tensor:
        """log q(x_t): (B,) nats."""
        return self.marginal(schedule, x_t, t).log_prob(x_t)


@dataclass(frozen=True, eq=False)
class Points:
    """N given images, drawn with equal chance: a data set taken as the whole truth.

    Args:
        atoms: (N, ...) the images, any float type.

    Raises:
        ValueError: if there is no image.
    """

    atoms: Tensor

    def __post_init__(self) -> None:
        if self.atoms.dim() < 2 or len(self.atoms) < 1:
            raise ValueError("Points: give at least one image, as a tensor (N, ...)")

    @cached_property
    def _flat(self) -> Tensor:
        return self.atoms.double().flatten(1)

    @cached_property
    def _squares(self) -> Tensor:
        return self._flat.square().sum(1)

    def sample(self, count: int, generator: torch.Generator | None = None) -> Tensor:
        """(count, ...) of the images, with repeats, float64."""
        index = torch.randint(0, len(self.atoms), (count,), generator=generator)
        return self.atoms[index].double()

    def weights(self, schedule: Schedule, x_t: Tensor, t: Tensor) -> Tensor:
        """q(x_0 = image n | x_t): (B, N), each row sums to one."""
        # eq-softmax
        return torch.softmax(self._log_likelihood(schedule, x_t, t), dim=1)

    def expected_x_0(self, schedule: Schedule, x_t: Tensor, t: Tensor) -> Tensor:
        """The images averaged with the chance that each was the start."""
        mean = self.weights(schedule, x_t, t) @ self._flat
        return mean.reshape(x_t.shape).to(x_t.dtype)

    def candidates(self, schedule: Schedule, x_t: Tensor, t: Tensor) -> Tensor:
        """How many images are still in play: exp(entropy of weights), (B,) in 1…N."""
        return torch.special.entr(self.weights(schedule, x_t, t)).sum(1).exp()

    def log_prob(self, schedule: Schedule, x_t: Tensor, t: Tensor) -> Tensor:
        """log of the mean over the images of 𝒩(x_t; √ᾱ_t x_0, (1 − ᾱ_t) I)."""
        log_likelihood = self._log_likelihood(schedule, x_t, t)
        return torch.logsumexp(log_likelihood, dim=1) - math.log(len(self.atoms))

    def _log_likelihood(self, schedule: Schedule, x_t: Tensor, t: Tensor) -> Tensor:
        """log 𝒩(x_t; √ᾱ_t x_0, (1 − ᾱ_t) I) for every image: (B, N) float64.

        In float64 always: near t = 1 the exponents are in the millions.
        """
        x = x_t.double().flatten(1)
        alpha_bar = at(schedule.alpha_bar, t, x)
        var = at(schedule.noise_variance, t, x)
        square = (x**2).sum(1, keepdim=True) + alpha_bar * self._squares
        square = square - 2 * alpha_bar.sqrt() * (x @ self._flat.T)
        return -0.5 * (square / var + x.shape[1] * torch.log(2 * math.pi * var))


class Exact:
    """A network that makes no mistake: it answers with E[· | x_t] of its world.

    Args:
        world: where the data come from.
        schedule: the whole schedule, before any respacing (``t`` names its times).
        predicts: what it says: "x_0", "epsilon", "v", "score" or "mean".
    """

    def __init__(
        self, world: World, schedule: Schedule, predicts: Kind = "epsilon"
    ) -> None:
        self.world, self.schedule, self.predicts = world, schedule, predicts

    def __call__(self, x_t: Tensor, t: Tensor, y: Tensor | None = None) -> Tensor:
        """(B, ...) in, the same shape out; labels are not looked at."""
        x_0 = self.world.expected_x_0(self.schedule, x_t, t)
        return from_x_0(self.schedule, self.predicts, x_0, x_t, t)


def log_evidence(
    net: Net,
    schedule: Schedule,
    x_0: Tensor,
    variance: Variance = "beta",
    reach: float = 8.0,
    points: int = 1601,
) -> Tensor:
    """log p_θ(x_0) of the model's own chain, by integrating x_T, …, x_1 on a grid.

    One coordinate only. p_θ(x_0|x_1) is the density 𝒩(x_0; μ_θ, σ_1²).

    Args:
        x_0: (B, 1) float64.
        reach: the grid runs from −reach to reach.
        points: its number of points.

    Returns:
        (B,) nats.

    Raises:
        ValueError: if ``x_0`` is not (B, 1), or the grid is too coarse for the
            smallest reverse step.
    """
    _one_coordinate(x_0)
    grid = torch.linspace(-reach, reach, points, dtype=torch.float64).unsqueeze(1)
    width = 2 * reach / (points - 1)
    density = torch.exp(-0.5 * grid**2) / math.sqrt(2 * math.pi)
    for step in range(schedule.T, 0, -1):
        t = torch.full((points,), step)
        model = _reverse(net, schedule, grid, t, variance)
        if width > float(model.std.min()):
            raise ValueError(
                f"log_evidence: a grid of width {width:.3g} cannot see a step of "
                f"standard deviation {float(model.std.min()):.3g}; raise points"
            )
        target = grid if step > 1 else x_0
        square = (target - model.mean.T) ** 2 / model.var.T
        kernel = torch.exp(-0.5 * square) / torch.sqrt(2 * math.pi * model.var.T)
        density = width * kernel @ density
    return torch.log(density).squeeze(1)


def elbo_terms(
    net: Net,
    schedule: Schedule,
    x_0: Tensor,
    variance: Variance = "beta",
    points: int = 80,
) -> Tensor:
    """E[log p_θ(x_{t−1}|x_t) − log q(x_t|x_{t−1})] for each t, by quadrature.

    One coordinate only; Gauss–Hermite in x_{t−1} and in x_t. With
    E[log p(x_T)] the terms add up to the evidence bound of chapter 3.

    Args:
        x_0: (B, 1) float64.
        points: nodes per integral.

    Returns:
        (B, T + 1) nats: entry t is step t, entry 0 is E[log p(x_T)].

    Raises:
        ValueError: if ``x_0`` is not (B, 1).
    """
    _one_coordinate(x_0)
    node, weight = _gauss_hermite(points)
    pair = (weight[:, None] * weight[None, :]).reshape(-1)
    rows = []
    for start in x_0:
        terms = [_expected_prior(schedule, start, node, weight)]
        for step in range(1, schedule.T + 1):
            t = torch.full((points**2,), step)
            a = schedule.alpha_bar[step - 1].sqrt()
            spread = schedule.noise_variance[step - 1].sqrt()
            before = (a * start + spread * node).repeat_interleave(points).unsqueeze(1)
            forward = q_step(schedule, before, t)
            after = forward.mean + forward.std * node.repeat(points).unsqueeze(1)
            model = _reverse(net, schedule, after, t, variance)
            ratio = model.log_prob(before) - forward.log_prob(after)
            terms.append((pair * ratio).sum())
        rows.append(torch.stack(terms))
    return torch.stack(rows)


def _reverse(
    net: Net, schedule: Schedule, x_t: Tensor, t: Tensor, variance: Variance
) -> Gaussian:
    """p_θ(x_{t−1}|x_t) with a density at t = 1 too."""
    model = p_reverse(net, schedule, x_t, t, variance)
    last = last_variance(schedule, variance, x_t)
    first = (t == 1).reshape(-1, *[1] * (x_t.dim() - 1))
    return Gaussian(model.mean, torch.where(first, last, model.var))


def _expected_prior(
    schedule: Schedule, x_0: Tensor, node: Tensor, weight: Tensor
) -> Tensor:
    """E[log 𝒩(x_T; 0, 1)] given x_0."""
    t = torch.full((len(node),), schedule.T)
    end = q_marginal(schedule, x_0.expand(len(node), 1), t)
    x_T = end.mean + end.std * node.unsqueeze(1)
    normal = Gaussian(torch.zeros_like(x_T), torch.ones_like(x_T))
    return (weight * normal.log_prob(x_T)).sum()


def _gauss_hermite(points: int) -> tuple[Tensor, Tensor]:
    """Nodes and weights with Σ w f(node) = E f(ε), ε ~ 𝒩(0, 1), by Golub–Welsch."""
    off = torch.arange(1, points, dtype=torch.float64).sqrt()
    jacobi = torch.diag(off, 1) + torch.diag(off, -1)
    node, vector = torch.linalg.eigh(jacobi)
    return node, vector[0] ** 2


def _one_coordinate(x_0: Tensor) -> None:
    if x_0.dim() != 2 or x_0.shape[1] != 1 or x_0.dtype != torch.float64:
        raise ValueError(
            f"exact integrals need x_0 of shape (B, 1) in float64, got "
            f"{tuple(x_0.shape)} {x_0.dtype}"
        )
