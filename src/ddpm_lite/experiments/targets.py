"""Chapter 08: three targets, each trained with and without the bound's weight.

The world is x_0 = ±1, where E[x_0|x_t] is known, so the cost of what a network has not
learned is an integral and not an estimate: the excess of the bound over its floor,
Σ_{t ≥ 2} w(t) E(x̂_θ − E[x_0|x_t])² in nats, and the excess of the simple ε-loss.
Every network is the same small one, from the same start, on the same draws.
"""

import math
from collections.abc import Iterator
from contextlib import contextmanager
from itertools import pairwise
from typing import Any

import torch
from torch import Tensor, nn

from ddpm_lite import schedule as schedules
from ddpm_lite.diffusion import Kind, from_x_0, q_marginal, to_x_0
from ddpm_lite.objectives import bound_weight
from ddpm_lite.schedule import Schedule
from ddpm_lite.toys import Coins

SEED, COPIES = 8, 8  # networks per setting, trained side by side
STEPS, SHORT, BATCH, WIDTH, RATE = 3000, 150, 128, 64, 4e-3
KINDS: tuple[Kind, ...] = ("x_0", "epsilon", "v")


class Copies(nn.Module):
    """COPIES independent two-layer networks on (x_t, t), evaluated at once.

    Input (C, B), t (C, B) → output (C, B); nothing is shared between the copies.
    """

    def __init__(self, schedule: Schedule, generator: torch.Generator) -> None:
        super().__init__()
        signal, noise = schedule.alpha_bar.sqrt(), schedule.noise_variance.sqrt()
        level = schedule.snr.log() / 8  # about −1 … 1
        self.told = torch.stack([level, signal, noise], dim=-1).float()
        sizes = (4, WIDTH, WIDTH, 1)
        self.weights, self.biases = nn.ParameterList(), nn.ParameterList()
        for here, there in pairwise(sizes):
            start = torch.randn(COPIES, here, there, generator=generator)
            self.weights.append(nn.Parameter(start / math.sqrt(here)))
            self.biases.append(nn.Parameter(torch.zeros(COPIES, 1, there)))

    def forward(self, x_t: Tensor, t: Tensor) -> Tensor:
        h = torch.cat([x_t.unsqueeze(-1), self.told[t]], dim=-1)
        for i, (weight, bias) in enumerate(zip(self.weights, self.biases, strict=True)):
            h = torch.baddbmm(bias, h, weight)
            h = nn.functional.silu(h) if i < 2 else h
        return h.squeeze(-1)


@contextmanager
def one_thread() -> Iterator[None]:
    """Matrices this small are multiplied faster by one thread than by several."""
    before = torch.get_num_threads()
    torch.set_num_threads(1)
    try:
        yield
    finally:
        torch.set_num_threads(before)


@one_thread()
def train(schedule: Schedule, kind: Kind, weighted: bool, steps: int = STEPS) -> Copies:
    """Train all copies; the draws do not depend on the setting."""
    start = torch.Generator().manual_seed(SEED)
    draws = torch.Generator().manual_seed(SEED + 1)
    net = Copies(schedule, start)
    weight = bound_weight(schedule, kind)
    weight = weight / weight[2:].mean()
    optimiser = torch.optim.Adam(net.parameters(), lr=RATE)
    decay = torch.optim.lr_scheduler.CosineAnnealingLR(optimiser, steps)
    world = Coins()
    for _ in range(steps):
        x_0 = world.sample(COPIES * BATCH, draws).float()
        t = torch.randint(2, schedule.T + 1, (len(x_0),), generator=draws)
        x_t = q_marginal(schedule, x_0, t).sample(draws)
        target = from_x_0(schedule, kind, x_0, x_t, t).reshape(COPIES, BATCH)
        said = net(x_t.reshape(COPIES, BATCH), t.reshape(COPIES, BATCH))
        error = (target - said) ** 2
        if weighted:
            error = error * weight[t].float().reshape(COPIES, BATCH)
        optimiser.zero_grad()
        error.mean(1).sum().backward()
        optimiser.step()
        decay.step()
    return net


@torch.no_grad()
def excess(net: Copies, schedule: Schedule, kind: Kind) -> dict[str, Tensor]:
    """What the copies lose against E[x_0|x_t] and E[ε|x_t], by quadrature.

    Returns:
        "bound": (C,) nats over the floor of Σ_{t ≥ 2} L_{t−1}; "simple": (C,) the
        same of the mean ε-loss over t = 2 … T.
    """
    z = torch.linspace(-5, 5, 61, dtype=torch.float64)
    mass = torch.exp(-(z**2) / 2)
    mass = mass / mass.sum() / 2  # half for each of x_0 = ±1
    weight = bound_weight(schedule, "x_0")
    world = Coins()
    lost = {name: torch.zeros(COPIES).double() for name in ("bound", "simple")}
    for steps in torch.arange(2, schedule.T + 1).split(50):
        t = steps.repeat_interleave(2 * len(z))
        q = q_marginal(schedule, torch.ones_like(steps).double()[:, None], steps)
        half = q.mean + q.std * z  # (50, 61), from x_0 = +1
        x_t = torch.cat([half, -half], dim=1).flatten()
        said = net(x_t.float().expand(COPIES, -1), t.expand(COPIES, -1)).double()
        x_0 = torch.stack([to_x_0(schedule, kind, one, x_t, t) for one in said])
        gap = (x_0 - world.expected_x_0(schedule, x_t, t)) ** 2
        square = (gap.reshape(COPIES, len(steps), -1) * mass.repeat(2)).sum(2)
        lost["bound"] += square @ weight[steps]
        lost["simple"] += square @ schedule.snr[steps] / (schedule.T - 1)
    return lost


def summary(lost: dict[str, Tensor]) -> dict[str, dict[str, float]]:
    """Mean and standard error over the copies."""
    return {
        what: {
            "mean": float(value.mean()),
            "se": float(value.std() / math.sqrt(COPIES)),
        }
        for what, value in lost.items()
    }


def run() -> dict[str, Any]:
    """Each target with and without weight; and a short run that a page can repeat."""
    schedule = schedules.linear(1000)
    results: dict[str, Any] = {}
    for kind in KINDS:
        for weighted in (False, True):
            net = train(schedule, kind, weighted)
            name = f"{kind}, {'bound' if weighted else 'simple'}"
            results[name] = summary(excess(net, schedule, kind))
    short = train(schedule, "epsilon", weighted=False, steps=SHORT)
    results["epsilon, simple, short"] = summary(excess(short, schedule, "epsilon"))
    return {
        "seed": SEED,
        "n": {"networks": COPIES, "steps": STEPS, "batch": BATCH, "short": SHORT},
        "results": results,
    }
