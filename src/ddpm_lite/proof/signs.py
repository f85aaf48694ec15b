"""Certified signs: for every admissible value of the symbols, or none."""

from __future__ import annotations

from functools import lru_cache

import sympy as sp
from sympy.polys.polyerrors import PolynomialError

from .surds import ROOTS, UNIT, positive


@lru_cache(maxsize=4096)
def sign(expr: sp.Expr) -> int | None:
    """Certified sign for every admissible value of the symbols, else None.

    Unit symbols are written 1/(1+u), u > 0; if then all coefficients of a polynomial
    in positive symbols have one sign, so has the polynomial.
    """
    num, den = sp.fraction(sp.together(expr))
    result = 1
    for part in (num, den):
        s = _polynomial_sign(sp.expand(part))
        if s is None or s == 0:
            return s if part is num else None
        result *= s
    return result


def _polynomial_sign(part: sp.Expr) -> int | None:
    if part.is_number:
        return 0 if part.is_zero else (1 if part.is_positive else -1)
    symbols = part.free_symbols
    if not all(s.is_positive for s in symbols):
        even = _even(part, [s for s in symbols if not s.is_positive])
        return None if even is None else _polynomial_sign(even)
    if any(s in ROOTS for s in symbols):
        return _sign_with_roots(part)
    change = {s: 1 / (1 + positive("u_" + s.name)) for s in symbols if s in UNIT}
    num, _den = sp.fraction(sp.together(part.subs(change)))
    num = sp.expand(num)
    if num.is_number:
        return 0 if num.is_zero else (1 if num.is_positive else -1)
    try:
        coefficients = sp.Poly(num).coeffs()
    except PolynomialError:
        return None
    if all(c.is_positive for c in coefficients):
        return 1
    if all(c.is_negative for c in coefficients):
        return -1
    return None


def _even(part: sp.Expr, reals: list[sp.Symbol]) -> sp.Expr | None:
    """The same polynomial in |s|, when each real s occurs in even powers only.

    A term without them must be there: then no sign is lost where they vanish.
    """
    if not all(s.is_real for s in reals):
        return None
    try:
        monomials = sp.Poly(part, *reals).monoms()
    except PolynomialError:
        return None
    if any(k % 2 for m in monomials for k in m) or not any(
        not any(m) for m in monomials
    ):
        return None
    return part.subs({s: positive("abs_" + s.name) for s in reals})


def _sign_with_roots(part: sp.Expr) -> int | None:
    terms = sp.Add.make_args(part)
    signs = set()
    for t in terms:
        c, rest = t.as_coeff_Mul()
        signs.add(1 if c.is_positive else -1)
        if not all(s.is_positive for s in rest.free_symbols):
            return None
    return signs.pop() if len(signs) == 1 else None
