"""Pictures of chapter 13: what guidance draws, which law it draws from, its price."""

import math
from collections.abc import Mapping, Sequence
from typing import Any

import torch
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
)

Law = tuple[float, float]  # mean, variance


def rows_by_weight(rows: Mapping[float, Tensor]) -> Figure:
    """One row of digits for each guidance weight, from the same noise.

    Args:
        rows: weight → images (N, 1, 28, 28) in [−1, 1].
    """
    count = len(next(iter(rows.values())))
    figure, axes = new_figure(len(rows), count, (6.4, 0.66 * len(rows)))
    for i, (weight, images) in enumerate(rows.items()):
        line = axes[i * count : (i + 1) * count]
        for ax, image in zip(line, images, strict=True):
            show_digit(ax, image)
        line[0].set_ylabel(f"w = {weight:g}", fontsize=10)
    return figure


def laws(draws: Tensor, anyone: Law, told: Law, tilted: Law) -> Figure:
    """A histogram of guided draws among the Gaussians that it might be taken for.

    Args:
        draws: (N,) numbers.
        anyone, told, tilted: mean and variance without the label, with it, and of the
            tilted law.
    """
    figure, (ax,) = new_figure(size=(6.4, 3.2))
    ax.hist(draws.numpy(), bins=120, density=True, color=ORANGE, alpha=0.4)
    x = torch.linspace(-3, 3.5, 700)
    lines = (
        (anyone, GREY, "without the label"),
        (told, BLUE, "with the label"),
        (tilted, ACCENT, "tilted law"),
    )
    for (mean, var), colour, name in lines:
        y = torch.exp(-((x - mean) ** 2) / (2 * var)) / math.sqrt(2 * math.pi * var)
        ax.plot(x, y, color=colour, label=name)
    top = float(draws.mean())
    ax.annotate("guided draws", (top + 0.2, 1.2), (2.1, 1.4), color=ORANGE)
    ax.set(xlabel="$x_0$", yticks=[], xlim=(-3, 3.5))
    ax.legend(fontsize=10, loc="upper left")
    return figure


def price(rows: Sequence[Mapping[str, Any]], real: Mapping[str, float]) -> Figure:
    """Accuracy and diversity, and the Fréchet distance, against the weight.

    Args:
        rows: for each weight ``w``: accuracy, diversity, frechet and their ``_se``.
        real: the same three for real digits.
    """
    figure, (left, right) = new_figure(1, 2, (6.4, 3.2))
    w = [row["w"] for row in rows]
    for ax, name, colour in (
        (left, "accuracy", BLUE),
        (left, "diversity", ORANGE),
        (right, "frechet", INK),
    ):
        value = [row[name] for row in rows]
        error = [2 * row[f"{name}_se"] for row in rows]
        label = name if ax is left else "guided draws"
        ax.errorbar(w, value, error, fmt="o-", ms=4, color=colour, label=label)
    left.axhline(1, color=GREY, lw=1, ls=":")
    left.set(xlabel="guidance weight w", ylim=(0, None), title="right, and varied?")
    right.axhline(real["frechet"], color=GREY, ls=":", label="real digits")
    right.set(xlabel="guidance weight w", ylim=(0, None), title="Fréchet distance")
    for ax in (left, right):
        ax.title.set_fontsize(11)
        ax.legend(fontsize=10, loc="best")
    return figure
