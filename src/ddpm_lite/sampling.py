"""From noise to digits: the chain walked backwards."""

import math
from collections.abc import Callable, Iterator

import torch
from torch import Tensor

from ddpm_lite.diffusion import (
    Kind,
    Net,
    Variance,
    from_x_0,
    p_reverse,
    predict_x_0,
)
from ddpm_lite.schedule import Schedule, at
from ddpm_lite.unet import UNet

Watch = Callable[[int, Tensor], None]


@torch.no_grad()
def ancestral(
    net: Net,
    schedule: Schedule,
    count: int,
    generator: torch.Generator | None = None,
    steps: int | None = None,
    variance: Variance = "posterior",
    y: Tensor | None = None,
    clip: bool = True,
    watch: Watch | None = None,
) -> Tensor:
    """Draw x_T from 𝒩(0, I), then x_{t−1} from p_θ(x_{t−1}|x_t) down to x_0.

    Args:
        count: number of images.
        steps: walk a respaced chain of so many steps; all T by default.
        variance: of p_θ: "posterior", "beta", or a table for the chain that is walked.
        y: (count,) labels, for a conditional network.
        clip: keep each x̂_0 in [−1, 1].
        watch: called with (t, x_{t−1}) after each step.

    Returns:
        (count, 1, 28, 28) in [−1, 1]. At t = 1 the mean is returned, without noise.

    Source: Ho et al. 2020, algorithm 2.
    """
    schedule = schedule if steps is None else schedule.respace(steps)
    x_t = noise(net, count, generator)
    for step in range(schedule.T, 0, -1):
        t = torch.full((count,), step, device=x_t.device)
        reverse = p_reverse(net, schedule, x_t, t, variance, y, clip)  # eq-p-path
        # eq-ancestral
        x_t = reverse.sample(generator) if step > 1 else reverse.mean
        if watch:
            watch(step, x_t)
    return x_t.clamp(-1, 1)


@torch.no_grad()
def ddim(
    net: Net,
    schedule: Schedule,
    count: int,
    generator: torch.Generator | None = None,
    steps: int | None = None,
    eta: float = 0.0,
    y: Tensor | None = None,
    clip: bool = True,
    watch: Watch | None = None,
) -> Tensor:
    """The same marginals with η² of the posterior's noise; η = 0 is deterministic.

    x_{t−1} = √ᾱ_{t−1} x̂_0 + √(1 − ᾱ_{t−1} − η²σ_q²) ε̂ + η σ_q ε.
    With η = 1 it is :func:`ancestral` with the posterior's variance.

    Source: Song, Meng & Ermon 2021, eq. 12, 16.

    Raises:
        ValueError: unless 0 ≤ η ≤ 1.
    """
    if not 0 <= eta <= 1:
        raise ValueError(f"eta must lie in [0, 1], got {eta}")
    schedule = schedule if steps is None else schedule.respace(steps)
    x_t = noise(net, count, generator)
    for step in range(schedule.T, 0, -1):
        t = torch.full((count,), step, device=x_t.device)
        x_0 = predict_x_0(net, schedule, x_t, t, y)
        x_0 = x_0.clamp(-1, 1) if clip else x_0
        epsilon = from_x_0(schedule, "epsilon", x_0, x_t, t)
        var = eta**2 * at(schedule.posterior_variance, t, x_t)
        rest = at(schedule.noise_variance, t - 1, x_t) - var
        signal = at(schedule.alpha_bar, t - 1, x_t).sqrt()
        x_t = signal * x_0 + rest.clamp(min=0).sqrt() * epsilon  # eq-ddim-family
        if eta and step > 1:
            fresh = torch.randn(x_t.shape, generator=generator, device=x_t.device)
            x_t = x_t + var.sqrt() * fresh
        if watch:
            watch(step, x_t)
    return x_t.clamp(-1, 1)


class Guided:
    """A conditional network that leans towards its label: (1 + w) net(y) − w net(∅).

    For ε this is minus √(1 − ᾱ_t) times the score of p(x_t|y)^{1+w} p(x_t)^{−w}; the
    weights add up to one, so the same holds for x̂_0 and v. w = 0 is the plain
    conditional network. One call asks both questions in one batch.

    Args:
        net: trained with labels, some of them hidden.
        weight: w ≥ 0, or between −1 (the label is ignored) and 0.

    Source: Ho & Salimans 2022, eq. 6.

    Raises:
        ValueError: for a network that knows no labels, or a weight that is not finite.
    """

    def __init__(self, net: UNet, weight: float) -> None:
        if not net.classes:
            raise ValueError("guidance needs a class-conditional network; this is none")
        if not math.isfinite(weight):
            raise ValueError(f"the guidance weight must be finite, got {weight}")
        self.net, self.weight = net, weight
        self.predicts: Kind = net.predicts

    def __call__(self, x_t: Tensor, t: Tensor, y: Tensor | None = None) -> Tensor:
        """x_t (B, 1, 28, 28), t (B,), y (B,) → (B, 1, 28, 28)."""
        if y is None or self.weight == 0:
            return self.net(x_t, t, y)
        labels = torch.cat([y, torch.full_like(y, self.net.classes)])
        both = self.net(torch.cat([x_t, x_t]), torch.cat([t, t]), labels)
        told, not_told = both.chunk(2)
        return (1 + self.weight) * told - self.weight * not_told  # eq-guide

    def parameters(self) -> Iterator[Tensor]:
        """The network's own."""
        return self.net.parameters()


class Translated:
    """A trained network, heard in another unit: one that says v answers with ε.

    The answers are equivalent given x_t, but their errors are not: where √ᾱ_t is small,
    a small error in ε is a large one in x̂_0, and learning v spares a network that.

    Args:
        net: the network.
        schedule: the one it was trained with.
        predicts: what it shall be heard to say.

    Source: Salimans & Ho 2022, appendix D.
    """

    def __init__(self, net: UNet, schedule: Schedule, predicts: Kind) -> None:
        self.net, self.schedule, self.predicts = net, schedule, predicts

    def __call__(self, x_t: Tensor, t: Tensor, y: Tensor | None = None) -> Tensor:
        """x_t (B, 1, 28, 28), t (B,) in 1…T, y (B,) → (B, 1, 28, 28)."""
        x_0 = predict_x_0(self.net, self.schedule, x_t, t, y)
        return from_x_0(self.schedule, self.predicts, x_0, x_t, t)

    def parameters(self) -> Iterator[Tensor]:
        """The network's own."""
        return self.net.parameters()


def generator_for(net: UNet, seed: int) -> torch.Generator:
    """A seeded generator on the network's device."""
    return torch.Generator(next(net.parameters()).device).manual_seed(seed)


def noise(net: Net, count: int, generator: torch.Generator | None) -> Tensor:
    """x_T ~ 𝒩(0, I) on the network's device: (count, 1, 28, 28)."""
    device = torch.device("cpu")
    if isinstance(net, torch.nn.Module | Guided | Translated):
        device = next((p.device for p in net.parameters()), device)
    return torch.randn((count, 1, 28, 28), generator=generator, device=device)
