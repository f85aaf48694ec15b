"""Going through a tree: its parts, all its nodes, and copies with parts exchanged."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import fields
from operator import is_not
from typing import Any

from .tree import Big, Node, Sym

_PARTS: dict[type[Node], tuple[str, ...]] = {}


def parts(node: Node) -> tuple[str, ...]:
    """The names of the fields of a node that may hold nodes."""
    kind = type(node)
    if kind not in _PARTS:
        _PARTS[kind] = tuple(f.name for f in fields(kind) if f.name != "pos")
    return _PARTS[kind]


def children(node: Node) -> tuple[Node, ...]:
    """The nodes directly under ``node``, collected once."""
    known: tuple[Node, ...] | None = node.__dict__.get("_children")
    if known is None:
        out: list[Node] = []
        for name in parts(node):
            value = getattr(node, name)
            if isinstance(value, Node):
                out.append(value)
            elif isinstance(value, tuple):
                out += [item for item in value if isinstance(item, Node)]
        known = node.__dict__["_children"] = tuple(out)
    return known


def walk(node: Node) -> Iterator[Node]:
    """``node`` and everything under it, without recursion."""
    stack = [node]
    while stack:
        top = stack.pop()
        yield top
        stack.extend(children(top))


def contains(node: Node, *kinds: type[Node]) -> bool:
    """Is there a node of one of these kinds in the tree?"""
    return any(isinstance(n, kinds) for n in walk(node))


def free_in(name: Node, node: Node) -> bool:
    """Does ``name`` occur in ``node`` outside operators that bind it?"""
    if node == name:
        return True
    if isinstance(node, Big) and node.var == name:
        ends = [e for e in (node.lo, node.hi) if e is not None]
        return any(free_in(name, e) for e in ends)
    return any(free_in(name, c) for c in children(node))


def mapped(node: Node, change: Callable[[Node], Node]) -> Node:
    """``node`` with ``change`` made in each of its children; itself if none differs."""
    if not children(node):
        return node
    values: dict[str, Any] = {"pos": node.pos}
    touched = False
    for name in parts(node):
        value = getattr(node, name)
        new = value
        if isinstance(value, Node):
            new = change(value)
            if name == "head" and not isinstance(new, Sym):
                new = value  # the name of a function is no quantity
            touched = touched or new is not value
        elif isinstance(value, tuple):
            new = tuple(change(v) if isinstance(v, Node) else v for v in value)
            touched = touched or any(map(is_not, new, value))
        values[name] = new
    built: Node = type(node)(**values) if touched else node
    return built


def rebuild(node: Node, change: dict[Node, Node]) -> Node:
    """``node`` with every occurrence of the keys of ``change`` replaced."""
    if node in change:
        return change[node]
    return mapped(node, lambda n: rebuild(n, change))
