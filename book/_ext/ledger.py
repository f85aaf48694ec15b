"""The ledger: what the prover says of every labelled equation, one page per chapter.

    python book/_ext/ledger.py

writes the small sources of these pages (book/ledger/NN_name.md). What they show is
put in when the site is built: `:::{ledger} NN_name` for one chapter's equations,
`:::{ledger}` alone for the totals.
"""

from __future__ import annotations

import html
import re
from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from docutils import nodes
from sphinx.application import Sphinx
from sphinx.util import logging
from sphinx.util.docutils import SphinxDirective

import maths
import usage
import verdicts
from equations import WAITING, report, target

log = logging.getLogger(__name__)

BOOK = Path(__file__).resolve().parents[1]
OVERVIEW = "book/ledger"
LABELLED = re.compile(r"^\s*\$\$ *\((?:eq|slip)-[\w-]+\)\s*$", re.M)
NAMES = {"unknown": "waiting", "false": "wrong on purpose"}
COLUMNS = ("Verdict", "Decided by", "Mutants", "Checked in", "Used in the code")
SOURCE = """\
---
myst:
  html_meta:
    description: "{description}"
---

# Ledger: {name}

:::{{ledger}} {stem}
:::
"""


class ledger(nodes.General, nodes.Element):
    """Stands where rows or totals will be, once every page is read."""


class Ledger(SphinxDirective):
    """`:::{ledger} 06_posterior`: that page's equations; alone: the totals."""

    optional_arguments = 1

    def run(self) -> list[nodes.Node]:
        return [ledger(of=self.arguments[0] if self.arguments else "")]


@dataclass(frozen=True)
class Row:
    """One labelled equation: where it is printed, and what is known of it."""

    label: str
    number: str
    latex: str
    found: verdicts.Verdict
    mutants: dict[str, Any] | None

    @property
    def slip(self) -> bool:
        return self.label.startswith("slip-")

    @property
    def kind(self) -> str:
        """Its verdict; a slip is one whatever the prover can read of it."""
        return "false" if self.slip else self.found.verdict


def rows(app: Sphinx) -> dict[str, list[Row]]:
    """Page → its labelled equations in the order of the book."""
    counted = verdicts.mutants()
    pages: dict[str, list[Row]] = {}
    for label, page, number in numbered(app):
        found = report(app).get(label, WAITING)
        latex = app.env.ddpm_latex[label][1]
        row = Row(label, number, latex, found, counted.get(label))
        pages.setdefault(page, []).append(row)
    return pages


def read(app: Sphinx, doctree: nodes.document) -> None:
    """Remember what each labelled equation says."""
    for block in doctree.findall(nodes.math_block):
        if block.get("label"):
            app.env.ddpm_latex[block["label"]] = (app.env.docname, block.astext())


def forget(app: Sphinx, env: Any, docname: str) -> None:
    """A page read again is remembered again."""
    kept = getattr(env, "ddpm_latex", {})
    env.ddpm_latex = {k: v for k, v in kept.items() if v[0] != docname}


def prepare(app: Sphinx, env: Any, docnames: list[str]) -> None:
    env.ddpm_latex = getattr(env, "ddpm_latex", {})


def numbered(app: Sphinx) -> list[tuple[str, str, str]]:
    """(label, page, number as printed) of every labelled equation."""
    domain = app.env.get_domain("math")
    order = list(app.env.toctree_includes.get(app.config.root_doc, []))
    found = []
    for label, (page, _) in domain.equations.items():
        numbers = app.env.toc_fignumbers.get(page, {}).get("displaymath", {})
        number = numbers.get(f"equation-{label}", ())
        place = order.index(page) if page in order else len(order)
        found.append((place, number, label, page))
    return [
        (label, page, ".".join(map(str, number)))
        for _, number, label, page in sorted(found)
    ]


def fill(app: Sphinx, doctree: nodes.document, docname: str) -> None:
    """Put rows and totals in their places."""
    for place in list(doctree.findall(ledger)):
        page, text = f"book/{place['of']}", ""
        if not place["of"]:
            text = totals(app, docname)
        elif page in app.env.found_docs:
            text = table(app, docname, page)
        else:
            log.warning("the ledger of %s: there is no such page", page)
        place.replace_self(nodes.raw("", text, format="html"))


def table(app: Sphinx, docname: str, page: str) -> str:
    """The rows of one page; on a phone each becomes a card."""
    uri = app.builder.get_relative_uri(docname, page)
    overview = app.builder.get_relative_uri(docname, OVERVIEW)
    title = html.escape(app.env.titles[page].astext())
    head = "".join(
        f'<th scope="col" role="columnheader">{name}</th>'
        for name in ("Equation", *COLUMNS)
    )
    body = "".join(_row(app, docname, uri, row) for row in rows(app).get(page, []))
    return (
        f'<p>The equations of <a href="{uri}">{title}</a>, in the order in which they '
        f'are printed. The <a href="{overview}">overview</a> says what each word '
        "means.</p>"
        '<table class="ledger" role="table"><thead role="rowgroup">'
        f'<tr role="row">{head}</tr></thead>'
        f'<tbody role="rowgroup">{body}</tbody></table>'
    )


def _row(app: Sphinx, docname: str, uri: str, row: Row) -> str:
    decided = row.found.speaking
    by = " · ".join(filter(None, (decided.get("world"), decided.get("rule"))))
    why = decided.get("why", "") if row.kind in ("unknown", "false") else ""
    glyph = verdicts.GLYPHS[row.kind]
    word = NAMES.get(row.kind, row.kind)
    place, there = target(app, docname, row.label)
    cell = f'<a href="{html.escape(place)}">a cell</a>' if "cell" in there else ""
    cells = (
        f'<span class="ledger-{row.kind}"><span aria-hidden="true">{glyph}</span> '
        f"{word}</span>",
        html.escape(by) + (f"<small>{reason(why)}</small>" if why else ""),
        "" if row.slip else html.escape(in_words(row.mutants)),
        cell,
        " ".join(usage.links(app, row.label)),
    )
    first = (
        f'<th scope="row" role="rowheader"><a href="{uri}#equation-{row.label}">'
        f"({row.number})</a> <code>{row.label}</code>"
        f'<div class="equation-body">{maths.render(row.latex, True)}</div></th>'
    )
    rest = "".join(
        f'<td role="cell" data-column="{name}">{cell}</td>' if cell else
        f'<td role="cell" class="ledger-none" data-column="{name}">–</td>'
        for name, cell in zip(COLUMNS, cells, strict=True)
    )  # fmt: skip
    return f'<tr role="row" id="{row.label}">{first}{rest}</tr>'


def reason(why: str) -> str:
    """The prover's reason as HTML; a formula that it suggests is drawn."""
    if "\\" not in why:
        return html.escape(why)
    words, colon, formula = why.partition(": ")
    if not colon or "\\" in words:
        return ""
    try:
        drawn = maths.render(f"\\begin{{aligned}}{formula}\\end{{aligned}}", False)
    except maths.UnreadableError:
        return html.escape(words)
    return f'{html.escape(words + colon)}<div class="equation-body">{drawn}</div>'


def in_words(counts: dict[str, Any] | None) -> str:
    """How an equation's mutants fared: "12 of 12 rejected, 3 not judged"."""
    if counts is None:
        return "not counted yet"
    if not counts["made"]:
        return "none can be made"
    rejected = counts.get("rejected", 0)
    differ = rejected + counts.get("survived", 0)
    parts = [f"{rejected} of {differ} rejected"] if differ else []
    equal = counts.get("equal", 0) + counts.get("wronged", 0)
    parts += [f"{equal} changed nothing"] if equal else []
    parts += [f"{n} not judged"] if (n := counts.get("not judged", 0)) else []
    return ", ".join(parts)


def totals(app: Sphinx, docname: str) -> str:
    """What the whole book comes to, in words, and a line for each page."""
    pages = rows(app)
    everything = [row for page in pages.values() for row in page]
    lines = []
    for page, own in pages.items():
        here = f"{OVERVIEW}/{Path(page).name}"
        if here not in app.env.found_docs:
            log.warning("%s has equations and no ledger: make notebooks", page)
            continue
        uri = app.builder.get_relative_uri(docname, here)
        title = html.escape(app.env.titles[page].astext())
        number = re.match(r"0?(\d+)_", Path(page).name)
        name = f"{number.group(1)} · {title}" if number else title
        counts = "".join(f"<td>{n or '–'}</td>" for n in tally(own))
        link = f'<th scope="row"><a href="{uri}">{name}</a></th>'
        lines.append(f"<tr>{link}{counts}</tr>")
    names = ("Proved", "Hold", "Define", "Wait", "Slips", "Mutants")
    head = "".join(f'<th scope="col">{name}</th>' for name in ("Chapter", *names))
    return (
        f"{summary(everything)}"
        '<div class="table-box" tabindex="0" role="region" aria-label="By chapter">'
        f'<table class="table ledger-totals"><thead><tr>{head}</tr></thead>'
        f"<tbody>{''.join(lines)}</tbody></table></div>"
    )


def tally(own: Iterable[Row]) -> list[int]:
    """Proved, holds, defines, waiting, slips, mutants rejected."""
    kinds = Counter(row.kind for row in own)
    counts = [kinds[k] for k in ("proved", "holds", "defines", "unknown", "false")]
    return [*counts, sum((row.mutants or {}).get("rejected", 0) for row in own)]


def summary(everything: list[Row]) -> str:
    """The totals as sentences that claim no more than was found."""
    true = [row for row in everything if not row.slip]
    slips = [row for row in everything if row.slip]
    kinds = Counter(row.kind for row in true)
    found = sum(row.found.verdict == "false" for row in slips)
    false = sum(row.found.verdict == "false" for row in true)
    marked = usage.marks()
    used = [row for row in true if row.label in marked]
    return "".join(
        f"<p>{sentence}</p>"
        for sentence in (
            f"The book states <strong>{len(true)}</strong> labelled equations. "
            f"<strong>{kinds['proved']}</strong> are proved, "
            f"<strong>{kinds['holds']}</strong> hold, "
            f"<strong>{kinds['defines']}</strong> define, "
            f"<strong>{kinds['unknown']}</strong> are waiting, and "
            f"<strong>{false}</strong> are false.",
            f"Slips that stand beside them, wrong on purpose: {len(slips)}. The prover "
            f"finds {found} of these false.",
            _of_mutants(true),
            f"{len(used)} of the equations are used by lines of the package's code "
            f"that name them, {sum(len(marked[row.label]) for row in used)} lines in "
            "all.",
        )
    )


def _of_mutants(true: list[Row]) -> str:
    """How all mutants together fared."""
    fates: Counter[str] = Counter()
    for row in true:
        fates.update({k: v for k, v in (row.mutants or {}).items() if k != "text"})
    counted = sum(row.mutants is not None for row in true)
    without = len(true) - counted
    wronged = fates["wronged"]
    but = f" {wronged} that changed nothing it calls false." if wronged else ""
    late = f" For {without} equations none are counted yet." if without else ""
    if counted and not verdicts.same_prover():
        late += " The prover has changed since they were counted."
    differ = fates["rejected"] + fates["survived"]
    return (
        f"Put by machine into {counted} of the true equations, the slips "
        f"that people make gave {fates['made']} mutants. An independent judge, plain "
        f"arithmetic at a few points, finds that {differ} of them are no longer true; "
        f"the prover accepts {fates['survived']} of these. "
        f"{fates['equal'] + wronged} changed nothing in value, and "
        f"{fates['not judged']} are beyond the judge, who therefore says nothing "
        f"about them.{but}{late}"
    )


def sources(book: Path = BOOK) -> dict[Path, str]:
    """The ledger pages there should be, with their texts."""
    found = {}
    for page in sorted(book.glob("*.md")):
        if LABELLED.search(page.read_text(encoding="utf-8")):
            number = re.match(r"0?(\d+)_", page.name)
            name = f"chapter {number.group(1)}" if number else page.stem
            description = (
                f"The equations of {name}: verdict, how it was decided, mutants "
                "rejected, the cell that checks each and the code that uses it."
            )
            found[book / "ledger" / page.name] = SOURCE.format(
                description=description, name=name, stem=page.stem
            )
    return found


def differences(book: Path = BOOK) -> Iterator[tuple[Path, str | None]]:
    """(page, its text or None where it should not be) for all that must change."""
    wanted = sources(book)
    there = set((book / "ledger").glob("*.md"))
    yield from ((page, None) for page in sorted(there - set(wanted)))
    for page, text in wanted.items():
        if page not in there or page.read_text(encoding="utf-8") != text:
            yield page, text


def main() -> None:
    for page, text in differences():
        page.parent.mkdir(exist_ok=True)
        if text is None:
            page.unlink()
        else:
            fresh = page.with_suffix(".new")
            fresh.write_text(text, encoding="utf-8")
            fresh.replace(page)
        done = "removed" if text is None else "wrote"
        print(f"{done} {page.relative_to(BOOK.parent)}")


def styled(app: Sphinx, pagename: str, *rest: Any) -> None:
    """Only the ledger's own pages load its style."""
    if pagename == OVERVIEW or pagename.startswith(f"{OVERVIEW}/"):
        app.add_css_file("ledger.css")


def setup(app: Sphinx) -> None:
    app.add_node(ledger)
    app.add_directive("ledger", Ledger)
    app.connect("env-before-read-docs", prepare)
    app.connect("env-purge-doc", forget)
    app.connect("doctree-read", read)
    app.connect("doctree-resolved", fill)
    app.connect("html-page-context", styled)


if __name__ == "__main__":
    main()
