"""The place among the tokens, and brackets that must close."""

from __future__ import annotations

from typing import TYPE_CHECKING

from .scanner import Token
from .tree import Node, NotUnderstood, Sym

CLOSE = {"(": ")", "[": "]", "\\{": "\\}", "{": "}", "<(": ")>"}


class Cursor:
    """Where the parser stands among the tokens of one expression.

    The classes that read names, laws and operators build on one another; what an upper
    one defines and a lower one needs is named here.
    """

    if TYPE_CHECKING:

        def expression(self) -> Node: ...
        def factor(self) -> Node: ...
        def primary(self, bare: bool = False) -> Node: ...
        def script(self) -> Node: ...
        def postfix(self, node: Node) -> Node: ...
        def run_of_factors(self, bound: Node | None = None, op: str = "") -> Node: ...
        def listed(self, first: Node) -> Node: ...
        def law(self, sym: Sym) -> Node: ...
        def big(self, t: Token) -> Node: ...
        def starts(self, t: Token) -> bool: ...
        def at_differential(self) -> bool: ...
        def bracket(self, t: Token) -> Node: ...
        def term(self) -> Node: ...
        def cases(self, t: Token) -> Node: ...
        @staticmethod
        def product(factors: list[Node], pos: int) -> Node: ...

    def __init__(self, tokens: list[Token]) -> None:
        self.tokens = tokens
        self.i = 0
        self.depth = 0
        self.context: list[str] = []
        self.integrals = 0

    def peek(self, ahead: int = 0) -> Token:
        return self.tokens[min(self.i + ahead, len(self.tokens) - 1)]

    def next(self) -> Token:
        t = self.peek()
        self.i += 1
        return t

    def expect(self, kind: str) -> Token:
        t = self.next()
        if t.kind != kind:
            if kind == "}" and t.kind == "end":
                raise NotUnderstood(
                    "a brace is opened and never closed", self.unclosed()
                )
            raise NotUnderstood(f"{t.text!r} where {kind!r} must stand", t.pos)
        return t

    def unclosed(self) -> int:
        """Where the innermost brace still open stands."""
        depth = 0
        for t in reversed(self.tokens):
            depth += (t.kind == "}") - (t.kind == "{")
            if depth < 0:
                return t.pos
        return self.tokens[-1].pos

    def close(self, opened: Token) -> None:
        """Any closing bracket closes: people write ``[0, 1)`` and ``\\left( ]``."""
        t = self.peek()
        if t.kind not in (")", "]", "\\}", ")>"):
            what = (
                "a bracket is opened and never closed"
                if t.kind == "end"
                else f"{t.text!r} inside a bracket"
            )
            raise NotUnderstood(what, opened.pos if t.kind == "end" else t.pos)
        self.next()

    def skip_group(self) -> None:
        level = 0
        while self.peek().kind != "end":
            kind = self.next().kind
            level += {"{": 1, "}": -1}.get(kind, 0)
            if level <= 0:
                return
