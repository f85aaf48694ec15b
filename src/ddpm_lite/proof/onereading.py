"""A claim in one reading: a proof by normal form, or numbers that refute it."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

from . import derived
from . import field as exact
from .canon import Canon
from .claims import Claim, depth_needed, free_times, uses_t
from .compare import density_variable, difference
from .difference import Difference
from .field import CannotDecide, Undefined
from .inlaw import law_difference
from .names import Clock
from .points import Point, Settled, names
from .readings import Reading
from .symbolic import NeedsUnrolling, Symbolic
from .tree import Call, Density, Normal, Sym
from .walking import contains

EQUAL = {"=", ":="}
TIMES = (3, 4, 5, 2)
LOOK = Clock().bind("t", ("", TIMES[0])).bind("T", ("", TIMES[0] + 1))
UNROLLED = (1, 2, 3, 4, 5, 6)
UNROLLED_LAWS = (1, 2, 3)  # products of densities grow quickly


class Unsettled(CannotDecide):
    """Equal wherever it was tried, and yet not proved equal."""

    def __init__(self) -> None:
        super().__init__("neither a proof nor a counterexample was found")


@dataclass(frozen=True)
class Outcome:
    verdict: str  # proved | holds | false
    why: str = ""
    counterexample: dict[str, Any] | None = None


def evaluate(
    claim: Claim,
    reading: Reading,
    clock: Clock,
    depth: int,
    canon: Canon | None = None,
) -> Difference:
    known = dict(claim.known)
    s = Symbolic(canon or Canon(depth), clock, reading, known, claim.model)
    left, right = s.value(claim.left), s.value(claim.right)
    head = None
    if claim.head is not None and claim.head != claim.left:
        try:
            head = s.value(claim.head)
        except CannotDecide:
            head = None
    if reading.noise == "free":
        in_law = law_difference(s, left, right, head)
        if in_law is not None:
            return in_law
    gap = difference(s, left, claim.relation, right, claim.head)
    return replace(gap, varies=density_variable(s, claim.head or claim.left))


def doubted(claim: Claim, reading: Reading) -> Outcome | None:
    """A quick look with numbers, once another reading has proved false."""
    if agree(claim, reading):
        return None
    try:
        return refuted(claim, reading, LOOK, TIMES[0])
    except CannotDecide:
        return None


def agree(claim: Claim, reading: Reading) -> bool | None:
    """Are the sides equal where all is a number? None when that cannot be seen."""
    try:
        gap = evaluate(claim, reading, LOOK, 1, Settled(1))
        return gap.violated(claim.relation, Point(gap.symbols)) is None
    except exact.OutOfTime:
        raise
    except (CannotDecide, Undefined, exact.Diverges):
        return None


def try_reading(claim: Claim, reading: Reading) -> Outcome:
    start = depth_needed(claim)
    for depth in range(start, start + 4):
        try:
            gap = evaluate(claim, reading, Clock(), depth)
        except NeedsUnrolling:
            return unrolled(claim, reading)
        except CannotDecide as error:
            if "too far below" in str(error) and depth < start + 3:
                continue
            if "order of these times" in str(error):
                letters = free_times(claim)
                if len(letters) == 2 and claim.relation in EQUAL:
                    return ordered(claim, reading, letters)
                return unrolled(claim, reading)
            raise
        break
    if gap.settled(claim.relation):
        why = gap.note
        first = at_one(claim, reading)
        if first:
            why = f"{why}; {first}" if why else first
        return Outcome("proved", why)
    for t in TIMES:
        clock = Clock().bind("t", ("", t)).bind("T", ("", max(4, t + 1)))
        found = refuted(claim, reading, clock, t)
        if found is not None:
            return found
    raise Unsettled


def refuted(claim: Claim, reading: Reading, clock: Clock, t: int) -> Outcome | None:
    """A counterexample at one time, or None when the sides agree there."""
    try:
        gap = evaluate(claim, replace(reading, affine=True), clock, 1)
    except Undefined:
        return None
    named = isinstance(claim.left, Sym | Call)
    replace(gap, generic=uses_t(claim), universal=not named).unexplained()
    for dim, turn in ((1, 0), (1, 4), (3, 2)):
        point = Point(gap.symbols, dim, turn)
        sides = gap.violated(claim.relation, point)
        if sides is None:
            continue
        extra: dict[str, Any] = {"t": t} if uses_t(claim) else {}
        if dim > 1:
            extra["D"] = dim
        shown = names(point, gap.symbols, extra)
        shown["left"], shown["right"] = sides
        return Outcome("false", gap.complaint, shown)
    return None


def ordered(claim: Claim, reading: Reading, letters: list[str]) -> Outcome:
    """Two free times: true as soon as it is true for one order of them."""
    broken: list[Outcome] = []
    tried = 2
    for early, late in (letters, letters[::-1]):
        canon = derived.Ordered(1, early, late)
        try:
            gap = evaluate(claim, reading, Clock(), 1, canon)
        except CannotDecide as error:
            lawless = "depends on the law of the data" in str(error)
            if not (lawless or isinstance(error, exact.Unreal)):
                raise
            tried -= 1  # no formula without the data can hold in this order
            continue
        if gap.settled(claim.relation):
            return Outcome("proved", f"for {early} < {late}")
        clock = Clock().bind(early, ("", 2)).bind(late, ("", 4))
        found = refuted(claim, reading, clock, 4)
        if found is not None:
            shown = {early: 2, late: 4, **(found.counterexample or {})}
            broken.append(replace(found, counterexample=shown))
    if broken and len(broken) == tried:
        return broken[0]
    raise Unsettled


def unrolled(claim: Claim, reading: Reading) -> Outcome:
    """Small numbers of steps, one by one; agreement *holds*, it is not a proof."""
    agreed: list[int] = []
    skipped: list[int] = []
    sizes: tuple[int, ...] = UNROLLED
    if contains(claim.left, Density, Normal) or contains(claim.right, Density, Normal):
        sizes = UNROLLED_LAWS
    for n in sizes:
        clock = Clock().bind("t", ("", n)).bind("T", ("", n))
        try:
            gap = evaluate(claim, reading, clock, 1)
        except Undefined:
            if agreed:
                raise CannotDecide(f"something is undefined at {n} steps") from None
            skipped.append(n)
            continue
        if gap.settled(claim.relation):
            agreed.append(n)
            continue
        if n == 1:
            skipped.append(n)
            continue
        found = refuted(claim, reading, clock, n)
        if found is not None:
            return found
        raise Unsettled
    if len(agreed) < 3:
        raise CannotDecide("too few cases could be tried")
    why = f"tried with {agreed[0]} to {agreed[-1]} steps"
    if skipped:
        why += f" (not at {', '.join(map(str, skipped))})"
    return Outcome("holds", why)


def at_one(claim: Claim, reading: Reading) -> str:
    """What happens at t = 1, where alphabar_0 = 1."""
    if not uses_t(claim):
        return ""
    clock = Clock().bind("t", ("", 1)).bind("T", ("", 4))
    try:
        gap = evaluate(claim, reading, clock, 1)
    except Undefined as error:
        if "dots" in str(error):
            return ""
        return f"holds for t ≥ 2 (at t = 1: {error})"
    except CannotDecide:
        return ""
    if gap.settled(claim.relation):
        return ""
    try:
        broken = gap.violated(claim.relation, Point(gap.symbols))
    except CannotDecide:
        return ""
    return "holds for t ≥ 2 (not at t = 1)" if broken else ""
