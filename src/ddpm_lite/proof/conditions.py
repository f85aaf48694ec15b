"""What a sentence assumes, which is no claim: choices, ranges, how data are made."""

from __future__ import annotations

from fractions import Fraction

from .context import is_model_law
from .names import Clock, describe, role, time_index
from .tree import (
    Add,
    Big,
    Call,
    Density,
    Expect,
    Integral,
    Moment,
    Mul,
    Node,
    Normal,
    Num,
    Sym,
)
from .verdict import Pair
from .walking import children, walk

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


def schedule_chosen(left: Node, right: Node) -> bool:
    """``\\beta_t = \\beta_1 + \\frac{t-1}{T-1}(\\beta_T - \\beta_1)``: beta is free.

    The right says t itself, and names of the schedule at its ends only.
    """
    kinds = ("alpha", "beta", "alpha_bar")
    t = Sym("t")
    if not (isinstance(left, Sym) and role(left) in kinds and left.subs == (t,)):
        return False
    names = [n for n in walk(right) if isinstance(n, Sym) and role(n)]
    ends = all(role(n) in kinds and t not in set(walk(n)) for n in names)
    plain = not any(
        isinstance(n, Big | Expect | Integral | Density) for n in walk(right)
    )
    return ends and plain and says_time(right)


def says_time(node: Node) -> bool:
    """Does t occur outside of indices?"""
    if isinstance(node, Sym):
        return node == Sym("t")
    return any(says_time(c) for c in children(node))


def inconsistent(left: Node, right: Node) -> Pair | None:
    """A choice of model that cannot be one: its letters do not fit together."""
    if not (is_model_law(left) and isinstance(right, Normal)):
        return None
    assert isinstance(left, Density)
    (var,) = left.of
    if var in left.given:
        return wrong("given a state, its law is a point", var, var)
    named = isinstance(right.of, Sym) and isinstance(var, Sym)
    if named and right.of != var and is_state(right.of) and is_state(var):
        return wrong("a law of one variable, and a density of another", var, right.of)
    mean = right.mean.args if isinstance(right.mean, Call) else ()
    for a in mean:
        if is_state(a) and all(is_state(g) for g in left.given) and a not in left.given:
            return wrong("the mean depends on what is not given", left.given[0], a)
    if any(isinstance(n, Sym) and n.name == "sigma" for n in plain_factors(right.cov)):
        why = "a standard deviation where a variance must stand?"
        return Pair("unknown", why=why)
    times = [time_index(s, Clock()) for s in (var, *left.given) if isinstance(s, Sym)]
    known = [t for t in times if t is not None]
    if len(known) == len(times) == 2:
        (a_letter, n), (b_letter, m) = known
        if a_letter == b_letter and n > m:
            return Pair("unknown", why="a model that steps into the noise?")
    return None


def wrong(why: str, left: Node | None, right: Node | None) -> Pair:
    shown = {
        side: describe(n) for side, n in (("left", left), ("right", right))
        if isinstance(n, Sym)
    }  # fmt: skip
    return Pair("false", "names", "letters that fit together", why, shown)


def is_state(node: Node | None) -> bool:
    """``x_t``, ``x_{t-1}``, ``x_0``."""
    plain = isinstance(node, Sym) and node.name == "x" and not node.marks
    return plain and isinstance(node, Sym) and time_index(node, Clock()) is not None


def plain_factors(node: Node) -> tuple[Node, ...]:
    return node.factors if isinstance(node, Mul) else (node,)
