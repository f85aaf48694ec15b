"""What belongs to a formula stays on its line: a bracket before it, a full stop after.

Browsers may break a line on either side of a formula's last box, whatever character
follows it, a word joiner too.
"""

from __future__ import annotations

import re

from docutils import nodes
from sphinx.application import Sphinx

OPENS = re.compile(r"[(\[“‘]+$")
END = (r"\blacksquare", r"\square")  # of a proof
CLOSES = re.compile(r"^[.,;:!?)\]”’…-]+")


def join(app: Sphinx, doctree: nodes.document, docname: str) -> None:
    """Put a formula and the signs that touch it into one span that does not break."""
    for formula in list(doctree.findall(nodes.math)):
        link = isinstance(formula.parent, nodes.reference) and len(formula.parent) == 1
        whole = formula.parent if link else formula
        parent = whole.parent
        at = parent.index(whole)
        if formula.astext() in END and at and isinstance(parent[at - 1], nodes.Text):
            parent[at - 1] = nodes.Text(re.sub(r"\s+$", "\u00a0", parent[at - 1]))
        before = _cut(parent, at - 1, OPENS)
        after = _cut(parent, at + 1, CLOSES)
        if before or after:
            kept = nodes.inline("", "", classes=["kept"])
            parent[at] = kept
            kept += [*before, whole, *after]


def _cut(parent: nodes.Element, at: int, signs: re.Pattern[str]) -> list[nodes.Text]:
    """Take these signs from the text in this place, if it is one."""
    text = parent[at] if 0 <= at < len(parent) else None
    found = signs.search(text) if isinstance(text, nodes.Text) else None
    if not found:
        return []
    parent[at] = nodes.Text(text[: found.start()] + text[found.end() :])
    return [nodes.Text(found.group())]


def setup(app: Sphinx) -> None:
    app.connect("doctree-resolved", join, priority=900)
