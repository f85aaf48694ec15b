"""The judge's finite worlds: every path of a short chain, in floats."""

from __future__ import annotations

import math
from itertools import product
from random import Random
from typing import Any

from .judge_laws import NotJudged, num
from .tree import (
    KL,
    Add,
    Big,
    Brace,
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

    def __init__(self, seed: int, steps: int = 3, t: int = 2) -> None:
        random = Random(seed)
        self.steps, self.t = steps, t
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
        if isinstance(n, Sym) and n.name == "T" and not n.subs:
            return float(self.steps)
        raise NotJudged

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
