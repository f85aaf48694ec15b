"""Pictures of chapter 01: a ceiling that cannot be computed, and a bound below it."""

import math
from collections.abc import Mapping, Sequence

import matplotlib.pyplot as plt
import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from torch import Tensor

from ddpm_lite.figures.style import (
    ACCENT,
    BLUE,
    GREY,
    INK,
    ORANGE,
    new_figure,
    show_digit,
    use_style,
)


def jensen(y: tuple[float, float], weight: float) -> Figure:
    """log, its chord between two values and its tangent at their mean.

    Args:
        y: the two values, 0 < y[0] < y[1].
        weight: the probability of y[0]; y[1] has the rest.
    """
    figure, (ax,) = new_figure()
    u = np.linspace(0.15, y[1] * 1.12, 300)
    mean = weight * y[0] + (1 - weight) * y[1]
    below = weight * math.log(y[0]) + (1 - weight) * math.log(y[1])
    ax.plot(u, np.log(u), color=BLUE)
    tangent = u > 0.75
    ax.plot(
        u[tangent], math.log(mean) + u[tangent] / mean - 1, color=GREY, ls="--", lw=1.5
    )
    ax.plot(y, np.log(y), color=ORANGE, lw=1.5)
    ax.plot(y, np.log(y), "o", color=BLUE)
    ax.plot([mean, mean], [below, math.log(mean)], color=ACCENT, lw=3)
    ax.plot([mean], [math.log(mean)], "o", color=INK, zorder=5)
    ax.plot([mean], [below], "o", color=ORANGE, zorder=5)
    ax.text(mean - 0.06, math.log(mean) + 0.13, "log of the mean", ha="right")
    ax.text(mean + 0.1, below - 0.22, "mean of the logs", color=ORANGE)
    ax.text(u[-1], math.log(u[-1]) - 0.1, "log y", color=BLUE, ha="right", va="top")
    ax.set_xlabel("y")
    ax.set_ylabel("height")
    return figure


def ceiling(
    q: Sequence[float], elbo: Sequence[float], log_p: float, best: float
) -> Figure:
    """The ELBO as a curve over q(z = +1), under the flat ceiling log p(x).

    Args:
        q: the probability that q gives to z = +1, increasing.
        elbo: the ELBO at each, in nats.
        log_p: log p(x).
        best: the exact posterior p(z = +1 | x).
    """
    figure, (ax,) = new_figure()
    _roof(ax, q, elbo, log_p)
    left = len(q) // 10
    _gap(ax, q[left], elbo[left], log_p)
    ax.plot([best], [log_p], "o", color=ACCENT, zorder=5)
    ax.annotate(
        "touches at the posterior",
        (best, log_p),
        (best, log_p - 0.42 * (log_p - min(elbo))),
        ha="center",
        color=ACCENT,
        arrowprops={"arrowstyle": "-", "color": ACCENT},
    )
    ax.text(q[0], log_p, "log p(x)", va="bottom")
    ax.set_ylim(min(elbo) - 0.05, log_p + 0.16 * (log_p - min(elbo)))
    ax.set_xlabel("q(z = +1)")
    ax.set_ylabel("nats")
    return figure


def candidates(
    x: Tensor,
    likely: Tensor,
    posterior: Sequence[float],
    s: Sequence[float],
    elbo: Sequence[float],
    log_p: float,
) -> Figure:
    """A noisy digit, its likely sources, and the ELBO from prior to posterior.

    Args:
        x: the noisy image (1, 28, 28).
        likely: the three likeliest digits (3, 1, 28, 28).
        posterior: their posterior probabilities.
        s: how far q has moved: 0 is the prior, 1 the posterior, more is too sure.
        elbo: the ELBO at each s, in nats.
        log_p: log p(x).
    """
    use_style()
    figure = plt.figure(figsize=(6.4, 3.2))
    places = ["xxxeeeee", "xxxeeeee", "012eeeee"]
    axes = figure.subplot_mosaic("\n".join(places))
    show_digit(axes["x"], x / x.abs().max())
    axes["x"].set_title("what we see: x", fontsize=11)
    for name in "x012":
        axes[name].spines[["left", "bottom"]].set_visible(False)
    for i, (image, weight) in enumerate(zip(likely, posterior, strict=True)):
        show_digit(axes[str(i)], image)
        axes[str(i)].set_xlabel(f"{weight:.2f}", fontsize=10)
    ax = axes["e"]
    _roof(ax, s, elbo, log_p)
    ax.text(s[-1], log_p, "log p(x)", va="bottom", ha="right")
    for at, word, shift in ((0.0, "prior", (8, -3)), (1.0, "posterior", (0, -18))):
        i = int(np.abs(np.asarray(s) - at).argmin())
        ax.plot([s[i]], [elbo[i]], "o", color=ACCENT, zorder=5)
        ax.annotate(
            word,
            (s[i], elbo[i]),
            shift,
            textcoords="offset points",
            ha="center" if at else "left",
            color=ACCENT,
        )
    ax.set_ylim(min(elbo) - 0.4, log_p + 0.16 * (log_p - min(elbo)))
    ax.set_xlabel("s")
    ax.set_ylabel("nats")
    return figure


def three_optima(
    w: Sequence[float],
    curves: Mapping[str, Sequence[float]],
    best: Mapping[str, float],
) -> Figure:
    """log p, the ELBO and minus the gap over one parameter; each with its own best w.

    Args:
        w: the parameter.
        curves: "log p", "ELBO" and "−KL" over w, in nats.
        best: for each name, the w at its maximum.
    """
    figure, axes = new_figure(3, 1, (6.4, 4.6))
    colours = {"log p": INK, "ELBO": ORANGE, "−KL": BLUE}
    for ax, (name, values) in zip(axes, curves.items(), strict=True):
        ax.plot(w, values, color=colours[name])
        ax.axvline(best[name], color=ACCENT, lw=1.2, ls="--")
        ax.plot([best[name]], [max(values)], "o", color=ACCENT, zorder=5)
        ax.text(
            best[name] + 0.012,
            min(values),
            f"best w = {best[name]:.4f}",
            color=ACCENT,
            va="bottom",
        )
        ax.set_ylabel(name, color=colours[name])
        ax.set_xlim(w[0], w[-1])
    for ax in axes[:-1]:
        ax.set_xticklabels([])
    axes[-1].set_xlabel("w")
    return figure


def ascent(
    elbo: Sequence[float], ceiling: float, gamma: Sequence[Sequence[float]]
) -> Figure:
    """Gradient ascent on a Dirichlet: the ELBO below its ceiling, γ on its way.

    Args:
        elbo: at each step, in nats.
        ceiling: the log evidence.
        gamma: at each step, one number per class; the last row is where it landed.
    """
    figure, (left, right) = new_figure(1, 2, (6.4, 3.0))
    steps = np.arange(1, len(elbo) + 1)
    left.axhline(ceiling, color=INK)
    left.plot(steps, elbo, color=BLUE)
    left.fill_between(steps, elbo, ceiling, color=ACCENT, alpha=0.2, lw=0)
    left.text(steps[-1], ceiling, "log p(x)", ha="right", va="bottom")
    left.set_ylabel("nats")
    left.margins(y=0.14)
    path = np.asarray(gamma)
    for k, colour in zip(range(path.shape[1]), (BLUE, ORANGE, GREY), strict=False):
        right.plot(steps, path[:, k], color=colour)
        right.text(
            steps[-1] * 1.15, path[-1, k], f"γ{'₁₂₃'[k]}", color=colour, va="center"
        )
    right.set_ylabel("γ")
    for ax in (left, right):
        ax.set_xscale("log")
        ax.set_xlabel("step")
    return figure


def _roof(ax: Axes, at: Sequence[float], elbo: Sequence[float], log_p: float) -> None:
    """The ceiling, the bound under it, and the gap between them."""
    ax.axhline(log_p, color=INK)
    ax.plot(at, elbo, color=BLUE)
    ax.fill_between(at, elbo, log_p, color=ACCENT, alpha=0.15, lw=0)
    i = len(at) // 6
    ax.text(at[i], elbo[i], "  ELBO", color=BLUE, va="top")


def _gap(ax: Axes, at: float, low: float, high: float) -> None:
    ends = {"arrowstyle": "<->", "color": ACCENT, "shrinkA": 0, "shrinkB": 0}
    ax.annotate("", (at, low), (at, high), arrowprops=ends)
    ax.text(at + 0.015, (low + 2 * high) / 3, "the gap: KL", color=ACCENT, va="center")
