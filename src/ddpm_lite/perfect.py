"""The network that makes no mistake: for N digits, E[x_0|x_t] is a softmax over them.

With q(x_0) uniform on N digits, Bayes' rule gives each digit the weight
q(x_0 = d|x_t) ∝ exp(−‖x_t − √ᾱ_t d‖² / 2(1 − ᾱ_t)), and the mean of the digits under
these weights is the x̂_0 that minimises every term of the bound. It needs no training,
and its samples are the N digits again (chapter 9).
"""

import torch
from torch import Tensor

from ddpm_lite.diffusion import Kind
from ddpm_lite.schedule import Schedule


class PerfectNetwork:
    """E[x_0|x_t] for x_0 uniform on ``digits``; a :class:`~ddpm_lite.diffusion.Net`.

    Args:
        schedule: the chain whose times 1 … T the network is told; it may be sampled
            with a respaced one, which tells it the same times.
        digits: (N, ...) in [−1, 1], each different from the others.

    Raises:
        ValueError: without a digit.

    Everything is computed in float64: near t = 1 the exponents are in the millions.
    """

    predicts: Kind = "x_0"

    def __init__(self, schedule: Schedule, digits: Tensor) -> None:
        if len(digits) == 0:
            raise ValueError("a perfect network needs at least one digit to know")
        self.schedule = schedule
        self.digits = digits
        self._flat = digits.double().flatten(1)
        self._half_square = self._flat.square().sum(1) / 2

    def __call__(self, x_t: Tensor, t: Tensor, y: Tensor | None = None) -> Tensor:
        """x̂_0 = E[x_0|x_t]: (B, ...), (B,) int64 → (B, ...). Labels are not used."""
        mean = self.weights(x_t, t) @ self._flat
        return mean.reshape(x_t.shape).to(x_t.dtype)

    def weights(self, x_t: Tensor, t: Tensor) -> Tensor:
        """q(x_0 = digit_n | x_t): (B, N) float64, each row adds up to one."""
        a = self.schedule.alpha_bar[t].sqrt()[:, None]
        noise = self.schedule.noise_variance[t][:, None]
        # ‖x_t − a d‖² = ‖x_t‖² − 2a⟨x_t, d⟩ + a²‖d‖²; the first is the same for all d.
        near = a * (x_t.double().flatten(1) @ self._flat.T) - a**2 * self._half_square
        return torch.softmax(near / noise, dim=1)

    def candidates(self, x_t: Tensor, t: Tensor) -> Tensor:
        """How many digits are still in play: exp(entropy of weights), (B,) in 1…N."""
        return torch.special.entr(self.weights(x_t, t)).sum(1).exp()
