"""The judge's arithmetic for counts and shares: two kinds, plain floats, quadrature.

Everything is typed out again for x = (2, 1), drawn from shares z with a Dirichlet
prior; means are sums over a grid, derivatives are differences.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from fractions import Fraction

from .tree import (
    Add,
    Big,
    Call,
    Density,
    Div,
    Expect,
    Fn,
    Grad,
    Mul,
    Neg,
    Node,
    Num,
    Pow,
    Sym,
)
from .walking import walk

Vector = list[float]
ONE = Num(Fraction(1))
GRID = 300
LAWS = {"p(z)", "p(x|z)", "p(x,z)", "p(x)", "p(z|x)", "q(z)"}
STEP = 1e-4
CLOSE = 1e-5  # the grid and the differences are good to 1e-6


class NotCounts(Exception):
    """This notation is outside the few lines below."""


def about_counts(*sides: Node) -> bool:
    """Products and sums over kinds 1 ... K, or Gamma and its logarithm."""
    return any(
        (isinstance(n, Big) and n.hi == Sym("K") and isinstance(n.var, Sym))
        or (isinstance(n, Fn) and n.name in ("gamma", "digamma", "trigamma"))
        or (isinstance(n, Call) and n.head.name == "B" and len(n.args) == 1)
        for side in sides
        for n in walk(side)
    )


def differ(left: Node, right: Node) -> bool:
    """Do the sides differ here?"""
    for j, k in ((0, 1), (1, 1)):
        model = Counts({"j": j, "k": k, "i": 1})
        a, b = model.number(left), model.number(right)
        if abs(a - b) > CLOSE * max(1.0, abs(a), abs(b)):
            return True
    return False


def polygamma(u: float, order: int) -> float:
    """Derivatives of ln Gamma, by differences far to the right and the recurrence."""
    out = 0.0
    while u < 30:
        out += -1 / u if order == 1 else 1 / u**2
        u += 1
    if order == 1:
        return out + math.log(u) - 1 / (2 * u) - 1 / (12 * u**2) + 1 / (120 * u**4)
    return out + 1 / u + 1 / (2 * u**2) + 1 / (6 * u**3) - 1 / (30 * u**5)


def log_beta(v: Vector) -> float:
    return sum(map(math.lgamma, v)) - math.lgamma(sum(v))


class Counts:
    """Two kinds; ``at`` says which component each free index means."""

    def __init__(self, at: dict[str, int]) -> None:
        self.at = at
        self.vectors: dict[str, Vector] = {
            "x": [2.0, 1.0],
            "alpha": [2.3, 3.1],
            "gamma": [3.7, 2.9],
            "z": [0.37, 0.63],
        }

    def number(self, n: Node) -> float:
        out = self.value(n)
        if isinstance(out, list):
            raise NotCounts
        return out

    def value(self, n: Node) -> float | Vector:
        if isinstance(n, Num):
            return float(n.value)
        if isinstance(n, Sym):
            return self.letter(n)
        if isinstance(n, Add):
            terms = [self.value(t) for t in n.terms]
            if all(isinstance(t, list) for t in terms):
                rows = [t for t in terms if isinstance(t, list)]
                return [sum(c) for c in zip(*rows, strict=True)]
            return sum(self.number(t) for t in n.terms)
        if isinstance(n, Neg):
            return -self.number(n.arg)
        if isinstance(n, Mul):
            return self.product(n)
        if isinstance(n, Div):
            return self.number(n.num) / self.number(n.den)
        if isinstance(n, Pow):
            return float(self.number(n.base) ** self.number(n.exp))
        if isinstance(n, Fn):
            return self.function(n)
        if isinstance(n, Big):
            return self.big(n)
        if isinstance(n, Call) and len(n.args) == 1:
            return self.call(n.head, n.args[0])
        if isinstance(n, Density):
            return self.density(n)
        if isinstance(n, Expect) and len(n.laws) == 1:
            law = n.laws[0]
            return self.mean(lambda: self.number(law) * self.number(n.body))
        if isinstance(n, Grad) and isinstance(n.var, Sym) and n.var.subs:
            return self.slope(n.var, lambda: self.number(n.body))
        raise NotCounts

    def letter(self, n: Sym) -> float | Vector:
        if n.marks or len(n.subs) > 1:
            raise NotCounts
        if n.subs:
            return self.vector(n.name)[self.index(n.subs[0])]
        if n.name == "n":
            return sum(self.vectors["x"])
        return self.vector(n.name)

    def vector(self, name: str) -> Vector:
        if name not in self.vectors:
            raise NotCounts
        return self.vectors[name]

    def index(self, n: Node) -> int:
        if isinstance(n, Sym) and n.name in self.at:
            return self.at[n.name]
        raise NotCounts

    def product(self, n: Mul) -> float:
        out, factors = 1.0, list(n.factors)
        while factors:
            f = factors.pop(0)
            if f == Sym("B") and factors:
                out *= self.call(Sym("B"), factors.pop(0))
            else:
                out *= self.number(f)
        return out

    def function(self, n: Fn) -> float:
        u = self.number(n.arg)
        table: dict[str, Callable[[float], float]] = {
            "log": math.log,
            "exp": math.exp,
            "gamma": math.gamma,
            "digamma": lambda v: polygamma(v, 1),
            "trigamma": lambda v: polygamma(v, 2),
            "factorial": lambda v: math.gamma(v + 1),
        }
        if n.name not in table:
            raise NotCounts
        return table[n.name](u)

    def big(self, n: Big) -> float:
        if n.hi != Sym("K") or n.lo != ONE or not isinstance(n.var, Sym):
            raise NotCounts
        keep, values = dict(self.at), []
        for k in (0, 1):
            self.at = {**keep, n.var.name: k}
            values.append(self.number(n.body))
        self.at = keep
        return sum(values) if n.op == "sum" else math.prod(values)

    def call(self, head: Sym, arg: Node) -> float:
        v = self.value(arg)
        if not isinstance(v, list):
            raise NotCounts
        if head == Sym("B"):
            return math.exp(log_beta(v))
        if head == Sym("ELBO"):
            return self.bound(v)
        if head.name == "F" and len(head.subs) == 1 and isinstance(head.subs[0], Mul):
            j, k = (self.index(s) for s in head.subs[0].factors)
            own = polygamma(v[j], 2) if j == k else 0.0
            return own - polygamma(sum(v), 2)
        raise NotCounts

    # -- laws and means ------------------------------------------------------------
    def weight(self, v: Vector) -> float:
        """The Dirichlet density with parameters v, at the present z."""
        z = self.vectors["z"]
        powers = sum((a - 1) * math.log(u) for a, u in zip(v, z, strict=True))
        return math.exp(powers - log_beta(v))

    def draws(self) -> float:
        x, z = self.vectors["x"], self.vectors["z"]
        ways = math.factorial(round(sum(x))) / math.prod(math.gamma(c + 1) for c in x)
        return ways * math.prod(u**c for c, u in zip(x, z, strict=True))

    def mean(self, body: Callable[[], float]) -> float:
        """The integral over shares, on a grid that is fine near both ends."""
        keep, total = self.vectors, 0.0
        for i in range(GRID):
            angle = math.pi / 2 * (i + 0.5) / GRID
            u = math.sin(angle) ** 2
            volume = math.pi / GRID * math.sin(angle) * math.cos(angle)
            self.vectors = {**keep, "z": [u, 1 - u]}
            total += volume * body()
        self.vectors = keep
        return total

    def density(self, n: Density) -> float:
        names = [[v.name if v == Sym(getattr(v, "name", "")) else "?" for v in part]
                 for part in (n.of, n.given)]  # fmt: skip
        text = f"{n.head.name}({','.join(sorted(names[0]))}"
        text += f"|{names[1][0]})" if names[1] else ")"
        plain = n.head in (Sym("p"), Sym("q", subs=(Sym("gamma"),)))
        if text not in LAWS or n.params or not plain:
            raise NotCounts
        prior = self.vectors["alpha"]
        if text == "q(z)":
            return self.weight(self.vectors["gamma"])
        if text == "p(z)":
            return self.weight(prior)
        if text == "p(x|z)":
            return self.draws()
        joint = self.draws() * self.weight(prior)
        if text == "p(x,z)":
            return joint
        evidence = self.mean(lambda: self.draws() * self.weight(prior))
        return evidence if text == "p(x)" else joint / evidence

    def bound(self, v: Vector) -> float:
        prior = self.vectors["alpha"]

        def body() -> float:
            own = self.weight(v)
            return own * math.log(self.draws() * self.weight(prior) / own)

        return self.mean(body)

    def slope(self, var: Sym, body: Callable[[], float]) -> float:
        k, keep, ends = self.index(var.subs[0]), self.vectors, []
        for h in (STEP, -STEP):
            moved = list(self.vector(var.name))
            moved[k] += h
            self.vectors = {**keep, var.name: moved}
            ends.append(body())
            self.vectors = keep
        return (ends[0] - ends[1]) / (2 * STEP)
