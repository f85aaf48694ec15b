"""Networks told apart: whose parameters, what they are told, where they are asked."""

from __future__ import annotations

from collections.abc import Hashable

from . import field as exact
from .canon import Canon
from .field import CannotDecide, Undefined
from .names import Clock, describe, is_time, time_of
from .occurrences import (
    NETWORK,
    OVER_LAWS,
    SPREAD,
    Found,
    bound,
    head,
    is_letter,
    is_own,
    is_state,
    is_step,
    kind,
)
from .readings import Reading
from .symbolic import Symbolic
from .tree import Call, Expect, Grad, Integral, Moment, Node, Sym
from .values import Vec


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
