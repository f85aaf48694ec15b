"""What belongs to a formula stays on its line: a bracket before it, a full stop after.

Browsers may break a line on either side of a formula's last box, whatever character
follows it, a word joiner or a space that does not break too. Long names in code may
break as well, but where their parts meet.
"""

from __future__ import annotations

import re
from typing import Any

from docutils import nodes
from sphinx.application import Sphinx

OPENS = re.compile(r"[(\[“‘]+$")
END = (r"\blacksquare", r"\square")  # of a proof
CLOSES = re.compile(r"^[.,;:!?)\]”’…-]+")
LAST_WORD = re.compile(r"\S*\s+$")
CODE = re.compile(r"<code.*?</code>", re.DOTALL)
PARTS = re.compile(r"(?<=[^\W\d]\w[_.(,/=\[:])(?=[^\W\d]\w)")


def join(app: Sphinx, doctree: nodes.document, docname: str) -> None:
    """Put a formula and the signs that touch it into one span that does not break."""
    for formula in list(doctree.findall(nodes.math)):
        link = isinstance(formula.parent, nodes.reference) and len(formula.parent) == 1
        whole = formula.parent if link else formula
        parent = whole.parent
        at = parent.index(whole)
        if formula.astext() in END:
            at, before = _end(parent, at)
        else:
            before = _cut(parent, at - 1, OPENS)
        after = _cut(parent, at + 1, CLOSES)
        if before or after:
            kept = nodes.inline("", "", classes=["kept"])
            parent[at] = kept
            kept += [*before, whole, *after]


def _end(parent: nodes.Element, at: int) -> tuple[int, list[nodes.Node]]:
    """Take the last word, or the last formula, to the end of a proof."""
    words = _cut(parent, at - 1, LAST_WORD)
    taken: list[nodes.Node] = [nodes.Text(one.rstrip() + "\u00a0") for one in words]
    if words and at > 1 and not parent[at - 1].astext():
        earlier = parent[at - 2]  # a text that touches holds by itself
        kept = isinstance(earlier, nodes.inline) and "kept" in earlier["classes"]
        if kept or isinstance(earlier, nodes.math):
            parent.remove(earlier)
            return at - 1, [earlier, *taken]
    return at, taken


def _cut(parent: nodes.Element, at: int, signs: re.Pattern[str]) -> list[nodes.Text]:
    """Take these signs from the text in this place, if it is one."""
    text = parent[at] if 0 <= at < len(parent) else None
    found = signs.search(text) if isinstance(text, nodes.Text) else None
    if not found:
        return []
    parent[at] = nodes.Text(text[: found.start()] + text[found.end() :])
    return [nodes.Text(found.group())]


def part(
    app: Sphinx, pagename: str, templatename: str, context: dict[str, Any], *_: Any
) -> None:
    """Let a long name in code, which keeps to one line, break between its parts."""
    context["body"] = CODE.sub(
        lambda found: PARTS.sub("<wbr>", found[0]), context.get("body") or ""
    )


def setup(app: Sphinx) -> None:
    app.connect("doctree-resolved", join, priority=900)
    app.connect("html-page-context", part, priority=900)
