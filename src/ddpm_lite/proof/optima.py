"""arg max and "+ const": what changes when only the model changes."""

from __future__ import annotations

from dataclasses import replace
from itertools import combinations

from .arithmetic import Exact
from .claims import Claim
from .field import CannotDecide
from .finite import Finite
from .lognumber import LogNumber, Nested
from .states import NeedsValue
from .tables import Chain, Joint, Variable
from .tree import Add, Arg, Call, Density, Node, Sym
from .verdict import Pair
from .walking import walk

MODELS = 4


def decide_models(claim: Claim, evaluator: Finite, name: str) -> Pair:
    """Compare the two sides over several models of the same chain."""
    if claim.relation not in ("=", ":="):
        raise CannotDecide("an order between optima")
    left, right, sign = bodies(claim)
    world = evaluator.world
    if not isinstance(world, Chain) and not getattr(world, "learned", None):
        raise CannotDecide("nothing here depends on what is optimised")
    first: list[tuple[dict[Variable, int], list[tuple[LogNumber, LogNumber]]]] = []
    frees = free_variables(evaluator, left, right)
    for at in frees:
        first.append((at, values(evaluator, at, left, right)))
    optimum = isinstance(claim.left, Arg) or isinstance(claim.right, Arg)
    for at, points in first:
        if not optimum:
            if not same_difference(points):
                return _false(name, "the difference depends on the model", at, points)
            continue
        if not affine(points, sign):
            opposite = crossed(points, sign)
            if opposite is not None:
                return _false(name, "two models are ordered oppositely", at, opposite)
            raise CannotDecide("the two optima agree on the models tried, no more")
    if not first:
        raise CannotDecide("nothing to compare")
    rule = "same order for all models" if optimum else "the difference is free of θ"
    return Pair("holds", name, rule, f"{MODELS} random models")


def shifted(claim: Claim) -> Pair | None:
    """``argmax A = argmax (A - c)``: c is the same for all that is tried."""
    a, b = claim.left, claim.right
    if not (isinstance(a, Arg) and isinstance(b, Arg)) or claim.relation != "=":
        return None
    if (a.op, a.over) != (b.op, b.over) or not a.op.startswith("arg"):
        return None
    for short, long in ((a.body, b.body), (b.body, a.body)):
        if not isinstance(long, Add) or long.terms.count(short) != 1:
            continue
        if all(term == short or fixed(term, a.over) for term in long.terms):
            why = "what is added does not depend on what is optimised"
            return Pair("proved", "algebra", "the same order", why)
    return None


def fixed(node: Node, over: tuple[Node, ...]) -> bool:
    """Is this free of the parameters, whatever its names mean?"""
    for n in walk(node):
        if n in over or isinstance(n, Call):
            return False
        law = isinstance(n, Density)
        if isinstance(n, Density) and (n.params or n.head.subs or n.head.name != "q"):
            return False
        if isinstance(n, Sym) and not law and n.name not in ("q", "x", "t", "T"):
            return False
    return bool(over)


def bodies(claim: Claim) -> tuple[Node, Node, int]:
    """The two functions of the model, and -1 when one is maximised, one minimised."""
    left, right = claim.left, claim.right
    if isinstance(left, Arg) != isinstance(right, Arg):
        raise CannotDecide("an optimum compared with something else")
    if isinstance(left, Arg) and isinstance(right, Arg):
        if not (left.op.startswith("arg") and right.op.startswith("arg")):
            raise CannotDecide("only arg max and arg min can be compared")
        return left.body, right.body, 1 if left.op == right.op else -1
    return left, right, 1


def free_variables(
    evaluator: Finite, left: Node, right: Node
) -> list[dict[Variable, int]]:
    """The assignments of the variables that are free on either side."""
    try:
        evaluator.value(left)
        evaluator.value(right)
    except NeedsValue as need:
        out = []
        for s in range(evaluator.world.states):
            out += free_variables(evaluator.given({need.variable: s}), left, right)
        return out
    return [dict(evaluator.at)]


def values(
    evaluator: Finite, at: dict[Variable, int], left: Node, right: Node
) -> list[tuple[LogNumber, LogNumber]]:
    world = evaluator.world
    assert isinstance(world, Chain | Joint)
    out = []
    for _ in range(MODELS):
        exact = replace(evaluator, numbers=Exact, at=at)
        try:
            out.append((exact.value(left), exact.value(right)))
        except Nested as error:
            raise CannotDecide(str(error)) from error
        world.new_model("free")
    return out


def same_difference(points: list[tuple[LogNumber, LogNumber]]) -> bool:
    gaps = [a - b for a, b in points]
    return all((g - gaps[0]).is_zero() for g in gaps[1:])


def affine(points: list[tuple[LogNumber, LogNumber]], sign: int) -> bool:
    """Is one side c times the other plus d, with c of the right sign?"""
    (a0, b0), (a1, b1), *rest = points
    da, db = a1 - a0, b1 - b0
    x, y = da.decimal(), db.decimal()
    if abs(x) < 1e-40 or abs(y) < 1e-40 or (x * y > 0) != (sign > 0):
        return False
    return all(((a - a0) * db - (b - b0) * da).is_zero() for a, b in rest)


def crossed(
    points: list[tuple[LogNumber, LogNumber]], sign: int
) -> list[tuple[LogNumber, LogNumber]] | None:
    for p, q in combinations(points, 2):
        da, db = (p[0] - q[0]).decimal(), (p[1] - q[1]).decimal() * sign
        if da * db < 0:
            return [p, q]
        if abs(da) > 1e-40 and abs(db) < 1e-40:
            return [p, q]
    return None


def _false(
    name: str,
    why: str,
    at: dict[Variable, int],
    points: list[tuple[LogNumber, LogNumber]],
) -> Pair:
    shown: dict[str, object] = {f"{n}_{k}": f"state {s}" for (n, k), s in at.items()}
    for k, (a, b) in enumerate(points[:2], 1):
        shown[f"left, model {k}"] = float(a.decimal(20))
        shown[f"right, model {k}"] = float(b.decimal(20))
    return Pair("false", name, "several models", why, shown)
