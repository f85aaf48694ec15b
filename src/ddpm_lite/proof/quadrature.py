"""Averages under laws that depend on the data, as sums over nodes of each part."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from fractions import Fraction
from functools import lru_cache
from typing import Any

import numpy as np
import sympy as sp

from . import derived
from . import field as exact
from .canon import Canon
from .claims import Claim, nodes_of
from .field import Budget, CannotDecide
from .laws import times_of
from .names import Clock, call_time, is_moment, role, time_of
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
    contains,
    walk,
)
from .values import Log, Vec, flat, line_atom

STEPS = 4
STEP = 1e-30  # of the complex-step derivative
REACH = 8.5  # of the nodes, in standard deviations
SHOWN = "0.4 N(-0.9, 0.4) + 0.6 N(0.6, 0.5), of mean 0 and variance 1"
LETTERS = {"x", "t", "T", "pi", "D"}
Array = Any  # a float, or a float array with one axis for each averaged state


ZERO = Num(Fraction(0))


def starts(node: Node) -> bool:
    """Is this ``x_0``?"""
    return isinstance(node, Sym) and node.name == "x" and node.subs[:1] == (ZERO,)


@lru_cache(maxsize=8)
def rule(n: int) -> tuple[Array, Array]:
    """Nodes and weights for a standard normal variable."""
    nodes = np.linspace(-REACH, REACH, n)
    weights = np.exp(-(nodes**2) / 2)
    return nodes, weights / weights.sum()


class Averages:
    """Values at one time, for one law of the data and one choice of the states."""

    def __init__(
        self,
        claim: Claim,
        t: int,
        place: tuple[float, ...],
        data: tuple[tuple[float, float, float], ...],
        model: tuple[float, float, float],
        nodes: int,
    ) -> None:
        self.known = dict(claim.known)
        self.data, self.model, self.nodes = data, model, nodes
        self.states: dict[int, Array] = dict(enumerate(place))
        self.axes = 0
        self.clock = Clock().bind("t", ("", t)).bind("T", ("", STEPS))
        reading = Reading(vector=False, noise="merged")
        self.symbolic = Symbolic(Canon(1), self.clock, reading, self.known)
        self.leaves: dict[Node, tuple[float, dict[sp.Symbol, float]]] = {}
        bars = [1.0]
        for k in range(1, STEPS + 1):
            bars.append(bars[-1] * self.settle(Canon(1).alpha(("", k))))
        self.bars = np.array(bars)

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
        if k not in self.states:
            raise CannotDecide("these states")
        x = self.states[k]
        if atom[0] == "x":
            return x
        a, b, c = self.model  # any function of x_t will do for a network
        return a + 0.1 * k + b * x + c * np.sin(x)

    # -- laws -------------------------------------------------------------------
    def times(self, items: Iterable[Node]) -> list[int]:
        found = times_of(self.symbolic, tuple(items))
        if any(letter or k not in self.states for letter, k in found):
            raise CannotDecide("these states")
        return [k for _, k in found]

    def part(self, k: int, times: list[int]) -> tuple[Array, Array]:
        """Means and covariance of several states in one part of the data."""
        _, centre, spread = self.data[k]
        bars = self.bars[times]
        var = bars * spread + 1 - bars
        low = np.minimum.outer(times, times)
        ratio = np.sqrt(np.minimum.outer(bars, bars) / np.maximum.outer(bars, bars))
        cov = ratio * (self.bars[low] * spread + 1 - self.bars[low])
        assert np.allclose(np.diag(cov), var)
        return np.sqrt(bars) * centre, cov

    def log_weights(self, times: list[int]) -> list[Array]:
        """log of weight times density of these states, part by part."""
        out = []
        for k, (weight, _, _) in enumerate(self.data):
            total: Array = float(np.log(weight))
            if times:
                mean, cov = self.part(k, times)
                inverse = np.linalg.inv(cov)
                gaps = [self.states[a] - m for a, m in zip(times, mean, strict=True)]
                for i, u in enumerate(gaps):
                    for j, v in enumerate(gaps):
                        total = total - 0.5 * inverse[i, j] * u * v
                total = total - 0.5 * np.linalg.slogdet(2 * np.pi * cov)[1]
            out.append(total)
        return out

    def log_joint(self, times: list[int]) -> Array:
        parts = self.log_weights(times)
        top = np.maximum.reduce([np.real(p) for p in np.broadcast_arrays(*parts)])
        return top + np.log(sum(np.exp(p - top) for p in parts))

    def log_density(self, node: Density) -> Array:
        if node.head.name != "q" or node.head.marks or node.params:
            raise CannotDecide("a law that is not q")
        of, given = self.times(node.of), self.times(node.given)
        if set(of) & set(given):
            raise CannotDecide("these states")
        return self.log_joint([*of, *given]) - self.log_joint(given)

    # -- averages ---------------------------------------------------------------
    @contextmanager
    def drawn(self, a: int, given: list[int]) -> Iterator[Array]:
        """x_a averaged given others, on a new last axis; yields the weights."""
        nodes, weights = rule(self.nodes)
        logs = self.log_weights(given)
        total = self.log_joint(given)
        points, mass = [], []
        for k, own in enumerate(logs):
            mean, cov = self.part(k, [a, *given])
            gain: Array = np.linalg.solve(cov[1:, 1:], cov[1:, 0]) if given else []
            centre: Array = mean[0]
            for g, c, m in zip(given, gain, mean[1:], strict=True):
                centre = centre + c * (self.states[g] - m)
            var = cov[0, 0] - sum(c * v for c, v in zip(gain, cov[1:, 0], strict=True))
            share = np.exp(own - total)
            points.append(np.asarray(centre)[..., None] + np.sqrt(var) * nodes)
            mass.append(np.asarray(share)[..., None] * weights)
        keep, axes = self.states, self.axes
        if axes >= 2:
            raise CannotDecide("averages nested too deeply")
        self.states = {
            k: np.asarray(v)[..., None] if np.ndim(v) else v for k, v in keep.items()
        }
        shape = np.broadcast_shapes(*(np.shape(p) for p in (*points, *mass)))
        half = [np.broadcast_to(p, shape) for p in points]
        own_mass = [np.broadcast_to(m, shape) for m in mass]
        values = np.concatenate(half, axis=-1)
        self.states[a] = values.reshape((1,) * (axes + 1 - values.ndim) + values.shape)
        self.axes = axes + 1
        try:
            yield np.concatenate(own_mass, axis=-1)
        finally:
            self.states, self.axes = keep, axes

    def average(self, of: list[int], given: list[int], body: Node) -> Array:
        if not of:
            return self.number(body)
        a, rest = of[0], of[1:]
        with self.drawn(a, given) as mass:
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
        out: set[int] = set()
        for n in walk(body):
            if not isinstance(n, Sym) or n in self.known:
                continue
            if n.name == "x" and n.subs and not n.marks:
                try:
                    out.add(time_of(n.subs[0], self.clock)[1])
                except CannotDecide:
                    continue
            elif role(n) == "noise":
                if told != [self.clock.main[1]]:
                    raise CannotDecide("which noise this is")
                out.add(0)
        return sorted(out)

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
        if any(np.iscomplexobj(v) for v in self.states.values()):
            raise CannotDecide("a gradient inside a gradient")
        keep = self.states
        self.states = {**keep, k: self.states[k] + 1j * STEP}
        try:
            return np.imag(self.number(node.body)) / STEP
        finally:
            self.states = keep

    def shown(self, claim: Claim) -> dict[str, Any]:
        used: set[int] = set()
        for n in nodes_of(claim):
            if isinstance(n, Sym) and n.name == "x" and n.subs and not n.marks:
                try:
                    used.add(time_of(n.subs[0], self.clock)[1])
                except CannotDecide:
                    continue
        out: dict[str, Any] = {}
        for k in range(1, max(used, default=1) + 1):
            out[f"alpha_{k}"] = round(float(self.bars[k] / self.bars[k - 1]), 6)
        out["data"] = SHOWN
        return out | {f"x_{k}": float(self.states[k]) for k in sorted(used)}
