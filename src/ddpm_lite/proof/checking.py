"""From text to verdicts: statements, definitions, worlds."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import replace
from fractions import Fraction

from . import (
    algebra,
    chains,
    coordinates,
    dirichlet,
    draws,
    mixture,
    moments,
    notation,
    repairs,
)
from .conditions import assumed, inconsistent, schedule_chosen
from .context import (
    Context,
    bare_parameters,
    canonical_names,
    declared,
    definable,
    is_decoder,
    is_model_law,
    is_network,
    is_setting,
    name_parts,
    plain_law,
)
from .field import Budget, CannotDecide, Diverges, OutOfTime, Undefined
from .grammar import parse_expression
from .names import Clock, at, describe, has_sub, is_time, role, time_index
from .networknames import told_to
from .opened import opened, unexplained
from .statements import ARROW, Statement, split
from .symbolic import moved
from .tree import (
    KL,
    Add,
    Arg,
    Big,
    Brace,
    Call,
    Const,
    Density,
    Dots,
    Draws,
    Entropy,
    Expect,
    Grad,
    Identity,
    Integral,
    Moment,
    Mul,
    Neg,
    Node,
    Normal,
    NotUnderstood,
    Num,
    Pow,
    Range,
    Seq,
    Sqrt,
    Sym,
    contains,
    rebuild,
    walk,
)
from .variants import separated
from .verdict import Pair, Verdict

TRUE = ("proved", "holds", "defines")
SIZE_LIMIT = 4000
REPAIRED = 400  # characters of a side that a repair is sought for


def check(statement: object, alias: Iterable[str] = ()) -> Verdict:
    """The verdict on one statement.

    ``statement`` is LaTeX as printed, or an equation from ``equation``; ``alias``
    holds pairs such as ``a_t=\\alpha_t``. Nothing is raised for mathematics that is
    not understood: the verdict is then "unknown" and says where reading stopped.
    """
    latex = str(getattr(statement, "latex", statement))
    context = Context()
    try:
        for pair in alias:
            context.alias(pair)
        prepare(context, getattr(statement, "before", ()))
        found, _, _ = split(latex)
        context.noise = scaled_noise(found)
        pairs = [p for _, some in decide_all(found, context) for p in some]
        if not pairs:
            parse_expression(latex)
            raise NotUnderstood("a statement needs a relation such as =")
    except (NotUnderstood, RecursionError) as error:
        pairs = [Pair("unknown", why=_reason(error))]
    return Verdict(tuple(pairs), latex, getattr(statement, "label", None))


def prepare(context: Context, earlier: Iterable[str]) -> None:
    """Let earlier blocks of a document define what they define."""
    for block in earlier:
        for s in split(block)[0]:
            learn(s, context)


def believe(blocks: Iterable[Iterable[Statement]], context: Context) -> None:
    """Take in whose alpha a document writes, wherever it says so."""
    claims = []
    for block in blocks:
        for s in block:
            left, right = (p.node for p in s.parts[:2]) if s.pairs else (None, None)
            if s.relations[:1] in (("=",), (":=",)) and left and right:
                claims.append((context.apply(left), context.apply(right)))

    def true(a: Node, b: Node) -> bool:
        return in_worlds(algebra.Claim(a, "=", b), a, "=", b).verdict in TRUE

    for pair in notation.believed(claims, true):
        context.alias(pair)


def learn(statement: Statement, context: Context) -> None:
    """Take in what a statement defines, without deciding what it claims."""
    sides = [p.node for p in statement.parts[:2]]
    if statement.continues or len(sides) < 2 or None in sides:
        return
    left, right = (context.apply(n) for n in sides if n is not None)
    definition(left, statement.relations[0], right, context, True)


def _reason(error: Exception) -> str:
    if isinstance(error, RecursionError):
        return "not understood: brackets nested too deeply"
    return str(error)


def decide_all(
    statements: Sequence[Statement], context: Context
) -> list[tuple[Statement, list[Pair]]]:
    """The statements of one block; "where v = ..." is taken in before its use."""
    early = [k for k in range(1, len(statements)) if explains(statements, k, context)]
    done: dict[int, list[Pair]] = {}
    kept = context.last, list(context.recent)
    for k in early:
        done[k] = decide(statements[k], context)
    context.last, context.recent = kept
    for k, s in enumerate(statements):
        if k not in done:
            done[k] = decide(s, context)
    return [(s, done[k]) for k, s in enumerate(statements)]


def explains(statements: Sequence[Statement], k: int, context: Context) -> bool:
    """Does statement k define a name that the block has used before it?"""
    s = statements[k]
    name = s.parts[0].node
    if s.continues or s.relations[0] not in ("=", ":=") or name is None:
        return False
    if not isinstance(name, Sym | Call) or not definable(name):
        return False
    if any(name == known or moved(known, name) for known in context.known):
        return False
    used = [
        n
        for earlier in statements[:k]
        for part in earlier.parts
        if part.node is not None
        for n in walk(part.node)
    ]
    if any(names_a_part(n, name) for n in used):
        return False
    first = statements[0].parts[0].node
    return first != name and any(n == name or moved(name, n) for n in used)


def names_a_part(node: Node, name: Node) -> bool:
    """Is ``node`` a normal law whose mean or variance is just this name?"""
    if not isinstance(node, Normal):
        return False
    factors = node.cov.factors if isinstance(node.cov, Mul) else (node.cov,)
    bases = [f.base if isinstance(f, Pow) else f for f in factors]
    return name == node.mean or name in bases


def decide(statement: Statement, context: Context) -> list[Pair]:
    """One verdict per relation; definitions are taken into ``context``."""
    nodes: list[Node | NotUnderstood] = []
    positions: list[int] = []
    earlier = list(context.recent)
    if statement.continues:
        nodes.append(context.last or NotUnderstood("nothing here to continue"))
        positions.append(statement.parts[0].pos)
    for part in statement.parts:
        positions.append(part.pos)
        if part.node is None:
            assert part.error is not None
            nodes.append(part.error)
        else:
            nodes.append(context.apply(part.node))
    head = nodes[0] if isinstance(nodes[0], Node) else None
    if statement.continues and context.head is not None:
        head = context.head
    chosen = settings_chain(nodes, statement.relations)
    if schedule_chain(nodes, statement.relations):
        chosen = True
    nodes_at = neighbours(nodes)
    out = []
    for k, relation in enumerate(statement.relations):
        left, right = nodes_at.get(k, (nodes[k], nodes[k + 1]))
        scaled = isinstance(left, Mul) and relation == "~" and bool(context.noise)
        if chosen or scaled:
            pair = Pair("defines", "settings", "a value is chosen")
        else:
            pair = one(left, relation, right, head, context, k == 0)
        shift = 0 if statement.continues else 1
        equal = set(statement.relations[: k + 1]) <= {"=", ":="}
        if pair.verdict == "unknown" and equal and left is not head:
            pair = from_start(pair, left, right, head, context)
        if k == 0 and statement.continues and pair.verdict == "false":
            pair = from_earlier(earlier, relation, right, context, pair)
        if pair.verdict == "false" and isinstance(left, Node):
            pair = with_notation(pair, left, relation, right, context)
        told = pair.why.endswith("'")  # which option would make it true
        if pair.verdict == "false" and relation in ("=", ":=") and not told:
            pair = with_repair(pair, statement.parts[k + shift].latex, left, context)
        latex = _source(statement, k, shift)
        out.append(
            Pair(
                pair.verdict,
                pair.world,
                pair.rule,
                pair.why,
                pair.counterexample,
                k,
                latex,
                positions[k + 1] if k else positions[0],
            )
        )
    last = nodes[-1]
    if statement.relations[-1] != "~" and not statement.aside:
        context.last = last if isinstance(last, Node) else None
        context.head = head
        ends = [n for n in nodes[-2:] if isinstance(n, Node)]
        context.recent = [*context.recent, *ends][-12:]
    return out


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
        claim = algebra.Claim(a, relation, b, guess=True)
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
        claim = algebra.Claim(
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


def from_arrow(right: Node, context: Context) -> Pair:
    """After an arrow the derivation may go on from an equation further up."""
    for left in reversed(context.recent[-3:]):
        if left == right:
            continue
        claim = algebra.Claim(left, "=", right, None, tuple(context.known.items()))
        pair = in_worlds(claim, left, "=", right)
        if pair.verdict in ("proved", "holds"):
            return replace(pair, why="continues an earlier equation")
    return Pair("unknown", why="an arrow, and the two sides are not equal")


def settings_chain(
    nodes: list[Node | NotUnderstood], relations: tuple[str, ...]
) -> bool:
    """``x_0 = x_t = 1``: one value for several names."""
    last = nodes[-1]
    names = [n for n in nodes[:-1] if isinstance(n, Sym)]
    return (
        len(nodes) > 2
        and isinstance(last, Node)
        and len(names) == len(nodes) - 1
        and set(relations) == {"="}
        and all(is_setting(n, last) for n in names)
    )


def schedule_chain(
    nodes: list[Node | NotUnderstood], relations: tuple[str, ...]
) -> bool:
    r"""``0 < \beta_1 < \cdots < \beta_T < 1``: how the schedule is chosen."""
    kinds = {role(n) for n in nodes if isinstance(n, Sym)}
    down, up = {">", ">="}, {"<", "<="}
    names = sum(isinstance(n, Sym | Dots) for n in nodes)
    return (
        len(nodes) > 2
        and names > 1
        and (set(relations) <= down or set(relations) <= up)
        and all(isinstance(n, Sym | Num | Dots) for n in nodes)
        and kinds in ({"alpha"}, {"beta"})
    )


def neighbours(
    nodes: list[Node | NotUnderstood],
) -> dict[int, tuple[Node, Node]]:
    r"""``\bar\alpha_1 > \cdots > \bar\alpha_T``: dots claim each step of the chain."""
    out: dict[int, tuple[Node, Node]] = {}
    for k in range(1, len(nodes) - 1):
        a, b = nodes[k - 1], nodes[k + 1]
        if not (
            isinstance(nodes[k], Dots) and isinstance(a, Sym) and isinstance(b, Sym)
        ):
            continue
        if role(a) != "alpha_bar" or role(b) != "alpha_bar":
            continue
        ends = [time_index(n, Clock()) for n in (a, b)]
        if ends[0] is None or ends[1] is None:
            continue
        rising = ends[0][0] == "" or (ends[0][0] == ends[1][0] and ends[0] < ends[1])
        times = (("t", -1), ("t", 0)) if rising else (("t", 0), ("t", -1))
        step = at(a, times[0]), at(a, times[1])
        out[k - 1] = out[k] = step
    return out


def _source(statement: Statement, k: int, shift: int) -> str:
    """The printed text of one relation (a colour for JSON and reports)."""
    symbol = {
        "<=": r"\le",
        ">=": r"\ge",
        "propto": r"\propto",
        "~": r"\sim",
        "~=": r"\approx",
        "!=": r"\ne",
    }.get(statement.relations[k], statement.relations[k])
    left = statement.parts[k - 1 + shift].latex if k - 1 + shift >= 0 else ""
    right = statement.parts[k + shift].latex
    return f"{left} {symbol} {right}".strip()


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
    defined = definition(left, relation, right, context, first)
    if defined is not None:
        if defined.verdict == "unknown":  # x = ... x ...: an identity, or an update
            claim = algebra.Claim(left, relation, right, head)
            pair = in_worlds(claim, left, relation, right)
            return pair if pair.verdict == "proved" else defined
        return defined
    if isinstance(right, Arg) and isinstance(context.known.get(left), Arg):
        left = context.known[left]  # a second description of the same optimum
    if relation == ARROW:
        claim = algebra.Claim(left, "=", right, head, tuple(context.known.items()))
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
    claim = algebra.Claim(
        left, relation, right, head, known, context.variances, context.model
    )
    if relation == "!=":
        return differ(claim)
    pair = in_worlds(claim, left, relation, right)
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
    ):
        moment = rebuild_at(claim, Num(Fraction(1)))
        again = in_worlds(moment, moment.left, relation, moment.right)
        if again.verdict in TRUE:
            return Pair("unknown", why="true at t = 1 only; no t is named on one side")
    return pair


def differ(claim: algebra.Claim) -> Pair:
    """``a \\ne b``: true when a = b fails somewhere, false when it always holds."""
    same = in_worlds(replace(claim, relation="="), claim.left, "=", claim.right)
    if same.verdict in ("proved", "holds", "defines"):
        return Pair("false", same.world, same.rule, "the two sides are always equal")
    if same.verdict == "false":
        return Pair("holds", same.world, "different values", "they differ in general")
    return same


def is_wish(left: Node, right: Node) -> bool:
    r"""``q(x_{t-1}|x_t, x_0) = p_\theta(x_{t-1}|x_t)``: the model meets its target."""
    laws = [n for n in (left, right) if isinstance(n, Density)]
    names = sorted(n.head.name.lower() for n in laws)
    if names != ["p", "q"] or laws[0].of != laws[1].of:
        return False
    model = laws[0] if laws[0].head.name.lower() == "p" else laws[1]
    target = laws[1] if model is laws[0] else laws[0]
    return has_sub(model.head, "theta") and set(model.given) < set(target.given)


def special_case(
    claim: algebra.Claim, pair: Pair, context: Context, first: bool
) -> Pair | None:
    """``L_0 = ...`` beside ``L_t = ...``: the end of a family may be set apart."""
    left = claim.left
    if not first or not isinstance(left, Sym) or not definable(left):
        return None
    family = any(moved(k, left) for k in context.known)
    apart = not any(n == Sym("t") for n in walk(left))
    if left in context.known or not family or not apart:
        return None
    context.known = {left: claim.right, **context.known}
    return Pair("defines", "names", "a new name", "a case of its own")


def in_wider_sense(claim: algebra.Claim) -> Pair | None:
    """The claim in another conventional reading of its averages, if it is true there.

    A bare E_q beside an average over ``q(x_{0:T})`` averages x_0, too, and the entropy
    of ``q(x_t | x_{t-1})`` is its mean over x_{t-1}.
    """
    path = Sym("x", subs=(Range(Num(Fraction(0)), Sym("T")),))
    q = Sym("q")
    averaged: dict[Node, Node] = {}
    entropies: dict[Node, Node] = {}
    for n in both(claim.left, claim.right):
        if isinstance(n, Expect) and n.laws == (q,):
            averaged[n] = replace(n, laws=(Density(q, (path,)),))
        law = n.arg if isinstance(n, Entropy) else None
        if isinstance(law, Density) and law.head == q and law.given:
            entropies[n] = Expect((q,), n)
    for change, words in (
        (averaged, "a bare E_q averages the data, too"),
        (entropies, "the entropy is a mean over what is given"),
    ):
        left, right = rebuild(claim.left, change), rebuild(claim.right, change)
        wider = replace(claim, left=left, right=right, head=None)
        if change:
            again = in_worlds(wider, left, claim.relation, right)
            if again.verdict in TRUE:
                return replace(again, why=f"reading: {words}")
    return None


def in_the_mean(claim: algebra.Claim, context: Context) -> Pair | None:
    """Names of terms, defined without the average under which they stand, or with."""
    path = Sym("x", subs=(Range(Num(Fraction(0)), Sym("T")),))
    law = Density(Sym("q"), (path,))
    used = {n for n in both(claim.left, claim.right) if isinstance(n, Sym)}
    change: dict[Node, Node] = {}
    for key, body in claim.known:
        named = any(n == key or moved(key, n) for n in used)
        if named and contains(body, KL, Density) and not contains(body, Expect):
            change[key] = Expect((law,), body)
        if named and contains(body, Expect) and isinstance(claim.right, KL):
            averaged_right = Expect((Sym("q"),), claim.right)  # L_{t-1} = D_KL(...)
            claim = replace(claim, right=averaged_right)
            break
    else:
        if not change or isinstance(claim.right, KL):
            return None
    known = tuple((k, change.get(k, v)) for k, v in claim.known)
    again = in_worlds(
        replace(claim, known=known), claim.left, claim.relation, claim.right
    )
    if again.verdict not in TRUE:
        return None
    return replace(again, why="reading: the terms are averaged over q")


def optima(left: Arg, relation: str, right: Arg, claim: algebra.Claim) -> Pair | None:
    """Two optima are one when the functions differ by a constant only."""
    ends = (left.op[-3:], right.op[-3:])
    if relation != "=" or not all(o.startswith("arg") for o in (left.op, right.op)):
        return None
    body = right.body if ends[0] == ends[1] else Neg(right.body)
    for other, rule in (
        (body, "the functions are equal"),
        (Add((body, Const())), "the functions differ by a constant"),
    ):
        plain = replace(claim, left=left.body, right=other, head=None)
        pair = in_worlds(plain, plain.left, "=", plain.right)
        if pair.verdict in ("proved", "holds"):
            return replace(pair, rule=rule)
    return None


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
    """``... + C`` with a C that nothing explains is ``+ const``."""
    letter = Sym("C")
    if not isinstance(node, Add) or letter in context.known:
        return node
    if sum(n == letter for n in walk(node)) != 1:
        return node
    return replace(node, terms=tuple(Const() if t == letter else t for t in node.terms))


def timeless(node: Node) -> bool:
    return not any(n == Sym("t") for n in walk(node))


def rebuild_at(claim: algebra.Claim, time: Node) -> algebra.Claim:
    """The claim at one time, ``t`` replaced by its number."""
    change: dict[Node, Node] = {Sym("t"): time}
    left, right = rebuild(claim.left, change), rebuild(claim.right, change)
    return replace(claim, left=left, right=right)


def scaled_noise(statements: Iterable[Statement]) -> dict[Node, Node]:
    """``\\epsilon \\sim N(0, v)`` beside a formula: its noise has variance v."""
    out: dict[Node, Node] = {}
    for s in statements:
        for k, relation in enumerate(s.relations):
            if relation != "~" or len(s.parts) < k + 2:
                continue
            left, right = s.parts[k].node, s.parts[k + 1].node
            if not (isinstance(left, Sym) and isinstance(right, Normal)):
                continue
            unit = isinstance(right.cov, Identity | Num)
            if role(left) == "noise" and right.mean == Num(Fraction(0)) and not unit:
                factors = (
                    right.cov.factors if isinstance(right.cov, Mul) else (right.cov,)
                )
                rest = tuple(f for f in factors if not isinstance(f, Identity))
                out[left] = Mul((Sqrt(Mul(rest)), left))
    return out


def unbiased(left: Node, right: Node, head: Node | None, context: Context) -> Pair:
    """``A \\approx B`` with sampled variables in B: the mean of B is A."""
    known = tuple(context.known.items())
    exactly = algebra.Claim(
        left, "=", right, head, known, context.variances, context.model
    )
    pair = in_worlds(exactly, left, "=", right)
    if pair.verdict in ("holds", "proved"):
        return replace(pair, why="the two sides are even equal")
    states = {n for n in walk(right) if isinstance(n, Sym) and n.name in ("x", "t")}
    body = right
    used = []
    for draw in reversed(context.drawn):
        if isinstance(draw, Draws) and states and not isinstance(draw.law, Normal):
            body = Expect((draw,), body)
            used.append(draw)
    if not used:
        return Pair("unknown", why="≈ without sampled variables on the right")
    claim = replace(exactly, right=body)
    pair = in_worlds(claim, left, "=", body)
    if pair.verdict in ("holds", "proved"):
        why = "the right is an unbiased estimate of the left"
        return Pair("holds", pair.world, "unbiased", why)
    return Pair("unknown", why="not seen to be an unbiased estimate")


def in_worlds(claim: algebra.Claim, left: Node, relation: str, right: Node) -> Pair:
    """Every world that can express the claim; one failure makes it false."""
    reasons: list[str] = []
    found: list[Pair] = []
    weak = False
    try:
        with Budget.guard():
            apart = separated(claim)
            claim, weak = apart.claim, apart.weak
            ask(claim, relation, found, reasons)
            if not found:
                found += whatever_it_is(claim)
    except OutOfTime as error:
        reasons.insert(0, str(error))
    except NotUnderstood as error:
        return Pair("unknown", why=str(error))
    except CannotDecide as error:
        whole = coordinates.joined(claim)
        if whole is not None:
            return in_worlds(whole, whole.left, relation, whole.right)
        return Pair("unknown", why=str(error))
    wrong = [p for p in found if p.verdict == "false"]
    if wrong and any(isinstance(n, Integral) and not n.vars for n in both(left, right)):
        return Pair("unknown", why="an integral that does not say over what")
    if wrong and weak:
        return Pair("unknown", why="what networks answer is left to their training")
    if wrong and own_spread(left, right):
        return Pair("unknown", why="what this variance is, is for the text to choose")
    if wrong and is_sampler(left, right):
        return Pair("unknown", why="what a sampler does is for the text to choose")
    if wrong:
        return wrong[0]
    right_ones = sorted(
        found, key=lambda p: ("proved", "defines", "holds").index(p.verdict)
    )
    if not right_ones:
        whole = coordinates.joined(claim)
        if whole is not None:
            return in_worlds(whole, whole.left, relation, whole.right)
        if weak:
            return Pair("unknown", why="networks that are told different things")
        return Pair(
            "unknown", why=reasons[0] if reasons else "no world can express this"
        )
    best = right_ones[0]
    if best.verdict == "proved" and canonical(left, right):
        return Pair("defines", best.world, "agrees with the canon", best.why)
    return best


def whatever_it_is(claim: algebra.Claim) -> list[Pair]:
    """A proof for every meaning of the names that nothing explains, if there is one."""
    free = opened(claim)
    if free is None:
        return []
    try:
        pair = algebra.decide(free)
    except OutOfTime:
        raise
    except (CannotDecide, Undefined, Diverges):
        return []
    return [pair] if pair.verdict == "proved" else []


def is_sampler(left: Node, right: Node) -> bool:
    r"""``x_{t-1} = ... \epsilon_\theta(x_t, t)``, and no noise: DDIM's step."""
    kinds = {role(n) for n in walk(right) if isinstance(n, Sym)}
    state = isinstance(left, Sym) and left.name == "x" and not left.marks
    start = isinstance(left, Sym) and left.subs == (Num(Fraction(0)),)
    drawn = "noise" in kinds or Sym("z") in set(walk(right))
    answers = {"model_noise", "model_x0", "model_score", "model_v"}
    return state and not start and bool(kinds & answers) and not drawn


def own_spread(left: Node, right: Node) -> bool:
    r"""``\sigma_t^2 = 1 - \alpha_t^2``, ``SNR = \alpha_t^2 / \sigma_t^2``: VDM's."""
    free = [
        n for n in both(left, right)
        if isinstance(n, Sym) and role(n) == "model_std" and not has_sub(n, "theta")
    ]  # fmt: skip
    name = left.base if isinstance(left, Pow) else left
    name = name.arg if isinstance(name, Sqrt) else name
    if isinstance(name, Sym) and role(name) in ("alpha", "alpha_bar", "beta") and free:
        return True  # alpha_t = sqrt(1 - sigma_t^2)
    snr = any(isinstance(n, Sym) and role(n) == "snr" for n in both(left, right))
    return name in free or (snr and bool(free))


def both(left: Node, right: Node) -> Iterator[Node]:
    """Every node of the two sides."""
    yield from walk(left)
    yield from walk(right)


def ask(
    claim: algebra.Claim, relation: str, found: list[Pair], reasons: list[str]
) -> None:
    """Collect the verdicts of the worlds, and why some cannot tell."""
    for world in worlds(relation):
        if found and heavy(claim.left, claim.right):
            return  # decided for laws of any kind; Gaussian ones add nothing
        if found:
            Budget.shorten()
        try:
            found.append(world(claim))
        except OutOfTime:
            raise
        except (CannotDecide, Undefined, Diverges) as error:
            last = world in (mixture.decide, averaged) or str(error)[:3] == "no "
            place = len(reasons) if last else 0
            reasons.insert(place, str(error))
        except (RecursionError, OverflowError, MemoryError):
            reasons.append("the statement is too deep or its numbers are too large")


def worlds(relation: str) -> Sequence[Callable[[algebra.Claim], Pair]]:
    if relation == "~":
        return (draws.decide,)
    return (
        chains.decide, algebra.decide, moments.decide, dirichlet.decide,
        mixture.decide, averaged,
    )  # fmt: skip


def averaged(claim: algebra.Claim) -> Pair:
    """Averages and scores under laws that depend on the data."""
    if not any(contains(s, Expect, Grad, Moment) for s in (claim.left, claim.right)):
        raise CannotDecide("no average")
    from . import averages  # NumPy is only loaded when it is needed

    return averages.decide(claim)


def heavy(left: Node, right: Node) -> bool:
    """Averages over laws, which algebra would have to unroll."""
    return any(contains(n, Expect, KL, Big) for n in (left, right))


def definition(
    left: Node, relation: str, right: Node, context: Context, first: bool
) -> Pair | None:
    """A first equation for a new name defines it; a choice of number is a setting."""
    if relation not in ("=", ":=") or not first:
        if context.inline and first:
            taken = assumed(left, relation, right, set(context.known))
            if taken is not None:
                return taken
        if relation in ("<", ">", "<=", ">=", "!=") and condition(left, right):
            return Pair("defines", "settings", "a condition", "a range, not a claim")
        return None
    law = dirichlet.law(left, relation, right, context.known)
    if law is not None:
        if law.key is not None:
            context.known[law.key] = right
        return law.pair
    if dirichlet.explains(left, context.known):
        return None
    misfit = inconsistent(left, right)
    if misfit is not None:
        return misfit
    if left == Sym("t") and is_time(right, Clock()):
        if context.inline:
            context.when = (context.moment(right),)
        return Pair("defines", "settings", "a time is chosen")
    fresh = left not in context.known or context.inline
    if is_setting(left, right) and fresh:
        return Pair("defines", "settings", "a value is chosen")
    if schedule_chosen(left, right):
        return Pair("defines", "settings", "a condition", "a schedule is chosen")
    if context.inline:
        taken = assumed(left, relation, right, set(context.known))
        if taken is not None:
            return taken
    if chosen_names(left, right) or (context.inline and bare(left) and bare(right)):
        return Pair("defines", "settings", "a condition", "two names are set equal")
    if is_model_law(left) and is_decoder(right):
        return Pair("defines", "algebra", "a choice of model", "a law of pixel values")
    if is_model_law(left) and bare_parameters(right):
        assert isinstance(left, Density)
        _fix_variance(right, context)
        mean = right.mean if isinstance(right, Normal) else right
        name = mean.head if isinstance(mean, Call) else mean
        own = isinstance(name, Sym) and role(name) == "model_mean"
        if isinstance(mean, Sym | Call) and own_mean(left, mean):
            context.known[mean] = Call(Sym("mu", subs=(Sym("theta"),)), left.given)
            own = True
        further = isinstance(mean, Call) and told_to(mean)[-1]
        context.model = None if own and not further else right
        return Pair("defines", "algebra", "a choice of model")
    if declared(left, right, context):
        return Pair("defines", "algebra", "a law is chosen")
    if own_names(left, right, context):
        return Pair("defines", "names", "new names", "for its mean and variance")
    if is_network(left, right) or is_learned_spread(left, right):
        return Pair("defines", "algebra", "a choice of model", "what the network says")
    if not definable(left) or contains(right, Const):
        return None
    listed = isinstance(context.known.get(left), Seq) and not isinstance(right, Seq)
    if (left in context.loose and context.inline) or listed:
        context.known.pop(left, None)
    if any(left == k or moved(k, left) for k in context.known):
        return None
    if left in set(walk(right)):
        return Pair("unknown", why="a new name that is explained by itself")
    context.known[left] = right
    if context.inline:
        context.loose.add(left)
    assert isinstance(left, Sym | Call)
    called = describe(left if isinstance(left, Sym) else left.head)
    return Pair("defines", "names", "a new name", f"{called} is defined here")


def is_learned_spread(left: Node, right: Node) -> bool:
    r"""``\Sigma_\theta(x_t, t) = \sigma_t^2 I``: how the model's variance is set."""
    if isinstance(left, Pow):
        left = left.base

    def learned(n: Node) -> bool:
        name = n.head if isinstance(n, Call) else n
        return (
            isinstance(name, Sym)
            and role(name) in ("model_std", "model_var")
            and has_sub(name, "theta")
        )

    return learned(left) and not any(learned(n) for n in walk(right))


def own_mean(law: Density, mean: Sym | Call) -> bool:
    """``u_\\theta(x_t, t)``: a letter of its own for the mean of the model's step."""
    head = mean if isinstance(mean, Sym) else mean.head
    step = len(law.of) == len(law.given) == 1 and is_time_step(law)
    return step and not role(head) and has_sub(head, "theta")


def is_time_step(law: Density) -> bool:
    """``p(x_{t-1} | x_t)``."""
    times = [
        time_index(v, Clock()) for v in (*law.of, *law.given) if isinstance(v, Sym)
    ]
    if len(times) != 2 or times[0] is None or times[1] is None:
        return False
    (a, m), (b, n) = times[0], times[1]
    return a == b != "" and n == m + 1


def own_names(left: Node, right: Node, context: Context) -> bool:
    """``q(x_{t-1}|x_t, x_0) = N(m, v)`` with a document's own m and v."""
    if not (isinstance(left, Density) and isinstance(right, Normal)):
        return False
    if left.head != Sym("q") or plain_law(left):
        return False
    told = any(v == Sym("x", subs=(Num(Fraction(0)),)) for v in left.given)
    return told and name_parts(left, right, context)


def bare(node: Node) -> bool:
    """A single letter without a role, perhaps squared."""
    if isinstance(node, Pow):
        node = node.base
    return (
        isinstance(node, Sym) and role(node) in ("", "model_std") and node.name != "x"
    )


def chosen_names(left: Node, right: Node) -> bool:
    """``x_{t-1} = x_0``, ``\\mu_\\theta = \\mu_q``: when it would be so."""
    sides = [n.head if isinstance(n, Call) else n for n in (left, right)]
    a, b = sides
    if not (isinstance(a, Sym) and isinstance(b, Sym)):
        return False
    if a.name == b.name == "x" and not a.marks and not b.marks:
        return True
    asked = [n for side in (left, right) if isinstance(side, Call) for n in side.args]
    if any(isinstance(n, Sym) and role(n) for arg in asked for n in walk(arg)):
        return False  # mu_q at what a network answers is a formula
    kinds = (role(a), role(b))
    model = [
        k.startswith("model_") and k not in ("model_std", "model_var") for k in kinds
    ]
    return sum(model) == 1 and all(kinds)


def condition(left: Node, right: Node) -> bool:
    r"""``t \ge 2``, ``s < t``, ``1 \le t``: what is assumed, not a claim."""
    letters = [n for n in (left, right) if isinstance(n, Sym) and role(n) == ""]
    plain = all(isinstance(n, Sym | Num) or is_time(n, Clock()) for n in (left, right))
    return bool(letters) and (plain or is_setting(left, right))


def _fix_variance(law: Node, context: Context) -> None:
    if not isinstance(law, Normal):
        return
    for n in walk(law.cov):
        if isinstance(n, Sym):
            kind = role(n)
            if kind in ("posterior_std", "posterior_var"):
                context.variances = ("posterior",)
            elif kind == "beta":
                context.variances = ("beta",)
            elif kind in ("model_std", "model_var"):
                context.variances = ()


def one_step(after: Node, before: Node) -> bool:
    """``x_t`` and ``x_{t-1}``."""
    if not (isinstance(after, Sym) and isinstance(before, Sym)):
        return False
    a, b = (time_index(s, Clock()) for s in (after, before))
    return a is not None and b is not None and a == (b[0], b[1] + 1) and a[0] != ""


def canonical(left: Node, right: Node) -> bool:
    """Is this one of the givens, as printed: a definition rather than a theorem?"""
    if isinstance(left, Sym):
        kinds = {role(n) for n in walk(right) if isinstance(n, Sym)}
        if role(left) == "alpha" and "beta" in kinds:
            return "alpha" not in kinds and "alpha_bar" not in kinds
        if role(left) == "beta" and "alpha" in kinds:
            return "beta" not in kinds and "alpha_bar" not in kinds
        if role(left) == "alpha_bar":
            return contains(right, Big) or contains(right, Dots)
    if isinstance(left, Density) and isinstance(right, Normal):
        if left.head.name == "q" and len(left.given) == 1:
            return one_step(left.of[0], left.given[0])
        return left.head.name in ("p", "P") and not left.given
    return False
