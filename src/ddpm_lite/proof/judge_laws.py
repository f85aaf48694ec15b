"""What the judges share: given numbers, and Gaussian laws by conditioning."""

from __future__ import annotations

import math
from fractions import Fraction
from random import Random

from .tree import Node, Num

ALPHAS = [1.0, 0.93, 0.81, 0.74, 0.62, 0.55]


class NotJudged(Exception):
    """This notation is outside the judge's few pages of arithmetic."""


class Point:
    """One choice of numbers: a time, a length, states and parameters."""

    def __init__(self, t: int, seed: int, chain: bool = True) -> None:
        self.t, self.steps = t, 5
        self.chain = chain  # are there states, so that v, z, p and q are of the chain?
        random = Random(seed)
        self.a = ALPHAS
        self.bar = [math.prod(self.a[1 : k + 1]) for k in range(6)]
        self.x = [round(random.uniform(-2, 2), 3) for _ in range(6)]
        self.x[0], self.eps = 1.37, 0.61
        m, s = math.sqrt(self.bar[t]), math.sqrt(1 - self.bar[t])
        self.x[t] = m * self.x[0] + s * self.eps
        self.xhat = [0.4, -0.83, 1.21, -0.57, 0.93, 1.6]
        self.free: dict[Node, float] = {}
        self.random = random

    def name(self, key: Node) -> float:
        """A number for a letter; letters are the same wherever they are printed."""
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


def transition(point: Point, a: int, start: int) -> tuple[float, float]:
    """Mean and variance of x_a given x_start, an earlier state: step after step."""
    m, v = point.x[start], 0.0
    for k in range(start + 1, a + 1):
        m, v = math.sqrt(point.a[k]) * m, point.a[k] * v + 1 - point.a[k]
    return m, v


def log_normal(x: float, m: float, v: float) -> float:
    if v <= 0:
        raise NotJudged
    return -0.5 * math.log(2 * math.pi * v) - (x - m) ** 2 / (2 * v)


def num(k: int) -> Num:
    return Num(Fraction(k))
