"""The judge's finite worlds: every path of a short chain, in floats."""

from __future__ import annotations

import math
from collections.abc import Mapping
from itertools import product
from random import Random
from typing import Any

from .judge_laws import NotJudged, num
from .tree import (
    KL,
    Add,
    Big,
    Brace,
    Call,
    Density,
    Div,
    Expect,
    Fn,
    Integral,
    Mul,
    Neg,
    Node,
    Num,
    Range,
    Sym,
)


class Paths:
    """A three-state chain, all paths enumerated."""

    def __init__(
        self,
        seed: int,
        steps: int = 3,
        t: int = 2,
        known: Mapping[Node, Node] | None = None,
    ) -> None:
        random = Random(seed)
        self.steps, self.t = steps, t
        self.known = known or {}  # what the text defined before
        self.bound: dict[str, int] = {}
        self.at: dict[int, int] = {}

        def row() -> list[float]:
            raw = [random.uniform(0.1, 1) for _ in range(3)]
            return [r / sum(raw) for r in raw]

        first, last = row(), row()
        up = [[row() for _ in range(3)] for _ in range(steps)]
        down = [[row() for _ in range(3)] for _ in range(steps)]
        self.q: dict[tuple[int, ...], float] = {}
        self.m: dict[tuple[int, ...], float] = {}
        for w in product(range(3), repeat=steps + 1):
            self.q[w] = first[w[0]] * math.prod(
                up[k][w[k]][w[k + 1]] for k in range(steps)
            )
            self.m[w] = last[w[-1]] * math.prod(
                down[k][w[k + 1]][w[k]] for k in range(steps)
            )

    def index(self, n: Node) -> int:
        if isinstance(n, Num):
            return int(n.value)
        if isinstance(n, Sym) and not n.subs:
            known = {"t": self.t, "T": self.steps, **self.bound}
            if n.name in known:
                return known[n.name]
        if isinstance(n, Add):
            return sum(self.index(k) for k in n.terms)
        if isinstance(n, Neg):
            return -self.index(n.arg)
        raise NotJudged

    def states(self, items: tuple[Node, ...]) -> list[int]:
        out: list[int] = []
        for i in items:
            if not (isinstance(i, Sym) and i.name == "x" and i.subs) or i.marks:
                raise NotJudged
            s = i.subs[0]
            if isinstance(s, Range):
                out += range(self.index(s.lo), self.index(s.hi) + 1)
            else:
                out.append(self.index(s))
        if any(not 0 <= k <= self.steps for k in out):
            raise NotJudged
        return out

    def marginal(self, name: str, at: dict[int, int]) -> float:
        table = self.q if name == "q" else self.m
        return sum(p for w, p in table.items() if all(w[k] == s for k, s in at.items()))

    def density(self, n: Density) -> float:
        of, given = self.states(n.of), self.states(n.given)
        if set(of) & set(given) or n.head.marks:
            raise NotJudged
        name = {"q": "q", "p": "p", "P": "p"}.get(n.head.name)
        if name is None or any(k not in self.at for k in (*of, *given)):
            raise NotJudged
        b = {k: self.at[k] for k in given}
        both = self.marginal(name, {**b, **{k: self.at[k] for k in of}})
        return both / self.marginal(name, b)

    def with_states(self, names: list[int]) -> Any:
        keep = dict(self.at)
        for s in product(range(3), repeat=len(names)):
            self.at.update(zip(names, s, strict=True))
            yield
        self.at = keep

    def mean(self, law: Node, body: Any) -> float:
        if law == Sym("q"):
            top = Sym("x", subs=(Range(num(1), Sym("T")),))
            law = Density(Sym("q"), (top,), (Sym("x", subs=(num(0),)),))
        if not isinstance(law, Density):
            raise NotJudged
        names = [k for k in self.states(law.of) if k not in self.states(law.given)]
        total = 0.0
        inner = Density(
            law.head, tuple(Sym("x", subs=(num(k),)) for k in names), law.given
        )
        for _ in self.with_states(names):
            total += self.density(inner) * body()
        return total

    def value(self, n: Node) -> float:
        if isinstance(n, Num):
            return float(n.value)
        if isinstance(n, Add):
            return sum(self.value(k) for k in n.terms)
        if isinstance(n, Neg):
            return -self.value(n.arg)
        if isinstance(n, Mul):
            return math.prod(self.value(k) for k in n.factors)
        if isinstance(n, Div):
            return self.value(n.num) / self.value(n.den)
        if isinstance(n, Brace):
            return self.value(n.body)
        if isinstance(n, Fn) and n.name == "log":
            return math.log(self.value(n.arg))
        if isinstance(n, Density):
            return self.density(n)
        if isinstance(n, KL) and isinstance(n.left, Density):
            ratio = Fn("log", Div(n.left, n.right))
            return self.mean(n.left, lambda: self.value(ratio))
        if isinstance(n, Expect) and len(n.laws) == 1 and not n.given:
            return self.mean(n.laws[0], lambda: self.value(n.body))
        if isinstance(n, Integral) and n.vars:
            return sum(
                self.value(n.body) for _ in self.with_states(self.states(n.vars))
            )
        if isinstance(n, Big) and isinstance(n.var, Sym) and n.lo and n.hi:
            return self.big(n, n.var.name)
        if isinstance(n, Big) and n.op == "sum" and n.lo is None and n.hi is None:
            return sum(
                self.value(n.body) for _ in self.with_states(self.states((n.var,)))
            )
        if isinstance(n, Sym) and n.name == "T" and not n.subs:
            return float(self.steps)
        if n in self.known:
            return self.value(self.known[n])
        if isinstance(n, Call):
            return self.call(n)
        if isinstance(n, Sym) and n.name == "L" and len(n.subs) == 1 and not n.marks:
            return self.term(self.index(n.subs[0]))
        raise NotJudged

    def call(self, n: Call) -> float:
        """ELBO(x_0), and any function f of some states."""
        if n.head == Sym("ELBO") and self.states(n.args) == [0]:
            return -self.bound_of()
        if n.head.name in ("f", "g", "h"):
            here = tuple(self.at[k] for k in self.states(n.args))
            return Random(f"{n.head.name}{here}").uniform(0.2, 2)
        raise NotJudged

    def bound_of(self) -> float:
        """E_q log q(x_{1:T}|x_0) / p(x_{0:T}), path by path."""
        start, total = self.at[0], 0.0
        alone = self.marginal("q", {0: start})
        for w, weight in self.q.items():
            if w[0] == start:
                share = weight / alone
                total += share * math.log(share / self.m[w])
        return total

    def term(self, k: int) -> float:
        """L_T, L_{t-1} and L_0 of the decomposition."""
        start = self.at[0]
        alone = self.marginal("q", {0: start})
        total = 0.0
        for w, weight in self.q.items():
            if w[0] != start:
                continue
            if k == self.steps:
                end = {k: w[k]}
                ratio = self.marginal("q", {0: start, **end}) / alone
                ratio /= self.marginal("p", end)
            else:
                low, high = {k: w[k]}, {k + 1: w[k + 1]}
                ratio = self.marginal("p", high) / self.marginal("p", {**low, **high})
                if k:
                    told = {0: start, **high}
                    ratio *= self.marginal("q", {**told, **low})
                    ratio /= self.marginal("q", told)
            total += weight / alone * math.log(ratio)
        return total

    def big(self, n: Big, name: str) -> float:
        assert n.lo is not None
        assert n.hi is not None
        keep = dict(self.bound)
        terms = []
        for k in range(self.index(n.lo), self.index(n.hi) + 1):
            self.bound[name] = k
            terms.append(self.value(n.body))
            self.bound = dict(keep)
        return sum(terms) if n.op == "sum" else math.prod(terms)
