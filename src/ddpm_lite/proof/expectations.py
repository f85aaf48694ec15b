"""Averages over Gaussian laws and over time, exactly."""

from __future__ import annotations

from fractions import Fraction

import sympy as sp

from .answers import (
    answer,
    answered,
    atoms_of,
    follows,
    model_atoms,
    moments_of_answer,
    no_further_draw,
    open_model,
    unasked,
    unseen,
)
from .canon import Time
from .field import CannotDecide
from .formulas import Formulas
from .laws import gaussian, law_value, steps, times_of
from .names import at, role, time_index, time_of
from .paths import spread
from .timemeans import is_uniform, uniform
from .tree import (
    Big,
    Call,
    Density,
    Draws,
    Expect,
    Identity,
    Node,
    Normal,
    Num,
    Range,
    Sym,
)
from .values import ZERO, Atom, Log, Value, Vec, dot, flat, gram_atoms, line
from .walking import contains, walk

STANDARD = Normal(None, Num(Fraction(0)), Identity())
MOMENTS = 8  # half the degree of a polynomial that is averaged, at most
# what networks say at x_t, often printed without their arguments
ANSWERS = {"model_mean", "model_noise", "model_score", "model_v"}


def integrate(s: Formulas, expr: sp.Expr, law: Log) -> sp.Expr:
    """E[expr] over one Gaussian variable (a polynomial in it)."""
    assert law.var is not None
    assert law.cov is not None
    assert isinstance(law.mean, Vec)
    unseen(law.var, atoms_of(expr))
    no_further_draw(expr, law.var)
    unasked(expr, law.var)
    expr = open_model(s, expr, law.var)
    rest = ("rest", *model_atoms(law.var))
    if not s.reading.vector:
        return _integrate_line(expr, law)
    change = {}
    for symbol in expr.free_symbols:
        pair = gram_atoms(symbol)
        if pair and rest in pair:
            other = pair[0] if pair[1] == rest else pair[1]
            powers = {law.var: (1, 1), rest: (0, 2)}.get(other)
            mean, number = moments_of_answer(law, *(powers or ()))
            change[symbol] = number if powers else dot(Vec.of(mean), Vec.of(other))
            continue
        if not pair or law.var not in pair:
            continue
        if pair == (law.var, law.var):
            change[symbol] = dot(law.mean, law.mean) + s.dimension() * law.cov
        else:
            other = pair[0] if pair[1] == law.var else pair[1]
            change[symbol] = dot(law.mean, Vec.of(other))
    if not change:
        return expr
    slopes = {symbol: sp.diff(expr, symbol) for symbol in change}
    if any(slope.has(*change) for slope in slopes.values()):
        raise CannotDecide("a moment of degree above two")
    rest_of = expr.subs(dict.fromkeys(change, 0))
    return sp.Add(rest_of, *(slope * change[k] for k, slope in slopes.items()))


def _integrate_line(expr: sp.Expr, law: Log) -> sp.Expr:
    assert law.var is not None
    assert isinstance(law.mean, Vec)
    assert law.cov is not None
    x, r = line(law.var), line(("rest", *model_atoms(law.var)))
    if not expr.has(x, r):
        return expr
    if not expr.has(r):
        return _mean_of_polynomial(expr, x, law)
    e = sp.Symbol("e_", real=True)
    try:
        poly = sp.Poly(sp.expand(expr.subs(x, flat(law.mean) + e)), e, r)
    except sp.PolynomialError as error:
        raise CannotDecide("a moment that is not polynomial") from error
    total = sp.Integer(0)
    for (k, b), c in poly.terms():
        if b:
            mean, number = moments_of_answer(law, k, b)
            total += c * (line(mean) if (k, b) == (0, 1) else number)
        elif k % 2 == 0:
            total += c * sp.factorial2(k - 1) * law.cov ** (k // 2)
    return total


def _mean_of_polynomial(expr: sp.Expr, x: sp.Symbol, law: Log) -> sp.Expr:
    """E f(x) is the sum of f^(2k)(mean) (var / 2)^k / k!, without expanding f."""
    assert isinstance(law.mean, Vec)
    assert law.cov is not None
    total, term = sp.Integer(0), expr
    for k in range(MOMENTS):
        total += term.subs(x, flat(law.mean)) * (law.cov / 2) ** k / sp.factorial(k)
        term = sp.diff(term, x, 2)
        if term == 0:
            return total
    raise CannotDecide("a moment that is not polynomial")


def expectation(s: Formulas, node: Expect) -> Value:
    if node.given:
        node = conditional(s, node)
    if not node.laws:
        raise CannotDecide("an expectation without its law")
    parts = spread(s, node)
    if parts is not None:
        return parts
    for law in node.laws:
        if is_uniform(law):
            return uniform(s, node, law)
    body = node.body
    result: Value = s.value(body)
    asked = answered(result)
    laws: list[Log] = []
    for law in node.laws:
        if isinstance(law, Sym) and role(law) == "noise":
            law = Draws((law,), STANDARD)  # E_epsilon
        inner = law.law if isinstance(law, Draws) else law
        if inner == Sym("q") and not isinstance(law, Draws):
            bare = bare_law(s, body)
            if bare is None:
                continue
            inner = bare
        if isinstance(inner, Density):
            inner = without_given(s, occurring(s, inner, body))
            if len(times_of(s, inner.of)) > 3:
                raise CannotDecide("an expectation over a whole path")
            laws += steps(s, inner, asked)
        elif isinstance(inner, Normal) and isinstance(law, Draws):
            value = law_value(s, inner)
            moved = moved_by(s, law, value, body, result)
            if moved is not None:
                laws += steps(s, moved, asked)
                continue
            var = s.value(law.vars[0])
            if not (isinstance(var, Vec) and len(var.terms) == 1):
                raise CannotDecide("what is drawn here")
            assert isinstance(value.mean, Vec)
            assert value.cov is not None
            laws.append(gaussian(s, var.terms[0][0], value.mean, value.cov))
        else:
            raise CannotDecide("an expectation whose law is not written out")
    for drawn in reversed(laws):
        if isinstance(result, Vec) and s.reading.vector:
            assert isinstance(drawn.mean, Vec)
            assert drawn.var is not None
            result = mean_of(s, result, drawn)
        else:
            result = integrate(s, s.as_scalar(result), drawn)
    return result


def mean_of(s: Formulas, vector: Vec, law: Log) -> Vec:
    """E[vector] over one Gaussian variable."""
    assert law.var is not None
    assert isinstance(law.mean, Vec)
    unseen(law.var, {a for a, _ in vector.terms})
    for atom, c in vector.terms:
        no_further_draw(c * line(atom), law.var)
        unasked(c, law.var)
        if law.var in atoms_of(c) or model_atoms(law.var) in atoms_of(c):
            raise CannotDecide("a moment of degree above two")
    rest, mean = ("rest", *model_atoms(law.var)), law.mean
    opened = vector.map({model_atoms(law.var): answer(s, law.var)}.get)
    if any(follows(a, law.var) for a, _ in opened.terms):
        raise CannotDecide("the mean of what a network answers")
    return opened.map({law.var: mean, rest: Vec.of(moments_of_answer(law)[0])}.get)


def moved_by(
    s: Formulas, draw: Draws, value: Log, body: Node, result: Value
) -> Density | None:
    """The law of the state that a noise moves, in the readings that tie the two.

    In the free reading the states stand still. What moves with the noise must be plain.
    """
    (name,) = draw.vars
    if name == Sym("z"):
        name, time = Sym("epsilon"), s.clock.main
    elif isinstance(name, Sym) and role(name) == "noise":
        time = time_index(name, s.clock) or s.clock.main
        time = s.clock.main if time == ("", 0) else time
    else:
        return None
    seen = {(a[1], int(a[2])) for a in mentioned(result) if a[0] == "x" and len(a) == 3}
    before = (time[0], time[1] - 1)
    still = {time, ("", 0)} | ({before} if s.reading.noise == "kernel" else set())
    if not seen <= still:
        raise CannotDecide("which states this noise moves")
    if s.reading.noise == "free" or draw.vars == (Sym("z"),):
        return None
    if value.mean != ZERO or value.cov != 1:
        raise CannotDecide("a noise that is not standard")
    start = before if s.reading.noise == "kernel" else ("", 0)
    state, first = (at(Sym("x"), k) for k in (time, start))
    return Density(Sym("q"), (state,), (first,))


def mentioned(value: Value) -> set[Atom]:
    """Every vector that a value depends on."""
    if isinstance(value, Vec):
        return {a for a, _ in value.terms} | {
            b for _, c in value.terms for b in atoms_of(c)
        }
    return atoms_of(value.log if isinstance(value, Log) else value)


def states_in(s: Formulas, body: Node) -> dict[Time, Node]:
    """The states that an average is over, by their times."""
    if contains(body, Big, Range):
        raise CannotDecide("an average over whole paths is not algebra")
    found: dict[Time, Node] = {}
    for n in walk(body):
        if isinstance(n, Sym) and n.name == "x" and not n.marks and len(n.subs) == 1:
            found.setdefault(time_of(n.subs[0], s.clock), n)
    return found


def bare_law(s: Formulas, body: Node) -> Density | None:
    """A bare E_q averages the states that occur, given x_0 (None: none occurs)."""
    found = states_in(s, body)
    found.pop(("", 0), None)
    start = Sym("x", subs=(Num(Fraction(0)),))
    return Density(Sym("q"), tuple(found.values()), (start,)) if found else None


def conditional(s: Formulas, node: Expect) -> Expect:
    """``E[x_t | x_0]``: over what q says of the states, given those after the bar."""
    states = all(isinstance(g, Sym) and g.name == "x" for g in node.given)
    told = set(times_of(s, node.given)) if states else set()
    found = {k: n for k, n in states_in(s, node.body).items() if k not in told}
    if node.laws not in ((), (Sym("q"),)) or not found or not told:
        raise CannotDecide("a conditional expectation")
    if contains(node.body, Expect, Density) or any(
        isinstance(n, Sym | Call) and role(n if isinstance(n, Sym) else n.head)
        for n in walk(node.body)
    ):
        raise CannotDecide("a conditional expectation")
    return Expect((Density(Sym("q"), tuple(found.values()), node.given),), node.body)


def occurring(s: Formulas, law: Density, body: Node) -> Density:
    """A law of a whole path, reduced to the states that the body mentions."""
    if law.head.name != "q" or not any(
        isinstance(v, Sym) and v.subs and isinstance(v.subs[-1], Range) for v in law.of
    ):
        return law
    if contains(body, Big, Range, Expect):
        return law
    given = set(times_of(s, law.given))
    found: dict[Time, Node] = {}
    for n in walk(body):
        if not isinstance(n, Sym):
            continue
        time = None
        if n.name == "x" and len(n.subs) == 1 and not n.marks:
            time = time_of(n.subs[0], s.clock)
        elif role(n) == "posterior_mean" or role(n) in ANSWERS:
            time = time_index(n, s.clock) or s.clock.main
        if time is not None and time not in given:
            found.setdefault(time, at(Sym("x"), time))
    return Density(law.head, tuple(found.values()), law.given) if found else law


def without_given(s: Formulas, law: Density) -> Density:
    """What is given needs no average."""
    given = set(times_of(s, law.given))
    rest = tuple(v for v in law.of if not set(times_of(s, (v,))) <= given)
    return Density(law.head, rest, law.given) if rest else law
