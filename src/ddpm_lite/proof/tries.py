"""Which finite worlds a claim is tried in, and at which times."""

from __future__ import annotations

from collections.abc import Iterator

from .claims import Claim, exchanged, nodes_of
from .field import CannotDecide
from .names import Clock, has_sub, is_time, time_of
from .tables import Chain, Joint, Variable, World, chain
from .tree import KL, Density, Entropy, Expect, Node, Range, Sym
from .walking import children, rebuild

SIZES = ((3, 2, 11), (4, 2, 12), (3, 3, 13), (2, 3, 14))
KINDS = ("free", "exact", "near", "extreme", "forgetful", "dense")


def is_chain(nodes: list[Node]) -> bool:
    return any(isinstance(n, Sym) and n.name == "x" and n.subs for n in nodes)


def bare_law(nodes: list[Node]) -> str:
    r"""Which law a plain p names: q, beside ``\hat p`` on a chain."""
    laws = [n.head for n in nodes if isinstance(n, Density)]
    models = [h for h in laws if h.name in ("p", "P")]
    plain = any(not h.marks and not has_sub(h, "theta") for h in models)
    hats = any(h.marks for h in models)
    return "q" if is_chain(nodes) and plain and hats else "p"


def spelled_out(claim: Claim) -> Claim:
    """``H(q)`` and ``D_KL(q || ...)`` where one law q(...) occurs: q is this law."""
    nodes = nodes_of(claim)
    laws = {n for n in nodes if isinstance(n, Density)}
    change: dict[Node, Node] = {}
    for n in nodes:
        named = [a for a in children(n) if isinstance(n, Entropy | KL)]
        for name in named:
            own = [law for law in laws if law.head == name]
            if len(own) == 1:
                change[n] = rebuild(change.get(n, n), {name: own[0]})
    return exchanged(claim, change) if change else claim


def chain_worlds(
    nodes: list[Node], order: bool, fixed: int = 0, several: bool = False
) -> Iterator[tuple[World, Clock]]:
    """``several``: models are drawn, so that no chain may be shared."""
    for steps, states, seed in SIZES if fixed else SIZES[: 3 if not order else 2]:
        if fixed and steps != fixed:
            continue
        for kind in KINDS if order else KINDS[:1]:
            world = (Chain if several else chain)(steps, states, seed, kind)
            world.read.clear()  # it is about the nodes of one statement
            for clock in clocks(nodes, steps):
                yield world, clock


def clocks(nodes: list[Node], steps: int) -> Iterator[Clock]:
    """T is the number of steps; a free t runs where all indices exist."""
    base = Clock().bind("T", ("", steps))
    free = free_letters(nodes)
    if not free:
        yield base
        return
    offsets: list[int] = [0]
    for n in nodes:
        if isinstance(n, Sym):
            for s in n.subs:
                ends = (s.lo, s.hi) if isinstance(s, Range) else (s,)
                for e in ends:
                    if is_time(e, Clock()):
                        letter, offset = time_of(e, Clock())
                        if letter in free:
                            offsets.append(offset)
    letter = sorted(free)[0]
    for t in range(max(2, -min(offsets)), steps - max(offsets) + 1):
        yield base.bind(letter, ("", t))


def free_letters(nodes: list[Node]) -> set[str]:
    """Index letters that no sum, product or mean binds (a rough reading suffices)."""
    from .tree import Big, Draws

    bound = {n.var.name for n in nodes if isinstance(n, Big) and isinstance(n.var, Sym)}
    for n in nodes:
        if isinstance(n, Draws):
            bound |= {v.name for v in n.vars if isinstance(v, Sym)}
        if isinstance(n, Density) and n.head.name in ("u", "U"):
            bound |= {v.name for v in n.of if isinstance(v, Sym)}
    used: set[str] = set()
    for n in nodes:
        if isinstance(n, Sym):
            for s in n.subs:
                for e in (s.lo, s.hi) if isinstance(s, Range) else (s,):
                    if is_time(e, Clock()):
                        used.add(time_of(e, Clock())[0])
    if used & {"t", "s", "k"} & bound and "t" in bound:
        # t is bound in one place and free in another: both readings need a clock
        return used - {"", "T"} - (bound - {"t"})
    return used - bound - {"", "T"}


def learned_laws(nodes: list[Node]) -> list[str]:
    """The laws that carry a parameter: these change when it is optimised."""
    out = set()
    for n in nodes:
        if isinstance(n, Density) and (
            has_sub(n.head, "theta") or has_sub(n.head, "phi")
        ):
            name = "q" if n.head.name == "q" else "p^" if n.head.marks else "p"
            out.add(name)
    return sorted(out)


def joint_worlds(
    nodes: list[Node], order: bool, fixed: int = 0, several: bool = False
) -> Iterator[tuple[World, Clock]]:
    names: set[Variable] = set()
    laws: set[str] = set()
    for n in nodes:
        if isinstance(n, Density):
            if n.head.name in ("u", "U"):
                continue
            laws.add(
                "q" if n.head.name in ("q", "r") else "p^" if n.head.marks else "p"
            )
            for v in (*n.of, *n.given):
                if isinstance(v, Sym):
                    names.add((v.name, 0))
        if isinstance(n, Expect):
            for law in n.laws:
                if isinstance(law, Sym) and law.name in ("p", "q"):
                    laws.add(law.name)
    names = names or {("x", 0)}  # D_KL(p || q): laws of something
    if len(names) > 4:
        raise CannotDecide("too many variables for a joint table")
    for seed in (5, 6, 7):
        for extreme in (False, True) if order else (False,):
            world = Joint(sorted(names), sorted(laws | {"p", "q"}), 3, seed, extreme)
            clock = Clock().bind("T", ("", 3 + seed % 2)).bind("t", ("", 2))
            yield world, clock
            if order:
                twin = Joint(sorted(names), ["p", "q"], 3, seed, extreme)
                twin.joint["q"] = dict(twin.joint["p"])
                yield twin, clock
