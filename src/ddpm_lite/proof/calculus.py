"""Gradients, and integrals by completing the square."""

from __future__ import annotations

import sympy as sp

from . import field as exact
from .answers import atoms_of, follows
from .expectations import integrate
from .field import CannotDecide
from .formulas import Formulas
from .laws import complete_square
from .names import has_sub
from .tree import Density, Grad, Integral, Limit, Mul, Sym
from .values import ZERO, Log, Value, Vec, gram_atoms, line, line_atom
from .walking import contains, walk


def gradient(s: Formulas, node: Grad) -> Value:
    if node.var is None:
        first = next((n for n in walk(node.body) if isinstance(n, Density)), None)
        if first is None:
            raise CannotDecide("a gradient that does not say of what")
        target: Value = s.value(first.of[0])
    else:
        if contains(node.var, Sym) and has_sub(Sym("", subs=(node.var,)), "theta"):
            raise CannotDecide("a gradient in the parameters")
        target = s.value(node.var)
    if isinstance(target, Vec) and isinstance(node.body, Sym) and node.body != node.var:
        raise CannotDecide("how one state moves with another is not said")
    body = s.value(node.body)
    expr = s.as_scalar(body)
    if not isinstance(target, Vec):
        return sp.diff(expr, target) if target.is_Symbol else _refuse()
    if len(target.terms) != 1 or target.terms[0][1] != 1:
        return _refuse()
    atom = target.terms[0][0]
    if any(follows(a, atom) for a in atoms_of(expr)):
        raise CannotDecide("the derivative of what a network answers")
    if not s.reading.vector:
        return sp.diff(expr, line(atom))
    out = ZERO
    for symbol in expr.free_symbols:
        pair = gram_atoms(symbol)
        if pair and atom in pair:
            other = pair[0] if pair[1] == atom else pair[1]
            factor = 2 if pair == (atom, atom) else 1
            out = out + Vec.of(other).scale(factor * sp.diff(expr, symbol))
    return out


def _refuse() -> Value:
    raise CannotDecide("a derivative in an expression")


def integral(s: Formulas, node: Integral) -> Value:
    """The integral of the exponential of a quadratic, by completing the square."""
    if not node.vars:
        node = over_its_letter(node)
    factors = node.body.factors if isinstance(node.body, Mul) else (node.body,)
    values = [s.value(f) for f in factors]
    logs = [v.log for v in values if isinstance(v, Log)]
    rest = [v for v in values if not isinstance(v, Log)]
    if not logs:
        raise CannotDecide("an integral that is not Gaussian")
    total = sp.Add(*logs)
    others: list[Value] = []
    for v in rest:  # a normaliser may be printed apart from its exponential
        try:
            plain = not isinstance(v, Vec) and free_of_lines(v)
            total += exact.log(v) if plain else 0
            others += [] if plain else [v]
        except CannotDecide:
            others.append(v)
    rest = others
    weight = s.as_scalar(s.times(rest)) if rest else sp.Integer(1)
    for v in node.vars:
        target = s.value(v)
        if not isinstance(target, Vec) or len(target.terms) != 1:
            raise CannotDecide("what is integrated over")
        law, total = complete_square(s, total, target.terms[0][0])
        weight = integrate(s, weight, law)
    if weight == 1:
        return Log(total)
    mass = sp.exp(total) if total != 0 else sp.Integer(1)
    if exact.is_zero(total):
        mass = sp.Integer(1)
    if mass != 1:
        raise CannotDecide("an integral whose mass is not 1")
    return weight


def over_its_letter(node: Integral) -> Integral:
    """An integral whose differential was left out, over its only plain letter."""
    letters = {
        n for n in walk(node.body)
        if isinstance(n, Sym) and n.name in ("x", "y", "z") and not (n.subs or n.marks)
    }  # fmt: skip
    if len(letters) != 1:
        raise CannotDecide("an integral that does not say over what")
    return Integral((letters.pop(),), node.body, node.lo, node.hi)


def limit(s: Formulas, node: Limit) -> Value:
    """The limit in one free quantity, where the formula can be continued to it."""
    var, to = s.scalar(node.var), s.scalar(node.to)
    letters = var.free_symbols
    if len(letters) != 1 or any(exact.meaning(u) for u in letters):
        raise CannotDecide("a limit in a quantity that is made of others")
    (u,) = letters
    whole = s.value(node.body)
    if isinstance(whole, Log):
        raise CannotDecide("a limit of a law")
    body = exact.reduce_roots(s.as_scalar(whole))
    if any(exact.meaning(v) is not None for v in body.free_symbols):
        raise CannotDecide("a limit of a root or a logarithm")
    free = sp.Dummy()  # the end lies outside of what the letter may be
    ends = [v for v in sp.solve(var.subs(u, free) - to, free) if v.is_nonnegative]
    num, den = sp.fraction(sp.cancel(sp.together(body)))
    if len(ends) != 1 or exact.is_zero(den.subs(u, ends[0])):
        raise CannotDecide("a limit at a place where the formula ends")
    return num.subs(u, ends[0]) / den.subs(u, ends[0])


def free_of_lines(value: sp.Expr) -> bool:
    """A number in which no vector occurs."""
    return not any(gram_atoms(v) or line_atom(v) for v in value.free_symbols)
