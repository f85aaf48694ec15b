"""Every world that can express a claim is asked; one failure makes it false."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from fractions import Fraction

from . import algebra, chains, coordinates, dirichlet, draws, mixture, moments, scores
from .claims import Claim
from .field import Budget, CannotDecide, Diverges, OutOfTime, Undefined
from .names import Clock, has_sub, role, time_index
from .opened import opened
from .tree import (
    KL,
    Big,
    Call,
    Density,
    Div,
    Dots,
    Expect,
    Grad,
    Integral,
    Moment,
    Node,
    Normal,
    NotUnderstood,
    Num,
    Pow,
    Sqrt,
    Sym,
)
from .variants import separated
from .verdict import Pair
from .walking import contains, walk

TRUE = ("proved", "holds", "defines")
ANSWERS = {"model_noise", "model_x0", "model_score", "model_v"}


def in_worlds(claim: Claim, left: Node, relation: str, right: Node) -> Pair:
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
    if wrong and weak and not same_networks(left, right):
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
    if best.verdict == "proved" and has_covariances(claim):
        best = replace(best, verdict="holds", why="for covariances σ²I")
    if best.verdict == "proved" and canonical(left, right):
        return Pair("defines", best.world, "agrees with the canon", best.why)
    return best


def same_networks(left: Node, right: Node) -> bool:
    """Do the sides weigh the same answers? No training changes which sum is which."""
    asked = [
        {n for n in walk(s) if isinstance(n, Call) and role(n.head) in ANSWERS}
        for s in (left, right)
    ]
    bare = isinstance(left, Call) or isinstance(right, Call)
    return len(asked[0]) > 1 and asked[0] == asked[1] and not bare


def whatever_it_is(claim: Claim) -> list[Pair]:
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
    name = left.num if isinstance(left, Div) else left  # x_{t-1} over its scale
    state = isinstance(name, Sym) and name.name == "x" and not name.marks
    start = isinstance(name, Sym) and name.subs == (Num(Fraction(0)),)
    drawn = "noise" in kinds or Sym("z") in set(walk(right))
    return state and not start and bool(kinds & ANSWERS) and not drawn


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


def ask(claim: Claim, relation: str, found: list[Pair], reasons: list[str]) -> None:
    """Collect the verdicts of the worlds, and why some cannot tell."""
    any_covariance = covariances(claim)
    if any_covariance is not None:
        found.append(any_covariance)
        return
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
            last = (
                world in (mixture.decide, averaged, scores.decide)
                or str(error)[:3] == "no "
            )
            place = len(reasons) if last else 0
            reasons.insert(place, str(error))
        except (RecursionError, OverflowError, MemoryError):
            reasons.append("the statement is too deep or its numbers are too large")


def worlds(relation: str) -> Sequence[Callable[[Claim], Pair]]:
    if relation == "~":
        return (draws.decide,)
    return (
        chains.decide, algebra.decide, moments.decide, dirichlet.decide,
        mixture.decide, averaged, scores.decide,
    )  # fmt: skip


def covariances(claim: Claim) -> Pair | None:
    r"""The verdict on full matrices \Sigma, where there are some."""
    if not has_covariances(claim):
        return None
    from . import matrices  # NumPy is only loaded when it is needed

    try:
        return matrices.decide(claim)
    except CannotDecide:
        return None


def has_covariances(claim: Claim) -> bool:
    r"""Does a \Sigma occur that stands for any matrix?"""
    return any(
        isinstance(n, Sym) and n.name == "Sigma" and not role(n)
        for n in both(claim.left, claim.right)
    )


def averaged(claim: Claim) -> Pair:
    """Averages and scores under laws that depend on the data."""
    if not any(contains(s, Expect, Grad, Moment) for s in (claim.left, claim.right)):
        raise CannotDecide("no average")
    from . import averages  # NumPy is only loaded when it is needed

    return averages.decide(claim)


def heavy(left: Node, right: Node) -> bool:
    """Averages over laws, which algebra would have to unroll."""
    return any(contains(n, Expect, KL, Big) for n in (left, right))


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
