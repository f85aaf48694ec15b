"""Chapter 11: what the number of steps does to samples, for four ways to take a step.

DDIM without noise, and ancestral sampling with the variances β̃_t, β_t and the best one
for the network. All start from the same x_T. Measured by the Fréchet distance to real
digits that the network has not seen, beside its floor; and on the shortest walk, at
every step, by how loud x_t is (its mean square), which a page can afford to repeat.
"""

import math
from collections.abc import Iterator
from typing import Any, Literal

import torch
from torch import Tensor

from ddpm_lite import digits
from ddpm_lite.checkpoints import pretrained, schedule_of
from ddpm_lite.metrics import floor, frechet, look
from ddpm_lite.sampling import ancestral, ddim, generator_for, noise
from ddpm_lite.schedule import Schedule
from ddpm_lite.unet import UNet
from ddpm_lite.variance import optimal_variance

Sampler = Literal["ddim", "posterior", "beta", "optimal"]

SEED, BATCH, GROUPS = 11, 50, 10
COUNT, STEPS = 500, (10, 25, 50)
SAMPLERS: tuple[Sampler, ...] = ("ddim", "posterior", "beta", "optimal")
CALIBRATION = 200  # real digits on which the best variance is measured


def best_variance(
    net: UNet, walk: Schedule, x_0: Tensor, generator: torch.Generator
) -> Tensor:
    """The best variances on this walk for x̂_0 clipped to [−1, 1]: (T + 1,) float64."""
    return optimal_variance(net, walk, x_0, generator=generator)[True]


@torch.no_grad()
def draw(
    net: UNet,
    walk: Schedule,
    sampler: Sampler,
    count: int,
    seed: int,
    best: Tensor | None = None,
) -> tuple[Tensor, Tensor]:
    """Draw ``count`` digits along ``walk``, x̂_0 clipped to [−1, 1].

    Args:
        best: the variances of the sampler "optimal".

    Returns:
        Images (count, 1, 28, 28) in [−1, 1]; loudness (walk.T + 1, count): row t is
        the mean square of x_t over the pixels (row 0 before the last cut to [−1, 1]).
    """
    drawn, loud = [], []
    for k, size in enumerate(_sizes(count)):
        generator = generator_for(net, seed + k)
        rows: list[Tensor] = []

        def watch(step: int, x: Tensor, rows: list[Tensor] = rows) -> None:
            rows.append(x.square().mean((1, 2, 3)))

        watch(walk.T, noise(net, size, generator.clone_state()))
        if sampler == "ddim":
            x = ddim(net, walk, size, generator, watch=watch)
        elif sampler == "optimal":
            if best is None:
                raise ValueError("the sampler 'optimal' needs its table of variances")
            x = ancestral(net, walk, size, generator, variance=best, watch=watch)
        else:
            x = ancestral(net, walk, size, generator, variance=sampler, watch=watch)
        drawn.append(x.cpu())
        loud.append(torch.stack(rows[::-1]).cpu())
    return torch.cat(drawn), torch.cat(loud, 1)


def frechet_se(features: Tensor, real: Tensor, groups: int = GROUPS) -> float:
    """Standard error of frechet(features, real): leave out one group in turn."""
    n = len(features)
    member = torch.arange(n) * groups // n
    left = [frechet(features[member != k], real) for k in range(groups)]
    return math.sqrt((groups - 1) * float(torch.tensor(left).var(correction=0)))


def measure(
    net: UNet, schedule: Schedule, count: int, steps: tuple[int, ...], images: Tensor
) -> dict[str, Any]:
    """Every sampler at every number of steps, on ``count`` digits each.

    Args:
        images: real digits, uint8 (N, 1, 28, 28), in two halves: distances are taken
            to the first; the second gives the floor, that of ``count`` real digits,
            and the digits on which the best variance is measured.

    Returns:
        "frechet": sampler → one {"steps", "value", "se"} for each number of steps;
        "floor": {"mean", "sd"}; "loud": sampler → [mean, se] of x_t's mean square
        for each t = 0 … min(steps) of the shortest walk; "real": that of x_0.
    """
    half = len(images) // 2
    real, other = look(images[:half]).features, look(images[half:]).features
    low, spread = floor(other, real, count, torch.Generator().manual_seed(SEED))
    device = next(net.parameters()).device
    x_0 = digits.to_unit(images[half : half + CALIBRATION]).to(device)
    found: dict[str, list[dict[str, float]]] = {sampler: [] for sampler in SAMPLERS}
    loud = {}
    for number in steps:
        walk = schedule.respace(number)
        best = best_variance(net, walk, x_0, generator_for(net, SEED))
        for sampler in SAMPLERS:
            drawn, square = draw(net, walk, sampler, count, SEED, best)
            seen = look(digits.to_pixels(drawn)).features
            value, error = frechet(seen, real), frechet_se(seen, real)
            found[sampler].append({"steps": number, "value": value, "se": error})
            if number == min(steps):
                loud[sampler] = summary(square)
    return {
        "frechet": found,
        "floor": {"mean": low, "sd": spread},
        "loud": loud,
        "real": float(digits.to_unit(images).square().mean()),
    }


def summary(square: Tensor) -> list[list[float]]:
    """(steps, count) → [mean, standard error] of each row."""
    error = square.std(1) / math.sqrt(square.shape[1])
    return torch.stack([square.mean(1), error], 1).tolist()


def run(count: int = COUNT, steps: tuple[int, ...] = STEPS) -> dict[str, Any]:
    """With the shipped weights ``samples``: 4 ms of one CPU core per image and step."""
    net = pretrained("samples")
    if torch.cuda.is_available():
        net = net.cuda()
    net.to(memory_format=torch.channels_last)  # type: ignore[call-overload]
    images = digits.embedded().images  # unseen in training
    results = measure(net, schedule_of(net), count, steps, images)
    results["weights"] = {
        key: net.card[key] for key in ("name", "trained_steps", "schedule", "T")
    }
    return {
        "seed": SEED,
        "n": {"samples": count, "steps": list(steps), "calibration": CALIBRATION},
        "results": results,
    }


def _sizes(count: int) -> Iterator[int]:
    for first in range(0, count, BATCH):
        yield min(BATCH, count - first)
