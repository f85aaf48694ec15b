"""The verdicts on one chain of relations, and on the statements of one block."""

from __future__ import annotations

from collections.abc import Sequence

from .asking import TRUE, in_worlds
from .claims import Claim
from .context import Context, definable, is_setting
from .known import moved
from .lawindices import resolved
from .names import Clock, at, has_sub, role, time_index
from .relation import one
from .secondlook import from_earlier, from_start, noised, with_notation, with_repair
from .statements import Statement
from .tree import Call, Dots, Mul, Node, Normal, NotUnderstood, Num, Pow, Sym
from .verdict import Pair
from .walking import walk


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
    spread, before = spread_chosen(statements, context), context.variances
    context.variances = spread or before
    for k, s in enumerate(statements):
        if k not in done:
            done[k] = decide(s, context)
    if spread and context.variances == spread:
        context.variances = before
    return [(s, done[k]) for k, s in enumerate(statements)]


def spread_chosen(statements: Sequence[Statement], context: Context) -> tuple[str, ...]:
    r"""``..., \sigma_t^2 = \beta_t``: what sigma_t is all through this block."""
    found: set[str] = set()
    for s in statements if len(statements) > 1 else ():
        if s.continues or not s.pairs:
            continue
        left, right = s.parts[0].node, s.parts[1].node
        name = left.base if isinstance(left, Pow) else left
        if left is None or right is None or not isinstance(name, Sym):
            continue
        if role(name) != "model_std" or has_sub(name, "theta"):
            continue
        a, b = context.apply(left), context.apply(right)
        for kind in ("posterior", "beta"):
            claim = Claim(a, "=", b, variances=(kind,))
            if in_worlds(claim, a, "=", b).verdict in TRUE:
                found.add(kind)
    return tuple(found) if len(found) == 1 else ()


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
    read = resolved(nodes)
    nodes, context.times, context.forward = read.nodes, read.times, read.forward
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
            if pair.verdict not in TRUE:
                pair = noised(pair, left, relation, right, context)
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
