"""Evaluates statements about laws in a world of finitely many states."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace
from fractions import Fraction
from itertools import product
from typing import Any

from .field import CannotDecide, Diverges, Undefined
from .names import describe, has_sub
from .states import States
from .tables import Variable
from .timemeans import uniform_range
from .tree import (
    KL,
    Big,
    Brace,
    Density,
    Div,
    Draws,
    Entropy,
    Expect,
    Fn,
    Integral,
    Node,
    Num,
    Range,
    Sym,
    Uniform,
)

# a law, its variables, those given, its values by their states, and the node itself
_Printed = tuple[str, list[Variable], list[Variable], dict[tuple[int, ...], Any], Node]


class Finite(States):
    """Laws, averages and integrals: every path counted."""

    def _sym(self, node: Sym) -> Any:
        if node in (Sym("p"), Sym("q")) and self.alone():
            return self.value(self.named_law(node))
        return super()._sym(node)

    def _big(self, node: Big) -> Any:
        """A sum without limits runs over the states of its variable."""
        limits = node.lo is not None and node.hi is not None
        states = isinstance(node.var, Sym) and node.var.name not in ("t", "i", "k", "s")
        if node.op == "sum" and states and not limits:
            return self._integral(Integral((node.var,), node.body))
        return super()._big(node)

    # -- laws ----------------------------------------------------------------
    def law_name(self, head: Sym, of: list[Variable]) -> str:
        if head.name in ("q", "r"):
            if head.marks:
                raise CannotDecide(f"the law {describe(head)}")
            return self.existing("q")
        if head.name in ("p", "P") and head.marks and "p^" in self.world.joint:
            return "p^"  # a hatted law is another one
        if head.name in ("p", "P"):
            last = ("x", getattr(self.world, "steps", -1))
            model = bool(head.marks) or has_sub(head, "theta") or of == [last]
            if self.bare == "p" or not model:
                return self.existing(self.bare if not model else "p")
            return self.existing("p")
        raise CannotDecide(f"the law {describe(head)}")

    def existing(self, name: str) -> str:
        if name not in self.world.joint:
            raise CannotDecide(f"the law {name} in this world")
        return name

    def _density(self, node: Density) -> Any:
        if node.head.name in ("u", "U"):
            return self.numbers.of(Fraction(1, self.clock.look("T")[1]))
        key = id(node), self.clock, self.bare, self.numbers
        if key not in self.world.read:
            self.world.read[key] = self.printed(node)
        law, of, given, table, _ = self.world.read[key]
        states = tuple([self.state(v) for v in (*of, *given)])
        if states not in table:
            a = dict(zip(of, states, strict=False))
            b = dict(zip(given, states[len(of) :], strict=True))
            table[states] = self.numbers.of(self.world.conditional(law, a, b))
        return table[states]

    def printed(self, node: Density) -> _Printed:
        """Which law of which variables this is, at the times of the clock."""
        of, given = self.variables(node.of), self.variables(node.given)
        law = self.law_name(node.head, of)
        point = [v for v in of if v in given]
        if point:
            name, n = point[0]
            raise Diverges(f"given {name}_{n}, the law of {name}_{n} is a point mass")
        return law, of, given, {}, node

    def settings(self, of: list[Variable]) -> Iterator[dict[Variable, int]]:
        for states in product(range(self.world.states), repeat=len(of)):
            yield dict(zip(of, states, strict=True))

    def volume(self, at: dict[Variable, int]) -> Fraction:
        out = Fraction(1)
        for v, s in at.items():
            out *= self.world.volume[v][s]
        return out

    def average(self, law: Node, body: Callable[[Finite], Any]) -> Any:
        """E over the variables of one law."""
        if isinstance(law, Draws):
            if isinstance(law.law, Uniform | Sym) and law.law == Sym("q"):
                law = Density(Sym("q"), law.vars)
            elif isinstance(law.law, Uniform):
                low, top = uniform_range(law, self.clock)
                if top[0] or top[1] > self.clock.look("T")[1]:
                    raise CannotDecide("a uniform law over other times")
                return self.over_time(law.vars[0], body, low, top[1])
            elif isinstance(law.law, Sym) and law.law.name in ("p", "q"):
                law = Density(law.law, law.vars)
            elif not isinstance(law.law, Density):
                raise CannotDecide("a draw from this law")
            elif set(self.variables(law.vars)) != set(self.variables(law.law.of)):
                raise CannotDecide("a draw of another variable than the law's")
            else:
                law = law.law
        if isinstance(law, Density) and law.head.name in ("u", "U"):
            return self.over_time(law.of[0], body)
        if law in (Sym("p"), Sym("q")) and self.alone():
            law = self.named_law(law)
        if isinstance(law, Sym) and law.name == "q" and not law.marks:
            law = self.whole_path(law)
        if isinstance(law, Sym) and law.name == "t":
            return self.over_time(law, body)
        if not isinstance(law, Density):
            raise CannotDecide("an expectation whose law is not written out")
        of, given = self.variables(law.of), self.variables(law.given)
        name = self.law_name(law.head, of)
        b = tuple([(v, self.state(v)) for v in given])
        out = self.numbers.of(Fraction(0))
        for a, weight in self.world.paths(name, tuple(of), b):
            out = out + self.numbers.of(weight) * body(self.given(a))
        return out

    def alone(self) -> bool:
        """Is there one variable only, so that a bare p is a law of it?"""
        return len(self.world.variables) == 1

    def whole_path(self, law: Sym) -> Density:
        """A bare E_q averages x_1 ... x_T given x_0."""
        if not hasattr(self.world, "steps"):
            raise CannotDecide("an expectation whose law is not written out")
        top = Range(Num(Fraction(1)), Sym("T"))
        return Density(
            law, (Sym("x", subs=(top,)),), (Sym("x", subs=(Num(Fraction(0)),)),)
        )

    def over_time(
        self, letter: Node, body: Callable[[Finite], Any], low: int = 1, top: int = 0
    ) -> Any:
        if not isinstance(letter, Sym):
            raise CannotDecide("a mean over something that is not a time")
        times = range(low, (top or self.clock.look("T")[1]) + 1)
        if not times:
            raise Undefined("a mean over no time at all")
        out = self.numbers.of(Fraction(0))
        for n in times:
            inner = replace(self, clock=self.clock.bind(letter.name, ("", n)))
            out = out + body(inner)
        return out * self.numbers.of(Fraction(1, len(times)))

    def _expect(self, node: Expect) -> Any:
        if node.given or not node.laws:
            raise CannotDecide("an expectation whose law is not written out")

        def nest(world: Finite, laws: tuple[Node, ...]) -> Any:
            if not laws:
                return world.value(node.body)
            return world.average(laws[0], lambda w: nest(w, laws[1:]))

        return nest(self, node.laws)

    def named_law(self, node: Node) -> Density:
        if isinstance(node, Brace):
            return self.named_law(node.body)
        if isinstance(node, Sym) and node.name in ("p", "q") and node not in self.known:
            free = [v for v in self.world.variables]
            return Density(node, tuple(Sym(v[0]) for v in free))
        if isinstance(node, Density):
            return node
        raise CannotDecide("a divergence or entropy of what is not a law")

    def _kl(self, node: KL) -> Any:
        left, right = self.named_law(node.left), self.named_law(node.right)
        of = self.variables(left.of)
        if set(of) != set(self.variables(right.of)):
            raise CannotDecide("a divergence between laws of different variables")
        return self.average(left, lambda w: w.value(Fn("log", Div(left, right))))

    def _entropy(self, node: Entropy) -> Any:
        law = self.named_law(node.arg)
        return -self.average(law, lambda w: w.value(Fn("log", law)))

    def _integral(self, node: Integral) -> Any:
        if not node.vars:
            raise CannotDecide("an integral that does not say over what")
        of = self.variables(node.vars)
        out = self.numbers.of(Fraction(0))
        for a in self.settings(of):
            try:
                worth = self.given(a).value(node.body)
            except ZeroDivisionError:
                raise Undefined("a density is zero under the integral") from None
            out = out + self.numbers.of(self.volume(a)) * worth
        return out
