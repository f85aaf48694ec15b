"""Numbers for statements about counts x_1 ... x_K and shares z_1 ... z_K."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import mpmath as mp

from .field import Budget, CannotDecide
from .kinds import INDICES, letters, over_kinds
from .names import describe
from .powers import Form, function, nonzero, power
from .tree import (
    Add,
    Big,
    Brace,
    Call,
    Const,
    Div,
    Except,
    Fn,
    Grad,
    Mul,
    Neg,
    Node,
    Num,
    Pow,
    Sqrt,
    Sym,
)

DIGITS = 80
STEP = mp.mpf("1e-20")  # of central differences: errors near 1e-40
Known = tuple[tuple[Node, Node], ...]
Value = Any  # an mpf, a Form, or a list of them (a vector)


class Numbers:
    """One choice of all parameters; ``at`` holds the components chosen by indices."""

    def __init__(
        self,
        size: int,
        known: Known,
        values: dict[str, list[Any]],
        at: dict[str, int],
        counted: set[str],
    ) -> None:
        self.size = size
        self.known = dict(known)
        self.counted = counted
        self.values: dict[str, Value] = dict(values)
        self.at = dict(at)
        self.used: set[str] = set()

    def seen(self, node: Node) -> tuple[Any, set[str]]:
        """The value of one side, and the letters that it needed."""
        self.used = set()
        out = self.value(node)
        if isinstance(out, Form | list) or not mp.isfinite(out) or mp.im(out):
            raise CannotDecide("no finite number here")
        return out, set(self.used)

    def shown(self, names: set[str]) -> dict[str, Any]:
        out: dict[str, Any] = {}
        for name in sorted(names & set(self.values)):
            v = self.values[name]
            parts = [round(float(u), 6) for u in v] if isinstance(v, list) else v
            out[name] = parts if isinstance(parts, list) else round(float(parts), 6)
        return out

    @contextmanager
    def with_values(self, **change: Value) -> Iterator[None]:
        keep = self.values
        self.values = {**keep, **change}
        try:
            yield
        finally:
            self.values = keep

    @contextmanager
    def with_index(self, name: str, k: int) -> Iterator[None]:
        keep = self.at
        self.at = {**keep, name: k}
        try:
            yield
        finally:
            self.at = keep

    # -- expressions -------------------------------------------------------------
    def value(self, node: Node) -> Value:
        Budget.tick()
        if isinstance(node, Num):
            return mp.mpf(node.value.numerator) / node.value.denominator
        if isinstance(node, Brace):
            return self.value(node.body)
        if isinstance(node, Add):
            return self.total([self.value(t) for t in node.terms])
        if isinstance(node, Neg):
            return self.times(mp.mpf(-1), self.value(node.arg))
        if isinstance(node, Mul):
            return self.multiplied(node)
        if isinstance(node, Div):
            return self.scalar(node.num) / nonzero(self.scalar(node.den))
        if isinstance(node, Pow):
            return power(self.scalar(node.base), self.scalar(node.exp))
        if isinstance(node, Sqrt):
            return power(self.scalar(node.arg), mp.mpf(1) / 2)
        if isinstance(node, Fn):
            return function(node.name, self.scalar(node.arg))
        if isinstance(node, Sym):
            return self.letter(node)
        if isinstance(node, Call):
            return self.call(node)
        if isinstance(node, Big | Except):
            return self.big(node)
        if isinstance(node, Grad):
            return self.slope(node)
        if isinstance(node, Const):
            return mp.mpf(0)
        raise CannotDecide(f"{type(node).__name__} of counts and shares")

    def scalar(self, node: Node) -> Value:
        out = self.value(node)
        if isinstance(out, list):
            raise CannotDecide("a whole vector where a number must stand")
        return out

    def total(self, values: list[Value]) -> Value:
        if any(isinstance(v, list) for v in values):
            if not all(isinstance(v, list) for v in values):
                raise CannotDecide("a number added to a vector")
            return [sum(parts) for parts in zip(*values, strict=True)]
        return sum(values)

    def times(self, a: Value, b: Value) -> Value:
        if isinstance(b, list):
            return [a * c for c in b]
        return a * b

    def multiplied(self, node: Mul) -> Value:
        """A product; ``B (x + \\alpha)`` is a function where B is one."""
        factors = list(node.factors)
        out: Value = mp.mpf(1)
        while factors:
            f = factors.pop(0)
            key = self.function_of(f) if isinstance(f, Sym) and factors else None
            if key is not None:
                f = Call(key, (factors.pop(0),))
            value = self.value(f)
            out = self.times(out, value) if not isinstance(out, list) else None
            if out is None:
                raise CannotDecide("a product of vectors")
        return out

    def function_of(self, sym: Sym) -> Sym | None:
        own = any(isinstance(k, Call) and k.head == sym for k in self.known)
        return sym if own and sym not in self.known else None

    # -- letters -------------------------------------------------------------------
    def letter(self, node: Sym) -> Value:
        if node in self.known:
            return self.opened(node, self.known[node])
        if node.marks or node.sup:
            raise CannotDecide(f"{describe(node)} among counts and shares")
        if node.subs:
            return self.component(node)
        if node.name in self.values:
            self.used.add(node.name)
            return self.values[node.name]
        if node.name == "K":
            return mp.mpf(self.size)
        if node.name == "n" and len(self.counted & set(self.values)) == 1:
            (name,) = self.counted & set(self.values)
            self.used.add(name)
            return sum(self.values[name])
        if node.name == "pi":
            return +mp.pi
        if len(node.name) == 1 and node.name not in INDICES:
            # a free positive number of its own
            self.used.add(node.name)
            self.values[node.name] = mp.mpf(7 + 3 * (ord(node.name) % 11)) / 10
            return self.values[node.name]
        raise CannotDecide(f"{describe(node)} is not defined here")

    def component(self, node: Sym) -> Value:
        v = self.values.get(node.name)
        if not isinstance(v, list) or len(node.subs) != 1:
            raise CannotDecide(f"{describe(node)} is not defined here")
        self.used.add(node.name)
        return v[self.index(node.subs[0])]

    def index(self, node: Node) -> int:
        if isinstance(node, Num) and 1 <= node.value <= self.size:
            return int(node.value) - 1
        if isinstance(node, Sym) and node.name in self.at:
            return self.at[node.name]
        if node == Sym("K"):
            return self.size - 1
        raise CannotDecide("an index that is not settled")

    def opened(self, name: Node, body: Node) -> Value:
        keep = self.known
        self.known = {k: v for k, v in keep.items() if k != name}
        try:
            return self.value(body)
        finally:
            self.known = keep

    def call(self, node: Call) -> Value:
        for key, body in self.known.items():
            if not isinstance(key, Call) or len(key.args) != len(node.args):
                continue
            indices = self.matched(key.head, node.head)
            if indices is None:
                continue
            values = [self.value(a) for a in node.args]
            names = [a.name for a in key.args if isinstance(a, Sym)]
            if len(names) != len(values):
                continue
            keep = self.at
            self.at = {**keep, **indices}
            try:
                with self.with_values(**dict(zip(names, values, strict=True))):
                    return self.opened(key, body)
            finally:
                self.at = keep
        raise CannotDecide(f"{describe(node.head)}(...) is not defined here")

    def matched(self, key: Sym, head: Sym) -> dict[str, int] | None:
        """Indices of a defined head, as they stand where it is used."""
        if (key.name, key.marks, key.sup) != (head.name, head.marks, head.sup):
            return None
        mine, theirs = letters(key), letters(head)
        if len(mine) != len(theirs) or (not mine and key.subs != head.subs):
            return None
        return {
            a.name: self.index(b)
            for a, b in zip(mine, theirs, strict=True)
            if isinstance(a, Sym)
        }

    def big(self, node: Big | Except) -> Value:
        """A sum or product over the kinds, perhaps over all but one."""
        if not isinstance(node.var, Sym):
            raise CannotDecide("a sum over something else")
        if isinstance(node, Except):
            skip, first = self.index(node.skip), 0
        elif over_kinds(node):
            skip, first = -1, 0 if node.lo is None else self.index(node.lo)
        else:
            raise CannotDecide("a sum or product that does not run over the kinds")
        out: Value = mp.mpf(node.op == "prod")
        for k in range(first, self.size):
            if k != skip:
                with self.with_index(node.var.name, k):
                    value = self.scalar(node.body)
                out = out + value if node.op == "sum" else out * value
        return out

    def slope(self, node: Grad) -> Value:
        """A central difference in one number or one component."""
        var = node.var
        if not isinstance(var, Sym) or var.marks:
            raise CannotDecide("a derivative by something that is no letter")
        self.scalar(var)
        name, v = var.name, self.values[var.name]
        ends = []
        for h in (STEP, -STEP):
            moved = v + h if not isinstance(v, list) else list(v)
            if isinstance(v, list):
                moved[self.index(var.subs[0])] += h
            with self.with_values(**{name: moved}):
                ends.append(self.scalar(node.body))
        return (ends[0] - ends[1]) / (2 * STEP)
