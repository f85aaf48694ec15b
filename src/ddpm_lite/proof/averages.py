"""Averages and scores under laws that depend on the data, by quadrature.

The data are two-part Gaussian mixtures in one dimension, so every q(x_a | x_b, ...) is
a mixture with known parts. Averages are equally spaced sums over each part (they
converge exponentially for smooth integrands), scores are complex-step derivatives
(exact to rounding). Every value comes from two rules, and the gap between them measures
its error; what is not settled well beyond it stays unknown.
"""

from __future__ import annotations

from dataclasses import replace
from fractions import Fraction
from typing import Any

from .claims import Claim, nodes_of
from .field import CannotDecide
from .names import role
from .pointwise import starts
from .quadrature import Averages
from .tree import (
    KL,
    Big,
    Call,
    Const,
    Density,
    Expect,
    Grad,
    Integral,
    Moment,
    Mul,
    Node,
    Num,
    Sym,
)
from .verdict import Pair
from .walking import mapped, walk

WORLD = "Gaussian chains"
RULE = "mixture data, by quadrature"
SAME, APART = 1e-8, 1e-4
RULES = (66, 90)  # numbers of quadrature nodes
PLACES = ((1.3, 0.6, -0.45, 0.85, 0.2), (-0.7, 0.35, 1.15, -0.9, 0.5))
MODELS = ((0.3, 0.5, 0.2), (-0.4, 0.9, 0.35), (0.8, -0.3, -0.6))
# (weight, mean, variance) of each part; the second has mean 0 and variance 1, so that
# what is true of standardised data is not called false
DATA = (
    ((0.4, -1.0, 0.09), (0.6, 1.25, 0.16)),
    ((0.4, -0.9, 0.4), (0.6, 0.6, 0.5)),
)


def blind(node: Node) -> bool:
    """A law or moment that is not told x_0."""
    if isinstance(node, Density):
        return node.head.name == "q" and not any(starts(g) for g in node.given)
    if isinstance(node, Expect | Moment):
        told = bool(node.given) and not any(starts(g) for g in node.given)
        return told or bare(node)
    return False


def bare(node: Node) -> bool:
    """A mean or variance with nothing said of its law: over all data, if of states."""
    return isinstance(node, Expect | Moment) and not node.given and not node.laws


def anything(node: Node, claim: Claim) -> bool:
    """``C``, when nothing says what it is: free of the network."""
    return node == Sym("C") and node not in {k for k, _ in claim.known}


def relevant(claim: Claim) -> bool:
    nodes = nodes_of(claim)
    whole = any(isinstance(n, KL | Integral | Big) for n in nodes)
    kind = any(isinstance(n, Expect | Grad | Moment) for n in nodes)
    return kind and not whole and any(blind(n) for n in nodes)


def as_mean(node: Node) -> Node:
    """``\\int f(x_0) q(x_0|x_t) dx_0`` is a mean."""
    node = mapped(node, as_mean)
    if not isinstance(node, Integral) or node.lo or node.hi:
        return node
    factors = node.body.factors if isinstance(node.body, Mul) else (node.body,)
    for k, law in enumerate(factors):
        if isinstance(law, Density) and law.of == node.vars:
            rest = factors[:k] + factors[k + 1 :] or (Num(Fraction(1)),)
            return Expect((law,), rest[0] if len(rest) == 1 else Mul(rest))
    return node


def decide(claim: Claim) -> Pair:
    """Holds or false, at several times, states and data laws."""
    claim = replace(claim, left=as_mean(claim.left), right=as_mean(claim.right))
    if claim.relation not in ("=", ":=") or not relevant(claim):
        raise CannotDecide("no average over a law that depends on the data")
    outcomes = []
    for data in DATA:
        for t in (2, 3):
            for place in PLACES:
                outcomes.append(compare(claim, t, place, data))
    if all(gap is None for _, gap in outcomes):
        why = f"equal at {len(outcomes)} points, for D = 1"
        return Pair("holds", WORLD, RULE, why)
    if any(bare(n) for n in nodes_of(claim)):
        raise CannotDecide("a mean whose law is not written out")
    half = len(outcomes) // 2
    standard = [(k, gap) for k, (_, gap) in enumerate(outcomes[half:]) if gap]
    if not standard or not any(gap for _, gap in outcomes[:half]):
        raise CannotDecide("this depends on what is assumed of the data")
    one_sided(claim)
    k, gap = standard[0]
    shown: dict[str, Any] = {"t": (2, 3)[k // len(PLACES)]}
    shown |= outcomes[half + k][0].shown(claim)
    return Pair(
        "false", WORLD, RULE, "the averages differ when the data are a mixture",
        {**shown, "left": gap[0], "right": gap[1]},
    )  # fmt: skip


def one_sided(claim: Claim) -> None:
    """A free letter on one side only means something that nobody said."""
    sides = [
        {n for n in walk(s) if isinstance(n, Sym) and role(n) == "" and not n.subs}
        for s in (claim.left, claim.right)
    ]
    nets = [
        any(isinstance(n, Sym) and role(n).startswith("model_") for n in walk(s))
        for s in (claim.left, claim.right)
    ]
    if nets[0] != nets[1]:
        raise CannotDecide("what a network answers is left to its training")
    letters = {Sym(name) for name in ("t", "T", "pi", "D", "C")}
    known = letters | {k for k, _ in claim.known}
    heads = {
        h
        for s in (claim.left, claim.right)
        for n in walk(s)
        for h in ((n.head,) if isinstance(n, Density | Call) else ())
    }
    for n in (sides[0] ^ sides[1]) - known - heads:
        assert isinstance(n, Sym)
        if n.name not in ("x", "q", "p", "theta"):
            raise CannotDecide(f"{n.name} is not defined here")


def compare(
    claim: Claim, t: int, place: tuple[float, ...], data: Any
) -> tuple[Averages, tuple[float, float] | None]:
    """Left and right where they differ, else None; CannotDecide when not settled."""
    constant = any(
        isinstance(n, Const) or anything(n, claim)
        for side in (claim.left, claim.right)
        for n in walk(side)
    )
    gaps, lefts = [], []
    for model in MODELS if constant else MODELS[:1]:
        sides = []
        for n in RULES:
            world = Averages(claim, t, place, data, model, n)
            sides.append([world.real(claim.left), world.real(claim.right)])
        (a, b), (left, right) = sides
        size = max(1.0, abs(left), abs(right))
        error = max(abs(a - left), abs(b - right)) / size
        if not error < SAME:
            raise CannotDecide("the quadrature does not settle")
        lefts.append(left)
        gaps.append((left - right, size, left, right))
    base = gaps[0][0] if constant else 0.0
    if constant and max(lefts) - min(lefts) < APART:
        raise CannotDecide("a constant that takes up everything")
    for gap, size, left, right in gaps:
        off = abs(gap - base) / size
        if off > APART:
            return world, (left, right)
        if off > SAME:
            raise CannotDecide("too close to tell")
    return world, None
