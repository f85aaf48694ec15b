"""What a printed expression can be worth: a scalar, a vector, or a density."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import sympy as sp

from .field import CannotDecide, real

Atom = tuple[str, ...]  # ("x", "t", "-1"), ("eps",), ...


class Outer(CannotDecide):
    """A column times a row: a matrix, which is not read as a number."""


class Mismatch(CannotDecide):
    """A number stands where a vector must, or the other way round."""


@dataclass(frozen=True)
class Vec:
    """A linear combination of named vectors."""

    terms: tuple[tuple[Atom, sp.Expr], ...]

    @staticmethod
    def of(atom: Atom) -> Vec:
        return Vec(((atom, sp.Integer(1)),))

    @staticmethod
    def make(table: dict[Atom, sp.Expr]) -> Vec:
        return Vec(tuple(sorted((a, c) for a, c in table.items() if c != 0)))

    def table(self) -> dict[Atom, sp.Expr]:
        return dict(self.terms)

    def __add__(self, other: Vec) -> Vec:
        out = self.table()
        for a, c in other.terms:
            out[a] = out.get(a, sp.Integer(0)) + c
        return Vec.make(out)

    def scale(self, k: sp.Expr) -> Vec:
        return Vec(tuple((a, k * c) for a, c in self.terms))

    def map(self, change: Callable[[Atom], Vec | None]) -> Vec:
        """Each atom replaced by what ``change`` gives (None keeps it)."""
        out = ZERO
        for a, c in self.terms:
            new = change(a)
            out = out + (Vec.of(a) if new is None else new).scale(c)
        return out


ZERO = Vec(())


_GRAM: dict[sp.Symbol, tuple[Atom, Atom]] = {}


def gram(a: Atom, b: Atom) -> sp.Symbol:
    """The symbol of the inner product of two named vectors."""
    first, second = sorted((a, b))
    symbol = real(f"<{'.'.join(first)}|{'.'.join(second)}>")
    _GRAM[symbol] = (first, second)
    return symbol


def gram_atoms(symbol: sp.Symbol) -> tuple[Atom, Atom] | None:
    return _GRAM.get(symbol)


def dot(u: Vec, v: Vec) -> sp.Expr:
    return sp.Add(*(c * d * gram(a, b) for a, c in u.terms for b, d in v.terms))


def line(atom: Atom) -> sp.Symbol:
    """The number that a vector is when D = 1."""
    if atom == ("number",):
        return sp.Integer(1)
    symbol = real(f"<{'.'.join(atom)}>")
    _LINE[symbol] = atom
    return symbol


_LINE: dict[sp.Symbol, Atom] = {}


def line_atom(symbol: sp.Symbol) -> Atom | None:
    return _LINE.get(symbol)


def flat(v: Vec) -> sp.Expr:
    """The vector as a number (D = 1)."""
    return sp.Add(*(c * line(a) for a, c in v.terms))


@dataclass(frozen=True)
class Log:
    """Something positive, held by its logarithm: a density or an exponential."""

    log: sp.Expr
    var: Atom | None = None  # the first variable, for "proportional to"
    mean: Vec | sp.Expr | None = None
    cov: sp.Expr | None = None  # variance when this is one Gaussian

    @property
    def gaussian(self) -> bool:
        return self.cov is not None and self.var is not None


Value = sp.Expr | Vec | Log
