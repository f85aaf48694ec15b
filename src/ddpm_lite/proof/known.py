"""A name that the document has defined, found again where its index has moved."""

from __future__ import annotations

from collections.abc import Iterable

from .names import INDEX_LETTERS, Clock, is_time, time_of
from .tree import Call, Node, Sym
from .walking import rebuild


def moved(key: Node, node: Node) -> str | None:
    """The index letter in which ``node`` may differ from the defined ``key``."""
    if isinstance(key, Sym) and isinstance(node, Sym):
        same = (key.name, key.marks, key.sup) == (node.name, node.marks, node.sup)
        a, b = key.subs, node.subs
    elif isinstance(key, Call) and isinstance(node, Call):
        same = key.head == node.head
        a, b = key.args, node.args
    else:
        return None
    if not same or not a or len(a) != len(b) or a[:-1] != b[:-1]:
        return None
    last = a[-1]
    if not is_time(b[-1], Clock()):
        return None
    moving = isinstance(last, Sym) and last.name in INDEX_LETTERS - {"T", "N", "K"}
    if isinstance(last, Sym) and moving and not last.subs:
        return last.name
    return None


def meaning(
    known: dict[Node, Node], node: Sym | Call, clock: Clock
) -> tuple[Node, Node, Clock] | None:
    """What a name was defined to be, and when: its index may have moved."""
    if node in known:
        return node, known[node], clock
    apart = settled_case(known, node, clock)
    if apart is not None:
        return apart, known[apart], clock
    for key, body in known.items():
        letter = moved(key, node)
        if letter is None:
            continue
        index = node.subs[-1] if isinstance(node, Sym) else node.args[-1]
        if is_time(index, clock):
            return key, body, clock.bind(letter, time_of(index, clock))
    return None


def settled_case(known: Iterable[Node], node: Node, clock: Clock) -> Node | None:
    """``L_0`` or ``L_T`` set apart from ``L_t``, where the index reaches it."""
    index = last_index(node)
    if index is None or not is_time(index, clock):
        return None
    time = time_of(index, clock)
    for key in known:
        end = last_index(key)
        if end is None or end == index or not is_time(end, clock):
            continue
        same = rebuild(key, {end: index}) == node
        moving = isinstance(end, Sym) and end.name in INDEX_LETTERS - {"T", "N", "K"}
        if same and not moving and time_of(end, clock) == time:
            return key
    return None


def last_index(node: Node) -> Node | None:
    if isinstance(node, Sym) and node.subs:
        return node.subs[-1]
    return node.args[-1] if isinstance(node, Call) and node.args else None
