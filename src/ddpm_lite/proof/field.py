"""Exact arithmetic: rational functions with square roots and logarithms.

Each square root of an irreducible polynomial is one symbol with its defining relation
``r**2 = P``; an expression is zero when the numerator's remainder modulo these
relations is the zero polynomial. Nothing is decided by ``simplify``.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import lru_cache

import mpmath as mp
import sympy as sp
from sympy.polys.polyerrors import PolynomialError

from .budget import (
    Budget,
    CannotDecide,
    Diverges,
    Infinite,
    OutOfTime,
    Undefined,
    Unreal,
)
from .signs import sign
from .surds import (
    LOG_OF,
    LOGS,
    ROOT_OF,
    ROOTS,
    UNIT,
    all_symbols,
    meaning,
    positive,
    real,
    unit,
)

MAX_TERMS = 6_000


def forget() -> None:
    """Drop the roots and logarithms of earlier statements (bounds memory)."""
    if len(ROOTS) + len(LOGS) > 2000:
        for table in (ROOTS, ROOT_OF, LOG_OF, LOGS):
            table.clear()
        _factored.cache_clear()
        sign.cache_clear()


def _too_big(expr: sp.Expr) -> None:
    Budget.tick()
    if expr.count_ops() > MAX_TERMS:
        raise CannotDecide("the expression grows too large")


@lru_cache(maxsize=4096)
def _factored(expr: sp.Expr) -> tuple[sp.Expr, tuple[tuple[sp.Expr, int], ...]]:
    """Content and irreducible factors of numerator and denominator."""
    _too_big(expr)
    num, den = sp.fraction(sp.together(reduce_roots(expr)))
    content = sp.Integer(1)
    factors: dict[sp.Expr, int] = {}
    for part, power in ((num, 1), (den, -1)):
        try:
            c, items = sp.factor_list(sp.expand(part))
        except PolynomialError as error:
            raise CannotDecide("this does not factor") from error
        content *= sp.sympify(c) ** power
        for base, e in items:
            factors[base] = factors.get(base, 0) + power * e
    return content, tuple((f, e) for f, e in factors.items() if e)


def _positive_factors(
    expr: sp.Expr, what: str
) -> tuple[sp.Expr, list[tuple[sp.Expr, int]]]:
    """The factors of a positive expression, each made positive."""
    content, items = _factored(expr)
    out = []
    for base, e in items:
        s = sign(base)
        if s is None:
            raise CannotDecide(f"the sign under {what} is not settled")
        if s < 0:
            base = sp.expand(-base)
            content *= sp.Integer(-1) ** e
        out.append((base, e))
    if content.is_zero:
        return content, []
    if content.is_negative:
        raise Unreal(f"{what} of something negative")
    return content, out


def sqrt(expr: sp.Expr) -> sp.Expr:
    """The non-negative root, with one symbol per irreducible factor."""
    expr = sp.sympify(expr)
    content, items = _positive_factors(expr, "a square root")
    result = sp.sqrt(content) if content.is_number else content
    for base, e in items:
        whole, odd = divmod(e, 2)
        result *= base**whole
        if odd:
            result *= _root(base)
    return result


def _root(base: sp.Expr) -> sp.Expr:
    if base not in ROOT_OF:
        symbol = sp.Symbol(f"root{len(ROOT_OF)}", positive=True)
        ROOT_OF[base] = symbol
        ROOTS[symbol] = base
    return ROOT_OF[base]


def log(expr: sp.Expr) -> sp.Expr:
    """The logarithm as a sum of logarithms of irreducible factors and primes."""
    expr = sp.sympify(expr)
    if expr.is_zero:
        raise Infinite("log 0")
    content, items = _positive_factors(expr, "a logarithm")
    result = sp.Integer(0)
    if content != 1:
        for base, e in _number_factors(content):
            result += e * _log_atom(base)
    for base, e in items:
        if base in ROOTS:
            result += sp.Rational(e, 2) * log(ROOTS[base])
        else:
            result += e * _log_atom(base)
    return result


def _number_factors(content: sp.Expr) -> list[tuple[sp.Expr, sp.Expr]]:
    out: list[tuple[sp.Expr, sp.Expr]] = []
    for base, e in sp.Mul(content).as_powers_dict().items():
        if base.is_Rational:
            out += [(sp.Integer(p), e * k) for p, k in sp.factorint(base.p).items()]
            out += [(sp.Integer(p), -e * k) for p, k in sp.factorint(base.q).items()]
        else:
            out.append((base, e))
    return [(b, e) for b, e in out if b != 1]


def _log_atom(base: sp.Expr) -> sp.Expr:
    if base == sp.E:
        return sp.Integer(1)
    if base not in LOG_OF:
        symbol = sp.Symbol(f"log{len(LOG_OF)}", real=True)
        LOG_OF[base] = symbol
        LOGS[symbol] = base
    return LOG_OF[base]


def reduce_roots(expr: sp.Expr) -> sp.Expr:
    """``expr`` with even powers of root symbols replaced by what they stand for."""
    present = [r for r in reversed(list(ROOTS)) if expr.has(r)]
    if not present:
        return expr
    num, den = sp.fraction(sp.together(expr))
    return _remainder(num, present) / _remainder(den, present)


def _remainder(part: sp.Expr, present: list[sp.Symbol]) -> sp.Expr:
    for r in [*present, *(s for s in reversed(list(ROOTS)) if s not in present)]:
        if not part.has(r):
            continue
        out: dict[int, sp.Expr] = {0: sp.Integer(0), 1: sp.Integer(0)}
        for (k,), c in sp.Poly(part, r).terms():
            out[k % 2] += c * ROOTS[r] ** (k // 2)
        part = sp.expand(out[0] + out[1] * r)
    return part


def is_zero(expr: sp.Expr) -> bool:
    """Is the expression identically zero? A proof when True."""
    expr = sp.sympify(expr)
    if expr.is_Rational:
        return bool(expr == 0)
    if expr.is_number:
        return vanishes_somewhere(expr) and bool(expr.equals(0))
    if not vanishes_somewhere(expr):
        return False
    parts = affine_parts(expr)
    return all(_numerator_vanishes(part) for part in parts)


def _numerator_vanishes(expr: sp.Expr) -> bool:
    _too_big(expr)
    num, _ = sp.fraction(sp.together(expr))
    return sp.expand(_remainder(sp.expand(num), [])) == 0


def affine_parts(expr: sp.Expr) -> list[sp.Expr]:
    """An expression affine in products and logarithms, coefficient by coefficient.

    Such an expression vanishes exactly when each coefficient does; the coefficients
    are far smaller. Anything else comes back whole.
    """
    free = [s for s in expr.free_symbols if s in LOGS or s.name.startswith("<")]
    if len(free) < 2:
        return [expr]
    parts = [sp.diff(expr, s) for s in free]
    if any(p.has(*free) for p in parts):
        return [expr]
    return [*parts, expr.subs({s: 0 for s in free})]


def vanishes_somewhere(expr: sp.Expr) -> bool:
    """A quick look: is the expression zero at one ordinary point?

    A non-zero value there settles that it is not identically zero; a zero proves
    nothing, and the exact remainder is then taken.
    """
    table: dict[sp.Symbol, mp.mpf] = {}

    def settle(symbol: sp.Symbol) -> mp.mpf:
        if symbol not in table:
            if symbol in ROOTS:
                table[symbol] = mp.sqrt(number(ROOTS[symbol], settle))
            elif symbol in LOGS:
                table[symbol] = mp.log(number(LOGS[symbol], settle))
            else:
                seed = sum(ord(c) * (7 * k + 3) for k, c in enumerate(symbol.name))
                table[symbol] = mp.mpf(seed % 89 + 5) / 97
        return table[symbol]

    with mp.workdps(50):
        try:
            worth = number(expr, settle)
        except ZeroDivisionError:
            return True
        return abs(worth) < mp.mpf(10) ** -35


def number(expr: sp.Expr, lookup: Callable[[sp.Symbol], mp.mpf]) -> mp.mpf:
    """A numeric value by plain recursion (quicker than substitution)."""
    if expr.is_Symbol:
        return lookup(expr)
    if expr.is_Rational:
        return mp.mpf(int(expr.p)) / int(expr.q)
    if expr.is_Add:
        return mp.fsum(number(a, lookup) for a in expr.args)
    if expr.is_Mul:
        product = mp.mpf(1)
        for a in expr.args:
            product *= number(a, lookup)
        return product
    if expr.is_Pow:
        base, power = (number(a, lookup) for a in expr.args)
        return base ** (int(power) if power == int(power) else power)
    if expr is sp.pi:
        return mp.pi + 0
    if expr is sp.E:
        return mp.e + 0
    if expr.is_finite is False or expr is sp.nan:
        raise ZeroDivisionError
    return mp.mpmathify(expr.evalf(mp.mp.dps))


def value(
    expr: sp.Expr, point: Mapping[sp.Symbol, sp.Expr], digits: int = 40
) -> mp.mpf:
    """The number that ``expr`` has at ``point`` (roots and logarithms included)."""
    table: dict[sp.Symbol, mp.mpf] = {}

    def settle(symbol: sp.Symbol) -> mp.mpf:
        if symbol not in table:
            if symbol in point:
                table[symbol] = number(sp.sympify(point[symbol]), settle)
            elif symbol in ROOTS:
                table[symbol] = mp.sqrt(number(ROOTS[symbol], settle))
            elif symbol in LOGS:
                table[symbol] = mp.log(number(LOGS[symbol], settle))
            else:
                raise CannotDecide(f"no value for {symbol}")
        return table[symbol]

    with mp.workdps(digits + 10):
        try:
            return number(sp.sympify(expr), settle)
        except ZeroDivisionError as error:
            raise Undefined("a division by zero") from error


__all__ = [
    "LOGS", "MAX_TERMS", "UNIT", "Budget", "CannotDecide", "Diverges", "Infinite",
    "OutOfTime", "Undefined", "Unreal", "affine_parts", "all_symbols", "forget",
    "is_zero", "log", "meaning", "number", "positive", "real", "reduce_roots", "sign",
    "sqrt", "unit", "value", "vanishes_somewhere",
]  # fmt: skip
