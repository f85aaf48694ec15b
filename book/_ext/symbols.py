"""A page's symbols lead to `notation`: the first use of each, and a list to unfold.

The tables of the notation page whose first column is "Symbol" say what there is. A
symbol in a formula is found token by token, so that `\\alpha_t` is not in
`\\bar\\alpha_t` and `T` is not in `\\text{The}`.
"""

from __future__ import annotations

import html
import re
import unicodedata
from collections.abc import Callable, Iterator
from dataclasses import dataclass

from docutils import nodes
from sphinx.application import Sphinx

import maths

NOTATION = "book/notation"
TOKEN = re.compile(
    r"\\(?:text|mathrm|operatorname|mathbf)\{[^{}]*\}|\\[a-zA-Z]+|\\.|\S"
)
# Space of any width, and sizes of brackets: they mean nothing.
SPACE = re.compile(
    r"\\[,;:! ]|~|\\q?quad\b|\\[bB]ig+[lrm]?(?![a-zA-Z])|\\(?:left|right)(?![a-zA-Z])"
)
ACCENTS = {"\\bar", "\\hat", "\\tilde"}
FEW = 2  # fewer symbols than this need no list


@dataclass(frozen=True)
class Symbol:
    """One row of a notation table."""

    latex: str
    words: str  # as HTML
    spoken: str  # as plain text
    anchor: str
    tokens: tuple[str, ...]


def tokens(latex: str) -> tuple[str, ...]:
    """LaTeX as tokens: commands, letters, signs; braces around one token dropped."""
    text = SPACE.sub(" ", latex).replace("\\mid", "|")
    text = re.sub(r"\{\s*(\\[a-zA-Z]+|\w)\s*\}", r" \1 ", text)
    return tuple(TOKEN.findall(text))


def pattern(latex: str) -> tuple[str, ...]:
    """What to look for: a function without arguments, unless it is q or p."""
    found = tokens(latex)
    for bracket in ("(", "["):
        if bracket in found:
            name = found[: found.index(bracket)]
            if len(set(name) - {"q", "p", "_", "\\theta"}) > 0 and "\\log" not in name:
                found = name
    return found[:2] if found[0] == "\\mathbb" else found


def places(wanted: tuple[str, ...], formula: tuple[str, ...]) -> bool:
    """Whether a formula holds these tokens as a symbol of their own."""
    size = len(wanted)
    for at in range(len(formula) - size + 1):
        if formula[at : at + size] != wanted:
            continue
        before = formula[at - 1] if at else ""
        after = formula[at + size] if at + size < len(formula) else ""
        if before in ACCENTS or (size == 1 and before == "^"):
            continue
        longer = after == "_" and wanted[0] != "\\mathbb"
        if longer or (wanted == ("q",) and after != "("):
            continue
        return True
    return False


def leaf(node: nodes.Node) -> bool:
    return isinstance(node, nodes.math) or (
        isinstance(node, nodes.Text) and not isinstance(node.parent, nodes.math)
    )


def written(node: nodes.Node, formula: Callable[[str], str]) -> str:
    """A leaf of the words: text as it is, a formula as `formula` puts it."""
    if isinstance(node, nodes.math):
        return formula(node.astext())
    return html.escape(node.astext()) if formula is maths_of else node.astext()


def maths_of(latex: str) -> str:
    return maths.render(latex, False)


def said(latex: str) -> str:
    """A formula of the notation page for a tooltip: letters instead of commands."""

    def letter(match: re.Match[str]) -> str:
        try:
            return unicodedata.lookup(f"GREEK SMALL LETTER {match.group(1).upper()}")
        except KeyError:
            return {"cdots": "⋯", "dots": "…", "ln": "ln"}.get(match.group(1), "")

    text = re.sub(r"\\bar *\\alpha", "ᾱ", latex).replace("\\tilde\\beta", "β̃")
    return re.sub(r"[{}]", "", re.sub(r"\\([a-zA-Z]+)", letter, text))


def listed(document: nodes.document) -> list[Symbol]:
    """The symbols of the notation page; each row gets an address."""
    found = []
    for table in document.findall(nodes.table):
        head = table.next_node(nodes.thead)
        if head is None or not head.astext().startswith("Symbol"):
            continue
        for row in table.next_node(nodes.tbody).findall(nodes.row):
            first, second = list(row.findall(nodes.entry))[:2]
            formula = first.next_node(nodes.math)
            if formula is None:
                continue
            anchor = nodes.make_id(f"symbol-{formula.astext()}")
            if anchor not in row["ids"]:
                row["ids"].append(anchor)
            latex = formula.astext()
            words = "".join(written(node, maths_of) for node in second.findall(leaf))
            spoken = "".join(written(node, said) for node in second.findall(leaf))
            found.append(Symbol(latex, words, spoken, anchor, pattern(latex)))
    return found


def used(document: nodes.document, symbols: list[Symbol]) -> list[Symbol]:
    """Those symbols that the page's formulas use, in the order of the notation page."""
    every = document.findall(lambda n: isinstance(n, nodes.math | nodes.math_block))
    formulas = {tokens(node.astext()) for node in every}
    return [s for s in symbols if any(places(s.tokens, f) for f in formulas)]


def first_uses(
    document: nodes.document, symbols: list[Symbol]
) -> Iterator[tuple[nodes.math, Symbol]]:
    """The first formula in running text that is a symbol and nothing else."""
    waiting = {tokens(symbol.latex): symbol for symbol in symbols}
    for node in document.findall(nodes.math):
        free = not any(
            isinstance(up, nodes.reference | nodes.title | nodes.table | nodes.caption)
            for up in parents(node)
        )
        if free and (symbol := waiting.pop(tokens(node.astext()), None)):
            yield node, symbol


def parents(node: nodes.Node) -> Iterator[nodes.Node]:
    while (node := node.parent) is not None:
        yield node


def fold(symbols: list[Symbol], uri: str) -> nodes.raw:
    """The list that unfolds."""
    rows = "".join(
        f"<li>{maths.render(one.latex, False)} "
        f'<a href="{uri}#{one.anchor}">{one.words}</a></li>'
        for one in symbols
    )
    return nodes.raw(
        "",
        '<details class="symbols"><summary>Symbols on this page</summary>'
        f"<ul>{rows}</ul></details>",
        format="html",
    )


def read(app: Sphinx, doctree: nodes.document) -> None:
    if app.env.docname == NOTATION:
        app.env.ddpm_symbols = listed(doctree)


def link(app: Sphinx, doctree: nodes.document, docname: str) -> None:
    """Put the links and the list into a chapter."""
    symbols = getattr(app.env, "ddpm_symbols", [])
    if not symbols or not re.match(r"book/\d\d_", docname):
        return
    uri = app.builder.get_relative_uri(docname, NOTATION)
    for node, symbol in list(first_uses(doctree, symbols)):
        target = nodes.reference("", "", refuri=f"{uri}#{symbol.anchor}", internal=True)
        target["classes"].append("symbol")
        target["reftitle"] = symbol.spoken
        node.replace_self(target)
        target += node
    shown = used(doctree, symbols)
    heading = next(iter(doctree.findall(nodes.section)), None)
    if len(shown) >= FEW and heading is not None:
        # Below the box with which a chapter opens, else before the first section.
        boxes = [n for n in heading.children if isinstance(n, nodes.Admonition)]
        inner = [n for n in heading.children if isinstance(n, nodes.section)]
        at = heading.index(inner[0]) if inner else len(heading)
        heading.insert(heading.index(boxes[0]) + 1 if boxes else at, fold(shown, uri))


def setup(app: Sphinx) -> None:
    app.connect("doctree-read", read)
    app.connect("doctree-resolved", link)
