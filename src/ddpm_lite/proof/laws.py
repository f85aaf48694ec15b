"""Gaussian laws: densities, Bayes' rule, divergences, moments, exactly."""

from __future__ import annotations

from dataclasses import replace

import sympy as sp

from . import derived
from . import field as exact
from .canon import Time
from .dots import has_dots, listed
from .field import CannotDecide
from .formulas import Formulas, NeedsUnrolling
from .letters import model_variance, x_at, x_atom
from .names import time_of
from .tree import KL, Density, Entropy, Moment, Node, Normal, Range, Sym
from .values import ZERO, Atom, Log, Mismatch, Value, Vec, dot, gram_atoms, line

NONE: frozenset[Time] = frozenset()


def times_of(s: Formulas, items: tuple[Node, ...]) -> list[Time]:
    """The times of ``x_t, x_{1:T}, ...``; anything else is not of this world."""
    out: list[Time] = []
    for item in listed(items, s.clock) if has_dots(items) else items:
        if not (isinstance(item, Sym) and item.name == "x" and not item.marks):
            raise CannotDecide("a variable that is no state of the chain")
        if len(item.subs) != 1:
            raise CannotDecide("a variable without a time")
        index = item.subs[0]
        if isinstance(index, Range):
            lo, hi = time_of(index.lo, s.clock), time_of(index.hi, s.clock)
            if lo[0] or hi[0]:
                raise NeedsUnrolling("a path of symbolic length")
            out += [("", n) for n in range(lo[1], hi[1] + 1)]
        else:
            out.append(time_of(index, s.clock))
    return out


def gaussian(s: Formulas, var: Atom | None, mean: Vec, cov: sp.Expr) -> Log:
    """log N(var; mean, cov I)."""
    if exact.is_zero(cov):
        raise exact.Infinite("a law with variance 0")
    if var is None:
        return Log(sp.Integer(0), None, mean, cov)
    gap = Vec.of(var) + mean.scale(sp.Integer(-1))
    d = s.dimension()
    body = -d / 2 * exact.log(2 * sp.pi * cov) - s.inner(gap, gap) / (2 * cov)
    return Log(body, var, mean, cov)


def is_model(node: Density) -> bool:
    head = node.head
    return head.name in ("p", "P")


def steps(s: Formulas, node: Density, first: frozenset[Time] = NONE) -> list[Log]:
    """The law as single Gaussians, in an order in which they can be drawn.

    ``first`` are states to draw before the others, because networks are asked there.
    """
    of, given = times_of(s, node.of), times_of(s, node.given)
    out: list[Log] = []
    if is_model(node):
        for a in sorted(of, key=lambda t: -t[1]):
            out.append(model_step(s, a, given))
            given = [*given, a]
        return out
    if node.head.name != "q" or node.head.marks:
        raise CannotDecide(f"the law {node.head.name}")
    for a in sorted(derived.order(s.canon, of), key=lambda t: t not in first):
        mean, var = derived.conditional(s.canon, a, given)
        vec = ZERO
        for time, c in mean.items():
            vec = vec + x_at(time).scale(c)
        out.append(gaussian(s, x_atom(a), vec, var))
        given = [*given, a]
    return out


def model_step(s: Formulas, a: Time, given: list[Time]) -> Log:
    after = (a[0], a[1] + 1)
    if s.model is not None and after in given:
        inner = replace(s, clock=s.clock.bind("t", after), model=None)
        chosen = inner.value(s.model)
        assert isinstance(chosen, Log)
        assert isinstance(chosen.mean, Vec)
        assert chosen.cov is not None
        return gaussian(s, x_atom(a), chosen.mean, chosen.cov)
    if after in given and not any(g[1] < a[1] and g[0] == a[0] for g in given):
        cx, c0, _ = derived.posterior(s.canon, after)
        mean = x_at(after).scale(cx) + Vec.of(("xhat", after[0], str(after[1]))).scale(
            c0
        )
        return gaussian(s, x_atom(a), mean, model_variance(s, after))
    if a == s.clock.look("T") and not given:
        m, v = s.canon.prior()
        mean = Vec(((("number",), m),)) if m != 0 else ZERO
        return gaussian(s, x_atom(a), mean, v)
    raise CannotDecide("a marginal of the model")


def density(s: Formulas, node: Density) -> Value:
    if node.params:
        raise CannotDecide("a law with parameters")
    by_rule = conditioned(s, node)
    if by_rule is not None:
        return by_rule
    parts = steps(s, node)
    if len(parts) == 1:
        return parts[0]
    first = times_of(s, node.of[:1])
    return Log(sp.Add(*(p.log for p in parts)), x_atom(first[0]))


def conditioned(s: Formulas, node: Density) -> Log | None:
    """p(x | y) by Bayes' rule, when p(x) and p(y | x) are chosen Gaussians."""
    if len(node.of) != 1 or len(node.given) != 1 or not s.known:
        return None
    prior = Density(node.head, node.of)
    likelihood = Density(node.head, node.given, node.of)
    if prior not in s.known or likelihood not in s.known:
        return None
    a, b = s.value(prior), s.value(likelihood)
    if not (isinstance(a, Log) and isinstance(b, Log)) or a.var is None:
        raise CannotDecide("laws that are not Gaussian")
    law, _ = complete_square(s, a.log + b.log, a.var)
    assert isinstance(law.mean, Vec)
    assert law.cov is not None
    return gaussian(s, a.var, law.mean, law.cov)


def complete_square(s: Formulas, log: sp.Expr, var: Atom) -> tuple[Log, sp.Expr]:
    """exp(log) as a Gaussian in ``var`` times exp of what is returned second."""
    d = s.dimension()
    if not s.reading.vector:
        x = line(var)
        a, b, c = sp.diff(log, x, 2) / 2, sp.diff(log, x).subs(x, 0), log.subs(x, 0)
        if a == 0 or a.has(x):
            raise CannotDecide("an integral that is not Gaussian")
        cov = exact.reduce_roots(-1 / (2 * a))
        mean = Vec(((("number",), -b / (2 * a)),))
        rest = d / 2 * exact.log(sp.pi / -a) + c - b**2 / (4 * a)
        return Log(sp.Integer(0), var, mean, cov), rest
    change, square, slope = {}, sp.Integer(0), ZERO
    for symbol in log.free_symbols:
        pair = gram_atoms(symbol)
        if not pair or var not in pair:
            continue
        change[symbol] = 0
        coefficient = sp.diff(log, symbol)
        if pair == (var, var):
            square = coefficient
        else:
            other = pair[0] if pair[1] == var else pair[1]
            slope = slope + Vec.of(other).scale(coefficient)
    if square == 0 or any(square.has(g) for g in change):
        raise CannotDecide("an integral that is not Gaussian")
    rest = log.subs(change)
    law = Log(sp.Integer(0), var, slope.scale(-1 / (2 * square)), -1 / (2 * square))
    square_out = rest - dot(slope, slope) / (4 * square)
    return law, d / 2 * exact.log(sp.pi / -square) + square_out


def normal(s: Formulas, node: Normal) -> Value:
    mean = s.value(node.mean)
    if isinstance(mean, Log):
        raise CannotDecide("this mean")
    if not isinstance(mean, Vec):
        if mean == 0:
            mean = ZERO
        elif s.reading.vector:
            raise Mismatch("a number as the mean of a vector")
        else:
            mean = Vec(((("number",), mean),))
    cov = s.scalar(node.cov)
    if node.of is None:
        return gaussian(s, None, mean, cov)
    var = s.value(node.of)
    if isinstance(var, Vec) and len(var.terms) == 1 and var.terms[0][1] == 1:
        return gaussian(s, var.terms[0][0], mean, cov)
    if isinstance(var, Vec):
        gap = var + mean.scale(sp.Integer(-1))
        d = s.dimension()
        return Log(-d / 2 * exact.log(2 * sp.pi * cov) - s.inner(gap, gap) / (2 * cov))
    raise CannotDecide("the variable of this law")


def second_moment(s: Formulas, mean: Vec, cov: sp.Expr, about: Vec) -> sp.Expr:
    """E |x - about|^2 for x ~ N(mean, cov I)."""
    gap = mean + about.scale(sp.Integer(-1))
    return s.inner(gap, gap) + s.dimension() * cov


def law_value(s: Formulas, node: Node) -> Log:
    if isinstance(node, Sym) and node not in s.known:
        own = [k for k in s.known if isinstance(k, Density) and k.head == node]
        node = own[0] if len(own) == 1 else node  # D_KL(q || p), of a chosen q(z)
    value = s.value(node)
    if not isinstance(value, Log):
        raise CannotDecide("not a law")
    return value


def divergence(s: Formulas, node: KL) -> Value:
    """E_q[log q - log p], from the moments of q."""
    left, right = law_value(s, node.left), law_value(s, node.right)
    if left.cov is None or right.cov is None:
        raise CannotDecide("a divergence of laws that are not single Gaussians")
    if left.var and right.var and left.var != right.var:
        raise CannotDecide("a divergence between laws of different variables")
    assert isinstance(left.mean, Vec)
    assert isinstance(right.mean, Vec)
    d, half = s.dimension(), sp.Rational(1, 2)
    own = -half * d * exact.log(left.cov) - second_moment(
        s, left.mean, left.cov, left.mean
    ) / (2 * left.cov)
    cross = -half * d * exact.log(right.cov) - second_moment(
        s, left.mean, left.cov, right.mean
    ) / (2 * right.cov)
    return own - cross


def entropy(s: Formulas, node: Entropy) -> Value:
    """-E_q[log q] of one Gaussian: D/2 log(2 pi e var)."""
    law = law_value(s, node.arg)
    if law.cov is None:
        raise CannotDecide("the entropy of a law that is not one Gaussian")
    return s.dimension() / 2 * exact.log(2 * sp.pi * sp.E * law.cov)


def moment(s: Formulas, node: Moment) -> Value:
    times = times_of(s, node.args)
    given = times_of(s, node.given)
    if node.laws or not given:
        raise CannotDecide("a moment whose law is not written out")
    if node.name == "Var" or len(times) == 1:
        return derived.conditional(s.canon, times[0], given)[1]
    a, b = times
    mean, _ = derived.conditional(s.canon, b, [*given, a])
    return mean.get(a, sp.Integer(0)) * derived.conditional(s.canon, a, given)[1]
