"""Chapter 07's ladder: one bound, estimated from T draws, from two, and from one.

Every rung calls the network T − 1 times for each image (t = 1 has a term of its own,
the same for all), so the rungs differ only in what they draw. Two worlds: x_0 = ±1
with the network that makes no mistake, and unseen digits with the best straight-line
network, which needs no training.
"""

import math
from typing import Any

import torch
from torch import Tensor

from ddpm_lite import digits
from ddpm_lite import schedule as schedules
from ddpm_lite.diffusion import Kind, Net, p_reverse, q_marginal, q_step
from ddpm_lite.objectives import step_kl
from ddpm_lite.schedule import Schedule, at
from ddpm_lite.toys import Coins, Exact

SEED = 7
COINS, PATHS = 100, 200  # ±1: coins, and repetitions for each
TIMES = (2, 5, 10, 20, 50, 100, 200, 500, 1000)  # where L_{t−1} is measured
IMAGES, REPEATS = 16, 24  # digits, and repetitions for each


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


def terms(
    net: Net, schedule: Schedule, x_0: Tensor, generator: torch.Generator
) -> dict[str, Tensor]:
    """What each t ≥ 2 adds to the estimate of Σ L_{t−1}: name → (B, T − 1) nats.

    "path" draws x_1 … x_T once and scores each step of it; "pair" draws a new pair
    (x_{t−1}, x_t) for each t; "one" draws a new x_t for each t and integrates x_{t−1}.
    Each calls the network T − 1 times. σ² = σ_q². In the first two, the constant
    D/2 log((1 − ᾱ_t)/(1 − ᾱ_{t−1})) puts E[log q(x_t|x_0) − log q(x_{t−1}|x_0)] right,
    so that all three have the mean L_{t−1}.
    """
    dims = x_0[0].numel()
    walk = q_marginal(schedule, x_0, _full(x_0, 1)).sample(generator)
    rows: dict[str, list[Tensor]] = {"path": [], "pair": [], "one": []}
    for step in range(2, schedule.T + 1):
        t = _full(x_0, step)
        noise = schedule.noise_variance
        constant = dims / 2 * torch.log(noise[step] / noise[step - 1])
        apart = q_marginal(schedule, x_0, t - 1).sample(generator)
        for name, before in (("path", walk), ("pair", apart)):
            forward = q_step(schedule, before, t)
            x_t = forward.sample(generator)
            back = p_reverse(net, schedule, x_t, t).log_prob(before)
            rows[name].append(forward.log_prob(x_t) - back + constant)
            walk = x_t if name == "path" else walk
        x_t = q_marginal(schedule, x_0, t).sample(generator)
        rows["one"].append(step_kl(net, schedule, x_0, x_t, t))
    return {name: torch.stack(row, 1) for name, row in rows.items()}


def summary(values: dict[str, Tensor], repeats: int) -> dict[str, dict[str, float]]:
    """Mean and spread of the estimate of Σ L_{t−1} from T − 1 network calls.

    Args:
        values: what :func:`terms` gave for images repeated ``repeats`` times in a row.

    Returns:
        rung → mean and its standard error, std (of one image's estimate) and its
        standard error, and, but for the path, ``random``: the std if the T − 1 times
        were drawn with replacement and not visited once each. Nats per image. The
        means' errors leave out what differs from image to image: the rungs share it.
    """
    out = {}
    for name, value in values.items():
        groups = value.double().unflatten(0, (-1, repeats))
        times = groups.shape[2]
        total = groups.sum(2)
        # Where every t has its own draw, the variances of the terms add up.
        var = total.var(1) if name == "path" else groups.var(1).sum(1)
        std = math.sqrt(float(var.mean()))
        out[name] = {
            "mean": float(total.mean()),
            "mean_se": std / math.sqrt(total.numel()),
            "std": std,
            "std_se": float(var.std()) / math.sqrt(len(var)) / (2 * std),
        }
        if name != "path":
            square = times * groups.square().mean(1).sum(1) - groups.mean(1).sum(1) ** 2
            out[name]["random"] = math.sqrt(float(square.mean() / times))
    return out


def coins(count: int, repeats: int, seed: int) -> dict[str, dict[str, float]]:
    """x_0 = ±1, the exact network, 100 steps; ``count`` coins, each many times."""
    generator = torch.Generator().manual_seed(seed)
    schedule = schedules.linear(100, 1e-3, 0.2)
    x_0 = Coins().sample(count, generator).repeat_interleave(repeats, 0)
    return summary(terms(Exact(Coins(), schedule), schedule, x_0, generator), repeats)


def split() -> tuple[Tensor, Tensor]:
    """The embedded digits in two: 4,500 to learn from, 500 unseen; float64."""
    every = digits.to_unit(digits.embedded().images).double()
    held_out = torch.zeros(len(every), dtype=torch.bool)
    held_out[::10] = True
    return every[~held_out], every[held_out]


def unseen_digits(seed: int) -> dict[str, dict[str, float]]:
    """Held-out digits, the straight-line network, 100 of DDPM's steps."""
    generator = torch.Generator().manual_seed(seed)
    known, unseen = split()
    full = schedules.linear(1000)
    net = StraightLine(full, known)
    chosen = unseen[torch.linspace(0, len(unseen) - 1, IMAGES).long()]
    x_0 = chosen.repeat_interleave(REPEATS, 0)
    return summary(terms(net, full.respace(100), x_0, generator), REPEATS)


def steps_of_digits(seed: int) -> list[dict[str, float]]:
    """L_{t−1} of the same network at some t of the thousand, with standard errors."""
    generator = torch.Generator().manual_seed(seed)
    known, unseen = split()
    schedule = schedules.linear(1000)
    net, rows = StraightLine(schedule, known), []
    for step in TIMES:
        t = _full(unseen, step)
        x_t = q_marginal(schedule, unseen, t).sample(generator)
        kl = step_kl(net, schedule, unseen, x_t, t)
        error = float(kl.std()) / math.sqrt(len(kl))
        rows.append({"t": step, "nats": float(kl.mean()), "se": error})
    return rows


def run() -> dict[str, Any]:
    """Both worlds: about a minute on two CPU cores."""
    return {
        "seed": SEED,
        "n": {"coins": COINS * PATHS, "digits": IMAGES, "repeats": REPEATS},
        "results": {
            "coins": coins(COINS, PATHS, SEED),
            "digits": unseen_digits(SEED),
            "steps": steps_of_digits(SEED),
        },
    }


def _full(x: Tensor, step: int) -> Tensor:
    return torch.full((len(x),), step)
