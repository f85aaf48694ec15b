"""Pictures of chapter 02: four graphical models, and what their ELBOs are made of."""

from collections.abc import Mapping, Sequence

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.patches import Circle, FancyArrowPatch
from torch import Tensor

from ddpm_lite.figures.style import (
    ACCENT,
    BLUE,
    GREY,
    INK,
    ORANGE,
    new_figure,
    show_digit,
)

SEEN = "#dfe9f2"  # what is observed is shaded, as in the textbooks


def four_models() -> Figure:
    """VAE, two layers, T layers, diffusion: learned arrows orange, fixed ones grey.

    Full arrows generate (p, from the right to the left), dashed ones encode (q).
    Circles are as large as their vectors.
    """
    figure, axes = new_figure(4, 1, (6.4, 5.2))
    small, large = 0.27, 0.42
    rows: list[tuple[str, list[str], float, str]] = [
        ("VAE", ["x", "z"], small, ORANGE),
        ("two layers", ["x", "z₁", "z₂"], small, ORANGE),
        ("T layers", ["x", "z₁", "z₂", "…", "$z_T$"], small, ORANGE),
        ("diffusion", ["x₀", "x₁", "x₂", "…", "$x_T$"], large, GREY),
    ]
    for ax, (title, nodes, size, up) in zip(axes, rows, strict=True):
        _chain(ax, nodes, large, size, up)
        ax.text(-1.75, 0, title, ha="left", va="center", fontsize=11)
    for i, (colour, style, word) in enumerate(
        [
            (ORANGE, "-", "generates, learned"),
            (ORANGE, "--", "encodes, learned"),
            (GREY, "--", "adds noise, fixed"),
        ]
    ):
        axes[0].plot([4.6, 5.3], [0.5 - 0.5 * i] * 2, color=colour, ls=style)
        axes[0].text(5.45, 0.5 - 0.5 * i, word, va="center", fontsize=10)
    return figure


def terms(parts: Mapping[str, Sequence[float]]) -> Figure:
    """How each ELBO comes about: the reconstruction, then what the divergences take.

    Args:
        parts: for each model log p(x|z_1) first, then its divergences from the data
            upwards, as losses (negative), in nats per digit. They add up to the ELBO.
    """
    figure, (ax,) = new_figure(size=(6.4, 3.4))
    colours = (INK, BLUE, ACCENT, GREY)
    for row, values in enumerate(parts.values()):
        at = 0.0
        for k, value in enumerate(values):
            y = row - 0.2 if k == 0 else row + 0.12
            ax.barh(y, value, left=at, color=colours[k], height=0.28)
            at += value
            if abs(value) > 25:
                middle = at - value / 2
                text = f"{value:+.0f}".replace("-", "−")
                ax.text(middle, y, text, ha="center", va="center", color="white")
        ax.plot([at, at], [row - 0.03, row + 0.28], color=ORANGE, lw=2.5)
        text = f"ELBO {at:.0f}".replace("-", "−")
        ax.text(at, row + 0.43, text, ha="center", va="center", color=ORANGE)
    ax.axvline(0, color=INK, lw=0.8)
    words = ("reconstruction", "divergence of z₁", "of z₂", "of z₃")
    for k, word in enumerate(words):
        ax.bar(0, 0, color=colours[k], label=word)
    ax.legend(ncols=4, fontsize=9.5, loc="lower center", bbox_to_anchor=(0.45, 1.0))
    ax.set_yticks(range(len(parts)), list(parts))
    ax.use_sticky_edges = False  # room for the words under a bar's end
    ax.margins(x=0.13)
    ax.set_ylim(len(parts) - 0.4, -0.5)
    ax.set_xlabel("nats per digit")
    return figure


def sample_rows(rows: Mapping[str, Tensor]) -> Figure:
    """One row of digits for each name; (N, 1, 28, 28) in [−1, 1], N the same."""
    columns = len(next(iter(rows.values())))
    figure, axes = new_figure(len(rows), columns, (6.4, 0.95 * len(rows)))
    grid = np.asarray(axes, dtype=object).reshape(len(rows), columns)
    for row, (name, images) in zip(grid, rows.items(), strict=True):
        for ax, image in zip(row, images, strict=True):
            show_digit(ax, image)
            ax.spines[["left", "bottom"]].set_visible(False)
        row[0].set_title(name, fontsize=10, loc="left")
    return figure


def _chain(ax: Axes, nodes: Sequence[str], first: float, size: float, up: str) -> None:
    """Circles from left (seen) to right, an arrow each way between neighbours."""
    ax.set_aspect("equal")
    ax.set_axis_off()
    ax.set_xlim(-1.8, 7.6)
    ax.set_ylim(-0.95, 0.95)
    step = 1.55
    radii = [first if i == 0 else size for i in range(len(nodes))]
    for i, (name, radius) in enumerate(zip(nodes, radii, strict=True)):
        at = i * step
        if name != "…":
            face = SEEN if i == 0 else "white"
            ax.add_patch(Circle((at, 0), radius, facecolor=face, edgecolor=INK, lw=1.3))
        ax.text(at, 0, name, ha="center", va="center", fontsize=11)
        if i:
            left, right = (at - step + radii[i - 1], at - radius)
            _arrow(ax, (right, 0.12), (left, 0.12), ORANGE, "-")
            _arrow(ax, (left, -0.12), (right, -0.12), up, "--")


def _arrow(
    ax: Axes,
    start: tuple[float, float],
    end: tuple[float, float],
    colour: str,
    style: str,
) -> None:
    bend = "arc3,rad=0.25"
    ax.add_patch(
        FancyArrowPatch(
            start,
            end,
            connectionstyle=bend,
            arrowstyle="-|>",
            mutation_scale=13,
            color=colour,
            linestyle=style,
            lw=1.8,
            shrinkA=2,
            shrinkB=2,
        )
    )
