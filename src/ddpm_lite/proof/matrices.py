r"""Covariance matrices: traces, determinants and quadratic forms.

``\Sigma``, ``\Sigma_1`` … are any covariances, not multiples of the identity: what is
said of them is tried with random positive definite matrices, which do not commute, in
two and three dimensions.
"""

from __future__ import annotations

import math
from typing import Any, TypeGuard

import numpy as np

from .claims import DIMENSIONS, Claim, summands
from .field import CannotDecide
from .names import VECTORS, describe, role
from .tree import (
    KL,
    Abs,
    Add,
    Brace,
    Call,
    Div,
    Entropy,
    Fn,
    Identity,
    Mul,
    Neg,
    Node,
    Norm,
    Normal,
    Num,
    Pow,
    Sqrt,
    Sym,
    Transpose,
)
from .verdict import Pair
from .walking import walk

WORLD = "matrices"
RULE = "random covariance matrices"
TRIES = ((2, 1), (3, 2), (3, 3))  # dimension, seed
SAME, APART = 1e-9, 1e-6
NUMBERS = {"pi": math.pi, "e": math.e}


def decide(claim: Claim) -> Pair:
    """Holds or false; CannotDecide where something else than matrices is named."""
    if claim.relation not in ("=", ":=") or claim.known:
        raise CannotDecide("no covariance matrix")
    sides = (claim.left, claim.right)
    nodes = [n for side in sides for n in walk(side)]
    if not any(map(is_matrix, nodes)):
        raise CannotDecide("no covariance matrix")
    left, right = ({n for n in walk(s) if isinstance(n, Sym)} for s in sides)
    named = isinstance(claim.left, Sym | Call)
    for n in left ^ right if named else right - left:
        if n.name not in DIMENSIONS | set(NUMBERS) | {"D", "T"}:
            raise CannotDecide(f"{describe(n)} is not defined here")
    for dim, seed in TRIES:
        world = Matrices(dim, seed, nodes)
        a, b = (np.asarray(world.value(side)) for side in sides)
        if a.shape != b.shape:
            raise CannotDecide("a matrix or vector compared with another kind")
        gap = float(np.abs(a - b).max()) / max(1.0, float(np.abs(a).max()))
        if gap > APART:
            shown = {"D": dim, "matrices": f"random, seed {seed}"}
            if not a.shape:
                shown |= {"left": float(a), "right": float(b)}
            return Pair("false", WORLD, RULE, "the two sides differ", shown)
        if not gap < SAME:
            raise CannotDecide("too close to tell")
    return Pair("holds", WORLD, RULE, "tried in two and three dimensions")


def is_matrix(node: Node) -> bool:
    """``\\Sigma`` or ``\\Sigma_1``: a covariance that nothing else explains."""
    return isinstance(node, Sym) and node.name == "Sigma" and not role(node)


def turned(node: Node) -> TypeGuard[Transpose | Pow]:
    """``v^\\top`` or ``v^T``."""
    power = isinstance(node, Pow) and node.exp == Sym("T")
    return isinstance(node, Transpose) or power


class Matrices:
    """Numbers, vectors (D,) and matrices (D, D) for one dimension and seed."""

    def __init__(self, dim: int, seed: int, nodes: list[Node]) -> None:
        self.dim = dim
        self.vectors = {
            m
            for n in nodes
            if isinstance(n, Norm) or turned(n)
            for m in summands(n.base if isinstance(n, Pow) else n.arg)
        }
        self.vectors |= {
            m
            for n in nodes
            if isinstance(n, Normal)
            for m in (n.of, n.mean)
            if m is not None
        }
        source = np.random.default_rng(seed)
        self.table: dict[Node, Any] = {}
        for n in sorted({n for n in nodes if isinstance(n, Sym)}, key=repr):
            self.table[n] = self.drawn(n, source)

    def drawn(self, n: Sym, source: np.random.Generator) -> Any:
        if is_matrix(n):
            root = source.normal(size=(self.dim, self.dim))
            return root @ root.T + 0.5 * np.eye(self.dim)
        if n.name in NUMBERS and not n.subs:
            return NUMBERS[n.name]
        if n in self.vectors or n.name in VECTORS:
            return source.normal(size=self.dim)
        if n.name in DIMENSIONS | {"D"} and not n.subs:
            return float(self.dim)
        if role(n) or n.name in ("t", "T"):
            return None
        return float(source.uniform(0.3, 2.0))

    def value(self, n: Node) -> Any:
        method = getattr(self, "_" + type(n).__name__.lower(), None)
        if method is None:
            raise CannotDecide(f"{type(n).__name__} beside a covariance matrix")
        return method(n)

    def scalar(self, n: Node) -> float:
        worth = self.value(n)
        if np.ndim(worth):
            raise CannotDecide("a matrix or vector where a number must stand")
        return float(worth)

    def square(self, n: Node) -> Any:
        worth = self.value(n)
        if np.ndim(worth) != 2:
            raise CannotDecide("a trace or determinant of something that is no matrix")
        return worth

    def _num(self, n: Num) -> float:
        return float(n.value)

    def _sym(self, n: Sym) -> Any:
        if self.table[n] is None:
            raise CannotDecide(f"{describe(n)} beside a covariance matrix")
        return self.table[n]

    def _identity(self, n: Identity) -> Any:
        return np.eye(self.dim)

    def _brace(self, n: Brace) -> Any:
        return self.value(n.body)

    def _add(self, n: Add) -> Any:
        terms = [self.value(t) for t in n.terms]
        if len({np.shape(t) for t in terms}) > 1:
            raise CannotDecide("a sum of different kinds")
        return sum(terms[1:], terms[0])

    def _neg(self, n: Neg) -> Any:
        return -self.value(n.arg)

    def _mul(self, n: Mul) -> Any:
        """In the printed order; a row times a column is a number."""
        out: Any = 1.0
        row = False  # is what stands so far a transposed vector?
        for f in n.factors:
            worth = self.value(f)
            if not np.ndim(out) or not np.ndim(worth):
                row = turned(f) if np.ndim(worth) == 1 else row
                out = out * worth
                continue
            shapes = np.ndim(out), np.ndim(worth)
            if shapes == (1, 1) and not row:
                if not turned(f):
                    raise CannotDecide("a product of two columns")
                out = np.outer(out, worth)
            elif shapes == (1, 2) and not row:
                raise CannotDecide("a column times a matrix")
            else:
                out = out @ worth
                row = row and np.ndim(out) == 1
        return out

    def _transpose(self, n: Transpose) -> Any:
        return np.transpose(self.value(n.arg))

    def _div(self, n: Div) -> Any:
        return self.value(n.num) / self.scalar(n.den)

    def _pow(self, n: Pow) -> Any:
        base = self.value(n.base)
        if turned(n):
            return np.transpose(base)
        power = self.scalar(n.exp)
        if np.ndim(base) == 2 and power in (-1.0, 2.0):
            return np.linalg.matrix_power(base, int(power))
        if np.ndim(base):
            raise CannotDecide("a power of a matrix or vector")
        return self.real(base, power)

    @staticmethod
    def real(base: Any, power: float) -> float:
        if base < 0 and not float(power).is_integer():
            raise CannotDecide("a root of something negative")
        return float(base**power)

    def _sqrt(self, n: Sqrt) -> float:
        return self.real(self.scalar(n.arg), 0.5)

    def _norm(self, n: Norm) -> float:
        return float(np.linalg.norm(self.value(n.arg)))

    def _abs(self, n: Abs) -> float:
        worth = self.value(n.arg)
        return float(np.linalg.det(worth)) if np.ndim(worth) == 2 else abs(worth)

    def _fn(self, n: Fn) -> float:
        if n.name == "tr":
            return float(np.trace(self.square(n.arg)))
        if n.name == "det":
            return float(np.linalg.det(self.square(n.arg)))
        worth = self.scalar(n.arg)
        if n.name == "exp" and worth < 100:
            return math.exp(worth)
        if n.name == "log" and worth > 0:
            return math.log(worth)
        raise CannotDecide(f"{n.name} beside a covariance matrix")

    def parts(self, n: Node) -> tuple[Any, Any]:
        """Mean and covariance of a normal law."""
        if not isinstance(n, Normal):
            raise CannotDecide("a law that is not one Gaussian")
        mean, cov = self.value(n.mean), self.value(n.cov)
        return mean * np.ones(self.dim), self.spread(cov)

    def spread(self, cov: Any) -> Any:
        if np.ndim(cov) != 2:
            raise CannotDecide("a variance beside covariance matrices")
        return cov

    def _normal(self, n: Normal) -> float:
        if n.of is None:
            raise CannotDecide("a law without a variable")
        mean, cov = self.parts(n)
        off = self.value(n.of) - mean
        distance = off @ np.linalg.solve(cov, off)
        return math.exp(-0.5 * (distance + np.linalg.slogdet(2 * np.pi * cov)[1]))

    def _kl(self, n: KL) -> float:
        (m, a), (k, b) = self.parts(n.left), self.parts(n.right)
        spread = np.trace(np.linalg.solve(b, a)) - self.dim
        sizes = np.linalg.slogdet(b)[1] - np.linalg.slogdet(a)[1]
        return float(0.5 * (spread + (m - k) @ np.linalg.solve(b, m - k) + sizes))

    def _entropy(self, n: Entropy) -> float:
        _, cov = self.parts(n.arg)
        return float(0.5 * np.linalg.slogdet(2 * np.pi * np.e * cov)[1])
