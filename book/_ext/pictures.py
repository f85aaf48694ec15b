"""Figures as small WebP, with their size in the page so that nothing moves."""

from __future__ import annotations

import posixpath
import re
from functools import cache
from pathlib import Path

from PIL import Image

IMAGE = re.compile(r'<img\b[^>]*?\bsrc="(?P<file>[^":]+\.(?:png|webp|jpe?g))"[^>]*>')

# Of 256 levels of each colour, 32 are kept: white and black are among them, no other
# moves by more than 4, which nobody sees, and pictures of noise become half as large.
LEVELS = 32
KEPT = [round(round(v / 255 * (LEVELS - 1)) / (LEVELS - 1) * 255) for v in range(256)]


@cache
def lighter(file: Path) -> tuple[Path, int, int]:
    """(the file to serve, width, height): a PNG's WebP with fewer levels, if smaller.

    The edges stay sharp: nothing but the levels is lost.
    """
    with Image.open(file) as picture:
        width, height = picture.size
        if file.suffix != ".png":
            return file, width, height
        fresh = file.with_suffix(".webp")
        fewer = picture.convert("RGBA").point(KEPT * 4)
        fewer.save(fresh, lossless=True, quality=80, method=4)
    if fresh.stat().st_size >= file.stat().st_size:
        fresh.unlink()
        return file, width, height
    return fresh, width, height


def shrink(text: str, page: Path) -> str:
    """A page whose pictures are light, sized, and fetched as the reader comes near."""

    def tag(match: re.Match[str]) -> str:
        link, whole = match["file"], match.group()
        file = page.parent / link
        if not file.is_file():
            return whole
        served, width, height = lighter(file)
        whole = whole.replace(
            link, posixpath.join(posixpath.dirname(link), served.name)
        )
        size = "" if "width=" in whole or "height=" in whole else (
            f' width="{width}" height="{height}"'
        )  # fmt: skip
        lazy = "" if "loading=" in whole else ' loading="lazy" decoding="async"'
        return whole.replace("<img", f"<img{size}{lazy}", 1)

    return IMAGE.sub(tag, text)
