"""`:::{map}`: the derivation as a picture and as a list, made from the pages.

An arrow leads from one equation to another whose justification names it with {eq}:
in the paragraph that leads up to it, or in the "*Why.*" that follows. Colours are the
prover's verdicts. The picture is for the eye alone; the list says the same in words.
"""

from __future__ import annotations

import html
import re
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from docutils import nodes
from sphinx.addnodes import pending_xref
from sphinx.application import Sphinx
from sphinx.util.docutils import SphinxDirective

import blueprint_svg
import maths
import verdicts
from equations import WAITING, mark, report
from ledger import numbered

WORDS = {"unknown": "waiting"}
Uses = dict[str, set[str]]


class derivation_map(nodes.General, nodes.Element):
    """Stands where the map will be, once every page is read."""


class Map(SphinxDirective):
    """The directive: no argument, no content."""

    def run(self) -> list[nodes.Node]:
        return [derivation_map()]


class Example(SphinxDirective):
    """`:::{example} eq-label`: that equation again, with its mark put in words."""

    required_arguments = 1

    def run(self) -> list[nodes.Node]:
        return [derivation_map(example=self.arguments[0])]


@dataclass(frozen=True)
class Equation:
    """A labelled equation: printed number, page, verdict, and what it rests on."""

    label: str
    number: str
    page: str
    verdict: str
    uses: tuple[str, ...]

    @property
    def name(self) -> str:
        return self.label.removeprefix("eq-").replace("-", " ")


def justified(document: nodes.Node) -> Uses:
    """Label → the labels that its justification refers to, within one page."""
    found: Uses = {}
    group: list[str] = []
    before: set[str] = set()
    fresh = True  # no equation since the last paragraph
    for node in events(document):
        if isinstance(node, nodes.math_block):
            group = [node["label"]] if fresh else [*group, node["label"]]
            fresh = False
            found[node["label"]] = set(before)
        elif isinstance(node, nodes.paragraph):
            named = references(node)
            if node.astext().startswith("Why"):
                for label in group:
                    found[label] |= named
            before, fresh = named, True
        else:
            group, before, fresh = [], set(), True
    return {label: uses - {label} for label, uses in found.items()}


def events(document: nodes.Node) -> Iterator[nodes.Node]:
    """Labelled equations, paragraphs, and what parts them: headings and cells."""
    for node in document.findall():
        if isinstance(node, nodes.math_block):
            if node.get("label"):
                yield node
        elif isinstance(node, nodes.paragraph | nodes.title) or (
            isinstance(node, nodes.container) and node.get("nb_element")
        ):
            yield node


def references(paragraph: nodes.Node) -> set[str]:
    """The equations that a paragraph names."""
    links = paragraph.findall(pending_xref)
    return {one["reftarget"] for one in links if one.get("reftype") == "eq"}


def collect(app: Sphinx, doctree: nodes.document) -> None:
    app.env.ddpm_uses[app.env.docname] = justified(doctree)


def forget(app: Sphinx, env: Any, docname: str) -> None:
    env.ddpm_uses = getattr(env, "ddpm_uses", {})
    env.ddpm_uses.pop(docname, None)


def remember(app: Sphinx, env: Any, docnames: list[str]) -> None:
    env.ddpm_uses = getattr(env, "ddpm_uses", {})


def chapters(app: Sphinx) -> dict[str, list[Equation]]:
    """Chapter → its equations, in order; each rests only on those printed before it."""
    named = {k: v for page in app.env.ddpm_uses.values() for k, v in page.items()}
    found: dict[str, list[Equation]] = {}
    earlier: list[str] = []
    for label, page, number in numbered(app):
        if label.startswith("slip-") or not re.match(r"book/\d\d_", page):
            continue
        verdict = report(app).get(label, WAITING).verdict
        uses = tuple(one for one in earlier if one in named.get(label, ()))
        found.setdefault(page, []).append(Equation(label, number, page, verdict, uses))
        earlier.append(label)
    return found


def draw(app: Sphinx, docname: str) -> str:
    """The map: a sentence, the picture of all chapters, and each chapter to open."""
    book = chapters(app)
    known = {one.label: one for page in book.values() for one in page}

    def address(one: Equation) -> str:
        return f"{app.builder.get_relative_uri(docname, one.page)}#equation-{one.label}"

    parts = []
    for page, equations in book.items():
        title, number = app.env.titles[page].astext(), int(Path(page).name[:2])
        uri = app.builder.get_relative_uri(docname, page)
        rows = "".join(_row(one, known, address) for one in equations)
        parts.append(
            f'<details id="map-{number}"><summary><b>{number}</b> '
            f"{html.escape(title)} <small>{tally(equations)}</small></summary>"
            f"{blueprint_svg.equations(equations, known, address)}"
            f'<ol>{rows}</ol><p><a href="{uri}">Read chapter {number}</a></p></details>'
        )
    titles = {page: app.env.titles[page].astext() for page in book}
    return (
        f"<p>{sentence(known)}</p>"
        f'<div class="map"><div>{blueprint_svg.chapters(book, titles, known)}'
        f'</div><div class="map-list">{"".join(parts)}</div></div>'
    )


def sentence(known: dict[str, Equation]) -> str:
    """What there is, and how much of it is decided, counted as the site is built."""
    kinds = Counter(one.verdict for one in known.values())
    arrows = sum(len(one.uses) for one in known.values())
    waiting = f" and {n} wait for a reader" if (n := kinds["unknown"]) else ""
    return (
        f"{len(known)} numbered equations: {kinds['proved']} proved, "
        f"{kinds['holds']} hold, {kinds['defines']} define{waiting}. "
        f"{arrows} arrows say which rests on which."
    )


def tally(equations: list[Equation]) -> str:
    """The verdicts of one chapter: "9 proved, 4 holds"."""
    kinds = Counter(one.verdict for one in equations)
    order = ("proved", "holds", "defines", "unknown")
    return ", ".join(f"{kinds[k]} {WORDS.get(k, k)}" for k in order if kinds[k])


def _row(one: Equation, known: dict[str, Equation], address: Any) -> str:
    sources = ", ".join(
        f'<a href="{address(known[label])}">({known[label].number})</a>'
        for label in one.uses
    )
    word = WORDS.get(one.verdict, one.verdict)
    return (
        f'<li><a href="{address(one)}">({one.number})</a> {html.escape(one.name)} '
        f'<span class="map-{one.verdict}"><span aria-hidden="true">'
        f"{verdicts.GLYPHS[one.verdict]}</span> {word}</span>"
        f"{f', from {sources}' if sources else ''}</li>"
    )


def fill(app: Sphinx, doctree: nodes.document, docname: str) -> None:
    for place in list(doctree.findall(derivation_map)):
        label = place.get("example")
        text = explain(app, label, docname) if label else draw(app, docname)
        place.replace_self(nodes.raw("", text, format="html"))


def styled(app: Sphinx, pagename: str, *rest: Any) -> None:
    """Only the landing page loads the map's style."""
    if pagename == app.config.root_doc:
        app.add_css_file("map.css")


def explain(app: Sphinx, label: str, docname: str) -> str:
    """One equation of the book as its page shows it, with its mark put in words."""
    found = {one: (page, number) for one, page, number in numbered(app)}
    if label not in found:
        return ""  # this page is built alone
    page, number = found[label]
    uri = f"{app.builder.get_relative_uri(docname, page)}#equation-{label}"
    verdict = report(app).get(label, WAITING)
    shown = mark(app, docname, label, verdict, wrong=False)
    formula = maths.render(app.env.ddpm_latex[label][1], True)
    return (
        '<figure class="mark-example"><div class="math equation">'
        f'<div class="equation-body">{formula}</div><div class="equation-side">'
        f'<span class="eqno"><a href="{uri}">({number})</a></span>{shown}</div></div>'
        f"<figcaption>Its mark says: “{html.escape(verdict.words)}” "
        f"Follow it and you see how.</figcaption></figure>"
    )


def mark_role(
    name: str, rawtext: str, text: str, *rest: Any, **more: Any
) -> tuple[list[nodes.Node], list[nodes.system_message]]:
    """{mark}`proved`: a mark as it looks, and its word, to speak about it."""
    word = {"unknown": "waiting", "false": "wrong on purpose"}.get(text, text)
    shown = (
        f'<span class="proof-mark proof-{text}" aria-hidden="true">'
        f"{verdicts.GLYPHS[text]}</span> <em>{word}</em>"
    )
    return [nodes.raw("", shown, format="html")], []


def setup(app: Sphinx) -> None:
    app.add_node(derivation_map)
    app.add_role("mark", mark_role)
    app.add_directive("example", Example)
    app.add_directive("map", Map)
    app.connect("env-before-read-docs", remember)
    app.connect("env-purge-doc", forget)
    app.connect("doctree-read", collect)
    app.connect("doctree-resolved", fill)
    app.connect("html-page-context", styled)
