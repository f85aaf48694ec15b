"""Printed mathematics as SymPy expressions, for working in the open.

Each printed name becomes one SymPy symbol that prints as it was written: positive for
alphas, betas, variances and densities, real for states and noise. Vectors are read in
one dimension, so a squared norm is a square.
"""

from __future__ import annotations

from functools import cache

import sympy as sp

from .names import describe, index_text, role, whole
from .tree import (
    KL,
    Abs,
    Add,
    Big,
    Brace,
    Call,
    Density,
    Div,
    Expect,
    Fn,
    Identity,
    Mul,
    Neg,
    Node,
    Norm,
    Normal,
    NotUnderstood,
    Num,
    Pow,
    Range,
    Sqrt,
    Sym,
    Transpose,
)
from .walking import rebuild

POSITIVE = {
    "alpha", "alpha_bar", "beta", "posterior_var", "posterior_std", "model_std",
    "model_var", "snr",
}  # fmt: skip
ALWAYS_POSITIVE = {"sigma", "T", "D", "N", "K", "tau"}


@cache
def symbol(name: str, positive: bool) -> sp.Symbol:
    """The one symbol of this printed name."""
    if positive:
        return sp.Symbol(name, positive=True)
    return sp.Symbol(name, real=True)


def printed(node: Node) -> str:
    """A name as LaTeX, in one spelling."""
    if isinstance(node, Sym):
        text = (
            "\\" + node.name
            if len(node.name) > 1 and node.name.islower()
            else node.name
        )
        if len(node.name) > 1 and node.name[0].isupper():
            greek = node.name[1:].islower() and len(node.name) > 2
            text = "\\" + node.name if greek else rf"\mathrm{{{node.name}}}"
        for m in node.marks:
            text = rf"\{m}{{{text}}}"
        if node.subs:
            text += "_{" + ",".join(index(s) for s in node.subs) + "}"
        return text + (f"^{{{node.sup}}}" if node.sup else "")
    if isinstance(node, Call):
        return printed(node.head) + "(" + ", ".join(index(a) for a in node.args) + ")"
    if isinstance(node, Density):
        inside = ", ".join(index(a) for a in node.of)
        if node.given:
            inside += r" \mid " + ", ".join(index(a) for a in node.given)
        return printed(node.head) + "(" + inside + ")"
    raise NotUnderstood("this is not a name", node.pos)


def index(node: Node) -> str:
    if isinstance(node, Range):
        return f"{index(node.lo)}:{index(node.hi)}"
    if isinstance(node, Sym | Call | Density):
        return printed(node)
    return index_text(node)


def to_sympy(node: Node) -> sp.Expr:
    """The SymPy expression of a tree; NotUnderstood where SymPy has no such thing."""
    if isinstance(node, Num):
        return sp.Rational(node.value.numerator, node.value.denominator)
    if isinstance(node, Sym):
        return _name(node)
    if isinstance(node, Call):
        if role(node.head) in ("posterior_std", "snr") or node.head.name == "sigma":
            return symbol(printed(node), True)
        return symbol(printed(node), False)
    if isinstance(node, Density):
        return symbol(printed(node), True)
    if isinstance(node, Add):
        return sp.Add(*(to_sympy(t) for t in node.terms))
    if isinstance(node, Neg):
        return -to_sympy(node.arg)
    if isinstance(node, Mul):
        return sp.Mul(*(to_sympy(f) for f in node.factors))
    if isinstance(node, Div):
        return to_sympy(node.num) / to_sympy(node.den)
    if isinstance(node, Pow):
        base = node.base.arg if isinstance(node.base, Norm) else node.base
        return to_sympy(base) ** to_sympy(node.exp)
    if isinstance(node, Sqrt):
        return sp.sqrt(to_sympy(node.arg))
    if isinstance(node, Brace):
        return to_sympy(node.body)
    if isinstance(node, Transpose):
        return to_sympy(node.arg)
    if isinstance(node, Norm | Abs):
        return sp.Abs(to_sympy(node.arg))
    if isinstance(node, Identity):
        return sp.Integer(1)
    if isinstance(node, Fn):
        return _function(node)
    if isinstance(node, Normal) and node.of is not None:
        x, mean, var = (to_sympy(n) for n in (node.of, node.mean, node.cov))
        return sp.exp(-((x - mean) ** 2) / (2 * var)) / sp.sqrt(2 * sp.pi * var)
    if isinstance(node, Big):
        return _big(node)
    kinds = {KL: "a divergence", Expect: "an expectation"}
    what = kinds.get(type(node), f"{type(node).__name__.lower()}")
    raise NotUnderstood(f"{what} has no SymPy form", node.pos)


def _name(node: Sym) -> sp.Expr:
    if node.name == "pi" and not node.subs:
        return sp.pi
    if node.name == "e" and not node.subs:
        return sp.E
    kind = role(node)
    return symbol(printed(node), kind in POSITIVE or node.name in ALWAYS_POSITIVE)


def _function(node: Fn) -> sp.Expr:
    arg = to_sympy(node.arg)
    table = {
        "log": sp.log, "exp": sp.exp, "gamma": sp.gamma, "factorial": sp.factorial,
        "digamma": sp.digamma, "trigamma": lambda x: sp.polygamma(1, x),
    }  # fmt: skip
    if node.name not in table:
        raise NotUnderstood(f"the function {node.name}", node.pos)
    return table[node.name](arg)


def _big(node: Big) -> sp.Expr:
    lo = whole(node.lo) if node.lo is not None else None
    hi = whole(node.hi) if node.hi is not None else None
    if lo is None or hi is None or hi - lo > 50:
        raise NotUnderstood("a sum with symbolic limits has no SymPy form", node.pos)
    from fractions import Fraction

    terms = [
        to_sympy(rebuild(node.body, {node.var: Num(Fraction(n))}))
        for n in range(lo, hi + 1)
    ]
    return sp.Add(*terms) if node.op == "sum" else sp.Mul(*terms)


__all__ = ["describe", "symbol", "to_sympy"]
