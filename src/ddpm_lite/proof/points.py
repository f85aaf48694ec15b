"""Test points that a person can redo by hand, away from the known blind spots.

t = 1 hides alpha for alphabar, t = 2 hides sqrt(alpha_{t-1}), x_0 = 0 or 1 hides a
coefficient, equal alphas make coefficients equal: none of these is used here.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any
from zlib import crc32

import sympy as sp

from . import field as exact
from .canon import Canon, Time
from .field import CannotDecide
from .values import Atom, gram_atoms, line_atom

ALPHAS = ("9/10", "4/5", "7/10", "3/5", "11/20", "12/25", "2/5", "1/3")
X0 = sp.Rational(13, 10)
EPS = sp.Rational(7, 10)
SPARE = ("4/5", "-11/10", "9/20", "21/10", "-3/10", "17/10", "3/20", "-13/10", "19/10")
SPREAD = (
    (sp.Rational(1), sp.Rational(0)),
    (sp.Rational(-1, 2), sp.Rational(37, 100)),
    (sp.Rational(3, 10), sp.Rational(-9, 10)),
)


def alpha(n: int) -> sp.Expr:
    return sp.Rational(ALPHAS[n - 1]) if n <= len(ALPHAS) else sp.Rational(1, n - 5)


class Settled(Canon):
    """A canon whose alphas are numbers: sides that differ are soon seen to differ."""

    def sqrt_alpha(self, t: Time) -> sp.Expr:
        super().sqrt_alpha(t)
        if t[0]:
            raise CannotDecide("a time that is no number")
        return sp.Rational(19 - t[1], 20)


class Point:
    """Numbers for every symbol that occurs; the same vector gets the same number."""

    def __init__(
        self, symbols: Iterable[sp.Symbol], dim: int = 1, turn: int = 0
    ) -> None:
        self.dim = dim
        self.turn = turn
        self.table: dict[sp.Symbol, sp.Expr] = {}
        self.atoms: dict[Atom, sp.Expr] = {}
        self.taken: dict[str, int] = {}
        for s in sorted(symbols, key=str):
            self.table[s] = self.number(s)

    def spare(self, name: str) -> sp.Expr:
        """A number of its own for each name (equal numbers would hide things)."""
        if name not in self.taken:
            k = (crc32(name.encode()) + self.turn) % len(SPARE)
            used = set(self.taken.values())
            while k in used and len(used) < len(SPARE):
                k = (k + 1) % len(SPARE)
            self.taken[name] = k
        return sp.Rational(SPARE[self.taken[name]])

    def number(self, s: sp.Symbol) -> sp.Expr:
        name = s.name
        pair = gram_atoms(s)
        if pair:
            u, v = self.vector(pair[0]), self.vector(pair[1])
            return sp.Add(*(a * b for a, b in zip(u, v, strict=True)))
        atom = line_atom(s)
        if atom:
            return self.vector(atom)[0]
        if name.startswith("a[") and "+" in name:
            letter, n = name[2:-1].split("+")
            if not letter:
                return sp.sqrt(alpha(int(n)))
        if name.startswith("rest."):
            return sp.Integer(0)  # an affine network
        if s in exact.UNIT:
            return sp.Rational(3, 5) + sp.Rational(sum(map(ord, name)) % 7, 20)
        if name == "D":
            return sp.Integer(self.dim)
        if name.startswith("sigma["):
            return sp.Rational(1, 2)
        if s.is_positive:
            return abs(self.spare(name)) + sp.Rational(1, 4)
        return self.spare(name)

    def vector(self, atom: Atom) -> list[sp.Expr]:
        if atom[0] == "rest":
            return [sp.Integer(0)] * self.dim
        if atom not in self.atoms:
            self.atoms[atom] = self.component(atom)
        base = self.atoms[atom]
        return [k * base + d for k, d in SPREAD[: self.dim]]

    def component(self, atom: Atom) -> sp.Expr:
        if atom == ("x", "", "0"):
            return X0
        if atom[0] == "eps" and len(atom) == 2:
            return EPS
        if atom[0] == "x" and len(atom) == 3 and not atom[1]:
            n = int(atom[2])  # a state that this start and this noise would reach
            bar = sp.prod([alpha(k) for k in range(1, n + 1)])
            reached = sp.sqrt(bar) * X0 + sp.sqrt(1 - bar) * EPS
            shift = sp.Rational((n * 3) % 5, 10) if n % 2 == 0 else sp.Integer(0)
            return sp.Rational(round(float(reached + shift) * 10000), 10000)
        return self.spare(".".join(atom))


def names(
    point: Point, symbols: Iterable[sp.Symbol], extra: Mapping[str, Any]
) -> dict[str, Any]:
    """The numbers under the names a reader knows, as JSON-ready values."""
    out: dict[str, Any] = dict(extra)
    used: set[Atom] = set()
    for s in sorted(symbols, key=str):
        pair = gram_atoms(s)
        atom = line_atom(s)
        used |= set(pair or ()) | ({atom} if atom else set())
        if s.name.startswith("a[+"):
            out[f"alpha_{s.name[3:-1]}"] = float(point.table[s] ** 2)
        elif not pair and not atom and not s.name.startswith("rest."):
            label = s.name.replace("sigma[+", "sigma_").replace("sigma[", "sigma_")
            out[label.rstrip("]")] = round(float(point.table[s]), 6)
    for a in sorted(a for a in used if a[0] != "rest"):
        parts = point.vector(a)
        value = [round(float(v), 6) for v in parts]
        out[atom_name(a)] = value[0] if len(value) == 1 else value
    return out


def atom_name(atom: Atom) -> str:
    if atom[0] == "x" and len(atom) == 3:
        return f"x_{atom[1]}{atom[2]}"
    if atom[0] == "xhat":
        return f"x̂_θ(x_{atom[2]})"
    if atom[0] == "eps":
        return "ε" + atom[1] + ("_" + "".join(atom[2:]) if len(atom) > 2 else "")
    if atom[0] == "hat":
        return f"x̂_{atom[2]}"
    return atom[0] if len(atom) == 1 else ".".join(a for a in atom if a)
