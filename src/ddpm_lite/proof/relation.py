"""The verdict on one relation: a definition, or a claim in one of its senses."""

from __future__ import annotations

from dataclasses import replace
from fractions import Fraction

from . import draws
from .asking import TRUE, both, in_worlds
from .boundnames import as_bound
from .claims import Claim
from .context import Context, canonical_names, definable
from .definitions import definition
from .senses import (
    differ,
    for_all_times,
    in_the_mean,
    in_wider_sense,
    is_wish,
    optima,
    rebuild_at,
    special_case,
    timeless,
    unbiased,
)
from .statements import ARROW
from .tree import (
    Add,
    Arg,
    Brace,
    Const,
    Draws,
    Expect,
    Limit,
    Neg,
    Node,
    NotUnderstood,
    Num,
    Sym,
)
from .usage import (
    beside_a_law,
    in_all_coordinates,
    in_usual_names,
    over_data,
    under_one_average,
)
from .verdict import Pair
from .walking import walk

SIZE_LIMIT = 4000
STEPS = {"t", "T", "s", "N", "n", "k"}  # letters that count steps


def from_arrow(right: Node, context: Context) -> Pair:
    """After an arrow the derivation may go on from an equation further up."""
    for left in reversed(context.recent[-3:]):
        if left == right:
            continue
        claim = Claim(left, "=", right, None, tuple(context.known.items()))
        pair = in_worlds(claim, left, "=", right)
        if pair.verdict in ("proved", "holds"):
            return replace(pair, why="continues an earlier equation")
    return Pair("unknown", why="an arrow, and the two sides are not equal")


def one(
    left: Node | NotUnderstood,
    relation: str,
    right: Node | NotUnderstood,
    head: Node | None,
    context: Context,
    first: bool,
) -> Pair:
    """The verdict on one relation."""
    for side in (left, right):
        if isinstance(side, NotUnderstood):
            return Pair("unknown", why=str(side))
    assert isinstance(left, Node)
    assert isinstance(right, Node)
    if isinstance(left, Num) and isinstance(right, Num) and relation == "~":
        return Pair("defines", "settings", "a range", "from ... to ...")
    size = sum(1 for side in (left, right) for _ in walk(side))
    if size > SIZE_LIMIT:
        return Pair(
            "unknown", why=f"the statement has {size} parts (limit {SIZE_LIMIT})"
        )
    for n in both(left, right):
        if isinstance(n, Limit) and isinstance(n.var, Sym) and n.var.name in STEPS:
            why = f"a limit in {n.var.name}: where the schedule leads is free"
            return Pair("unknown", why=why)
    defined = definition(left, relation, right, context, first)
    if defined is not None:
        if defined.verdict == "unknown":  # x = ... x ...: an identity, or an update
            claim = Claim(left, relation, right, head)
            pair = in_worlds(claim, left, relation, right)
            return pair if pair.verdict == "proved" else defined
        return defined
    if isinstance(right, Arg) and isinstance(context.known.get(left), Arg):
        left = context.known[left]  # a second description of the same optimum
    if relation == ARROW:
        claim = Claim(left, "=", right, head, tuple(context.known.items()))
        pair = in_worlds(claim, left, "=", right)
        if pair.verdict == "false":
            return from_arrow(right, context)
        return pair
    if relation == "~":
        context.drawn.append(Draws((left,), right))
        context.drawn = context.drawn[-4:]
        added = draws.of_sum(left, right, context.known, context.drawn)
        if added is not None:
            return added
    learn_braces(right, context)
    if relation == "~=":
        return unbiased(left, right, head, context)
    left, right = plus_constant(left, context), plus_constant(right, context)
    known = tuple((k, plus_constant(v, context)) for k, v in context.known.items())
    claim = Claim(left, relation, right, head, known, context.variances, context.model)
    if relation == "!=":
        return differ(claim)
    pair = in_worlds(claim, left, relation, right)
    if pair.verdict == "unknown":
        pair = over_data(claim) or under_one_average(claim) or pair
    if pair.verdict in ("false", "unknown"):
        pair = (
            in_usual_names(claim)
            or in_all_coordinates(claim)
            or beside_a_law(claim)
            or pair
        )
    if pair.verdict == "unknown":
        pair = as_bound(claim) or pair
    if pair.verdict == "unknown" and isinstance(left, Arg) and isinstance(right, Arg):
        pair = optima(left, relation, right, claim) or pair
    if pair.verdict == "false" and len(canonical_names(context)) < len(context.known):
        usual = tuple((k, v) for k, v in claim.known if k in canonical_names(context))
        again = in_worlds(replace(claim, known=usual), left, relation, right)
        if again.verdict in TRUE:
            return again
    if pair.verdict == "false" and relation == "=" and is_wish(left, right):
        return Pair("unknown", why="what a perfect model would do, not what it does")
    if pair.verdict == "false" and relation == "=":
        pair = special_case(claim, pair, context, first) or pair
    if pair.verdict == "false":
        pair = in_the_mean(claim, context) or in_wider_sense(claim) or pair
    averaged_names = {n for n in both(left, right) if n in context.braced}
    if pair.verdict == "false" and averaged_names:
        claim = replace(
            claim, known=tuple((k, context.braced.get(k, v)) for k, v in known)
        )
        again = in_worlds(claim, left, relation, right)
        if again.verdict != "false":
            return replace(again, why=again.why or "reading: the name is the average")
    if pair.verdict == "false" and context.inline and context.when:
        moment = rebuild_at(claim, context.when[0])
        again = in_worlds(moment, moment.left, relation, moment.right)
        if again.verdict in ("proved", "holds"):
            return replace(again, why="at the time named in the sentence")
    if (
        pair.verdict == "false"
        and relation == "="
        and timeless(left) != timeless(right)
        and not for_all_times(left if timeless(left) else right)
    ):
        moment = rebuild_at(claim, Num(Fraction(1)))
        again = in_worlds(moment, moment.left, relation, moment.right)
        if again.verdict in TRUE:
            return Pair("unknown", why="true at t = 1 only; no t is named on one side")
    return pair


def learn_braces(node: Node, context: Context) -> None:
    """Names under braces; inside an average the name may mean the average, too."""
    for n in walk(node):
        if isinstance(n, Brace) and definable(n.name) and n.name not in context.known:
            context.known[n.name] = n.body
            context.braced.pop(n.name, None)
            for e in walk(node):
                if isinstance(e, Expect) and n in set(walk(e.body)):
                    context.braced[n.name] = Expect(e.laws, n.body, e.given)


def plus_constant(node: Node, context: Context) -> Node:
    """``... + C`` (or - C) with a C that nothing explains is ``+ const``."""
    letter = Sym("C")
    if not isinstance(node, Add) or letter in context.known:
        return node
    if sum(n == letter for n in walk(node)) != 1:
        return node
    change: dict[Node, Node] = {letter: Const(), Neg(letter): Const()}
    return replace(node, terms=tuple(change.get(t, t) for t in node.terms))
