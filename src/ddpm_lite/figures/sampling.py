"""Pictures of chapter 11: digits forming, and the noise of a step back."""

import math
from collections.abc import Mapping, Sequence
from typing import Any

import torch
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import NullLocator
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

COLOURS = {"ddim": INK, "posterior": BLUE, "beta": ORANGE, "optimal": ACCENT}
NAMES = {
    "ddim": "DDIM",
    "posterior": r"$\tilde\beta_t$",
    "beta": r"$\beta_t$",
    "optimal": "best",
}


def forming(
    noisy: Sequence[Tensor], guesses: Sequence[Tensor], times: Sequence[int]
) -> Figure:
    """Above: the images at some times; below: the network's guess from each.

    Args:
        noisy, guesses: (N, 1, 28, 28) for each time, N a square number.
        times: t of each column.
    """
    figure, axes = new_figure(2, len(times), (6.4, 2 * 6.4 / len(times) + 0.3))
    for k, t in enumerate(times):
        for row, images in enumerate((noisy[k], guesses[k])):
            ax = axes[row * len(times) + k]
            mosaic(ax, images)
            if row == 0:
                ax.set_title(f"t = {t}", fontsize=10)
            if k == 0:
                name = "the walk" if row == 0 else "the guess"
                ax.set_ylabel(name, fontsize=10)
    return figure


def mosaic(ax: Axes, images: Tensor) -> None:
    """(N, 1, 28, 28) as one square of digits with thin white lines between."""
    side = math.isqrt(len(images))
    padded = torch.nn.functional.pad(images[: side**2].clamp(-1, 1), (1,) * 4, value=-1)
    rows = padded.reshape(side, side, 30, 30).transpose(1, 2)
    ax.imshow(rows.reshape(30 * side, 30 * side), cmap="gray_r", vmin=-1, vmax=1)
    ax.spines[:].set_visible(False)
    ax.set_xticks([])
    ax.set_yticks([])


def shares(curves: Mapping[str, Tensor], dots: Sequence[tuple[int, float]]) -> Figure:
    """Where between the posterior's variance (0) and β_t (1) the truth lies, over t.

    Args:
        curves: name → (T,) shares for t = 1 … T.
        dots: (t, share) of a network on digits.
    """
    figure, (ax,) = new_figure()
    for (name, curve), colour in zip(curves.items(), (GREY, BLUE, INK), strict=True):
        ax.plot(range(1, len(curve) + 1), curve, color=colour, label=name)
    times, values = zip(*dots, strict=True)
    ax.plot(times, values, "o-", ms=4, color=ORANGE, label="digits, our network")
    ax.set(xlabel="$t$", ylim=(-0.04, 1.12), xlim=(0, len(next(iter(curves.values())))))
    ax.set_yticks([0, 0.5, 1], [r"0: $\tilde\beta_t$", "½", r"1: $\beta_t$"])
    ax.set_ylabel("share of the gap")
    ax.legend(fontsize=9, loc="center right", bbox_to_anchor=(1.0, 0.62))
    return figure


def rows(images: Mapping[str, Tensor]) -> Figure:
    """One row of digits (N, 1, 28, 28) for each sampler, its name in front."""
    count = len(next(iter(images.values())))
    figure, axes = new_figure(len(images), count + 1, (6.4, 0.72 * len(images)))
    for i, (name, row) in enumerate(images.items()):
        first, *line = axes[i * (count + 1) : (i + 1) * (count + 1)]
        first.axis("off")
        first.text(0, 0.5, NAMES[name], va="center", transform=first.transAxes)
        for ax, image in zip(line, row, strict=True):
            show_digit(ax, image)
    return figure


def loudness(
    loud: Mapping[str, Sequence[Sequence[float]]],
    should: Tensor,
    again: Mapping[str, Sequence[Sequence[float]]],
) -> Figure:
    """How loud x_t is on a walk, against what the forward process makes of digits.

    Args:
        loud, again: sampler → [mean, standard error] of the mean square of x_t for
            t = 0 … T: recorded (lines), and measured anew (dots).
        should: (T + 1,) what it is for real digits.
    """
    figure, (ax,) = new_figure()
    ax.axhline(1, color=GREY, lw=1)
    t = range(len(should))
    for name, values in loud.items():
        mean = torch.tensor([v for v, _ in values]) / should
        ax.plot(t, mean, color=COLOURS[name], label=NAMES[name])
    for name, values in again.items():
        mean, error = torch.tensor(values).T / should
        ax.errorbar(t, mean, error, fmt="o", ms=3.5, lw=1, color=COLOURS[name])
    ax.invert_xaxis()
    ax.set(xlabel="steps still to go", ylabel="loudness of $x$, real = 1")
    ax.legend(fontsize=10)
    return figure


def over_steps(
    found: Mapping[str, Sequence[Mapping[str, float]]], floor: Mapping[str, Any]
) -> Figure:
    """Fréchet distance over the number of steps, with the floor of real digits."""
    figure, (ax,) = new_figure()
    for i, (name, points) in enumerate(found.items()):
        aside = 1.02 ** (i - 1.5)  # two lines may be nearly one
        ax.errorbar(
            [p["steps"] * aside for p in points],
            [p["value"] for p in points],
            [p["se"] for p in points],
            color=COLOURS[name],
            marker="o",
            ms=4,
            capsize=3,
            label=NAMES[name],
        )
    low, high = floor["mean"] - floor["sd"], floor["mean"] + floor["sd"]
    ax.axhspan(low, high, color=GREY, alpha=0.4, lw=0, label="real digits")
    ticks = [int(p["steps"]) for p in next(iter(found.values()))]
    ax.set(xscale="log", yscale="log", xlabel="steps", ylabel="Fréchet distance")
    ax.set_xticks(ticks, [str(t) for t in ticks])
    bottom, top = ax.get_ylim()
    plain = [y for y in (5, 10, 20, 50, 100, 200, 500) if bottom < y < top]
    ax.set_yticks(plain, [str(y) for y in plain])
    for axis in (ax.xaxis, ax.yaxis):
        axis.set_minor_locator(NullLocator())
    figure.legend(fontsize=10, loc="outside upper center", ncols=5)
    return figure
