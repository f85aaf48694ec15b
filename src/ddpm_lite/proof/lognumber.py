"""Exact numbers with logarithms: polynomials over Q in logarithms of rationals.

Whether such a number is zero is decided by writing every logarithm over one base of
pairwise coprime integers: these logarithms are independent over the rationals.
"""

from __future__ import annotations

from fractions import Fraction
from math import gcd

import mpmath as mp

Monomial = tuple[Fraction, ...]


class Nested(Exception):
    """A logarithm of something that is itself no rational."""


class LogNumber:
    """sum of coefficient * log(q1) * log(q2) * ..."""

    __slots__ = ("terms",)

    def __init__(self, terms: dict[Monomial, Fraction]) -> None:
        self.terms = {m: c for m, c in terms.items() if c}

    @staticmethod
    def of(value: Fraction | int) -> LogNumber:
        return LogNumber({(): Fraction(value)})

    def rational(self) -> Fraction:
        """The value when no logarithm is left; raises Nested otherwise."""
        if not self.terms:
            return Fraction(0)
        if set(self.terms) == {()}:
            return self.terms[()]
        settled = self.normal()
        if set(settled) <= {()}:
            return settled.get((), Fraction(0))
        raise Nested("a logarithm inside a logarithm")

    def __add__(self, other: LogNumber) -> LogNumber:
        out = dict(self.terms)
        for m, c in other.terms.items():
            out[m] = out.get(m, Fraction(0)) + c
        return LogNumber(out)

    def __neg__(self) -> LogNumber:
        return LogNumber({m: -c for m, c in self.terms.items()})

    def __sub__(self, other: LogNumber) -> LogNumber:
        return self + (-other)

    def __mul__(self, other: LogNumber) -> LogNumber:
        out: dict[Monomial, Fraction] = {}
        for m, c in self.terms.items():
            for n, d in other.terms.items():
                key = tuple(sorted((*m, *n)))
                out[key] = out.get(key, Fraction(0)) + c * d
        return LogNumber(out)

    def __truediv__(self, other: LogNumber) -> LogNumber:
        below = other.rational()
        if below == 0:
            raise ZeroDivisionError
        return LogNumber({m: c / below for m, c in self.terms.items()})

    def log(self) -> LogNumber:
        value = self.rational()
        if value <= 0:
            raise ZeroDivisionError
        return LogNumber({}) if value == 1 else LogNumber({(value,): Fraction(1)})

    def power(self, n: int) -> LogNumber:
        out = LogNumber.of(1)
        base = self if n >= 0 else LogNumber.of(1) / self
        for _ in range(abs(n)):
            out = out * base
        return out

    def normal(self) -> dict[tuple[int, ...], Fraction]:
        """Coefficients over products of logarithms of a coprime base."""
        rationals = {q for m in self.terms for q in m}
        base = coprime_base(
            [n for q in rationals for n in (q.numerator, q.denominator)]
        )
        split = {q: exponents(q, base) for q in rationals}
        out: dict[tuple[int, ...], Fraction] = {}
        for monomial, c in self.terms.items():
            parts: dict[tuple[int, ...], Fraction] = {(): c}
            for q in monomial:
                grown: dict[tuple[int, ...], Fraction] = {}
                for key, d in parts.items():
                    for p, e in split[q].items():
                        k = tuple(sorted((*key, p)))
                        grown[k] = grown.get(k, Fraction(0)) + d * e
                parts = grown
            for key, d in parts.items():
                out[key] = out.get(key, Fraction(0)) + d
        return {k: v for k, v in out.items() if v}

    def is_zero(self) -> bool:
        """Equal to zero as a polynomial in independent logarithms?"""
        return not self.normal()

    def decimal(self, digits: int = 60) -> mp.mpf:
        with mp.workdps(digits):
            total = mp.mpf(0)
            for m, c in self.terms.items():
                term = mp.mpf(c.numerator) / c.denominator
                for q in m:
                    term *= mp.log(mp.mpf(q.numerator) / q.denominator)
                total += term
            return total


def coprime_base(numbers: list[int]) -> list[int]:
    """Pairwise coprime integers above 1 of which all the numbers are products."""
    base: list[int] = []
    for n in numbers:
        queue = [n]
        while queue:
            m = queue.pop()
            if m <= 1:
                continue
            for k, b in enumerate(base):
                g = gcd(m, b)
                if g > 1:
                    base.pop(k)
                    queue += [m // g, b // g, g]
                    break
            else:
                base.append(m)
    return sorted(set(base))


def exponents(q: Fraction, base: list[int]) -> dict[int, int]:
    out: dict[int, int] = {}
    top, below = q.numerator, q.denominator
    for b in base:
        e = 0
        while top % b == 0:
            top //= b
            e += 1
        while below % b == 0:
            below //= b
            e -= 1
        if e:
            out[b] = e
    return out
