"""Averages as polynomials in the moments of independent standard noises."""

from __future__ import annotations

from collections.abc import Iterator
from fractions import Fraction

import sympy as sp

from .field import Budget, CannotDecide
from .names import INDEX_LETTERS, Clock, describe, role, time_of
from .tree import (
    Add,
    Big,
    Brace,
    Div,
    Expect,
    Moment,
    Mul,
    Neg,
    Node,
    Num,
    Pow,
    Seq,
    Sym,
    Transpose,
)

STEPS = (1, 2, 3, 4, 5)
ONE: tuple[sp.Symbol, ...] = ()
RANDOM = {"x", "y", "z", "u", "v", "w", "X", "Y", "Z", "r"}
Form = dict[tuple[sp.Symbol, ...], sp.Expr]  # polynomial of degree up to 2


def compound(node: Node) -> bool:
    """A moment of more than a single letter."""
    args = node.args if isinstance(node, Moment) else ()
    body = (node.body,) if isinstance(node, Expect) else args
    return any(not isinstance(a, Sym) for a in body) or len(args) == 2


class Moments:
    """Forms in the random letters; means and covariances are free symbols."""

    def __init__(self, clock: Clock) -> None:
        self.clock = clock
        self.own: set[sp.Symbol] = set()
        self.means: dict[sp.Symbol, sp.Symbol] = {}
        self.covs: dict[tuple[sp.Symbol, sp.Symbol], sp.Symbol] = {}

    def plain(self, node: Node) -> sp.Expr:
        form = self.form(node)
        if set(form) - {ONE}:
            raise CannotDecide("a random variable outside a mean")
        return form.get(ONE, sp.Integer(0))

    # -- forms ---------------------------------------------------------------
    def form(self, node: Node) -> Form:
        Budget.tick()
        if isinstance(node, Num):
            return {ONE: sp.Rational(node.value.numerator, node.value.denominator)}
        if isinstance(node, Brace):
            return self.form(node.body)
        if isinstance(node, Add):
            return total(self.form(t) for t in node.terms)
        if isinstance(node, Neg):
            return times({ONE: sp.Integer(-1)}, self.form(node.arg))
        if isinstance(node, Mul):
            out: Form = {ONE: sp.Integer(1)}
            for f in node.factors:
                out = times(out, self.form(f))
            return out
        if isinstance(node, Div):
            below = self.plain(node.den)
            if below == 0:
                raise CannotDecide("a division by zero")
            return times({ONE: 1 / below}, self.form(node.num))
        if isinstance(node, Pow):
            return self.power(node)
        if isinstance(node, Big):
            return self.big(node)
        if isinstance(node, Sym):
            return self.letter(node)
        if isinstance(node, Expect):
            return {ONE: self.mean(self.form(node.body))}
        if isinstance(node, Moment):
            return {ONE: self.spread(node)}
        if isinstance(node, Transpose):
            raise CannotDecide("vectors are not read here")
        raise CannotDecide(f"{type(node).__name__} in a variance")

    def power(self, node: Pow) -> Form:
        if node.exp != Num(Fraction(2)):
            base, n = self.plain(node.base), self.plain(node.exp)
            if not n.is_Integer or base == 0 or abs(n) > 9:
                raise CannotDecide("this power")
            return {ONE: base**n}
        base_form = self.form(node.base)
        return times(base_form, base_form)

    def big(self, node: Big) -> Form:
        if node.op != "sum":
            raise CannotDecide("a product in a variance")
        return total(inner.form(node.body) for inner in self.terms(node))

    def terms(self, node: Big) -> Iterator[Moments]:
        if isinstance(node.var, Seq):
            yield from self.pairs(node.var)
            return
        if not isinstance(node.var, Sym) or node.lo is None or node.hi is None:
            raise CannotDecide("a sum without limits")
        lo, hi = time_of(node.lo, self.clock), time_of(node.hi, self.clock)
        if lo[0] or hi[0] or hi[1] - lo[1] > 12:
            raise CannotDecide("limits that are not settled")
        for n in range(lo[1], hi[1] + 1):
            yield self.bound({node.var.name: n})

    def pairs(self, both: Seq) -> Iterator[Moments]:
        """``s < t`` under a sum: every such pair, or all s below a t that is set."""
        s, t = (n.name if isinstance(n, Sym) else "" for n in both.items)
        top = next((c[1] for k, c in self.clock.table if k in "TNKnm"), 0)
        letter, last = self.clock.look(t)
        for b in range(1, top + 1) if letter else (last,):
            for a in range(1, b):
                yield self.bound({s: a, t: b})

    def bound(self, at: dict[str, int]) -> Moments:
        clock = self.clock
        for letter, n in at.items():
            clock = clock.bind(letter, ("", n))
        inner = Moments(clock)
        inner.own, inner.means, inner.covs = self.own, self.means, self.covs
        return inner

    def letter(self, node: Sym) -> Form:
        if node.marks or role(node) or len(node.subs) > 1:
            raise CannotDecide(f"{describe(node)} in a variance")
        if node.name in INDEX_LETTERS and not node.subs:
            letter, n = self.clock.look(node.name)
            return {ONE: sp.Symbol(letter) + n if letter else sp.Integer(n)}
        name = node.name + node.sup
        if node.subs:
            letter, n = time_of(node.subs[0], self.clock)
            name += f"_{letter}{n:+d}" if letter and n else f"_{letter or n}"
        symbol = sp.Symbol(name, real=True)
        if node.name in RANDOM:
            return {(symbol,): sp.Integer(1)}
        return {ONE: symbol}

    # -- moments -------------------------------------------------------------
    def mean(self, form: Form) -> sp.Expr:
        return sp.Add(*(c * self.monomial(m) for m, c in form.items()))

    def monomial(self, m: tuple[sp.Symbol, ...]) -> sp.Expr:
        if len(m) > 2:
            raise CannotDecide("a moment of degree above two")
        means = sp.Mul(*(self.centre(s) for s in m))
        return means + self.cov(m[0], m[1]) if len(m) == 2 else means

    def centre(self, s: sp.Symbol) -> sp.Symbol:
        if s not in self.means:
            self.means[s] = sp.Symbol(f"E[{s}]", real=True)
            self.own.add(self.means[s])
        return self.means[s]

    def cov(self, a: sp.Symbol, b: sp.Symbol) -> sp.Symbol:
        first, second = sorted((a, b), key=str)
        if (first, second) not in self.covs:
            name = f"Var({a})" if a == b else f"Cov({first}, {second})"
            self.covs[first, second] = sp.Symbol(name, real=True)
            self.own.add(self.covs[first, second])
        return self.covs[first, second]

    def spread(self, node: Moment) -> sp.Expr:
        u = self.form(node.args[0])
        v = self.form(node.args[-1])
        if len(node.args) > 2:
            raise CannotDecide("a covariance of more than two variables")
        return self.mean(times(u, v)) - self.mean(u) * self.mean(v)

    # -- assumptions and numbers ----------------------------------------------
    def assumptions(self, named: bool) -> Iterator[dict[sp.Symbol, sp.Expr]]:
        """Uncorrelated (unless a covariance is named); alike; centred."""
        apart: dict[sp.Symbol, sp.Expr] = {
            c: sp.Integer(0) for (a, b), c in self.covs.items() if a != b
        }
        same = {c: sp.Symbol("v") for (a, b), c in self.covs.items() if a == b}
        level = dict.fromkeys(self.means.values(), sp.Symbol("m"))
        centred = dict.fromkeys(self.means.values(), sp.Integer(0))
        for a in ({},) if named else ({}, apart):
            for b in ({}, same, dict.fromkeys(same, sp.Integer(1))):
                for c in ({}, level, centred):
                    yield {**a, **b, **c}

    def point(self, symbols: set[sp.Symbol]) -> dict[sp.Symbol, sp.Expr]:
        """Numbers that some law has: the covariance matrix is positive definite."""
        out: dict[sp.Symbol, sp.Expr] = {}
        for k, s in enumerate(sorted(symbols, key=str)):
            if s in self.means.values():
                out[s] = sp.Rational(3 + 2 * k, 5)
            elif str(s).startswith("Var"):
                out[s] = 6 + sp.Rational(k, 3)
            elif s in self.own:
                out[s] = sp.Rational(2 + k % 5, 7)
            else:
                out[s] = sp.Rational(5 + 3 * k, 4)
        return out


def total(forms: Iterator[Form]) -> Form:
    out: Form = {}
    for form in forms:
        for m, c in form.items():
            out[m] = out.get(m, sp.Integer(0)) + c
    return out


def times(a: Form, b: Form) -> Form:
    out: Form = {}
    for m, c in a.items():
        for n, d in b.items():
            key = tuple(sorted((*m, *n), key=str))
            out[key] = out.get(key, sp.Integer(0)) + c * d
    return out
