"""Decides statements about laws: in finite chains, and in joint tables."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from fractions import Fraction
from typing import Any

from .arithmetic import Exact, Floats
from .canon import Time
from .claims import Claim, nodes_of
from .field import CannotDecide, Diverges, Undefined
from .finite import Finite
from .lognumber import LogNumber, Nested
from .names import Clock, describe, role
from .optima import decide_models, shifted
from .states import NeedsValue
from .tables import Chain, Joint, Variable, World
from .tree import (
    KL,
    Arg,
    Call,
    Const,
    Density,
    Entropy,
    Expect,
    Fn,
    Grad,
    Integral,
    Moment,
    Node,
    Norm,
    Normal,
    Num,
    Range,
    Seq,
    Sym,
)
from .tries import (
    SIZES,
    bare_law,
    chain_worlds,
    is_chain,
    joint_worlds,
    learned_laws,
    spelled_out,
)
from .verdict import Pair
from .walking import contains, rebuild, walk

CHAIN, JOINT = "finite chains", "joint tables"
RULE = "every path counted"
ORDERS = {"<": -1, "<=": -1, ">": 1, ">=": 1}


@dataclass(frozen=True)
class Sides:
    """Left and right in one world under one assignment."""

    world: World
    at: dict[Variable, int]
    clock: Clock
    left: Any
    right: Any


def refuse_foreign(nodes: list[Node]) -> None:
    """Gaussian notation belongs to other worlds."""
    laws = any(isinstance(n, Density | Expect | KL | Entropy | Integral) for n in nodes)
    any_f = any(isinstance(n, Call) and n.head.name in ("f", "g", "h") for n in nodes)
    if not laws and not any_f:
        raise CannotDecide("no law occurs here")
    for n in nodes:
        if isinstance(n, Normal | Norm | Grad | Moment):
            raise CannotDecide("a statement about Gaussian laws")
        if isinstance(n, Sym) and role(n):
            raise CannotDecide(f"{describe(n)} in a finite world")


def one_sided(claim: Claim) -> None:
    """A function on one side only is a name that the text explains."""
    sides = []
    for side in (claim.left, claim.right):
        heads = {n.head for n in walk(side) if isinstance(n, Call)}
        sides.append({h for h in heads if h.name in ("f", "g", "h")})
    for head in sides[0] ^ sides[1]:
        raise CannotDecide(f"{describe(head)} is not defined here")


def as_chain(claim: Claim) -> Claim:
    """A hierarchy x, z_1, ..., z_T is the chain x_0, x_1, ..., x_T."""
    nodes = [n for side in (claim.left, claim.right) for n in walk(side)]
    names = [n for n in nodes if isinstance(n, Sym) and not n.marks]
    latent = {n for n in names if n.name == "z" and n.subs}
    seen = {n for n in names if n.name == "x"}
    if not latent or any(n.subs for n in seen):
        return claim
    change: dict[Node, Node] = {n: Sym("x", subs=n.subs) for n in latent}
    change |= {n: Sym("x", subs=(Num(Fraction(0)),)) for n in seen}
    fixed = claim.fixed
    if not any(isinstance(s, (Range, Sym)) for n in latent for s in n.subs):
        told = [int(s.value) for n in latent for s in n.subs if isinstance(s, Num)]
        top = max(told, default=0)
        if top != 2:
            return claim
        change[Sym("z", subs=(Num(Fraction(top)),))] = Sym("x", subs=(Sym("T"),))
        fixed = top
    return replace(
        claim,
        left=rebuild(claim.left, change),
        right=rebuild(claim.right, change),
        head=None,
        fixed=fixed,
    )


def decide(claim: Claim) -> Pair:
    """The verdict of the finite worlds; CannotDecide when they cannot express it."""
    claim = spelled_out(as_chain(claim))
    same = shifted(claim)
    if same is not None:
        return same
    if is_list(claim.left) and is_list(claim.right):
        return same_list(claim)
    nodes = nodes_of(claim)
    one_sided(claim)
    refuse_foreign(nodes)
    if claim.relation not in ("=", ":=", "propto", *ORDERS):
        raise CannotDecide(f"the relation {claim.relation} between laws")
    return _decide(claim, nodes)


def is_list(node: Node) -> bool:
    """``\\{x_1, \\ldots, x_T\\}`` or ``x_{1:T}``."""
    path = isinstance(node, Sym) and any(isinstance(s, Range) for s in node.subs)
    return path or isinstance(node, Seq)


def same_list(claim: Claim) -> Pair:
    """Do two lists name the same states?"""
    for steps, states, seed in SIZES[:2]:
        clock = Clock().bind("T", ("", steps))
        world = Finite(Chain(steps, states, seed, "free"), clock)
        if world.variables((claim.left,)) != world.variables((claim.right,)):
            raise CannotDecide("two lists that differ")
    return Pair("holds", CHAIN, "the same states")


def _decide(claim: Claim, nodes: list[Node]) -> Pair:
    order = claim.relation in ORDERS
    optimum = isinstance(claim.left, Arg) or isinstance(claim.right, Arg)
    constant = any(isinstance(n, Const) for n in nodes)
    tried = 0
    logged = any(isinstance(n, Fn) and contains(n.arg, Call) for n in nodes)
    name = CHAIN if is_chain(nodes) else JOINT
    several = optimum or constant  # models
    runner = chain_worlds if is_chain(nodes) else joint_worlds
    bare = bare_law(nodes)
    for world, clock in runner(nodes, order, claim.fixed, several):
        evaluator = Finite(world, clock, Floats, dict(claim.known), {}, bare, logged)
        if several:
            if isinstance(world, Joint):
                world.learned = learned_laws(nodes)
            return decide_models(claim, evaluator, name)
        try:
            for wrong in trials(claim, evaluator):
                if wrong:
                    return Pair("false", name, RULE, wrong[0], wrong[1])
                tried += 1
        except Diverges as error:
            return Pair("false", name, RULE, str(error), {"t": 1})
        except (Undefined, ZeroDivisionError):
            continue
    if not tried:
        raise CannotDecide("nothing to try in a finite world")
    why = "tried on random tables"
    if order:
        why += ", also with p the exact reverse of q, p near it, and tiny probabilities"
    return Pair("holds", name, RULE, why)


def assignments(claim: Claim, evaluator: Finite) -> Iterator[Sides]:
    """Every assignment of the variables that are free in the claim."""
    try:
        left, right = evaluator.value(claim.left), evaluator.value(claim.right)
    except NeedsValue as need:
        for s in range(evaluator.world.states):
            yield from assignments(claim, evaluator.given({need.variable: s}))
        return
    yield Sides(evaluator.world, dict(evaluator.at), evaluator.clock, left, right)


def trials(
    claim: Claim, evaluator: Finite
) -> Iterator[tuple[str, dict[str, Any]] | None]:
    """Each assignment: why the claim fails there, and the numbers, or None."""
    if claim.relation == "propto":
        yield unproportional(claim, evaluator)
        return
    for sides in assignments(claim, evaluator):
        yield violated(claim, sides, evaluator)


def violated(
    claim: Claim, sides: Sides, evaluator: Finite
) -> tuple[str, dict[str, Any]] | None:
    """Why the claim fails here, and the numbers; None when it holds."""
    left, right = sides.left, sides.right
    scale = max(1.0, abs(left), abs(right))
    close = abs(left - right) <= 1e-7 * scale
    relation = claim.relation
    if relation in ("=", ":="):
        if close and confirmed(claim, sides, evaluator):
            return None
        why = "the two sides differ"
    else:
        sign = ORDERS[relation]
        strict = relation in ("<", ">")
        if close:
            equal = confirmed(claim, sides, evaluator)
            if equal and not strict:
                return None
            if equal:
                return "the two sides can be equal", shown(sides)
            exact = exact_gap(claim, sides, evaluator)
            if exact is None or (exact.decimal(60) * sign > 0):
                return None
        elif (left - right) * sign > 0:
            return None
        why = "the order fails"
    return why, shown(sides)


def unproportional(
    claim: Claim, evaluator: Finite
) -> tuple[str, dict[str, Any]] | None:
    """Why the ratio of the sides is not free of the density's variable, or None."""
    law = next((n for n in (claim.head, claim.left) if isinstance(n, Density)), None)
    if law is None:
        raise CannotDecide("proportional in which variable?")
    moving = set(evaluator.variables(law.of))
    groups: dict[Any, list[Sides]] = {}
    for sides in assignments(claim, evaluator):
        rest = tuple(sorted((v, s) for v, s in sides.at.items() if v not in moving))
        groups.setdefault(rest, []).append(sides)
    for first, *others in groups.values():
        for sides in others:
            a, b = sides.left * first.right, first.left * sides.right
            if abs(a - b) > 1e-9 * max(abs(a), abs(b)):
                ratios = {"ratio here": sides.left / sides.right,
                          "ratio there": first.left / first.right}  # fmt: skip
                shown_here = {k: v for k, v in shown(sides).items() if k != "tables"}
                return "the ratio depends on the variable", {**shown_here, **ratios}
    if not any(len(g) > 1 for g in groups.values()):
        raise CannotDecide("proportional in which variable?")
    return None


def exact_gap(claim: Claim, sides: Sides, evaluator: Finite) -> LogNumber | None:
    exact = replace(
        evaluator, world=sides.world, clock=sides.clock, numbers=Exact, at=sides.at
    )
    try:
        gap: LogNumber = exact.value(claim.left) - exact.value(claim.right)
    except Nested:
        return None
    return gap


def confirmed(claim: Claim, sides: Sides, evaluator: Finite) -> bool:
    """Exactly equal, as polynomials in logarithms of a coprime base?"""
    gap = exact_gap(claim, sides, evaluator)
    if gap is None:
        raise CannotDecide("a logarithm of a logarithm: equal in numbers, not decided")
    return gap.is_zero()


def shown(sides: Sides) -> dict[str, Any]:
    out: dict[str, Any] = {}
    clock = dict(sides.clock.table)
    for letter in ("T", "t"):
        time: Time | None = clock.get(letter)
        if time is not None and isinstance(sides.world, Chain):
            out[letter] = time[1]
    for (name, n), s in sorted(sides.at.items()):
        out[f"{name}_{n}" if isinstance(sides.world, Chain) else name] = f"state {s}"
    kind = getattr(sides.world, "kind", "")
    if kind in ("exact", "near", "forgetful", "dense"):
        out["model"] = (
            "near the reverse" if kind == "near" else "the exact reverse of q"
        )
    out["tables"] = f"{sides.world.states} states, seed {sides.world.seed}"
    out["left"], out["right"] = float(sides.left), float(sides.right)
    return out
