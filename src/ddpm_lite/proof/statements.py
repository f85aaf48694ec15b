"""Blocks of mathematics to statements: rows, chains, side remarks, tags."""

from __future__ import annotations

import re
from dataclasses import dataclass, replace

from .grammar import parse_tokens
from .lexer import Token, tokenise
from .spelling import latex as spelt
from .tree import Node, NotUnderstood
from .vocabulary import CLAIMS

ARROWS = {"=>", "<=>", "->", "<-", "because", "forall", "perp", "in", "end"}
ARROW = "-->"  # an arrow where "=" might stand
OPEN = {"(", "[", "\\{", "{", "<("}
SHUT = {")", "]", "\\}", "}", ")>"}
NAMES = {"id", "word", "mark"}
_TAG = re.compile(r"\d+(\.\d+)*[a-z']?")


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


def _depths(tokens: list[Token]) -> list[int]:
    depth, out = 0, []
    for t in tokens:
        if t.kind in SHUT:
            depth -= 1
        out.append(depth)
        if t.kind in OPEN:
            depth += 1
    return out


def _unwrapped(tokens: list[Token]) -> list[Token]:
    """``{\\color{red} a = b}``, ``\\boxed{a = b}``: braces that say nothing, undone."""
    dropped: set[int] = set()
    open_at: list[int] = []
    claims: list[bool] = []
    for k, t in enumerate(tokens):
        if t.kind == "{":
            open_at.append(k)
            claims.append(False)
        elif t.kind == "}" and open_at:
            start, claim = open_at.pop(), claims.pop()
            before = tokens[start - 1].kind if start else "start"
            if claim and before not in ("^", "_", "cmd", "mark", "big", "fn", "rel"):
                dropped |= {start, k}
        elif t.kind == "rel" and t.text in CLAIMS and claims:
            claims[-1] = True
    return [t for k, t in enumerate(tokens) if k not in dropped]


def _rows(tokens: list[Token]) -> list[list[Token]]:
    """The printed rows; a row with an open bracket goes on in the next."""
    rows: list[list[Token]] = [[]]
    depth = 0
    for k, t in enumerate(tokens):
        if t.kind == "newline" and depth <= 0:
            rows.append([])
            depth = 0
            continue
        depth += (t.kind in OPEN) - (t.kind in SHUT)
        if t.kind == "&" and depth <= 0 and _new_column(rows[-1], tokens[k + 1 :]):
            rows[-1].append(t._replace(kind="quad"))
        if t.kind not in ("&", "newline", "end"):
            rows[-1].append(t)
    joined: list[list[Token]] = []
    for row in rows:
        body = [t for t in row if t.kind != "quad"]
        if not body:
            continue
        before = (
            [t for t in joined[-1] if t.kind not in ("quad", "text")] if joined else []
        )
        starts_op = body[0].kind == "op" or (body[0].kind == "dots" and len(body) > 1)
        ends_open = bool(before) and before[-1].kind in ("op", "rel")
        if before and (starts_op or (ends_open and body[0].kind != "rel")):
            joined[-1].extend(row)
        else:
            joined.append(row)
    return joined


def _new_column(before: list[Token], after: list[Token]) -> bool:
    """``a &= b & c &= d``: does the ``&`` part two equations of one row?"""
    if not before or not after or before[-1].kind in ("op", "rel", "quad"):
        return False
    start = after[0].kind not in ("op", "rel", "quad", "newline", "end", "&")
    return start and any(t.kind == "rel" for t in before)


@dataclass
class _Segment:
    tokens: list[Token]
    before: str

    @property
    def body(self) -> list[Token]:
        return [t for t in self.tokens if t.kind != "quad"]

    def relations(self) -> list[int]:
        depths = _depths(self.tokens)
        return [
            k
            for k, t in enumerate(self.tokens)
            if t.kind == "rel" and t.text in CLAIMS and depths[k] == 0
        ]

    def leads(self) -> bool:
        """Does it begin with a relation?"""
        return self.relations()[:1] == [0] and bool(self.body)

    def is_tag(self) -> bool:
        inner = self.body
        if len(inner) < 3 or inner[0].kind != "(" or inner[-1].kind != ")":
            return False
        return bool(_TAG.fullmatch("".join(t.text for t in inner[1:-1])))

    def is_remark(self) -> bool:
        """A bracketed claim beside the formula."""
        body = self.body
        depths = _depths(body)
        return (
            len(body) > 4
            and body[0].kind == "("
            and body[-1].kind == ")"
            and all(d > 0 for d in depths[1:-1])
            and any(t.kind == "rel" for t in body)
        )


def _without_remarks(row: list[Token]) -> list[Token]:
    """The row without bracketed words, ``(\\text{by Jensen})``, and their dots."""
    out: list[Token] = []
    k = 0
    while k < len(row):
        t, last = row[k], out[-1] if out else None
        words = k + 1 < len(row) and row[k + 1].kind == "text"
        beside = last is None or last.kind == "quad"
        named = last is not None and last.kind in NAMES
        if t.kind == "(" and (words or beside) and not named:
            end = _closing(row, k)
            if _is_wording(row[k + 1 : end - 1], words, beside):
                k = end
                continue
        if t.kind == "dots" and (words or _dangling(row, k)):
            k += 1  # "... (1)", "... by Bayes"
            continue
        out.append(t)
        k += 1
    return out


def _is_wording(inside: list[Token], words: bool, beside: bool) -> bool:
    r"""Is this bracket a remark? It starts with words, or stands ``beside`` and has
    words between letters, ``(x_t \\text{ drawn from } q)``; ``(\\text{a} = \\text{b})``
    is one, too."""
    kinds = {t.kind for t in inside}
    if not words and not (beside and "text" in _plain_kinds(inside)):
        return False
    return "rel" not in kinds or kinds <= {"text", "rel", "quad"}


def _plain_kinds(tokens: list[Token]) -> set[str]:
    """What stands outside brackets, indices and powers."""
    depths = _depths(tokens)
    return {t.kind for t, depth in zip(tokens, depths, strict=True) if depth == 0}


def _dangling(row: list[Token], k: int) -> bool:
    """Dots that stand alone after a wide space."""
    after = row[k + 1].kind if k + 1 < len(row) else "end"
    return bool(k) and row[k - 1].kind == "quad" and after in ("end", "quad")


def _closing(row: list[Token], k: int) -> int:
    """The place just after the bracket that opens at ``k``."""
    depth = 0
    for j in range(k, len(row)):
        depth += (row[j].kind in OPEN) - (row[j].kind in SHUT)
        if depth == 0:
            return j + 1
    return len(row)


def _segments(row: list[Token]) -> list[_Segment]:
    """A row cut at spaces, prose, commas and arrows outside brackets."""
    row = _without_remarks(row)
    depths = _depths(row)
    out = [_Segment([], "start")]
    for k, t in enumerate(row):
        top = depths[k] == 0
        if t.kind == "text":
            script = [u.kind for u in row[max(0, k - 2) : k]]
            if top:
                out.append(_Segment([], "text"))
            elif script in (["^", "{"], ["_", "{"]):
                out[-1].tokens.append(t)
        elif top and t.kind in (",", ";", "quad", ".", ":"):
            before = out[-1].before if not out[-1].body else ""
            kind = "quad" if t.kind == "quad" else ","
            if before and (before == "start" or kind == "quad"):
                continue
            out.append(_Segment([], kind))
        elif top and t.kind == "rel" and t.text in ARROWS:
            out.append(_Segment([], t.text))
        else:
            out[-1].tokens.append(t)
    return [s for s in out if s.body or s.before in ARROWS]


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

    def claims(self, segment: _Segment, row: int, fresh: bool) -> None:
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

    def feed(self, segment: _Segment, row: int) -> None:
        body = segment.body
        has = bool(segment.relations())
        before = segment.before
        if segment.is_tag() and (self.parts or before != "start"):
            return
        if before in ARROWS:
            self.arrow(segment, row, has)
        elif segment.is_remark():
            self.aside(_segments(body[1:-1]), row)
        elif has and self.drawn_beside(segment, row):
            self.aside([_Segment(segment.tokens, "start")], row)
        elif has:
            self.claims(segment, row, fresh=True)
        elif before == "quad" and self.parts and body[0].kind != "num":
            if _depths(body)[-1] - (body[-1].kind in SHUT) + 1 > 1:
                return  # an open bracket of a remark that never closes
            if not (len(body) == 1 and body[0].kind == "op"):
                self.parts[-1][0].extend(body)
        elif before == "start":
            self.flush()
            self.parts.append((segment.tokens, row))

    def drawn_beside(self, segment: _Segment, row: int) -> bool:
        r"""``x = ... \quad \epsilon \sim N(0, I)``: the next row continues x."""
        kinds = {segment.tokens[k].text for k in segment.relations()}
        same_row = bool(self.parts) and self.parts[-1][1] == row
        return kinds == {"~"} and same_row and bool(self.relations)

    def aside(self, segments: list[_Segment], row: int) -> None:
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

    def arrow(self, segment: _Segment, row: int, has: bool) -> None:
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
    depths = _depths(tokens)
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
    tokens = _unwrapped(tokens)
    builder = _Builder(latex)
    builder.pending = False
    for number, row in enumerate(_rows(tokens)):
        for k, segment in enumerate(_segments(row)):
            if builder.pending and k == 0 and segment.before == "start":
                segment.before = "=>"
            builder.pending = False
            builder.feed(segment, number)
    builder.flush()
    return builder.done, tags, labels
