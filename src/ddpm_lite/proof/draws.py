"""``x ~ law``: a declaration, or a claim about a law that is already known."""

from __future__ import annotations

from fractions import Fraction

import sympy as sp

from . import field as exact
from .algebra import WORLD
from .algebra import decide as decide_algebra
from .canon import Canon
from .claims import Claim
from .field import CannotDecide
from .inlaw import split_noise
from .names import Clock, role
from .points import Point, names
from .readings import Reading
from .symbolic import Symbolic
from .tree import Density, Draws, Identity, Node, Normal, Num, Sym, Uniform
from .values import Log, Value, Vec, flat
from .verdict import Pair
from .walking import walk


def decide(claim: Claim) -> Pair:
    """Is the draw consistent with the canon?"""
    left, law = claim.left, claim.right
    if isinstance(law, Uniform) or (isinstance(law, Sym) and law.name in ("U", "u")):
        return _declared("t is drawn uniformly")
    if isinstance(law, Density):
        return _from_density(left, law)
    if isinstance(law, Sym) and law.name == "N" and isinstance(left, Density):
        return _gaussian(left)
    if not isinstance(law, Normal):
        raise CannotDecide("what follows ~ is not a law")
    if isinstance(left, Sym) and role(left) == "noise":
        return _noise(law)
    if isinstance(left, Sym) and left.name == "x" and left.subs:
        if left.subs == (Num(Fraction(0)),):
            return _declared("a law of the data is chosen")
        return _state(claim, left, law)
    if isinstance(left, Density):
        if any(not (isinstance(v, Sym) and v.subs) for v in (*left.of, *left.given)):
            return _declared("a law is chosen")
        named = Normal(left.of[0], law.mean, law.cov)
        pair = decide_algebra(
            Claim(left, "=", named, None, claim.known, claim.variances)
        )
        return Pair(
            pair.verdict, WORLD, "the law of a draw", pair.why, pair.counterexample
        )
    if not isinstance(left, Sym):
        return _combination(left, law, dict(claim.known))
    return _declared(f"{left.name} is introduced with this law")


def _gaussian(law: Density) -> Pair:
    """``q(...) ~ N``: is this law Gaussian whatever the data?"""
    if law.head.name in ("p", "P"):
        return _declared("a choice of model")
    s = Symbolic(Canon(3), Clock(), Reading(), {})
    try:
        s.value(law)
    except CannotDecide as error:
        if "law of the data" not in str(error):
            raise
        shown = {"x_0": "-1 or 1, each with probability 1/2", "alpha_1": 0.9,
                 "alpha_2": 0.8, "x_2": 0.0, "excess kurtosis": -1.498}  # fmt: skip
        why = "given no x_0 this law is a mixture, one part per data point"
        return Pair("false", "Gaussian chains", "mixture data", why, shown)
    return Pair("proved", WORLD, "Gaussian conditioning")


def _declared(why: str) -> Pair:
    return Pair("defines", WORLD, "a draw", why)


def _from_density(left: Node, law: Density) -> Pair:
    if left in law.of or (len(law.of) == 1 and law.of[0] == left):
        return _declared("drawn from the law named")
    items = getattr(left, "items", None)
    if items and tuple(items) == law.of:
        return _declared("drawn from the law named")
    raise CannotDecide("the variable drawn is not the variable of the law")


def _noise(law: Normal) -> Pair:
    zero = law.mean == Num(Fraction(0))
    unit = isinstance(law.cov, Identity) or law.cov == Num(Fraction(1))
    if zero and unit:
        return _declared("ε is standard normal noise")
    raise CannotDecide("ε stands for standard normal noise here")


def _state(claim: Claim, left: Sym, law: Normal) -> Pair:
    """``x_t ~ N(m, v)``: the law of x_t given the states in m."""
    states = tuple(
        dict.fromkeys(
            n for n in walk(law.mean) if isinstance(n, Sym) and n.name == "x" and n.subs
        )
    )
    named = Normal(left, law.mean, law.cov)
    if not states:
        source = Density(Sym("p"), (left,))
    else:
        source = Density(Sym("q"), (left,), states)
    pair = decide_algebra(Claim(source, "=", named, None, claim.known, claim.variances))
    return Pair(pair.verdict, WORLD, "the law of a draw", pair.why, pair.counterexample)


def of_sum(
    left: Node, law: Node, known: dict[Node, Node], drawn: list[Node]
) -> Pair | None:
    """``z = x + y`` and ``z ~ N(...)``, after ``x ~ N(...)`` and ``y ~ N(...)``."""
    body = known.get(left)
    if body is None or not isinstance(law, Normal):
        return None
    s = Symbolic(
        Canon(3), Clock(), Reading(), {k: v for k, v in known.items() if k != left}
    )
    try:
        total = s.value(body)
        parts = {
            s.value(d.vars[0]): d.law
            for d in drawn
            if isinstance(d, Draws) and isinstance(d.law, Normal) and d.vars[0] != left
        }
        if not isinstance(total, Vec):
            return None
        mean, var = sp.Integer(0), sp.Integer(0)
        for atom, c in total.terms:
            own = parts.get(Vec.of(atom))
            if own is None:
                return None
            mean += c * _number(s.value(own.mean))
            var += c**2 * s.scalar(own.cov)
        gap = mean - _number(s.value(law.mean))
        if not exact.is_zero(gap) or not exact.is_zero(var - s.scalar(law.cov)):
            return Pair("unknown", why="not seen from the laws of the terms")
    except CannotDecide:
        return None
    return Pair("proved", WORLD, "means and variances of independent terms add")


def _number(value: Value) -> sp.Expr:
    """A mean in one dimension."""
    if isinstance(value, Log):
        raise CannotDecide("this mean")
    return flat(value) if isinstance(value, Vec) else value


def _combination(left: Node, law: Normal, known: dict[Node, Node]) -> Pair:
    """A sum of independent noises: its variance is the sum of the squares."""
    s = Symbolic(Canon(3), Clock(), Reading(), known)
    value = s.value(left)
    if not isinstance(value, Vec):
        raise CannotDecide("a draw of something that is not a vector")
    mean, var, count = split_noise(value)
    want = s.value(law.mean)
    cov = s.scalar(law.cov)
    if not count:
        raise CannotDecide("a draw without noise")
    gap = flat(mean) - (flat(want) if isinstance(want, Vec) else want)
    if exact.is_zero(gap) and exact.is_zero(var - cov):
        return Pair("proved", WORLD, "variances of independent noises add")
    clock = Clock().bind("t", ("", 3))
    s = Symbolic(Canon(1), clock, Reading(), known)
    value = s.value(left)
    assert isinstance(value, Vec)
    _, var, _ = split_noise(value)
    cov = s.scalar(law.cov)
    symbols = var.free_symbols | cov.free_symbols
    point = Point(symbols)
    shown = names(point, symbols, {"t": 3})
    shown["left"] = float(exact.value(var, point.table))
    shown["right"] = float(exact.value(cov, point.table))
    return Pair(
        "false", WORLD, "variances of independent noises add", "the variances", shown
    )
