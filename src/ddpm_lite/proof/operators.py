"""Operators: fractions, roots, derivatives, sums, products, integrals."""

from __future__ import annotations

from fractions import Fraction

from .cursor import CLOSE
from .functions import Functions
from .scanner import Token
from .tree import (
    Add,
    Big,
    Brace,
    Div,
    Except,
    Grad,
    Integral,
    Node,
    NotUnderstood,
    Num,
    Pow,
    Seq,
    Sqrt,
    Sym,
)
from .walking import contains


class Operators(Functions):
    """Reads what takes an operand."""

    def structure(self, t: Token) -> Node:
        name = t.text
        if name in ("frac", "dfrac", "tfrac", "cfrac", "sfrac", "nicefrac"):
            return self.fraction(t)
        if name == "sqrt":
            return self.root(t)
        if name in ("underbrace", "overbrace"):
            body = self.script()
            if self.peek().kind in ("_", "^"):
                self.next()
                label = self.brace_name()
                if label is not None:
                    return Brace(body, label, pos=t.pos)
            return body
        if name == "textcolor":
            self.script()
            return self.script()
        if name in ("underset", "overset", "stackrel"):
            return self.stacked(t)
        raise NotUnderstood(f"\\{name}", t.pos)

    def brace_name(self) -> Node | None:
        """The name under a brace, or None when it is prose or a number."""
        mark = self.i
        try:
            name = self.script()
        except NotUnderstood:
            self.i = mark
            self.skip_group()
            return None
        return None if contains(name, Num) and isinstance(name, Num) else name

    def fraction(self, t: Token) -> Node:
        if self.derivative_ahead():
            return self.derivative(t)
        if self.peek().kind == "num" and len(self.peek().text) > 1:
            self.split_number()
        num = self.script()
        if self.peek().kind == "num" and len(self.peek().text) > 1:
            self.split_number()
        return Div(num, self.script(), pos=t.pos)

    def split_number(self) -> None:
        """``\\frac12``: TeX takes one digit at a time."""
        t = self.tokens[self.i]
        if t.text.isdigit():
            self.tokens[self.i : self.i + 1] = [
                Token("num", c, t.pos + k) for k, c in enumerate(t.text)
            ]

    def root(self, t: Token) -> Node:
        degree = None
        if self.peek().kind == "[":
            degree = self.bracket(self.next())
        if self.peek().kind == "num" and len(self.peek().text) > 1:
            self.split_number()
        arg = self.script()
        if degree is None or degree == Num(Fraction(2)):
            return Sqrt(arg, pos=t.pos)
        return Pow(arg, Div(Num(Fraction(1)), degree), pos=t.pos)

    def derivative_ahead(self) -> bool:
        """``{\\partial ...``, ``{d}{du}`` or ``{d f}{du}``: a d before a name below."""
        if self.peek().kind != "{":
            return False
        if self.peek(1).kind == "partial":
            return True
        if not self.small_d(1, ("}", "^", "id", "mark", "fn")):
            return False
        depth, k = 1, 1
        while depth and self.peek(k).kind != "end":
            depth += {"{": 1, "}": -1}.get(self.peek(k).kind, 0)
            k += 1
        return self.peek(k).kind == "{" and self.small_d(k + 1, ("id", "mark"))

    def small_d(self, k: int, after: tuple[str, ...]) -> bool:
        """Is the k-th token the letter d, and does one of these kinds follow?"""
        d, then = self.peek(k), self.peek(k + 1)
        return (d.kind, d.text) == ("id", "d") and then.kind in after

    def derivative(self, t: Token) -> Node:
        self.expect("{")
        self.next()
        order = self.order()
        body = None if self.peek().kind == "}" else self.expression()
        self.expect("}")
        self.expect("{")
        variables: list[Node] = []
        while self.peek().kind != "}":
            d = self.next()
            if d.kind != "partial" and d.text != "d":
                raise NotUnderstood("this derivative", d.pos)
            base = self.primary()
            repeated = 1
            if isinstance(base, Pow) and isinstance(base.exp, Num):
                repeated, base = int(base.exp.value), base.base
            variables += [base] * min(repeated, 9)
        self.expect("}")
        if len(variables) != order:
            raise NotUnderstood("a derivative whose order is not clear", t.pos)
        node = self.run_of_factors() if body is None else body
        for var in reversed(variables):
            node = Grad(var, node, pos=t.pos)
        return node

    def order(self) -> int:
        """``\\partial^2``: how many times."""
        if self.peek().kind != "^":
            return 1
        power = self.next()
        times = self.script()
        if isinstance(times, Num) and 1 <= times.value <= 9:
            return int(times.value)
        raise NotUnderstood("a derivative of this order", power.pos)

    def slanted(self, t: Token) -> Node:
        """``\\partial f / \\partial x`` on one line."""
        factors = [self.factor()]
        while self.starts(self.peek()):
            factors.append(self.factor())
        slash, second = self.next(), self.next()
        if slash.text != "/" or second.kind != "partial":
            raise NotUnderstood("'\\partial' here", t.pos)
        return Grad(self.factor(), self.product(factors, t.pos), pos=t.pos)

    def gradient(self, t: Token) -> Node:
        var = None
        if self.peek().kind == "_":
            self.next()
            var = self.script()
        return Grad(var, self.run_of_factors(), pos=t.pos)

    def big(self, t: Token) -> Node:
        var: Node | None = None
        lo: Node | None = None
        hi: Node | None = None
        self.skipped: Node | None = None
        while self.peek().kind in ("_", "^"):
            kind = self.next().kind
            if kind == "^":
                hi = self.script()
            else:
                var, lo, top = self.limits(t)
                hi = hi or top
        if var is None:
            raise NotUnderstood(f"a {t.text} without its index", t.pos)
        if lo == Sym("T") and isinstance(hi, Num):
            lo, hi = hi, lo  # t = T, ..., 1, counted down
        skip = self.skipped
        body = self.run_of_factors(var, t.text)
        if skip is not None:
            if hi not in (None, Sym("K")) or lo not in (None, Num(Fraction(1))):
                raise NotUnderstood("these limits", t.pos)
            return Except(t.text, var, skip, body, pos=t.pos)
        return Big(t.text, var, lo, hi, body, pos=t.pos)

    def limits(self, t: Token) -> tuple[Node, Node | None, Node | None]:
        """``t=1``, ``t>1``, ``t``, ``1 \\le t \\le T`` under a big operator."""
        if self.peek().kind != "{":
            return self.primary(bare=True), None, None
        self.expect("{")
        self.context.append("group")
        first = self.expression()
        lo: Node | None = None
        hi: Node | None = None
        var = first
        if self.peek().kind == "rel":
            rel = self.next()
            value = self.expression()
            one = Num(Fraction(1))
            if rel.text == "=":
                lo = value
                hi = self.listed_limits(first)
            elif rel.text == ">":
                lo = Add((value, one))
            elif rel.text == ">=":
                lo = value
            elif rel.text == "<=" and isinstance(value, Sym) and self.shut():
                lo, hi = one, value  # s \\le t: all steps up to t
            elif rel.text in ("<=", "<") and self.peek().kind == "rel":
                self.next()
                lo, var, hi = first, value, self.expression()
            elif rel.text == "!=":
                self.skipped = value
            elif rel.text == "<" and isinstance(first, Sym) and isinstance(value, Sym):
                var = Seq((first, value))  # all pairs in this order
            else:
                raise NotUnderstood("these limits", rel.pos)
        self.context.pop()
        if self.peek().kind != "}":
            raise NotUnderstood("these limits", self.peek().pos)
        self.next()
        if lo is not None and hi is None and rel.text in (">", ">="):
            hi = Sym("T")
        return var, lo, hi

    def shut(self) -> bool:
        return self.peek().kind == "}"

    def listed_limits(self, var: Node) -> Node | None:
        """``1, \\cdots, K: k \\ne j`` after ``k =``: the last, and who is left out."""
        hi: Node | None = None
        if self.peek().kind == "," and self.peek(1).kind == "dots":
            self.next()
            self.next()
            self.expect(",")
            hi = self.expression()
        if self.peek().kind in (":", ",", ";") and hi is not None:
            self.next()
            again, rel = self.expression(), self.next()
            if again != var or rel.text != "!=":
                raise NotUnderstood("these limits", rel.pos)
            self.skipped = self.expression()
        return hi

    def integral(self, t: Token) -> Node:
        lo = hi = None
        while self.peek().kind in ("_", "^"):
            kind = self.next().kind
            if kind == "_":
                lo = self.script()
            else:
                hi = self.script()
        outer = self.integrals
        self.integrals += 1
        variables = self.differentials(1) if self.at_differential() else []
        body = self.term() if self.left_out() else self.expression()
        wanted = int(t.text)
        if not variables:
            variables = self.differentials(99)
            spare = max(0, len(variables) - wanted)
            for _ in range(min(spare, outer)):
                variables.pop()
                self.i = self.marks[len(variables)]
        self.integrals -= 1
        return Integral(tuple(variables), body, lo, hi, pos=t.pos)

    def left_out(self) -> bool:
        """Does another integral of a sum begin before any differential?"""
        depth, mark, found = 0, self.i, False
        while self.peek().kind != "end" and depth >= 0 and not found:
            t, before = self.peek(), self.tokens[self.i - 1]
            if self.at_differential():
                break
            depth += (t.kind in CLOSE) - (t.kind in CLOSE.values())
            signed = before.kind == "op" and before.text in ("+", "-")
            found = t.kind == "int" and depth == 0 and signed
            self.i += 1
        self.i = mark
        return found

    def differentials(self, most: int) -> list[Node]:
        found: list[Node] = []
        self.marks: list[int] = []
        while self.at_differential() and len(found) < most:
            self.marks.append(self.i)
            self.next()
            found.append(self.primary())
        return found
