r"""Names that nothing explains may be anything: what holds for all of them is proved.

``\frac{1}{2\delta_f^2} \|u_\theta - u_f\|^2`` keeps its value when the square is
written out, whatever ``\delta_f`` and ``u_f`` are. Nothing is refuted in this way: the
text may give the name a meaning that makes the claim true.
"""

from __future__ import annotations

from dataclasses import replace

from .claims import Claim
from .context import Context, definable
from .known import moved
from .names import VECTORS
from .tree import (
    KL,
    Add,
    Arg,
    Big,
    Call,
    Const,
    Density,
    Entropy,
    Expect,
    Grad,
    Integral,
    Moment,
    Neg,
    Node,
    Norm,
    Normal,
    Pow,
    Sym,
    Transpose,
)
from .walking import children, rebuild, walk

BINDING = (Arg, Big, Density, Entropy, Expect, Grad, Integral, KL, Moment, Normal)


def opened(claim: Claim) -> Claim | None:
    """The claim with a free letter for each unexplained name (None: none, or a law)."""
    nodes = [n for side in (claim.left, claim.right) for n in walk(side)]
    if any(isinstance(n, (*BINDING, Const)) for n in nodes):
        return None  # an average could run over what the name depends on
    heads = {id(n.head) for n in nodes if isinstance(n, Call)}
    names = [
        n
        for n in nodes
        if isinstance(n, Sym | Call) and id(n) not in heads and _unexplained(n, claim)
    ]
    long = vectors(claim)
    names += [n for n in long if isinstance(n, Sym) and plain(n, claim)]
    if not names:
        return None
    change: dict[Node, Node] = {}
    for k, n in enumerate(dict.fromkeys(names)):
        change[n] = Sym("xi", sup=f"free{k}") if n in long else Sym(f"free{k}")
    left, right = rebuild(claim.left, change), rebuild(claim.right, change)
    return replace(claim, left=left, right=right, head=None)


def _unexplained(n: Sym | Call, claim: Claim) -> bool:
    """A name with an index or arguments that neither canon nor document defines."""
    if not definable(n):
        return False
    if any(k == n or moved(k, n) is not None for k, _ in claim.known):
        return False
    return isinstance(n, Call) or bool(n.subs or n.marks)


def plain(n: Sym, claim: Claim) -> bool:
    """``X`` in a lemma about any vector."""
    return definable(n) and n.name not in VECTORS and n not in dict(claim.known)


def unexplained(node: Node, context: Context) -> bool:
    """Is there a name in it of which the document has not said what it is?"""
    heads = {id(n.head) for n in walk(node) if isinstance(n, Call | Density)}
    return any(
        isinstance(n, Sym | Call)
        and id(n) not in heads
        and _unexplained(n, Claim(node, "=", node, None, tuple(context.known.items())))
        for n in walk(node)
    )


def vectors(claim: Claim) -> set[Node]:
    """What is added up under a norm or beside a transpose."""
    out: set[Node] = set()
    for side in (claim.left, claim.right):
        for n in walk(side):
            if isinstance(n, Norm | Transpose):
                out |= set(_terms(n.arg))
            elif isinstance(n, Pow) and n.exp == Sym("T"):
                out |= set(_terms(n.base))
    return out


def _terms(node: Node) -> list[Node]:
    """The summands that are single names."""
    if isinstance(node, Sym | Call):
        return [node]
    inside = children(node) if isinstance(node, Add | Neg) else ()
    return [m for c in inside for m in _terms(c)]
