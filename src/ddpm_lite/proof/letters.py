"""The value of a letter or of a named function: one branch per role."""

from __future__ import annotations

import sympy as sp

from . import derived
from . import field as exact
from .canon import Time
from .field import CannotDecide
from .formulas import Formulas
from .names import (
    INDEX_LETTERS,
    VECTORS,
    Unknown,
    call_time,
    describe,
    has_sub,
    is_moment,
    role,
    time_index,
    whole,
)
from .tree import Call, Node, Range, Sym
from .values import ZERO, Atom, Mismatch, Value, Vec

NETS = {"m", "f", "g", "h", "y", "z"}  # names of networks that answer with vectors
VECTOR = "→"  # after a letter that is a vector by its place
_LEARNED: set[sp.Symbol] = set()
_ALLOWED: dict[sp.Symbol, frozenset[Atom]] = {}


def free_term(allowed: frozenset[Atom], name: str = "C") -> sp.Symbol:
    """A term ``C(x_t, x_0)`` that may depend only on the vectors named."""
    inside = ",".join(sorted(".".join(a) for a in allowed))
    symbol = sp.Symbol(f"{name}({inside})", real=True)
    _ALLOWED[symbol] = allowed
    return symbol


def allowed_in(symbol: sp.Symbol) -> frozenset[Atom] | None:
    return _ALLOWED.get(symbol)


def is_network(head: Sym) -> bool:
    """A learned vector without a role of its own, such as ``m_\\theta``."""
    return has_sub(head, "theta") and head.name in NETS and not role(head)


def x_atom(time: Time) -> Atom:
    return ("x", time[0], str(time[1]))


def x_at(time: Time) -> Vec:
    return Vec.of(x_atom(time))


def letter_value(s: Formulas, node: Sym) -> Value:
    if any(isinstance(i, Range) for i in node.subs):
        raise CannotDecide("a whole path in an algebraic formula")
    if node.sup.endswith(VECTOR):
        return Vec.of((describe(node) + node.sup.removesuffix(VECTOR),))
    kind = role(node)
    time = time_index(node, s.clock)
    if kind:
        value = by_role(s, kind, time, node)
        if value is not None:
            return value
    if node.name in INDEX_LETTERS and not node.subs and not node.marks:
        letter, offset = s.clock.look(node.name)
        if not letter:
            return sp.Integer(offset)
        return exact.positive(letter) + offset
    if node.name in ("pi", "e") and not node.subs:
        return sp.pi if node.name == "pi" else sp.E
    if node.name in ("D", "d") and not node.subs:
        if not s.reading.vector and not s.reading.matrix:
            raise Mismatch("a dimension where everything is a number")
        return s.dimension()
    if node.name == "x" and not node.marks and not node.sup:
        if time is not None:
            return x_at(time)
        if not node.subs:
            return Vec.of(("x",))
    scale = s.reading.positive and node.name in ("u", "v", "w", "y")
    if node.name in VECTORS and not scale:
        if time is not None and time[0] and node.name not in ("epsilon", "eta"):
            raise unknown(node)
        return Vec.of((describe(node) + node.sup,))
    if time is not None and time[0] in ("t", "s", "~"):
        raise unknown(node)
    name = describe(node) + node.sup
    plus = s.reading.positive or node.name in ("sigma", "T", "N", "lambda", "tau")
    number = exact.positive(name) if plus else exact.real(name)
    if has_sub(node, "theta"):
        _LEARNED.add(number)
    return number


def is_learned(symbol: sp.Symbol) -> bool:
    """Did a name with theta below, and nothing in brackets, become this number?"""
    return symbol in _LEARNED


def unknown(node: Sym) -> Unknown:
    name = describe(node)
    return Unknown(f"{name} is not defined here; say what it means with --alias")


def by_role(
    s: Formulas, kind: str, time: Time | None, node: Sym | Call
) -> Value | None:
    """The value for a role at a time (None: the role does not apply)."""
    canon = s.canon
    t = time if time is not None else s.clock.main
    if kind in ("alpha", "alpha_bar", "beta"):
        if time is None:
            return None
        if kind == "alpha":
            return canon.alpha(t)
        return canon.alpha_bar(t) if kind == "alpha_bar" else canon.beta(t)
    if kind == "snr":
        return derived.snr(canon, t)
    if kind in ("posterior_var", "posterior_std"):
        var = derived.posterior(canon, t)[2]
        return var if kind == "posterior_var" else exact.sqrt(var)
    if kind in ("model_std", "model_var"):
        plain = isinstance(node, Sym) and not has_sub(node, "theta")
        if plain and kind == "model_std" and time is None:
            return None
        number = (
            isinstance(node, Sym) and node.subs and whole(node.subs[-1]) is not None
        )
        if plain and number:
            return None  # sigma_1, sigma_2 of a lemma
        var = model_variance(s, t)
        return exact.sqrt(var) if kind == "model_std" else var
    if kind == "posterior_mean":
        return posterior_mean(s, t, node)
    if kind == "model_mean":
        cx, c0, _ = derived.posterior(canon, t)
        return x_at(t).scale(cx) + model_x0(t).scale(c0)
    if kind == "noise":
        return noise(s, time, node)
    if kind == "model_x0":
        start = isinstance(node, Sym) and node.subs and whole(node.subs[-1]) == 0
        if isinstance(node, Sym) and time is not None and not start:
            return Vec.of(("hat", time[0], str(time[1])))
        return model_x0(s.clock.main if start else t)
    if kind in ("model_noise", "model_score", "model_v"):
        return model_output(s, kind, t)
    return None


def model_x0(t: Time) -> Vec:
    return Vec.of(("xhat", t[0], str(t[1])))


def model_output(s: Formulas, kind: str, t: Time) -> Vec:
    """epsilon_theta, s_theta and v_theta, tied to the estimate of x_0."""
    mean, var = derived.conditional(s.canon, t, [("", 0)])
    m, root = mean[("", 0)], exact.sqrt(var)
    eps = (x_at(t) + model_x0(t).scale(-m)).scale(1 / root)
    if kind == "model_noise":
        return eps
    if kind == "model_score":
        return eps.scale(-1 / root)
    return eps.scale(m) + model_x0(t).scale(-root)


def model_variance(s: Formulas, t: Time) -> sp.Expr:
    if s.reading.variance == "posterior":
        return derived.posterior(s.canon, t)[2]
    if s.reading.variance == "beta":
        return s.canon.beta(t)
    return exact.positive(f"sigma[{t[0]}{t[1]:+d}]") ** 2


def noise(s: Formulas, time: Time | None, node: Sym | Call) -> Vec | None:
    """A standard normal letter: free, or tied to x_t and x_0 (or x_{t-1})."""
    sym = node if isinstance(node, Sym) else node.head
    # \epsilon_0 is Luo's name for the noise that takes x_0 to x_t
    t = s.clock.main if time is None or time == ("", 0) else time
    if s.reading.noise == "merged":
        mean, var = derived.conditional(s.canon, t, [("", 0)])
        start = x_at(("", 0)).scale(-mean[("", 0)])
        return (x_at(t) + start).scale(1 / exact.sqrt(var))
    if s.reading.noise == "kernel":
        before = (t[0], t[1] - 1)
        m, v = derived.transition(s.canon, before, t)
        return (x_at(t) + x_at(before).scale(-m)).scale(1 / exact.sqrt(v))
    tail = () if time is None else (time[0], str(time[1]))
    return Vec.of(("eps", "".join(sym.marks) + sym.sup, *tail))


def posterior_mean(s: Formulas, t: Time, node: Sym | Call) -> Value:
    cx, c0, _ = derived.posterior(s.canon, t)
    args: list[Node] = []
    if isinstance(node, Call):
        args = [a for a in node.args if not is_moment(a, s.clock)]
    first: Value = x_at(t)
    second: Value = x_at(("", 0))
    if len(args) == 2:
        values = [s.value(a) for a in args]
        if values[0] == x_at(("", 0)) and values[1] == x_at(t):
            values.reverse()
        first, second = values
    elif args:
        raise CannotDecide("this many arguments")
    return s.total([s.times([cx, first]), s.times([c0, second])])


def call_value(s: Formulas, node: Call) -> Value:
    kind = role(node.head)
    if kind and kind != "noise":
        value = by_role(s, kind, call_time(node, s.clock), node)
        if value is not None:
            return value
    if node.head.name in ("C", "c") and not node.head.marks:
        atoms: set[Atom] = set()
        for a in node.args:
            value = s.value(a)
            if isinstance(value, Vec):
                atoms |= {atom for atom, _ in value.terms}
        return free_term(frozenset(atoms))
    if is_network(node.head):
        # whatever a network answers, the same on both sides
        return Vec.of(("net", describe(node.head), *asked_about(s, node)))
    raise Unknown(f"{describe(node.head)}(...) is not defined here")


def asked_about(s: Formulas, node: Call) -> list[str]:
    """The vectors on which the answer to this call may depend."""
    found: set[str] = set()
    for a in node.args:
        if is_moment(a, s.clock):
            continue
        value = s.value(a)
        if isinstance(value, Vec):
            found |= {".".join(atom) for atom, _ in value.terms}
    return sorted(found)


__all__ = ["ZERO", "allowed_in", "call_value", "free_term", "letter_value", "x_atom"]
