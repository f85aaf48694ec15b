r"""``\mathcal L_{\text{vlb}}`` and its terms, as papers use them and never define them.

Some write the bound on log p, some its negative, some its mean over the data. What is
true in one of these senses is true; an order that fails in all of them is false.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from functools import cache

from .asking import TRUE, both, in_worlds
from .claims import Claim, exchanged
from .grammar import parse_expression
from .known import moved
from .names import has_sub
from .tree import Call, Density, Neg, Node, Sym
from .verdict import Pair

BOUNDS = {"vlb", "VLB", "elbo", "ELBO", "VLBO"}
CHAIN = r"\left[\log\frac{p_\theta(x_{0:T})}{q(x_{1:T}|x_0)}\right]"
HIDDEN = r"\mathbb E_{q(z|x)}\left[\log\frac{p_\theta(x,z)}{q(z|x)}\right]"
# (the sense, and how it is printed)
SENSES = {
    "the bound on log p": rf"\mathbb E_{{q(x_{{1:T}}|x_0)}}{CHAIN}",
    "its mean over the data": rf"\mathbb E_{{q(x_{{0:T}})}}{CHAIN}",
}
TERMS = {
    r"L_T": r"D_{KL}(q(x_T|x_0)\|p(x_T))",
    r"L_{t-1}": r"D_{KL}(q(x_{t-1}|x_t,x_0)\|p_\theta(x_{t-1}|x_t))",
    r"L_t": r"D_{KL}(q(x_t|x_{t+1},x_0)\|p_\theta(x_t|x_{t+1}))",
    r"L_0": r"-\log p_\theta(x_0|x_1)",
}


def as_bound(claim: Claim) -> Pair | None:
    """The verdict with such names in their usual senses, where nothing defines them."""
    nodes = list(both(claim.left, claim.right))
    names = {n for n in nodes if isinstance(n, Sym) and is_bound(n)}
    free = names - {k for k, _ in claim.known} - {s for n in names for s in n.subs}
    claim, told = with_terms(claim, nodes)
    if not (told or any(isinstance(n, Density) for n in nodes)):
        return None
    if len(free) == 1:
        return in_a_sense(claim, *free)
    if not told:
        return None
    again = in_worlds(claim, claim.left, claim.relation, claim.right)
    words = "reading: L_T, L_{t-1} and L_0 are the terms of the bound"
    return replace(again, why=words) if again.verdict in TRUE else None


def is_bound(name: Sym) -> bool:
    """``L_{\\text{vlb}}``, ``ELBO``."""
    below = [s.name for s in name.subs if isinstance(s, Sym)]
    if name.marks or name.sup:
        return False
    return (name.name in BOUNDS and not below) or (
        name.name == "L" and len(below) == 1 and below[0] in BOUNDS
    )


def in_a_sense(claim: Claim, name: Sym) -> Pair | None:
    nodes = both(claim.left, claim.right)
    asked = [n for n in nodes if isinstance(n, Call) and n.head == name]
    pairs = []
    for words, meaning in senses(claim, name):
        change: dict[Node, Node] = {name: meaning, **dict.fromkeys(asked, meaning)}
        other = exchanged(replace(claim, head=None), change)
        again = in_worlds(other, other.left, other.relation, other.right)
        if again.verdict in TRUE:
            return replace(again, why=f"reading: the name is {words}")
        pairs.append(again)
    wrong = all(p.verdict == "false" for p in pairs)
    if wrong and claim.relation in ("<", ">", "<=", ">="):
        return replace(pairs[0], why="false in each usual sense of this name")
    return None


def senses(claim: Claim, name: Sym) -> Iterator[tuple[str, Node]]:
    """What the name may mean, in the claim's letters; an ELBO bounds from below."""
    nodes = list(both(claim.left, claim.right))
    plain_x = any(n == Sym("x") for n in nodes)
    table = SENSES if not plain_x else {"the bound on log p": HIDDEN}
    laws = [n.head for n in nodes if isinstance(n, Density) and n.head.name == "p"]
    plain = bool(laws) and not any(has_sub(h, "theta") for h in laws)
    for words, latex in table.items():
        meaning = parsed(latex.replace(r"p_\theta", "p") if plain else latex)
        yield words, meaning
        if name.name.upper() != "ELBO":
            yield f"the negative of {words}", Neg(meaning)


def with_terms(claim: Claim, nodes: list[Node]) -> tuple[Claim, bool]:
    """The claim told what ``L_T``, ``L_{t-1}``, ``L_0`` are, if it names both ends."""
    names = {n for n in nodes if isinstance(n, Sym) and n.name == "L"}
    table = {parsed(k): parsed(v) for k, v in TERMS.items()}
    ends = {parsed("L_T"), parsed("L_0")}
    own = any(k == n or moved(k, n) for k, _ in claim.known for n in names)
    if own or not ends <= names:
        return claim, False
    used = tuple((k, v) for k, v in table.items() if k in names)
    return replace(claim, known=(*claim.known, *used)), True


@cache
def parsed(latex: str) -> Node:
    return parse_expression(latex)
