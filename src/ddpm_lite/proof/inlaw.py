"""Equality in law: both sides are drawn from one Gaussian."""

from __future__ import annotations

import sympy as sp

from . import derived
from . import field as exact
from .difference import Difference
from .field import CannotDecide
from .formulas import Formulas
from .laws import model_step
from .letters import x_at
from .values import ZERO, Atom, Value, Vec, flat


# -- equality in law ---------------------------------------------------------
def split_noise(v: Vec) -> tuple[Vec, sp.Expr, int]:
    """The noiseless part, the variance of the rest, the number of noises."""
    mean: dict[Atom, sp.Expr] = {}
    var, count = sp.Integer(0), 0
    for atom, c in v.terms:
        if atom[0] == "eps" or atom == ("z",):
            var, count = var + c**2, count + 1
        else:
            mean[atom] = c
    return Vec.make(mean), var, count


def _x_time(atom: Atom) -> tuple[str, int] | None:
    if atom[0] == "x" and len(atom) == 3:
        return atom[1], int(atom[2])
    return None


def law_difference(
    s: Formulas, left: Value, right: Value, head: Value | None
) -> Difference | None:
    """``x_t = ... + noise``: both sides have one law (None: no such claim)."""
    if not isinstance(right, Vec) or not isinstance(left, Vec):
        return None
    mean, var, count = split_noise(right)
    own_mean, own_var, own = split_noise(left)
    if not count:
        return None
    if not (own_mean.terms or mean.terms) and len(left.terms) == len(right.terms) == 1:
        raise CannotDecide("two noises: one law, and yet not one noise")
    fresh = {a for a, _ in right.terms if a[0] == "eps"} - {a for a, _ in left.terms}
    if own and not fresh:
        return None
    target = left
    if own and isinstance(head, Vec) and not split_noise(head)[2]:
        target, own = head, 0
    if own:
        if own_mean.table().keys() != mean.table().keys():
            if fresh:
                raise CannotDecide("two descriptions of one law: of what is not said")
            return None
        return _laws(own_mean, own_var, mean, var)
    if len(target.terms) != 1:
        return None
    (atom, scale), *_ = target.terms
    time = _x_time(atom)
    if time is None or (scale != 1 and time == ("", 0)):
        return None
    mean, var = (
        mean.scale(1 / scale),
        var / scale**2,
    )  # x_t over its scale is drawn, too
    given = [g for g in (_x_time(a) for a, _ in mean.terms) if g is not None]
    if any(a[0] == "xhat" for a, _ in mean.terms):
        step = model_step(s, time, given)
        assert isinstance(step.mean, Vec)
        assert step.cov is not None
        return _laws(step.mean, step.cov, mean, var)
    if not given or time in given:
        return None
    coefficients, variance = derived.conditional(s.canon, time, given)
    vec = ZERO
    for g, c in coefficients.items():
        vec = vec + x_at(g).scale(c)
    return _laws(vec, variance, mean, var)


def _laws(m1: Vec, v1: sp.Expr, m2: Vec, v2: sp.Expr) -> Difference:
    note = "the two sides have the same law"
    if not exact.is_zero(v1 - v2):
        return Difference(((v1, v2),), note, "the variances of the two sides")
    a, b = m1.table(), m2.table()
    zero = sp.Integer(0)
    gaps = [(a.get(k, zero), b.get(k, zero)) for k in sorted(set(a) | set(b))]
    if all(exact.is_zero(x - y) for x, y in gaps):
        return Difference((), note)
    return Difference(((flat(m1), flat(m2)),), note, "the means of the two sides")
