"""Scores of laws that are told a label: gradients of logarithms in one state.

``\\nabla_x A = \\nabla_x B`` says that A - B is free of x. This can be counted in joint
tables, whatever else the laws are told; each state gets its own table of numbers.
"""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from .arithmetic import Floats
from .chains import Sides, assignments, exact_gap, shown
from .claims import Claim, nodes_of
from .field import CannotDecide
from .finite import Finite
from .names import describe, role
from .tree import (
    Add,
    Brace,
    Density,
    Div,
    Grad,
    Mul,
    Neg,
    Node,
    Num,
    Pow,
    Sym,
)
from .tries import joint_worlds
from .verdict import Pair
from .walking import contains, mapped, rebuild, walk

WORLD = "joint tables"
RULE = "the difference is free of the state"
NUMBERS = {"b": -3.5, "c": 2.5, "a": 1.5}  # letters that every table has numbers for


def decide(claim: Claim) -> Pair:
    """Holds or false; CannotDecide where more than such scores is in the claim."""
    if claim.relation not in ("=", ":="):
        raise CannotDecide("an order between scores")
    claim, weights = in_letters(claim)
    for world, clock in joint_worlds(nodes_of(claim), False):
        groups: dict[Any, list[Sides]] = {}
        evaluator = Finite(world, clock, Floats)
        for sides in assignments(claim, evaluator):
            rest = tuple(sorted(i for i in sides.at.items() if i[0][0] != "x"))
            groups.setdefault(rest, []).append(sides)
        for first, *others in groups.values():
            for sides in others:
                wrong = apart(claim, first, sides, evaluator)
                if wrong:
                    why = "the difference of the sides, ∇ left out, moves with x"
                    return Pair("false", WORLD, RULE, why, {**weights, **wrong})
    return Pair("holds", WORLD, RULE, "tried on random tables")


def apart(
    claim: Claim, first: Sides, sides: Sides, evaluator: Finite
) -> dict[str, Any] | None:
    """Both differences where they are not the same number."""
    here, there = sides.left - sides.right, first.left - first.right
    if abs(here - there) > 1e-9 * max(1.0, abs(sides.left), abs(first.left)):
        table = {k: v for k, v in shown(sides).items() if k not in ("left", "right")}
        return {**table, "left - right here": here, "left - right at state 0": there}
    gaps = [exact_gap(claim, s, evaluator) for s in (sides, first)]
    if gaps[0] is None or gaps[1] is None or not (gaps[0] - gaps[1]).is_zero():
        raise CannotDecide("equal in numbers, not decided")
    return None


def in_letters(claim: Claim) -> tuple[Claim, dict[str, float]]:
    """The claim without its gradients, about plain letters; the weights' values."""
    nodes = nodes_of(claim)
    laws = [n for n in nodes if isinstance(n, Density)]
    told = {v for n in laws for v in (*n.of, *n.given)}
    states = {v for v in told if isinstance(v, Sym) and v.name == "x"}
    labels = {v for v in told if isinstance(v, Sym) and not v.subs} - states
    one = len(states) == 1 and len({n.head for n in laws}) == 1
    if not one or not labels or told != states | labels:
        raise CannotDecide("scores of one state and of laws that are told a label")
    if any(k in nodes for k, _ in claim.known):
        raise CannotDecide("names of the document among scores")
    (state,) = states
    bodies = [without(side, state) for side in (claim.left, claim.right)]
    free = {n for body in bodies for n in walk(body) if isinstance(n, Sym)}
    free -= {s for v in told for s in walk(v)} | {s for n in laws for s in walk(n.head)}
    if len(free) > len(NUMBERS) or any(n.subs or n.marks or role(n) for n in free):
        raise CannotDecide("something beside the scores")
    names = sorted(free, key=describe)
    given = dict(zip(names, NUMBERS, strict=False))
    change: dict[Node, Node] = {n: Sym(letter) for n, letter in given.items()}
    change[state] = Sym("x")
    left, right = (rebuild(body, change) for body in bodies)
    return replace(claim, left=left, right=right, known=(), head=None), {
        describe(n): NUMBERS[letter] for n, letter in given.items()
    }


def without(node: Node, state: Sym) -> Node:
    """A sum of scores with weights, the gradients dropped."""
    if isinstance(node, Grad):
        if node.var not in (None, state) or contains(node.body, Grad):
            raise CannotDecide("a gradient in something else")
        return node.body
    if isinstance(node, Brace):
        return without(node.body, state)
    if isinstance(node, Add | Neg):
        return mapped(node, lambda n: without(n, state))
    if isinstance(node, Mul):
        scored = [f for f in node.factors if contains(f, Grad)]
        if len(scored) == 1 and all(plain(f) for f in node.factors if f != scored[0]):
            return rebuild(node, {scored[0]: without(scored[0], state)})
    if isinstance(node, Div) and plain(node.den):
        return replace(node, num=without(node.num, state))
    if isinstance(node, Num) and node.value == 0:
        return node
    raise CannotDecide("something beside the scores")


def plain(node: Node) -> bool:
    """A weight: numbers and letters."""
    kinds = (Add, Neg, Mul, Div, Pow, Num, Sym, Brace)
    return all(isinstance(n, kinds) for n in walk(node))
