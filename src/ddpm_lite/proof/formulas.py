"""Trees to exact values: the arithmetic (letters and laws are in ``symbolic``)."""

from __future__ import annotations

from dataclasses import dataclass, field, replace

import sympy as sp

from . import field as exact
from .canon import Canon
from .dots import expand_product, expand_sum
from .field import CannotDecide, Infinite
from .known import meaning
from .names import Clock
from .readings import Reading
from .tree import (
    Abs,
    Add,
    Arg,
    Brace,
    Call,
    Const,
    Density,
    Div,
    Dots,
    Fn,
    Identity,
    Infinity,
    Mul,
    Neg,
    Node,
    Norm,
    Num,
    Pow,
    Seq,
    Sqrt,
    Sym,
    Transpose,
)
from .values import ZERO, Log, Mismatch, Outer, Value, Vec, dot, flat
from .walking import contains

CONST = sp.Symbol("const", real=True)
MAX_STEPS = 24
MAX_POWER = 64


class NeedsUnrolling(CannotDecide):
    """A sum or product with symbolic limits: decide it for small numbers."""


def term(s: Formulas, body: Node, n: int) -> Value:
    """One term of a sum or mean over t; an infinite one makes the whole infinite."""
    try:
        return s.value(body)
    except Infinite as error:
        raise exact.Diverges(f"diverges at t = {n}: {error}") from error


def exponential(expr: sp.Expr) -> sp.Expr | None:
    """e to a sum of logarithms is a product of powers; None where more is in it."""
    out = sp.Integer(1)
    for term in sp.Add.make_args(sp.expand(expr)):
        times, atom = term.as_coeff_Mul()
        if atom not in exact.LOGS or not (2 * times).is_Integer:
            return None
        base, halves = exact.LOGS[atom], int(2 * times)
        out *= exact.sqrt(base) ** halves if halves % 2 else base ** (halves // 2)
    return out


def is_turned(node: Node) -> bool:
    r"""``v^\top`` or ``v^T``."""
    power = isinstance(node, Pow) and node.exp == Sym("T")
    return power or isinstance(node, Transpose)


@dataclass
class Formulas:
    """Evaluates trees for one clock and one reading; what a letter is comes on top."""

    canon: Canon
    clock: Clock
    reading: Reading
    known: dict[Node, Node] = field(default_factory=dict)
    model: Node | None = None  # the document's choice of p_theta(x_{t-1} | x_t)

    # -- entry ---------------------------------------------------------------
    def value(self, node: Node) -> Value:
        if self.known and isinstance(node, Sym | Call):
            found = meaning(self.known, node, self.clock)
            if found is not None:
                key, body, clock = found
                rest = {k: v for k, v in self.known.items() if k != key}
                return replace(self, known=rest, clock=clock).value(body)
        if isinstance(node, Density) and node in self.known:
            body = self.known[node]
            rest = {k: v for k, v in self.known.items() if k != node}
            return replace(self, known=rest).value(body)
        exact.Budget.tick()
        method = getattr(self, "_" + type(node).__name__.lower(), None)
        if method is None:
            raise CannotDecide(f"{type(node).__name__} is not algebra")
        result: Value = method(node)
        return result

    def scalar(self, node: Node) -> sp.Expr:
        return self.as_scalar(self.value(node))

    def as_scalar(self, value: Value) -> sp.Expr:
        if isinstance(value, Vec):
            if value == ZERO:
                return sp.Integer(0)
            if self.reading.vector:
                raise Mismatch("a vector where a number must stand")
            return flat(value)
        if isinstance(value, Log):
            power = None if value.var else exponential(value.log)
            if power is None:
                raise CannotDecide("a density added to something")
            return power
        return value

    def inner(self, u: Vec, v: Vec) -> sp.Expr:
        return dot(u, v) if self.reading.vector else flat(u) * flat(v)

    # -- arithmetic ------------------------------------------------------------
    def _num(self, node: Num) -> Value:
        return sp.Rational(node.value.numerator, node.value.denominator)

    def _brace(self, node: Brace) -> Value:
        return self.value(node.body)

    def _identity(self, node: Identity) -> Value:
        return sp.Integer(1)

    def _const(self, node: Const) -> Value:
        return CONST

    def _infinity(self, node: Infinity) -> Value:
        raise CannotDecide("infinity is not a number")

    def _arg(self, node: Arg) -> Value:
        raise CannotDecide("a maximum or minimum is not algebra")

    def _seq(self, node: Seq) -> Value:
        raise CannotDecide("a list is not a number")

    def _add(self, node: Add) -> Value:
        if any(isinstance(t, Dots) for t in node.terms):
            return self.total([self.value(t) for t in expand_sum(node, self.clock)])
        return self.total([self.value(t) for t in node.terms])

    def total(self, values: list[Value]) -> Value:
        some = any(isinstance(v, Vec) and v != ZERO for v in values)
        if some and all(isinstance(v, Vec) or v == 0 for v in values):
            out = ZERO
            for v in values:
                out = out + v if isinstance(v, Vec) else out
            return out
        return sp.Add(*(self.as_scalar(v) for v in values))

    def _neg(self, node: Neg) -> Value:
        return self.times([sp.Integer(-1), self.value(node.arg)])

    def _mul(self, node: Mul) -> Value:
        if any(isinstance(f, Dots) for f in node.factors):
            return self.times([self.value(f) for f in expand_product(node, self.clock)])
        values = [self.value(f) for f in node.factors]
        turned = [k for k, f in enumerate(node.factors) if is_turned(f)]
        columns = [k for k, v in enumerate(values) if isinstance(v, Vec)]
        if self.reading.vector and len(columns) > 1 and columns[-1:] == turned:
            raise Outer("a column times a row")  # x y^T
        return self.times(values)

    def times(self, values: list[Value]) -> Value:
        logs = [v for v in values if isinstance(v, Log)]
        vectors = [v for v in values if isinstance(v, Vec)]
        numbers = sp.Mul(*(v for v in values if not isinstance(v, Log | Vec)))
        if logs:
            if vectors and self.reading.vector:
                raise CannotDecide("a density times a vector")
            numbers *= sp.Mul(*(flat(v) for v in vectors))
            total = sp.Add(*(v.log for v in logs))
            if numbers != 1:
                total += exact.log(numbers)
            keep = logs[0] if len(logs) == 1 and numbers == 1 else None
            return keep or Log(total, logs[0].var)
        if not vectors:
            return numbers
        if len(vectors) == 1:
            return vectors[0].scale(numbers)
        if len(vectors) == 2:
            return numbers * self.inner(vectors[0], vectors[1])
        if self.reading.vector:
            raise Mismatch("a product of three vectors")
        return numbers * sp.Mul(*(flat(v) for v in vectors))

    def _div(self, node: Div) -> Value:
        return self.over(self.value(node.num), self.value(node.den))

    def over(self, num: Value, den: Value) -> Value:
        if isinstance(den, Log):
            top = num.log if isinstance(num, Log) else exact.log(self.as_scalar(num))
            var = num.var if isinstance(num, Log) else None
            return Log(top - den.log, var)
        below = self.as_scalar(den)
        if exact.is_zero(below):
            raise Infinite("a division by zero")
        return self.times([num, 1 / below])

    def _pow(self, node: Pow) -> Value:
        if isinstance(node.base, Norm):
            power = self.scalar(node.exp)
            length = self.value(node.base.arg)
            if not isinstance(length, Vec):
                length_squared = self.as_scalar(length) ** 2
            else:
                length_squared = self.inner(length, length)
            if power.is_Integer and power % 2 == 0:
                return length_squared ** (power / 2)
            raise CannotDecide("an odd power of a norm")
        base = self.value(node.base)
        if isinstance(base, Vec) and node.exp == Sym("T"):
            return base
        power = self.scalar(node.exp)
        if isinstance(base, Log):
            return Log(base.log * power, base.var)
        if isinstance(base, Vec):
            if power == 2:
                return self.inner(base, base)
            if self.reading.vector:
                raise Mismatch("a power of a vector")
            base = flat(base)
        if contains(node.base, Identity) and power == -1:
            return 1 / self.nonzero(base)
        if power.is_Rational and abs(power) > MAX_POWER:
            raise CannotDecide(f"a power above {MAX_POWER}")
        if power.is_Integer:
            return (self.nonzero(base) if power < 0 else base) ** power
        if power.is_Rational and power.q == 2:
            return exact.sqrt(base) ** power.p
        return Log(exact.log(base) * power)

    def nonzero(self, base: sp.Expr) -> sp.Expr:
        if exact.is_zero(base):
            raise Infinite("a division by zero")
        return base

    def _sqrt(self, node: Sqrt) -> Value:
        base = self.value(node.arg)
        if isinstance(base, Log):
            return Log(base.log / 2, base.var)
        return exact.sqrt(self.as_scalar(base))

    def _norm(self, node: Norm) -> Value:
        raise CannotDecide("a norm without its square")

    def _transpose(self, node: Transpose) -> Value:
        return self.value(node.arg)

    def _abs(self, node: Abs) -> Value:
        if contains(node.arg, Identity) or self.reading.matrix:
            value = self.scalar(node.arg)
            return sp.Integer(1) if value == 1 else self.power_d(value)
        value = self.scalar(node.arg)
        s = exact.sign(value)
        if s is None:
            raise CannotDecide("the sign inside the bars is not settled")
        return value * s

    def power_d(self, base: sp.Expr) -> Log:
        return Log(self.dimension() * exact.log(base))

    def dimension(self) -> sp.Expr:
        return exact.positive("D") if self.reading.vector else sp.Integer(1)

    def _fn(self, node: Fn) -> Value:
        if node.name == "exp":
            return Log(self.scalar(node.arg))
        if node.name == "log":
            arg = self.value(node.arg)
            return arg.log if isinstance(arg, Log) else exact.log(self.as_scalar(arg))
        if node.name == "tr":
            return self.dimension() * self.scalar(node.arg)
        if node.name == "det":
            return self.power_d(self.scalar(node.arg))
        raise CannotDecide(f"the function {node.name}")
