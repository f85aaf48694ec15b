"""A plain numeric judge for the mutants, sharing nothing with canon or worlds.

Only the parser is shared. Everything else is typed out again in floating point: the
alphas, the Gaussian chain (by its covariance matrix), the estimates of the network, and
a three-state Markov chain with its paths enumerated. It answers one question: do the
two sides of an equation have the same value at a few ordinary points?
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import replace

from .judge_laws import NotJudged, Point, law, log_normal, transition
from .tree import (
    KL,
    Add,
    Big,
    Brace,
    Call,
    Density,
    Div,
    Fn,
    Identity,
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
from .walking import rebuild


class Judge:
    """Evaluates a tree at one point (Gaussian quantities in one dimension)."""

    def __init__(
        self,
        point: Point,
        bound: dict[str, int] | None = None,
        known: Mapping[Node, Node] | None = None,
    ) -> None:
        self.p = point
        self.bound = bound or {}
        self.known = known or {}  # what the text defined before

    def index(self, node: Node) -> int:
        if isinstance(node, Num):
            return int(node.value)
        if isinstance(node, Sym) and not node.subs:
            if node.name in self.bound:
                return self.bound[node.name]
            if node.name in ("t", "T"):
                return self.p.t if node.name == "t" else self.p.steps
            if node.name == "s":
                return self.p.t // 2  # an earlier time
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
            self.inside({**self.bound, n.var.name: k}).value(n.body)
            for k in range(self.index(n.lo), self.index(n.hi) + 1)
        ]
        return sum(terms) if n.op == "sum" else math.prod(terms)

    def inside(self, bound: dict[str, int]) -> Judge:
        """The same judge, where the index of a sum or product has its value."""
        return type(self)(self.p, bound, self.known)

    def letter(self, n: Sym, args: tuple[Node, ...] = ()) -> float:
        p = self.p
        meaning = self.meaning(Call(n, args) if args else n)
        if meaning is not None:
            return self.value(meaning)
        times = {"t", "T", "s", *self.bound}
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
        numbered = bool(n.subs) and isinstance(n.subs[0], Num)
        target = n.name == "v" and not n.marks and not numbered
        if target and p.chain and (theta or not args):
            return (m * p.x[t] - (p.xhat[t] if theta else p.x[0])) / s
        told = ("p", "q", "v", "s", "z") if p.chain and not numbered else ()
        if args or n.marks or n.name in (*told, "epsilon", "L"):
            raise NotJudged
        if n.name in ("t", "T"):
            return float(self.index(n))
        if n.name == "D":
            return 1.0
        return math.e if n == Sym("e") else p.name(n)

    def meaning(self, n: Node) -> Node | None:
        """The definition of a name, its index moved from t to where it is used."""
        if n in self.known:
            return self.known[n]
        if not (isinstance(n, Sym) and len(n.subs) == 1):
            return None
        family = self.known.get(replace(n, subs=(Sym("t"),)))
        return None if family is None else rebuild(family, {Sym("t"): n.subs[0]})

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
        if given and max(given) < of[0]:
            return (of[0], *transition(self.p, of[0], max(given)))
        return (of[0], *law(self.p, of[0], {g: self.p.x[g] for g in given}))

    def density(self, n: Density) -> float:
        if n == Density(Sym("p"), (Sym("x", subs=(Sym("T"),)),)):
            return math.exp(log_normal(self.p.x[self.p.steps], 0.0, 1.0))
        model = self.known.get(n)
        if isinstance(model, Normal) and model.of in (None, n.of[0]):
            m, v = self.value(model.mean), self.value(model.cov)
            return math.exp(log_normal(self.value(n.of[0]), m, v))
        a, m, v = self.moments(n)
        return math.exp(log_normal(self.p.x[a], m, v))

    def divergence(self, n: KL) -> float:
        pairs = []
        for side in (n.left, n.right):
            if isinstance(side, Density) and side.head.name == "q":
                pairs.append(self.moments(side)[1:])
            elif isinstance(side, Normal):
                pairs.append((self.value(side.mean), self.value(side.cov)))
            elif isinstance(model := self.known.get(side), Normal):
                pairs.append((self.value(model.mean), self.value(model.cov)))
            elif side == Density(Sym("p"), (Sym("x", subs=(Sym("T"),)),)):
                pairs.append((0.0, 1.0))
            else:
                raise NotJudged
        (m1, v1), (m2, v2) = pairs
        return 0.5 * (math.log(v2 / v1) - 1 + v1 / v2) + (m1 - m2) ** 2 / (2 * v2)
