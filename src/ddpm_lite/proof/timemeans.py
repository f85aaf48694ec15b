"""Means over the steps: a uniform t, and the range it runs over."""

from __future__ import annotations

from dataclasses import replace

import sympy as sp

from . import field as exact
from .canon import Time
from .field import CannotDecide
from .formulas import Formulas, NeedsUnrolling, term
from .names import Clock, time_of
from .tree import Density, Draws, Expect, Node, Uniform
from .values import Value


def is_uniform(law: Node) -> bool:
    inner = law.law if isinstance(law, Draws) else law
    named = isinstance(inner, Density) and inner.head.name in ("u", "U")
    return named or isinstance(inner, Uniform)


def uniform(s: Formulas, node: Expect, law: Node) -> Value:
    """E_{u(t)}: the mean over t = 1 ... T, or over the range printed."""
    low, top = uniform_range(law, s.clock)
    if top[0]:
        raise NeedsUnrolling("a mean over t up to a symbolic T")
    rest = tuple(x for x in node.laws if x is not law)
    inner = Expect(rest, node.body) if rest else node.body
    values = []
    for n in range(low, top[1] + 1):
        values.append(term(replace(s, clock=s.clock.bind("t", ("", n))), inner, n))
    if not values:
        raise exact.Undefined("a mean over no time at all")
    return s.times([sp.Rational(1, len(values)), s.total(values)])


def uniform_range(law: Node, clock: Clock) -> tuple[int, Time]:
    """The first and last time of a uniform law."""
    inner = law.law if isinstance(law, Draws) else law
    if not isinstance(inner, Uniform):
        return 1, clock.look("T")
    low, top = time_of(inner.lo, clock), time_of(inner.hi, clock)
    if low[0] or low[1] < 1:
        raise CannotDecide("a uniform law that is not over the steps 1 to T")
    return low[1], top
