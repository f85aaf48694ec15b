r"""Laws whose index says of what they are: ``q_{t|0}``, ``p_{0:T}``, ``p_{data}``.

An index that repeats the times of the variables says nothing new and is dropped. A
letter without a time stands for the state that the index names: ``q_t(x)`` is q(x_t).
And p_data is the law of the data, q(x_0).

A p with times below and no parameters is the model's law in one text and the law of
the noised data in another: see ``as_noised``.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from fractions import Fraction

from .names import Clock, describe, is_time, time_of
from .tree import KL, Density, Draws, Given, Node, NotUnderstood, Num, Range, Sym
from .walking import mapped, rebuild, walk

DATA = {"data", "real", "true"}
TIMES = {"", "t", "s", "T", "tau"}  # letters of times; i and k number laws
LETTERS = {Sym(name) for name in ("x", "y", "z", "u")}
START = Sym("x", subs=(Num(Fraction(0)),))
Items = tuple[Node, ...]


@dataclass
class Resolved:
    """The sides of a statement, and what their laws were named by."""

    nodes: list[Node | NotUnderstood]
    times: bool = False  # a plain p by its times: the model's law, or the noised data's
    forward: bool = False  # such as p_{t|0}, which a model does not have
    # bare letters, and the states that the indices of laws make of them
    states: dict[Node, set[Node]] = field(default_factory=dict)


def resolved(nodes: Iterable[Node | NotUnderstood]) -> Resolved:
    """The sides of one statement with such indices read."""
    out = Resolved(list(nodes))
    sides = [n for n in out.nodes if isinstance(n, Node)]
    every = [n for side in sides for n in walk(side)]
    heads = [n.head if isinstance(n, Density) else n for n in every]
    if not any(isinstance(h, Sym) and (told(h) or is_data(h)) for h in heads):
        return out
    if is_hope(sides):
        return out
    chain = any(isinstance(n, Sym) and n.name == "x" and n.subs for n in every)
    chain = chain or any(isinstance(h, Sym) and told(h) for h in heads)
    for k, node in enumerate(out.nodes):
        if isinstance(node, Node):
            try:
                out.nodes[k] = _read(node, out, chain)
            except NotUnderstood as error:
                out.nodes[k] = error
    taken = {n for side in out.nodes if isinstance(side, Node) for n in walk(side)}
    change = {a: min(to, key=str) for a, to in out.states.items() if len(to) == 1}
    change = {a: b for a, b in change.items() if a in taken}
    clash = len(set(change.values())) < len(change) or any(
        len(to) > 1 for to in out.states.values()
    )
    for k, node in enumerate(out.nodes):
        if isinstance(node, Node) and clash and set(walk(node)) & set(out.states):
            out.nodes[k] = NotUnderstood("one letter for the states of two times")
        elif isinstance(node, Node) and change:
            out.nodes[k] = rebuild(node, change)
    return out


def is_hope(sides: list[Node]) -> bool:
    """``p_\\theta(x) = p_{\\text{data}}(x)``: what training is for, not a claim."""
    if len(sides) != 2 or not all(isinstance(n, Density) for n in sides):
        return False
    a, b = sides
    assert isinstance(a, Density)
    assert isinstance(b, Density)
    return a.of == b.of and is_data(a.head) != is_data(b.head)


def is_data(head: Node) -> bool:
    """``p_{\\text{data}}``, or its index in the letters d, a, t, a."""
    if not isinstance(head, Sym) or head.name not in ("p", "q", "P") or head.marks:
        return False
    words = "".join(n.name for s in head.subs for n in walk(s) if isinstance(n, Sym))
    # walking takes the last factor first
    return words.lower() in {*DATA, *(w[::-1] for w in DATA)}


def told(head: Sym) -> tuple[Items, Items, Items] | None:
    """Further indices, the times of the variables, and those of what is given."""
    if head.name not in ("p", "q", "P") or head.marks or head.sup:
        return None
    own: Items = ()
    of: Items = ()
    given: Items = ()
    for s in head.subs:
        if isinstance(s, Given):
            of, given = (*of, *s.of), s.given
        elif is_moment(s):
            of = (*of, s)
        else:
            own = (*own, s)
    return (own, of, given) if of and all(map(is_moment, (*of, *given))) else None


def is_moment(index: Node) -> bool:
    """A time, or a run of times."""
    if isinstance(index, Range):
        return is_moment(index.lo) and is_moment(index.hi)
    return is_time(index, Clock()) and time_of(index, Clock())[0] in TIMES


def _read(node: Node, out: Resolved, chain: bool) -> Node:
    """One side; bare letters of laws are collected in ``out``."""
    state: Node = START if chain else Sym("x")
    if isinstance(node, Sym) and is_data(node):
        return Density(Sym("q"), (state,), pos=node.pos)
    if isinstance(node, Draws) and is_data(node.law):
        assert isinstance(node.law, Sym)
        law = Density(node.law, node.vars, pos=node.pos)
        return replace(node, law=_density(law, out, chain))
    if isinstance(node, KL) and (is_data(node.left) or is_data(node.right)):
        sides = (_read(_of(s, state), out, chain) for s in (node.left, node.right))
        return KL(*sides, pos=node.pos)
    if isinstance(node, Density):
        args = [tuple(_read(v, out, chain) for v in vs) for vs in (node.of, node.given)]
        return _density(replace(node, of=args[0], given=args[1]), out, chain)
    return mapped(node, lambda n: _read(n, out, chain))


def _of(law: Node, state: Node) -> Node:
    """A law that is only named, as a law of this state."""
    if isinstance(law, Sym) and law.name in ("p", "q"):
        return Density(law, (state,), pos=law.pos)
    return law


def _density(law: Density, out: Resolved, chain: bool) -> Density:
    if is_data(law.head):
        if chain and len(law.of) == 1:
            _fit(law, law.of, START.subs, out)
        return replace(law, head=Sym("q"))
    found = told(law.head)
    if found is None:
        return law
    own, of, given = found
    if given:
        _fit(law, law.of, of, out)
        _fit(law, law.given, given, out)
    elif len(law.of) == len(of) == 1 and law.of[0] in LETTERS:
        _fit(law, law.of, of, out)
    elif not _names_them(law, of):
        return law
    plain = law.head.name != "q" and not own
    out.times = out.times or plain
    out.forward = out.forward or (plain and given == START.subs)
    return replace(law, head=replace(law.head, subs=own))


def _names_them(law: Density, of: Items) -> bool:
    """Do the times stand under the variables, or the one time under one of them?"""
    states = (*law.of, *law.given)
    if not all(isinstance(v, Sym) and v.name == "x" and v.subs for v in states):
        return False
    mine = [v.subs[-1] for v in law.of if isinstance(v, Sym)]
    all_ = [v.subs[-1] for v in states if isinstance(v, Sym)]
    return set(mine) == set(of) or (len(of) == 1 and of[0] in all_)


def _fit(law: Density, states: Items, times: Items, out: Resolved) -> None:
    """The times of an index and the variables in their place."""
    if len(states) == len(times) and all(v in LETTERS for v in states):
        for v, time in zip(states, times, strict=True):
            out.states.setdefault(v, set()).add(Sym("x", subs=(time,)))
        return
    own = {v.subs[-1] if isinstance(v, Sym) and v.subs else v for v in states}
    if len(states) == len(times) and own == set(times):
        return
    named = describe(law.head)
    raise NotUnderstood(f"{named} of variables at other times than its index", law.pos)


def as_noised(node: Node) -> Node:
    """The side with every plain p as a law of the noised data."""
    if isinstance(node, Density) and node.head in (Sym("p"), Sym("P")):
        node = replace(node, head=Sym("q"))
    return mapped(node, as_noised)
