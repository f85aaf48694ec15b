"""Formulas at chosen states of a chain whose data have a law: plain numbers."""

from __future__ import annotations

from collections.abc import Iterable
from fractions import Fraction
from typing import Any

import numpy as np
import sympy as sp

from . import derived
from . import field as exact
from .canon import Canon
from .claims import Claim, nodes_of
from .cloud import STEPS, Array, Cloud, Data
from .field import Budget, CannotDecide
from .names import Clock, call_time, is_moment, is_time, role, time_of
from .points import Point
from .readings import Reading
from .symbolic import Symbolic
from .tree import (
    Add,
    Brace,
    Call,
    Const,
    Div,
    Fn,
    Identity,
    Mul,
    Neg,
    Node,
    Norm,
    Num,
    Pow,
    Sqrt,
    Sym,
    Transpose,
)
from .values import Log, Vec, flat, line_atom

ZERO = Num(Fraction(0))


def starts(node: Node) -> bool:
    """Is this ``x_0``?"""
    return isinstance(node, Sym) and node.name == "x" and node.subs[:1] == (ZERO,)


class Pointwise:
    """Values at one time, for one law of the data and one choice of the states."""

    def __init__(
        self,
        claim: Claim,
        t: int,
        place: tuple[float, ...],
        data: Data,
        model: tuple[float, float, float],
        nodes: int,
    ) -> None:
        self.known = dict(claim.known)
        self.model = model
        self.clock = Clock().bind("t", ("", t)).bind("T", ("", STEPS))
        reading = Reading(vector=False, noise="merged")
        self.symbolic = Symbolic(Canon(1), self.clock, reading, self.known)
        self.leaves: dict[Node, tuple[float, dict[sp.Symbol, float]]] = {}
        steps = [self.settle(Canon(1).alpha(("", k))) for k in range(1, STEPS + 1)]
        self.cloud = Cloud(data, steps, place, nodes)

    def settle(self, expr: Any) -> float:
        return float(exact.value(expr, Point(exact.all_symbols(expr)).table))

    # -- expressions ------------------------------------------------------------
    def real(self, node: Node) -> float:
        with np.errstate(all="ignore"):
            out = self.number(node)
        if np.ndim(out) or not np.isfinite(out):
            raise CannotDecide("no finite value here")
        return float(out)

    def number(self, node: Node) -> Array:
        Budget.tick()
        if node == Sym("C") and node not in self.known:
            return 0.0
        if isinstance(node, Sym | Call):
            body = self.known.get(node)
            if isinstance(node, Call) and role(node.head) == "posterior_mean":
                return self.posterior_mean(node)
            return self.letter(node) if body is None else self.opened(node, body)
        if isinstance(node, Num):
            return float(node.value)
        if isinstance(node, Const):
            return 0.0
        if isinstance(node, Identity):
            return 1.0
        if isinstance(node, Brace):
            return self.number(node.body)
        if isinstance(node, Transpose):
            return self.number(node.arg)
        if isinstance(node, Add):
            return sum(self.number(t) for t in node.terms)
        if isinstance(node, Neg):
            return -self.number(node.arg)
        if isinstance(node, Mul):
            out: Array = 1.0
            for f in node.factors:
                out = out * self.number(f)
            return out
        if isinstance(node, Div):
            return self.number(node.num) / self.number(node.den)
        if isinstance(node, Pow):
            return self.power(node)
        if isinstance(node, Sqrt):
            return np.sqrt(self.positive(self.number(node.arg)))
        if isinstance(node, Fn) and node.name in ("log", "exp"):
            return self.function(node)
        return self.of_laws(node)

    def of_laws(self, node: Node) -> Array:
        raise CannotDecide("a law that depends on the data in this place")

    def opened(self, name: Node, body: Node) -> Array:
        """What the document defined a name to be (never through itself)."""
        keep = self.known
        self.known = {k: v for k, v in keep.items() if k != name}
        try:
            return self.number(body)
        finally:
            self.known = keep

    def power(self, node: Pow) -> Array:
        if isinstance(node.exp, Sym) and node.exp.name == "T":
            raise CannotDecide("a power that may be a transpose")
        if not isinstance(node.exp, Num):
            raise CannotDecide("a power that is no number")
        value = node.exp.value
        if isinstance(node.base, Norm):
            if value != 2:
                raise CannotDecide("a norm without its square")
            return self.number(node.base.arg) ** 2
        base = self.number(node.base)
        if value.denominator != 1:
            base = self.positive(base)
        return base ** (int(value) if value.denominator == 1 else float(value))

    def positive(self, value: Array) -> Array:
        if not np.all(np.real(value) > 0):
            raise CannotDecide("a root or logarithm of something not positive")
        return value

    def function(self, node: Fn) -> Array:
        if node.name == "exp":
            return np.exp(self.number(node.arg))
        return np.log(self.positive(self.number(node.arg)))

    def letter(self, node: Sym | Call) -> Array:
        """A letter or named function, as an affine form in the states."""
        if node not in self.leaves:
            value = self.symbolic.value(node)
            if isinstance(value, Log):
                raise CannotDecide("a density under this name")
            expr = flat(value) if isinstance(value, Vec) else sp.sympify(value)
            table = {}
            for symbol in expr.free_symbols:
                atom = line_atom(symbol)
                if atom and len(atom) > 1:
                    slope = sp.diff(expr, symbol)
                    if symbol in slope.free_symbols:
                        raise CannotDecide("a name that is not linear in the states")
                    table[symbol] = self.settle(slope)
            rest = expr.subs(dict.fromkeys(table, 0))
            self.leaves[node] = self.settle(rest), table
        out, slopes = self.leaves[node]
        for symbol, c in slopes.items():
            out = out + c * self.vector(line_atom(symbol) or ())
        return out

    def posterior_mean(self, node: Call) -> Array:
        """The affine function, at whatever two numbers it is asked."""
        args = [a for a in node.args if not is_moment(a, self.clock)]
        if len(args) != 2 or starts(args[0]):
            return self.letter(node)
        t = call_time(node, self.clock)
        cx, c0, _ = derived.posterior(Canon(1), t)
        first, second = (self.number(a) for a in args)
        return self.settle(cx) * first + self.settle(c0) * second

    def vector(self, atom: tuple[str, ...]) -> Array:
        if len(atom) != 3 or atom[1] or atom[0] not in ("x", "xhat"):
            raise CannotDecide("a variable that is no state of the chain")
        k = int(atom[2])
        if k not in self.cloud.states:
            raise CannotDecide("these states")
        x = self.cloud.states[k]
        if atom[0] == "x":
            return x
        a, b, c = self.model  # any function of x_t will do for a network
        return a + 0.1 * k + b * x + c * np.sin(x)

    def shown(self, claim: Claim) -> dict[str, Any]:
        return self.cloud.shown(self.states_named(nodes_of(claim)))

    def states_named(self, nodes: Iterable[Node]) -> set[int]:
        """The times of the states that occur."""
        indices = [
            n.subs[0]
            for n in nodes
            if isinstance(n, Sym) and n.name == "x" and n.subs and not n.marks
        ]
        return {time_of(k, self.clock)[1] for k in indices if is_time(k, self.clock)}
