"""The judge's joint tables: p and q over x, y, z, z_1, ..., in plain floats."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator
from itertools import product
from random import Random

from .judge_laws import NotJudged
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
    Pow,
    Sym,
)
from .walking import walk

STATES = 3
LETTERS = {"x", "y", "z"}


def variables(*sides: Node) -> list[Sym]:
    """The letters that laws are about; NotJudged where one is a state of the chain."""
    found: set[Sym] = set()
    for side in sides:
        for n in walk(side):
            for v in (*n.of, *n.given) if isinstance(n, Density) else ():
                if not isinstance(v, Sym) or v.name not in LETTERS or v.marks:
                    raise NotJudged
                if any(not isinstance(s, Num) for s in v.subs):
                    raise NotJudged
                if v.name == "x" and v.subs:
                    raise NotJudged
                found.add(v)
    if not 0 < len(found) < 5:
        raise NotJudged
    return sorted(found, key=repr)


class Tables:
    """One random joint law for each name, and one state for each letter."""

    def __init__(self, letters: list[Sym], seed: int) -> None:
        self.letters, self.random = letters, Random(seed)
        self.laws: dict[str, dict[tuple[int, ...], float]] = {}
        for name in ("p", "q"):
            cells = list(product(range(STATES), repeat=len(letters)))
            raw = [self.random.uniform(0.1, 1) for _ in cells]
            self.laws[name] = {c: r / sum(raw) for c, r in zip(cells, raw, strict=True)}
        self.at = {v: self.random.randrange(STATES) for v in letters}
        self.functions: dict[tuple[object, ...], float] = {}

    def marginal(self, name: str, at: dict[Sym, int]) -> float:
        places = {self.letters.index(v): s for v, s in at.items()}
        return sum(
            w
            for cell, w in self.laws[name].items()
            if all(cell[k] == s for k, s in places.items())
        )

    def density(self, n: Density) -> float:
        if n.head.name not in self.laws or n.head.marks or set(n.of) & set(n.given):
            raise NotJudged
        at = {v: self.at[v] for v in n.given if isinstance(v, Sym)}
        both = {**at, **{v: self.at[v] for v in n.of if isinstance(v, Sym)}}
        name = n.head.name
        return self.marginal(name, both) / self.marginal(name, at)

    def over(self, names: tuple[Node, ...]) -> Iterator[None]:
        letters = [v for v in names if isinstance(v, Sym) and v in self.letters]
        if len(letters) != len(names):
            raise NotJudged
        keep = dict(self.at)
        for states in product(range(STATES), repeat=len(letters)):
            self.at.update(zip(letters, states, strict=True))
            yield
        self.at = keep

    def mean(self, law: Node, body: Callable[[], float]) -> float:
        if not isinstance(law, Density):
            raise NotJudged
        return sum(self.density(law) * body() for _ in self.over(law.of))

    def value(self, n: Node) -> float:
        if isinstance(n, Num):
            return float(n.value)
        if isinstance(n, Brace):
            return self.value(n.body)
        if isinstance(n, Add):
            return sum(map(self.value, n.terms))
        if isinstance(n, Neg):
            return -self.value(n.arg)
        if isinstance(n, Mul):
            return math.prod(map(self.value, n.factors))
        if isinstance(n, Div):
            return self.value(n.num) / self.value(n.den)
        if isinstance(n, Pow):
            return float(self.value(n.base) ** self.value(n.exp))
        if isinstance(n, Fn) and n.name in ("log", "exp"):
            return {"log": math.log, "exp": math.exp}[n.name](self.value(n.arg))
        if isinstance(n, Density):
            return self.density(n)
        if isinstance(n, KL):
            ratio = Fn("log", Div(n.left, n.right))
            return self.mean(n.left, lambda: self.value(ratio))
        if isinstance(n, Expect) and len(n.laws) == 1 and not n.given:
            law, body = n.laws[0], n.body
            return self.mean(law, lambda: self.value(body))
        if isinstance(n, Integral) and n.vars and n.lo is None:
            return sum(self.value(n.body) for _ in self.over(n.vars))
        if isinstance(n, Big) and n.op == "sum" and n.lo is None and n.hi is None:
            return sum(self.value(n.body) for _ in self.over((n.var,)))
        if isinstance(n, Sym) and n in self.letters:
            return (0.7, -0.4, 1.9)[self.at[n]]
        if isinstance(n, Call) and n.head.name in ("f", "g", "h"):
            return self.function(n)
        raise NotJudged

    def function(self, n: Call) -> float:
        """Any positive function of the letters."""
        if not all(isinstance(a, Sym) and a in self.letters for a in n.args):
            raise NotJudged
        key = (n.head, *(self.at[a] for a in n.args if isinstance(a, Sym)))
        if key not in self.functions:
            self.functions[key] = self.random.uniform(0.2, 2.0)
        return self.functions[key]
