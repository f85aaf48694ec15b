"""Pictures of chapter 4: the forward process."""

import math
from collections.abc import Mapping, Sequence

import torch
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from torch import Tensor

from ddpm_lite.diffusion import q_marginal
from ddpm_lite.figures.style import ACCENT, BLUE, GREY, INK, new_figure, show_digit
from ddpm_lite.schedule import Schedule

LOOKS = ((BLUE, "-", "o"), (ACCENT, "--", "s"), (INK, ":", "^"))


def two_walks(schedule: Schedule, count: int, generator: torch.Generator) -> Figure:
    """Paths from x_0 = ±1, without and with the factor √α_t, and two sigma bands.

    Both panels see the same noise. The bands come from the exact variances.

    Args:
        count: number of paths, half from +1 and half from −1.
    """
    start = torch.ones(count, dtype=torch.float64)
    start[count // 2 :] = -1
    epsilon = torch.randn(schedule.T, count, generator=generator, dtype=torch.float64)
    noise = schedule.beta[1:, None].sqrt() * epsilon
    free = torch.cat([start[None], start + noise.cumsum(0)])
    scaled = [start]
    for alpha, step in zip(schedule.alpha[1:], noise, strict=True):
        scaled.append(alpha.sqrt() * scaled[-1] + step)
    total = schedule.beta.cumsum(0)
    figure, (top, bottom) = new_figure(2, 1, (5.6, 5.2))
    _fan(top, free, (1 + total).sqrt(), "without scaling down")
    _fan(bottom, torch.stack(scaled), torch.ones_like(total), "scaled down by √α")
    for ax in (top, bottom):
        ax.set_ylim(-9.5, 9.5)
        ax.set_ylabel("x at step t")
    top.tick_params(labelbottom=False)
    bottom.set_xlabel("step t")
    return figure


def _fan(ax: Axes, paths: Tensor, sigma: Tensor, title: str) -> None:
    t = torch.arange(len(paths))
    ax.plot(t, paths, color=GREY, lw=0.5, alpha=0.55)
    ax.plot(t, 2 * sigma, color=BLUE)
    ax.plot(t, -2 * sigma, color=BLUE)
    end = float(sigma[-1])
    ax.text(0.02, 0.9, title, transform=ax.transAxes)
    ax.text(
        0.98,
        0.04,
        f"blue: ±2σ, ending at σ² = {end**2:.2f}",
        ha="right",
        transform=ax.transAxes,
        color=BLUE,
    )


def chain_and_formula(
    chain: Mapping[int, Tensor], schedule: Schedule, x_0: float = 1.0
) -> Figure:
    """Histograms of x_t from the chain, with the density that one formula gives.

    Args:
        chain: t → (N,) draws of x_t, all walked from x_0.
    """
    figure, axes = new_figure(len(chain), 1, (5.6, 1.25 * len(chain)))
    edges = torch.linspace(-4, 4, 161)
    x = torch.linspace(-4, 4, 801, dtype=torch.float64)
    for ax, (t, draws) in zip(axes, chain.items(), strict=True):
        ax.hist(draws.numpy(), bins=edges.tolist(), density=True, color="#c9c9c9")
        mean = math.sqrt(schedule.alpha_bar[t]) * x_0
        var = float(schedule.noise_variance[t])
        density = torch.exp(-((x - mean) ** 2) / (2 * var))
        ax.plot(x, density / math.sqrt(2 * math.pi * var), color=BLUE)
        ax.axvline(x_0, color=ACCENT, lw=1, ls=":")
        ax.set_yticks([])
        ax.spines["left"].set_visible(False)
        ax.text(0.02, 0.72, f"t = {t}", transform=ax.transAxes)
        if ax is not axes[-1]:
            ax.tick_params(labelbottom=False)
    axes[-1].set_xlabel("x at step t (dotted: where the walk began)")
    return figure


def quarter_circle(schedules: Mapping[str, Schedule], dots: int = 10) -> Figure:
    """Each step as a point (√ᾱ_t, √(1 − ᾱ_t)) on the quarter circle, and its angle.

    Args:
        schedules: at most three, by name.
        dots: marks per schedule, at equal distances in t.
    """
    figure, (circle, turn) = new_figure(2, 1, (4.8, 7.4))
    arc = torch.linspace(0, math.pi / 2, 200)
    for i, (name, schedule) in enumerate(schedules.items()):
        colour, dash, marker = LOOKS[i]
        signal = schedule.alpha_bar.sqrt()
        noise = schedule.noise_variance.sqrt()
        shown = torch.linspace(0, schedule.T, dots + 1).long()
        radius = 1 - 0.09 * i
        circle.plot(radius * arc.cos(), radius * arc.sin(), color=GREY, lw=0.7)
        circle.plot(
            radius * signal[shown],
            radius * noise[shown],
            marker,
            color=colour,
            ms=5,
            clip_on=False,
        )
        angle = torch.rad2deg(torch.atan2(noise, signal))
        u = torch.linspace(0, 1, len(angle))
        turn.plot(u, angle, color=colour, ls=dash, label=name)
    half = math.sqrt(0.5)
    circle.plot([0, half, half], [half, half, 0], color=GREY, lw=0.8, ls=":")
    circle.plot([0, half], [0, half], color=INK, lw=1)
    circle.set_aspect("equal")
    circle.set_xlim(0, 1.03)
    circle.set_ylim(0, 1.03)
    circle.set_xlabel("signal  √ᾱ")
    circle.set_ylabel("noise  √(1 − ᾱ)")
    turn.set_xlabel("t / T")
    turn.set_ylabel("angle walked (degrees)")
    turn.set_yticks([0, 30, 60, 90])
    turn.legend(loc="lower right")
    return figure


def dissolving(
    x_0: Tensor,
    schedules: Mapping[str, Schedule],
    times: Sequence[int],
    generator: torch.Generator,
) -> Figure:
    """One digit at several times: a row per schedule, the same ε everywhere.

    Args:
        x_0: (1, 1, 28, 28) in [−1, 1].
        times: steps t ≥ 1 to show, common to all schedules.
    """
    figure, axes = new_figure(
        len(schedules), len(times), (5.8, 5.8 / len(times) * len(schedules) * 1.12)
    )
    epsilon = torch.randn(x_0.shape, generator=generator)
    for row, (name, schedule) in enumerate(schedules.items()):
        for column, step in enumerate(times):
            ax = axes[row * len(times) + column]
            q = q_marginal(schedule, x_0, torch.tensor([step]))
            show_digit(ax, q.mean + q.std * epsilon)
            if row == 0:
                ax.set_title(f"{step}", fontsize=11)
            if column == 0:
                ax.set_ylabel(name, fontsize=11)
    return figure
