"""Functions of shares z_1 + ... + z_K = 1 that are sums of powers and logarithms.

A form is a sum of terms c * prod_k z_k^a_k * prod_k (ln z_k)^m_k. Its integral over
the shares is exact: int prod_k z_k^(a_k - 1) dz = prod_k Gamma(a_k) / Gamma(sum a_k),
and a logarithm under the integral is a derivative of this in its a_k.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import mpmath as mp

from .field import CannotDecide

Number = Any  # an mpf
Key = tuple[tuple[Number, ...], tuple[int, ...]]
FUNCTIONS: dict[str, Callable[[Number], Number]] = {
    "log": mp.log,
    "gamma": mp.gamma,
    "digamma": mp.digamma,
    "trigamma": lambda u: mp.polygamma(1, u),
    "factorial": mp.factorial,
}


@dataclass(frozen=True)
class Form:
    """``terms`` maps (powers, powers of the logarithms) to a coefficient."""

    size: int
    terms: dict[Key, Number]

    @staticmethod
    def of(size: int, value: Number) -> Form:
        return Form(size, {((mp.mpf(0),) * size, (0,) * size): value})

    @staticmethod
    def share(size: int, k: int) -> Form:
        powers = tuple(mp.mpf(i == k) for i in range(size))
        return Form(size, {(powers, (0,) * size): mp.mpf(1)})

    def lift(self, other: Form | Number) -> Form:
        return other if isinstance(other, Form) else Form.of(self.size, other)

    def __add__(self, other: Form | Number) -> Form:
        out = dict(self.terms)
        for key, c in self.lift(other).terms.items():
            out[key] = out.get(key, mp.mpf(0)) + c
        return Form(self.size, out)

    __radd__ = __add__

    def __neg__(self) -> Form:
        return Form(self.size, {key: -c for key, c in self.terms.items()})

    def __sub__(self, other: Form | Number) -> Form:
        return self + -self.lift(other)

    def __rsub__(self, other: Form | Number) -> Form:
        return -self + other

    def __mul__(self, other: Form | Number) -> Form:
        out: dict[Key, Number] = {}
        for (a, m), c in self.terms.items():
            for (b, n), d in self.lift(other).terms.items():
                key = (
                    tuple(u + v for u, v in zip(a, b, strict=True)),
                    tuple(u + v for u, v in zip(m, n, strict=True)),
                )
                out[key] = out.get(key, mp.mpf(0)) + c * d
        return Form(self.size, out)

    __rmul__ = __mul__

    def __truediv__(self, other: Form | Number) -> Form:
        if isinstance(other, Form):
            return self * other.power(mp.mpf(-1))
        return self * (1 / other)

    def __rtruediv__(self, other: Number) -> Form:
        return self.power(mp.mpf(-1)) * other

    def single(self) -> tuple[tuple[Number, ...], Number]:
        """The powers and the coefficient, when this is one power product."""
        if len(self.terms) == 1:
            ((powers, logs), c) = next(iter(self.terms.items()))
            if not any(logs) and c > 0:
                return powers, c
        raise CannotDecide("a power or logarithm of a sum under an integral")

    def power(self, n: Number) -> Form:
        if n == 2 and len(self.terms) > 1:
            return self * self
        powers, c = self.single() if self.terms and n != 1 else ((), mp.mpf(0))
        if n == 1:
            return self
        key = (tuple(n * p for p in powers), (0,) * self.size)
        return Form(self.size, {key: c**n})

    def log(self) -> Form:
        powers, c = self.single()
        zero = (mp.mpf(0),) * self.size
        out = Form.of(self.size, mp.log(c))
        for k, p in enumerate(powers):
            if p != 0:
                logs = tuple(int(i == k) for i in range(self.size))
                out = out + Form(self.size, {(zero, logs): p})
        return out

    def integral(self) -> Number:
        """Over all shares; CannotDecide where it diverges."""
        return mp.fsum(c * moment(a, m) for (a, m), c in self.terms.items())


def beta(a: list[Number]) -> Number:
    """int prod_k z_k^(a_k - 1) dz."""
    return mp.exp(mp.fsum(map(mp.loggamma, a)) - mp.loggamma(mp.fsum(a)))


def moment(powers: tuple[Number, ...], logs: tuple[int, ...]) -> Number:
    """int prod_k z_k^p_k (ln z_k)^m_k dz, for up to two logarithms."""
    a = [p + 1 for p in powers]
    if min(a) <= 0:
        raise CannotDecide("an integral that diverges")
    places = [k for k, m in enumerate(logs) for _ in range(m)]
    if len(places) > 2:
        raise CannotDecide("more than two logarithms under an integral")
    total = mp.fsum(a)
    means = [mp.digamma(a[k]) - mp.digamma(total) for k in places]
    out = mp.fprod(means)
    if len(places) == 2:
        out -= mp.polygamma(1, total)
        if places[0] == places[1]:
            out += mp.polygamma(1, a[places[0]])
    return beta(a) * out


def nonzero(value: Form | Number) -> Form | Number:
    if not isinstance(value, Form) and value == 0:
        raise CannotDecide("a division by zero")
    return value


def power(base: Form | Number, n: Form | Number) -> Form | Number:
    if isinstance(n, Form):
        raise CannotDecide("a share in an exponent")
    if isinstance(base, Form):
        return base.power(n)
    if base < 0 and n != int(n):
        raise CannotDecide("a root of a negative number")
    if base == 0 and n <= 0:
        raise CannotDecide("a power of zero")
    return mp.power(base, n)


def function(name: str, value: Form | Number) -> Form | Number:
    if name == "log" and isinstance(value, Form):
        return value.log()
    if isinstance(value, Form):
        raise CannotDecide(f"the function {name} of a share")
    if name == "exp":
        return mp.exp(value)
    if value <= 0 and name != "factorial":
        raise CannotDecide(f"the function {name} of something not positive")
    if name not in FUNCTIONS:
        raise CannotDecide(f"the function {name}")
    return FUNCTIONS[name](value)
