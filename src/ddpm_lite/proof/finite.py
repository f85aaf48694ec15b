"""Evaluates statements about laws in a world of finitely many states."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field, replace
from fractions import Fraction
from itertools import product
from typing import Any

from .arithmetic import Floats
from .dots import backwards, expand_product, expand_sum, has_dots, listed
from .expectations import uniform_range
from .field import Budget, CannotDecide, Diverges, Undefined
from .known import moved, settled_case
from .names import Clock, Unknown, describe, has_sub, role, time_of
from .tables import Variable, World
from .tree import (
    KL,
    Add,
    Big,
    Brace,
    Call,
    Const,
    Density,
    Div,
    Dots,
    Draws,
    Entropy,
    Expect,
    Fn,
    Integral,
    Mul,
    Neg,
    Node,
    Num,
    Pow,
    Range,
    Seq,
    Sqrt,
    Sym,
    Uniform,
    walk,
)

# a law, its variables, those given, its values by their states, and the node itself
_Printed = tuple[str, list[Variable], list[Variable], dict[tuple[int, ...], Any], Node]


class NeedsValue(Exception):
    """A variable is free here: every state must be tried."""

    def __init__(self, variable: Variable) -> None:
        super().__init__(variable)
        self.variable = variable


def coordinates(name: Sym, listing: Seq) -> bool:
    """``z = (z_1, ..., z_K)``: are they all called as the whole is?"""
    own = [n for n in listing.items if isinstance(n, Sym)]
    return bool(own) and all(n.name == name.name for n in own)


@dataclass
class Finite:
    """One world, one clock, one assignment of the variables so far bound."""

    world: World
    clock: Clock
    numbers: Any = Floats
    known: dict[Node, Node] = field(default_factory=dict)
    at: dict[Variable, int] = field(default_factory=dict)
    bare: str = "p"  # which law an unhatted p names
    positive: bool = False  # arbitrary functions under a logarithm are positive

    def given(self, extra: dict[Variable, int]) -> Finite:
        return replace(self, at={**self.at, **extra})

    def value(self, node: Node) -> Any:
        Budget.tick()
        if self.known and isinstance(node, Sym | Call):
            found = self.meaning(node)
            if found is not None:
                return found
        method = getattr(self, "_" + type(node).__name__.lower(), None)
        if method is None:
            raise CannotDecide(f"{type(node).__name__} in a finite world")
        return method(node)

    def meaning(self, node: Sym | Call) -> Any:
        apart = settled_case(self.known, node, self.clock)
        if node in self.known or apart is not None:
            key = node if node in self.known or apart is None else apart
            rest = {k: v for k, v in self.known.items() if k != key}
            return replace(self, known=rest).value(self.known[key])
        for key, body in self.known.items():
            clock = self.clock
            if key != node:
                letter = moved(key, node)
                if letter is None:
                    continue
                index = node.subs[-1] if isinstance(node, Sym) else node.args[-1]
                try:
                    clock = self.clock.bind(letter, time_of(index, self.clock))
                except CannotDecide:
                    continue
            rest = {k: v for k, v in self.known.items() if k != key}
            return replace(self, known=rest, clock=clock).value(body)
        return None

    # -- arithmetic ----------------------------------------------------------
    def _num(self, node: Num) -> Any:
        return self.numbers.of(node.value)

    def _brace(self, node: Brace) -> Any:
        return self.value(node.body)

    def _const(self, node: Const) -> Any:
        return self.numbers.of(Fraction(0))

    def _add(self, node: Add) -> Any:
        terms: Iterable[Node] = node.terms
        if any(isinstance(t, Dots) for t in node.terms):
            terms = expand_sum(node, self.clock)
        return self.total(self.value(t) for t in terms)

    def total(self, values: Iterable[Any]) -> Any:
        out = self.numbers.of(Fraction(0))
        for v in values:
            out = out + v
        return out

    def _neg(self, node: Neg) -> Any:
        return -self.value(node.arg)

    def _mul(self, node: Mul) -> Any:
        factors: Iterable[Node] = node.factors
        if any(isinstance(f, Dots) for f in node.factors):
            factors = expand_product(node, self.clock)
        out = self.numbers.of(Fraction(1))
        for f in factors:
            out = out * self.value(f)
        return out

    def _div(self, node: Div) -> Any:
        return self.value(node.num) / self.value(node.den)

    def _pow(self, node: Pow) -> Any:
        return self.numbers.power(self.value(node.base), self.value(node.exp))

    def _sqrt(self, node: Sqrt) -> Any:
        return self.numbers.power(self.value(node.arg), self.numbers.of(Fraction(1, 2)))

    def _fn(self, node: Fn) -> Any:
        if node.name == "log":
            return self.numbers.log(self.value(node.arg))
        if node.name == "exp":
            return self.numbers.exp(self.value(node.arg))
        raise CannotDecide(f"the function {node.name}")

    # -- names ---------------------------------------------------------------
    def variables(self, items: tuple[Node, ...]) -> list[Variable]:
        out: list[Variable] = []
        for item in listed(items, self.clock) if has_dots(items) else items:
            if isinstance(item, Seq):
                out += self.variables(item.items)
                continue
            if not isinstance(item, Sym):
                raise CannotDecide("a variable that is no single name")
            listing = self.known.get(item)
            path = (item.name, 1) in self.world.volume
            if isinstance(listing, Seq) and (path or not coordinates(item, listing)):
                # z = {x_1, ..., x_T}, and not the coordinates of one z
                out += self.variables(listing.items)
                continue
            if item.subs and isinstance(item.subs[-1], Range):
                index = item.subs[-1]
                lo, hi = time_of(index.lo, self.clock), time_of(index.hi, self.clock)
                if lo[0] or hi[0]:
                    raise CannotDecide("a path of symbolic length")
                out += [
                    self.known_variable((item.name, n)) for n in range(lo[1], hi[1] + 1)
                ]
            else:
                out.append(self.variable(item))
        return out

    def variable(self, sym: Sym) -> Variable:
        if sym.marks:
            raise CannotDecide(f"{describe(sym)} in a finite world")
        if sym.subs:
            letter, n = time_of(sym.subs[-1], self.clock)
            if letter:
                raise CannotDecide(f"the index of {describe(sym)} is not settled")
            return self.known_variable((sym.name, n))
        return self.known_variable(
            (sym.name, 0 if ("x", 1) not in self.world.volume else -1)
        )

    def known_variable(self, v: Variable) -> Variable:
        if v not in self.world.volume:
            if v[0] == "x" and ("x", 1) in self.world.volume:
                raise Undefined(f"x_{v[1]} lies outside the chain")
            raise CannotDecide(f"{v[0]} is no variable of this world")
        return v

    def state(self, v: Variable) -> int:
        if v not in self.at:
            raise NeedsValue(v)
        return self.at[v]

    def _sym(self, node: Sym) -> Any:
        if node.name in ("T", "t", "s", "k", "i", "n", "N", "K") and not node.subs:
            letter, n = self.clock.look(node.name)
            if not letter:
                return self.numbers.of(Fraction(n))
        if role(node) or node.marks:
            raise CannotDecide(f"{describe(node)} in a finite world")
        if node in (Sym("p"), Sym("q")) and self.alone():
            return self.value(self.named_law(node))
        if node.name in ("a", "b", "c") and not node.subs:
            return self.numbers.of(Fraction({"a": 3, "b": -7, "c": 5}[node.name], 2))
        v = self.variable(node)
        return self.numbers.of(self.world.number[v][self.state(v)])

    def _call(self, node: Call) -> Any:
        if node.head.name in ("f", "g", "h") and not node.head.marks:
            return self.arbitrary(node)
        raise Unknown(f"{describe(node.head)}(...) is not defined here")

    def arbitrary(self, node: Call) -> Any:
        """An arbitrary function: a fixed random number for each argument value."""
        parts = []
        for a in node.args:
            if isinstance(a, Sym) and a.name in ("t", "s", "k", "i") and not a.subs:
                parts.append(self.clock.look(a.name)[1])
            else:
                for v in self.variables((a,)):
                    parts.append(self.state(v) + 10 * (v[1] + 2) + 100 * ord(v[0]))
        seed = sum((k + 3) * 31 ** (k + 1) * p for k, p in enumerate(parts))
        name = describe(node.head) + node.head.sup
        seed += 7919 * sum((k + 1) * ord(c) for k, c in enumerate(name))
        if self.positive:
            return self.numbers.of(Fraction((seed * 2654435761) % 97 + 3, 8))
        return self.numbers.of(Fraction((seed * 2654435761) % 97 - 41, 8))

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
        raise CannotDecide("a divergence of something that is not a law")

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

    def _big(self, node: Big) -> Any:
        if not isinstance(node.var, Sym):
            raise CannotDecide("a sum over something that is not a name")
        if node.lo is None or node.hi is None:
            if node.op == "sum" and node.var.name not in ("t", "i", "k", "s"):
                return self._integral(Integral((node.var,), node.body))
            raise CannotDecide(f"a {node.op} without limits")
        lo, hi = time_of(node.lo, self.clock), time_of(node.hi, self.clock)
        if backwards(node, lo, hi):
            raise Undefined("dots between terms that so few steps do not have")
        if lo[0] or hi[0] or hi[1] - lo[1] > 12:
            raise CannotDecide("limits that are not settled")
        out = self.numbers.of(Fraction(0 if node.op == "sum" else 1))
        for n in range(lo[1], hi[1] + 1):
            inner = replace(self, clock=self.clock.bind(node.var.name, ("", n)))
            worth = inner.value(node.body)
            out = out + worth if node.op == "sum" else out * worth
        return out


def has_hats(nodes: Iterable[Node]) -> bool:
    return any(
        isinstance(m, Density) and m.head.name in ("p", "P") and bool(m.head.marks)
        for n in nodes
        for m in walk(n)
    )
