"""The bound on a data set: −ELBO = L_T + Σ_{t≥2} L_{t−1} + L_0, in nats and bits/dim.

A network alone is not yet a model. p_θ(x_{t−1}|x_t) also needs a variance, and one
may keep x̂_0 in [−1, 1] or not. Each such :class:`Choice` has its own bound; all of
them are read off the same network calls, so that they can be compared.

The sum over t is cut into K *strata*, each image visits one t of each, and counts it
as often as the stratum has members: an unbiased estimate for every image. With a
stratum for each t it is the exact sum. t = 1 is a stratum of its own: its term, L_0,
is what it costs to read the grey levels off p_θ(x_0|x_1).
"""

import math
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

import torch
from torch import Tensor

from ddpm_lite.diffusion import (
    Net,
    Variance,
    predict_x_0,
    q_marginal,
    q_posterior,
    variance_table,
)
from ddpm_lite.digits import check_range
from ddpm_lite.gaussian import Gaussian
from ddpm_lite.objectives import last_variance, prior_term
from ddpm_lite.schedule import Schedule, at

TIMES = 25  # K, the default number of strata
Decoder = Literal["levels", "density"]
Draw = Callable[[Gaussian], Tensor]
Watch = Callable[[int], None]


@dataclass(frozen=True, eq=False)
class Choice:
    """Which p_θ is made of the network.

    variance: "posterior" (σ_q²(t)), "beta" (β_t), or a (T + 1,) table; at t = 1 the
    posterior has none and σ_q²(2) is taken. clip: whether x̂_0 is kept in [−1, 1].
    """

    name: str
    variance: Variance
    clip: bool


@dataclass(frozen=True)
class Estimate:
    """A mean over images with its standard error, in nats per image."""

    nats: float
    se: float
    pixels: int

    @property
    def bits_per_dim(self) -> float:
        """nats / (pixels · ln 2)."""
        return self.nats / (self.pixels * math.log(2))  # eq-bits

    @property
    def bits_per_dim_se(self) -> float:
        """The standard error in the same unit."""
        return self.se / (self.pixels * math.log(2))


@dataclass(frozen=True, eq=False)
class Bound:
    """The three parts of −ELBO and their sum, for one choice of p_θ.

    prior is L_T, steps is Σ_{t≥2} L_{t−1}, last is L_0. by_time: (T + 1,) float64
    nats, entry t the mean of L_{t−1} over the images that visited t; NaN where none
    did. by_image: (N,) float64 nats, each image's own estimate of the sum of all
    three. exact: whether every image visited every t.
    """

    choice: Choice
    prior: Estimate
    steps: Estimate
    last: Estimate
    total: Estimate
    by_time: Tensor
    by_image: Tensor
    images: int
    times: int
    exact: bool


def choices(best: Mapping[bool, Tensor] | None = None) -> list[Choice]:
    """σ_q², β and, where given, the best tables; each unclipped and clipped.

    Args:
        best: what :func:`~ddpm_lite.variance.optimal_variance` found, by ``clip``.
    """
    names: tuple[Literal["posterior", "beta"], ...] = ("posterior", "beta")
    found = [Choice(name, name, clip) for name in names for clip in (False, True)]
    optimal = {} if best is None else best
    return found + [Choice("optimal", optimal[clip], clip) for clip in optimal]


@torch.no_grad()
def bound(
    net: Net,
    schedule: Schedule,
    x_0: Tensor,
    models: Sequence[Choice] | None = None,
    times: int | None = TIMES,
    generator: torch.Generator | None = None,
    y: Tensor | None = None,
    decoder: Decoder = "levels",
    batch: int = 128,
    draw: Draw | None = None,
    watch: Watch | None = None,
) -> list[Bound]:
    """−ELBO of ``x_0`` under each of ``models``, from the same network calls.

    Args:
        x_0: (N, 1, 28, 28) in [−1, 1] (any (N, ...) with ``decoder="density"``).
        models: see :func:`choices`, the default.
        times: K, network calls per image beside the one at t = 1; None, or T − 1 and
            more, for the exact sum of T terms.
        y: (N,) labels, for a conditional network: the bound is then on log p(x_0|y).
        decoder: "levels" for grey levels, exact by the normal distribution function
            (Ho et al. 2020, eq. 13); "density" for data that are real numbers.
        batch: images per network call.
        draw: how x_t is taken from q(x_t|x_0); by default a sample.
        watch: called with the number of network evaluations just done.

    Returns:
        One :class:`Bound` for each model, in order. The standard error is the spread
        of the images' own estimates, so it counts images, times and noise together.

    Raises:
        ValueError: without an image, for images outside [−1, 1], for times < 1, or if
            a term is not finite.

    Source: Ho et al. 2020, eq. 5; strata in t as in Kingma et al. 2021, app. I.1.
    """
    models = choices() if models is None else models
    require_images(x_0, decoder)
    wide = x_0.double()
    steps, last = torch.zeros(2, len(models), len(x_0), dtype=torch.float64)
    by_time = torch.zeros(2, len(models), schedule.T + 1, dtype=torch.float64)
    parts = strata(schedule.T, times)
    for part in [range(1, 2), *parts]:
        for rows, t, x_t in visits(schedule, x_0, part, generator, batch, draw):
            x_hat = predict_x_0(net, schedule, x_t, t, None if y is None else y[rows])
            for i, model in enumerate(models):
                term = _term(
                    model,
                    schedule,
                    wide[rows],
                    x_t.double(),
                    x_hat.double(),
                    t,
                    decoder,
                ).cpu()
                into = last if part[0] == 1 else steps
                into[i, rows] += len(part) * term
                by_time[0, i].index_add_(0, t.cpu(), term)
                by_time[1, i].index_add_(0, t.cpu(), torch.ones_like(term))
            if watch:
                watch(len(t))
    prior = prior_term(schedule, wide).cpu()
    require_finite(torch.stack((steps, last)))
    pixels, means = x_0[0].numel(), by_time[0] / by_time[1]
    return [
        Bound(
            model,
            prior=_estimate(prior, pixels),
            steps=_estimate(s, pixels),
            last=_estimate(l_0, pixels),
            total=_estimate(prior + s + l_0, pixels),  # eq-decomposition
            by_time=mean,
            by_image=prior + s + l_0,
            images=len(x_0),
            times=len(parts),
            exact=len(parts) == schedule.T - 1,
        )
        for model, s, l_0, mean in zip(models, steps, last, means, strict=True)
    ]


def strata(T: int, times: int | None) -> list[range]:
    """2…T cut into ``times`` neighbouring ranges, T − 1 of one member for None.

    Their ends grow as the square of their rank: short where t is small and the terms
    change quickly, long where little happens. T stands alone, if there are two or
    more: where a schedule caps its last β, that term is unlike its neighbours.

    More than T − 1 strata there cannot be: a larger number means one for each t.

    Raises:
        ValueError: if ``times`` is less than 1.
    """
    if times is not None and times < 1:
        raise ValueError(f"times must be at least 1, got {times}")
    count = T - 1 if times is None else min(times, T - 1)
    if count < 2:
        return [range(2, T + 1)] if count else []
    parts, low = [], 2
    for k in range(1, count):
        # Convex, so what remains always suffices for one member each.
        high = max(low, 1 + round((T - 2) * (k / (count - 1)) ** 2))
        parts.append(range(low, high + 1))
        low = high + 1
    return [*parts, range(T, T + 1)]


def visits(
    schedule: Schedule,
    x_0: Tensor,
    part: range,
    generator: torch.Generator | None,
    batch: int,
    draw: Draw | None,
) -> Iterator[tuple[Tensor, Tensor, Tensor]]:
    """(rows, t, x_t) for every image once, its t in ``part``, all members in turn."""
    count, device = len(x_0), x_0.device
    place = torch.zeros(count, dtype=torch.int64)
    if len(part) > 1:
        home = generator.device if generator is not None else torch.device("cpu")
        turn = torch.randperm(count, generator=generator, device=home).double()
        shift = torch.rand(
            (), generator=generator, device=home, dtype=torch.float64
        )  # one shift for all: each t is uniform, and all are visited equally often
        place = ((turn + shift) / count * len(part)).long().cpu()
    t_all = (part[0] + place.clamp(max=len(part) - 1)).to(device)
    for rows in torch.arange(count).split(batch):
        t = t_all[rows]
        here = q_marginal(schedule, x_0[rows], t)
        yield rows, t, here.sample(generator) if draw is None else draw(here)


def _term(
    model: Choice,
    schedule: Schedule,
    x_0: Tensor,
    x_t: Tensor,
    x_hat: Tensor,
    t: Tensor,
    decoder: Decoder,
) -> Tensor:
    """L_{t−1} at one x_t for each image; t is 1 for all of them or for none."""
    guess = x_hat.clamp(-1, 1) if model.clip else x_hat
    mean = q_posterior(schedule, x_t, guess, t).mean
    if int(t[0]) == 1:  # eq-l-last
        p = Gaussian(mean, last_variance(schedule, model.variance, x_0))
        return -(p.log_mass(x_0) if decoder == "levels" else p.log_prob(x_0))
    target = q_posterior(schedule, x_t, x_0, t)
    # eq-l-step
    return target.kl(
        Gaussian(mean, at(variance_table(schedule, model.variance), t, x_0))
    )


def _estimate(values: Tensor, pixels: int) -> Estimate:
    se = float(values.std()) / math.sqrt(len(values)) if len(values) > 1 else math.nan
    return Estimate(float(values.mean()), se, pixels)


def require_finite(values: Tensor) -> None:
    """Refuse what a broken network gives.

    Raises:
        ValueError: if a value is NaN or infinite.
    """
    if not bool(torch.isfinite(values).all()):
        raise ValueError(
            "the bound is not finite: the network gave NaN or infinite values for "
            "some x_t; its weights are damaged or its training diverged"
        )


def require_images(x_0: Tensor, decoder: Decoder) -> None:
    """Refuse an empty data set, and grey levels outside [−1, 1].

    Raises:
        ValueError: saying which.
    """
    if decoder == "levels":
        check_range(x_0)
    if len(x_0) == 0:
        raise ValueError("the bound of no image: give at least one")
