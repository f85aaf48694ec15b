"""Two values and a relation: is the claim settled, and where is it violated?"""

from __future__ import annotations

import sympy as sp

from . import field as exact
from .difference import Difference
from .field import CannotDecide
from .formulas import Formulas
from .inlaw import law_difference
from .tree import Density, Fn, Node, Sym
from .values import ZERO, Atom, Log, Mismatch, Value, Vec, dot, flat


def difference(
    s: Formulas, left: Value, relation: str, right: Value, head: Node | None = None
) -> Difference:
    """What the relation compares; ``head`` starts its chain."""
    if relation == "propto":
        return proportional(s, left, right, head)
    if isinstance(left, Log) or isinstance(right, Log):
        return log_difference(left, right)
    if isinstance(left, Vec) or isinstance(right, Vec):
        if not s.reading.vector:
            return Difference(((s.as_scalar(left), s.as_scalar(right)),))
        u, v = _vector(left), _vector(right)
        if relation not in ("=", ":="):
            raise Mismatch("vectors have no order")
        a, b = u.table(), v.table()
        atoms = sorted(set(a) | set(b))
        zero = sp.Integer(0)
        exactly = tuple((a.get(k, zero), b.get(k, zero)) for k in atoms)
        if all(exact.is_zero(x - y) for x, y in exactly):
            return Difference(())
        return Difference(((flat(u), flat(v)),))
    return Difference(((left, right),))


def density_variable(s: Formulas, side: Node) -> Atom | None:
    r"""``\log q(x_t | x_0) = ... + C``: a constant in x_t, where no model is named."""
    law = side.arg if isinstance(side, Fn) and side.name == "log" else None
    if not isinstance(law, Density) or law.head != Sym("q") or len(law.of) != 1:
        return None
    first = s.value(law.of[0])
    return first.terms[0][0] if isinstance(first, Vec) and first.terms else None


def _vector(value: Value) -> Vec:
    if isinstance(value, Vec):
        return value
    if value == 0:
        return ZERO
    raise Mismatch("a number compared with a vector")


def log_difference(left: Value, right: Value) -> Difference:
    """Densities and exponentials are compared through their logarithms."""
    if isinstance(left, Log) and isinstance(right, Log):
        bare = [v for v in (left, right) if v.cov is not None and v.var is None]
        if bare:
            if left.cov is None or right.cov is None:
                raise CannotDecide("a law without a variable")
            assert isinstance(left.mean, Vec)
            assert isinstance(right.mean, Vec)
            return Difference(
                ((flat(left.mean), flat(right.mean)), (left.cov, right.cov)),
                complaint="mean or variance differ",
            )
        if left.var and right.var and left.gaussian and right.gaussian:
            if left.var != right.var:
                return Difference(
                    ((left.log, right.log),), complaint="different variables", logs=True
                )
            assert isinstance(left.mean, Vec)
            assert isinstance(right.mean, Vec)
            assert left.cov is not None
            assert right.cov is not None
            if not exact.is_zero(left.cov - right.cov):
                return Difference(((left.cov, right.cov),), complaint="the variances")
            return Difference(
                ((flat(left.mean), flat(right.mean)),), complaint="the means"
            )
    logs = []
    for value in (left, right):
        if isinstance(value, Log):
            if value.cov is not None and value.var is None:
                raise CannotDecide("a law without a variable")
            logs.append(value.log)
        elif isinstance(value, Vec):
            raise Mismatch("a density compared with a vector")
        else:
            logs.append(exact.log(value))
    return Difference(((logs[0], logs[1]),), logs=True)


def proportional(
    s: Formulas, left: Value, right: Value, head: Node | None = None
) -> Difference:
    """The ratio may not contain the first variable of the density."""
    var = next(
        (v.var for v in (left, right) if isinstance(v, Log) and v.var is not None), None
    )
    if isinstance(head, Density):
        first = s.value(head.of[0])
        if isinstance(first, Vec) and len(first.terms) == 1:
            var = first.terms[0][0]
    if var is None:
        raise CannotDecide("proportional in which variable?")
    gap = log_difference(left, right)
    return Difference(gap.pairs, "", "the ratio depends on the variable", True, var)


__all__ = ["Difference", "difference", "dot", "law_difference"]
