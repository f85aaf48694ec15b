"""What a network answers at a state that is drawn: any function of it."""

from __future__ import annotations

from zlib import crc32

import sympy as sp

from . import field as exact
from .canon import Time
from .field import CannotDecide
from .formulas import Formulas
from .letters import is_learned
from .values import Atom, Log, Value, Vec, dot, flat, gram_atoms, line, line_atom


def model_atoms(var: Atom) -> Atom:
    return ("xhat", *var[1:])


def answer(s: Formulas, var: Atom) -> Vec:
    """What the model answers at x_t, which is drawn.

    In a proof that is any function of x_t, whose moments are free numbers (see
    ``moments_of_answer``); in a counterexample it is an affine one.
    """
    hat = model_atoms(var)
    if not s.reading.affine:
        return Vec.of(("rest", *hat))
    g = exact.real("gain." + ".".join(hat))
    return Vec(((("offset", *hat), sp.Integer(1)), (var, g)))


def open_model(s: Formulas, expr: sp.Expr, var: Atom) -> sp.Expr:
    """The model's answer at x_t, written out."""
    hat = model_atoms(var)
    change = {}
    for symbol in expr.free_symbols:
        pair = gram_atoms(symbol)
        if pair and hat in pair:
            u, v = (answer(s, var) if a == hat else Vec.of(a) for a in pair)
            change[symbol] = dot(u, v)
        elif symbol == line(hat):
            change[symbol] = flat(answer(s, var))
    return expr.subs(change, simultaneous=True) if change else expr


_MOVING: dict[str, set[Atom]] = {}  # what the moments of an answer depend on


def moments_of_answer(law: Log, *powers: int) -> tuple[Atom, sp.Expr]:
    """The mean of an answer h under a law, and E[x^a h^b] as a number of its own."""
    assert law.var is not None
    assert isinstance(law.mean, Vec)
    key = f"{crc32(str((law.var, law.mean, law.cov)).encode()):x}"
    _MOVING[key] = {a for a, _ in law.mean.terms}
    name = ".".join(("rest", key, *map(str, powers)))
    return ("rest", "mean", key), exact.real(name)


def no_further_draw(expr: sp.Expr, var: Atom) -> None:
    """Moments of an answer, given what is drawn now, are no constants."""
    named = {s.name.split(".")[1] for s in expr.free_symbols if _is_rest(s)}
    named |= {a[2] for a in atoms_of(expr) if a[:2] == ("rest", "mean")}
    if any(var in _MOVING.get(key, ()) for key in named):
        raise CannotDecide("a network whose input moves with what is drawn")


def _is_rest(symbol: sp.Symbol) -> bool:
    return bool(symbol.name.startswith("rest."))


def atoms_of(expr: sp.Expr) -> set[Atom]:
    out: set[Atom] = set()
    for symbol in exact.all_symbols(expr):
        one = line_atom(symbol)
        out |= set(gram_atoms(symbol) or ()) | ({one} if one else set())
    return out


def unseen(var: Atom | None, atoms: set[Atom]) -> None:
    """A noise that is drawn may move x_t, which a network is asked about."""
    if var is None:
        return
    moves = any(a[0] in ("xhat", "hat", "net") for a in atoms)
    asked = any(a[0] in ("net", "hat") and follows(a, var) for a in atoms)
    if var[0] == "x" and any(a[0] == "eps" for a in atoms):
        raise CannotDecide("a noise that may be the noise of the state drawn")
    if asked or (moves and var[0] == "eps"):
        raise CannotDecide("a network whose input moves with what is drawn")


def unasked(expr: sp.Expr, var: Atom) -> None:
    """``m_\\theta`` alone, while x_t is drawn: who knows what it is asked?"""
    if var[0] == "x" and any(is_learned(s) for s in exact.all_symbols(expr)):
        raise CannotDecide("a network that does not say what it is asked")


def follows(answer: Atom, var: Atom) -> bool:
    """Is this what a network answers when it is asked about ``var``?"""
    if answer[0] == "net":
        return ".".join(var) in answer[2:]
    if answer[0] == "xhat":
        return var[0] == "eps" or answer == model_atoms(var)
    return answer[0] == "hat"


def answered(value: Value) -> frozenset[Time]:
    """The times of the states about which a network is asked."""
    if isinstance(value, Vec):
        atoms = {a for a, _ in value.terms}
        atoms |= {a for _, c in value.terms for a in atoms_of(c)}
    else:
        atoms = atoms_of(value.log if isinstance(value, Log) else value)
    return frozenset((a[1], int(a[2])) for a in atoms if a[0] == "xhat")
