"""Small random worlds: chains of a few states and joint tables, all rational.

Every cell has a volume of its own (a random base measure), so that densities exceed 1
and "entropy is never negative" or "log p is never positive" is not believed.
"""

from __future__ import annotations

from collections.abc import Hashable
from fractions import Fraction
from functools import lru_cache
from itertools import product
from random import Random
from typing import Any

VOLUMES = [Fraction(1, 7), Fraction(1, 3), Fraction(2), Fraction(5, 3), Fraction(3, 5)]
Variable = tuple[str, int]  # ("x", t) on the chain, ("z", 0) elsewhere
Partial = tuple[tuple[Variable, int], ...]


def weights(random: Random, n: int, extreme: bool = False) -> list[Fraction]:
    """Probabilities of n cells; ``extreme`` makes one of them nearly zero."""
    raw = [random.randint(1, 9) for _ in range(n)]
    if extreme:
        raw = [r * 10_000 for r in raw]
        raw[random.randrange(n)] = 1
    return [Fraction(r, sum(raw)) for r in raw]


class World:
    """Named laws over variables with finitely many states."""

    def __init__(self, states: int, seed: int) -> None:
        self.states = states
        self.random = Random(seed)
        self.seed = seed
        self.joint: dict[str, dict[tuple[int, ...], Fraction]] = {}
        self.variables: list[Variable] = []
        self.volume: dict[Variable, list[Fraction]] = {}
        self.number: dict[Variable, list[Fraction]] = {}
        self._memo: dict[tuple[str, Partial], Fraction] = {}
        self._paths: dict[Hashable, list[tuple[dict[Variable, int], Fraction]]] = {}
        self.read: dict[Hashable, Any] = {}  # densities as printed, once worked out

    def add_variable(self, v: Variable, small: bool = False) -> None:
        self.variables.append(v)
        pick = self.random.choice
        sizes = (
            [Fraction(1, 40), Fraction(1, 50), Fraction(1, 70)] if small else VOLUMES
        )
        self.volume[v] = [pick(sizes) for _ in range(self.states)]
        self.number[v] = [
            Fraction(self.random.randint(-9, 9), 4) for _ in range(self.states)
        ]

    def density(self, law: str, at: dict[Variable, int]) -> Fraction:
        """The marginal density of a partial assignment."""
        key = (law, tuple(sorted(at.items())))
        if key not in self._memo:
            total = Fraction(0)
            places = [(k, at[v]) for k, v in enumerate(self.variables) if v in at]
            for path, probability in self.joint[law].items():
                if all(path[k] == s for k, s in places):
                    total += probability
            for v, s in at.items():
                total /= self.volume[v][s]
            self._memo[key] = total
        return self._memo[key]

    def conditional(
        self, law: str, of: dict[Variable, int], given: dict[Variable, int]
    ) -> Fraction:
        """Density of ``of`` given ``given``; 0/0 raises ZeroDivisionError."""
        for v, s in of.items():
            if v in given and given[v] != s:
                return Fraction(0)
        both = self.density(law, {**given, **of})
        return both / self.density(law, given) if given else both

    def paths(
        self, law: str, of: tuple[Variable, ...], given: Partial
    ) -> list[tuple[dict[Variable, int], Fraction]]:
        """The states of ``of`` that can occur, each with its probability."""
        key = law, of, given
        if key not in self._paths:
            b = dict(given)
            out = []
            for states in product(range(self.states), repeat=len(of)):
                a = dict(zip(of, states, strict=True))
                weight = self.conditional(law, a, b)
                for v in a.keys() - b.keys():
                    weight *= self.volume[v][a[v]]
                if weight:
                    out.append((a, weight))
            self._paths[key] = out
        return self._paths[key]

    def forget(self, laws: set[str]) -> None:
        """Drop what was worked out for laws that are drawn again."""
        self._memo = {k: v for k, v in self._memo.items() if k[0] not in laws}
        self._paths.clear()
        self.read.clear()

    def table(self, law: str) -> dict[str, str]:
        names = ",".join(f"{n}_{t}" for n, t in self.variables)
        return {
            f"{law}({names}={','.join(map(str, path))})": str(p)
            for path, p in self.joint[law].items()
        }


class Chain(World):
    """q runs forward from x_0, the model p backward from x_T.

    ``kind`` makes the model special: "free", "exact" (the reverse of q), "near" it,
    "dense" (the reverse of q, on small cells: all densities are large), "extreme"
    (probabilities close to 0, small cells), or "forgetful" (every step of q ignores
    where it came from, and the model is its exact reverse).
    """

    def __init__(self, steps: int, states: int, seed: int, kind: str = "free") -> None:
        super().__init__(states, seed)
        self.steps = steps
        self.kind = kind
        self.prior: list[Fraction] = []
        for t in range(steps + 1):
            self.add_variable(("x", t), kind in ("extreme", "dense"))
        extreme = kind == "extreme"
        start = weights(self.random, states, extreme)
        forward = [
            [weights(self.random, states, extreme) for _ in range(states)]
            for _ in range(steps)
        ]
        if kind == "forgetful":
            forward = [[rows[0]] * states for rows in forward]
        self.joint["q"] = {}
        for path in product(range(states), repeat=steps + 1):
            p = start[path[0]]
            for t in range(steps):
                p *= forward[t][path[t]][path[t + 1]]
            self.joint["q"][path] = p
        self.joint["p"] = {}
        self.new_model(kind)

    def new_model(self, kind: str) -> None:
        """Draw the model (again)."""
        if kind in ("exact", "forgetful", "dense"):
            self.joint["p"] = dict(self.joint["q"])
        else:
            free = self.reverse_chain(kind == "extreme")
            if kind == "near":
                part = Fraction(1, 1000)
                free = self.blend(free, part)
            self.joint["p"] = free
        self.forget({"p"})

    def reverse_chain(self, extreme: bool) -> dict[tuple[int, ...], Fraction]:
        n, steps = self.states, self.steps
        if not self.prior:
            self.prior = weights(self.random, n, extreme)
        last = self.prior  # p(x_T) is given, not learned
        back = [
            [weights(self.random, n, extreme) for _ in range(n)] for _ in range(steps)
        ]
        return {path: self.walk_back(path, last, back) for path in self.joint["q"]}

    @staticmethod
    def walk_back(
        path: tuple[int, ...], last: list[Fraction], back: list[list[list[Fraction]]]
    ) -> Fraction:
        p = last[path[-1]]
        for t in range(len(path) - 1, 0, -1):
            p *= back[t - 1][path[t]][path[t - 1]]
        return p

    def blend(
        self, free: dict[tuple[int, ...], Fraction], part: Fraction
    ) -> dict[tuple[int, ...], Fraction]:
        """A Markov model whose steps are close to the exact reverse."""
        n, steps = self.states, self.steps

        def step(
            law: dict[tuple[int, ...], Fraction], t: int, b: int, a: int
        ) -> Fraction:
            top = sum(p for w, p in law.items() if w[t] == b and w[t - 1] == a)
            below = sum(p for w, p in law.items() if w[t] == b)
            return Fraction(top) / Fraction(below)

        q = self.joint["q"]
        last = [Fraction(sum(p for w, p in q.items() if w[-1] == s)) for s in range(n)]
        back = [
            [
                [
                    (1 - part) * step(q, t, b, a) + part * step(free, t, b, a)
                    for a in range(n)
                ]
                for b in range(n)
            ]
            for t in range(1, steps + 1)
        ]
        return {path: self.walk_back(path, last, back) for path in q}


@lru_cache(maxsize=40)
def chain(steps: int, states: int, seed: int, kind: str) -> Chain:
    """A chain that statements share, since none of them draws its model again."""
    return Chain(steps, states, seed, kind)


class Joint(World):
    """Arbitrary joint laws over the names that occur."""

    def __init__(self, names: list[Variable], laws: list[str], states: int, seed: int,
                 extreme: bool = False) -> None:  # fmt: skip
        super().__init__(states, seed)
        self.learned: list[str] = []
        for v in names:
            self.add_variable(v, extreme)
        paths = list(product(range(states), repeat=len(names)))
        for law in laws:
            self.joint[law] = dict(
                zip(paths, weights(self.random, len(paths), extreme), strict=True)
            )

    def new_model(self, kind: str) -> None:
        """Draw the learned laws again."""
        for law in self.learned:
            paths = list(self.joint[law])
            fresh = weights(self.random, len(paths), kind == "extreme")
            self.joint[law] = dict(zip(paths, fresh, strict=True))
        self.forget(set(self.learned))
