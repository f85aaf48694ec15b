"""Proofreading: every statement of every document, with its verdict."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

from .blocks import Block, blocks
from .checking import believe, scaled_noise
from .context import Context
from .deciding import decide_all
from .documents import files, read
from .firststep import ORDER, READINGS
from .records import Record, Report
from .statements import Statement, split
from .tree import NotUnderstood

BARRED = re.compile(r"\\(?:bar|overline)\s*\{?\s*\\alpha")


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
