"""Names that look alike and differ: another argument, another prime, another index.

The worlds read a name by its role and look no further: ``\\epsilon_\\theta(x_t, t, y)``
is the network's noise, and so is ``\\epsilon_\\theta(x_t, t)``. Either reading is sound
alone, for whatever the network is told, every occurrence is told it. Side by side they
are different quantities, and no world may be asked before they are told apart.
"""

from __future__ import annotations

from collections.abc import Hashable, Iterator
from dataclasses import dataclass, fields, replace
from fractions import Fraction
from typing import TypeGuard

from . import field as exact
from .canon import Canon
from .claims import Claim
from .field import CannotDecide, Undefined
from .names import Clock, describe, is_moment, is_time, role, time_of
from .symbolic import Reading, Symbolic, moved
from .tree import (
    KL,
    Big,
    Call,
    Density,
    Draws,
    Entropy,
    Expect,
    Grad,
    Integral,
    Moment,
    Node,
    Normal,
    Num,
    Seq,
    Sym,
    rebuild,
    walk,
)
from .values import Vec

TAGS = {"theta", "phi", "q", "p"}
NETWORK = {"model_mean", "model_noise", "model_x0", "model_score", "model_v"}
SCHEDULE = {"alpha", "alpha_bar", "beta", "snr", "posterior_var", "posterior_std"}
SPREAD = {"model_std", "model_var"}
TIMED = {*SCHEDULE, *SPREAD, "posterior_mean"}
OVER_LAWS = (Expect, KL, Integral, Grad, Moment, Entropy, Density, Normal, Big)
STATES = {"x", "y", "z"}
START = Sym("x", subs=(Num(Fraction(0)),))
Found = list[Sym | Call]


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


def reached(claim: Claim) -> Iterator[Node]:
    """Every node of the claim and of the definitions that it uses, directly or not."""
    queue = [claim.left, claim.right]
    if claim.model is not None and any(is_step(n) for s in queue for n in walk(s)):
        queue = [*queue, claim.model]
    rest = list(claim.known)
    while queue:
        for n in walk(queue.pop()):
            yield n
            if not isinstance(n, Sym | Call | Density):
                continue
            used = [p for p in rest if p[0] == n or moved(p[0], n) is not None]
            rest = [p for p in rest if p not in used]
            queue += [body for _, body in used]


def is_step(n: Node) -> bool:
    """A law of the model, given something."""
    return isinstance(n, Density) and n.head.name in ("p", "P") and bool(n.given)


def kind(n: Sym | Call) -> str:
    return role(n if isinstance(n, Sym) else n.head)


def head(n: Sym | Call) -> Sym:
    return n if isinstance(n, Sym) else n.head


def occurrences(nodes: list[Node]) -> Iterator[Sym | Call]:
    """Names with a role, a call as a whole (``nodes`` is a list of walks)."""
    heads = {id(n.head) for n in nodes if isinstance(n, Call | Density)}
    for n in nodes:
        if isinstance(n, Sym | Call) and id(n) not in heads and kind(n):
            yield n


# -- primes ------------------------------------------------------------------------
def without_primes(node: Node) -> Node:
    """``\\sum_{z'} p(x|z') p(z')``: a bound letter needs no prime."""
    values = {}
    for f in fields(node):
        value = getattr(node, f.name)
        if isinstance(value, Node):
            value = without_primes(value)
        elif isinstance(value, tuple):
            value = tuple(
                without_primes(v) if isinstance(v, Node) else v for v in value
            )
        values[f.name] = value
    new = type(node)(**values)
    inside = set(walk(new))
    change: dict[Node, Node] = {}
    for v in bound(new):
        bare = replace(v, sup="")
        if v.sup and bare not in inside:
            change[v] = bare
    return rebuild(new, change) if change else new


def bound(node: Node) -> Iterator[Sym]:
    """The letters that an operator binds."""
    items: tuple[Node, ...] = ()
    if isinstance(node, Big):
        items = node.var.items if isinstance(node.var, Seq) else (node.var,)
    elif isinstance(node, Integral):
        items = node.vars
    elif isinstance(node, Expect):
        for law in node.laws:
            if isinstance(law, Draws):
                items += law.vars
            elif isinstance(law, Density):
                items += law.of
    for item in items:
        if isinstance(item, Sym):
            yield item


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


# -- laws ---------------------------------------------------------------------------
def laws(nodes: list[Node], claim: Claim) -> None:
    """``q_\\phi`` beside ``q``, ``p_{\\theta'}`` beside ``p_\\theta``."""
    heads = {n.head for n in nodes if isinstance(n, Density)}
    for n in nodes:
        if isinstance(n, Expect):
            heads |= {m for m in n.laws if isinstance(m, Sym)}
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


# -- schedules -------------------------------------------------------------------
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


def is_state(a: Node) -> TypeGuard[Sym]:
    """``x_t``, and nothing more."""
    return (
        isinstance(a, Sym)
        and (a.name, a.marks, a.sup) == ("x", (), "")
        and len(a.subs) == 1
        and is_time(a.subs[0], Clock())
    )


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


# -- networks ---------------------------------------------------------------------
def networks(names: Found, nodes: list[Node], chosen: bool) -> str:
    """Why the networks of a claim cannot be taken for one (empty when they can)."""
    nets = [n for n in names if kind(n) in NETWORK or is_spread(n)]
    told = {told_to(n) for n in nets}
    if nets and not chosen and any(is_step(n) for n in nodes):
        told.add(("", (), (), ()))  # p(x_{t-1} | x_t), too, is told the state only
    if len(told) > 1:
        return "networks that are told different things"
    owners = {owner(n) for n in nets} - {""}
    if len(owners) > 1:
        return "networks with different parameters"
    for what in ("model_noise", "model_mean", "model_score", "model_v"):
        if len({head(n).marks for n in nets if kind(n) == what}) > 1:
            return "the same letter with and without a hat"
    places = {place(n) for n in nets}
    kinds = {kind(n) for n in nets}
    single = len(kinds) == 1 and not any(isinstance(n, OVER_LAWS) for n in nodes)
    still = not any(isinstance(n, Expect | Integral | Grad | Moment) for n in nodes)
    if still and kinds <= {"model_mean", *SPREAD} and all(is_letter(p) for p in places):
        single = True  # \mu_\phi(x) and \sigma_\phi(x) of a law of z
    if places - {None} and (len(places) > 1 or not single):
        return "networks asked at different states or times"
    return ""


def is_letter(place: Hashable) -> bool:
    return isinstance(place, Sym) and not place.subs and not place.marks


def constants(nodes: list[Node]) -> None:
    """``C(x_t, x_0)`` is one term, whatever it is; two of them are two."""
    free = {n for n in nodes if isinstance(n, Call) and n.head.name in ("C", "c")}
    if len(free) > 1:
        raise CannotDecide("free terms of different arguments")


def spreads(names: Found, nodes: list[Node]) -> None:
    r"""``\Sigma_\theta(x_t, t)`` moves with x_t, and the worlds hold it still."""
    asked = {a for n in names if is_spread(n) and isinstance(n, Call) for a in n.args}
    moving = {n.var for n in nodes if isinstance(n, Grad)}
    for n in nodes:
        if isinstance(n, Expect | Integral):
            moving |= set(bound(n))
            moving |= {None} if isinstance(n, Expect) and not any(bound(n)) else set()
    if any(is_state(a) for a in asked) and (moving & asked or None in moving):
        raise CannotDecide("a variance that moves with the state drawn")


def is_spread(n: Sym | Call) -> bool:
    """``\\Sigma_\\theta(x_t, t)``: a variance that a network answers."""
    return kind(n) in SPREAD and owner(n) != ""


def owner(n: Sym | Call) -> str:
    """Whose parameters: theta, phi, theta', ..."""
    for s in head(n).subs:
        if isinstance(s, Sym) and s.name in ("theta", "phi"):
            return describe(s) + s.sup
    return ""


def told_to(n: Sym | Call) -> tuple[Hashable, ...]:
    """Primes, marks, indices and arguments beyond a state and its time."""
    name = head(n)
    further = tuple(
        s for s in name.subs if not (is_time(s, Clock()) or (owner(n) and is_own(s)))
    )
    marks = tuple(m for m in name.marks if m != "hat")
    args = n.args if isinstance(n, Call) else ()
    extra = [a for a in args if not is_time(a, Clock())][1:]
    if args and isinstance(args[0], Sym) and args[0].name in ("y", "c"):
        extra.insert(0, args[0])
    return name.sup, marks, further, tuple(extra)


def is_own(s: Node) -> bool:
    return isinstance(s, Sym) and s.name in ("theta", "phi")


def place(n: Sym | Call) -> Hashable:
    """Where a network is asked; None at x_t and its own time t."""
    if not isinstance(n, Call):
        return None
    times = [time_of(a, Clock()) for a in n.args if is_time(a, Clock())]
    times += [time_of(s, Clock()) for s in n.head.subs if is_time(s, Clock())]
    if kind(n) == "model_x0":
        times = [t for t in times if t != ("", 0)]
    states = [a for a in n.args if not is_time(a, Clock())][:1]
    if len(set(times)) > 1:
        return tuple(times), tuple(states)
    if not states:
        return None
    state = states[0]
    if is_state(state):
        assert isinstance(state, Sym)
        time = time_of(state.subs[0], Clock())
        return None if not times or times[0] == time else ("x", time, times[0])
    time = times[0] if times else ("t", 0)
    return None if is_noised(state, time) else state


def is_noised(state: Node, time: tuple[str, int]) -> bool:
    """``\\sqrt{\\bar\\alpha_t} x_0 + \\sqrt{1-\\bar\\alpha_t} \\epsilon`` is x_t."""
    s = Symbolic(Canon(1), Clock().bind("t", time), Reading(noise="merged"))
    index = Sym(time[0] or "t")
    if time[1] or not time[0]:
        return False
    try:
        gap = [s.value(state), s.value(Sym("x", subs=(index,)))]
    except (CannotDecide, Undefined):
        return False
    if not (isinstance(gap[0], Vec) and isinstance(gap[1], Vec)):
        return False
    terms = (gap[0] + gap[1].scale(exact.sp.Integer(-1))).terms
    return all(exact.is_zero(c) for _, c in terms)
