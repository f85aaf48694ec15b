"""The report as a self-contained HTML page: accessible, offline, light and dark."""

from __future__ import annotations

from html import escape
from typing import TYPE_CHECKING

from .mathml import typeset
from .verdict import MARK, numbers

if TYPE_CHECKING:
    from .report import Record, Report

STYLE = """
:root{color-scheme:light dark;--bg:#fff;--fg:#1f2328;--soft:#59636e;--line:#d1d9e0;
--card:#f6f8fa;--good:#1a7f37;--bad:#b3261e;--new:#0550ae;--open:#7a5200}
@media (prefers-color-scheme:dark){:root{--bg:#0d1117;--fg:#f0f6fc;--soft:#9aa4b0;
--line:#3d444d;--card:#151b23;--good:#56d364;--bad:#ff8b82;--new:#79c0ff;--open:#e3b341}}
body{background:var(--bg);color:var(--fg);font:16px/1.55 system-ui,sans-serif;margin:0}
main{max-width:60rem;margin:0 auto;padding:1.5rem}
h1{font-size:1.6rem}h2{font-size:1.2rem;margin-top:2.2rem;overflow-wrap:anywhere}
ol{list-style:none;padding:0}li{border:1px solid var(--line);border-left-width:.4rem;
border-radius:.4rem;background:var(--card);padding:.6rem .9rem;margin:.6rem 0}
li.proved,li.holds{border-left-color:var(--good)}li.false{border-left-color:var(--bad)}
li.defines{border-left-color:var(--new)}li.unknown{border-left-color:var(--open)}
.mark{font-weight:700}.proved .mark,.holds .mark{color:var(--good)}
.false .mark{color:var(--bad)}.defines .mark{color:var(--new)}
.unknown .mark{color:var(--open)}.where{color:var(--soft)}
.math{display:flex;flex-wrap:wrap;align-items:baseline;gap:.4rem .35rem;
overflow-x:auto;overflow-y:hidden;padding:.35rem 0;font-size:1.08rem}
.math math{flex:none}.bold{font-weight:700}.box{border:1px solid;padding:.1em .2em}
.gone{background:linear-gradient(to top right,transparent 48%,currentColor 48%,
currentColor 52%,transparent 52%)}.under{border-bottom:1px solid}
details{margin:.2rem 0;color:var(--soft)}summary{cursor:pointer;font-size:.85rem}
code{font-family:ui-monospace,monospace;font-size:.92em;white-space:pre-wrap;
overflow-wrap:anywhere}dl{display:grid;grid-template-columns:max-content 1fr;
gap:.1rem .8rem;margin:.4rem 0}dt{color:var(--soft)}dd{margin:0;overflow-wrap:anywhere}
ul.counts{display:flex;flex-wrap:wrap;gap:.6rem 1.4rem;list-style:none;padding:0}
"""


def scrolls(latex: str) -> str:
    """A long formula may have to be moved sideways, so the keyboard must reach it."""
    if len(latex) < 60:
        return ""
    return ' tabindex="0" role="group" aria-label="statement"'


def entry(r: Record) -> str:
    """One statement."""
    parts = [
        f'<li class="{escape(r.verdict)}">',
        f'<p><span class="mark">{MARK[r.verdict]} {escape(r.verdict)}</span> '
        f'<span class="where">line {r.line}, column {r.column}'
        + (f", {escape(r.label)}" if r.label else "")
        + "</span></p>",
        f'<div class="math"{scrolls(r.latex)}>{typeset(r.latex)}</div>',
        f"<details><summary>LaTeX</summary><code>{escape(r.latex)}</code></details>",
    ]
    rows = []
    if r.why:
        rows.append(("why", r.why))
    if r.world:
        rows.append(("decided by", f"{r.world}: {r.rule}"))
    if r.counterexample:
        rows.append(("numbers", numbers(r.counterexample)))
    if rows:
        inside = "".join(f"<dt>{escape(k)}</dt><dd>{escape(v)}</dd>" for k, v in rows)
        parts.append(f"<dl>{inside}</dl>")
    parts.append("</li>")
    return "".join(parts)


def fragment(report: Report) -> str:
    """The body of the page, for a notebook."""
    counts = "".join(
        f"<li><strong>{n}</strong> {escape(v)}</li>" for v, n in report.counts.items()
    )
    out = [f'<ul class="counts">{counts}</ul>']
    for name, records in report.files:
        out.append(f"<h2>{escape(name)}</h2>")
        if records:
            out.append("<ol>" + "".join(entry(r) for r in records) + "</ol>")
        else:
            out.append("<p>No statements found.</p>")
    return "".join(out)


def page(report: Report) -> str:
    """The whole page, with nothing fetched from anywhere."""
    return (
        '<!doctype html><html lang="en"><head><meta charset="utf-8">'
        '<meta name="viewport" content="width=device-width,initial-scale=1">'
        f"<title>Proofreading report</title><style>{STYLE}</style></head><body><main>"
        "<h1>Proofreading report</h1>"
        f"{fragment(report)}</main></body></html>"
    )
