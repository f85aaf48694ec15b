"""Numbers in a world of finitely many states: arithmetic, names, sums over steps."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from fractions import Fraction
from typing import Any, Self

from .arithmetic import Floats
from .dots import backwards, expand_product, expand_sum, has_dots, listed
from .field import Budget, CannotDecide, Undefined
from .known import meaning
from .names import Clock, Unknown, describe, role, time_of
from .tables import Variable, World
from .tree import (
    Add,
    Big,
    Brace,
    Call,
    Const,
    Div,
    Dots,
    Fn,
    Mul,
    Neg,
    Node,
    Num,
    Pow,
    Range,
    Seq,
    Sqrt,
    Sym,
)


class NeedsValue(Exception):
    """A variable is free here: every state must be tried."""

    def __init__(self, variable: Variable) -> None:
        super().__init__(variable)
        self.variable = variable


def coordinates(name: Sym, listing: Seq) -> bool:
    """``z = (z_1, ..., z_K)``: are they all called as the whole is?"""
    own = [n for n in listing.items if isinstance(n, Sym)]
    return bool(own) and all(n.name == name.name for n in own)


@dataclass
class States:
    """One world, one clock, one assignment of the variables so far bound."""

    world: World
    clock: Clock
    numbers: Any = Floats
    known: dict[Node, Node] = field(default_factory=dict)
    at: dict[Variable, int] = field(default_factory=dict)
    bare: str = "p"  # which law an unhatted p names
    positive: bool = False  # arbitrary functions under a logarithm are positive

    def given(self, extra: dict[Variable, int]) -> Self:
        return replace(self, at={**self.at, **extra})

    def value(self, node: Node) -> Any:
        Budget.tick()
        if self.known and isinstance(node, Sym | Call):
            found = meaning(self.known, node, self.clock)
            if found is not None:
                key, body, clock = found
                rest = {k: v for k, v in self.known.items() if k != key}
                return replace(self, known=rest, clock=clock).value(body)
        method = getattr(self, "_" + type(node).__name__.lower(), None)
        if method is None:
            raise CannotDecide(f"{type(node).__name__} in a finite world")
        return method(node)

    # -- arithmetic ----------------------------------------------------------
    def _num(self, node: Num) -> Any:
        return self.numbers.of(node.value)

    def _brace(self, node: Brace) -> Any:
        return self.value(node.body)

    def _const(self, node: Const) -> Any:
        return self.numbers.of(Fraction(0))

    def _add(self, node: Add) -> Any:
        terms: Iterable[Node] = node.terms
        if any(isinstance(t, Dots) for t in node.terms):
            terms = expand_sum(node, self.clock)
        return self.total(self.value(t) for t in terms)

    def total(self, values: Iterable[Any]) -> Any:
        out = self.numbers.of(Fraction(0))
        for v in values:
            out = out + v
        return out

    def _neg(self, node: Neg) -> Any:
        return -self.value(node.arg)

    def _mul(self, node: Mul) -> Any:
        factors: Iterable[Node] = node.factors
        if any(isinstance(f, Dots) for f in node.factors):
            factors = expand_product(node, self.clock)
        out = self.numbers.of(Fraction(1))
        for f in factors:
            out = out * self.value(f)
        return out

    def _div(self, node: Div) -> Any:
        return self.value(node.num) / self.value(node.den)

    def _pow(self, node: Pow) -> Any:
        return self.numbers.power(self.value(node.base), self.value(node.exp))

    def _sqrt(self, node: Sqrt) -> Any:
        return self.numbers.power(self.value(node.arg), self.numbers.of(Fraction(1, 2)))

    def _fn(self, node: Fn) -> Any:
        if node.name == "log":
            return self.numbers.log(self.value(node.arg))
        if node.name == "exp":
            return self.numbers.exp(self.value(node.arg))
        raise CannotDecide(f"the function {node.name}")

    # -- names ---------------------------------------------------------------
    def variables(self, items: tuple[Node, ...]) -> list[Variable]:
        out: list[Variable] = []
        for item in listed(items, self.clock) if has_dots(items) else items:
            if isinstance(item, Seq):
                out += self.variables(item.items)
                continue
            if not isinstance(item, Sym):
                raise CannotDecide("a variable that is no single name")
            listing = self.known.get(item)
            path = (item.name, 1) in self.world.volume
            if isinstance(listing, Seq) and (path or not coordinates(item, listing)):
                # z = {x_1, ..., x_T}, and not the coordinates of one z
                out += self.variables(listing.items)
                continue
            if item.subs and isinstance(item.subs[-1], Range):
                index = item.subs[-1]
                lo, hi = time_of(index.lo, self.clock), time_of(index.hi, self.clock)
                if lo[0] or hi[0]:
                    raise CannotDecide("a path of symbolic length")
                out += [
                    self.known_variable((item.name, n)) for n in range(lo[1], hi[1] + 1)
                ]
            else:
                out.append(self.variable(item))
        return out

    def variable(self, sym: Sym) -> Variable:
        if sym.marks:
            raise CannotDecide(f"{describe(sym)} in a finite world")
        if sym.subs:
            letter, n = time_of(sym.subs[-1], self.clock)
            if letter:
                raise CannotDecide(f"the index of {describe(sym)} is not settled")
            return self.known_variable((sym.name, n))
        return self.known_variable(
            (sym.name, 0 if ("x", 1) not in self.world.volume else -1)
        )

    def known_variable(self, v: Variable) -> Variable:
        if v not in self.world.volume:
            if v[0] == "x" and ("x", 1) in self.world.volume:
                raise Undefined(f"x_{v[1]} lies outside the chain")
            raise CannotDecide(f"{v[0]} is no variable of this world")
        return v

    def state(self, v: Variable) -> int:
        if v not in self.at:
            raise NeedsValue(v)
        return self.at[v]

    def _sym(self, node: Sym) -> Any:
        if node.name in ("T", "t", "s", "k", "i", "n", "N", "K") and not node.subs:
            letter, n = self.clock.look(node.name)
            if not letter:
                return self.numbers.of(Fraction(n))
        if role(node) or node.marks:
            raise CannotDecide(f"{describe(node)} in a finite world")
        if node.name in ("a", "b", "c") and not node.subs:
            return self.numbers.of(Fraction({"a": 3, "b": -7, "c": 5}[node.name], 2))
        v = self.variable(node)
        return self.numbers.of(self.world.number[v][self.state(v)])

    def _call(self, node: Call) -> Any:
        if node.head.name in ("f", "g", "h") and not node.head.marks:
            return self.arbitrary(node)
        raise Unknown(f"{describe(node.head)}(...) is not defined here")

    def arbitrary(self, node: Call) -> Any:
        """An arbitrary function: a fixed random number for each argument value."""
        parts = []
        for a in node.args:
            if isinstance(a, Sym) and a.name in ("t", "s", "k", "i") and not a.subs:
                parts.append(self.clock.look(a.name)[1])
            else:
                for v in self.variables((a,)):
                    parts.append(self.state(v) + 10 * (v[1] + 2) + 100 * ord(v[0]))
        seed = sum((k + 3) * 31 ** (k + 1) * p for k, p in enumerate(parts))
        name = describe(node.head) + node.head.sup
        seed += 7919 * sum((k + 1) * ord(c) for k, c in enumerate(name))
        if self.positive:
            return self.numbers.of(Fraction((seed * 2654435761) % 97 + 3, 8))
        return self.numbers.of(Fraction((seed * 2654435761) % 97 - 41, 8))

    # -- sums over steps ---------------------------------------------------------
    def _big(self, node: Big) -> Any:
        if not isinstance(node.var, Sym):
            raise CannotDecide("a sum over something that is not a name")
        if node.lo is None or node.hi is None:
            raise CannotDecide(f"a {node.op} without limits")
        lo, hi = time_of(node.lo, self.clock), time_of(node.hi, self.clock)
        if backwards(node, lo, hi):
            raise Undefined("dots between terms that so few steps do not have")
        if lo[0] or hi[0] or hi[1] - lo[1] > 12:
            raise CannotDecide("limits that are not settled")
        out = self.numbers.of(Fraction(0 if node.op == "sum" else 1))
        for n in range(lo[1], hi[1] + 1):
            inner = replace(self, clock=self.clock.bind(node.var.name, ("", n)))
            worth = inner.value(node.body)
            out = out + worth if node.op == "sum" else out * worth
        return out
