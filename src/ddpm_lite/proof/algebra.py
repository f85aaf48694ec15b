"""The world of exact algebra: a claim is proved when one of its readings is."""

from __future__ import annotations

from dataclasses import replace

from . import field as exact
from .claims import (
    Claim,
    contains_average,
    one_answer,
    readings,
    speaks_of_vectors,
    with_dimension,
    with_vectors,
)
from .field import CannotDecide, Undefined, Unreal
from .names import Clock
from .onereading import (
    UNROLLED_LAWS,
    Outcome,
    Unsettled,
    agree,
    doubted,
    evaluate,
    try_reading,
)
from .readings import Reading
from .tree import KL, Big, Expect, Integral, Range
from .values import Mismatch, Outer
from .verdict import Pair
from .walking import contains, walk

WORLD = "algebra"
ORDER = {"<=", ">=", "<", ">"}


def decide(claim: Claim) -> Pair:
    """Proved, holding or false; CannotDecide when this world cannot express it."""
    exact.forget()
    for side in (claim.left, claim.right):
        laws = {m for n in walk(side) if isinstance(n, Expect) for m in n.laws}
        inside = {r for law in laws for r in walk(law) if isinstance(r, Range)}
        for n in walk(side):
            if isinstance(n, Range) and n not in inside:
                raise CannotDecide("whole paths are left to the finite chains")
            if isinstance(n, Expect | KL | Integral) and contains(n, Big):
                raise CannotDecide("an average over whole paths is not algebra")
    one_answer(claim)
    claim = with_vectors(with_dimension(claim))
    spoken = speaks_of_vectors(claim)
    read = False  # as a statement about vectors
    first_false: tuple[Outcome, Reading] | None = None
    reasons: list[CannotDecide] = []
    for reading in readings(claim):
        exact.Budget.tick()
        if spoken and read and not reading.vector:
            continue  # what holds for D = 1 alone is no statement about norms
        try:
            doubtful = claim.guess or first_false is not None
            if doubtful and agree(claim, reading) is False:
                first_false = first_false or (Outcome("false"), reading)
                continue
            wary = contains_average(claim) and not doubtful
            outcome = doubted(claim, reading) if wary else None
            outcome = outcome or try_reading(claim, reading)
        except exact.Diverges as error:
            if not diverges_as_printed(claim, reading):
                reasons.append(CannotDecide(f"by its definition the left {error}"))
                continue
            outcome = Outcome("false", str(error), {"t": 1})
        except Undefined as error:
            reasons.append(CannotDecide(str(error)))
            continue
        except exact.OutOfTime:
            raise
        except CannotDecide as error:
            reasons.append(error)
            read = read or (reading.vector and isinstance(error, Unsettled | Outer))
            continue
        read = read or reading.vector
        if outcome.verdict != "false":
            return _pair(outcome, reading, claim.relation in ORDER)
        if first_false is None:
            first_false = outcome, reading
    unsettled = [r for r in reasons if isinstance(r, Unsettled)]
    if unsettled:
        raise unsettled[0]
    if first_false is not None:
        return _pair(*first_false)
    if reasons and all(isinstance(r, Unreal) for r in reasons) and not named(claim):
        return Pair("false", WORLD, "no real number", str(reasons[0]), {"t": 3})
    serious = [r for r in reasons if not isinstance(r, Mismatch)] or reasons
    raise serious[0] if serious else CannotDecide("no reading of this statement")


def named(claim: Claim) -> bool:
    """Is there a name that the document explained?"""
    names = {k for k, _ in claim.known}
    return any(n in names for side in (claim.left, claim.right) for n in walk(side))


def diverges_as_printed(claim: Claim, reading: Reading) -> bool:
    """Is the infinite term on the page, not in an earlier definition?"""
    bare = replace(claim, left=claim.right, relation="=", known=())
    try:
        for n in UNROLLED_LAWS:
            clock = Clock().bind("t", ("", n)).bind("T", ("", n))
            evaluate(bare, reading, clock, 1)
    except exact.Diverges:
        return True
    except (CannotDecide, Undefined):
        return False
    return False


def _pair(outcome: Outcome, reading: Reading, order: bool = False) -> Pair:
    rule = {
        "proved": "a certified sign" if order else "equal normal forms",
        "holds": f"{'true' if order else 'equal'} for each small number of steps",
        "false": "different values",
    }[outcome.verdict]
    words = reading.words
    why = outcome.why
    if words:
        why = f"{why}; reading: {words}" if why else f"reading: {words}"
    return Pair(outcome.verdict, WORLD, rule, why, outcome.counterexample)
