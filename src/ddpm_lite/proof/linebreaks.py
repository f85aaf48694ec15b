"""Where a typeset formula may break: at its outermost relations and signs."""

from __future__ import annotations

import re
from html import escape

BREAKS = {f"<mo>{escape(s)}</mo>" for s in "=≤≥<>≈∝∼≠≡≔⟶⇒⇔→"} | {"<mo>:</mo>"}
SIGNS = {"<mo>+</mo>", "<mo>−</mo>"}


def cut(parts: list[str], signs: bool) -> list[list[str]]:
    """The elements in pieces that stay whole; ``signs``: also before + and -."""
    chunks: list[list[str]] = [[]]
    level = 0
    for k, part in enumerate(parts):
        level += part.count('form="prefix"') - part.count('form="postfix"')
        level += _opens(part)
        breaks = part in BREAKS or (part in SIGNS and signs)
        if breaks and level == 0 and chunks[-1] and k + 1 < len(parts):
            chunks.append([])
        chunks[-1].append(part)
    return [c for c in chunks if c]


def _opens(part: str) -> int:
    """+1 for a plain opening bracket, -1 for a closing one."""
    m = re.fullmatch(r'<mo stretchy="false">(.)</mo>', part)
    if m is None:
        return 0
    return (m[1] in "([{⟨") - (m[1] in ")]}⟩")
