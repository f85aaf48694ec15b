"""What a document has said so far: definitions, aliases, what it fixes."""

from __future__ import annotations

from dataclasses import dataclass, field
from fractions import Fraction

from .grammar import parse_expression
from .names import VECTORS, has_sub, is_time, role
from .names import Clock as _Clock
from .tree import (
    Call,
    Density,
    Node,
    Normal,
    NotUnderstood,
    Num,
    Pow,
    Range,
    Sym,
    rebuild,
    walk,
)


@dataclass
class Context:
    """Definitions in force while a document is read from top to bottom."""

    known: dict[Node, Node] = field(default_factory=dict)
    aliases: list[tuple[Sym, Sym]] = field(default_factory=list)
    variances: tuple[str, ...] = ()
    model: Node | None = None  # p_theta(x_{t-1} | x_t) as chosen last
    drawn: list[Node] = field(default_factory=list)
    last: Node | None = None
    recent: list[Node] = field(default_factory=list)  # ends of the last chains
    inline: bool = False  # is the statement at hand inside a sentence?
    loose: set[Node] = field(default_factory=set)  # names defined in sentences
    when: tuple[Node, ...] = ()  # "at t = 1" in the sentence at hand
    noise: dict[Node, Node] = field(default_factory=dict)  # noises that are scaled

    def alias(self, text: str) -> None:
        """Take in ``a_t=\\alpha_t``; raises NotUnderstood when it is no such pair."""
        left, sign, right = text.partition("=")
        if not sign:
            raise NotUnderstood(f"the alias {text!r} (write 'a_t=\\alpha_t')")
        a, b = parse_expression(left), parse_expression(right)
        if not (isinstance(a, Sym) and isinstance(b, Sym)):
            raise NotUnderstood(f"the alias {text!r} (each side is one symbol)")
        self.aliases.append((a, b))

    def apply(self, node: Node) -> Node:
        """``node`` with the aliases written out."""
        if self.noise:
            node = rebuild(node, self.noise)
        if not self.aliases:
            return node
        change: dict[Node, Node] = {}
        for n in walk(node):
            if isinstance(n, Sym):
                for a, b in self.aliases:
                    new = _renamed(n, a, b)
                    if new is not None:
                        change[n] = new
                        break
        return rebuild(node, change) if change else node


def _renamed(n: Sym, a: Sym, b: Sym) -> Sym | None:
    if (n.name, n.marks) != (a.name, a.marks):
        return None
    indexed = bool(a.subs) and is_time(a.subs[-1], _Clock())
    if indexed and n.subs:
        return Sym(b.name, b.marks, (*b.subs[:-1], *n.subs[-1:]), n.sup, pos=n.pos)
    if a.subs == n.subs:
        return Sym(b.name, b.marks, b.subs, n.sup, pos=n.pos)
    return None


def definable(node: Node) -> bool:
    """Is this a name that neither the canon nor the conventions explain?"""
    if isinstance(node, Call):
        return not role(node.head) and node.head.name not in ("C", "c")
    if not isinstance(node, Sym) or role(node):
        return False
    if any(isinstance(s, Range) for s in node.subs):
        return False
    if node.name in ("t", "T") and not node.subs and not node.marks:
        return False
    if node.name == "x" or node.name in ("pi", "e", "D"):
        return False
    return not (node.name in VECTORS and node.name in ("epsilon",))


def is_setting(left: Node, right: Node) -> bool:
    """``T = 1000``, ``x_0 = 1.3``, ``\\beta_1 = 10^{-4}``: a choice, not a claim."""
    if isinstance(left, Pow):
        left = left.base
    if not isinstance(left, Sym | Call):
        return False
    if any(not isinstance(n, Num) for n in walk(right) if not _arithmetic(n)):
        return False
    if isinstance(left, Call):
        return False
    kind = role(left)
    if kind in ("alpha", "beta", "alpha_bar"):
        if not left.subs:
            return True
        # alphabar_0 = 1 and the like are claims
        return not (kind == "alpha_bar" and left.subs == (Num(Fraction(0)),))
    return kind in ("", "noise", "model_std")


def _arithmetic(n: Node) -> bool:
    return type(n).__name__ in (
        "Neg",
        "Pow",
        "Div",
        "Mul",
        "Seq",
        "Add",
        "Sqrt",
        "Dots",
    )


def is_model_law(node: Node) -> bool:
    """``p_\\theta(x_{t-1} | x_t)``, which a document is free to choose."""
    return (
        isinstance(node, Density)
        and node.head.name in ("p", "P")
        and len(node.of) == 1
        and bool(node.given)
    )


def bare_parameters(node: Node) -> bool:
    """A normal law whose mean is only a name: a choice of model."""
    if not isinstance(node, Normal):
        return False
    mean = node.mean
    head = mean.head if isinstance(mean, Call) else mean
    return isinstance(head, Sym) and (
        has_sub(head, "theta")
        or "hat" in head.marks
        or role(head) in ("", "model_mean")
    )
