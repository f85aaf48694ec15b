"""Pictures of the museum, and the little world in which its slips are weighed."""

from collections.abc import Callable, Mapping, Sequence

import torch
from matplotlib.figure import Figure
from torch import Tensor

from ddpm_lite.figures.style import ACCENT, BLUE, ORANGE, new_figure, show_digit
from ddpm_lite.gaussian import Gaussian
from ddpm_lite.schedule import Schedule

Step = Callable[[Tensor, Tensor], Gaussian]


def land(
    schedule: Schedule, step: Step, noise_at_end: bool = False
) -> tuple[float, float]:
    """Mean and variance of x_0 that a sampler ends with, exactly, without sampling.

    A sampler for Gaussian data that asks the perfect network maps x_t to a Gaussian
    whose mean is a straight line in x_t. So x_{t−1} stays Gaussian: its mean is the
    line's value at the old mean, its variance slope² · (old variance) + the step's own.

    Args:
        schedule: walked from T to 1, from 𝒩(0, 1).
        step: (x_t, t) → Gaussian, for x_t (2, 1) float64 and t (2,).
        noise_at_end: whether the step at t = 1 adds its noise, as none should.
    """
    mean, var = 0.0, 1.0
    ends = torch.tensor([[0.0], [1.0]], dtype=torch.float64)
    for t in range(schedule.T, 0, -1):
        law = step(ends, torch.full((2,), t))
        start, slope = float(law.mean[0]), float(law.mean[1] - law.mean[0])
        fresh = float(law.var.expand(2, 1)[0]) if t > 1 or noise_at_end else 0.0
        mean, var = start + slope * mean, slope**2 * var + fresh
    return mean, var


def landings(ends: Mapping[str, tuple[float, float]], right: str) -> Figure:
    """Where samplers end: mean and one standard deviation to each side, by name.

    Args:
        ends: name → (mean, variance).
        right: the name of the correct one, drawn in its own colour.
    """
    figure, (ax,) = new_figure(1, 1, (6.2, 0.42 * len(ends) + 0.9))
    for row, (name, (mean, var)) in enumerate(ends.items()):
        colour = BLUE if name == right else ORANGE
        ax.plot(
            [mean - var**0.5, mean + var**0.5],
            [row, row],
            color=colour,
            lw=6,
            alpha=0.5,
            solid_capstyle="butt",
        )
        ax.plot(mean, row, "o", color=colour)
    mean, var = ends[right]
    for edge in (mean - var**0.5, mean + var**0.5):
        ax.axvline(edge, color=ACCENT, lw=1, ls=":")
    ax.set_yticks(range(len(ends)), list(ends))
    ax.invert_yaxis()
    ax.set_xlabel("x at t = 0: mean and one standard deviation")
    return figure


def strips(rows: Mapping[str, Tensor], titles: Sequence[str] = ()) -> Figure:
    """One row of images (K, 1, 28, 28) for each name, names on the left.

    Args:
        rows: name → images, all rows of the same length.
        titles: over the columns, or none.
    """
    columns = len(next(iter(rows.values())))
    size = 5.6 / columns
    figure, axes = new_figure(len(rows), columns, (6.2, len(rows) * size + 0.3))
    for r, (name, images) in enumerate(rows.items()):
        for k, image in enumerate(images):
            ax = axes[r * columns + k]
            show_digit(ax, image)
            if r == 0 and titles:
                ax.set_title(titles[k], fontsize=10)
            if k == 0:
                ax.set_ylabel(name, fontsize=10)
    return figure
