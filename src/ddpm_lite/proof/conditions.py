"""What a sentence assumes, which is no claim: choices, ranges, how data are made."""

from __future__ import annotations

from fractions import Fraction

from .names import role
from .tree import (
    Add,
    Big,
    Call,
    Expect,
    Integral,
    Moment,
    Mul,
    Node,
    Num,
    Sym,
    walk,
)
from .verdict import Pair

START = Num(Fraction(0))


def assumed(left: Node, relation: str, right: Node, known: set[Node]) -> Pair | None:
    """The verdict when a sentence only says what is taken for granted."""
    for kind, why in (
        (positive_function, "a range, not a claim"),
        (data_moment, "something is assumed of the data"),
        (weights, "weights with a given sum"),
        (made_of, "a variable is built from others"),
        (picked, "two names are set equal"),
    ):
        if kind(left, relation, right, known):
            return Pair("defines", "settings", "a condition", why)
    return None


def positive_function(left: Node, relation: str, right: Node, known: set[Node]) -> bool:
    """``f(z) > 0``."""
    plain = isinstance(left, Call) and left.head.name in ("f", "g", "h")
    fresh = left not in known and isinstance(right, Num)
    return plain and fresh and relation in ("<", ">", "<=", ">=", "!=")


def data_moment(left: Node, relation: str, right: Node, known: set[Node]) -> bool:
    """``\\mathbb E[x_0^2] = 1``: the law of the data is free."""
    if not isinstance(left, Expect | Moment) or left.given or left.laws:
        return False
    inside = [n for n in walk(left) if isinstance(n, Sym)]
    letters = [n for n in inside if n not in known]
    only = all(n.name == "x" and n.subs == (START,) and not n.marks for n in letters)
    return bool(letters) and only and isinstance(right, Num)


def weights(left: Node, relation: str, right: Node, known: set[Node]) -> bool:
    """``\\sum_t \\pi_t = 1``, for weights that nothing else explains."""
    if not isinstance(left, Big) or left.op != "sum" or not isinstance(right, Num):
        return False
    body = left.body
    return (
        relation == "="
        and isinstance(body, Sym)
        and body.subs == (left.var,)
        and not role(body)
        and body.name not in ("x", "z")
        and not any(isinstance(k, Sym) and k.name == body.name for k in known)
    )


def made_of(left: Node, relation: str, right: Node, known: set[Node]) -> bool:
    """``x = 0.8 z + 0.6 \\epsilon``: how an observed x comes about."""
    if left != Sym("x") or left in known or relation != "=":
        return False
    noisy = any(isinstance(n, Sym) and role(n) == "noise" for n in walk(right))
    hidden = any(n == Sym("z") for n in walk(right))
    plain = not any(isinstance(n, Expect | Integral | Big) for n in walk(right))
    return isinstance(right, Add | Mul) and noisy and hidden and plain


def picked(left: Node, relation: str, right: Node, known: set[Node]) -> bool:
    """``x_0 = d_1``: a state is one of several named things."""
    if not (isinstance(left, Sym) and left.name == "x" and not left.marks):
        return False
    fresh = isinstance(right, Sym) and right not in known and not role(right)
    numbered = isinstance(right, Sym) and len(right.subs) == 1
    return relation == "=" and fresh and numbered and bool(left.subs)
