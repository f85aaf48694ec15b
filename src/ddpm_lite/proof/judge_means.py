"""The judge's averages: laws of states when the data are three points.

Given x_0 every law of states is Gaussian; without it, it is a mixture over the three
points, and what is averaged over Gaussians is summed over equally spaced nodes, in
plain floats. What a network answers is a fixed curved function of the state.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from .judge import Judge
from .judge_laws import NotJudged, law, log_normal
from .tree import (
    KL,
    Add,
    Big,
    Call,
    Density,
    Draws,
    Expect,
    Grad,
    Moment,
    Mul,
    Neg,
    Node,
    Normal,
    Range,
    Sym,
)
from .walking import children

DATA = ((0.3, -1.1), (0.45, 0.2), (0.25, 0.9))  # probability, place
NODES = [0.42 * k for k in range(-16, 17)]  # in standard deviations
WEIGHTS = [math.exp(-z * z / 2) for z in NODES]
TOTAL = sum(WEIGHTS)
STEP = 1e-2
ASKED = {"epsilon", "mu", "v", "s", "m", "d"}  # networks, with theta or a hat


def answer(a: int, x: float) -> float:
    """The estimate of x_0 that the network makes from x_a."""
    return 0.25 * a - 0.3 + 0.6 * x - 0.4 * math.sin(x)


class Means(Judge):
    """Adds averages, variances, scores and laws without x_0 to the plain judge."""

    def value(self, n: Node) -> float:
        if isinstance(n, Expect):
            return self.expectation(n)
        if isinstance(n, Moment):
            return self.moment(n)
        if isinstance(n, Grad):
            return self.slope(n)
        return super().value(n)

    # -- laws ---------------------------------------------------------------
    @contextmanager
    def state(self, a: int, x: float) -> Iterator[None]:
        """x_a and what is said of it, for a while."""
        kept = self.p.x[a], self.p.xhat[a]
        self.p.x[a], self.p.xhat[a] = x, answer(a, x)
        try:
            yield
        finally:
            self.p.x[a], self.p.xhat[a] = kept

    def weights(self, given: dict[int, float]) -> list[float]:
        """How probable each data point is, given some states (not x_0)."""
        out = [w * self.joint({**given, 0: d}) for w, d in DATA]
        return [w / sum(out) for w in out]

    def joint(self, at: dict[int, float]) -> float:
        """The density of some states given x_0."""
        seen, total = {0: at[0]}, 0.0
        for a in sorted(at):
            if a:
                total += log_normal(at[a], *law(self.p, a, seen))
                seen[a] = at[a]
        return math.exp(total)

    def whole(self, at: dict[int, float]) -> float:
        """The density of some states over all data."""
        if 0 in at:
            raise NotJudged
        return sum(w * self.joint({**at, 0: d}) for w, d in DATA)

    def density(self, n: Density) -> float:
        if n.head.name != "q" or any(isinstance(i, Normal) for i in n.of):
            return super().density(n)
        of, given = self.times(n.of), self.times(n.given)
        at = {k: self.p.x[k] for k in given}
        both = {**at, **{k: self.p.x[k] for k in of}}
        if set(of) & set(given) or 0 in of:
            raise NotJudged
        if 0 in given:
            return self.joint(both) / self.joint(at)
        return self.whole(both) / self.whole(at)

    # -- averages -----------------------------------------------------------
    def average(
        self, over: set[int], given: dict[int, float], f: Callable[[], float]
    ) -> float:
        if not over:
            return f()
        if 0 not in given:
            total = 0.0
            for w, (_, d) in zip(self.weights(given), DATA, strict=True):
                told = {**given, 0: d}
                if 0 in over:
                    with self.state(0, d):
                        total += w * self.average(over - {0}, told, f)
                else:
                    total += w * self.average(over, told, f)
            return total
        a = max(over)
        m, v = law(self.p, a, given)
        total, s = 0.0, math.sqrt(max(v, 0.0))
        for z, w in zip(NODES, WEIGHTS, strict=True):
            x = m + s * z
            with self.state(a, x):
                total += w * self.average(over - {a}, {**given, a: x}, f)
        return total / TOTAL

    def told(self, n: Density, body: tuple[Node, ...]) -> tuple[set[int], set[int]]:
        """The states averaged over, and those given."""
        if n.head.name != "q":
            raise NotJudged
        given = set(self.times(n.given))
        if any(self.is_path(v) for v in n.of):
            if self.times(n.given) != [0]:
                raise NotJudged
            return set().union(*map(self.seen, body)) - given, given
        return set(self.times(n.of)) - given, given

    @staticmethod
    def is_path(v: Node) -> bool:
        return isinstance(v, Sym) and any(isinstance(s, Range) for s in v.subs)

    def expectation(self, n: Expect) -> float:
        laws = [law.law if isinstance(law, Draws) else law for law in n.laws]
        if not laws:
            return self.bare(n.body, n.given)
        if len(laws) > 1 or n.given or not isinstance(laws[0], Density):
            raise NotJudged
        over, given = self.told(laws[0], (n.body,))
        return self.mean(n.body, over, given)

    def bare(self, body: Node, given: tuple[Node, ...]) -> float:
        told = set(self.times(given))
        return self.mean(body, self.seen(body) - told, told)

    def mean(self, body: Node, over: set[int], given: set[int]) -> float:
        """Sums are averaged term by term, which keeps the number of nodes small."""
        if isinstance(body, Add):
            return sum(self.mean(t, over, given) for t in body.terms)
        if isinstance(body, Neg):
            return -self.mean(body.arg, over, given)
        if isinstance(body, Big) and body.op == "sum":
            return sum(m.mean(body.body, over, given) for m in self.each(body))
        mine = over & self.seen(body)
        if isinstance(body, Mul) and mine:
            fixed = [f for f in body.factors if not self.seen(f) & mine]
            rest = [f for f in body.factors if self.seen(f) & mine]
            scale = math.prod(self.value(f) for f in fixed)
            if fixed:
                return scale * self.mean(Mul(tuple(rest)), over, given)
        if len(mine) > 2:
            raise NotJudged
        at = {k: self.p.x[k] for k in given}
        return self.average(mine, at, lambda: self.value(body))

    def each(self, n: Big) -> Iterator[Means]:
        if n.lo is None or n.hi is None or not isinstance(n.var, Sym):
            raise NotJudged
        for k in range(self.index(n.lo), self.index(n.hi) + 1):
            yield Means(self.p, {**self.bound, n.var.name: k}, self.known)

    def moment(self, n: Moment) -> float:
        a, b = n.args if len(n.args) == 2 else (n.args[0], n.args[0])
        if n.laws:
            raise NotJudged
        told = set(self.times(n.given))
        over = (self.seen(a) | self.seen(b)) - told
        both = self.mean(Mul((a, b)), over, told)
        return both - self.mean(a, over, told) * self.mean(b, over, told)

    def slope(self, n: Grad) -> float:
        a = self.p.t if n.var is None else self.times((n.var,))[0]
        x, total = self.p.x[a], 0.0
        for k, w in ((-2, 1), (-1, -8), (1, 8), (2, -1)):
            with self.state(a, x + k * STEP):
                total += w * self.value(n.body)
        return total / (12 * STEP)

    # -- which states a formula depends on ------------------------------------
    def seen(self, n: Node) -> set[int]:
        if isinstance(n, Expect | Moment):
            return self.seen_outside(n)
        if isinstance(n, Big) and n.lo is not None:
            return set().union(*(m.seen(n.body) for m in self.each(n)))
        if isinstance(n, KL):
            sides = [s for s in (n.left, n.right) if isinstance(s, Density)]
            return set().union(*(self.times(s.given) for s in sides))
        head = n.head if isinstance(n, Call) else n
        if isinstance(head, Sym):
            if n in self.known:
                return self.seen(self.known[n])
            return self.seen_in(head) | (
                set().union(*map(self.seen, n.args)) if isinstance(n, Call) else set()
            )
        return set().union(*map(self.seen, children(n)))

    def seen_outside(self, n: Expect | Moment) -> set[int]:
        body = (n.body,) if isinstance(n, Expect) else n.args
        inner = set().union(*map(self.seen, body))
        if not n.laws:
            return set(self.times(n.given))
        if len(n.laws) > 1 or not isinstance(n.laws[0], Density):
            raise NotJudged
        over, given = self.told(n.laws[0], body)
        return (inner - over) | given

    def seen_in(self, n: Sym) -> set[int]:
        plain = not n.marks and not any(s == Sym("theta") for s in n.subs)
        if n.name == "x" and plain and n.subs:
            return set(self.times((n,)))
        if n.name == "epsilon" and plain and not n.subs:
            return {0, self.p.t}
        if n.name == "mu" and ("tilde" in n.marks or Sym("q") in n.subs):
            return {0, self.p.t}
        learned = not plain and (n.name in ASKED or n.name == "x")
        return {self.p.t} if learned else set()
