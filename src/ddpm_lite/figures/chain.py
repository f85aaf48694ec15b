"""Pictures of chapter 3: the chain unrolled, the bound and its paths."""

from typing import Any

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.patches import FancyArrowPatch, FancyBboxPatch, Rectangle
from torch import Tensor

from ddpm_lite.figures.style import BLUE, GREY, INK, ORANGE, new_figure

FAINT = "#d9d9d9"
LAMP = "#ffe2b8"
HALF = 0.36  # half the side of an image, in units of one step


def unrolled(images: Tensor) -> Figure:
    """The whole chain as a row of images: blue arrows noise it, networks go back.

    Args:
        images: (T + 1, 1, 28, 28), x_0 … x_T.
    """
    figure, (ax,) = new_figure(size=(6.4, 2.9))
    for i, image in enumerate(images):
        thumbnail(ax, image, i)
        ax.text(i, 0.55, f"$x_{{{i}}}$", ha="center", va="center", fontsize=12)
        if i:
            arrow(ax, i - 0.9, i - 0.1, 0.72, BLUE)
            network_call(ax, i - 1, lit=True)
    ax.text(-0.45, 0.96, "q adds noise", color=BLUE, fontsize=11)
    words = r"$p_\theta$: one network call per box"
    ax.text(-0.45, -1.08, words, color=ORANGE, fontsize=11, va="center")
    ax.set_xlim(-0.55, len(images) - 0.45)
    ax.set_ylim(-1.25, 1.12)
    ax.set_aspect("equal")
    ax.axis("off")
    return figure


def path_weights(log_w: Tensor, elbo: float, evidence: float, shown: float) -> Figure:
    """Histogram of log p_θ(x_{0:T})/q(x_{1:T}|x_0) over paths; those above stand out.

    Args:
        log_w: (N,) one number per path, nats.
        elbo: their exact mean.
        evidence: log p_θ(x_0), the ceiling that holds for the mean only.
        shown: the log weight of the path that is told in the text.
    """
    figure, (ax,) = new_figure(size=(6.4, 3.6))
    edges = np.linspace(-4.0, 2.0, 61) + (evidence + 4.0) % 0.1
    heights, _ = np.histogram(log_w.numpy(), edges)
    share = heights / len(log_w) / 0.1
    above = edges[:-1] >= evidence - 1e-9
    for where, colour in ((~above, BLUE), (above, ORANGE)):
        ax.bar(edges[:-1][where], share[where], 0.1, align="edge", color=colour)
    top = 1.32 * float(share.max())
    for value, words, align, level in (
        (elbo, f"mean: the ELBO\n{elbo:.3f}", "right", 0.97),
        (evidence, r"$\log\,p_\theta(x_0)$" + f"\n{evidence:.3f}", "left", 0.97),
    ):
        ax.axvline(value, color=INK, lw=1.6, ls="--" if value == elbo else "-")
        side = -0.06 if align == "right" else 0.06
        ax.text(value + side, level * top, words, ha=align, va="top", fontsize=10)
    ax.annotate(
        "our path",
        (shown, 0.01 * top),
        (0.75, 0.4 * top),
        arrowprops={"arrowstyle": "->", "color": INK},
        fontsize=10,
    )
    ax.text(
        1.95,
        0.12 * top,
        "paths above\n$\\log\\,p_\\theta(x_0)$",
        color=ORANGE,
        ha="right",
    )
    ax.set_ylim(0, top)
    ax.set_xlim(-4, 2)
    ax.set_xlabel("log of the ratio, one path (nats)")
    ax.set_ylabel("share of paths per nat")
    return figure


def ceiling(theta: Tensor, evidence: Tensor, elbo: Tensor) -> Figure:
    """log p_θ(x_0) and the ELBO under it, as the model changes.

    Args:
        theta: (K,) values of the one parameter.
        evidence: (K,) nats.
        elbo: (K,) nats.
    """
    figure, (ax,) = new_figure(size=(6.4, 3.4))
    ax.fill_between(theta, elbo, evidence, color=LAMP)
    ax.plot(theta, evidence, color=INK)
    ax.plot(theta, elbo, color=ORANGE, ls="--")
    best = int(elbo.argmax())
    ax.plot(theta[best], elbo[best], "o", color=ORANGE)
    middle = len(theta) // 2
    ax.text(
        float(theta[middle]) - 0.03,
        float(evidence[middle]) + 0.06,
        r"$\log\,p_\theta(x_0)$",
        ha="right",
    )
    ax.text(
        float(theta[best]), float(elbo[best]) - 0.14, "ELBO", color=ORANGE, ha="center"
    )
    ax.text(
        float(theta[best]),
        float(elbo[best] + evidence[best]) / 2,
        "gap",
        ha="center",
        va="center",
        fontsize=10,
    )
    ax.set_xlabel(r"$\theta$: from a straight line (0) to the exact mean (1)")
    ax.set_ylabel(r"nats, at $x_0 = 1$")
    return figure


def thumbnail(ax: Axes, image: Tensor, x: float, faded: bool = False) -> None:
    """One digit (1, 28, 28) in a frame, centred at (x, 0)."""
    shade = (1 - image.detach().reshape(28, 28).clamp(-1, 1).numpy()) / 2
    shade = 0.8 + 0.2 * shade if faded else shade
    place = (x - HALF, x + HALF, -HALF, HALF)
    ax.imshow(shade, cmap="gray", vmin=0, vmax=1, extent=place, interpolation="nearest")
    edge = FAINT if faded else INK
    ax.add_patch(Rectangle((x - HALF, -HALF), 2 * HALF, 2 * HALF, fill=False, ec=edge))


def arrow(
    ax: Axes, start: float, end: float, y: float, colour: str, bend: float = 0
) -> None:
    """A horizontal arrow, bent upwards if ``bend`` < 0."""
    ax.add_patch(
        FancyArrowPatch(
            (start, y),
            (end, y),
            arrowstyle="-|>",
            connectionstyle=f"arc3,rad={bend}",
            mutation_scale=12,
            color=colour,
            lw=1.6,
        )
    )


def network_call(ax: Axes, left: float, lit: bool, y: float = -0.66) -> None:
    """The way back from left + 1 to left: an arrow through a network, lit or dark."""
    colour = ORANGE if lit else FAINT
    arrow(ax, left + 0.9, left + 0.1, y, colour)
    box = FancyBboxPatch(
        (left + 0.36, y - 0.14),
        0.28,
        0.28,
        boxstyle="round,pad=0.02",
        facecolor=LAMP if lit else "white",
        edgecolor=colour,
        zorder=3,
    )
    ax.add_patch(box)
    style: dict[str, Any] = {
        "ha": "center",
        "va": "center",
        "fontsize": 10,
        "zorder": 4,
    }
    text = colour if lit else GREY
    ax.text(left + 0.5, y - 0.005, r"$\mu_\theta$", color=text, **style)
