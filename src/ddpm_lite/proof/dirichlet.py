"""Counts and shares: laws printed as products of powers, with Gamma and its logarithm.

A law that a document prints (p(z), p(x | z), q_gamma(z)) is taken in when its mass is
one; joints, marginals, posteriors, means and bounds are then computed from the laws
printed. Numbers have 80 digits, at random parameters for K = 2 and 3 kinds; agreement
*holds*, it is no proof.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import product
from random import Random
from typing import Any

import mpmath as mp

from .claims import Claim
from .families import Prepared, prepare
from .field import Budget, CannotDecide
from .kinds import (
    bare_arguments,
    factorials,
    free_indices,
    is_kinds,
    over_kinds,
    plain,
    printed_laws,
    variables,
    vectors,
)
from .sharelaws import Shares
from .shares import DIGITS, Known
from .tree import Big, Call, Density, Expect, Fn, Integral, Node, Pow, Sym
from .verdict import Pair
from .walking import contains, walk

WORLD = "counts and shares"
RULE = "moments of power laws, to 60 digits"
GAMMAS = ("gamma", "digamma", "trigamma")
SAME, APART = mp.mpf("1e-25"), mp.mpf("1e-10")
SEEDS = (1, 2, 3)
KINDS = (2, 3)


# -- what a claim is about ---------------------------------------------------------
def special(node: Node) -> bool:
    """Does Gamma, or its logarithmic derivative, occur?"""
    return any(isinstance(n, Fn) and n.name in GAMMAS for n in walk(node))


def background(known: Known) -> list[Node]:
    """What the document said that is about counts and shares."""
    return [v for k, v in known if special(v)] + list(printed_laws(known).values())


def relevant(claim: Claim) -> bool:
    sides = (plain(claim.left), plain(claim.right))
    laws = printed_laws(claim.known)
    heads = {k.head for k in laws}
    spoken = background(claim.known)
    names = vectors(spoken)
    for n in (n for s in sides for n in walk(s)):
        if isinstance(n, Fn) and n.name in GAMMAS:
            return True
        if isinstance(n, Density) and n.head in heads:
            return True
        if isinstance(n, Sym) and n.name in names and n.subs and is_kinds(n.subs[-1]):
            return True
        if isinstance(n, Call) and any(
            isinstance(key, Call)
            and key.head == n.head
            and (special(body) or vectors([body]) & names)
            for key, body in claim.known
        ):
            return True
    return False


def explains(left: Node, known: dict[Node, Node]) -> bool:
    """Is the bound of a printed law what this name conventionally means?"""
    if not (isinstance(left, Call) and left.head == Sym("ELBO")):
        return False
    laws = printed_laws(tuple(known.items()))
    return any(k.head.name == "q" and k.head.subs == left.args for k in laws)


# -- verdicts ------------------------------------------------------------------------
def decide(claim: Claim) -> Pair:
    """Holds or false; CannotDecide when this world cannot express the claim."""
    if claim.relation not in ("=", ":=") or not relevant(claim):
        raise CannotDecide("no law of counts or shares")
    ready = prepare(claim)
    tried = 0
    broken: dict[int, dict[str, Any]] = {}
    with mp.workdps(DIGITS):
        for world, where in settings(ready.claim):
            tried += 1
            found = compared(world, ready)
            if found:
                broken.setdefault(world.size, {**where, **found})
    if not broken:
        return agreed(ready, tried)
    if ready.reading:
        raise CannotDecide(f"not so in this {ready.reading}")
    if len(broken) < len(KINDS):
        raise CannotDecide("true for some numbers of kinds only")
    return Pair("false", WORLD, RULE, "different values", broken[KINDS[0]])


def compared(world: Shares, ready: Prepared) -> dict[str, Any] | None:
    """The numbers where the two sides differ here, else None."""
    claim = ready.claim
    left, seen_left = world.seen(claim.left)
    right, seen_right = world.seen(claim.right)
    if ready.varied:
        right += constant(world, claim, ready.varied)
    gap = abs(left - right) / max(1, abs(left), abs(right))
    if gap < SAME:
        return None
    if gap < APART:
        raise CannotDecide("too close to tell")
    for name in sorted(seen_left ^ seen_right):
        raise CannotDecide(f"{name} stands on one side only; is its value chosen?")
    shown = world.shown(seen_left | seen_right)
    return {**shown, "left": float(left), "right": float(right)}


def agreed(ready: Prepared, tried: int) -> Pair:
    why = f"equal to 25 digits at {tried} places, for 2 and 3 kinds"
    if ready.varied:
        why += f"; the constant is free of {', '.join(sorted(ready.varied))}"
    if ready.reading:
        why += f"; {ready.reading}"
    return Pair("holds", WORLD, RULE, why)


def constant(world: Shares, claim: Claim, varied: frozenset[str]) -> Any:
    """What "+ const" is here: the gap at other values of the varied letters."""
    moved = {}
    for name in varied:
        v = world.values[name]
        moved[name] = [u * (k + 3) / 2 + mp.mpf(1) / 7 for k, u in enumerate(v)]
    with world.with_values(**moved):
        return world.seen(claim.left)[0] - world.seen(claim.right)[0]


def settings(claim: Claim) -> Iterator[tuple[Shares, dict[str, Any]]]:
    """Worlds for each number of kinds, seed and value of the free indices."""
    about = [claim.left, claim.right, *background(claim.known)]
    free = sorted(free_indices((claim.left, claim.right)))
    names = vectors(about) | bare_arguments(about)
    counted = factorials(about)
    shares = variables([*about, *printed_laws(claim.known)])
    for size in KINDS:
        for seed in SEEDS:
            for at in product(range(size), repeat=len(free)):
                chosen = dict(zip(free, at, strict=True))
                values = numbers(names, counted, shares, size, seed)
                world = Shares(size, claim.known, values, chosen, counted)
                yield world, {"K": size, **{i: k + 1 for i, k in chosen.items()}}


def numbers(
    names: set[str], counted: set[str], shares: set[str], size: int, seed: int
) -> dict[str, list[Any]]:
    """Counts where there are factorials, shares for other variables, or parameters."""
    random = Random(100 * size + seed)
    out: dict[str, list[Any]] = {}
    for name in sorted(names):
        raw = [mp.mpf(random.randint(3, 40)) / 10 for _ in range(size)]
        if name in counted:
            raw = [mp.mpf(random.randint(1, 5)) for _ in range(size)]
        elif name in shares:
            raw = [r / mp.fsum(raw) for r in raw]
        out[name] = raw
    return out


# -- laws that a document prints -------------------------------------------------------
@dataclass(frozen=True)
class Chosen:
    """The verdict on a first print of a law."""

    pair: Pair
    key: Node | None = None  # under which it is taken in


def law(
    left: Node, relation: str, right: Node, known: dict[Node, Node]
) -> Chosen | None:
    """Is this the choice of a law of counts or shares? Then its mass must be one."""
    left = plain(left)
    products = [n for n in walk(right) if isinstance(n, Big) and n.op == "prod"]
    if (
        relation not in ("=", ":=")
        or not isinstance(left, Density)
        or left in known
        or not any(over_kinds(n) for n in products)
        or contains(right, Density, Expect, Integral)
        or len(left.of) != 1
    ):
        return None
    have = tuple(known.items())
    try:
        with mp.workdps(DIGITS), Budget.guard():
            if Shares(2, have, {}, {}, set()).derivable(left):
                return None
            masses = list(mass(left, right, have))
    except CannotDecide:
        return None
    wrong = [m for m in masses if abs(m[0] - 1) > SAME]
    if not wrong:
        why = "a choice of law: its mass is 1 for 2 and 3 kinds"
        return Chosen(Pair("defines", WORLD, "a law of mass 1", why), left)
    total, shown = wrong[0]
    why = "no law: its mass is not 1"
    shown = {**shown, "left": 1.0, "right": float(total)}
    return Chosen(Pair("false", WORLD, "a law of mass 1", why, shown))


def mass(
    left: Density, right: Node, known: Known
) -> Iterator[tuple[Any, dict[str, Any]]]:
    """The mass of the law at a few parameters, on its usual domains."""
    (var,) = left.of
    if not isinstance(var, Sym) or var.subs or var.marks:
        raise CannotDecide("a law of something else")
    about = [right, *(v for _, v in known)]
    names = vectors(about) | bare_arguments(about)
    counted = factorials([right])
    exponents = [n.exp for n in walk(right) if isinstance(n, Pow)]
    if counted and any(isinstance(n, Sym) and n.name == var.name
                       for e in exponents for n in walk(e)):  # fmt: skip
        counted = counted | {var.name}
    for size in KINDS:
        for seed in SEEDS:
            values = numbers(names, counted, variables([left]), size, seed)
            world = Shares(size, known, values, {}, counted)
            if var.name in counted:
                whole = world.summed(var.name, right)
                once = Sym("n") not in set(walk(right))
                if once and abs(world.summed(var.name, right, 1) - 1) < APART:
                    raise CannotDecide("a law of a single draw")
            else:
                whole = world.integrated(var.name, right)
            on_cube = var.name not in counted and world.on_cube(var.name, right)
            if on_cube and abs(on_cube - 1) < APART:
                raise CannotDecide("a law on a cube")
            used = {n.name for n in walk(right) if isinstance(n, Sym)} - {var.name}
            yield whole, {"K": size, **world.shown(used)}


__all__ = ["WORLD", "decide", "explains", "law"]
