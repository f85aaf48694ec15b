"""Inequalities between logarithms, from ``1 - 1/u <= log u <= u - 1``.

Every logarithm is replaced by the bound that makes the expression smaller; what is left
is a rational function. It is certified to be >= 0 by the signs of its coefficients,
even powers counting as squares. Nothing is tried at points.
"""

from __future__ import annotations

import sympy as sp
from sympy.polys.polyerrors import PolynomialError

from . import field as exact
from .field import CannotDecide

MAX_POWER = 6


def nonnegative(expr: sp.Expr) -> bool:
    """Certified: ``expr`` (with logarithm symbols) is >= 0 wherever it is defined."""
    try:
        return any(_squares(rest) for rest in bounds(expr))
    except (CannotDecide, PolynomialError):
        return False


def bounds(expr: sp.Expr) -> list[sp.Expr]:
    """Rational functions that are never above ``expr``."""
    expr = sp.expand(expr)
    logs = sorted(
        (s for s in expr.free_symbols if s in exact.LOGS), key=lambda s: s.name
    )
    if not logs:
        return [expr]
    poly = sp.Poly(expr, *logs)
    if poly.total_degree() > 1:
        return []
    rest = poly.coeff_monomial(1)
    factors = [(exact.LOGS[s], poly.coeff_monomial(s)) for s in logs]
    if any(exact.all_symbols(u) & set(logs) for u, _ in factors):
        return []
    return [*_together(rest, factors), *_apart(rest, factors)]


def _together(rest: sp.Expr, factors: list[tuple[sp.Expr, sp.Expr]]) -> list[sp.Expr]:
    """All logarithms as one: c log u with u a product of whole powers."""
    if not all(c.is_Rational for _, c in factors):
        return []
    common = sp.ilcm(1, *(c.q for _, c in factors))
    powers = [c * common for _, c in factors]
    share = sp.igcd(0, *powers)
    powers = [p / share for p in powers]
    if max(abs(p) for p in powers) > MAX_POWER:
        return []
    u = sp.prod([f**p for (f, _), p in zip(factors, powers, strict=True)])
    return [rest + sp.Rational(share, common) * (1 - 1 / u)]


def _apart(rest: sp.Expr, factors: list[tuple[sp.Expr, sp.Expr]]) -> list[sp.Expr]:
    """Each logarithm by itself, bounded below as its sign asks."""
    for u, c in factors:
        s = exact.sign(c)
        if s is None:
            return []
        rest += c * (1 - 1 / u if s > 0 else u - 1)
    return [rest]


def _squares(expr: sp.Expr) -> bool:
    """>= 0 by signs of factors; factors to an even power do not matter."""
    num, den = sp.fraction(sp.together(exact.reduce_roots(expr)))
    total = 1
    for part in (num, den):
        if sp.expand(part) == 0:
            return part is num
        content, items = sp.factor_list(sp.expand(part))
        total *= 1 if content > 0 else -1
        for base, power in items:
            if power % 2 == 0 and all(s.is_real for s in base.free_symbols):
                continue
            s = exact.sign(base)
            if s is None or s == 0:
                return False
            total *= s**power
    return total > 0
