"""Trees to exact values: letters, sums over steps, laws and averages."""

from __future__ import annotations

from dataclasses import replace

import sympy as sp

from . import calculus, expectations, laws, letters
from . import field as exact
from .canon import Time
from .dots import backwards
from .field import CannotDecide, Undefined
from .formulas import MAX_STEPS, Formulas, NeedsUnrolling, term
from .names import time_of
from .tree import (
    KL,
    Big,
    Call,
    Density,
    Entropy,
    Expect,
    Grad,
    Integral,
    LawPart,
    Limit,
    Moment,
    Normal,
    Sym,
)
from .values import Value, Vec


class Symbolic(Formulas):
    """Evaluates whatever the canon gives a value, for one clock and one reading."""

    # -- big operators ------------------------------------------------------------
    def _big(self, node: Big) -> Value:
        if not isinstance(node.var, Sym) or node.lo is None or node.hi is None:
            raise CannotDecide("a sum or product over states")
        letter = node.var.name
        lo, hi = time_of(node.lo, self.clock), time_of(node.hi, self.clock)
        if backwards(node, lo, hi):
            raise Undefined("dots between terms that so few steps do not have")
        if node.op == "prod" and (lo[0] or hi[0]):
            return self.telescoped(node, letter, lo, hi)
        if lo[0] or hi[0]:
            raise NeedsUnrolling("a sum with symbolic limits")
        values = []
        if hi[1] - lo[1] > MAX_STEPS:
            raise CannotDecide("a sum of too many terms")
        for n in range(lo[1], hi[1] + 1):
            inner = replace(self, clock=self.clock.bind(letter, ("", n)))
            values.append(term(inner, node.body, n))
        if node.op == "sum":
            return self.total(values) if values else sp.Integer(0)
        return self.times(values) if values else sp.Integer(1)

    def telescoped(self, node: Big, letter: str, lo: Time, hi: Time) -> Value:
        """The product of alphas (or of their powers) is a quotient of alphabars."""
        mark = ("~", 0)
        inner = replace(self, clock=self.clock.bind(letter, mark))
        body = inner.value(node.body)
        step = self.canon.sqrt_alpha(mark)
        if isinstance(body, sp.Expr) and body.is_Pow and body.base == step:
            power = body.exp
        elif body == step:
            power = sp.Integer(1)
        else:
            raise NeedsUnrolling("a product with symbolic limits")
        below = (lo[0], lo[1] - 1)
        if below == hi:
            return sp.Integer(1)
        if lo[0] and lo[0] == hi[0]:
            steps = range(lo[1], hi[1] + 1)
            return sp.prod([self.canon.sqrt_alpha((lo[0], k)) for k in steps]) ** power
        quotient = self.canon.sqrt_alpha_bar(hi) / self.canon.sqrt_alpha_bar(below)
        return quotient**power

    # -- letters -------------------------------------------------------------------
    def _sym(self, node: Sym) -> Value:
        return letters.letter_value(self, node)

    def _call(self, node: Call) -> Value:
        return letters.call_value(self, node)

    # -- laws ------------------------------------------------------------------------
    def _density(self, node: Density) -> Value:
        return laws.density(self, node)

    def _lawpart(self, node: LawPart) -> Value:
        law = laws.law_value(self, node.law)
        if law.cov is None or not isinstance(law.mean, Vec):
            raise CannotDecide("a law that is not one Gaussian")
        if node.kind == "mean":
            return law.mean
        return law.cov if node.kind == "var" else exact.sqrt(law.cov)

    def _normal(self, node: Normal) -> Value:
        return laws.normal(self, node)

    def _kl(self, node: KL) -> Value:
        return laws.divergence(self, node)

    def _entropy(self, node: Entropy) -> Value:
        return laws.entropy(self, node)

    def _expect(self, node: Expect) -> Value:
        return expectations.expectation(self, node)

    def _moment(self, node: Moment) -> Value:
        return laws.moment(self, node)

    def _grad(self, node: Grad) -> Value:
        return calculus.gradient(self, node)

    def _limit(self, node: Limit) -> Value:
        return calculus.limit(self, node)

    def _integral(self, node: Integral) -> Value:
        return calculus.integral(self, node)
