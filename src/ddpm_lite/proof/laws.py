"""Densities, divergences, expectations and gradients of Gaussian laws, exactly."""

from __future__ import annotations

from fractions import Fraction
from typing import TYPE_CHECKING
from zlib import crc32

import sympy as sp

from . import derived
from . import field as exact
from .canon import Time
from .dots import has_dots, listed
from .field import CannotDecide
from .letters import is_learned, model_variance, x_at, x_atom
from .names import Clock, has_sub, time_of
from .paths import spread
from .tree import (
    KL,
    Big,
    Density,
    Draws,
    Expect,
    Fn,
    Grad,
    Integral,
    Moment,
    Mul,
    Node,
    Normal,
    Num,
    Range,
    Sym,
    Uniform,
    contains,
    walk,
)
from .values import (
    ZERO,
    Atom,
    Log,
    Mismatch,
    Value,
    Vec,
    dot,
    flat,
    gram_atoms,
    line,
    line_atom,
)

if TYPE_CHECKING:
    from .symbolic import Symbolic


NONE: frozenset[Time] = frozenset()


# -- variables ------------------------------------------------------------------------
def times_of(s: Symbolic, items: tuple[Node, ...]) -> list[Time]:
    """The times of ``x_t, x_{1:T}, ...``; anything else is not of this world."""
    from .symbolic import NeedsUnrolling

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


def gaussian(s: Symbolic, var: Atom | None, mean: Vec, cov: sp.Expr) -> Log:
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


def steps(s: Symbolic, node: Density, first: frozenset[Time] = NONE) -> list[Log]:
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


def model_step(s: Symbolic, a: Time, given: list[Time]) -> Log:
    after = (a[0], a[1] + 1)
    if s.model is not None and after in given:
        from dataclasses import replace

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


def density(s: Symbolic, node: Density) -> Value:
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


def conditioned(s: Symbolic, node: Density) -> Log | None:
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


def normal(s: Symbolic, node: Node) -> Value:
    assert isinstance(node, Normal)
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


# -- expectations ------------------------------------------------------------
def second_moment(s: Symbolic, mean: Vec, cov: sp.Expr, about: Vec) -> sp.Expr:
    """E |x - about|^2 for x ~ N(mean, cov I)."""
    gap = mean + about.scale(sp.Integer(-1))
    return s.inner(gap, gap) + s.dimension() * cov


def law_value(s: Symbolic, node: Node) -> Log:
    if isinstance(node, Sym) and node not in s.known:
        own = [k for k in s.known if isinstance(k, Density) and k.head == node]
        node = own[0] if len(own) == 1 else node  # D_KL(q || p), of a chosen q(z)
    value = s.value(node)
    if not isinstance(value, Log):
        raise CannotDecide("not a law")
    return value


def divergence(s: Symbolic, node: Node) -> Value:
    """E_q[log q - log p], from the moments of q."""
    assert isinstance(node, KL)
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


def model_atoms(var: Atom) -> Atom:
    return ("xhat", *var[1:])


def answer(s: Symbolic, var: Atom) -> Vec:
    """What the model answers at x_t, which is drawn.

    In a proof that is any function of x_t, whose moments are free numbers (see
    ``moments_of_answer``); in a counterexample it is an affine one.
    """
    hat = model_atoms(var)
    if not s.reading.affine:
        return Vec.of(("rest", *hat))
    g = exact.real("gain." + ".".join(hat))
    return Vec(((("offset", *hat), sp.Integer(1)), (var, g)))


def open_model(s: Symbolic, expr: sp.Expr, var: Atom) -> sp.Expr:
    """The model's answer at x_t, written out."""
    hat = model_atoms(var)
    change = {}
    for symbol in expr.free_symbols:
        pair = gram_atoms(symbol)
        if pair and hat in pair:
            u, v = (answer(s, var) if a == hat else Vec.of(a) for a in pair)
            change[symbol] = dot(u, v)
        elif symbol == line(hat):
            change[symbol] = flat(answer(s, var))
    return expr.subs(change, simultaneous=True) if change else expr


_MOVING: dict[str, set[Atom]] = {}  # what the moments of an answer depend on


def moments_of_answer(law: Log, *powers: int) -> tuple[Atom, sp.Expr]:
    """The mean of an answer h under a law, and E[x^a h^b] as a number of its own."""
    assert law.var is not None
    assert isinstance(law.mean, Vec)
    key = f"{crc32(str((law.var, law.mean, law.cov)).encode()):x}"
    _MOVING[key] = {a for a, _ in law.mean.terms}
    name = ".".join(("rest", key, *map(str, powers)))
    return ("rest", "mean", key), exact.real(name)


def no_further_draw(expr: sp.Expr, var: Atom) -> None:
    """Moments of an answer, given what is drawn now, are no constants."""
    named = {s.name.split(".")[1] for s in expr.free_symbols if _is_rest(s)}
    named |= {a[2] for a in _atoms_of(expr) if a[:2] == ("rest", "mean")}
    if any(var in _MOVING.get(key, ()) for key in named):
        raise CannotDecide("a network whose input moves with what is drawn")


def _is_rest(symbol: sp.Symbol) -> bool:
    return bool(symbol.name.startswith("rest."))


def _atoms_of(expr: sp.Expr) -> set[Atom]:
    out: set[Atom] = set()
    for symbol in exact.all_symbols(expr):
        one = line_atom(symbol)
        out |= set(gram_atoms(symbol) or ()) | ({one} if one else set())
    return out


def unseen(var: Atom | None, atoms: set[Atom]) -> None:
    """A noise that is drawn may move x_t, which a network is asked about."""
    if var is None:
        return
    moves = any(a[0] in ("xhat", "hat", "net") for a in atoms)
    asked = any(a[0] in ("net", "hat") and follows(a, var) for a in atoms)
    if var[0] == "x" and any(a[0] == "eps" for a in atoms):
        raise CannotDecide("a noise that may be the noise of the state drawn")
    if asked or (moves and var[0] == "eps"):
        raise CannotDecide("a network whose input moves with what is drawn")


def unasked(expr: sp.Expr, var: Atom) -> None:
    """``m_\\theta`` alone, while x_t is drawn: who knows what it is asked?"""
    if var[0] == "x" and any(is_learned(s) for s in exact.all_symbols(expr)):
        raise CannotDecide("a network that does not say what it is asked")


def follows(answer: Atom, var: Atom) -> bool:
    """Is this what a network answers when it is asked about ``var``?"""
    if answer[0] == "net":
        return ".".join(var) in answer[2:]
    if answer[0] == "xhat":
        return var[0] == "eps" or answer == model_atoms(var)
    return answer[0] == "hat"


def integrate(s: Symbolic, expr: sp.Expr, law: Log) -> sp.Expr:
    """E[expr] over one Gaussian variable (a polynomial in it)."""
    assert law.var is not None
    assert law.cov is not None
    assert isinstance(law.mean, Vec)
    unseen(law.var, _atoms_of(expr))
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
    poly = sp.Poly(expr, *change)
    if poly.total_degree() > 1:
        raise CannotDecide("a moment of degree above two")
    return expr.subs(change, simultaneous=True)


def _integrate_line(expr: sp.Expr, law: Log) -> sp.Expr:
    assert law.var is not None
    assert isinstance(law.mean, Vec)
    assert law.cov is not None
    x, r = line(law.var), line(("rest", *model_atoms(law.var)))
    if not expr.has(x, r):
        return expr
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


def expectation(s: Symbolic, node: Node) -> Value:
    assert isinstance(node, Expect)
    if node.given:
        raise CannotDecide("a conditional expectation")
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


def answered(value: Value) -> frozenset[Time]:
    """The times of the states about which a network is asked."""
    if isinstance(value, Vec):
        atoms = {a for a, _ in value.terms}
        atoms |= {a for _, c in value.terms for a in _atoms_of(c)}
    else:
        atoms = _atoms_of(value.log if isinstance(value, Log) else value)
    return frozenset((a[1], int(a[2])) for a in atoms if a[0] == "xhat")


def mean_of(s: Symbolic, vector: Vec, law: Log) -> Vec:
    """E[vector] over one Gaussian variable."""
    assert law.var is not None
    assert isinstance(law.mean, Vec)
    unseen(law.var, {a for a, _ in vector.terms})
    for atom, c in vector.terms:
        no_further_draw(c * line(atom), law.var)
        unasked(c, law.var)
        if law.var in _atoms_of(c) or model_atoms(law.var) in _atoms_of(c):
            raise CannotDecide("a moment of degree above two")
    rest, mean = ("rest", *model_atoms(law.var)), law.mean
    opened = vector.map({model_atoms(law.var): answer(s, law.var)}.get)
    if any(follows(a, law.var) for a, _ in opened.terms):
        raise CannotDecide("the mean of what a network answers")
    return opened.map({law.var: mean, rest: Vec.of(moments_of_answer(law)[0])}.get)


def bare_law(s: Symbolic, body: Node) -> Density | None:
    """A bare E_q averages the states that occur, given x_0 (None: none occurs)."""
    if contains(body, Big, Range):
        raise CannotDecide("an average over whole paths is not algebra")
    found: dict[Time, Node] = {}
    for n in walk(body):
        if isinstance(n, Sym) and n.name == "x" and not n.marks and len(n.subs) == 1:
            time = time_of(n.subs[0], s.clock)
            if time != ("", 0):
                found.setdefault(time, n)
    start = Sym("x", subs=(Num(Fraction(0)),))
    return Density(Sym("q"), tuple(found.values()), (start,)) if found else None


def occurring(s: Symbolic, law: Density, body: Node) -> Density:
    """A law of a whole path, reduced to the states that the body mentions."""
    if law.head.name != "q" or not any(
        isinstance(v, Sym) and v.subs and isinstance(v.subs[-1], Range) for v in law.of
    ):
        return law
    if contains(body, Big, Range, Expect, KL):
        return law
    given = set(times_of(s, law.given))
    found: dict[Time, Node] = {}
    for n in walk(body):
        if isinstance(n, Sym) and n.name == "x" and len(n.subs) == 1 and not n.marks:
            time = time_of(n.subs[0], s.clock)
            if time not in given:
                found.setdefault(time, n)
    return Density(law.head, tuple(found.values()), law.given) if found else law


def without_given(s: Symbolic, law: Density) -> Density:
    """What is given needs no average."""
    given = set(times_of(s, law.given))
    rest = tuple(v for v in law.of if not set(times_of(s, (v,))) <= given)
    return Density(law.head, rest, law.given) if rest else law


def is_uniform(law: Node) -> bool:
    inner = law.law if isinstance(law, Draws) else law
    named = isinstance(inner, Density) and inner.head.name in ("u", "U")
    return named or isinstance(inner, Uniform)


def uniform(s: Symbolic, node: Expect, law: Node) -> Value:
    """E_{u(t)}: the mean over t = 1 ... T, or over the range printed."""
    from dataclasses import replace

    from .symbolic import NeedsUnrolling, term

    low, top = uniform_range(law, s.clock)
    if top[0]:
        raise NeedsUnrolling("a mean over t up to a symbolic T")
    rest = tuple(x for x in node.laws if x is not law)
    inner = Expect(rest, node.body) if rest else node.body
    values = []
    for n in range(low, top[1] + 1):
        values.append(term(replace(s, clock=s.clock.bind("t", ("", n))), inner, n))
    if not values:
        raise exact.Undefined("a mean over no time at all")
    return s.times([sp.Rational(1, len(values)), s.total(values)])


def uniform_range(law: Node, clock: Clock) -> tuple[int, Time]:
    """The first and last time of a uniform law."""
    inner = law.law if isinstance(law, Draws) else law
    if not isinstance(inner, Uniform):
        return 1, clock.look("T")
    low, top = time_of(inner.lo, clock), time_of(inner.hi, clock)
    if low[0] or low[1] < 1:
        raise CannotDecide("a uniform law that is not over the steps 1 to T")
    return low[1], top


def moment(s: Symbolic, node: Node) -> Value:
    assert isinstance(node, Moment)
    times = times_of(s, node.args)
    given = times_of(s, node.given)
    if node.laws or not given:
        raise CannotDecide("a moment whose law is not written out")
    if node.name == "Var" or len(times) == 1:
        return derived.conditional(s.canon, times[0], given)[1]
    a, b = times
    mean, _ = derived.conditional(s.canon, b, [*given, a])
    return mean.get(a, sp.Integer(0)) * derived.conditional(s.canon, a, given)[1]


# -- calculus ----------------------------------------------------------------
def gradient(s: Symbolic, node: Node) -> Value:
    assert isinstance(node, Grad)
    if node.var is None:
        first = next((n for n in walk(node.body) if isinstance(n, Density)), None)
        if first is None:
            raise CannotDecide("a gradient that does not say of what")
        target: Value = s.value(first.of[0])
    else:
        if contains(node.var, Sym) and has_sub(Sym("", subs=(node.var,)), "theta"):
            raise CannotDecide("a gradient in the parameters")
        target = s.value(node.var)
    body = s.value(node.body)
    expr = s.as_scalar(body)
    if not isinstance(target, Vec):
        return sp.diff(expr, target) if target.is_Symbol else _refuse()
    if len(target.terms) != 1 or target.terms[0][1] != 1:
        return _refuse()
    atom = target.terms[0][0]
    if any(follows(a, atom) for a in _atoms_of(expr)):
        raise CannotDecide("the derivative of what a network answers")
    if not s.reading.vector:
        return sp.diff(expr, line(atom))
    out = ZERO
    for symbol in expr.free_symbols:
        pair = gram_atoms(symbol)
        if pair and atom in pair:
            other = pair[0] if pair[1] == atom else pair[1]
            factor = 2 if pair == (atom, atom) else 1
            out = out + Vec.of(other).scale(factor * sp.diff(expr, symbol))
    return out


def _refuse() -> Value:
    raise CannotDecide("a derivative in an expression")


def integral(s: Symbolic, node: Node) -> Value:
    """The integral of the exponential of a quadratic, by completing the square."""
    assert isinstance(node, Integral)
    if not node.vars:
        node = over_its_letter(node)
    factors = node.body.factors if isinstance(node.body, Mul) else (node.body,)
    values = [s.value(f) for f in factors]
    logs = [v.log for v in values if isinstance(v, Log)]
    rest = [v for v in values if not isinstance(v, Log)]
    if not logs:
        raise CannotDecide("an integral that is not Gaussian")
    total = sp.Add(*logs)
    others: list[Value] = []
    for v in rest:  # a normaliser may be printed apart from its exponential
        try:
            plain = not isinstance(v, Vec) and free_of_lines(v)
            total += exact.log(v) if plain else 0
            others += [] if plain else [v]
        except CannotDecide:
            others.append(v)
    rest = others
    weight = s.as_scalar(s.times(rest)) if rest else sp.Integer(1)
    for v in node.vars:
        target = s.value(v)
        if not isinstance(target, Vec) or len(target.terms) != 1:
            raise CannotDecide("what is integrated over")
        law, total = complete_square(s, total, target.terms[0][0])
        weight = integrate(s, weight, law)
    if weight == 1:
        return Log(total)
    mass = sp.exp(total) if total != 0 else sp.Integer(1)
    if exact.is_zero(total):
        mass = sp.Integer(1)
    if mass != 1:
        raise CannotDecide("an integral whose mass is not 1")
    return weight


def over_its_letter(node: Integral) -> Integral:
    """An integral whose differential was left out, over its only plain letter."""
    letters = {
        n for n in walk(node.body)
        if isinstance(n, Sym) and n.name in ("x", "y", "z") and not (n.subs or n.marks)
    }  # fmt: skip
    if len(letters) != 1:
        raise CannotDecide("an integral that does not say over what")
    return Integral((letters.pop(),), node.body, node.lo, node.hi)


def free_of_lines(value: sp.Expr) -> bool:
    """A number in which no vector occurs."""
    return not any(gram_atoms(v) or line_atom(v) for v in value.free_symbols)


def complete_square(s: Symbolic, log: sp.Expr, var: Atom) -> tuple[Log, sp.Expr]:
    """exp(log) as a Gaussian in ``var`` times exp of what is returned second."""
    d = s.dimension()
    if not s.reading.vector:
        x = line(var)
        poly = sp.Poly(sp.expand(log), x)
        if poly.degree() != 2:
            raise CannotDecide("an integral that is not Gaussian")
        a, b, c = poly.all_coeffs()
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


__all__ = [
    "Fn", "density", "divergence", "expectation", "gradient", "integral", "law_value",
    "moment", "normal", "steps",
]  # fmt: skip
