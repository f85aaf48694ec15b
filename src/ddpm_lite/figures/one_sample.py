"""Pictures of chapter 07: what is gained by integrating x_{t−1} by hand."""

from collections.abc import Mapping, Sequence

from matplotlib.axes import Axes
from matplotlib.figure import Figure
from torch import Tensor

from ddpm_lite.figures.style import ACCENT, BLUE, GREY, INK, ORANGE, new_figure

RUNGS = {"path": "one path", "pair": "two draws per t", "one": "one draw per t"}


def variance_ratio(
    t: Tensor, exact: Tensor, measured: Mapping[int, float], digits: Tensor
) -> Figure:
    """Noise of the two-draw gradient over that of the one-draw gradient, against t.

    Args:
        t: (T − 1,) the steps 2 … T.
        exact: (T − 1,) the ratio for Gaussian data.
        measured: t → the ratio found from random draws for the same data.
        digits: (K, 2) pairs (t, ratio) for digits and a network that errs.
    """
    figure, (ax,) = new_figure(size=(6.4, 3.6))
    ax.plot(t, exact, color=BLUE, label="Gaussian data, formula")
    ax.plot(list(measured), list(measured.values()), "o", color=INK, label="measured")
    ax.plot(digits[:, 0], digits[:, 1], color=ORANGE, linestyle="--",
            label="digits, straight-line network")  # fmt: skip
    ax.axhline(1, color=GREY, linewidth=1)
    ax.set(xscale="log", yscale="log", xlabel="$t$", ylabel="two draws / one draw")
    ax.legend(loc="upper left", fontsize=9)
    return figure


def rungs(
    worlds: Mapping[str, Mapping[str, Mapping[str, float]]], names: Sequence[str]
) -> Figure:
    """Spread of the estimate at equal network calls, one panel for each world.

    Args:
        worlds: world → rung → std, std_se (nats), as the ladder experiment gives.
        names: a title for each world.
    """
    figure, axes = new_figure(len(worlds), 1, size=(6.4, 1.9 * len(worlds)))
    for ax, world, name in zip(axes, worlds.values(), names, strict=True):
        stds = [world[rung]["std"] for rung in RUNGS]
        errors = [4 * world[rung]["std_se"] for rung in RUNGS]
        colours = [GREY, BLUE, ACCENT]
        ax.barh(list(RUNGS.values()), stds, xerr=errors, color=colours, height=0.6)
        ax.invert_yaxis()
        ax.set_title(name, fontsize=10, loc="left")
        ax.set_xlim(0, 1.15 * max(stds))
        for row, std in enumerate(stds):
            place = (std + errors[row] + 0.02 * max(stds), row)
            ax.annotate(f"{std:.3g}", place, va="center", fontsize=9)
    axes[-1].set_xlabel("spread of the estimate, nats per image")
    return figure


def two_ways_round() -> Figure:
    """The same path read forwards (the kernel) and backwards (posteriors), T = 4."""
    figure, (above, below) = new_figure(2, 1, size=(4.6, 3.4))
    for ax in (above, below):
        for i in range(5):
            ax.annotate(f"$x_{i}$", (i, 0), ha="center", va="center", fontsize=12)
        ax.set(xlim=(-0.4, 4.4), ylim=(-0.9, 0.95))
        ax.axis("off")
    above.set_title("as it was drawn: four kernels", fontsize=10, loc="left")
    below.set_title("as it is judged: one jump, then back", fontsize=10, loc="left")
    for i in range(4):
        _arrow(above, i, i + 1, BLUE, 0)
        above.annotate(f"$q(x_{i + 1}|x_{i})$", (i + 0.5, 0.22), ha="center",
                       fontsize=9, color=BLUE)  # fmt: skip
    _arrow(below, 0, 4, BLUE, -0.28)
    below.annotate(
        "$q(x_4|x_0)$: $L_4$", (2, 0.36), ha="center", fontsize=9, color=BLUE
    )
    for i in range(1, 4):
        _arrow(below, i + 1, i, ACCENT, 0)
        below.annotate(f"$q(x_{i}|x_{i + 1}, x_0)$", (i + 0.5, -0.3), ha="center",
                       fontsize=9, color=ACCENT)  # fmt: skip
        below.annotate(f"$p_\\theta(x_{i}|x_{i + 1})$: $L_{i}$", (i + 0.5, -0.62),
                       ha="center", fontsize=9, color=ORANGE)  # fmt: skip
    _arrow(below, 1, 0, ORANGE, 0)
    below.annotate("$p_\\theta(x_0|x_1)$: $L_0$", (0.5, -0.62), ha="center",
                   fontsize=9, color=ORANGE)  # fmt: skip
    return figure


def _arrow(ax: Axes, start: float, end: float, colour: str, bend: float) -> None:
    ax.annotate("", (end, 0), (start, 0), arrowprops={
        "arrowstyle": "->", "color": colour, "linewidth": 1.6,
        "shrinkA": 13, "shrinkB": 13, "connectionstyle": f"arc3,rad={bend}",
    })  # fmt: skip
