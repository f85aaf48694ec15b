"""From text to verdicts: statements, definitions, worlds."""

from __future__ import annotations

from collections.abc import Iterable
from fractions import Fraction

from . import notation
from .asking import TRUE, in_worlds
from .claims import Claim
from .context import Context
from .deciding import decide_all
from .definitions import definition
from .grammar import parse_expression
from .names import role
from .statements import Statement, split
from .tree import Identity, Mul, Node, Normal, NotUnderstood, Num, Sqrt, Sym
from .verdict import Pair, Verdict


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
        return in_worlds(Claim(a, "=", b), a, "=", b).verdict in TRUE

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
