"""Which lines of the package use a printed equation: `# eq-…` beside or above them."""

from __future__ import annotations

import html
import os
import re
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from sphinx.application import Sphinx

SRC = Path(__file__).resolve().parents[2] / "src"
MARK = re.compile(r"#(?:\s*(?:eq-[a-z0-9-]+)\s*(?:,|$))+")
LABEL = re.compile(r"eq-[a-z0-9-]+")


@dataclass(frozen=True, order=True)
class Line:
    """A line of code: path from the repository's root, number from 1."""

    path: str
    number: int


@cache
def marks(src: Path = SRC) -> dict[str, list[Line]]:
    """Label → the lines marked with it; a mark alone on its line means the next."""
    found: dict[str, list[Line]] = {}
    for file in sorted(src.rglob("*.py")):
        path = file.relative_to(src.parent).as_posix()
        for number, line in enumerate(file.read_text("utf-8").splitlines(), start=1):
            mark = MARK.search(line)
            if mark:
                alone = not line[: mark.start()].strip()
                for label in LABEL.findall(mark.group()):
                    found.setdefault(label, []).append(Line(path, number + alone))
    return found


def links(app: Sphinx, label: str) -> list[str]:
    """The lines as links into the repository, or as plain text without one."""
    repository = app.config.html_theme_options.get("repository_url", "")
    commit = os.environ.get("GITHUB_SHA", "main")
    written = []
    for line in marks().get(label, []):
        text = f"{Path(line.path).name}:{line.number}"
        shown = f"<code>{html.escape(text)}</code>"
        if repository:
            place = f"{repository}/blob/{commit}/{line.path}#L{line.number}"
            shown = f'<a href="{html.escape(place)}">{shown}</a>'
        written.append(shown)
    return written
