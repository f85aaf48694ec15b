"""Averages over whole paths, and two times whose order the text tells."""

from __future__ import annotations

from dataclasses import replace

import sympy as sp

from .formulas import Formulas, NeedsUnrolling
from .names import time_of
from .tree import Add, Big, Dots, Expect, Neg, Range, Sym
from .values import Value
from .walking import contains, free_in, walk


def spread(s: Formulas, node: Expect) -> Value | None:
    """The mean over a path is linear: term by term (None: nothing to spread)."""
    law, body = node.laws[0], node.body
    path = [n for n in walk(law) if isinstance(n, Range)]
    if len(node.laws) > 1 or not path or not contains(body, Big):
        return None
    if isinstance(body, Add) and not any(isinstance(t, Dots) for t in body.terms):
        return s.total([s.value(replace(node, body=t)) for t in body.terms])
    if isinstance(body, Neg):
        return s.times([sp.Integer(-1), s.value(replace(node, body=body.arg))])
    if not isinstance(body, Big) or body.op != "sum" or free_in(body.var, law):
        return None
    if not isinstance(body.var, Sym) or body.lo is None or body.hi is None:
        return None
    lo, hi = time_of(body.lo, s.clock), time_of(body.hi, s.clock)
    if lo[0] or hi[0]:
        raise NeedsUnrolling("a sum with symbolic limits")
    inner = replace(node, body=body.body)
    clocks = [s.clock.bind(body.var.name, ("", n)) for n in range(lo[1], hi[1] + 1)]
    return s.total([replace(s, clock=c).value(inner) for c in clocks])
