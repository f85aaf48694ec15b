"""Every picture of the book: functions that take numbers and return a Figure."""

from ddpm_lite.figures.style import (
    ACCENT,
    BLUE,
    GREY,
    INK,
    ORANGE,
    digit_grid,
    digit_row,
    new_figure,
    use_style,
)

__all__ = [
    "ACCENT",
    "BLUE",
    "GREY",
    "INK",
    "ORANGE",
    "digit_grid",
    "digit_row",
    "new_figure",
    "use_style",
]
