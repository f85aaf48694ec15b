"""Does README's command still draw README's picture? A part of `make reproduce`.

On the machine that drew it every pixel is the same. On another one sums are taken in
another order, and a few digits may come out otherwise: the pictures agree when nine
digits in ten do, each to four grey levels on average.
"""

import re
import shlex
import sys
import tempfile
from pathlib import Path

import numpy as np
from PIL import Image

from ddpm_lite.cli import main

ROOT = Path(__file__).resolve().parents[1]
LEVELS, SHARE = 4.0, 0.9


def told(readme: str) -> tuple[str, list[str]]:
    """The picture that README shows, and the command under it."""
    shown = re.search(r"!\[[^\]]*\]\((\S+\.png)\)\s+\*[^`]*`ddpm-lite ([^`]+)`", readme)
    if shown is None:
        sys.exit("README shows no picture with its command")
    return shown[1], shlex.split(shown[2])


def tiles(picture: Path) -> np.ndarray:
    """(rows, columns, height, width) of a square picture of ten by ten digits."""
    levels = np.asarray(Image.open(picture).convert("L"), dtype=float)
    side = min(levels.shape) // 10
    square = levels[: 10 * side, : 10 * side]
    return square.reshape(10, side, 10, side).swapaxes(1, 2)


def alike(one: Path, other: Path) -> float:
    """The share of digits that agree; 0 for pictures of different sizes."""
    a, b = tiles(one), tiles(other)
    if a.shape != b.shape:
        return 0.0
    return float((np.abs(a - b).mean((2, 3)) <= LEVELS).mean())


def check() -> int:
    """0 when the picture comes out again, 1 when it does not."""
    name, command = told((ROOT / "README.md").read_text(encoding="utf-8"))
    with tempfile.TemporaryDirectory() as folder:
        drawn = Path(folder) / "drawn.png"
        command[command.index("--out") + 1] = str(drawn)
        if main(command):
            return 1
        share = alike(ROOT / name, drawn)
    agrees = share >= SHARE
    print(f"{name}: {'agrees' if agrees else 'DIFFERS'} ({share:.0%} of the digits)")
    return 0 if agrees else 1


if __name__ == "__main__":
    sys.exit(check())
