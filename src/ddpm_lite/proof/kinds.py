"""Letters with components: which they are, which indices are free."""

from __future__ import annotations

from collections.abc import Iterable
from fractions import Fraction
from typing import TypeGuard

from .tree import Big, Call, Density, Dots, Except, Fn, Integral, Mul, Node, Num, Sym
from .walking import children, rebuild, walk

INDICES = {"i", "j", "k", "l"}


def is_kinds(node: Node) -> TypeGuard[Sym]:
    """An index that runs over the kinds."""
    return isinstance(node, Sym) and node.name in INDICES and not node.subs


def over_kinds(node: Big) -> bool:
    """``\\prod_{k=1}^{K}`` or ``\\prod_k``."""
    if not is_kinds(node.var):
        return False
    whole = node.lo is None and node.hi is None
    return whole or (node.hi == Sym("K") and node.lo is not None)


def letters(sym: Sym) -> list[Node]:
    """The index letters of a name: two in ``F_{jk}``."""
    out: list[Node] = []
    for s in sym.subs:
        out += list(s.factors) if isinstance(s, Mul) else [s]
    return out


def vectors(nodes: Iterable[Node]) -> set[str]:
    """Letters with one component for each kind."""
    out: set[str] = set()
    for node in nodes:
        for n in walk(node):
            if isinstance(n, Except) or (isinstance(n, Big) and over_kinds(n)):
                out |= {
                    m.name
                    for m in walk(n.body)
                    if isinstance(m, Sym) and m.subs[-1:] == (n.var,) and not m.marks
                }
    return out


def free_indices(sides: Iterable[Node]) -> set[str]:
    """Indices of components that no sum or product binds."""

    def loose(node: Node, bound: frozenset[str]) -> set[str]:
        if isinstance(node, Except) and isinstance(node.var, Sym):
            inner = loose(node.body, bound | {node.var.name})
            return inner | loose(node.skip, bound)
        if isinstance(node, Big) and isinstance(node.var, Sym):
            inner = loose(node.body, bound | {node.var.name})
            return inner.union(*(loose(e, bound) for e in (node.lo, node.hi) if e))
        out: set[str] = set()
        if isinstance(node, Sym):
            letters = {m.name for s in node.subs for m in walk(s) if is_kinds(m)}
            return letters - bound
        for child in children(node):
            out |= loose(child, bound)
        return out

    found: set[str] = set()
    for side in sides:
        found |= loose(side, frozenset())
    return found & INDICES


def variables(nodes: Iterable[Node]) -> set[str]:
    """Letters that laws and integrals are about."""
    out: set[str] = set()
    for node in nodes:
        for n in walk(node):
            items: tuple[Node, ...] = ()
            if isinstance(n, Integral):
                items = n.vars
            elif isinstance(n, Density):
                items = (*n.of, *n.given)
            out |= {v.name for v in items if isinstance(v, Sym)}
    return out


def bare_arguments(nodes: Iterable[Node]) -> set[str]:
    """Letters that stand alone as the argument of a function: whole vectors."""
    return {
        a.name
        for node in nodes
        for n in walk(node)
        if isinstance(n, Call)
        for a in n.args
        if isinstance(a, Sym) and not a.subs and not a.marks
    }


def factorials(nodes: Iterable[Node]) -> set[str]:
    return {
        n.arg.name
        for node in nodes
        for n in walk(node)
        if isinstance(n, Fn) and n.name == "factorial" and isinstance(n.arg, Sym)
    }


def plain(node: Node) -> Node:
    """Laws by the names of their vectors: ``p(z_1, ..., z_K; a)`` is ``p(z)``."""
    change: dict[Node, Node] = {}
    for n in walk(node):
        if isinstance(n, Density):
            of, given = whole(n.of), whole(n.given)
            change[n] = Density(n.head, of, given, pos=n.pos)
    return rebuild(node, change) if change else node


def whole(items: tuple[Node, ...]) -> tuple[Node, ...]:
    """``z_1, \\cdots, z_K`` as one vector."""
    if len(items) != 3 or not isinstance(items[1], Dots):
        return items
    first, last = items[0], items[2]
    if not isinstance(first, Sym) or last != Sym(first.name, subs=(Sym("K"),)):
        return items
    return (Sym(first.name),) if first.subs == (Num(Fraction(1)),) else items


def renamed(node: Node, old: str, new: str) -> Node:
    """``node`` with another letter for a vector and its components."""
    change: dict[Node, Node] = {
        n: Sym(new, n.marks, n.subs, n.sup, pos=n.pos)
        for n in walk(node)
        if isinstance(n, Sym) and n.name == old
    }
    return rebuild(node, change)


def printed_laws(known: tuple[tuple[Node, Node], ...]) -> dict[Density, Node]:
    """The laws that the document has printed as products over kinds."""
    return {
        k: v
        for k, v in known
        if isinstance(k, Density)
        and any(isinstance(n, Big) and over_kinds(n) for n in walk(v))
    }
