"""Equations: KaTeX at build time, a number, and a mark that leads to the proof."""

from __future__ import annotations

import html
import re
from pathlib import Path
from typing import Any

from docutils import nodes
from sphinx.application import Sphinx
from sphinx.util import logging
from sphinx.util.math import get_node_equation_number

import maths
import verdicts
from slips import inside
from verdicts import Verdict

log = logging.getLogger(__name__)

LEDGER = "book/ledger"
NAMED = re.compile(r"""["']((?:eq|slip)-[\w-]+)["']""")
WAITING = Verdict("unknown")


def report(app: Sphinx) -> dict[str, Verdict]:
    """The prover's verdicts, computed when first asked for."""
    if not hasattr(app, "ddpm_verdicts"):
        files = (Path(app.env.doc2path(name)) for name in sorted(app.env.found_docs))
        pages = [f for f in files if f.suffix == ".md" and "$$" in f.read_text("utf-8")]
        cache = Path(app.outdir).parent / "proof"
        app.ddpm_verdicts = verdicts.read(pages, cache)
    return app.ddpm_verdicts


def find_cells(app: Sphinx, doctree: nodes.document) -> None:
    """Remember the first cell that checks each label, and give it an address."""
    cells = app.env.ddpm_cells
    containers = doctree.findall(nodes.container)
    code = [n for n in containers if n.get("nb_element") == "cell_code"]
    for number, cell in enumerate(code):
        source = "".join(b.astext() for b in cell.findall(nodes.literal_block))
        for label in NAMED.findall(source):
            if "assert" not in source or label in cells:
                continue
            anchor = f"cell-{number}"
            if anchor not in cell["ids"]:
                cell["ids"].append(anchor)
            cells[label] = (app.env.docname, anchor)


def forget(app: Sphinx, env: Any, docname: str) -> None:
    """A page read again is searched again."""
    cells = getattr(env, "ddpm_cells", {})
    env.ddpm_cells = {k: v for k, v in cells.items() if v[0] != docname}


def remember(app: Sphinx, env: Any, docnames: list[str]) -> None:
    env.ddpm_cells = getattr(env, "ddpm_cells", {})


def judge(app: Sphinx, doctree: nodes.document, docname: str) -> None:
    """Put the verdict on each labelled equation; a false one fails the build."""
    for block in doctree.findall(nodes.math_block):
        label = block.get("label")
        if not label:
            continue
        found = report(app).get(label, WAITING)
        wrong = inside(block)
        if found.verdict == "false" and not wrong:
            why = found.speaking.get("why", "")
            log.warning("%s is false: %s", label, why, location=block)
        if wrong and found.verdict not in ("false", "unknown"):
            log.warning("the slip %s is not false", label, location=block)
        block["mark"] = mark(app, docname, label, found, wrong)


def target(app: Sphinx, docname: str, label: str) -> tuple[str, str]:
    """Where a mark leads, and what is there."""
    if label in app.env.ddpm_cells:
        page, anchor = app.env.ddpm_cells[label]
        there = "the cell that checks it"
    else:
        home = app.env.get_domain("math").equations[label][0]
        page, anchor = f"{LEDGER}/{Path(home).name}", label
        there = "the ledger"
    uri = "" if page == docname else app.builder.get_relative_uri(docname, page)
    return f"{uri}#{anchor}", there


def mark(app: Sphinx, docname: str, label: str, found: Verdict, wrong: bool) -> str:
    """The small mark beside an equation: a link, its words, its tooltip."""
    uri, there = target(app, docname, label)
    words = found.words
    if wrong and found.verdict == "unknown":
        words = "Wrong on purpose. The prover cannot read this line yet."
    kind = "false" if wrong else found.verdict
    glyph = verdicts.GLYPHS[kind]
    tip = html.escape(f"{words} Go to {there}.")
    return (
        f'<a class="proof-mark proof-{kind}" href="{html.escape(uri)}">'
        f'<span aria-hidden="true">{glyph}</span>'
        f'<span class="proof-tip">{tip}</span></a>'
    )


def draw(node: nodes.Element, display: bool) -> str:
    """The formula as HTML; one that KaTeX cannot read fails the build."""
    try:
        return maths.render(node.astext(), display)
    except maths.UnreadableError as error:
        log.warning("%s", error, location=node)
        return f"<code>{html.escape(node.astext())}</code>"


def visit_inline(self: Any, node: nodes.math) -> None:
    self.body.append(f'<span class="math">{draw(node, False)}</span>')
    raise nodes.SkipNode


def visit_display(self: Any, node: nodes.math_block) -> None:
    """An equation, then its number and mark: beside it, or below on a phone."""
    self.body.append(self.starttag(node, "div", CLASS="math equation"))
    self.body.append(f'<div class="equation-body">{draw(node, True)}</div>')
    if node["number"]:
        self.body.append('<div class="equation-side"><span class="eqno">')
        self.body.append(f"({get_node_equation_number(self, node)})")
        self.add_permalink_ref(node, "Permalink to this equation")
        self.body.append(f"</span>{node.get('mark', '')}</div>")
    self.body.append("</div>")
    raise nodes.SkipNode


def setup(app: Sphinx) -> None:
    app.add_html_math_renderer("book", (visit_inline, None), (visit_display, None))
    app.add_css_file("vendor/katex/katex.min.css")
    app.connect("env-before-read-docs", remember)
    app.connect("env-purge-doc", forget)
    app.connect("doctree-read", find_cells)
    app.connect("doctree-resolved", judge)
