"""Tokens to rows, and rows to segments: cut at spaces, prose, commas and arrows."""

from __future__ import annotations

import re
from dataclasses import dataclass

from .scanner import Token
from .vocabulary import CLAIMS

ARROWS = {"=>", "<=>", "->", "<-", "because", "forall", "perp", "in", "end"}
OPEN = {"(", "[", "\\{", "{", "<("}
SHUT = {")", "]", "\\}", "}", ")>"}
NAMES = {"id", "word", "mark"}
_TAG = re.compile(r"\d+(\.\d+)*[a-z']?")


def depths_of(tokens: list[Token]) -> list[int]:
    depth, out = 0, []
    for t in tokens:
        if t.kind in SHUT:
            depth -= 1
        out.append(depth)
        if t.kind in OPEN:
            depth += 1
    return out


def unwrapped(tokens: list[Token]) -> list[Token]:
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


def rows(tokens: list[Token]) -> list[list[Token]]:
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
class Segment:
    tokens: list[Token]
    before: str

    @property
    def body(self) -> list[Token]:
        return [t for t in self.tokens if t.kind != "quad"]

    def relations(self) -> list[int]:
        depths = depths_of(self.tokens)
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
        depths = depths_of(body)
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
    depths = depths_of(tokens)
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


def segments(row: list[Token]) -> list[Segment]:
    """A row cut at spaces, prose, commas and arrows outside brackets."""
    row = _without_remarks(row)
    depths = depths_of(row)
    out = [Segment([], "start")]
    for k, t in enumerate(row):
        top = depths[k] == 0
        if t.kind == "text":
            script = [u.kind for u in row[max(0, k - 2) : k]]
            if top:
                out.append(Segment([], "text"))
            elif script in (["^", "{"], ["_", "{"]):
                out[-1].tokens.append(t)
        elif top and t.kind in (",", ";", "quad", ".", ":"):
            before = out[-1].before if not out[-1].body else ""
            kind = "quad" if t.kind == "quad" else ","
            if before and (before == "start" or kind == "quad"):
                continue
            out.append(Segment([], kind))
        elif top and t.kind == "rel" and t.text in ARROWS:
            out.append(Segment([], t.text))
        else:
            out[-1].tokens.append(t)
    return [s for s in out if s.body or s.before in ARROWS]
