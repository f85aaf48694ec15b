"""The symbols of exact arithmetic: letters, roots and logarithms, one symbol each."""

from __future__ import annotations

from functools import cache

import sympy as sp

UNIT: set[sp.Symbol] = set()  # symbols known to lie strictly between 0 and 1
ROOTS: dict[sp.Symbol, sp.Expr] = {}
ROOT_OF: dict[sp.Expr, sp.Symbol] = {}
LOG_OF: dict[sp.Expr, sp.Symbol] = {}
LOGS: dict[sp.Symbol, sp.Expr] = {}


@cache
def unit(name: str) -> sp.Symbol:
    """A symbol strictly between 0 and 1."""
    symbol = sp.Symbol(name, positive=True)
    UNIT.add(symbol)
    return symbol


@cache
def positive(name: str) -> sp.Symbol:
    return sp.Symbol(name, positive=True)


@cache
def real(name: str) -> sp.Symbol:
    return sp.Symbol(name, real=True)


def meaning(symbol: sp.Symbol) -> sp.Expr | None:
    """What a root or logarithm symbol stands for (under the root or logarithm)."""
    return ROOTS.get(symbol, LOGS.get(symbol))


def all_symbols(expr: sp.Expr) -> set[sp.Symbol]:
    """The symbols of an expression, looking into roots and logarithms."""
    out: set[sp.Symbol] = set()
    queue = list(sp.sympify(expr).free_symbols)
    while queue:
        s = queue.pop()
        inner = meaning(s)
        if inner is None:
            out.add(s)
        else:
            queue.extend(inner.free_symbols)
    return out
