"""A relation that is false or not decided, looked at again: what may be meant."""

from __future__ import annotations

from dataclasses import replace

from . import algebra, notation, repairs
from .asking import TRUE, in_worlds
from .claims import Claim
from .context import Context
from .lawindices import START, as_noised
from .occurrences import is_state
from .opened import unexplained
from .relation import one
from .tree import Density, Grad, Node, NotUnderstood, Sym
from .verdict import Pair
from .walking import walk

REPAIRED = 400  # characters of a side that a repair is sought for


def noised(
    pair: Pair,
    left: Node | NotUnderstood,
    relation: str,
    right: Node | NotUnderstood,
    context: Context,
) -> Pair:
    """``p_t``, which is no true law of the model: is it the noised data's?"""
    forward = context.forward
    if not context.times:
        if pair.verdict == "false" or not says_of_data(left, right):
            return pair
        forward = True
    if isinstance(left, NotUnderstood) or isinstance(right, NotUnderstood):
        return pair
    a, b = as_noised(left), as_noised(right)
    again = one(a, relation, b, a, context, False)
    if again.verdict in TRUE or (again.verdict == "false" and forward):
        words = "reading: p is the law of the noised data"
        return replace(again, why=f"{again.why}; {words}" if again.why else words)
    if again.verdict == "unknown" and pair.verdict == "false":
        why = "whether p is the model or the law of the noised data is not said"
        return replace(again, why=why)
    return pair


def says_of_data(*sides: Node | NotUnderstood) -> bool:
    """Only plain laws ``p(x_t)``, ``p(x_t|x_0)``, and a score, which models lack."""
    nodes = [n for s in sides if isinstance(s, Node) for n in walk(s)]
    laws = [n for n in nodes if isinstance(n, Density)]
    plain = all(n.head == Sym("p") and set(n.given) <= {START} for n in laws)
    states = all(is_state(v) and v.subs != (Sym("T"),) for n in laws for v in n.of)
    return bool(laws) and plain and states and any(isinstance(n, Grad) for n in nodes)


def with_notation(
    pair: Pair,
    left: Node,
    relation: str,
    right: Node | NotUnderstood,
    context: Context,
) -> Pair:
    """A false pair, with the notation of other papers in which it would be true."""
    if not isinstance(right, Node):
        return pair

    def true(a: Node, b: Node) -> bool:
        claim = Claim(a, relation, b, guess=True)
        return in_worlds(claim, a, relation, b).verdict in TRUE

    found = notation.hint(left, right, true)
    if not found:
        return pair
    return replace(pair, why=f"{pair.why}; {found}" if pair.why else found)


def with_repair(
    pair: Pair, latex: str, left: Node | NotUnderstood, context: Context
) -> Pair:
    """A false pair, with the small edit of its right side that makes it true."""
    if not isinstance(left, Node) or len(latex) > REPAIRED:
        return pair

    def true(node: Node) -> bool:
        right = context.apply(node)
        claim = Claim(
            left, "=", right, None, tuple(context.known.items()),
            context.variances, context.model, guess=True,
        )  # fmt: skip
        return in_worlds(claim, left, "=", right).verdict in ("proved", "holds")

    found = repairs.suggest(latex, true, pair.world == algebra.WORLD)
    if not found:
        return pair
    return replace(pair, why=f"{pair.why}; {found}" if pair.why else found)


def from_start(
    pair: Pair,
    left: Node | NotUnderstood,
    right: Node | NotUnderstood,
    head: Node | None,
    context: Context,
) -> Pair:
    """``a = ? = c``, where nobody can tell what stands between: is a = c?"""
    lost = isinstance(left, NotUnderstood) or unexplained(left, context)
    if head is None or not lost or isinstance(right, NotUnderstood):
        return pair
    again = one(head, "=", right, head, context, False)
    if again.verdict not in ("proved", "holds"):
        return pair
    return replace(again, why="the chain begins with what equals this")


def from_earlier(
    earlier: list[Node],
    relation: str,
    right: Node | NotUnderstood,
    context: Context,
    failed: Pair,
) -> Pair:
    """A block that starts with "=" may go on past a side calculation."""
    for left in reversed(earlier[-6:-1]):
        again = one(left, relation, right, None, context, False)
        if again.verdict in ("proved", "holds", "defines"):
            return replace(again, why="continues an earlier equation")
    return failed
