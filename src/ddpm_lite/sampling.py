"""From noise to digits: the chain walked backwards."""

from collections.abc import Callable

import torch
from torch import Tensor

from ddpm_lite.diffusion import (
    Net,
    Variance,
    from_x_0,
    p_reverse,
    predict_x_0,
)
from ddpm_lite.schedule import Schedule, at

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
        reverse = p_reverse(net, schedule, x_t, t, variance, y, clip)
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
        x_t = signal * x_0 + rest.clamp(min=0).sqrt() * epsilon
        if eta and step > 1:
            fresh = torch.randn(x_t.shape, generator=generator, device=x_t.device)
            x_t = x_t + var.sqrt() * fresh
        if watch:
            watch(step, x_t)
    return x_t.clamp(-1, 1)


def noise(net: Net, count: int, generator: torch.Generator | None) -> Tensor:
    """x_T ~ 𝒩(0, I) on the network's device: (count, 1, 28, 28)."""
    device = torch.device("cpu")
    if isinstance(net, torch.nn.Module):
        device = next((p.device for p in net.parameters()), device)
    return torch.randn((count, 1, 28, 28), generator=generator, device=device)
