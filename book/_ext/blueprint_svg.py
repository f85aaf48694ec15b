"""The map's two pictures, as SVG that takes its colours from site.css.

Hidden from screen readers, and passed over by the tab key: the list has the links.
A click on `data-to` goes there (site.js).
"""

from __future__ import annotations

import html
import math
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Protocol


class Node(Protocol):
    """What the pictures need to know of an equation."""

    @property
    def label(self) -> str: ...
    @property
    def number(self) -> str: ...
    @property
    def page(self) -> str: ...
    @property
    def verdict(self) -> str: ...
    @property
    def uses(self) -> tuple[str, ...]: ...


# All lengths in units of the picture, about a pixel on a phone.
WIDTH, LEFT = 340, 66
ROW, BOX = 48, 40
PILL_W, PILL_H, GAP, STEP = 46, 24, 9, 50
PER_ROW = 6


def arrowhead(name: str) -> str:
    return (
        f'<defs><marker id="{name}" viewBox="0 0 6 6" refX="5" refY="3" '
        'markerWidth="7" markerHeight="7" markerUnits="userSpaceOnUse" orient="auto">'
        '<path d="M0 0L6 3L0 6z"/></marker></defs>'
    )


def svg(height: float, name: str, body: str) -> str:
    return (
        f'<svg class="map-picture" viewBox="0 0 {WIDTH} {height:g}" aria-hidden="true" '
        f'focusable="false">{arrowhead(name)}{body}</svg>'
    )


def chapters(
    book: Mapping[str, Sequence[Node]],
    titles: Mapping[str, str],
    known: Mapping[str, Node],
) -> str:
    """Chapters from top to bottom, a dot for each equation, arcs for what they use."""
    pages = list(book)
    middle = {page: 4 + ROW * i + BOX / 2 for i, page in enumerate(pages)}
    numbers = {page: int(Path(page).name[:2]) for page in pages}
    counts: Counter[tuple[str, str]] = Counter()
    for page, equations in book.items():
        for label in (one for equation in equations for one in equation.uses):
            counts[known[label].page, page] += 1
    parts, rules = [], []
    for (source, user), count in sorted(counts.items()):
        if source == user:
            continue
        top, bottom = middle[source] + 9, middle[user] - 9
        bulge = LEFT - 8 - 54 * math.sqrt((bottom - top) / (ROW * len(pages)))
        parts.append(
            f'<path class="map-arc c{numbers[source]} c{numbers[user]}" '
            f'stroke-width="{1 + math.log2(count):.1f}" marker-end="url(#map-tip)" '
            f'd="M{LEFT} {top:g}C{bulge:.0f} {top:g} {bulge:.0f} {bottom:g} '
            f'{LEFT - 1} {bottom:g}"/>'
        )
    for page, equations in book.items():
        n, y = numbers[page], middle[page] - BOX / 2
        step = min(9.5, (WIDTH - LEFT - 24) / max(len(equations), 1))
        dots = "".join(
            f'<circle class="map-{one.verdict}" cx="{LEFT + 14 + step * i:.1f}" '
            f'cy="{y + 29:g}" r="{min(3.4, step * 0.42):.1f}"/>'
            for i, one in enumerate(equations)
        )
        parts.append(
            f'<g data-to="#map-{n}" class="map-node n{n}">'
            f'<rect x="{LEFT}" y="{y:g}" width="{WIDTH - LEFT - 1}" height="{BOX}" '
            f'rx="6"/><text x="{LEFT + 10}" y="{y + 17:g}"><tspan class="map-number">'
            f"{n}</tspan> {html.escape(titles[page])}</text>{dots}</g>"
        )
        rules.append(f".map:has(.n{n}:hover) .map-arc:not(.c{n})")
    fade = f"<style>{','.join(rules)}{{opacity:.08}}</style>" if rules else ""
    return svg(ROW * len(pages) + 4, "map-tip", fade + "".join(parts))


def levels(equations: Sequence[Node]) -> list[list[str]]:
    """Rows from top to bottom, so that every arrow between them leads down.

    The first row holds what comes from other chapters, the last ones what neither
    rests on anything named nor is rested on.
    """
    own = {one.label for one in equations}
    used = {label for one in equations for label in one.uses}
    level = {label: 0 for label in sorted(used - own)}
    for one in equations:  # in the order of the book: what it uses is there already
        if one.uses:
            level[one.label] = 1 + max(level[label] for label in one.uses)
        elif one.label in used:
            level[one.label] = 1
    alone = [one.label for one in equations if one.label not in level]
    order = [*sorted(used - own), *(one.label for one in equations)]
    rows = []
    for depth in range(max(level.values(), default=-1) + 1):
        row = [label for label in order if level.get(label) == depth]
        rows += [row[i : i + PER_ROW] for i in range(0, len(row), PER_ROW)]
    rows += [alone[i : i + PER_ROW] for i in range(0, len(alone), PER_ROW)]
    return rows


def places(equations: Sequence[Node]) -> dict[str, tuple[float, float]]:
    """Label → middle of its pill; a row is centred, ordered by what it rests on."""
    uses = {one.label: one.uses for one in equations}
    where: dict[str, tuple[float, float]] = {}

    def above(label: str) -> float:
        xs = [where[one][0] for one in uses.get(label, ()) if one in where]
        return sum(xs) / len(xs) if xs else WIDTH / 2

    for depth, row in enumerate(levels(equations)):
        span = len(row) * (PILL_W + GAP) - GAP
        for i, label in enumerate(sorted(row, key=above)):
            x = (WIDTH - span) / 2 + PILL_W / 2 + i * (PILL_W + GAP)
            where[label] = (x, 4 + PILL_H / 2 + depth * STEP)
    return where


def equations(
    chapter: Sequence[Node],
    known: Mapping[str, Node],
    address: Callable[[Node], str],
) -> str:
    """One chapter's equations as pills, with an arrow for each reason."""
    where = places(chapter)
    own = {one.label for one in chapter}
    name = f"map-tip-{Path(chapter[0].page).name[:2]}"
    parts = []
    for one in chapter:
        x, y = where[one.label]
        for source in one.uses:
            a, b = where[source]
            turn = (y - b) / 2
            parts.append(
                f'<path class="map-arc" marker-end="url(#{name})" d="M{a:g} '
                f"{b + PILL_H / 2:g}C{a:g} {b + turn:g} {x:g} {y - turn:g} {x:g} "
                f'{y - PILL_H / 2 - 1:g}"/>'
            )
    for label, (x, y) in where.items():
        one = known[label]
        kind = f"map-{one.verdict}" + ("" if label in own else " map-far")
        parts.append(
            f'<g data-to="{address(one)}" class="map-pill {kind}">'
            f'<rect x="{x - PILL_W / 2:g}" y="{y - PILL_H / 2:g}" width="{PILL_W}" '
            f'height="{PILL_H}" rx="{PILL_H / 2:g}"/>'
            f'<text x="{x:g}" y="{y + 4:g}">{one.number}</text></g>'
        )
    height = max(y for _, y in where.values()) + PILL_H / 2 + 6
    return svg(height, name, "".join(parts))
