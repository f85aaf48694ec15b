"""Texts that count from 0, put into the canon's count, where t runs from 1 to T.

"The first step is number 0" has three meanings, and few texts say which:

- *tables from 0*: states count from 1 and x_0 is the data, but the schedule is a table
  from 0, so that x_{t-1} becomes x_t with beta_{t-1};
- *x_0 the data*: the first noisy step is number 0 and alphabar_0 = 1 - beta_0, and yet
  x_0 stands for the data, as in most programs;
- *x_{-1} the data*: every label is one lower, that of the states too.

A document is read in each; a statement is false only if it is false in all of them.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from fractions import Fraction

from .names import Clock, is_moment, is_time, role, shifted, time_of
from .tree import Big, Call, Node, Num, Range, Sym, Uniform
from .walking import mapped, walk

COUNTS = {"T", "N", "K"}  # letters that are numbers of steps
SCHEDULE = {"alpha", "alpha_bar", "beta"}
ORDER = ("proved", "holds", "defines", "unknown", "false")  # the best reading counts


def tables_from_0(node: Node) -> Node:
    """``\\beta_{t-1}`` is the variance of the step from x_{t-1} to x_t."""
    return _tables(node, frozenset())


def data_at_0(node: Node) -> Node:
    """``\\beta_0`` is the variance of the first step, and x_0 is the data."""
    return _labels(node, keep_start=True)


def labels_from_0(node: Node) -> Node:
    """``x_0`` is the first noisy state."""
    return _labels(node, keep_start=False)


READINGS: dict[str, Callable[[Node], Node]] = {
    "tables start at 0": tables_from_0,
    "steps start at 0, x_0 is the data": data_at_0,
    "steps start at 0, x_{-1} is the data": labels_from_0,
}


def _plus_one(index: Node) -> Node:
    letter, offset = time_of(index, Clock())
    return shifted((letter, offset + 1))


def _tables(node: Node, bound: frozenset[str]) -> Node:
    """The schedule's indices one higher; ``bound`` letters count our steps."""
    if isinstance(node, Sym):
        if role(node) not in SCHEDULE or not node.subs or not _is_time(node.subs[-1]):
            return node
        index = node.subs[-1]
        ours = time_of(index, Clock())[0] in bound
        return node if ours else replace(node, subs=(*node.subs[:-1], _plus_one(index)))
    if isinstance(node, Big) and isinstance(node.var, Sym) and node.lo and node.hi:
        inside = [n for n in walk(node.body) if isinstance(n, Sym) and _told(n, node)]
        limits = _is_time(node.lo) and _is_time(node.hi)
        if inside and limits and all(role(n) in SCHEDULE for n in inside):
            body = _tables(node.body, bound | {node.var.name})
            lo, hi = _plus_one(node.lo), _plus_one(node.hi)
            return replace(node, lo=lo, hi=hi, body=body)
    return mapped(node, lambda n: _tables(n, bound))


def _told(name: Sym, big: Big) -> bool:
    """Does this name carry the letter that a sum or product runs over?"""
    return any(n == big.var for s in name.subs for n in walk(s))


def _is_time(node: Node) -> bool:
    return is_time(node, Clock())


def label(index: Node) -> Node:
    """A printed label in our count: letters that run stay, numbers are one higher."""
    if not _is_time(index):
        return index
    letter, offset = time_of(index, Clock())
    if letter and letter not in COUNTS:
        return index
    return shifted((letter, offset + 1))


def _labels(node: Node, keep_start: bool) -> Node:
    def again(n: Node) -> Node:
        return _labels(n, keep_start)

    def index(n: Node, start: bool) -> Node:
        if isinstance(n, Range):
            return replace(n, lo=index(n.lo, start), hi=index(n.hi, start))
        return n if start and n == Num(Fraction(0)) else label(n)

    if isinstance(node, Sym):
        if node.name == "epsilon":
            return node  # the index of a noise tells noises apart
        start = keep_start and node.name == "x"
        return replace(node, subs=tuple(index(s, start) for s in node.subs))
    if isinstance(node, Call):
        args = [label(a) if is_moment(a) else again(a) for a in node.args]
        head = again(node.head)
        assert isinstance(head, Sym)
        return replace(node, head=head, args=tuple(args))
    if isinstance(node, Big) and node.lo is not None and node.hi is not None:
        lo, hi = label(node.lo), label(node.hi)
        return replace(node, lo=lo, hi=hi, body=again(node.body))
    if isinstance(node, Uniform):
        return replace(node, lo=label(node.lo), hi=label(node.hi))
    return mapped(node, again)
