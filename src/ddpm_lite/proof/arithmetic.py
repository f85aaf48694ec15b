"""Numbers of the finite worlds: floats for a first look, exact ones for the verdict."""

from __future__ import annotations

from fractions import Fraction
from typing import Any, Protocol

from .field import CannotDecide
from .lognumber import LogNumber, Nested


class Numbers(Protocol):
    """Arithmetic in floating point or exactly."""

    def of(self, value: Fraction) -> Any: ...
    def log(self, value: Any) -> Any: ...
    def exp(self, value: Any) -> Any: ...
    def power(self, value: Any, exponent: Any) -> Any: ...


class Floats:
    """Quick arithmetic; a first look only."""

    @staticmethod
    def of(value: Fraction) -> float:
        return float(value)

    @staticmethod
    def log(value: float) -> float:
        from math import log

        if value <= 0:
            raise ZeroDivisionError
        return log(value)

    @staticmethod
    def exp(value: float) -> float:
        from math import exp

        if value > 600:
            raise CannotDecide("a number too large")
        return exp(value)

    @staticmethod
    def power(value: float, exponent: float) -> float:
        if abs(exponent) > 64:
            raise CannotDecide("a power above 64")
        result = value**exponent
        if isinstance(result, complex):
            raise CannotDecide("a root of a negative number")
        return result


class Exact:
    """Rationals and their logarithms."""

    @staticmethod
    def of(value: Fraction) -> LogNumber:
        return LogNumber.of(value)

    @staticmethod
    def log(value: LogNumber) -> LogNumber:
        return value.log()

    @staticmethod
    def exp(value: LogNumber) -> LogNumber:
        out = Fraction(1)
        for monomial, c in value.terms.items():
            if len(monomial) != 1 or c.denominator != 1:
                raise Nested("an exponential of no plain logarithm")
            out *= monomial[0] ** int(c)
        return LogNumber.of(out)

    @staticmethod
    def power(value: LogNumber, exponent: LogNumber) -> LogNumber:
        n = exponent.rational()
        if n.denominator != 1 or abs(n) > 12:
            raise Nested("a fractional power")
        return value.power(int(n))
