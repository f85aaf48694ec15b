"""Where names with a role occur in a claim, and which letters operators bind."""

from __future__ import annotations

from collections.abc import Hashable, Iterator
from fractions import Fraction
from typing import TypeGuard

from .claims import Claim
from .known import moved
from .names import Clock, is_time, role
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
)
from .walking import walk

TAGS = {"theta", "phi", "q", "p"}
NETWORK = {"model_mean", "model_noise", "model_x0", "model_score", "model_v"}
SCHEDULE = {"alpha", "alpha_bar", "beta", "snr", "posterior_var", "posterior_std"}
SPREAD = {"model_std", "model_var"}
TIMED = {*SCHEDULE, *SPREAD, "posterior_mean"}
OVER_LAWS = (Expect, KL, Integral, Grad, Moment, Entropy, Density, Normal, Big)
STATES = {"x", "y", "z"}
START = Sym("x", subs=(Num(Fraction(0)),))
Found = list[Sym | Call]


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


def is_state(a: Node) -> TypeGuard[Sym]:
    """``x_t``, and nothing more."""
    return (
        isinstance(a, Sym)
        and (a.name, a.marks, a.sup) == ("x", (), "")
        and len(a.subs) == 1
        and is_time(a.subs[0], Clock())
    )


def is_letter(place: Hashable) -> bool:
    return isinstance(place, Sym) and not place.subs and not place.marks


def is_own(s: Node) -> bool:
    return isinstance(s, Sym) and s.name in ("theta", "phi")
