"""Pictures of chapter 10: the network's shapes, its clock, and a training."""

from collections.abc import Mapping, Sequence

import torch
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.patches import FancyArrowPatch, Rectangle
from torch import Tensor

from ddpm_lite.figures.style import (
    BLUE,
    GREY,
    INK,
    ORANGE,
    new_figure,
    show_digit,
)
from ddpm_lite.unet import time_embedding


def unet_map(channels: Sequence[int]) -> Figure:
    """The U-Net as boxes: height is the picture's side, width the channels.

    Args:
        channels: widths at 28, 14 and 7 pixels.
    """
    sides = [28, 14, 7][: len(channels)]
    way = list(zip(sides, channels, strict=True))
    boxes = [*way, (sides[-1], channels[-1]), *reversed(way)]
    figure, (ax,) = new_figure(size=(6.4, 3.2))
    x, middles = 0.0, []
    for i, (side, width) in enumerate(boxes):
        wide, middle = width / 8, i == len(way)
        colour = BLUE if i < len(way) else ORANGE if i > len(way) else INK
        ax.add_patch(
            Rectangle((x, -side / 2), wide, side, facecolor=colour, alpha=0.25, lw=0)
        )
        ax.add_patch(Rectangle((x, -side / 2), wide, side, fill=False, ec=colour))
        text = f"{width}×{side}×{side}" + ("\nattention" if middle else "")
        below = -side / 2 - (1.2 if i % 2 == 0 else 4.2)
        ax.text(x + wide / 2, below, text, ha="center", va="top", fontsize=9)
        middles.append((x + wide / 2, side / 2))
        x += wide + 6
    for i in range(len(way)):
        (start, height), (end, _) = middles[i], middles[-1 - i]
        ax.add_patch(
            FancyArrowPatch(
                (start, height),
                (end, height),
                connectionstyle=f"arc3,rad=-{0.13 + 0.03 * i}",
                arrowstyle="-|>",
                mutation_scale=10,
                color=GREY,
            )
        )
    ax.set(xlim=(-4, x), ylim=(-24, 26))
    ax.axis("off")
    return figure


def clock(T: int, dim: int) -> Figure:
    """The time embedding of every t, a column each: slow hands below, fast ones above.

    Args:
        dim: numbers in an embedding.
    """
    t = torch.arange(1, T + 1)
    figure, (ax,) = new_figure(size=(6.4, 2.8))
    ax.imshow(
        time_embedding(t, dim).T,
        aspect="auto",
        cmap="gray",
        extent=(1, T, dim, 0),
        interpolation="nearest",
    )
    ax.set(xlabel="$t$", ylabel="entry: sines, then cosines")
    return figure


def loss_curve(
    losses: Sequence[tuple[int, float]], marks: Mapping[int, float] | None = None
) -> Figure:
    """Each step's loss in grey, its running mean, and the held-out loss as dots.

    Args:
        losses: (step, loss) pairs.
        marks: step → loss on unseen digits.
    """
    figure, (ax,) = new_figure()
    steps = [step for step, _ in losses]
    values = torch.tensor([loss for _, loss in losses])
    ax.plot(steps, values, color=GREY, lw=0.6, alpha=0.6, label="one batch")
    size = max(1, min(25, len(values) // 4))
    smooth = values.unfold(0, size, 1).mean(1)
    label = f"mean of {size} batches"
    ax.plot(steps[size - 1 :], smooth, color=ORANGE, label=label)
    if marks:
        label = "unseen digits, averaged weights"
        ax.plot(list(marks), list(marks.values()), "o", color=BLUE, label=label)
    ax.set(xlabel="step", ylabel="loss", yscale="log")
    ax.legend(fontsize=9)
    return figure


def growing(rows: Mapping[int, Tensor], notes: Mapping[int, str]) -> Figure:
    """One row of digits for each checkpoint, the step and a note beside it.

    Args:
        rows: step → images (N, 1, 28, 28) in [−1, 1].
        notes: step → a few words, such as the loss.
    """
    count = len(next(iter(rows.values())))
    figure, axes = new_figure(len(rows), count + 2, size=(6.4, 0.68 * len(rows)))
    for i, (step, images) in enumerate(rows.items()):
        line: list[Axes] = axes[i * (count + 2) : (i + 1) * (count + 2)]
        for ax in line:
            ax.axis("off")
        text = f"step {step}\n{notes[step]}"
        line[0].text(0, 0.5, text, va="center", fontsize=9, transform=line[0].transAxes)
        for ax, image in zip(line[2:], images, strict=True):
            show_digit(ax, image)
    return figure
