"""Dots between two terms: what they stand for, from the pattern around them."""

from __future__ import annotations

from dataclasses import fields, replace
from typing import Any

from .canon import Time
from .field import CannotDecide
from .names import VECTORS, Clock, is_time, shifted, time_of
from .tree import Add, Big, Density, Dots, Mul, Neg, Node, Range, Sym
from .walking import mapped, rebuild

DUMMY, RUN = "~", "~~"  # the letters that dots hide


def differing(a: Node, b: Node, clock: Clock) -> list[tuple[Node, Node]]:
    """The index pairs in which two trees of the same shape differ."""
    if a == b:
        return []
    if is_time(a, clock) and is_time(b, clock):
        return [(a, b)]
    if type(a) is not type(b):
        raise CannotDecide("dots between unlike terms")
    out: list[tuple[Node, Node]] = []
    for f in fields(a):
        u, v = getattr(a, f.name), getattr(b, f.name)
        if f.name == "pos" or u == v:
            continue
        if isinstance(u, Node) and isinstance(v, Node):
            out += differing(u, v, clock)
        elif isinstance(u, tuple) and isinstance(v, tuple) and len(u) == len(v):
            for p, q in zip(u, v, strict=True):
                if isinstance(p, Node) and isinstance(q, Node):
                    out += differing(p, q, clock)
                elif p != q:
                    raise CannotDecide("dots between unlike terms")
        else:
            raise CannotDecide("dots between unlike terms")
    return out


def replaced(a: Node, b: Node, clock: Clock, make: dict[Node, Node]) -> Node:
    """``a`` with the indices in which it differs from ``b`` exchanged."""
    if a == b:
        return a
    if is_time(a, clock) and is_time(b, clock):
        return make[a]
    values: dict[str, Any] = {}
    for f in fields(a):
        u, v = getattr(a, f.name), getattr(b, f.name)
        if isinstance(u, Node) and isinstance(v, Node):
            values[f.name] = replaced(u, v, clock, make)
        elif isinstance(u, tuple) and len(u) == len(v):
            values[f.name] = tuple(
                replaced(p, q, clock, make) if isinstance(p, Node) else p
                for p, q in zip(u, v, strict=True)
            )
        else:
            values[f.name] = u
    built: Node = type(a)(**values)
    return built


def in_runs(node: Node, clock: Clock) -> Node:
    """The tree with ``a_t a_{t-1} \\cdots a_3`` and lists of states as runs.

    So written, ``a_t a_{t-1} \\cdots a_3 b_2`` and ``a_t b_{t-1}`` have one shape.
    """
    if isinstance(node, Mul):
        node = replace(node, factors=tuple(_joined(node.factors, clock, False)))
    elif isinstance(node, Density):
        node = replace(node, given=tuple(_joined(node.given, clock, True)))
    return mapped(node, lambda n: in_runs(n, clock))


def _joined(items: tuple[Node, ...], clock: Clock, states: bool) -> list[Node]:
    """Neighbours that differ by one step of their index, as one run each."""
    out: list[Node] = []
    k = 0
    while k < len(items):
        ends = _ends(items[k], clock, states)
        if ends is None:
            out.append(items[k])
            k += 1
            continue
        times = list(ends)
        j = k + 1
        while j < len(items):
            dots = isinstance(items[j], Dots) and j + 1 < len(items)
            after = items[j + 1] if dots else items[j]
            more = _ends(after, clock, states)
            if more is None or not _alike(items[k], after):
                break
            if not dots and abs(more[0][1] - times[-1][1]) != 1:
                break
            times += more
            j += 2 if dots else 1
        lo, hi = _sorted(times[0], times[-1])
        out.append(_run(items[k], lo, hi, states))
        k = j
    return out


def _ends(node: Node, clock: Clock, states: bool) -> tuple[Time, Time] | None:
    if not isinstance(node, Sym) or len(node.subs) != 1 or node.sup:
        return None
    if states != (node.name == "x") or (not states and node.name in VECTORS):
        return None
    index = node.subs[0]
    if isinstance(index, Range):
        ends = (index.lo, index.hi)
        if all(is_time(e, clock) for e in ends):
            return time_of(index.lo, clock), time_of(index.hi, clock)
        return None
    return (time_of(index, clock),) * 2 if is_time(index, clock) else None


def _alike(a: Node, b: Node) -> bool:
    return (
        isinstance(a, Sym)
        and isinstance(b, Sym)
        and (a.name, a.marks) == (b.name, b.marks)
    )


def _sorted(a: Time, b: Time) -> tuple[Time, Time]:
    """The lower end first; a letter stands above any number."""
    if a[0] == b[0]:
        return (a, b) if a[1] <= b[1] else (b, a)
    return (b, a) if a[0] and not b[0] else (a, b)


def _run(item: Node, lo: Time, hi: Time, states: bool) -> Node:
    assert isinstance(item, Sym)
    if states:
        return replace(item, subs=(Range(shifted(lo), shifted(hi)),))
    body = replace(item, subs=(Sym(RUN),))
    return Big("prod", Sym(RUN), shifted(lo), shifted(hi), body)


def falls(first: Node, last: Node) -> bool | None:
    """Do the printed indices fall, as in t-1, ..., 2? (None: numbers will tell.)"""
    if not (is_time(first, Clock()) and is_time(last, Clock())):
        return None
    a, b = time_of(first, Clock()), time_of(last, Clock())
    return None if bool(a[0]) == bool(b[0]) else bool(a[0])


def _span(first: Time, last: Time, down: bool | None = None) -> tuple[Time, Time, bool]:
    """Lower end, upper end (without ``first``), and whether it descends."""
    if down is not None:
        pass
    elif first[0] == last[0]:
        down = last[1] <= first[1]
    else:
        down = bool(first[0]) and not last[0]
    if down:
        return last, (first[0], first[1] - 1), True
    return (first[0], first[1] + 1), last, False


def between(first: Node, last: Node, clock: Clock, op: str) -> Node:
    """The terms after ``first`` up to and including ``last``, as a big operator."""
    try:
        pairs = differing(first, last, clock)
    except CannotDecide:
        first, last = in_runs(first, Clock()), in_runs(last, Clock())
        pairs = differing(first, last, clock)
    if not pairs:
        raise CannotDecide("dots between equal terms")
    times = [(time_of(a, clock), time_of(b, clock)) for a, b in pairs]
    head = times[0][0]
    make: dict[Node, Node] = {}
    for (a, _), (start, stop) in zip(pairs, times, strict=True):
        shift = start[1] - head[1]
        if start[0] != head[0] or stop[1] - times[0][1][1] != shift:
            raise CannotDecide("dots whose pattern is not one index moving")
        make[a] = shifted((DUMMY, shift))
    body = replaced(first, last, clock, make)
    down = _span(*times[0], falls(*pairs[0]))[2]
    # the limits as printed: whoever evaluates them moves their letters, once
    start, stop = (time_of(n, Clock()) for n in pairs[0])
    lo, hi, _ = _span(start, stop, down)
    return Big(op, Sym(DUMMY), shifted(lo), shifted(hi), body)


def backwards(node: Big, lo: Time, hi: Time) -> bool:
    """Dots between terms that are too close for so few steps."""
    hidden = isinstance(node.var, Sym) and node.var.name in (DUMMY, RUN)
    return hidden and lo[0] == hi[0] and hi[1] < lo[1] - 1


def _expand(items: tuple[Node, ...], clock: Clock, op: str) -> list[Node]:
    out: list[Node] = []
    k = 0
    while k < len(items):
        if not isinstance(items[k], Dots):
            out.append(items[k])
            k += 1
            continue
        if k == 0 or k + 1 >= len(items):
            raise CannotDecide("dots with nothing on one side")
        out.append(between(items[k - 1], items[k + 1], clock, op))
        k += 2
    return out


def expand_product(node: Mul, clock: Clock) -> list[Node]:
    return _expand(node.factors, clock, "prod")


def expand_sum(node: Add, clock: Clock) -> list[Node]:
    if any(isinstance(t, Neg) and isinstance(t.arg, Dots) for t in node.terms):
        raise CannotDecide("dots after a minus sign")
    return _expand(node.terms, clock, "sum")


def listed(items: tuple[Node, ...], clock: Clock) -> list[Node]:
    """``x_1, x_2, \\ldots, x_T`` as single variables (all limits numbers)."""
    out: list[Node] = []
    for item in _expand(items, clock, "list") if has_dots(items) else items:
        if isinstance(item, Big):
            assert item.lo is not None
            assert item.hi is not None
            lo, hi = time_of(item.lo, clock), time_of(item.hi, clock)
            if lo[0] or hi[0]:
                raise CannotDecide("a list with symbolic limits")
            for n in range(lo[1], hi[1] + 1):
                make: dict[Node, Node] = {}
                for sub in _indices(item.body):
                    if is_time(sub, clock.bind(DUMMY, ("", n))):
                        make[sub] = shifted(time_of(sub, clock.bind(DUMMY, ("", n))))
                out.append(rebuild(item.body, make))
        else:
            out.append(item)
    return out


def has_dots(items: tuple[Node, ...]) -> bool:
    return any(isinstance(i, Dots) for i in items)


def _indices(node: Node) -> list[Node]:
    return list(node.subs) if isinstance(node, Sym) else []
