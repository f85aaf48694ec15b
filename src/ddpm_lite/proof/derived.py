"""What follows from the canon by Gaussian conditioning; nothing here is looked up."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache

import sympy as sp

from .canon import Canon, Time
from .field import CannotDecide, Infinite, is_zero, unit

Step = tuple[sp.Expr, sp.Expr]  # x_u = m x_s + sqrt(v) noise
START: Time = ("", 0)


@dataclass(frozen=True)
class Ordered(Canon):
    """Two free times: ``early`` is at most ``late`` - depth, the rest is free."""

    early: str = ""
    late: str = ""

    def sqrt_alpha_bar(self, t: Time) -> sp.Expr:
        letter, offset = t
        if letter != self.late or offset < -self.depth:
            return super().sqrt_alpha_bar(t)
        steps = range(-self.depth + 1, offset + 1)
        between = unit(f"r[{letter}{-self.depth:+d}]")
        own = between * sp.prod([self.sqrt_alpha((letter, k)) for k in steps])
        return super().sqrt_alpha_bar((self.early, 0)) * own

    def follows(self, s: Time, u: Time) -> bool:
        """Is the time s known to lie before u?"""
        letters = (s[0], u[0]) == (self.early, self.late)
        return letters and s[1] <= 0 and u[1] >= 1 - self.depth


def compose(first: Step, second: Step) -> Step:
    """Two steps in a row: means multiply, variances add after scaling."""
    return first[0] * second[0], sp.expand(second[0] ** 2 * first[1] + second[1])


@lru_cache(maxsize=64)
def _induction_holds(canon: Canon, letter: str) -> bool:
    """m = sqrt(alphabar), v = 1 - alphabar: true at 0, and kept by one kernel."""
    before = canon.sqrt_alpha_bar((letter, -1))
    m, v = compose((before, 1 - before**2), canon.kernel((letter, 0)))
    after = canon.sqrt_alpha_bar((letter, 0))
    start = is_zero(1 - canon.alpha_bar(START)) and is_zero(
        1 - canon.sqrt_alpha_bar(START)
    )
    return start and is_zero(m - after) and is_zero(v - (1 - after**2))


def transition(canon: Canon, s: Time, u: Time) -> Step:
    """The law of x_u given x_s, for s before u."""
    if s[0] == u[0]:
        step: Step = (sp.Integer(1), sp.Integer(0))
        for k in range(s[1] + 1, u[1] + 1):
            step = compose(step, canon.kernel((u[0], k)))
        return step
    if s == START:
        deep = Canon(max(1, canon.depth))
        if not _induction_holds(deep, u[0]):
            raise CannotDecide("the induction for q(x_t|x_0) fails")
        root = canon.sqrt_alpha_bar(u)
        return root, 1 - root**2
    if isinstance(canon, Ordered) and canon.follows(s, u):
        if not _induction_holds(canon, u[0]):
            raise CannotDecide("the induction for q(x_t|x_s) fails")
        root = canon.sqrt_alpha_bar(u) / canon.sqrt_alpha_bar(s)
        return root, 1 - root**2
    raise CannotDecide("the order of these times is not settled")


def order(canon: Canon, times: list[Time]) -> list[Time]:
    """Times from early to late; x_0 first; mixed letters need an Ordered canon."""
    letters = {t[0] for t in times if t != START}
    late = canon.late if isinstance(canon, Ordered) else None
    known = isinstance(canon, Ordered) and letters == {canon.early, canon.late}
    if len(letters) > 1 and not known:
        raise CannotDecide("the order of these times is not settled")
    if known and not all(t[1] >= 0 if t[0] == late else t[1] <= 0 for t in times):
        raise CannotDecide("the order of these times is not settled")
    return sorted(set(times), key=lambda t: (t != START, t[0] == late, t[1]))


def conditional(
    canon: Canon, a: Time, given: list[Time]
) -> tuple[dict[Time, sp.Expr], sp.Expr]:
    """q(x_a | x_given): coefficients of the mean on the given ones, and variance."""
    mean, var = _conditional(canon, a, tuple(given))
    return dict(mean), var


@lru_cache(maxsize=1024)
def _conditional(
    canon: Canon, a: Time, given: tuple[Time, ...]
) -> tuple[dict[Time, sp.Expr], sp.Expr]:
    if a in given:
        return {a: sp.Integer(1)}, sp.Integer(0)
    ranked = order(canon, [a, *given])
    k = ranked.index(a)
    earlier, later = ranked[:k], ranked[k + 1 :]
    if not earlier:
        raise CannotDecide("this law depends on the law of the data")
    left = earlier[-1]
    m, v = transition(canon, left, a)
    if not later:
        return {left: m}, v
    right = later[0]
    m2, v2 = transition(canon, a, right)
    gain = m2 * v / (m2**2 * v + v2)
    return {left: m - gain * m2 * m, right: gain}, v - gain * m2 * v


def forget() -> None:
    """Compute again what follows from the canon (a test changes it)."""
    _conditional.cache_clear()
    _induction_holds.cache_clear()


def posterior(canon: Canon, t: Time) -> tuple[sp.Expr, sp.Expr, sp.Expr]:
    """q(x_{t-1} | x_t, x_0): coefficient of x_t, of x_0, and the variance."""
    mean, var = conditional(canon, (t[0], t[1] - 1), [t, START])
    zero = sp.Integer(0)
    return mean.get(t, zero), mean.get(START, zero), var


def snr(canon: Canon, t: Time) -> sp.Expr:
    """Squared mean over variance of q(x_t | x_0)."""
    mean, var = conditional(canon, t, [START])
    if is_zero(var):
        raise Infinite("a division by zero")
    return mean[START] ** 2 / var
