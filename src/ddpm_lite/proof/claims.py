"""One relation to decide, what occurs in it, and the readings it allows."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TypeGuard

from .field import CannotDecide
from .letters import VECTOR, is_network
from .names import VECTORS, Clock, describe, is_time, role, time_of
from .readings import Reading
from .tree import (
    Abs,
    Add,
    Big,
    Call,
    Const,
    Density,
    Expect,
    Fn,
    Identity,
    Neg,
    Node,
    Norm,
    Normal,
    Pow,
    Range,
    Sqrt,
    Sym,
    Transpose,
)
from .walking import children, rebuild, walk

DIMENSIONS = {"d", "k", "m", "n", "p", "H", "K", "M", "N"}


@dataclass(frozen=True)
class Claim:
    """One relation to decide, with what the document has said before."""

    left: Node
    relation: str
    right: Node
    head: Node | None = None  # first expression of the chain
    known: tuple[tuple[Node, Node], ...] = ()
    variances: tuple[str, ...] = ()  # what the document fixes for p_theta
    model: Node | None = None  # p_theta(x_{t-1} | x_t) as the document chose it
    fixed: int = 0  # a number of steps that the notation fixes
    guess: bool = False  # most likely false: numbers first


def exchanged(claim: Claim, change: dict[Node, Node]) -> Claim:
    """The claim and what is known, with the keys of ``change`` replaced."""
    return replace(
        claim,
        left=rebuild(claim.left, change),
        right=rebuild(claim.right, change),
        known=tuple((k, rebuild(body, change)) for k, body in claim.known),
    )


def with_dimension(claim: Claim) -> Claim:
    """The letter n of ``(2\\pi)^{n/2}`` is the number of coordinates."""
    nodes = nodes_of(claim)
    bound = {n.var for n in nodes if isinstance(n, Big)}
    letters = {
        m
        for n in nodes
        if isinstance(n, Pow) and Sym("pi") in set(walk(n.base))
        for m in walk(n.exp)
        if isinstance(m, Sym) and not m.subs and m.name in DIMENSIONS
    }
    if len(letters) != 1 or letters & bound or Sym("D") in nodes:
        return claim
    (letter,) = letters
    if any(letter == k for k, _ in claim.known):
        return claim
    change: dict[Node, Node] = {letter: Sym("D")}
    return exchanged(claim, change)


def with_vectors(claim: Claim) -> Claim:
    """Plain letters that are added up under a norm are vectors."""
    change: dict[Node, Node] = {}
    defined = {k for k, _ in claim.known}
    for n in nodes_of(claim):
        for m in summands(n.arg) if isinstance(n, Norm | Transpose) else ():
            plain = isinstance(m, Sym) and not (role(m) or m.subs or m in defined)
            if isinstance(m, Sym) and plain and m.name not in (*VECTORS, "D"):
                change[m] = replace(m, sup=m.sup + VECTOR)
    return exchanged(claim, change)


def speaks_of_vectors(claim: Claim) -> bool:
    """Is there a norm or a transpose?"""
    return any(isinstance(n, Norm | Transpose) for n in nodes_of(claim))


def summands(node: Node) -> list[Node]:
    """What is added up: single names, and whatever else there is."""
    if isinstance(node, Add | Neg):
        return [m for c in children(node) for m in summands(c)]
    return [node]


def one_answer(claim: Claim) -> None:
    """A network without a role is one vector: it may be asked one question only."""
    asked: dict[Sym, tuple[Node, ...]] = {}
    for n in nodes_of(claim):
        if (
            isinstance(n, Call)
            and is_network(n.head)
            and (asked.setdefault(n.head, n.args) != n.args)
        ):
            raise CannotDecide(f"{describe(n.head)}(...) of different arguments")


def nodes_of(claim: Claim) -> list[Node]:
    """Every node of both sides, and of the definitions that they use."""
    out = [n for side in (claim.left, claim.right) for n in walk(side)]
    used = {n for n in out if isinstance(n, Sym | Call)}
    for key, body in claim.known:
        if any(_same_head(key, u) for u in used):
            out += list(walk(body))
    return out


def _same_head(key: Node, used: Node) -> bool:
    if isinstance(key, Call) and isinstance(used, Call):
        return key.head == used.head
    if isinstance(key, Sym) and isinstance(used, Sym):
        same = (key.name, key.marks) == (used.name, used.marks)
        return same and len(key.subs) == len(used.subs)
    return False


def depth_needed(claim: Claim) -> int:
    """How far below t the printed indices reach."""
    low = 0
    clock = Clock()
    for side in (claim.left, claim.right):
        for n in walk(side):
            if isinstance(n, Sym):
                for s in n.subs:
                    if not isinstance(s, Range) and is_time(s, clock):
                        letter, offset = time_of(s, clock)
                        if letter:
                            low = min(low, offset)
    return max(1, -low)


def contains_average(claim: Claim) -> bool:
    """Averages and free constants: a proof is dear, a counterexample is not."""
    return any(isinstance(n, Expect | Const) for n in nodes_of(claim))


def free_times(claim: Claim) -> list[str]:
    """The letters that stand for times in the indices."""
    found: set[str] = set()
    for side in (claim.left, claim.right):
        for n in walk(side):
            if isinstance(n, Sym):
                times = [s for s in n.subs if is_time(s, Clock())]
                found |= {time_of(s, Clock())[0] for s in times}
    return sorted(found - {""})


def uses_t(claim: Claim) -> bool:
    return any(
        isinstance(n, Sym) and n.name in ("t", "T")
        for side in (claim.left, claim.right)
        for n in walk(side)
    )


def readings(claim: Claim) -> list[Reading]:
    """The conventional readings of what the notation leaves open."""
    nodes = nodes_of(claim)
    noises = {(n.marks, n.sup) for n in nodes if _is_noise(n)}
    noisy = len(noises) == 1  # \epsilon and \epsilon' are not one noise
    model = any(
        (isinstance(n, Density) and n.head.name in ("p", "P"))
        or (isinstance(n, Sym | Call) and _role(n) in ("model_std", "model_var"))
        or n == Sym("z")  # the noise of a sampler's step
        for n in nodes
    )
    marked = any(
        isinstance(n, Norm | Transpose | Identity)
        or (isinstance(n, Sym) and n.name == "D" and not n.subs)
        for n in nodes
    )
    out = []
    for vector in (True,) if marked else (True, False):
        for noise in ("free", "merged", "kernel") if noisy else ("free",):
            for variance in _variances(claim) if model else ("free",):
                out.append(Reading(vector, noise, variance))
    if marked and not any(isinstance(n, Identity) for n in nodes):
        out += [replace(r, vector=False) for r in out]
    if any(map(sizes_matrix, nodes)):
        out = [replace(r, matrix=True) for r in out]
    if any(isinstance(n, Sqrt | Fn | Normal) for n in nodes):
        out += [replace(r, positive=True) for r in out]
    return out


def sizes_matrix(n: Node) -> bool:
    """A trace or determinant, ``|\\Sigma|`` among them."""
    if isinstance(n, Abs):
        return any(isinstance(m, Sym) and m.name == "Sigma" for m in walk(n.arg))
    return isinstance(n, Fn) and n.name in ("tr", "det")


def _is_noise(n: Node) -> TypeGuard[Sym]:
    return isinstance(n, Sym) and role(n) == "noise"


def _variances(claim: Claim) -> tuple[str, ...]:
    left = claim.left.base if isinstance(claim.left, Pow) else claim.left
    named = isinstance(left, Sym | Call) and _role(left) in ("model_std", "model_var")
    if claim.model is not None and not claim.variances and not named:
        return ("free",)
    return claim.variances or ("free", "posterior", "beta")


def _role(n: Sym | Call) -> str:
    return role(n if isinstance(n, Sym) else n.head)
