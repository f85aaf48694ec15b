"""What is given: beta_t free in (0, 1), and nothing that can be computed from it.

The canon holds alpha_t = 1 - beta_t, alphabar_t = the product of the alphas,
alphabar_0 = 1, the kernel q(x_t | x_{t-1}), p(x_T) = N(0, I) and that p_theta is a
Markov chain. Every other quantity (the laws q(x_t | x_0) and q(x_{t-1} | x_t, x_0),
their means and variances, the signal-to-noise ratio) is computed in ``derived``.

A time is a pair ``(letter, offset)``: ``("t", -1)`` is t - 1, ``("", 3)`` is 3.
The free quantity is stored through its root, ``sqrt(alpha)`` in (0, 1), so that roots
of alphas need no relation of their own.
"""

from __future__ import annotations

from dataclasses import dataclass

import sympy as sp

from .field import CannotDecide, Undefined, unit

Time = tuple[str, int]


@dataclass(frozen=True)
class Canon:
    """The givens; ``depth`` says how far below t the product stays one symbol."""

    depth: int = 3

    def sqrt_alpha(self, t: Time) -> sp.Expr:
        """The root of alpha_t, free in (0, 1)."""
        letter, offset = t
        if not letter and offset < 1:
            raise Undefined(f"alpha_{offset} is not defined: t runs from 1")
        return unit(f"a[{letter}{offset:+d}]")

    def alpha(self, t: Time) -> sp.Expr:
        return self.sqrt_alpha(t) ** 2

    def beta(self, t: Time) -> sp.Expr:
        return 1 - self.alpha(t)

    def sqrt_alpha_bar(self, t: Time) -> sp.Expr:
        """The root of the product alpha_1 ... alpha_t; 1 at t = 0."""
        letter, offset = t
        if not letter:
            if offset < 0:
                raise Undefined(f"alphabar_{offset} is not defined")
            start, below = 0, sp.Integer(1)
        elif offset >= -self.depth:
            start, below = -self.depth, unit(f"c[{letter}{-self.depth:+d}]")
        else:
            raise CannotDecide("an index too far below t")
        steps = [self.sqrt_alpha((letter, s)) for s in range(start + 1, offset + 1)]
        return below * sp.prod(steps)

    def alpha_bar(self, t: Time) -> sp.Expr:
        return self.sqrt_alpha_bar(t) ** 2

    def kernel(self, t: Time) -> tuple[sp.Expr, sp.Expr]:
        """q(x_t | x_{t-1}) = N(m x_{t-1}, v I): the pair (m, v)."""
        return self.sqrt_alpha(t), self.beta(t)

    def prior(self) -> tuple[sp.Expr, sp.Expr]:
        """p(x_T) = N(m, v I): the pair (m, v)."""
        return sp.Integer(0), sp.Integer(1)
