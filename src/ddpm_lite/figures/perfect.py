"""Pictures of chapter 9: the network that makes no mistake."""

from collections.abc import Sequence

import torch
from matplotlib.figure import Figure
from torch import Tensor

from ddpm_lite.figures.style import BLUE, GREY, new_figure, show_digit


def when_it_is_chosen(
    times: Sequence[int], left: Tensor, noisy: Tensor, guesses: Tensor, shown: Tensor
) -> Figure:
    """Candidates left over t, over the noisy images and the best guesses from them.

    Args:
        times: all t of the curve, rising.
        left: (len(times), B) candidates, exp(entropy), for B walks.
        noisy, guesses: (K, 1, 28, 28) x_t and E[x_0|x_t] of one walk at K times.
        shown: (K,) those times, in the order of the images.
    """
    figure, _ = new_figure(1, 1, (6.2, 5.0))
    figure.clear()
    grid = figure.add_gridspec(3, len(shown), height_ratios=[2.6, 1, 1])
    curve = figure.add_subplot(grid[0, :])
    low, middle, high = left.quantile(
        torch.tensor([0.1, 0.5, 0.9], dtype=left.dtype), dim=1
    )
    curve.fill_between(times, low, high, color=BLUE, alpha=0.18, lw=0)
    curve.plot(times, middle, color=BLUE)
    curve.set_yscale("log")
    curve.set_ylim(0.8, 8_000)
    curve.set_xlim(0, 1000)
    curve.invert_xaxis()
    curve.set_xlabel("t, from pure noise to the image")
    curve.set_ylabel("digits in play")
    for k, t in enumerate(shown.tolist()):
        curve.axvline(t, color=GREY, lw=0.8, ls=":")
        for row, image in ((1, noisy[k]), (2, guesses[k])):
            ax = figure.add_subplot(grid[row, k])
            show_digit(ax, image)
            if row == 1:
                ax.set_title(f"t = {t}", fontsize=10)
            if k == 0:
                ax.set_ylabel("x at t" if row == 1 else "best guess", fontsize=10)
    return figure


def pairs(above: Tensor, below: Tensor, names: tuple[str, str]) -> Figure:
    """Two rows of images, (K, 1, 28, 28) each, that belong together in pairs."""
    figure, axes = new_figure(2, len(above), (6.2, 2 * 6.2 / len(above) + 0.2))
    for row, images in enumerate((above, below)):
        for k, image in enumerate(images):
            ax = axes[row * len(above) + k]
            show_digit(ax, image)
            if k == 0:
                ax.set_ylabel(names[row], fontsize=10)
    return figure
