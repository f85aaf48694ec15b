"""Blocks of mathematics to statements: rows, chains, side remarks, tags."""

from __future__ import annotations

from dataclasses import dataclass, replace

from .grammar import parse_tokens
from .lexer import tokenise
from .scanner import Token
from .segments import ARROWS, SHUT, Segment, depths_of, rows, segments, unwrapped
from .spelling import latex as spelt
from .tree import Node, NotUnderstood

ARROW = "-->"  # an arrow where "=" might stand


@dataclass(frozen=True)
class Part:
    """One expression of a chain: its tree, or why it could not be read."""

    node: Node | None
    error: NotUnderstood | None
    pos: int
    row: int
    latex: str

    @property
    def tree(self) -> Node:
        if self.node is None:
            assert self.error is not None
            raise self.error
        return self.node


@dataclass(frozen=True)
class Statement:
    """A chain of claims; ``continues`` when its first relation has no left side."""

    parts: tuple[Part, ...]
    relations: tuple[str, ...]
    continues: bool = False
    aside: bool = False  # a remark beside a formula, which goes on after it

    @property
    def pairs(self) -> int:
        return len(self.relations)


class _Builder:
    """Collects segments into chains."""

    def __init__(self, source: str) -> None:
        self.source = source
        self.done: list[Statement] = []
        self.parts: list[tuple[list[Token], int]] = []
        self.relations: list[str] = []
        self.continues = False

    def flush(self) -> None:
        self.skip_dots()
        if self.relations and any(t for t, _ in self.parts):
            parts = tuple(self._part(t, row) for t, row in self.parts)
            self.done.append(Statement(parts, tuple(self.relations), self.continues))
        self.parts, self.relations, self.continues = [], [], False

    def skip_dots(self) -> None:
        r"""``a = \dots = b`` claims a = b."""
        shift = 0 if self.continues else 1
        k = len(self.parts) - 2
        while k > 0:
            dots = [t.kind for t in self.parts[k][0] if t.kind != "quad"] == ["dots"]
            around = self.relations[k - shift : k - shift + 2]
            if dots and around == ["=", "="]:
                del self.parts[k], self.relations[k - shift]
            k -= 1

    def _part(self, tokens: list[Token], row: int) -> Part:
        while tokens and tokens[-1].kind in (",", ".", ";", "quad", ":"):
            tokens = tokens[:-1]
        if not tokens:
            error = NotUnderstood("a relation with nothing on one side")
            return Part(None, error, 0, row, "")
        start = tokens[0].pos
        latex = self.source[start : max(t.end for t in tokens)].strip()
        try:
            return Part(parse_tokens(tokens), None, start, row, latex)
        except NotUnderstood as error:
            law = _conditional(tokens)
            if law is not None:
                return Part(law, None, start, row, latex)
            return Part(None, error, start, row, latex)
        except RecursionError:
            deep = NotUnderstood("brackets nested too deeply", start)
            return Part(None, deep, start, row, latex)

    def claims(self, segment: Segment, row: int, fresh: bool) -> None:
        """Cut a segment at its relations and append it to the chain."""
        cuts = segment.relations()
        pieces: list[list[Token]] = []
        rels: list[str] = []
        last = 0
        for k in cuts:
            pieces.append(segment.tokens[last:k])
            rels.append(segment.tokens[k].text)
            last = k + 1
        pieces.append(segment.tokens[last:])
        lead = not [t for t in pieces[0] if t.kind != "quad"] and bool(cuts)
        if fresh and not lead:
            self.flush()
        if lead:
            if not self.parts:
                self.continues = True
            pieces = pieces[1:]
            self.relations.extend(rels)
        else:
            self.relations.extend(rels)
        self.parts.extend((p, row) for p in pieces)

    def feed(self, segment: Segment, row: int) -> None:
        body = segment.body
        has = bool(segment.relations())
        before = segment.before
        if segment.is_tag() and (self.parts or before != "start"):
            return
        if before in ARROWS:
            self.arrow(segment, row, has)
        elif segment.is_remark():
            self.aside(segments(body[1:-1]), row)
        elif has and self.drawn_beside(segment, row):
            self.aside([Segment(segment.tokens, "start")], row)
        elif has:
            self.claims(segment, row, fresh=True)
        elif before == "quad" and self.parts and body[0].kind != "num":
            if depths_of(body)[-1] - (body[-1].kind in SHUT) + 1 > 1:
                return  # an open bracket of a remark that never closes
            if not (len(body) == 1 and body[0].kind == "op"):
                self.parts[-1][0].extend(body)
        elif before == "start":
            self.flush()
            self.parts.append((segment.tokens, row))

    def drawn_beside(self, segment: Segment, row: int) -> bool:
        r"""``x = ... \quad \epsilon \sim N(0, I)``: the next row continues x."""
        kinds = {segment.tokens[k].text for k in segment.relations()}
        same_row = bool(self.parts) and self.parts[-1][1] == row
        return kinds == {"~"} and same_row and bool(self.relations)

    def aside(self, segments: list[Segment], row: int) -> None:
        """A claim beside the formula, after which the formula goes on."""
        saved = (self.parts, self.relations, self.continues)
        self.parts, self.relations, self.continues = [], [], False
        before = len(self.done)
        if saved[0] and segments and segments[0].leads():
            self.parts = [saved[0][-1]]  # "(= b)" says that what stands before is b
        for part in segments:
            self.feed(part, row)
        self.flush()
        self.done[before:] = [replace(s, aside=True) for s in self.done[before:]]
        self.parts, self.relations, self.continues = saved

    def arrow(self, segment: Segment, row: int, has: bool) -> None:
        """``=> a = b`` is a claim; ``=> b`` at the start of a row means ``= b``."""
        if not segment.body:
            self.pending = True
            return
        if has:
            self.claims(segment, row, fresh=True)
        elif segment.before in ("=>", "<=>", "->") and segment.before != "because":
            fresh_row = not self.parts or self.parts[-1][1] != row
            if segment.before == "->" and not fresh_row:
                return
            if not self.parts:
                self.continues = True
            self.relations.append(ARROW)
            self.parts.append((segment.tokens, row))


def _conditional(tokens: list[Token]) -> Node | None:
    """``x_t | x_0`` before a ~: the law of x_t given x_0."""
    depths = depths_of(tokens)
    bars = [k for k, t in enumerate(tokens) if t.kind in ("|", "mid") and not depths[k]]
    if len(bars) != 1:
        return None
    first, last = tokens[0], tokens[-1]
    wrapped = [
        Token("id", "q", first.pos), Token("(", "(", first.pos), *tokens,
        Token(")", ")", last.pos),
    ]  # fmt: skip
    try:
        return parse_tokens(wrapped)
    except NotUnderstood:
        return None


def split(latex: str) -> tuple[list[Statement], list[str], list[str]]:
    """The statements of one block, with its ``\\tag``s and ``\\label``s.

    Raises NotUnderstood when the block cannot even be cut into tokens.
    """
    latex = spelt(latex)
    tokens, tags, labels = tokenise(latex)
    tokens = unwrapped(tokens)
    builder = _Builder(latex)
    builder.pending = False
    for number, row in enumerate(rows(tokens)):
        for k, segment in enumerate(segments(row)):
            if builder.pending and k == 0 and segment.before == "start":
                segment.before = "=>"
            builder.pending = False
            builder.feed(segment, number)
    builder.flush()
    return builder.done, tags, labels
