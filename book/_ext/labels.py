"""The labelled equations of the book, as printed: `$$ … $$ (eq-…)` in its Markdown."""

from __future__ import annotations

import re
from pathlib import Path

FENCE = re.compile(r"^\s*(`{3,}|~{3,})")
CLOSING = re.compile(r"^(.*?)\$\$\s*\(([\w-]+)\)\s*$")


def prose(text: str) -> str:
    """The text with the inside of every backtick fence blanked, line for line."""
    kept, fence = [], ""
    for line in text.splitlines():
        found = FENCE.match(line)
        if not fence and found:
            fence = found.group(1)
            kept.append("")
        elif fence:
            if line.strip() == fence:
                fence = ""
            kept.append("")
        else:
            kept.append(line)
    return "\n".join(kept)


def equations(text: str) -> list[tuple[str, str, int]]:
    """(label, LaTeX, line where it opens) of each labelled equation, in order."""
    found: list[tuple[str, str, int]] = []
    body: list[str] = []
    opened = 0
    for number, line in enumerate(prose(text).splitlines(), start=1):
        if not opened and line.lstrip().startswith("$$"):
            opened, line = number, line.lstrip()[2:]
            body = []
        if not opened:
            continue
        closing = CLOSING.match(line)
        if closing:
            body.append(closing.group(1))
            found.append((closing.group(2), "\n".join(body).strip(), opened))
            opened = 0
        elif line.rstrip().endswith("$$"):
            opened = 0
        else:
            body.append(line)
    return found


def book_equations(book: Path) -> dict[str, str]:
    """Label → LaTeX over every page of the book, in the order of the pages."""
    pages = sorted(book.glob("*.md"))
    return {
        label: latex
        for page in pages
        for label, latex, _ in equations(page.read_text(encoding="utf-8"))
    }
