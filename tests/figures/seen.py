"""Reading a picture back: its curves, its images, its words."""

import warnings

import numpy as np
import torch
from matplotlib.axes import Axes
from matplotlib.colors import to_hex
from matplotlib.figure import Figure
from matplotlib.text import Text
from torch import Tensor


def drawn(figure: Figure) -> Figure:
    """The figure, once it has been painted: opaque, with a glyph for every letter."""
    with warnings.catch_warnings():
        warnings.simplefilter("error", UserWarning)  # a glyph, a layout
        # An old Matplotlib calls its parser by names that are no longer liked.
        warnings.simplefilter("ignore", DeprecationWarning)
        figure.canvas.draw()
    assert to_hex(figure.get_facecolor(), keep_alpha=True) == "#ffffffff"
    return figure


def curve(ax: Axes, place: int | str) -> tuple[np.ndarray, np.ndarray]:
    """x and y of a line, by its place or by its label."""
    if isinstance(place, int):
        line = ax.lines[place]
    else:
        (line,) = (one for one in ax.lines if one.get_label() == place)
    return np.asarray(line.get_xdata(), float), np.asarray(line.get_ydata(), float)


def heights(ax: Axes, place: int | str) -> np.ndarray:
    """y of a line."""
    return curve(ax, place)[1]


def pictures(figure: Figure) -> list[np.ndarray]:
    """The images of a figure, axes by axes."""
    return [np.asarray(i.get_array()) for ax in figure.axes for i in ax.images]


def words(figure: Figure) -> str:
    """All that is written in a figure, a line for each text."""
    return "\n".join(text.get_text() for text in figure.findobj(Text))


def images(count: int, seed: int = 0) -> Tensor:
    """(count, 1, 28, 28) of noise in [−1, 1], no two alike."""
    g = torch.Generator().manual_seed(seed)
    return torch.rand(count, 1, 28, 28, generator=g) * 2 - 1


def shows(picture: np.ndarray, image: Tensor) -> bool:
    """Whether this is that image, ink for ink."""
    return bool(np.array_equal(picture, image.reshape(28, 28).numpy()))
