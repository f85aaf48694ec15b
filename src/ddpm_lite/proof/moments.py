"""Variances and covariances of sums of any random variables, by bilinearity.

Each random letter gets a free mean, each pair of them a free covariance: what then
holds as polynomials holds whatever the joint law. A claim that would be true of
uncorrelated, equally spread or centred variables is not called false, unless it names
a covariance itself.
"""

from __future__ import annotations

from collections.abc import Iterator

import sympy as sp

from .claims import Claim
from .field import CannotDecide
from .forms import RANDOM, STEPS, Moments, compound
from .names import Clock
from .tree import Big, Expect, Moment, Node, Seq, Sym
from .verdict import Pair
from .walking import walk

WORLD = "random variables"
RULE = "means are linear, covariances bilinear"


def decide(claim: Claim) -> Pair:
    """Proved without limits to unroll, else holding for small numbers; or false."""
    sides = (claim.left, claim.right)
    inside = [n for s in sides for n in walk(s) if isinstance(n, Moment | Expect)]
    if claim.relation not in ("=", ":=") or not any(
        isinstance(n, Moment) for n in inside
    ):
        raise CannotDecide("no variance")
    if len({(n.given, n.laws) for n in inside}) > 1:
        raise CannotDecide("moments under different laws")
    tops = sorted(limits(sides))
    sizes = STEPS if tops else (1,)
    for n in sizes:
        clock = Clock()
        for letter in tops:
            clock = clock.bind(letter, ("", n))
        world = Moments(clock)
        left, right = (world.plain(s) for s in sides)
        if sp.expand(left - right) != 0:
            return refuted(claim, world, left, right, {t: n for t in tops})
    if tops:
        why = f"tried with {sizes[0]} to {sizes[-1]} terms, any means and covariances"
        return Pair("holds", WORLD, RULE, why)
    return Pair("proved", WORLD, RULE, "for any means and covariances")


def limits(sides: tuple[Node, ...]) -> Iterator[str]:
    """The letters up to which sums run."""
    found: set[str] = set()
    for n in (n for s in sides for n in walk(s)):
        if isinstance(n, Big):
            if isinstance(n.var, Seq):
                found.add("T")
            elif n.hi is None or n.lo is None:
                raise CannotDecide("a sum without limits")
            else:
                found |= {
                    m.name
                    for m in walk(n.hi)
                    if isinstance(m, Sym) and m.name in ("T", "N", "K", "n", "m")
                }
    if len(found) > 1:
        found -= {"T"}
    yield from found


def refuted(
    claim: Claim, world: Moments, left: sp.Expr, right: sp.Expr, shown: dict[str, int]
) -> Pair:
    """False, when no usual assumption would make it true."""
    names = {
        n
        for s in (claim.left, claim.right)
        for n in walk(s)
        if isinstance(n, Sym) and n.name in RANDOM
    }
    if any(n.name == "x" and n.subs for n in names):
        raise CannotDecide("what the chain says of these states is not used here")
    known = {k.name for k, _ in claim.known if isinstance(k, Sym)}
    if any(n.name in known for n in names):
        raise CannotDecide("what is said of these variables is not used here")
    alone = left.free_symbols ^ right.free_symbols
    for s in sorted(alone - world.own, key=str):
        raise CannotDecide(f"{s} is not defined here")
    gap = left - right
    moments = [
        [n for n in walk(s) if isinstance(n, Moment | Expect)]
        for s in (claim.left, claim.right)
    ]
    named = any(
        isinstance(n, Moment) and n.name == "Cov" for n in (*moments[0], *moments[1])
    )
    if not all(moments) or not any(compound(n) for n in (*moments[0], *moments[1])):
        raise CannotDecide("what is assumed of the variables")
    letters = [
        {n for m in some for n in walk(m) if isinstance(n, Sym) and n.name in RANDOM}
        for some in moments
    ]
    if {n.name for n in letters[0]} != {n.name for n in letters[1]}:
        raise CannotDecide("how these variables are related is not used here")
    for change in world.assumptions(named):
        if sp.expand(gap.subs(change, simultaneous=True)) == 0:
            raise CannotDecide("true only under assumptions on the variables")
    point = world.point(left.free_symbols | right.free_symbols)
    if gap.subs(point) == 0:
        raise CannotDecide("neither a proof nor a counterexample was found")
    used = {str(s): float(point[s]) for s in sorted(point, key=str)}
    values = {"left": float(left.subs(point)), "right": float(right.subs(point))}
    return Pair("false", WORLD, RULE, "different values", {**shown, **used, **values})


__all__ = ["WORLD", "decide"]
