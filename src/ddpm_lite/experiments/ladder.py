"""Chapter 07's ladder: one bound, estimated from T draws, from two, and from one.

Every rung may call the network T times for each image, so the rungs differ only in
what they draw. Two worlds: x_0 = ±1 with the network that makes no mistake, and 500
unseen digits with the best straight-line network, which needs no training.
"""

import math
from collections.abc import Callable
from typing import Any

import torch
from torch import Tensor

from ddpm_lite import digits
from ddpm_lite import schedule as schedules
from ddpm_lite.diffusion import Kind, Net
from ddpm_lite.objectives import one_sample, t_sample, two_sample
from ddpm_lite.schedule import Schedule, at
from ddpm_lite.toys import Coins, Exact

SEED = 7
COINS, PATHS = 100, 200  # ±1: coins, and repetitions for each
IMAGES, REPEATS = 16, 24  # digits, and repetitions for each
STEPS = 100  # of DDPM's thousand, for the digits
Objective = Callable[..., Tensor]


class StraightLine:
    """The best x̂_0 that is linear in x_t, from the mean and covariance of images.

    With x_0 of mean m and covariance C it is
    m + √ᾱ_t C (ᾱ_t C + (1 − ᾱ_t) I)⁻¹ (x_t − √ᾱ_t m), Wiener's filter.

    Args:
        schedule: the chain whose times 1 … T it is told.
        images: (N, ...) in [−1, 1].
    """

    predicts: Kind = "x_0"

    def __init__(self, schedule: Schedule, images: Tensor) -> None:
        flat = images.double().flatten(1)
        self.schedule, self.mean = schedule, flat.mean(0)
        covariance = torch.cov(flat.T)
        self.spread, self.axes = torch.linalg.eigh(covariance)
        self.spread = self.spread.clamp(min=0)

    def __call__(self, x_t: Tensor, t: Tensor, y: Tensor | None = None) -> Tensor:
        """x̂_0: (B, ...), (B,) int64 → (B, ...)."""
        flat = x_t.double().flatten(1)
        a = at(self.schedule.alpha_bar, t, flat).sqrt()
        noise = at(self.schedule.noise_variance, t, flat)
        gain = a * self.spread / (a**2 * self.spread + noise)
        inner = (flat - a * self.mean) @ self.axes * gain
        return (self.mean + inner @ self.axes.T).reshape(x_t.shape).to(x_t.dtype)


def ladder(
    net: Net, schedule: Schedule, x_0: Tensor, generator: torch.Generator
) -> dict[str, Tensor]:
    """Estimates of −ELBO at T network calls each: name → (B,) nats.

    "path" is t_sample; "pair" and "one" visit every t once; "pair, t at random" and
    "one, t at random" visit T times drawn with replacement.
    """
    T, batch = schedule.T, len(x_0)
    out = {"path": t_sample(net, schedule, x_0, generator, "beta")}
    rungs: dict[str, Objective] = {"pair": two_sample, "one": one_sample}
    for name, objective in rungs.items():
        stratified = torch.zeros(batch, dtype=x_0.dtype)
        at_random = torch.zeros(batch, dtype=x_0.dtype)
        for step in range(1, T + 1):
            t = torch.full((batch,), step)
            stratified += objective(net, schedule, x_0, t, generator, "beta")
            t = torch.randint(1, T + 1, (batch,), generator=generator)
            at_random += objective(net, schedule, x_0, t, generator, "beta")
        out[name] = stratified / T
        out[f"{name}, t at random"] = at_random / T
    return out


def summary(values: dict[str, Tensor], repeats: int) -> dict[str, dict[str, float]]:
    """Mean and spread of each rung, the spread being that of one image's estimate.

    Args:
        values: what :func:`ladder` gave for images repeated ``repeats`` times in a row.

    Returns:
        name → mean, its standard error, std (over repetitions of one image) and the
        standard error of std; all in nats per image. The means' errors leave out the
        spread from image to image, which the rungs share.
    """
    out = {}
    for name, value in values.items():
        groups = value.double().reshape(-1, repeats)
        within = groups.var(1)
        std = math.sqrt(float(within.mean()))
        error_of_var = float(within.std()) / math.sqrt(len(within))
        out[name] = {
            "mean": float(value.double().mean()),
            "mean_se": std / math.sqrt(value.numel()),
            "std": std,
            "std_se": error_of_var / (2 * std),
        }
    return out


def run() -> dict[str, Any]:
    """Both worlds: about a minute on two CPU cores."""
    generator = torch.Generator().manual_seed(SEED)
    schedule = schedules.linear(100, 1e-3, 0.2)
    coins = Coins().sample(COINS, generator).repeat_interleave(PATHS, 0)
    in_coins = ladder(Exact(Coins(), schedule), schedule, coins, generator)

    every = digits.to_unit(digits.embedded().images).double()
    unseen = torch.zeros(len(every), dtype=torch.bool)
    unseen[::10] = True
    full = schedules.linear(1000)
    net = StraightLine(full, every[~unseen])
    chosen = every[unseen][torch.linspace(0, 499, IMAGES).long()]
    images = chosen.repeat_interleave(REPEATS, 0)
    in_digits = ladder(net, full.respace(STEPS), images, generator)
    return {
        "seed": SEED,
        "n": {"coins": COINS * PATHS, "digits": IMAGES, "repeats": REPEATS},
        "results": {
            "coins": summary(in_coins, PATHS),
            "digits": summary(in_digits, REPEATS),
        },
    }
