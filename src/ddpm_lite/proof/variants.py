"""Names that look alike and differ: another argument, another prime, another index.

The worlds read a name by its role and look no further: ``\\epsilon_\\theta(x_t, t, y)``
is the network's noise, and so is ``\\epsilon_\\theta(x_t, t)``. Either reading is sound
alone, for whatever the network is told, every occurrence is told it. Side by side they
are different quantities, and no world may be asked before they are told apart.
"""

from __future__ import annotations

from collections.abc import Hashable
from dataclasses import dataclass, replace

from .claims import Claim
from .field import CannotDecide
from .names import Clock, describe, is_moment, is_time, role, time_of
from .networknames import is_spread, networks, owner, spreads
from .occurrences import (
    NETWORK,
    OVER_LAWS,
    SCHEDULE,
    SPREAD,
    START,
    STATES,
    TAGS,
    TIMED,
    Found,
    bound,
    head,
    is_letter,
    is_own,
    is_state,
    kind,
    occurrences,
    reached,
)
from .tree import KL, Call, Density, Entropy, Expect, Node, Sym
from .walking import children, mapped, rebuild, walk


@dataclass(frozen=True)
class Separated:
    """A claim in which each name has one meaning.

    ``weak``: networks that differ became free vectors, which may prove but not refute.
    """

    claim: Claim
    weak: bool = False


def separated(claim: Claim) -> Separated:
    """The claim, safe to ask a world about; CannotDecide when names clash."""
    claim = replace(
        claim,
        left=without_primes(claim.left),
        right=without_primes(claim.right),
        known=tuple((k, without_primes(v)) for k, v in claim.known),
    )
    nodes = list(reached(claim))
    names = list(occurrences(nodes))
    laws(nodes, claim)
    primed(nodes, names)
    for n in names:
        timed(n)
    posterior(names)
    constants(nodes)
    spreads(names, nodes)
    clash = networks(names, nodes, claim.model is not None)
    if not clash:
        return Separated(claim)
    defined = any(set(walk(v)) & set(names) for _, v in claim.known)
    lawful = any(isinstance(n, OVER_LAWS) for n in nodes)
    if defined or lawful or any(is_spread(n) for n in names):
        raise CannotDecide(clash)
    nets = [n for n in names if kind(n) in NETWORK]
    change: dict[Node, Node] = {
        n: Sym("xi", sup=f"net{k}") for k, n in enumerate(dict.fromkeys(nets))
    }
    left, right = rebuild(claim.left, change), rebuild(claim.right, change)
    return Separated(replace(claim, left=left, right=right, head=None), True)


def without_primes(node: Node) -> Node:
    """``\\sum_{z'} p(x|z') p(z')``: a bound letter needs no prime."""
    if not any(isinstance(n, Sym) and n.sup for n in walk(node)):
        return node
    new = mapped(node, without_primes)
    inside = set(walk(new))
    change: dict[Node, Node] = {}
    for v in bound(new):
        bare = replace(v, sup="")
        if v.sup and bare not in inside:
            change[v] = bare
    return rebuild(new, change) if change else new


def primed(nodes: list[Node], names: Found) -> None:
    """``x'`` beside ``x``, ``\\alpha_t'`` beside ``\\alpha_t``."""
    sups: dict[Hashable, set[str]] = {}
    lawful = any(isinstance(n, OVER_LAWS) for n in nodes)
    for n in nodes:
        if not isinstance(n, Sym) or role(n):
            continue
        if n.name == "x" or (lawful and n.name in STATES):
            sups.setdefault((n.name, n.marks, n.subs), set()).add(n.sup)
    for m in names:
        if kind(m) in TIMED and (isinstance(m, Call) or m.subs):
            sups.setdefault("schedule", set()).add(head(m).sup)
    if any(len(found) > 1 for found in sups.values()):
        raise CannotDecide("a name with a prime beside the same name without")


def laws(nodes: list[Node], claim: Claim) -> None:
    """``q_\\phi`` beside ``q``, ``p_{\\theta'}`` beside ``p_\\theta``."""
    heads = {n.head for n in nodes if isinstance(n, Density)}
    for n in nodes:
        if isinstance(n, Expect):
            heads |= {m for m in n.laws if isinstance(m, Sym)}
        if isinstance(n, KL | Entropy):
            heads |= {m for m in children(n) if isinstance(m, Sym)}
    ours = {(h.name, h.marks, h.subs, h.sup) for h in heads if h.name in ("q", "r")}
    theirs = {(h.subs, h.sup) for h in heads if h.name in ("p", "P")} - {((), "")}
    if len(ours) > 1 or len(theirs) > 1:
        raise CannotDecide("laws with different indices are different laws")
    told = [v for n in nodes if isinstance(n, Density) for v in (*n.of, *n.given)]
    chain = any(isinstance(v, Sym) and v.name == "x" and v.subs for v in told)
    own = [s for _, _, subs, _ in ours for s in subs if not is_own(s)]
    if chain and (own or any(name == "r" or sup for name, _, _, sup in ours)):
        raise CannotDecide("a law of its own, not the chain that adds noise")
    a, b = claim.left, claim.right
    if isinstance(a, Density) and isinstance(b, Density) and a.head != b.head:
        same = (a.of, a.given) == (b.of, b.given) and a.head.name == b.head.name
        if same and a.of != (Sym("x", subs=(Sym("T"),)),):
            raise CannotDecide("whether two laws are one is not settled by their names")


def timed(n: Sym | Call) -> None:
    """A name with a time has one time, and nothing else is told to it."""
    what = kind(n)
    if what not in TIMED and not (what in NETWORK and isinstance(n, Sym)):
        return
    name = head(n)
    indices = [s for s in name.subs if not (isinstance(s, Sym) and s.name in TAGS)]
    if len(indices) > 1:
        raise CannotDecide(f"{describe(name)} with several indices")
    if not isinstance(n, Call) or what == "posterior_mean":
        return
    asked = what in SPREAD and owner(n) != ""
    args = [a for a in n.args if not (asked and (is_state(a) or is_letter(a)))]
    if not all(is_time(a, Clock()) for a in args):
        if what in SPREAD:
            raise CannotDecide(f"{describe(name)}(...) of further arguments")
        if what in SCHEDULE:
            raise CannotDecide(f"{describe(name)}(...) of something that is no time")
    times = {time_of(a, Clock()) for a in (*args, *indices) if is_time(a, Clock())}
    times |= {time_of(a.subs[0], Clock()) for a in n.args if is_state(a)}
    if len(times) > 1 or len(args) > 1:
        raise CannotDecide(f"{describe(name)}(...) of several times")


def posterior(names: Found) -> None:
    """``\\mu_q(x_t, x_0)``: one order of arguments, and a time that fits."""
    orders: set[str] = set()
    tags: set[Hashable] = set()
    for n in names:
        if kind(n) != "posterior_mean":
            continue
        name = head(n)
        further = tuple(s for s in name.subs if not is_tag_or_time(s))
        marks = tuple(m for m in name.marks if m != "tilde")
        sups = "".join(s.sup for s in name.subs if isinstance(s, Sym))
        tags.add((further, marks, sups))
        if isinstance(n, Sym):
            orders.add("bare")
            continue
        rest = [a for a in n.args if not is_moment(a)]
        times = {time_of(a, Clock()) for a in n.args if is_moment(a)}
        times |= {time_of(s, Clock()) for s in name.subs if is_time(s, Clock())}
        if len(rest) == 1 or len(rest) > 2:
            raise CannotDecide("this many arguments of a posterior mean")
        if not rest:
            orders.add("bare")
            continue
        first = rest[::-1] if rest[0] == START and is_state(rest[1]) else rest
        if is_state(first[0]):
            times.add(time_of(first[0].subs[0], Clock()))
        if len(times) > 1 and any(is_moment(a) for a in n.args):
            raise CannotDecide("a posterior mean of several times")
        orders.add("swapped" if first is not rest else "usual")
        if first[1] != START:
            orders.add("elsewhere")
    if ("swapped" in orders and "usual" in orders) or {"bare", "elsewhere"} <= orders:
        raise CannotDecide("posterior means of different arguments")
    if len(tags) > 1:
        raise CannotDecide("posterior means with different indices")


def is_tag_or_time(s: Node) -> bool:
    return (isinstance(s, Sym) and s.name in TAGS) or is_time(s, Clock())


def constants(nodes: list[Node]) -> None:
    """``C(x_t, x_0)`` is one term, whatever it is; two of them are two."""
    free = {n for n in nodes if isinstance(n, Call) and n.head.name in ("C", "c")}
    if len(free) > 1:
        raise CannotDecide("free terms of different arguments")
