"""A plain numeric judge for the mutants, sharing nothing with canon or worlds.

Only the parser is shared. Everything else is typed out again in floating point: the
alphas, the Gaussian chain (by its covariance matrix), the estimates of the network, and
a three-state Markov chain with its paths enumerated. It answers one question: do the
two sides of an equation have the same value at a few ordinary points?
"""

from __future__ import annotations

import math
from fractions import Fraction
from itertools import product
from random import Random
from typing import Any

from . import judge_counts
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
    Identity,
    Integral,
    Mul,
    Neg,
    Node,
    Norm,
    Normal,
    Num,
    Pow,
    Range,
    Sqrt,
    Sym,
    Transpose,
)

ALPHAS = [1.0, 0.93, 0.81, 0.74, 0.62, 0.55]


class NotJudged(Exception):
    """This notation is outside the judge's few pages of arithmetic."""


class Point:
    """One choice of numbers: a time, a length, states and parameters."""

    def __init__(self, t: int, seed: int) -> None:
        self.t, self.steps = t, 5
        random = Random(seed)
        self.a = ALPHAS
        self.bar = [math.prod(self.a[1 : k + 1]) for k in range(6)]
        self.x = [round(random.uniform(-2, 2), 3) for _ in range(6)]
        self.x[0], self.eps = 1.37, 0.61
        m, s = math.sqrt(self.bar[t]), math.sqrt(1 - self.bar[t])
        self.x[t] = m * self.x[0] + s * self.eps
        self.xhat = [0.4, -0.83, 1.21, -0.57, 0.93, 1.6]
        self.free: dict[str, float] = {}
        self.random = random

    def name(self, key: str) -> float:
        if key not in self.free:
            self.free[key] = round(self.random.uniform(0.3, 2.2), 3)
        return self.free[key]


def law(point: Point, a: int, given: dict[int, float]) -> tuple[float, float]:
    """Mean and variance of x_a given others, from the joint covariance given x_0."""
    if 0 not in given:
        raise NotJudged
    others = [g for g in given if g != 0]
    if a == 0:
        return given[0], 0.0

    def cov(i: int, j: int) -> float:
        low, high = min(i, j), max(i, j)
        grown, var = 1.0, 0.0
        for k in range(1, low + 1):
            var = point.a[k] * var + 1 - point.a[k]
        for k in range(low + 1, high + 1):
            grown *= math.sqrt(point.a[k])
        return grown * var

    def mean(i: int) -> float:
        out = given[0]
        for k in range(1, i + 1):
            out *= math.sqrt(point.a[k])
        return out

    size = len(others)
    rows = [[cov(i, j) for j in others] + [cov(i, a)] for i in others]
    for k in range(size):  # Gauss-Jordan on a tiny positive definite matrix
        pivot = rows[k][k]
        rows[k] = [v / pivot for v in rows[k]]
        for r in range(size):
            if r != k:
                f = rows[r][k]
                rows[r] = [u - f * v for u, v in zip(rows[r], rows[k], strict=True)]
    weight = [rows[k][size] for k in range(size)]
    m = mean(a) + sum(
        w * (given[o] - mean(o)) for w, o in zip(weight, others, strict=True)
    )
    v = cov(a, a) - sum(w * cov(o, a) for w, o in zip(weight, others, strict=True))
    return m, v


def log_normal(x: float, m: float, v: float) -> float:
    if v <= 0:
        raise NotJudged
    return -0.5 * math.log(2 * math.pi * v) - (x - m) ** 2 / (2 * v)


class Judge:
    """Evaluates a tree at one point (Gaussian quantities in one dimension)."""

    def __init__(self, point: Point, bound: dict[str, int] | None = None) -> None:
        self.p = point
        self.bound = bound or {}

    def index(self, node: Node) -> int:
        if isinstance(node, Num):
            return int(node.value)
        if isinstance(node, Sym) and not node.subs:
            if node.name in self.bound:
                return self.bound[node.name]
            if node.name in ("t", "T"):
                return self.p.t if node.name == "t" else self.p.steps
        if isinstance(node, Add):
            return sum(self.index(t) for t in node.terms)
        if isinstance(node, Neg):
            return -self.index(node.arg)
        raise NotJudged

    def value(self, n: Node) -> float:
        if isinstance(n, Num):
            return float(n.value)
        if isinstance(n, Add):
            return sum(self.value(t) for t in n.terms)
        if isinstance(n, Neg):
            return -self.value(n.arg)
        if isinstance(n, Mul):
            return math.prod(self.value(f) for f in n.factors)
        if isinstance(n, Div):
            return self.value(n.num) / self.value(n.den)
        if isinstance(n, Pow):
            return self.power(n)
        if isinstance(n, Sqrt):
            return math.sqrt(self.value(n.arg))
        if isinstance(n, Brace):
            return self.value(n.body)
        if isinstance(n, Norm):
            return abs(self.value(n.arg))
        if isinstance(n, Transpose):
            return self.value(n.arg)
        if isinstance(n, Identity):
            return 1.0
        if isinstance(n, Fn) and n.name in ("log", "exp"):
            return {"log": math.log, "exp": math.exp}[n.name](self.value(n.arg))
        if isinstance(n, Big):
            return self.big(n)
        if isinstance(n, Sym):
            return self.letter(n)
        if isinstance(n, Call):
            return self.letter(n.head, n.args)
        if isinstance(n, Normal) and n.of is not None:
            x, m, v = (self.value(k) for k in (n.of, n.mean, n.cov))
            return math.exp(log_normal(x, m, v))
        if isinstance(n, Density):
            return self.density(n)
        if isinstance(n, KL):
            return self.divergence(n)
        raise NotJudged

    def power(self, n: Pow) -> float:
        if n.exp == Sym("T"):
            raise NotJudged
        return self.value(n.base) ** self.value(n.exp)

    def big(self, n: Big) -> float:
        if n.lo is None or n.hi is None or not isinstance(n.var, Sym):
            raise NotJudged
        terms = [
            Judge(self.p, {**self.bound, n.var.name: k}).value(n.body)
            for k in range(self.index(n.lo), self.index(n.hi) + 1)
        ]
        return sum(terms) if n.op == "sum" else math.prod(terms)

    def letter(self, n: Sym, args: tuple[Node, ...] = ()) -> float:
        p = self.p
        times = {"t", "T", *self.bound}
        subs = [s for s in n.subs if not isinstance(s, Sym) or s.name in times]
        theta = len(subs) != len(n.subs)
        k = self.index(subs[0]) if subs and not isinstance(subs[0], Range) else None
        t = k if k is not None else self.time(args)
        if k is not None and not -1 < k <= 5:
            raise NotJudged
        if n.name == "alpha" and k is not None:
            return p.bar[k] if n.marks == ("bar",) else p.a[k] if k else self.no()
        if n.name == "beta" and k is not None and not n.marks:
            return 1 - p.a[k] if k else self.no()
        q = any(isinstance(s, Sym) and s.name == "q" for s in n.subs)
        if (n.name == "beta" and n.marks == ("tilde",)) or (n.name == "sigma" and q):
            v = law(p, t - 1, {0: p.x[0], t: p.x[t]})[1]
            return v if n.name == "beta" else math.sqrt(v)
        if n.name == "SNR":
            m, v = law(p, t, {0: 1.0})
            return m * m / v
        if n.name == "mu" and (q or n.marks == ("tilde",)):
            states = [self.value(a) for a in args[:2]] if len(args) == 2 else []
            x_t, x_0 = states or (p.x[t], p.x[0])
            return law(p, t - 1, {0: x_0, t: x_t})[0]
        if n.name == "mu" and theta:
            return law(p, t - 1, {0: p.xhat[t], t: p.x[t]})[0]
        if n.name == "x" and ("hat" in n.marks or theta):
            return p.xhat[t]
        m, s = math.sqrt(p.bar[t]), math.sqrt(1 - p.bar[t])
        if n.name == "epsilon" and (theta or "hat" in n.marks):
            return (p.x[t] - m * p.xhat[t]) / s
        if n.name == "epsilon" and not n.subs:
            return (p.x[p.t] - math.sqrt(p.bar[p.t]) * p.x[0]) / math.sqrt(
                1 - p.bar[p.t]
            )
        if n.name == "x" and k is not None:
            return p.x[k]
        if n.name == "pi":
            return math.pi
        if args or n.marks or n.name in ("p", "q", "v", "s", "z", "epsilon"):
            raise NotJudged
        if n.name in ("t", "T"):
            return float(self.index(n))
        if n.name == "D":
            return 1.0
        return p.name(repr(n.name) + repr(n.subs))

    def no(self) -> float:
        raise NotJudged

    def time(self, args: tuple[Node, ...]) -> int:
        for a in args:
            if isinstance(a, Sym) and a.name == "x" and a.subs:
                k = self.index(a.subs[0])
                if k:
                    return k
        for a in args:
            if not (isinstance(a, Sym) and a.name in ("x", "theta")):
                return self.index(a)
        return self.p.t

    def times(self, items: tuple[Node, ...]) -> list[int]:
        out = []
        for i in items:
            if not (isinstance(i, Sym) and i.name == "x" and i.subs) or i.marks:
                raise NotJudged
            if isinstance(i.subs[0], Range):
                raise NotJudged
            out.append(self.index(i.subs[0]))
        return out

    def moments(self, n: Density) -> tuple[int, float, float]:
        of, given = self.times(n.of), self.times(n.given)
        if n.head.name != "q" or len(of) != 1:
            raise NotJudged
        if given == [of[0] - 1]:
            a = of[0]
            return a, math.sqrt(self.p.a[a]) * self.p.x[a - 1], 1 - self.p.a[a]
        return (of[0], *law(self.p, of[0], {g: self.p.x[g] for g in given}))

    def density(self, n: Density) -> float:
        a, m, v = self.moments(n)
        return math.exp(log_normal(self.p.x[a], m, v))

    def divergence(self, n: KL) -> float:
        pairs = []
        for side in (n.left, n.right):
            if isinstance(side, Density) and side.head.name == "q":
                pairs.append(self.moments(side)[1:])
            elif isinstance(side, Normal):
                pairs.append((self.value(side.mean), self.value(side.cov)))
            elif side == Density(Sym("p"), (Sym("x", subs=(Sym("T"),)),)):
                pairs.append((0.0, 1.0))
            else:
                raise NotJudged
        (m1, v1), (m2, v2) = pairs
        return 0.5 * (math.log(v2 / v1) - 1 + v1 / v2) + (m1 - m2) ** 2 / (2 * v2)


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


def num(k: int) -> Num:
    return Num(Fraction(k))


def differs(left: Node, right: Node) -> bool:
    """Do the sides differ at some ordinary point? NotJudged when it cannot be said."""
    if judge_counts.about_counts(left, right):
        try:
            return judge_counts.differ(left, right)
        except (judge_counts.NotCounts, ArithmeticError, ValueError) as error:
            raise NotJudged from error
    try:
        for t, seed in ((3, 1), (4, 2)):
            judge = Judge(Point(t, seed))
            a, b = judge.value(left), judge.value(right)
            if abs(a - b) > 1e-9 * max(1.0, abs(a), abs(b)):
                return True
        return False
    except (NotJudged, ArithmeticError, ValueError, IndexError, TypeError):
        pass
    try:
        for seed, steps, t in ((5, 3, 2), (6, 4, 3)):
            for start in range(3):
                paths = Paths(seed, steps, t)
                paths.at = {k: (start + k * k) % 3 for k in range(steps + 1)}
                a, b = paths.value(left), paths.value(right)
                if abs(a - b) > 1e-9 * max(1.0, abs(a), abs(b)):
                    return True
    except (ArithmeticError, ValueError, IndexError, TypeError) as error:
        raise NotJudged from error
    return False
