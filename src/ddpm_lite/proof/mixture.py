"""Gaussian chains whose data are a two-part mixture: laws that do not see x_0.

With Gaussian data false things hold (q(x_{t-1} | x_t) is then Gaussian); with a mixture
they do not. Densities are compared point by point, in one dimension.
"""

from __future__ import annotations

import itertools
from fractions import Fraction
from typing import Any

import mpmath as mp

from . import derived
from . import field as exact
from .canon import Canon
from .claims import Claim, nodes_of
from .field import CannotDecide
from .laws import times_of
from .names import Clock, role
from .points import Point
from .readings import Reading
from .symbolic import Symbolic
from .tree import (
    KL,
    Add,
    Density,
    Div,
    Expect,
    Fn,
    Grad,
    Integral,
    Mul,
    Neg,
    Node,
    Normal,
    Num,
    Pow,
    Sqrt,
    Sym,
)
from .values import Log, Vec, flat, line
from .verdict import Pair
from .walking import contains, walk

ZERO = Num(Fraction(0))
WORLD = "Gaussian chains"
PARTS = (("0.4", "-1", "0.09"), ("0.6", "1.25", "0.16"))  # weight, mean, variance
PLACES = (
    (1.3, 0.6, -0.45, 0.85, 0.2),
    (-0.7, 0.35, 1.15, -0.9, 0.5),
    (0.1, -0.6, 0.4, 0.7, -1),
)


def relevant(nodes: list[Node]) -> bool:
    """Does a law occur that depends on the data, next to Gaussian notation?"""
    gaussian = any(
        isinstance(n, Normal) or (isinstance(n, Sym) and role(n)) for n in nodes
    )
    blind = any(
        isinstance(n, Density)
        and n.head.name == "q"
        and all(isinstance(v, Sym) and v.subs for v in (*n.of, *n.given))
        and not any(
            isinstance(v, Sym) and v.subs and v.subs[0] == ZERO for v in n.given
        )
        for n in nodes
    )
    return gaussian and blind


def decide(claim: Claim) -> Pair:
    nodes = nodes_of(claim)
    if claim.relation not in ("=", ":=") or not relevant(nodes):
        raise CannotDecide("no law that depends on the data")
    if any(contains(s, Expect, KL, Integral, Grad) for s in (claim.left, claim.right)):
        raise CannotDecide("an average over a law that depends on the data")
    if any(isinstance(n, Normal) and n.of is None for n in nodes):
        raise CannotDecide("a law without a variable")
    for t in (2, 3):
        for numbers in PLACES:
            clock = Clock().bind("t", ("", t)).bind("T", ("", 4))
            world = Mixture(clock, numbers)
            left, right = world.number(claim.left), world.number(claim.right)
            if abs(left - right) > 1e-12 * max(1, abs(left), abs(right)):
                return Pair(
                    "false", WORLD, "mixture data, point by point",
                    "the densities differ when the data are a mixture",
                    world.shown(nodes, t, left, right),
                )  # fmt: skip
    why = f"equal at {2 * len(PLACES)} points"
    return Pair("holds", WORLD, "mixture data, point by point", why)


class Mixture:
    """Numbers for one clock and one choice of the states."""

    def __init__(self, clock: Clock, numbers: tuple[float, ...]) -> None:
        self.clock = clock
        self.states = {k: mp.mpf(str(v)) for k, v in enumerate(numbers)}
        self.symbolic = Symbolic(Canon(1), clock, Reading(vector=False))

    def settle(self, expr: Any) -> mp.mpf:
        point = Point(exact.all_symbols(expr))
        for k, v in self.states.items():
            symbol = line(("x", "", str(k)))
            if symbol in point.table:
                point.table[symbol] = v
        return exact.value(expr, point.table)

    def number(self, node: Node) -> mp.mpf:
        if isinstance(node, Density) and node.head.name == "q":
            return self.density(node)
        if not any(isinstance(n, Density) for n in walk(node)):
            value = self.symbolic.value(node)
            if isinstance(value, Log):
                return mp.exp(self.settle(value.log))
            return self.settle(flat(value) if isinstance(value, Vec) else value)
        if isinstance(node, Add):
            return mp.fsum(self.number(t) for t in node.terms)
        if isinstance(node, Neg):
            return -self.number(node.arg)
        if isinstance(node, Mul):
            return mp.fprod(self.number(f) for f in node.factors)
        if isinstance(node, Div):
            return self.number(node.num) / self.number(node.den)
        if isinstance(node, Pow):
            return self.number(node.base) ** self.number(node.exp)
        if isinstance(node, Sqrt):
            return mp.sqrt(self.number(node.arg))
        if isinstance(node, Fn) and node.name in ("log", "exp"):
            return {"log": mp.log, "exp": mp.exp}[node.name](self.number(node.arg))
        raise CannotDecide("a law that depends on the data in this place")

    def density(self, node: Density) -> mp.mpf:
        of = {t[1] for t in times_of(self.symbolic, node.of)}
        given = {t[1] for t in times_of(self.symbolic, node.given)}
        if of & given or not of | given <= set(range(len(self.states))):
            raise CannotDecide("these states")
        both = self.joint(sorted(of | given))
        return both / self.joint(sorted(given)) if given else both

    def joint(self, times: list[int]) -> mp.mpf:
        """The density of several states: a mixture at the first, then the chain."""
        first = times[0]
        m, v = self.step(0, first)
        out = mp.fsum(
            mp.mpf(w) * normal(self.states[first], m * mp.mpf(c), m**2 * mp.mpf(s) + v)
            for w, c, s in PARTS
        )
        for a, b in itertools.pairwise(times):
            m, v = self.step(a, b)
            out *= normal(self.states[b], m * self.states[a], v)
        return out

    def step(self, a: int, b: int) -> tuple[mp.mpf, mp.mpf]:
        m, v = derived.transition(Canon(1), ("", a), ("", b))
        return self.settle(m), self.settle(v)

    def shown(
        self, nodes: list[Node], t: int, left: mp.mpf, right: mp.mpf
    ) -> dict[str, Any]:
        used: set[int] = set()
        for n in nodes:
            if isinstance(n, Density):
                used |= {k[1] for k in times_of(self.symbolic, (*n.of, *n.given))}
        out: dict[str, Any] = {"t": t}
        for k in range(1, max(used) + 1):
            out[f"alpha_{k}"] = round(float(self.settle(Canon(1).alpha(("", k)))), 6)
        out["data"] = "0.4 N(-1, 0.09) + 0.6 N(1.25, 0.16)"
        out |= {f"x_{k}": float(self.states[k]) for k in sorted(used)}
        return {**out, "left": float(left), "right": float(right)}


def normal(x: mp.mpf, mean: mp.mpf, var: mp.mpf) -> mp.mpf:
    if var <= 0:
        raise CannotDecide("a law with variance 0")
    return mp.exp(-((x - mean) ** 2) / (2 * var)) / mp.sqrt(2 * mp.pi * var)
