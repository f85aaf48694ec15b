"""Other conventional senses of a claim that is false, or not decided, as printed."""

from __future__ import annotations

from dataclasses import replace
from fractions import Fraction

from .asking import TRUE, both, in_worlds
from .claims import Claim
from .context import Context, definable
from .known import moved
from .names import has_sub
from .tree import (
    KL,
    Add,
    Arg,
    Const,
    Density,
    Draws,
    Entropy,
    Expect,
    Neg,
    Node,
    Normal,
    Num,
    Range,
    Sym,
)
from .verdict import Pair
from .walking import contains, rebuild, walk


def differ(claim: Claim) -> Pair:
    """``a \\ne b``: true when a = b fails somewhere, false when it always holds."""
    same = in_worlds(replace(claim, relation="="), claim.left, "=", claim.right)
    if same.verdict in ("proved", "holds", "defines"):
        return Pair("false", same.world, same.rule, "the two sides are always equal")
    if same.verdict == "false":
        return Pair("holds", same.world, "different values", "they differ in general")
    return same


def is_wish(left: Node, right: Node) -> bool:
    r"""``q(x_{t-1}|x_t, x_0) = p_\theta(x_{t-1}|x_t)``: the model meets its target."""
    laws = [n for n in (left, right) if isinstance(n, Density)]
    names = sorted(n.head.name.lower() for n in laws)
    if names != ["p", "q"] or laws[0].of != laws[1].of:
        return False
    model = laws[0] if laws[0].head.name.lower() == "p" else laws[1]
    target = laws[1] if model is laws[0] else laws[0]
    return has_sub(model.head, "theta") and set(model.given) < set(target.given)


def special_case(
    claim: Claim, pair: Pair, context: Context, first: bool
) -> Pair | None:
    """``L_0 = ...`` beside ``L_t = ...``: the end of a family may be set apart."""
    left = claim.left
    if not first or not isinstance(left, Sym) or not definable(left):
        return None
    family = any(moved(k, left) for k in context.known)
    apart = not any(n == Sym("t") for n in walk(left))
    if left in context.known or not family or not apart:
        return None
    context.known = {left: claim.right, **context.known}
    return Pair("defines", "names", "a new name", "a case of its own")


def in_wider_sense(claim: Claim) -> Pair | None:
    """The claim in another conventional reading of its averages, if it is true there.

    A bare E_q beside an average over ``q(x_{0:T})`` averages x_0, too, and the entropy
    of ``q(x_t | x_{t-1})`` is its mean over x_{t-1}.
    """
    path = Sym("x", subs=(Range(Num(Fraction(0)), Sym("T")),))
    q = Sym("q")
    averaged: dict[Node, Node] = {}
    entropies: dict[Node, Node] = {}
    conditional: dict[Node, Node] = {}
    for n in both(claim.left, claim.right):
        if isinstance(n, Expect) and n.laws == (q,):
            averaged[n] = replace(n, laws=(Density(q, (path,)),))
        law = n.arg if isinstance(n, Entropy) else None
        if isinstance(law, Density) and law.head == q and law.given:
            entropies[n] = Expect((q,), n)
            conditional[n] = Expect((Density(q, law.given),), n)
    for change, words in (
        (averaged, "a bare E_q averages the data, too"),
        (entropies, "the entropy is a mean over what is given"),
        (conditional, "the entropy is a mean over what is given"),
    ):
        left, right = rebuild(claim.left, change), rebuild(claim.right, change)
        wider = replace(claim, left=left, right=right, head=None)
        if change:
            again = in_worlds(wider, left, claim.relation, right)
            if again.verdict in TRUE:
                return replace(again, why=f"reading: {words}")
    return None


def in_the_mean(claim: Claim, context: Context) -> Pair | None:
    """Names of terms, defined without the average under which they stand."""
    path = Sym("x", subs=(Range(Num(Fraction(0)), Sym("T")),))
    law = Density(Sym("q"), (path,))
    used = {n for n in both(claim.left, claim.right) if isinstance(n, Sym)}
    change: dict[Node, Node] = {}
    for key, body in claim.known:
        named = any(n == key or moved(key, n) for n in used)
        if named and contains(body, KL, Density) and not contains(body, Expect):
            change[key] = Expect((law,), body)
    if not change or isinstance(claim.right, KL):
        return None
    known = tuple((k, change.get(k, v)) for k, v in claim.known)
    again = in_worlds(
        replace(claim, known=known), claim.left, claim.relation, claim.right
    )
    if again.verdict not in TRUE:
        return None
    return replace(again, why="reading: the terms are averaged over q")


def optima(left: Arg, relation: str, right: Arg, claim: Claim) -> Pair | None:
    """Two optima are one when the functions differ by a constant only."""
    ends = (left.op[-3:], right.op[-3:])
    if relation != "=" or not all(o.startswith("arg") for o in (left.op, right.op)):
        return None
    body = right.body if ends[0] == ends[1] else Neg(right.body)
    for other, rule in (
        (body, "the functions are equal"),
        (Add((body, Const())), "the functions differ by a constant"),
    ):
        plain = replace(claim, left=left.body, right=other, head=None)
        pair = in_worlds(plain, plain.left, "=", plain.right)
        if pair.verdict in ("proved", "holds"):
            return replace(pair, rule=rule)
    return None


def timeless(node: Node) -> bool:
    return not any(n == Sym("t") for n in walk(node))


def for_all_times(node: Node) -> bool:
    """A number, or x_0 alone: what every t has in common."""
    names = {n for n in walk(node) if isinstance(n, Sym)}
    return names <= {Sym("x", subs=(Num(Fraction(0)),))}


def rebuild_at(claim: Claim, time: Node) -> Claim:
    """The claim at one time, ``t`` replaced by its number."""
    change: dict[Node, Node] = {Sym("t"): time}
    left, right = rebuild(claim.left, change), rebuild(claim.right, change)
    return replace(claim, left=left, right=right)


def unbiased(left: Node, right: Node, head: Node | None, context: Context) -> Pair:
    """``A \\approx B`` with sampled variables in B: the mean of B is A."""
    known = tuple(context.known.items())
    exactly = Claim(left, "=", right, head, known, context.variances, context.model)
    pair = in_worlds(exactly, left, "=", right)
    if pair.verdict in ("holds", "proved"):
        return replace(pair, why="the two sides are even equal")
    states = {n for n in walk(right) if isinstance(n, Sym) and n.name in ("x", "t")}
    body = right
    used = []
    for draw in reversed(context.drawn):
        if isinstance(draw, Draws) and states and not isinstance(draw.law, Normal):
            body = Expect((draw,), body)
            used.append(draw)
    if not used:
        return Pair("unknown", why="≈ without sampled variables on the right")
    claim = replace(exactly, right=body)
    pair = in_worlds(claim, left, "=", body)
    if pair.verdict in ("holds", "proved"):
        why = "the right is an unbiased estimate of the left"
        return Pair("holds", pair.world, "unbiased", why)
    return Pair("unknown", why="not seen to be an unbiased estimate")
