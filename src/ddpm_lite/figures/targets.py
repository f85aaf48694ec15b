"""Pictures of chapter 8: three targets of one step, and what they weigh."""

import math
from collections.abc import Mapping, Sequence

import torch
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from torch import Tensor

from ddpm_lite.diffusion import from_x_0, q_marginal
from ddpm_lite.figures.style import (
    ACCENT,
    BLUE,
    GREY,
    INK,
    ORANGE,
    new_figure,
    show_digit,
)
from ddpm_lite.schedule import Schedule

LOOKS = {"x_0": (BLUE, "-"), "epsilon": (ORANGE, "-"), "v": (ACCENT, "--")}
NAMES = {"x_0": "x₀", "epsilon": "ε", "v": "v"}


def three_targets(
    x_0: Tensor, schedule: Schedule, times: Sequence[int], generator: torch.Generator
) -> Figure:
    """What the network sees, and the three things it may be asked for.

    Rows x_t, x_0, ε and v; a column per time; the same noise everywhere.

    Args:
        x_0: (1, 1, 28, 28) in [−1, 1].
    """
    rows = ("sees $x_t$", "$x_0$", "ε", "$v$")
    figure, axes = new_figure(
        4, len(times), (5.6, 5.6 / (len(times) + 0.35) * 4 * 1.05)
    )
    epsilon = torch.randn(x_0.shape, generator=generator)
    for column, step in enumerate(times):
        t = torch.tensor([step])
        q = q_marginal(schedule, x_0, t)
        x_t = q.mean + q.std * epsilon
        v = from_x_0(schedule, "v", x_0, x_t, t)
        for row, image in enumerate((x_t, x_0, epsilon, v)):
            ax = axes[row * len(times) + column]
            show_digit(ax, image)
            if row == 0:
                ax.set_title(f"t = {step}", fontsize=11)
            if column == 0:
                ax.set_ylabel(rows[row], fontsize=11)
    return figure


def turned_axes(degrees: float = 35.0) -> Figure:
    """x_t and v as the axes x_0 and ε, turned by the angle whose cosine is √ᾱ_t."""
    figure, (ax,) = new_figure(1, 1, (3.9, 3.5))
    angle = math.radians(degrees)
    c, s = math.cos(angle), math.sin(angle)
    _arrow(ax, (1, 0), "$x_0$", BLUE, (0.05, -0.02))
    _arrow(ax, (0, 1), "ε", GREY, (-0.03, 0.06))
    _arrow(ax, (c, s), "$x_t$", INK, (0.04, 0.03))
    _arrow(ax, (-s, c), "v", ACCENT, (-0.1, 0.05))
    ax.plot([c, c], [0, s], color=INK, lw=0.8, ls=":")
    ax.plot([0, c], [s, s], color=INK, lw=0.8, ls=":")
    ax.text(c / 2, -0.02, "√ᾱ", ha="center", va="top")
    ax.text(c + 0.03, s / 2, "√(1−ᾱ)", va="center")
    arc = torch.linspace(0, angle, 40)
    ax.plot(0.3 * arc.cos(), 0.3 * arc.sin(), color=INK, lw=1)
    ax.plot(
        0.3 * (arc + math.pi / 2).cos(),
        0.3 * (arc + math.pi / 2).sin(),
        color=INK,
        lw=1,
    )
    ax.set_aspect("equal")
    ax.set_xlim(-0.75, 1.2)
    ax.set_ylim(-0.15, 1.2)
    ax.axis("off")
    return figure


def _arrow(
    ax: Axes,
    tip: tuple[float, float],
    name: str,
    colour: str,
    shift: tuple[float, float],
) -> None:
    ax.annotate(
        "",
        xy=tip,
        xytext=(0, 0),
        arrowprops={"arrowstyle": "-|>", "color": colour, "lw": 2, "shrinkB": 0},
    )
    ax.text(tip[0] + shift[0], tip[1] + shift[1], name, color=colour, fontsize=13)


def weight_curves(weights: Mapping[str, Tensor]) -> Figure:
    """The bound's weight of a squared error at each t ≥ 2, one curve per target.

    Args:
        weights: kind → (T + 1,) table, entries 0 and 1 unused.
    """
    figure, (ax,) = new_figure(1, 1, (5.6, 3.9))
    for kind, weight in weights.items():
        colour, dash = LOOKS[kind]
        t = torch.arange(2, len(weight))
        ax.loglog(t, weight[2:], color=colour, ls=dash, label=f"error in {NAMES[kind]}")
    ax.set_xlabel("step t")
    ax.set_ylabel("weight in the bound")
    ax.legend(loc="lower left")
    return figure


def gradient_noise(
    weighted: Mapping[str, Tensor],
    plain: Mapping[str, Tensor],
    measured: Mapping[str, Sequence[tuple[int, float]]],
) -> Figure:
    """Root mean square gradient of the perfect network over t, with and without weight.

    Args:
        weighted, plain: kind → (T + 1,) exact curves, entries 0 and 1 unused.
        measured: kind → (t, value) pairs from automatic differentiation, drawn as
            dots on the lower panel's curves.
    """
    figure, (top, bottom) = new_figure(2, 1, (5.6, 5.4))
    for ax, curves in ((top, weighted), (bottom, plain)):
        for kind, curve in curves.items():
            colour, dash = LOOKS[kind]
            t = torch.arange(2, len(curve))
            ax.plot(t, curve[2:], color=colour, ls=dash, label=NAMES[kind])
    for kind, dots in measured.items():
        colour, _ = LOOKS[kind]
        bottom.plot(*zip(*dots, strict=True), "o", color=colour, ms=5)
    top.set_title("weighted as in the bound", fontsize=11, loc="left")
    bottom.set_title("weight left out", fontsize=11, loc="left")
    top.tick_params(labelbottom=False)
    bottom.set_xlabel("step t")
    for ax in (top, bottom):
        ax.set_ylabel("size of gradient")
        ax.set_ylim(bottom=0)
    bottom.legend(loc="center right")
    return figure
