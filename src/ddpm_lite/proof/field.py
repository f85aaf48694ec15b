"""Exact arithmetic: rational functions with square roots and logarithms.

Each square root of an irreducible polynomial is one symbol with its defining relation
``r**2 = P``; an expression is zero when the numerator's remainder modulo these
relations is the zero polynomial. Nothing is decided by ``simplify``.
"""

from __future__ import annotations

import signal
import threading
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from functools import cache, lru_cache
from time import process_time

import mpmath as mp
import sympy as sp
from sympy.polys.polyerrors import PolynomialError

MAX_TERMS = 6_000


class CannotDecide(Exception):
    """This world cannot express the statement; ``str`` says why."""


class OutOfTime(CannotDecide):
    """The statement took longer than its budget."""


class Undefined(Exception):
    """A division by zero or a logarithm of zero at this time step."""


class Infinite(Undefined):
    """A division by zero."""


class Diverges(Exception):
    """A term of a sum or mean over t is infinite."""


class Budget:
    """Processor time for one statement; what runs over is left unknown."""

    seconds = 4.0
    second_look = 0.4  # for a world that is asked after another has decided
    _end = 0.0
    _ticks = 0

    @classmethod
    def start(cls) -> None:
        cls._end = process_time() + cls.seconds

    @classmethod
    def shorten(cls) -> None:
        """Another world has decided: a second opinion may not take long."""
        cls._end = min(cls._end, process_time() + cls.second_look)
        main = threading.current_thread() is threading.main_thread()
        if main and hasattr(signal, "setitimer") and cls._ringing():
            signal.setitimer(signal.ITIMER_VIRTUAL, cls.second_look, 0.5)

    @classmethod
    def _ringing(cls) -> bool:
        """Is the alarm ours?"""
        return bool(signal.getsignal(signal.SIGVTALRM) == cls._ring)

    @classmethod
    @contextmanager
    def guard(cls) -> Iterator[None]:
        """Start the clock; where signals exist, also interrupt a single long step."""
        cls.start()
        main = threading.current_thread() is threading.main_thread()
        if not main or not hasattr(signal, "setitimer"):
            yield
            return
        if signal.getitimer(signal.ITIMER_VIRTUAL)[0]:
            yield  # someone else's alarm: leave it alone
            return
        before = signal.signal(signal.SIGVTALRM, cls._ring)
        signal.setitimer(signal.ITIMER_VIRTUAL, cls.seconds + 1, 0.5)
        try:
            yield
        finally:
            signal.setitimer(signal.ITIMER_VIRTUAL, 0)
            signal.signal(signal.SIGVTALRM, before)

    @classmethod
    def _ring(cls, number: int, frame: object) -> None:
        raise OutOfTime(f"not decided within {cls.seconds:g} seconds")

    @classmethod
    def tick(cls) -> None:
        cls._ticks += 1  # asking for the time costs more than a small step
        if cls._ticks % 16 == 0 and cls._end and process_time() > cls._end:
            raise OutOfTime(f"not decided within {cls.seconds:g} seconds")


UNIT: set[sp.Symbol] = set()  # symbols known to lie strictly between 0 and 1


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
    if any(s in _ROOTS for s in symbols):
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


_ROOTS: dict[sp.Symbol, sp.Expr] = {}
_ROOT_OF: dict[sp.Expr, sp.Symbol] = {}
_LOG_OF: dict[sp.Expr, sp.Symbol] = {}
LOGS: dict[sp.Symbol, sp.Expr] = {}


def forget() -> None:
    """Drop the roots and logarithms of earlier statements (bounds memory)."""
    if len(_ROOTS) + len(LOGS) > 2000:
        for table in (_ROOTS, _ROOT_OF, _LOG_OF, LOGS):
            table.clear()
        _factored.cache_clear()
        sign.cache_clear()


def meaning(symbol: sp.Symbol) -> sp.Expr | None:
    """What a root or logarithm symbol stands for (under the root or logarithm)."""
    return _ROOTS.get(symbol, LOGS.get(symbol))


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
        raise CannotDecide(f"{what} of something negative")
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
    if base not in _ROOT_OF:
        symbol = sp.Symbol(f"root{len(_ROOT_OF)}", positive=True)
        _ROOT_OF[base] = symbol
        _ROOTS[symbol] = base
    return _ROOT_OF[base]


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
        if base in _ROOTS:
            result += sp.Rational(e, 2) * log(_ROOTS[base])
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
    if base not in _LOG_OF:
        symbol = sp.Symbol(f"log{len(_LOG_OF)}", real=True)
        _LOG_OF[base] = symbol
        LOGS[symbol] = base
    return _LOG_OF[base]


def reduce_roots(expr: sp.Expr) -> sp.Expr:
    """``expr`` with even powers of root symbols replaced by what they stand for."""
    present = [r for r in reversed(list(_ROOTS)) if expr.has(r)]
    if not present:
        return expr
    num, den = sp.fraction(sp.together(expr))
    return _remainder(num, present) / _remainder(den, present)


def _remainder(part: sp.Expr, present: list[sp.Symbol]) -> sp.Expr:
    for r in [*present, *(s for s in reversed(list(_ROOTS)) if s not in present)]:
        if not part.has(r):
            continue
        out: dict[int, sp.Expr] = {0: sp.Integer(0), 1: sp.Integer(0)}
        for (k,), c in sp.Poly(part, r).terms():
            out[k % 2] += c * _ROOTS[r] ** (k // 2)
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
            if symbol in _ROOTS:
                table[symbol] = mp.sqrt(number(_ROOTS[symbol], settle))
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
            elif symbol in _ROOTS:
                table[symbol] = mp.sqrt(number(_ROOTS[symbol], settle))
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
