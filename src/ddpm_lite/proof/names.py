"""What a printed name means: the conventions of the field, in one place."""

from __future__ import annotations

from dataclasses import dataclass, replace
from fractions import Fraction

from .canon import Time
from .field import CannotDecide
from .tree import Add, Call, Given, Mul, Neg, Node, Num, Range, Sym
from .walking import walk

THETA = Sym("theta")
Q = Sym("q")
INDEX_LETTERS = {
    "t",
    "s",
    "i",
    "j",
    "k",
    "T",
    "l",
    "n",
    "N",
    "m",
    "tau",
    "r",
    "~",
    "~~",
}
VECTORS = {"x", "y", "z", "epsilon", "mu", "u", "v", "w", "eta", "xi"}


class Unknown(CannotDecide):
    """A name that neither the canon nor the document explains."""


@dataclass(frozen=True)
class Clock:
    """Which time each index letter stands for."""

    table: tuple[tuple[str, Time], ...] = ()

    def bind(self, letter: str, time: Time) -> Clock:
        rest = tuple(p for p in self.table if p[0] != letter)
        return Clock((*rest, (letter, time)))

    def look(self, letter: str) -> Time:
        for name, time in self.table:
            if name == letter:
                return time
        return letter, 0

    @property
    def main(self) -> Time:
        return self.look("t")


def whole(node: Node) -> int | None:
    """The integer that a node prints, if it is one."""
    if isinstance(node, Num) and node.value.denominator == 1:
        return int(node.value)
    if isinstance(node, Neg):
        inner = whole(node.arg)
        return None if inner is None else -inner
    return None


def time_of(node: Node, clock: Clock) -> Time:
    """The time that an index denotes: ``t``, ``t-1``, ``2``, ``T``, ``n+1``."""
    n = whole(node)
    if n is not None:
        return "", n
    single = isinstance(node, Sym) and not node.subs and not node.marks
    if single and isinstance(node, Sym) and node.name in INDEX_LETTERS:
        return clock.look(node.name)
    if isinstance(node, Neg):
        letter, offset = time_of(node.arg, clock)
        if not letter:
            return "", -offset
    if isinstance(node, Add):
        letter, offset = "", 0
        for term in node.terms:
            minus = isinstance(term, Neg)
            part = time_of(term.arg if isinstance(term, Neg) else term, clock)
            if part[0] and (letter or minus):
                raise CannotDecide("an index that is not a time")
            letter = letter or part[0]
            offset += -part[1] if minus else part[1]
        return letter, offset
    if isinstance(node, Mul):
        parts = [whole(f) for f in node.factors]
        if all(p is not None for p in parts):
            product = 1
            for p in parts:
                product *= p or 0
            return "", product
    raise CannotDecide("an index that is not a time")


def is_time(node: Node, clock: Clock) -> bool:
    try:
        time_of(node, clock)
    except CannotDecide:
        return False
    return True


def is_moment(node: Node, clock: Clock | None = None) -> bool:
    """A time among arguments, where ``m`` or ``n`` would be a value."""
    letters = {n.name for n in walk(node) if isinstance(n, Sym)}
    return not letters & {"m", "n", "r", "l", "N"} and is_time(node, clock or Clock())


def plain(sym: Sym) -> tuple[str, tuple[str, ...]]:
    return sym.name, sym.marks


def time_index(sym: Sym, clock: Clock) -> Time | None:
    """The time among the indices of a name, if there is one."""
    for s in sym.subs:
        if isinstance(s, Sym) and s.name in ("theta", "phi", "q", "p"):
            continue
        if is_time(s, clock):
            return time_of(s, clock)
    return None


def has_sub(sym: Sym, name: str) -> bool:
    return any(isinstance(s, Sym) and s.name == name for s in sym.subs)


def call_time(node: Call, clock: Clock) -> Time:
    """The time of ``f_\\theta(x_t, t)`` or ``\\sigma_q(t)``."""
    own = time_index(node.head, clock)
    if own is not None and not (own == ("", 0) and role(node.head) == "model_x0"):
        return own  # x̂_0(x_t, t) is asked at t
    for arg in node.args:
        if isinstance(arg, Sym) and arg.name == "x" and arg.subs:
            time = time_index(arg, clock)
            if time is not None and time != ("", 0):
                return time
    for arg in node.args:
        if is_moment(arg, clock):
            return time_of(arg, clock)
    return clock.main


def role(sym: Sym) -> str:
    """The conventional role of a name: alpha_bar, beta, posterior_mean, ...

    Empty when the name has none.
    """
    name, marks = plain(sym)
    theta = has_sub(sym, "theta") or has_sub(sym, "phi")
    if name == "alpha" and not theta:
        return {(): "alpha", ("bar",): "alpha_bar"}.get(marks, "")
    if name == "beta" and not theta:
        return {(): "beta", ("tilde",): "posterior_var"}.get(marks, "")
    if name == "mu":
        if theta:
            return "model_mean"
        if marks == ("tilde",) or has_sub(sym, "q"):
            return "posterior_mean"
    if name == "sigma" and not theta:
        if marks == ("tilde",) or has_sub(sym, "q"):
            return "posterior_std"
        if not marks and sym.subs:
            return "model_std"
    if name == "sigma" and theta:
        return "model_std"
    if name == "Sigma" and theta:
        return "model_var"
    if name == "Sigma" and has_sub(sym, "q"):
        return "posterior_var"
    if name == "epsilon":
        return "model_noise" if theta or "hat" in marks else "noise"
    if name == "x" and (theta or "hat" in marks):
        return "model_x0"
    if name == "s" and theta:
        return "model_score"
    if name == "v" and theta:
        return "model_v"
    if name == "SNR" and not marks and not theta:
        return "snr"
    return ""


def describe(sym: Sym) -> str:
    """The name as a person would type it."""
    text = "\\" + sym.name if len(sym.name) > 1 else sym.name
    for m in sym.marks:
        text = f"\\{m} {text}"
    if sym.subs:
        text += "_{" + ",".join(index_text(s) for s in sym.subs) + "}"
    return text


def index_text(node: Node) -> str:
    if isinstance(node, Num):
        return str(node.value)
    if isinstance(node, Sym):
        return describe(node)
    if isinstance(node, Neg):
        return "-" + index_text(node.arg)
    if isinstance(node, Range):
        return f"{index_text(node.lo)}:{index_text(node.hi)}"
    if isinstance(node, Given):
        below = (",".join(map(index_text, items)) for items in (node.of, node.given))
        return "|".join(below)
    if isinstance(node, Add):
        return "".join(
            ("" if k == 0 or isinstance(t, Neg) else "+") + index_text(t)
            for k, t in enumerate(node.terms)
        )
    return "..."


def shifted(time: Time) -> Node:
    """A time as an index node."""
    letter, offset = time
    if not letter:
        return Num(Fraction(offset))
    if offset == 0:
        return Sym(letter)
    size = Num(Fraction(abs(offset)))
    return Add((Sym(letter), size if offset > 0 else Neg(size)))


def at(sym: Sym, time: Time) -> Sym:
    return replace(sym, subs=(shifted(time),))
