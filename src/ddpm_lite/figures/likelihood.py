"""Pictures of chapter 12: what a digit costs in bits."""

import math
from collections.abc import Mapping, Sequence

import torch
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
)
from ddpm_lite.gaussian import Gaussian

STEP = 2 / 255  # from one grey level to the next
WIDE = 4.0  # grey levels shown to each side


def cut_into_levels(starts: Mapping[str, float]) -> Figure:
    """p_θ(x_0|x_1) of one pixel cut at the edges of its bins, with what it costs.

    Upper row: paper, with the mean at −1, where the lowest bin is open below. Lower
    row: level 128, with the mean on it. One column for each start.

    Args:
        starts: name → variance σ_1² of the last reverse step.
    """
    figure, axes = new_figure(2, len(starts), (6.4, 4.6))
    for k, (name, var) in enumerate(starts.items()):
        for row, (level, what) in enumerate(((0, "paper"), (128, "level 128"))):
            ax = axes[row * len(starts) + k]
            price = _cut(ax, level, var)
            title = f"{what}: {price:.3f} bits"
            ax.set_title(f"{name}\n{title}" if row == 0 else title, fontsize=10)
    axes[-1].set_xlabel("grey levels from the mean")
    axes[-2].set_xlabel("grey levels from the mean")
    return figure


def _cut(ax: Axes, level: int, var: float) -> float:
    centre = level * STEP - 1
    x = torch.linspace(-WIDE, WIDE, 1601, dtype=torch.float64)
    width = math.sqrt(var) / STEP  # σ_1 in grey levels
    density = torch.exp(-0.5 * (x / width) ** 2)
    own = (x <= 0.5) if level == 0 else (x.abs() <= 0.5)
    ax.fill_between(x, density, where=own.tolist(), color=ACCENT, alpha=0.45, lw=0)
    ax.fill_between(x, density, where=(~own).tolist(), color=ORANGE, alpha=0.6, lw=0)
    ax.plot(x, density, color=INK, lw=1.2)
    for k in range(-4, 4):
        if level + k >= 0:
            ax.axvline(k + 0.5, color=GREY, lw=0.7, ls=":")
    ax.set(xlim=(-WIDE, WIDE), ylim=(0, 1.08), yticks=[], xticks=[-4, -2, 0, 2, 4])
    ax.spines["left"].set_visible(False)
    pixel = torch.tensor([[centre]], dtype=torch.float64)
    nats = -Gaussian(pixel, torch.tensor(var, dtype=torch.float64)).log_mass(pixel)
    return float(nats) / math.log(2)


def bill_over_time(
    by_time: Tensor, noisy: Tensor, shown: Sequence[int], pixels: int = 784
) -> Figure:
    """L_{t−1} in bits per digit, and what has been paid up to t, under noisy digits.

    Args:
        by_time: (T,) nats per image: entry t − 1 is the mean of L_{t−1}.
        noisy: (K, 1, 28, 28) one digit at the times ``shown``.
    """
    T, bits = len(by_time), by_time / math.log(2)
    figure, _ = new_figure(1, 1, (6.2, 5.6))
    figure.clear()
    grid = figure.add_gridspec(3, len(shown), height_ratios=[1, 1.7, 1.7])
    for k, when in enumerate(shown):
        ax = figure.add_subplot(grid[0, k])
        show_digit(ax, noisy[k])
        ax.set_title(f"t = {when}", fontsize=10)
    t = torch.arange(2, T + 1)
    price, total = figure.add_subplot(grid[1, :]), figure.add_subplot(grid[2, :])
    smooth = [chunk.mean() for chunk in bits[1:].split(27)]
    middle = [chunk.double().mean() for chunk in t.split(27)]
    price.plot(t, bits[1:], ".", color=ORANGE, ms=2.5, alpha=0.35)
    price.plot(middle, smooth, color=ORANGE)
    price.set_ylabel("$L_{t-1}$, bits")
    total.plot(torch.arange(1, T + 1), bits.cumsum(0) / pixels, color=BLUE)
    total.set_ylabel("paid so far, bits/dim")
    total.set_xlabel("t")
    for ax in (price, total):
        ax.set_xlim(0, T)
        ax.set_ylim(bottom=0)
        for when in shown:
            ax.axvline(when, color=GREY, lw=0.7, ls=":")
    return figure


def ladder(rungs: Sequence[tuple[str, float, str]]) -> Figure:
    """Bits per dimension of several codes, a bar for each, the dearest on top.

    The scale ends at 2.3: a longer bar is cut, and its number says how long it is.

    Args:
        rungs: (name, bits/dim, whose): "code" (recomputed), "ours" or "theirs"
            (published by others).
    """
    colours = {"code": GREY, "ours": ORANGE, "theirs": BLUE}
    words = {"code": "codes, recomputed", "ours": "ours", "theirs": "published flows"}
    figure, (ax,) = new_figure(size=(6.4, 0.42 * len(rungs) + 0.9))
    for row, (_, bits, whose) in enumerate(rungs):
        shown = min(bits, 2.3)
        ax.barh(row, shown, color=colours[whose], height=0.62, label=words[whose])
        if bits > shown:
            ax.text(2.27, row, f"{bits:.2f} →", va="center", ha="right", color=INK)
        else:
            ax.annotate(f"{bits:.2f}", (bits + 0.02, row), va="center", fontsize=10)
    ax.set_yticks(range(len(rungs)), [name for name, _, _ in rungs])
    ax.invert_yaxis()
    ax.set_xlim(0, 2.3)
    ax.set_xlabel("bits per dimension")
    handles, names = ax.get_legend_handles_labels()
    unique = dict(zip(names, handles, strict=True))
    ax.legend(unique.values(), unique.keys(), loc="lower right", fontsize=10)
    return figure
