"""What a document has said so far: definitions, aliases, what it fixes."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from fractions import Fraction

from .grammar import parse_expression
from .names import VECTORS, has_sub, is_time, role
from .names import Clock as _Clock
from .tree import (
    Call,
    Density,
    Identity,
    Integral,
    LawPart,
    Mul,
    Node,
    Normal,
    NotUnderstood,
    Num,
    Pow,
    Range,
    Sym,
)
from .walking import contains, rebuild, walk

NETWORKS = {"NeuralNet", "NN", "Net", "UNet", "Unet", "MLP", "Network", "NeuralNetwork"}


@dataclass
class Context:
    """Definitions in force while a document is read from top to bottom."""

    known: dict[Node, Node] = field(default_factory=dict)
    aliases: list[tuple[Sym, Node]] = field(default_factory=list)
    variances: tuple[str, ...] = ()
    model: Node | None = None  # p_theta(x_{t-1} | x_t) as chosen last
    drawn: list[Node] = field(default_factory=list)
    last: Node | None = None
    head: Node | None = None  # what the chain being continued began with
    recent: list[Node] = field(default_factory=list)  # ends of the last chains
    inline: bool = False  # is the statement at hand inside a sentence?
    loose: set[Node] = field(default_factory=set)  # names defined in sentences
    when: tuple[Node, ...] = ()  # "at t = 1" in the sentence at hand
    braced: dict[Node, Node] = field(default_factory=dict)  # names inside averages
    times: bool = False  # does the statement name a plain p by its times?
    forward: bool = False  # such as p_{t|0}
    guided: set[Node] = field(default_factory=set)  # mixtures of a network's answers
    noise: dict[Node, Node] = field(default_factory=dict)  # noises that are scaled
    count: Callable[[Node], Node] | None = None  # how a text that counts from 0 is read

    def alias(self, text: str) -> None:
        """Take in ``a_t=\\alpha_t``; raises NotUnderstood when it is no such pair."""
        left, sign, right = text.partition("=")
        if not sign:
            raise NotUnderstood(f"the alias {text!r} (write 'a_t=\\alpha_t')")
        a, b = parse_expression(left), parse_expression(right)
        if not isinstance(a, Sym):
            raise NotUnderstood(f"the alias {text!r} (its left side is one symbol)")
        self.aliases.append((a, b))

    def apply(self, node: Node) -> Node:
        """``node`` with the aliases written out, in the canon's count of steps."""
        if self.noise:
            node = rebuild(node, self.noise)
        node = self.renamed(node) if self.aliases else node
        return self.count(node) if self.count else node

    def moment(self, time: Node) -> Node:
        """A time that is named alone, ``t = 0``, in the canon's count."""
        one = Call(Sym("SNR"), (time,))  # a function of the time and of no state
        counted = self.count(one) if self.count else one
        return counted.args[0] if isinstance(counted, Call) else time

    def renamed(self, node: Node) -> Node:
        change: dict[Node, Node] = {}
        for n in walk(node):
            if isinstance(n, Sym):
                for a, b in self.aliases:
                    new = _renamed(n, a, b)
                    if new is not None:
                        change[n] = new
                        break
        return rebuild(node, change) if change else node


def _renamed(n: Sym, a: Sym, b: Node) -> Node | None:
    if (n.name, n.marks) != (a.name, a.marks):
        return None
    indexed = bool(a.subs) and is_time(a.subs[-1], _Clock())
    if indexed and n.subs and isinstance(b, Sym):
        return Sym(b.name, b.marks, (*b.subs[:-1], *n.subs[-1:]), n.sup, pos=n.pos)
    if indexed and len(n.subs) == 1 and is_time(n.subs[0], _Clock()):
        return rebuild(b, {a.subs[-1]: n.subs[0]})
    if a.subs == n.subs:
        return replace(b, sup=n.sup, pos=n.pos) if isinstance(b, Sym) else b
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


def is_network(left: Node, right: Node) -> bool:
    """``\\hat x_{t-1} = NeuralNet(x_t, t; \\theta)``: what the network says."""
    if not (isinstance(left, Sym | Call) and isinstance(right, Call)):
        return False
    if role(right.head) or right.head.name not in NETWORKS:
        return False
    return role(left if isinstance(left, Sym) else left.head).startswith("model_")


def is_decoder(node: Node) -> bool:
    """A normal law integrated over the cell of each pixel value."""
    return any(
        isinstance(n, Integral) and n.lo is not None and contains(n.body, Normal)
        for n in walk(node)
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


def declared(left: Node, right: Node, context: Context) -> bool:
    """Take in a chosen law of plain letters, ``p(x) = N(x; m, v)``; is this one?"""
    if not (isinstance(left, Density) and isinstance(right, Normal)):
        return False
    if not plain_law(left) or left.params:
        return False
    if derivable(left, context):
        return name_parts(left, right, context)
    if left in context.known and not isinstance(right.mean, Sym | Num):
        return False
    if right.of is not None and right.of != left.of[0]:
        return False
    context.known.pop(left.of[0], None)  # the letter is a variable of its own now
    context.known[left] = Normal(left.of[0], right.mean, right.cov)
    return True


def plain_law(law: Density) -> bool:
    """A law of one letter without an index, perhaps given another."""
    items = (*law.of, *law.given)
    letters = all(isinstance(v, Sym) and not v.subs and not v.marks for v in items)
    return letters and len(law.of) == 1 and len(law.given) < 2


def derivable(law: Density, context: Context) -> bool:
    """Does it follow by Bayes' rule from laws that were chosen?"""
    if len(law.given) != 1:
        return False
    prior = Density(law.head, law.of)
    likelihood = Density(law.head, law.given, law.of)
    return prior in context.known and likelihood in context.known


def name_parts(law: Density, normal: Normal, context: Context) -> bool:
    """``q(x_{t-1}|x_t, x_0) = N(m, v)``: new names m and v; are all names new?"""
    free = plain_law(law)
    named = []
    mean = normal.mean
    if _new_name(mean, free, context):
        context.known[mean] = LawPart("mean", law)
        named.append(mean)
    factors = normal.cov.factors if isinstance(normal.cov, Mul) else (normal.cov,)
    rest = [f for f in factors if not isinstance(f, Identity)]
    if len(rest) == 1:
        square = isinstance(rest[0], Pow) and rest[0].exp == Num(Fraction(2))
        var = rest[0].base if square and isinstance(rest[0], Pow) else rest[0]
        if _new_name(var, free, context):
            context.known[var] = LawPart("std" if square else "var", law)
            named.append(var)
    return len(named) == 2


def canonical_names(context: Context) -> dict[Node, Node]:
    """What is known, without letters of the canon that stood for a lemma's laws."""
    return {
        k: v
        for k, v in context.known.items()
        if not (
            isinstance(v, LawPart)
            and plain_law(v.law)
            and isinstance(k, Sym | Call)
            and role(k if isinstance(k, Sym) else k.head)
        )
    }


def _new_name(node: Node, free: bool, context: Context) -> bool:
    if not isinstance(node, Sym | Call):
        return False
    if free and isinstance(node, Sym):
        return True  # marks of the canon mean nothing among plain letters
    if isinstance(context.known.get(node), LawPart):
        return True  # it stood for a part of another law
    return definable(node) and node not in context.known
