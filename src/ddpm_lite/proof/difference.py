"""The pairs of numbers that a relation is about: settled, or violated somewhere?"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property, partial

import mpmath as mp
import sympy as sp

from . import field as exact
from . import logbound
from .field import CannotDecide
from .letters import allowed_in
from .points import Point
from .values import Atom, gram_atoms, line_atom

MODEL = ("xhat", "offset", "rest", "hat")


CONVENTIONAL = ("x", "xhat", "eps", "offset", "rest")
FREE = ("gain.", "rest.", "sigma[")  # numbers that belong to the model


def conventional(s: sp.Symbol) -> bool:
    """Symbols whose meaning needs no definition."""
    name = s.name
    return (
        s in exact.UNIT
        or name.startswith(FREE)
        or name in ("D", "const", "t", "T", "s", "k", "n")
        or allowed_in(s) is not None
    )


def own_letter(s: sp.Symbol) -> bool:
    """A number that only the text can explain, such as ``\\sigma_1`` of a lemma."""
    return s.name.startswith("\\") and not _atoms(s)


def _atoms(s: sp.Symbol) -> set[Atom]:
    one = line_atom(s)
    return set(gram_atoms(s) or ()) | ({one} if one else set())


def _free(s: sp.Symbol) -> set[Atom]:
    """A number that the model is free to choose counts as its offset."""
    return {("offset",)} if s.name.startswith(FREE) else set()


def _kept(
    v: sp.Expr,
    slope: sp.Expr,
    numbers: list[sp.Symbol],
    keep: Callable[[set[Atom]], bool],
) -> sp.Expr:
    """What is kept of ``slope * v``, affine in vectors, a polynomial in ``numbers``."""
    atoms = _atoms(v) if v.is_Symbol else set()
    if keep(atoms):
        return slope
    if numbers and keep({*atoms, ("offset",)}):
        return slope - slope.subs(dict.fromkeys(numbers, 0))
    return sp.Integer(0)


def _beyond(names: frozenset[Atom], atoms: set[Atom]) -> bool:
    return not atoms <= names


@dataclass(frozen=True)
class Difference:
    """Pairs of numbers (left, right) that the relation is about.

    ``logs`` marks pairs that are logarithms of what is printed.
    """

    pairs: tuple[tuple[sp.Expr, sp.Expr], ...]
    note: str = ""
    complaint: str = ""
    logs: bool = False
    free_of: Atom | None = None  # "proportional to": the gap may not contain this
    varies: Atom | None = None  # "+ const" may not contain this either
    generic: bool = True  # is the claim about every t?
    universal: bool = False  # do the letters on the left range over everything?

    @property
    def symbols(self) -> set[sp.Symbol]:
        out = {
            s for pair in self.pairs for side in pair for s in exact.all_symbols(side)
        }
        return {s for s in out if allowed_in(s) is None and s.name != "const"}

    def unexplained(self) -> None:
        """A free name on one side only: nothing says what it is."""
        if self.free_of is not None:
            return
        left, right = (
            {s for pair in self.pairs for s in exact.all_symbols(pair[k])}
            for k in (0, 1)
        )
        alone = right - left if self.universal else left ^ right
        own = {s for s in left - right if own_letter(s)}
        if own and right and right <= exact.UNIT:  # only of the schedule
            raise CannotDecide(f"{min(map(str, own))} is not defined here")
        for s in sorted(alone, key=str):
            atoms = set(gram_atoms(s) or ()) | ({a} if (a := line_atom(s)) else set())
            if any(a[0] not in CONVENTIONAL for a in atoms):
                other = right if s in left else left
                if not any(atoms & (_atoms(o)) for o in other):
                    raise CannotDecide(f"{s.name.strip('<>')} is not defined here")
            elif not atoms and not conventional(s):
                raise CannotDecide(f"{s.name} is not defined here")
        numbers = [not any(pair[k].free_symbols for pair in self.pairs) for k in (0, 1)]
        ones = sp.Integer(1) in (side for pair in self.pairs for side in pair)
        sized = ones and left | right <= {exact.positive("D")}  # 784 may be the D
        if any(numbers) and not all(numbers) and not (self.generic or sized):
            raise CannotDecide("a number that depends on the schedule")

    def settled(self, relation: str) -> bool:
        """Is the claim proved for every value of the symbols?"""
        if relation in ("=", ":=", "propto"):
            return all(exact.is_zero(gap) for gap in self.gaps)
        for left, right in self.pairs:
            gap = left - right
            s = exact.sign(exact.reduce_roots(gap))
            wanted = {"<": (-1,), ">": (1,), "<=": (-1, 0), ">=": (1, 0)}
            if s is not None and s in wanted.get(relation, ()):
                continue
            if relation not in ("<=", ">="):
                return False
            if not logbound.nonnegative(gap if relation == ">=" else -gap):
                return False
        return True

    @cached_property
    def gaps(self) -> tuple[sp.Expr, ...]:
        """What an equation says is zero, pair by pair."""
        return tuple(self.without_free_terms(a - b) for a, b in self.pairs)

    def without_free_terms(self, gap: sp.Expr) -> sp.Expr:
        """The part of the gap that a constant or C(...) cannot take up."""
        if self.free_of is not None:
            return self.part_with(gap, lambda atoms: self.free_of in atoms)
        for s in gap.free_symbols:
            allowed = allowed_in(s)
            if s.name != "const" and allowed is None:
                continue
            if s.name == "const":
                return self.part_with(
                    gap.subs(s, 0),
                    lambda atoms: (
                        self.varies in atoms or any(a[0] in MODEL for a in atoms)
                    ),
                )
            names = allowed or frozenset()
            return self.part_with(gap.subs(s, 0), partial(_beyond, names))
        return gap

    @staticmethod
    def part_with(gap: sp.Expr, keep: Callable[[set[Atom]], bool]) -> sp.Expr:
        """The terms whose vectors satisfy ``keep``."""
        numbers = [s for s in gap.free_symbols if _free(s)]
        grams = [s for s in gap.free_symbols if _atoms(s)]
        slopes = {v: sp.diff(gap, v) for v in grams}
        spread = any(s.name.startswith("sigma[") for s in numbers)
        if not spread and not any(slope.has(*grams) for slope in slopes.values()):
            slopes[sp.Integer(1)] = gap.subs(dict.fromkeys(grams, 0))
            return sp.Add(*(v * _kept(v, slopes[v], numbers, keep) for v in slopes))
        vectors = [*grams, *numbers]
        table: dict[sp.Expr, list[sp.Expr]] = {}
        for product in sp.Add.make_args(sp.expand(gap)):
            exact.Budget.tick()
            below = sp.fraction(product)[1]
            if any(gram_atoms(s) or line_atom(s) for s in below.free_symbols):
                raise CannotDecide("a variable in a denominator")
            coefficient, monomial = product.as_independent(*vectors, as_Add=False)
            table.setdefault(monomial, []).append(coefficient)
        total = sp.Integer(0)
        for monomial, coefficients in table.items():
            atoms: set[Atom] = set()
            for s in monomial.free_symbols:
                atoms |= _atoms(s) | _free(s)
            if keep(atoms):
                total += exact.reduce_roots(sp.Add(*coefficients)) * monomial
        return total

    def violated(self, relation: str, point: Point) -> tuple[float, float] | None:
        """Left and right where the claim fails at this point, else None."""
        for k, (left, right) in enumerate(self.pairs):
            if relation in ("=", ":=", "propto"):
                gap = self.gaps[k]
                free = gap.free_symbols - set(point.table)
                if any(allowed_in(s) is not None or s.name == "const" for s in free):
                    raise CannotDecide("a free term that does not cancel")
                if gap != left - right:
                    worth = exact.value(gap, point.table)
                    if abs(worth) > 1e-25:
                        return float(worth), 0.0
                    continue
            lo, hi = (exact.value(e, point.table) for e in (left, right))
            if mp.im(lo) or mp.im(hi):
                raise CannotDecide("no real value here")
            near = abs(lo - hi) <= max(abs(lo), abs(hi), 1) * mp.mpf("1e-25")
            bad = {
                "=": not near, ":=": not near, "propto": not near,
                "<": bool(lo >= hi) or near, ">": bool(lo <= hi) or near,
                "<=": bool(lo > hi) and not near, ">=": bool(lo < hi) and not near,
            }.get(relation)  # fmt: skip
            if bad is None:
                raise CannotDecide(f"the relation {relation}")
            if bad:
                if self.logs and abs(lo) < 300 and abs(hi) < 300:
                    lo, hi = mp.exp(lo), mp.exp(hi)
                return float(lo), float(hi)
        return None
