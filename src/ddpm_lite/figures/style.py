"""One look for all pictures: opaque white, colour-blind safe, readable on a phone.

Colours carry one meaning throughout: blue is what the data fix (q), orange what is
learned (p_θ), grey what is only noise.
"""

import math
from collections.abc import Sequence

import matplotlib as mpl
import matplotlib.pyplot as plt
import torch
from cycler import cycler
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from torch import Tensor

INK = "#1b1b1b"
BLUE = "#0b61a4"  # q: fixed by the data
ORANGE = "#c8500a"  # p_θ: learned
GREY = "#8a8a8a"  # noise
ACCENT = "#0a7d5a"  # the point of the picture


def use_style() -> None:
    """Set matplotlib's defaults for the book; call once, in a chapter's first cell."""
    mpl.rcParams.update(
        {
            "figure.facecolor": "white",
            "savefig.facecolor": "white",
            "figure.dpi": 110,
            "savefig.dpi": 160,
            "figure.figsize": (6.4, 3.4),
            "figure.constrained_layout.use": True,
            "font.size": 11,
            "axes.spines.top": False,
            "axes.spines.right": False,
            "axes.edgecolor": INK,
            "axes.labelcolor": INK,
            "text.color": INK,
            "lines.linewidth": 2,
            "legend.frameon": False,
            "axes.prop_cycle": cycler(color=[BLUE, ORANGE, ACCENT, GREY, INK]),
        }
    )


def new_figure(
    rows: int = 1, columns: int = 1, size: tuple[float, float] = (6.4, 3.4)
) -> tuple[Figure, list[Axes]]:
    """A figure in the book's style and its axes, row by row."""
    use_style()
    figure, axes = plt.subplots(rows, columns, figsize=size, squeeze=False)
    return figure, list(axes.flat)


def digit_grid(
    x: Tensor, columns: int = 8, titles: Sequence[str] | None = None, scale: float = 0.7
) -> Figure:
    """Images (N, 1, 28, 28) in [−1, 1] as a grid, ink on white.

    Args:
        columns: images per row.
        titles: one short text over each image, or None.
        scale: inches per image.
    """
    rows = math.ceil(len(x) / columns)
    head = 0.25 if titles else 0
    size = (columns * scale, rows * (scale + head))
    figure, axes = new_figure(rows, columns, size)
    for i, ax in enumerate(axes):
        ax.axis("off")
        if i < len(x):
            show_digit(ax, x[i])
            if titles:
                ax.set_title(titles[i], fontsize=9)
    return figure


def digit_row(x: Tensor, titles: Sequence[str] | None = None) -> Figure:
    """Images in one row."""
    return digit_grid(x, columns=len(x), titles=titles, scale=6.4 / max(len(x), 6))


def show_digit(ax: Axes, x: Tensor) -> None:
    """One image (1, 28, 28) on given axes; values outside [−1, 1] are cut."""
    pixels = torch.as_tensor(x).detach().cpu().reshape(28, 28)
    ax.imshow(pixels, cmap="gray_r", vmin=-1, vmax=1, interpolation="nearest")
    ax.spines[:].set_visible(False)
    ax.set_xticks([])
    ax.set_yticks([])
