"""What papers leave unsaid: names that all use alike, averages over the data."""

from __future__ import annotations

from dataclasses import replace
from fractions import Fraction

from .asking import TRUE, both, in_worlds
from .claims import Claim, exchanged
from .grammar import parse_expression
from .names import Clock, is_time, role
from .tree import (
    Big,
    Density,
    Expect,
    Fn,
    Grad,
    Integral,
    Moment,
    Mul,
    Neg,
    Node,
    Norm,
    Num,
    Range,
    Sym,
)
from .verdict import Pair
from .walking import mapped, walk

# (sqrt(abar_t) x_t - x_0) / sqrt(1 - abar_t), which is sqrt(abar) epsilon - ... x_0
TARGET = parse_expression(r"\frac{\sqrt{\bar\alpha_t}x_t - x_0}{\sqrt{1-\bar\alpha_t}}")
TARGET_WORDS = "√ᾱ_t ε − √(1 − ᾱ_t) x_0"


def in_usual_names(claim: Claim) -> Pair | None:
    """The claim with the names that papers give to targets and noises, never defined.

    ``v`` is what v_theta is to answer, and ``z_t`` beside a state is its noise.
    """
    known = {k for k, _ in claim.known}
    names = {n for n in both(claim.left, claim.right) if isinstance(n, Sym)} - known
    targets = {n for n in names if n.name == "v" and not n.marks and timed(n)}
    noises = {n for n in names if n.name == "z" and not n.marks and n.subs}
    told = any(role(n) == "model_v" for n in names)
    start, whole = Sym("x", subs=(Num(Fraction(0)),)), Sym("x")
    if whole in names and start in names and in_a_law(claim, whole):
        again = again_with(claim, {whole: start})
        told = again.verdict != "unknown"
        return replace(again, why="reading: x is x_0") if told else None
    if len(targets) == 1 and Sym("z") not in names:
        (name,) = targets
        again = again_with(claim, {name: TARGET})
        if again.verdict in TRUE:
            return replace(again, why=f"reading: v is {TARGET_WORDS}")
        return again if told else None
    state = isinstance(claim.left, Sym) and claim.left.name == "x"
    if state and len(noises) == 1 and timed(*noises) and Sym("z") not in names:
        again = again_with(claim, {n: Sym("z") for n in noises})
        if again.verdict in TRUE:
            return replace(again, why="reading: z is the noise of the step")
    return None


def in_a_law(claim: Claim, name: Sym) -> bool:
    """Does ``p(x)`` occur?"""
    laws = (n for n in both(claim.left, claim.right) if isinstance(n, Density))
    return any(n.of == (name,) for n in laws)


def in_all_coordinates(claim: Claim) -> Pair | None:
    """Beside a norm, Var may be the sum of the variances of the coordinates."""
    nodes = set(both(claim.left, claim.right))
    change: dict[Node, Node] = {
        n: Mul((Sym("D"), n))
        for n in nodes
        if isinstance(n, Moment) and n.name == "Var"
    }
    if not change or not any(isinstance(n, Norm) for n in nodes):
        return None
    again = again_with(claim, change)
    if again.verdict not in TRUE:
        return None
    return replace(again, why="reading: Var sums over the coordinates")


def beside_a_law(claim: Claim) -> Pair | None:
    r"""``\int \log p(x) q(x) dx``: the logarithm may end before the last law."""
    left, right = before_the_law(claim.left), before_the_law(claim.right)
    if left is claim.left and right is claim.right:
        return None
    other = replace(claim, left=left, right=right, head=None)
    again = in_worlds(other, left, claim.relation, right)
    if again.verdict not in TRUE:
        return None
    words = "reading: the logarithm ends before the law"
    return replace(again, why=f"{again.why}; {words}" if again.why else words)


def before_the_law(node: Node) -> Node:
    """The side with every such mean read as a mean of the logarithm."""
    node = mapped(node, before_the_law)
    if isinstance(node, Integral):
        averaged = node.vars
    elif isinstance(node, Big) and node.op == "sum" and node.lo is None:
        averaged = (node.var,)
    else:
        return node
    body = ended(node.body, averaged)
    return node if body is node.body else replace(node, body=body)


def ended(body: Node, averaged: tuple[Node, ...]) -> Node:
    r"""``\log a q(x)`` as (log a) q(x), also under a minus or a gradient."""
    if isinstance(body, Neg):
        inner = ended(body.arg, averaged)
        return body if inner is body.arg else replace(body, arg=inner)
    log = body.body if isinstance(body, Grad) else body
    if not (isinstance(log, Fn) and log.name == "log" and isinstance(log.arg, Mul)):
        return body
    *rest, law = log.arg.factors
    if not (isinstance(law, Density) and law.of == averaged):
        return body
    inner = replace(log, arg=rest[0] if len(rest) == 1 else Mul(tuple(rest)))
    return Mul((replace(body, body=inner) if isinstance(body, Grad) else inner, law))


def timed(name: Sym) -> bool:
    """No index, or a time."""
    return len(name.subs) < 2 and all(is_time(s, Clock()) for s in name.subs)


def again_with(claim: Claim, change: dict[Node, Node]) -> Pair:
    """The verdict with some names exchanged."""
    other = exchanged(claim, change)
    return in_worlds(other, other.left, other.relation, other.right)


def over_data(claim: Claim) -> Pair | None:
    """A bare E beside laws of whole paths averages the data, too, as does E_q."""
    path = Sym("x", subs=(Range(Num(Fraction(0)), Sym("T")),))
    law = Density(Sym("q"), (path,))
    means = [n for n in both(claim.left, claim.right) if isinstance(n, Expect)]
    if not any(not n.laws and not n.given for n in means):
        return None
    if not any(isinstance(n, Range) for m in means for n in walk(m.body)):
        return None
    change: dict[Node, Node] = {
        n: replace(n, laws=(law,))
        for n in means
        if n.laws in ((), (Sym("q"),)) and not n.given
    }
    again = again_with(replace(claim, head=None), change)
    if again.verdict == "unknown":
        return None
    return replace(again, why=again.why or "reading: E averages the data, too")


def under_one_average(claim: Claim) -> Pair | None:
    """``E[A] = E[B]`` over the same law, as soon as A = B."""
    a, b = claim.left, claim.right
    if not (isinstance(a, Expect) and isinstance(b, Expect)):
        return None
    if (a.laws, a.given) != (b.laws, b.given):
        return None
    inner = replace(claim, left=a.body, right=b.body, head=None)
    again = in_worlds(inner, a.body, claim.relation, b.body)
    return again if again.verdict in TRUE else None
