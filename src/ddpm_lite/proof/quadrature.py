"""Formulas under laws that depend on the data: numbers, averages as sums over nodes."""

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
from .laws import times_of
from .names import Clock, call_time, is_moment, is_time, role, time_of
from .points import Point
from .readings import Reading
from .symbolic import Symbolic
from .tree import (
    Add,
    Brace,
    Call,
    Const,
    Density,
    Div,
    Draws,
    Expect,
    Fn,
    Grad,
    Identity,
    Moment,
    Mul,
    Neg,
    Node,
    Norm,
    Normal,
    Num,
    Pow,
    Sqrt,
    Sym,
    Transpose,
)
from .values import Log, Vec, flat, line_atom
from .walking import contains, walk

STEP = 1e-30  # of the complex-step derivative
LETTERS = {"x", "t", "T", "pi", "D"}


ZERO = Num(Fraction(0))


def starts(node: Node) -> bool:
    """Is this ``x_0``?"""
    return isinstance(node, Sym) and node.name == "x" and node.subs[:1] == (ZERO,)


class Averages:
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
        if isinstance(node, Density):
            return np.exp(self.log_density(node))
        if isinstance(node, Expect):
            return self.expect(node)
        if isinstance(node, Moment):
            return self.moment(node)
        if isinstance(node, Grad):
            return self.gradient(node)
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
        if isinstance(node.arg, Density):
            return self.log_density(node.arg)
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

    # -- laws -------------------------------------------------------------------
    def times(self, items: Iterable[Node]) -> list[int]:
        found = times_of(self.symbolic, tuple(items))
        if any(letter or k not in self.cloud.states for letter, k in found):
            raise CannotDecide("these states")
        return [k for _, k in found]

    def log_density(self, node: Density) -> Array:
        if node.head.name != "q" or node.head.marks or node.params:
            raise CannotDecide("a law that is not q")
        of, given = self.times(node.of), self.times(node.given)
        if set(of) & set(given):
            raise CannotDecide("these states")
        return self.cloud.log_joint([*of, *given]) - self.cloud.log_joint(given)

    # -- averages ---------------------------------------------------------------
    def average(self, of: list[int], given: list[int], body: Node) -> Array:
        if not of:
            return self.number(body)
        a, rest = of[0], of[1:]
        with self.cloud.drawn(a, given) as mass:
            inner = self.average(rest, [*given, a], body)
            return np.sum(mass * inner, axis=-1)

    def expect(self, node: Expect) -> Array:
        of, given = self.law(node.laws, node.given, node.body)
        return self.average(of, given, node.body)

    def law(
        self, laws: tuple[Node, ...], given: tuple[Node, ...], body: Node
    ) -> tuple[list[int], list[int]]:
        """Which states are averaged, given which."""
        if not laws and not given:
            return self.free_states(body), []
        laws = tuple(m.law if isinstance(m, Draws) else m for m in laws)
        if given and all(m == Sym("q") for m in laws):
            told = self.times(given)
            return [k for k in self.mentioned(body, told) if k not in told], told
        if len(laws) != 1 or given or not isinstance(laws[0], Density):
            raise CannotDecide("an expectation whose law is not written out")
        law = laws[0]
        if law.head.name != "q" or law.head.marks or law.params:
            raise CannotDecide("a law that is not q")
        told = self.times(law.given)
        of = [k for k in dict.fromkeys(self.times(law.of)) if k not in told]
        if contains(body, Normal):
            raise CannotDecide("a Gaussian density in an average")
        return of, told

    def free_states(self, body: Node) -> list[int]:
        """The states of a bare mean, which may be about nothing else."""
        for n in walk(body):
            plain = isinstance(n, Sym) and role(n) == "" and n.name not in LETTERS
            if plain or n in self.known:
                raise CannotDecide("a mean whose law is not written out")
        found = self.mentioned(body, [])
        if not found:
            raise CannotDecide("a mean whose law is not written out")
        return found

    def mentioned(self, body: Node, told: list[int]) -> list[int]:
        """The states that a body is made of; a noise stands for x_0 and x_t."""
        nodes = [n for n in walk(body) if isinstance(n, Sym) and n not in self.known]
        found = self.states_named(nodes)
        if any(role(n) == "noise" for n in nodes):
            if told != [self.clock.main[1]]:
                raise CannotDecide("which noise this is")
            found.add(0)
        return sorted(found)

    def moment(self, node: Moment) -> Array:
        both = node.args if len(node.args) == 2 else (node.args[0], node.args[0])
        of, given = self.law(node.laws, node.given, Mul(both))
        u, v = (self.average(of, given, a) for a in both)
        return self.average(of, given, Mul(both)) - u * v

    def gradient(self, node: Grad) -> Array:
        target = node.var
        if target is None:
            first = next((n for n in walk(node.body) if isinstance(n, Density)), None)
            if first is None or not first.of:
                raise CannotDecide("a gradient that does not say of what")
            target = first.of[0]
        (k,) = self.times((target,))
        if any(np.iscomplexobj(v) for v in self.cloud.states.values()):
            raise CannotDecide("a gradient inside a gradient")
        with self.cloud.nudged(k, 1j * STEP):
            return np.imag(self.number(node.body)) / STEP

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
