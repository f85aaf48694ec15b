"""Pictures of chapter 5: a pair on a long chain, and what the pair costs."""

from collections.abc import Mapping, Sequence
from typing import Any

from matplotlib.axes import Axes
from matplotlib.figure import Figure
from torch import Tensor

from ddpm_lite.figures.chain import arrow, network_call, thumbnail
from ddpm_lite.figures.style import ACCENT, BLUE, GREY, INK, ORANGE, new_figure


def pair_on_a_chain(images: Tensor, times: Sequence[int], pair: int) -> Figure:
    """A long chain of which only x_0 and one neighbouring pair are drawn.

    Args:
        images: (N, 1, 28, 28) at the times shown.
        times: the N times, rising from 0. Between times further than one step
            apart the picture shows dots.
        pair: the place in ``times`` of x_{t−1}; x_t follows it.
    """
    figure, (ax,) = new_figure(size=(6.4, 2.9))
    for i, time in enumerate(times):
        known = i in (0, pair, pair + 1)
        thumbnail(ax, images[i], i, faded=not known)
        style: dict[str, Any] = {"ha": "center", "va": "center", "fontsize": 12}
        ax.text(i, -0.55, f"$x_{{{time}}}$", color=INK if known else GREY, **style)
        if i and time - times[i - 1] > 1:
            ax.text(i - 0.5, 0, "···", color=GREY, **style)
    arrow(ax, 0.1, pair - 0.05, 0.45, BLUE, bend=-0.3)
    arrow(ax, pair + 0.05, pair + 0.95, 0.45, BLUE, bend=-0.5)
    ax.text(pair / 2, 1.0, "one jump", color=BLUE, ha="center", fontsize=11)
    ax.text(pair + 0.6, 0.86, "one step", color=BLUE, fontsize=11)
    network_call(ax, pair, lit=True, y=-0.88)
    words = "one network call"
    ax.text(pair + 0.5, -1.28, words, color=ORANGE, ha="center", fontsize=11)
    ax.set_xlim(-0.55, len(times) - 0.45)
    ax.set_ylim(-1.35, 1.2)
    ax.set_aspect("equal")
    ax.axis("off")
    return figure


def three_pairs(pairs: Mapping[str, tuple[Tensor, Tensor]]) -> Figure:
    """Scatter plots of (x_t, x_{t−1}) drawn in different ways, same scale.

    Args:
        pairs: title → (x_{t−1}, x_t), each (N,).
    """
    figure, axes = new_figure(1, len(pairs), (6.4, 2.7))
    for ax, (title, (before, after)) in zip(axes, pairs.items(), strict=True):
        centred = (before - before.mean()) * (after - after.mean())
        good = ax is axes[0]
        ax.scatter(
            after, before, s=4, color=ACCENT if good else ORANGE, alpha=0.6, lw=0
        )
        ax.set_title(f"{title}\ncov {float(centred.mean()):.2f}", fontsize=10)
        ax.set_xlabel(r"$x_t$")
        ax.set_xlim(-1.7, 3)
        ax.set_ylim(-1, 2.8)
        ax.set_xticks([-1, 0, 1, 2])
        ax.set_yticks([-1, 0, 1, 2])
        if not good:
            ax.tick_params(labelleft=False)
    axes[0].set_ylabel(r"$x_{t-1}$")
    return figure


def variance_ratio(
    scale: Tensor, ratio: Tensor, digits: Sequence[tuple[float, float, float]]
) -> Figure:
    """Gradient variance of T-sample over that of pairs, as the predictor goes wrong.

    Args:
        scale: (K,) the factor on the exact mean.
        ratio: (K,) for coins.
        digits: (scale, ratio, standard error) measured on real digits.
    """
    figure, (ax,) = new_figure(size=(6.4, 3.4))
    ax.axhline(1, color=GREY, lw=1)
    ax.axvline(1, color=GREY, lw=1)
    ax.plot(scale, ratio, color=BLUE, label="coins")
    x, y, error = zip(*digits, strict=True)
    ax.errorbar(
        x, y, [2 * e for e in error], fmt="o", color=ORANGE, capsize=3, label="digits"
    )
    _corner(ax, 0.03, 0.94, "above 1: pairs are calmer", "top")
    _corner(ax, 0.03, 0.05, "below 1: the path is calmer", "bottom")
    ax.set_yscale("log")
    ticks = [0.5, 1, 2, 4]
    ax.set_yticks(ticks, [str(t) for t in ticks])
    ax.minorticks_off()
    ax.set_xlabel("factor on the exact mean (1: the exact predictor)")
    ax.set_ylabel("variance, path ÷ pairs")
    ax.legend(loc="upper right", fontsize=10)
    return figure


def _corner(ax: Axes, x: float, y: float, words: str, align: str) -> None:
    ax.text(x, y, words, transform=ax.transAxes, fontsize=10, va=align, color=INK)
