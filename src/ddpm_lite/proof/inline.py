"""Mathematics inside a paragraph: between dollars, in brackets, in roles."""

from __future__ import annotations

import re
from collections.abc import Iterator

_INLINE = re.compile(
    r"(?<![\\$])\$(?!\$)((?:[^$\\\n]|\\.|\n(?!\s*\n))+?)(?<!\\)\$(?!\$)"
)
_ROLE = re.compile(r"\{math\}`([^`]+)`")
_PAREN = re.compile(r"\\\(((?:(?!(?<!\\)\\\().)+?)\\\)", re.S)
_TICKS = re.compile(r"(`+)(?!`)(.+?)(?<!`)\1(?!`)", re.S)
RELATION = re.compile(
    r"=|<|>|≤|≥|≈|∝|∼|\\(?:le|ge|leq|geq|approx|propto|varpropto|sim|simeq|equiv|lt|gt|ll|"
    r"gg|coloneqq|triangleq|leqslant|geqslant)(?![A-Za-z])"
)


def inline(text: str) -> Iterator[tuple[str, int, int]]:
    """Each formula of a paragraph with its row and column, which count from 0.

    What stands between backticks is code, unless it is a ``{math}`` role.
    """

    def hidden(m: re.Match[str]) -> str:
        role = text[: m.start()].endswith("{math}")
        return m.group() if role else " " * len(m.group())

    plain = _TICKS.sub(hidden, text)
    for pattern in (_INLINE, _ROLE, _PAREN):
        for m in pattern.finditer(plain):
            before = text[: m.start(1)]
            row = before.count("\n")
            yield m.group(1), row, len(before) - (before.rfind("\n") + 1)
