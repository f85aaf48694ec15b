"""Laws, averages and scores that depend on the data: sums over quadrature nodes."""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np

from .cloud import Array
from .field import CannotDecide
from .laws import times_of
from .names import role
from .pointwise import Pointwise
from .tree import (
    Density,
    Draws,
    Expect,
    Fn,
    Grad,
    Moment,
    Mul,
    Node,
    Normal,
    Sym,
)
from .walking import contains, walk

STEP = 1e-30  # of the complex-step derivative
LETTERS = {"x", "t", "T", "pi", "D"}


class Averages(Pointwise):
    """Everything is computed from the law of the data and the steps of the chain."""

    def of_laws(self, node: Node) -> Array:
        if isinstance(node, Density):
            return np.exp(self.log_density(node))
        if isinstance(node, Expect):
            return self.expect(node)
        if isinstance(node, Moment):
            return self.moment(node)
        if isinstance(node, Grad):
            return self.gradient(node)
        return super().of_laws(node)

    def function(self, node: Fn) -> Array:
        if node.name == "log" and isinstance(node.arg, Density):
            return self.log_density(node.arg)
        return super().function(node)

    def times(self, items: Iterable[Node]) -> list[int]:
        found = times_of(self.symbolic, tuple(items))
        if any(letter or k not in self.cloud.states for letter, k in found):
            raise CannotDecide("these states")
        return [k for _, k in found]

    def log_density(self, node: Density) -> Array:
        if node.head.name != "q" or node.head.marks or node.params:
            raise CannotDecide("a law that is not q")
        of = self.times(node.of)
        given = list(dict.fromkeys(self.times(node.given)))  # told twice, told once
        if len({*of, *given}) < len(of) + len(given):
            raise CannotDecide("these states")
        return self.cloud.log_joint([*of, *given]) - self.cloud.log_joint(given)

    # -- averages ---------------------------------------------------------------
    def average(self, of: list[int], given: list[int], body: Node) -> Array:
        if not of:
            return self.number(body)
        a, rest = of[0], of[1:]
        with self.cloud.drawn(a, given) as mass:
            inner = self.average(rest, [*given, a], body)
            return np.sum(mass * inner, axis=-1)

    def expect(self, node: Expect) -> Array:
        of, given = self.law(node.laws, node.given, node.body)
        return self.average(of, given, node.body)

    def law(
        self, laws: tuple[Node, ...], given: tuple[Node, ...], body: Node
    ) -> tuple[list[int], list[int]]:
        """Which states are averaged, given which."""
        if not laws and not given:
            return self.free_states(body), []
        laws = tuple(m.law if isinstance(m, Draws) else m for m in laws)
        if given and all(m == Sym("q") for m in laws):
            told = list(dict.fromkeys(self.times(given)))
            return [k for k in self.mentioned(body, told) if k not in told], told
        if len(laws) != 1 or given or not isinstance(laws[0], Density):
            raise CannotDecide("an expectation whose law is not written out")
        law = laws[0]
        if law.head.name != "q" or law.head.marks or law.params:
            raise CannotDecide("a law that is not q")
        told = list(dict.fromkeys(self.times(law.given)))
        of = [k for k in dict.fromkeys(self.times(law.of)) if k not in told]
        if contains(body, Normal):
            raise CannotDecide("a Gaussian density in an average")
        return of, told

    def free_states(self, body: Node) -> list[int]:
        """The states of a bare mean, which may be about nothing else."""
        for n in walk(body):
            plain = isinstance(n, Sym) and role(n) == "" and n.name not in LETTERS
            if plain or n in self.known:
                raise CannotDecide("a mean whose law is not written out")
        found = self.mentioned(body, [])
        if not found:
            raise CannotDecide("a mean whose law is not written out")
        return found

    def mentioned(self, body: Node, told: list[int]) -> list[int]:
        """The states that a body is made of; a noise stands for x_0 and x_t."""
        nodes = [n for n in walk(body) if isinstance(n, Sym) and n not in self.known]
        found = self.states_named(nodes)
        if any(role(n) == "noise" for n in nodes):
            if told != [self.clock.main[1]]:
                raise CannotDecide("which noise this is")
            found.add(0)
        return sorted(found)

    def moment(self, node: Moment) -> Array:
        both = node.args if len(node.args) == 2 else (node.args[0], node.args[0])
        of, given = self.law(node.laws, node.given, Mul(both))
        u, v = (self.average(of, given, a) for a in both)
        return self.average(of, given, Mul(both)) - u * v

    def gradient(self, node: Grad) -> Array:
        target = node.var
        if target is None:
            first = next((n for n in walk(node.body) if isinstance(n, Density)), None)
            if first is None or not first.of:
                raise CannotDecide("a gradient that does not say of what")
            target = first.of[0]
        (k,) = self.times((target,))
        if any(np.iscomplexobj(v) for v in self.cloud.states.values()):
            raise CannotDecide("a gradient inside a gradient")
        with self.cloud.nudged(k, 1j * STEP):
            return np.imag(self.number(node.body)) / STEP
