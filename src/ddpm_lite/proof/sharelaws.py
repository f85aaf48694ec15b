"""Laws of counts and shares: joints, marginals, posteriors, means and bounds."""

from __future__ import annotations

from collections.abc import Callable
from itertools import product
from typing import Any

import mpmath as mp

from .field import CannotDecide
from .kinds import printed_laws
from .powers import Form
from .shares import Known, Numbers, Value
from .tree import (
    KL,
    Add,
    Call,
    Density,
    Div,
    Draws,
    Expect,
    Fn,
    Integral,
    Moment,
    Neg,
    Node,
    Sym,
)

TOTAL = 4  # of the counts, where all counts are summed


class Shares(Numbers):
    """Everything is computed from the laws that a document printed."""

    def __init__(
        self,
        size: int,
        known: Known,
        values: dict[str, list[Any]],
        at: dict[str, int],
        counted: set[str],
    ) -> None:
        super().__init__(size, known, values, at, counted)
        self.laws = printed_laws(known)
        self.depth = 0

    def value(self, node: Node) -> Value:
        if isinstance(node, Density | Expect | Moment | KL | Integral):
            return self.of_laws(node)
        return super().value(node)

    def call(self, node: Call) -> Value:
        defined = any(isinstance(k, Call) and k.head == node.head for k in self.known)
        if node.head == Sym("ELBO") and len(node.args) == 1 and not defined:
            return self.bound(node.args[0])
        return super().call(node)

    def of_laws(self, node: Node) -> Value:
        if isinstance(node, Density):
            return self.density(node)
        if isinstance(node, Expect) and len(node.laws) == 1 and not node.given:
            return self.mean(node.laws[0], lambda: self.scalar(node.body))
        if isinstance(node, Moment) and len(node.laws) == 1 and not node.given:
            return self.moment(node)
        if isinstance(node, KL):
            ratio = Fn("log", Div(node.left, node.right))
            return self.mean(node.left, lambda: self.value(ratio))
        if isinstance(node, Integral) and len(node.vars) == 1:
            (var,) = node.vars
            if isinstance(var, Sym) and not var.subs and node.lo is None:
                return self.integrated(var.name, node.body)
        raise CannotDecide(f"{type(node).__name__} of counts and shares")

    # -- laws --------------------------------------------------------------------------
    def key_of(self, node: Density) -> Density | None:
        for key in self.laws:
            same = key.head == node.head and set(key.of) == set(node.of)
            if same and set(key.given) == set(node.given) and key.params == node.params:
                return key
        return None

    def split(self, node: Density) -> Density | None:
        """A printed conditional of which ``node`` is the joint with its condition."""
        for key in self.laws:
            whole = {*key.of, *key.given} == set(node.of)
            if key.head == node.head and key.given and whole and not node.given:
                return key
        return None

    def derivable(self, node: Density) -> bool:
        """Do the laws printed so far say what this one is?"""
        if node.params:
            return False
        if self.key_of(node):
            return True
        if node.given:
            both = Density(node.head, (*node.of, *node.given))
            return self.derivable(both)
        key = self.split(node)
        if key is not None:
            return self.derivable(Density(node.head, key.given))
        wider = self.wider(node)
        return wider is not None and self.derivable(wider)

    def wider(self, node: Density) -> Density | None:
        """A joint of which ``node`` is a marginal."""
        for key in self.laws:
            both = (*key.of, *key.given)
            inside = set(node.of) < set(both)
            if key.head == node.head and key.given and inside and not node.given:
                return Density(node.head, both)
        return None

    def density(self, node: Density) -> Value:
        key = self.key_of(node)
        if key is not None:
            return self.value(self.laws[key])
        if not self.derivable(node) or self.depth > 6:
            raise CannotDecide("a law that was not printed")
        self.depth += 1
        try:
            return self.derived(node)
        finally:
            self.depth -= 1

    def derived(self, node: Density) -> Value:
        if node.given:
            both = self.density(Density(node.head, (*node.of, *node.given)))
            return both / self.density(Density(node.head, node.given))
        key = self.split(node)
        if key is not None:
            start = self.density(Density(node.head, key.given))
            return self.density(key) * start
        wider = self.wider(node)
        assert wider is not None
        rest = [v for v in wider.of if v not in node.of]
        if len(rest) != 1 or not isinstance(rest[0], Sym):
            raise CannotDecide("a marginal over several variables")
        return self.over(rest[0].name, lambda: self.density(wider))

    def over(self, name: str, body: Callable[[], Value]) -> Value:
        """The sum or integral over everything a variable can be."""
        if name in self.counted:
            return self.sum_counts(name, body)
        return self.integral(name, body)

    def mean(self, law: Node, body: Callable[[], Value]) -> Value:
        if isinstance(law, Draws):
            law = law.law
        if isinstance(law, Sym):
            found = [k for k in self.laws if k.head == law and not k.given]
            law = found[0] if len(found) == 1 else law
        if not isinstance(law, Density) or len(law.of) != 1:
            raise CannotDecide("an expectation whose law is not written out")
        (var,) = law.of
        if not isinstance(var, Sym) or var.subs:
            raise CannotDecide("a mean over something else")
        return self.over(var.name, lambda: self.density(law) * body())

    def moment(self, node: Moment) -> Value:
        law, u, v = node.laws[0], node.args[0], node.args[-1]
        both = self.mean(law, lambda: self.scalar(u) * self.scalar(v))
        first = self.mean(law, lambda: self.scalar(u))
        return both - first * self.mean(law, lambda: self.scalar(v))

    def bound(self, parameter: Node) -> Value:
        """E_q[log p(x, z) - log q(z)] for the law q with this parameter."""
        own = [
            k
            for k in self.laws
            if k.head.name == "q" and k.head.subs == (parameter,) and not k.given
        ]
        models = [k for k in self.laws if k.head.name == "p" and k.given]
        if len(own) != 1 or len(models) != 1 or models[0].given != own[0].of:
            raise CannotDecide("ELBO(...) is not defined here")
        joint = Density(models[0].head, (*models[0].of, *own[0].of))
        ratio = Add((Fn("log", joint), Neg(Fn("log", own[0]))))
        return self.mean(own[0], lambda: self.value(ratio))

    # -- integrals and sums ------------------------------------------------------------
    def integrated(self, name: str, body: Node) -> Value:
        return self.integral(name, lambda: self.scalar(body))

    def integral(self, name: str, body: Callable[[], Value]) -> Value:
        """Over all shares; what is integrated is no letter of the claim."""
        if isinstance(self.values.get(name, [0])[0], Form):
            raise CannotDecide("an integral inside an integral")
        shares = [Form.share(self.size, k) for k in range(self.size)]
        seen = name in self.used
        with self.with_values(**{name: shares}):
            out = body()
        if not seen:
            self.used.discard(name)
        lifted = out if isinstance(out, Form) else Form.of(self.size, out)
        return lifted.integral()

    def on_cube(self, name: str, body: Node) -> Any:
        """The mass if each component ran from 0 to 1 on its own."""
        shares = [Form.share(self.size, k) for k in range(self.size)]
        with self.with_values(**{name: shares}):
            out = self.scalar(body)
        if not isinstance(out, Form):
            return out
        powers, c = out.single()
        if min(powers) <= -1:
            return mp.inf
        return c / mp.fprod(p + 1 for p in powers)

    def summed(self, name: str, body: Node, draws: int = TOTAL) -> Value:
        return self.sum_counts(name, lambda: self.scalar(body), draws)

    def sum_counts(
        self, name: str, body: Callable[[], Value], draws: int = TOTAL
    ) -> Value:
        """Over all counts with one total."""
        total, seen = mp.mpf(0), name in self.used
        for counts in product(range(draws + 1), repeat=self.size):
            if sum(counts) == draws:
                with self.with_values(**{name: [mp.mpf(c) for c in counts]}):
                    total = total + body()
        if not seen:
            self.used.discard(name)
        return total
