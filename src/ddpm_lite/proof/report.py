"""Proofreading: every statement of every document, with its verdict."""

from __future__ import annotations

import json
import re
from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from .blocks import Block, blocks
from .checking import believe, scaled_noise
from .context import Context
from .deciding import decide_all
from .documents import files, read
from .firststep import ORDER, READINGS
from .statements import Statement, split
from .tree import NotUnderstood
from .verdict import MARK, numbers

BARRED = re.compile(r"\\(?:bar|overline)\s*\{?\s*\\alpha")
VERDICTS = ("proved", "holds", "defines", "false", "unknown")


@dataclass(frozen=True)
class Record:
    """One relation in a document."""

    line: int
    column: int
    label: str | None
    latex: str
    verdict: str
    world: str
    rule: str
    pair: int
    why: str
    counterexample: dict[str, Any] | None
    slip: str | None = None  # the label of the slip block around it
    display: bool = True
    exempt: str | None = None

    def as_json(self) -> dict[str, Any]:
        names = (
            "line",
            "column",
            "label",
            "latex",
            "verdict",
            "world",
            "rule",
            "pair",
            "why",
            "counterexample",
        )
        return {name: getattr(self, name) for name in names}


@dataclass(frozen=True)
class Report:
    """What was found, file by file; prints as text, JSON or HTML."""

    files: tuple[tuple[str, tuple[Record, ...]], ...]

    @property
    def statements(self) -> list[Record]:
        return [r for _, records in self.files for r in records]

    @property
    def counts(self) -> dict[str, int]:
        tally = Counter(r.verdict for r in self.statements)
        return {v: tally.get(v, 0) for v in VERDICTS}

    @property
    def failures(self) -> list[tuple[str, Record]]:
        """False outside slip blocks, and slip blocks in which nothing is false."""
        out = []
        for name, records in self.files:
            slips: dict[str, list[Record]] = {}
            for r in records:
                if r.slip is not None:
                    slips.setdefault(r.slip, []).append(r)
                elif r.verdict == "false":
                    out.append((name, r))
            for group in slips.values():
                if not any(r.verdict == "false" for r in group):
                    out.append((name, group[0]))
        return out

    def json(self) -> str:
        data = {
            "files": [
                {"file": name, "statements": [r.as_json() for r in records]}
                for name, records in self.files
            ],
            "counts": self.counts,
        }
        return json.dumps(data, ensure_ascii=False, indent=1)

    def text(self) -> str:
        lines: list[str] = []
        for name, records in self.files:
            if not records:
                lines.append(f"{name}: no statements found")
                continue
            lines.append(name)
            for r in records:
                lines += _lines(name, r)
        tally = ", ".join(f"{n} {v}" for v, n in self.counts.items() if n)
        lines.append(tally or "no statements found")
        return "\n".join(lines)

    def html(self) -> str:
        from .page import page

        return page(self)

    def __str__(self) -> str:
        return self.text()

    def _repr_html_(self) -> str:
        from .page import fragment

        return fragment(self)


def _lines(name: str, r: Record) -> list[str]:
    where = f"  {r.line}:{r.column}"
    tag = f" [{r.label}]" if r.label else ""
    latex = " ".join(r.latex.split())
    if len(latex) > 100:
        latex = latex[:97] + "..."
    head = f"{where} {MARK[r.verdict]} {r.verdict}{tag}  {latex}"
    out = [head]
    if r.verdict in ("false", "unknown") and r.why:
        out.append(f"      {r.why}")
    if r.counterexample:
        out.append(f"      {numbers(r.counterexample)}")
    return out


def proofread(
    paths: str | Path | Iterable[str | Path],
    alias: Iterable[str] = (),
    first_step: int = 1,
) -> Report:
    """Read documents (or folders) and decide every statement in them.

    ``alias`` holds pairs such as ``a_t=\\alpha_t``. ``first_step`` is 1, or 0 for texts
    that count from 0: these are read in each of the usual senses (``firststep``), and
    what is true in one of them is not false. Raises BadInput for a path that cannot be
    read and NotUnderstood for a malformed alias.
    """
    given = [paths] if isinstance(paths, str | Path) else list(paths)
    alias = tuple(alias)
    for pair in alias:
        Context().alias(pair)
    out = []
    for path in files([Path(p) for p in given]):
        out.append((str(path), tuple(decide_blocks(read(path), alias, first_step))))
    return Report(tuple(out))


def proofread_text(text: str, alias: Iterable[str] = (), first_step: int = 1) -> Report:
    """The same for a text at hand."""
    return Report((("text", tuple(decide_blocks(blocks(text), alias, first_step))),))


def decide_blocks(
    found: Iterable[Block], alias: Iterable[str] = (), first_step: int = 1
) -> list[Record]:
    """Verdicts on blocks in document order; earlier definitions stay in force."""
    alias, found = tuple(alias), list(found)
    if first_step == 1:
        return decide_in_order(found, alias, Context())
    contexts = [Context(count=count) for count in READINGS.values()]
    read = [decide_in_order(found, alias, context) for context in contexts]
    return [best(records) for records in zip(*read, strict=True)]


def best(records: tuple[Record, ...]) -> Record:
    """The verdict in the reading that is kindest, with that reading in its reason."""
    verdicts = [r.verdict for r in records]
    k = min(range(len(records)), key=lambda n: ORDER.index(verdicts[n]))
    chosen = records[k]
    if len(set(verdicts)) == 1 and chosen.verdict != "false":
        return chosen
    words = f"reading: {list(READINGS)[k]}"
    if chosen.verdict == "false":
        words = "in every reading of steps from 0; shown: " + list(READINGS)[k]
    return replace(chosen, why=f"{chosen.why}; {words}" if chosen.why else words)


def decide_in_order(
    found: list[Block], alias: Iterable[str], context: Context
) -> list[Record]:
    for pair in alias:
        context.alias(pair)
    if not any(BARRED.search(b.latex) for b in found):
        believe(readable(found), context)
    out: list[Record] = []
    for block in found:
        if block.exempt is None:
            out += decide_block(block, context)
    return out


def readable(found: Iterable[Block]) -> Iterator[list[Statement]]:
    """The statements of the blocks about alpha that can be read."""
    for block in found:
        if r"\alpha" in block.latex and block.exempt is None and block.slip is None:
            try:
                yield split(block.latex)[0]
            except NotUnderstood:
                continue


def decide_block(block: Block, context: Context) -> list[Record]:
    last, head = context.last, context.head
    context.inline = not block.display
    try:
        statements, _, _ = split(block.latex)
    except NotUnderstood as error:
        context.last = context.head = None
        return [_unread(block, error)] if block.display else []
    out: list[Record] = []
    context.noise = scaled_noise(statements)
    if block.display:
        context.when = ()
    if not statements:
        if block.display and not _only_dots(block.latex):
            context.last = context.head = _expression(block.latex, context)
        return out
    led = False
    if statements[0].continues and block.lead:
        start = _expression(block.lead, context)
        led = start is not None
        context.last = start if led else context.last
        context.head = start if led else context.head
    for s, pairs in decide_all(statements, context):
        for p in pairs:
            far = block.prose and not led
            if s.continues and p.index == 0 and p.verdict == "false" and far:
                p = replace(
                    p,
                    verdict="unknown",
                    counterexample=None,
                    why="words stand between this and the equation it would continue",
                )
            row = block.latex[: p.pos].count("\n")
            start = block.latex.rfind("\n", 0, p.pos) + 1
            column = p.pos - start + (block.column if row == 0 else 1)
            out.append(
                Record(
                    block.line + row,
                    column,
                    block.label,
                    p.latex,
                    p.verdict,
                    p.world,
                    p.rule,
                    p.index,
                    p.why,
                    p.counterexample,
                    block.slip,
                    block.display,
                )
            )
    if not block.display and len(block.latex) < 15:
        context.last, context.head = last, head
    return out


def _only_dots(latex: str) -> bool:
    """A block of vertical dots skips steps of one derivation."""
    return bool(re.fullmatch(r"[\s.:⋮]*(\\(vdots|dots|cdots|ldots)[\s.:⋮]*)+", latex))


def _expression(latex: str, context: Context) -> Any:
    """A block without a relation may still be continued by the next."""
    from .grammar import parse_expression

    try:
        return context.apply(parse_expression(latex))
    except NotUnderstood:
        return None


def _unread(block: Block, error: NotUnderstood) -> Record:
    row = block.latex[: error.pos].count("\n")
    return Record(
        block.line + row,
        block.column,
        block.label,
        block.latex.strip(),
        "unknown",
        "",
        "",
        0,
        str(error),
        None,
        block.slip,
        block.display,
    )
