"""Tokens to tree: expressions (the statements around them are in ``statements``)."""

from __future__ import annotations

from fractions import Fraction

from .atoms import Atoms
from .lexer import tokenise
from .scanner import Token
from .spelling import latex as spelt
from .tree import (
    Add,
    Call,
    Cases,
    Div,
    Fn,
    Mul,
    Neg,
    Node,
    Norm,
    NotUnderstood,
    Num,
    Pow,
    Sym,
    Transpose,
)
from .walking import free_in

MAX_DEPTH = 60
STARTS = {
    "id", "num", "word", "fn", "big", "int", "(", "[", "\\{", "{", "mark", "nabla",
    "infty", "emptyset", "|", "||", "dots", "partial", "cases",
}  # fmt: skip


class Parser(Atoms):
    """Recursive descent over the tokens of one expression."""

    def whole(self) -> Node:
        """The expression that all tokens make."""
        node = self.expression()
        if self.peek().kind != "end":
            t = self.peek()
            raise NotUnderstood(f"{t.text!r} here", t.pos)
        return node

    def expression(self) -> Node:
        self.depth += 1
        if self.depth > MAX_DEPTH:
            raise NotUnderstood(
                f"brackets nested more than {MAX_DEPTH} deep", self.peek().pos
            )
        pos = self.peek().pos
        terms: list[Node] = []
        while True:
            sign = 1
            t = self.peek()
            if t.kind == "op" and t.text in "+-":
                self.next()
                sign = -1 if t.text == "-" else 1
                while self.peek().kind == "op" and self.peek().text in ("+", "-"):
                    sign = -sign if self.next().text == "-" else sign
            elif terms and not self.signed_brace(t):
                break
            term = self.term()
            terms.append(Neg(term, pos=t.pos) if sign < 0 else term)
            if self.at_differential():
                break
        self.depth -= 1
        return terms[0] if len(terms) == 1 else Add(tuple(terms), pos=pos)

    def starts(self, t: Token) -> bool:
        """Can ``t`` begin a factor here?"""
        top = self.context[-1] if self.context else ""
        if t.kind == "||":
            if t.side:
                return t.side == "L"
            return top not in ("norm", "kl")
        if t.kind == "|":
            if t.side:
                return t.side == "L"
            return top not in ("abs", "bar", "kl")
        if t.kind == "cmd":
            named = t.text not in ("begin", "end", "over")
            return named and not self.signed_brace(t)
        return t.kind in STARTS

    def signed_brace(self, t: Token) -> bool:
        """``a \\underbrace{- b}_{c}`` is a sum, not a product."""
        if t.kind != "cmd" or t.text not in ("underbrace", "overbrace"):
            return False
        sign = self.peek(2)
        return self.peek(1).kind == "{" and sign.kind == "op" and sign.text in "+-"

    def term(self) -> Node:
        pos = self.peek().pos
        factors = [self.factor()]
        while not self.at_differential():
            t = self.peek()
            if t.kind == "op" and t.text in ("cdot", "times"):
                self.next()
                if self.peek().kind == "end" or self.peek().text in (")", "}"):
                    raise NotUnderstood("a product without its last factor", t.pos)
                factors.append(self.factor())
            elif t.kind == "op" and t.text == "/":
                self.next()
                den = self.denominator()
                factors = [Div(self.product(factors, pos), den, pos=pos)]
            elif self.starts(t):
                factors.append(self.factor())
            else:
                break
        return self.product(factors, pos)

    def denominator(self) -> Node:
        """What a slash divides by: ``/2\\sigma^2`` divides by all of it."""
        number = self.peek().kind == "num"
        den = self.factor()
        after = self.peek()
        if number and after.kind in ("id", "mark") and not self.at_differential():
            return Mul((den, self.factor()), pos=den.pos)
        return den

    @staticmethod
    def product(factors: list[Node], pos: int) -> Node:
        return factors[0] if len(factors) == 1 else Mul(tuple(factors), pos=pos)

    def run_of_factors(self, bound: Node | None = None, op: str = "") -> Node:
        """The operand of a function or big operator written without brackets."""
        pos = self.peek().pos
        factors = [self.factor()]
        while not self.at_differential():
            t = self.peek()
            if t.kind == "fn" and not bound and t.text == "log":
                break
            if t.kind == "op" and t.text == "/":
                self.next()
                den = self.denominator()
                factors = [Div(self.product(factors, pos), den, pos=pos)]
                continue
            dot = t.kind == "op" and t.text in ("cdot", "times")
            if not (self.starts(t) or (dot and bound)):
                break
            mark = self.i
            if dot:
                self.next()
            factor = self.factor()
            if op == "prod" and bound is not None and not free_in(bound, factor):
                self.i = mark
                break
            factors.append(factor)
        return self.product(factors, pos)

    def at_differential(self) -> bool:
        if not self.integrals:
            return False
        t, after = self.peek(), self.peek(1)
        return (
            t.kind == "id"
            and t.text == "d"
            and after.kind in ("id", "mark", "{")
            and after.text != "d"
        )

    def factor(self) -> Node:
        node = self.primary()
        return self.postfix(node)

    def postfix(self, node: Node) -> Node:
        while True:
            t = self.peek()
            if t.kind == "^":
                self.next()
                node = self.raised(node, t)
            elif t.kind == "top":
                self.next()
                node = Transpose(node, pos=t.pos)
            elif t.kind == "!":
                self.next()
                node = Fn("factorial", node, pos=t.pos)
            elif t.kind == "_" and (
                isinstance(node, Norm)
                or (isinstance(node, Pow) and isinstance(node.base, Norm))
            ):
                self.next()
                index = self.script()
                if index != Num(Fraction(2)):
                    raise NotUnderstood("this norm", t.pos)
            elif t.kind == "_" and isinstance(node, Sym) and not node.subs:
                node = self.indexed(node)
            elif t.kind == "_":
                raise NotUnderstood("an index on an expression", t.pos)
            else:
                return node

    def raised(self, node: Node, t: Token) -> Node:
        tagged = self.peek().kind == "{" and self.peek(1).kind == "("
        if tagged and isinstance(node, Call):
            raise NotUnderstood("a tag after a function's arguments", t.pos)
        exponent = self.script()
        if isinstance(exponent, Transpose) and exponent.arg == Sym(""):
            return Transpose(node, pos=t.pos)
        if node == Sym("e"):
            return Fn("exp", exponent, pos=node.pos)
        return Pow(node, exponent, pos=t.pos)

    def script(self) -> Node:
        """What follows ``^`` or ``_``: one token or one group."""
        t = self.peek()
        if t.kind == "top":
            self.next()
            return Transpose(Sym(""), pos=t.pos)
        if t.kind == "{" and self.peek(1).kind == "top" and self.peek(2).kind == "}":
            self.i += 3
            return Transpose(Sym(""), pos=t.pos)
        if t.kind == "{":
            return self.group()
        if t.kind == "num" and len(t.text) > 1 and "." not in t.text:
            # TeX: x^12 raises to 1 only, but people mean what they see in a number
            self.next()
            return Num(Fraction(t.text), pos=t.pos)
        return self.primary(bare=True)

    def cases(self, t: Token) -> Node:
        """The values of a definition by cases, one a row."""
        tokens, _, _ = tokenise(t.text)
        rows: list[list[Token]] = [[]]
        done = False
        for u in tokens:
            if u.kind == "newline":
                rows.append([])
                done = False
            done = done or u.kind in ("&", "text", ",")
            if not done and u.kind not in ("newline", "end"):
                rows[-1].append(u._replace(pos=t.pos))
        self.depth += 1
        if self.depth > MAX_DEPTH:
            raise NotUnderstood(f"brackets nested more than {MAX_DEPTH} deep", t.pos)
        items = tuple(parse_tokens(row) for row in rows if row)
        self.depth -= 1
        if not items:
            raise NotUnderstood("an empty group", t.pos)
        return Cases(items, pos=t.pos)


def parse_tokens(tokens: list[Token]) -> Node:
    """The tree of one expression given as tokens (without relations)."""
    last = tokens[-1]
    end = last if last.kind == "end" else Token("end", "the end", last.pos + 1)
    body = [t for t in tokens if t.kind not in ("quad", "&", "newline", "end")]
    return Parser([*body, end]).whole()


def parse_expression(latex: str) -> Node:
    """The tree of one expression, e.g. ``\\bar\\alpha_{t-1}``."""
    tokens, _, _ = tokenise(spelt(latex))
    return parse_tokens(tokens)
