r"""The judge of draws: ``x_t = a x_{t-1} + b \epsilon_t`` has which law?

The right side is probed with unit noises; its mean at the states that it names, and
the sum of its squared coefficients, are those of the chain or they are not.
"""

from __future__ import annotations

import math

from .judge import Judge
from .judge_laws import NotJudged, Point, law, num, transition
from .tree import Div, Node, Sym
from .walking import walk

CLOSE = 1e-9


class Probe(Judge):
    """Noises have the values that are set, 0 unless told."""

    def __init__(self, point: Point, bound: dict[str, int] | None = None) -> None:
        super().__init__(point, bound)
        self.noise: dict[str, float] = {}
        self.named: set[str] = set()

    def letter(self, n: Sym, args: tuple[Node, ...] = ()) -> float:
        if is_noise(n) and not args:
            k = str(self.index(n.subs[0])) if n.subs else ""
            key = n.name + "".join(n.marks) + n.sup + k
            self.named.add(key)
            return self.noise.get(key, 0.0)
        return super().letter(n, args)

    def inside(self, bound: dict[str, int]) -> Judge:
        probe = Probe(self.p, bound)
        probe.noise, probe.named = self.noise, self.named
        return probe


def is_noise(n: Node) -> bool:
    return (
        isinstance(n, Sym)
        and n.name in ("epsilon", "z")
        and "hat" not in n.marks
        and not any(s == Sym("theta") for s in n.subs)
    )


def about_draws(left: Node, right: Node) -> bool:
    """A state, or a state over its scale, and noises."""
    name = left.num if isinstance(left, Div) else left
    state = isinstance(name, Sym) and name.name == "x" and bool(name.subs)
    noises = {n for n in walk(right) if is_noise(n)}
    start = Sym("x", subs=(num(0),))
    from_start = not any(
        isinstance(n, Sym) and n.name == "x" and n != start for n in walk(right)
    )
    tied = noises == {Sym("epsilon")} and from_start and name == left
    return state and bool(noises) and not tied


def draws_differ(left: Node, right: Node) -> bool:
    """Has the right side another law than the state on the left?"""
    for t, seed in ((3, 1), (4, 2)):
        point = Point(t, seed)
        probe = Probe(point)
        name = left.num if isinstance(left, Div) else left
        assert isinstance(name, Sym)
        (a,) = probe.times((name,))
        scale = probe.value(left.den) if isinstance(left, Div) else 1.0
        states = {
            probe.times((n,))[0]
            for n in walk(right)
            if isinstance(n, Sym) and n.name == "x" and not n.marks
        }
        mean = probe.value(right)
        squares = 0.0
        for key in sorted(probe.named):
            probe.noise = {key: 1.0}
            squares += (probe.value(right) - mean) ** 2
        if a in states or any(not 0 <= s <= point.steps for s in states):
            raise NotJudged
        if 0 in states:
            m, v = law(point, a, {s: point.x[s] for s in states})
        elif states and max(states) < a:
            m, v = transition(point, a, max(states))
        else:
            raise NotJudged
        off = abs(mean * scale - m), abs(math.sqrt(squares) * scale - math.sqrt(v))
        if max(off) > CLOSE:
            return True
    return False
