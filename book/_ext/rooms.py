"""How high a section will be, told to the browser before it draws it.

A browser draws a section when the reader comes near (site.css). Until then it keeps as
much room as the page says. With too little, what the section holds would lie over what
follows, for whoever measures it; and the scroll bar would jump.
"""

from __future__ import annotations

import math
import re
from dataclasses import dataclass
from typing import Any

from docutils import nodes
from myst_nb.sphinx_ import HideCodeCellNode
from sphinx.application import Sphinx

# Rather too much: measured on every section, nine of ten then have room.
SPARE = 1.15
TALL = re.compile(r"\\(?:d?frac|sum|prod|int|underbrace)\b")


@dataclass(frozen=True)
class Screen:
    """Heights in rem, fitted to the sections of the book as Chromium draws them."""

    letters: int  # on a line
    picture: float
    row: float  # of a table
    side: float  # an equation's number, where it stands below
    code: float  # round a block of it


PHONE = Screen(letters=42, picture=16, row=7.2, side=1.9, code=2.5)
DESK = Screen(letters=92, picture=28, row=3.8, side=1.1, code=4.3)
LINE, AIR, HEADING, BOX, FOLD = 1.5, 1.5, 2, 5.4, 2.4
ROW, TALLER, CODE_LINE, LIVE = 2.4, 0.8, 1, 25


def words(node: nodes.Element) -> int:
    """Letters in a paragraph; a formula counts as four."""
    formulas = list(node.findall(nodes.math))
    return len(node.astext()) - sum(len(one.astext()) - 4 for one in formulas)


def folded(node: nodes.Element) -> bool:
    """Whether only a line of this is seen until it is unfolded."""
    return isinstance(node, HideCodeCellNode) or "dropdown" in node.get("classes", [])


def height(node: nodes.Node, screen: Screen) -> float:
    """About how high this will be, in rem."""
    if isinstance(node, nodes.title):
        return HEADING
    if isinstance(node, nodes.paragraph | nodes.term | nodes.caption):
        pictures = screen.picture * len(list(node.findall(nodes.image)))
        return AIR + LINE * math.ceil(words(node) / screen.letters) + pictures
    if isinstance(node, nodes.math_block):
        rows = node.astext().split("\\\\")
        return screen.side + sum(ROW + TALLER * bool(TALL.search(r)) for r in rows)
    if isinstance(node, nodes.literal_block):
        return screen.code + CODE_LINE * len(node.astext().splitlines())
    if isinstance(node, nodes.image):
        return screen.picture
    if isinstance(node, nodes.table):
        return screen.row * len(list(node.findall(nodes.row)))
    if isinstance(node, nodes.raw):
        return LIVE if "<div" in node.astext() else 0
    if not isinstance(node, nodes.Element):
        return 0
    if folded(node):
        return FOLD
    inside = sum(height(one, screen) for one in node.children)
    return inside + BOX * isinstance(node, nodes.Admonition)


def give(
    app: Sphinx,
    pagename: str,
    templatename: str,
    context: dict[str, Any],
    doctree: nodes.document | None,
) -> None:
    """Write the heights beside the sections' names."""
    chapters = doctree.children if doctree else []
    for chapter in (one for one in chapters if isinstance(one, nodes.section)):
        for part in (one for one in chapter.children if isinstance(one, nodes.section)):
            phone, desk = (round(SPARE * height(part, s)) for s in (PHONE, DESK))
            name = f'id="{part["ids"][0]}"'
            style = f'style="--phone:{phone}rem;--desk:{desk}rem"'
            context["body"] = context["body"].replace(
                f"<section {name}>", f"<section {name} {style}>", 1
            )


def setup(app: Sphinx) -> None:
    app.connect("html-page-context", give, priority=900)
