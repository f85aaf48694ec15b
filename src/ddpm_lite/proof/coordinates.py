r"""Sums over the coordinates of vectors: ``\sum_{h=1}^{H} (u_h - v_h)^2`` is a norm.

The number of coordinates is the dimension D. A sum is read so only when its terms are
squares of vectors' coordinates, or do not depend on the coordinate at all; any other
sum is left as it stands.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from fractions import Fraction

from .claims import Claim
from .names import VECTORS
from .tree import (
    Add,
    Big,
    Call,
    Div,
    Identity,
    Mul,
    Neg,
    Node,
    Norm,
    Normal,
    Num,
    Pow,
    Sym,
)
from .walking import mapped, rebuild, walk

LETTERS = {"d", "h", "i", "j", "k", "l", "m", "n"}
ENDS = {"D", "H", "I", "J", "K", "L", "M", "N", "d", "k", "m", "n"}
DIMENSION = Sym("D")
ONE, TWO = Num(Fraction(1)), Num(Fraction(2))


def joined(claim: Claim) -> Claim | None:
    """The claim with such sums written as norms (None: there is none)."""
    spread = scalars(claim)
    left, right = (_whole(side, spread) for side in (claim.left, claim.right))
    if (left, right) == (claim.left, claim.right):
        return None
    return replace(claim, left=left, right=right, head=None)


def scalars(claim: Claim) -> set[Node]:
    """Numbers that multiply an identity matrix: the same in every coordinate."""
    bodies = [claim.left, claim.right, *(body for _, body in claim.known)]
    out: set[Node] = set()
    for body in bodies:
        for n in walk(body):
            if not (isinstance(n, Normal) and isinstance(n.cov, Mul)):
                continue
            if any(isinstance(f, Identity) for f in n.cov.factors):
                bases = (f.base if isinstance(f, Pow) else f for f in n.cov.factors)
                out |= {b for b in bases if isinstance(b, Sym | Call)}
    return out


def _whole(node: Node, spread: set[Node]) -> Node:
    if isinstance(node, Big) and _over_coordinates(node):
        assert isinstance(node.var, Sym)
        added = _added(node.body, node.var, spread)
        if added is not None:
            return added
    return mapped(node, lambda n: _whole(n, spread))


def _over_coordinates(node: Big) -> bool:
    letter, end = node.var, node.hi
    return (
        node.op == "sum"
        and isinstance(letter, Sym)
        and letter.name in LETTERS
        and node.lo == ONE
        and isinstance(end, Sym)
        and end.name in ENDS
        and not end.subs
        and letter != end
    )


def _added(body: Node, letter: Sym, spread: set[Node]) -> Node | None:
    """The sum of ``body`` over all coordinates, or None when it is no such sum."""
    body = _without(body, letter, spread)
    if not _depends([body], letter):
        return Mul((DIMENSION, body))
    if isinstance(body, Neg):
        inner = _added(body.arg, letter, spread)
        return None if inner is None else Neg(inner)
    if isinstance(body, Add):
        terms = [_added(t, letter, spread) for t in body.terms]
        found = tuple(t for t in terms if t is not None)
        return Add(found) if len(found) == len(terms) else None
    if isinstance(body, Div) and not _depends([body.den], letter):
        inner = _added(body.num, letter, spread)
        return None if inner is None else Div(inner, body.den)
    if isinstance(body, Mul):
        moving = [f for f in body.factors if _depends([f], letter)]
        rest = tuple(f for f in body.factors if f not in moving)
        inner = _added(moving[0], letter, spread) if len(moving) == 1 else None
        return None if inner is None else Mul((*rest, inner))
    if isinstance(body, Pow) and body.exp == TWO:
        vector = _vector(body.base, letter)
        return None if vector is None else Pow(Norm(vector), TWO)
    return None


def _vector(node: Node, letter: Sym) -> Node | None:
    """The vector of which this is a coordinate."""
    if isinstance(node, Neg):
        inner = _vector(node.arg, letter)
        return None if inner is None else Neg(inner)
    if isinstance(node, Add):
        terms = [_vector(t, letter) for t in node.terms]
        found = tuple(t for t in terms if t is not None)
        return Add(found) if len(found) == len(terms) else None
    whole = _dropped(node, letter)
    head = whole.head if isinstance(whole, Call) else whole
    vector = isinstance(head, Sym) and head.name in VECTORS
    return whole if vector and whole != node else None


def _without(node: Node, letter: Sym, spread: set[Node]) -> Node:
    """``\\sigma_{1,h}`` is sigma_1 where the covariance is ``\\sigma_1^2 I``."""
    change: dict[Node, Node] = {
        n: _dropped(n, letter)
        for n in walk(node)
        if isinstance(n, Sym | Call) and _dropped(n, letter) in spread
    }
    return rebuild(node, change) if change else node


def _dropped(node: Node, letter: Sym) -> Node:
    """The name without the letter at the end of its indices."""
    if isinstance(node, Call):
        head = _dropped(node.head, letter)
        return replace(node, head=head) if isinstance(head, Sym) else node
    if isinstance(node, Sym) and node.subs[-1:] == (letter,):
        return replace(node, subs=node.subs[:-1])
    return node


def _depends(nodes: Iterable[Node], letter: Sym) -> bool:
    return any(m == letter for n in nodes for m in walk(n))
