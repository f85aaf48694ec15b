"""Which of the judges can read two sides, and do the sides differ?"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping

from . import judge_counts
from .judge import Judge
from .judge_draws import about_draws, draws_differ
from .judge_joint import Tables, variables
from .judge_laws import NotJudged, Point
from .judge_means import Means
from .judge_paths import Paths
from .statements import split
from .tree import Call, Density, Node, NotUnderstood, Sym
from .walking import walk

CANON = {"alpha", "beta", "SNR", "epsilon", "x", "mu", "ELBO"}
SAME, APART = 1e-9, 1e-9
ROUGH, CLEAR = 1e-6, 1e-4  # where averages are sums and slopes are differences
ROUNDING = 1e-13
FAILURES = (ArithmeticError, ValueError, IndexError, TypeError, KeyError)


def definitions(before: Iterable[str]) -> dict[Node, Node]:
    """Names that earlier blocks define; what the judge has typed out is not taken."""
    found: dict[Node, Node] = {}
    for block in before:
        try:
            statements, _, _ = split(block)
        except NotUnderstood:
            continue
        for s in statements:
            if s.continues or s.relations[0] not in ("=", ":="):
                continue
            left, right = s.parts[0].node, s.parts[1].node
            if left is None or right is None or not names_one(left):
                continue
            found.setdefault(left, right)
    return found


def names_one(left: Node) -> bool:
    if isinstance(left, Density):
        return left.head.name == "p" and bool(left.given)
    head = left.head if isinstance(left, Call) else left
    if not isinstance(head, Sym) or head.name in CANON:
        return False
    return not (head.name in ("sigma", "L") and bool(head.subs))


def differ(left: Node, right: Node, known: Mapping[Node, Node]) -> bool:
    """Do the sides differ at some ordinary point? NotJudged when it cannot be said."""
    if judge_counts.about_counts(left, right):
        try:
            return judge_counts.differ(left, right)
        except (judge_counts.NotCounts, *FAILURES) as error:
            raise NotJudged from error
    for judge in (drawn, gaussian, averaged, enumerated, tabled):
        try:
            return judge(left, right, known)
        except (NotJudged, *FAILURES):
            continue
    raise NotJudged


def apart(
    pairs: Iterable[tuple[float, float]], same: float = SAME, far: float = APART
) -> bool:
    """Is some pair far apart? NotJudged where one is neither that nor the same.

    Two small numbers that differ by a good part of themselves (densities far out) are
    neither, unless they are so small that rounding alone makes them.
    """
    doubt = False
    for a, b in pairs:
        size = max(abs(a), abs(b))
        gap = abs(a - b) / max(1.0, size)
        if gap > far:
            return True
        small = ROUNDING < size < 1 and abs(a - b) > CLEAR * size
        doubt = doubt or small or not gap <= same
    if doubt:
        raise NotJudged
    return False


def chained(*sides: Node) -> bool:
    """Are there states, times or laws, so that v, z, p and q are those of the chain?"""
    return any(
        isinstance(n, Density)
        or (isinstance(n, Sym) and n.name == "x" and bool(n.subs))
        or (isinstance(n, Sym) and n.name == "epsilon")
        for side in sides
        for n in walk(side)
    )


def gaussian(left: Node, right: Node, known: Mapping[Node, Node]) -> bool:
    def pairs() -> Iterator[tuple[float, float]]:
        for t, seed in ((3, 1), (4, 2)):
            judge = Judge(Point(t, seed, chained(left, right)), None, known)
            yield judge.value(left), judge.value(right)

    return apart(pairs())


def drawn(left: Node, right: Node, known: Mapping[Node, Node]) -> bool:
    if not about_draws(left, right):
        raise NotJudged
    return draws_differ(left, right)


def averaged(left: Node, right: Node, known: Mapping[Node, Node]) -> bool:
    def pairs() -> Iterator[tuple[float, float]]:
        for t, seed in ((2, 3), (3, 4)):
            judge = Means(Point(t, seed), None, known)
            yield judge.value(left), judge.value(right)

    return apart(pairs(), ROUGH, CLEAR)


def enumerated(left: Node, right: Node, known: Mapping[Node, Node]) -> bool:
    def pairs() -> Iterator[tuple[float, float]]:
        for seed, steps, t in ((5, 3, 2), (6, 4, 3)):
            for start in range(3):
                paths = Paths(seed, steps, t, known)
                paths.at = {k: (start + k * k) % 3 for k in range(steps + 1)}
                yield paths.value(left), paths.value(right)

    return apart(pairs())


def tabled(left: Node, right: Node, known: Mapping[Node, Node]) -> bool:
    letters = variables(left, right)

    def pairs() -> Iterator[tuple[float, float]]:
        for seed in (7, 8, 9):
            tables = Tables(letters, seed)
            yield tables.value(left), tables.value(right)

    return apart(pairs())
