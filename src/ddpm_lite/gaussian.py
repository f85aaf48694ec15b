"""A Gaussian with diagonal covariance: mean and *variance*, never a standard deviation.

Shapes: ``mean`` is (B, ...), ``var`` broadcasts against it. Densities and
divergences are summed over all axes but the first, in nats.
"""

import math
from dataclasses import dataclass

import torch
from torch import Tensor


def sum_except_batch(x: Tensor) -> Tensor:
    """(B, ...) → (B,): the sum over the dimensions of one example."""
    return x.flatten(1).sum(1) if x.dim() > 1 else x


@dataclass(frozen=True)
class Gaussian:
    """𝒩(mean, var · I).

    Args:
        mean: (B, ...), any float type.
        var: variance σ², broadcastable to ``mean``; 0 makes a point mass, which
            can be sampled but has no density.

    Raises:
        ValueError: if a variance is negative or not finite.

    Example:
        >>> p = Gaussian(torch.zeros(1, 2), torch.ones(1, 2))
        >>> q = Gaussian(torch.ones(1, 2), torch.ones(1, 2))
        >>> p.kl(q)  # half the squared distance of the means, in nats
        tensor([1.])
    """

    mean: Tensor
    var: Tensor

    def __post_init__(self) -> None:
        if not bool((self.var >= 0).all() and torch.isfinite(self.var).all()):
            raise ValueError("Gaussian: the variance must be finite and ≥ 0 everywhere")

    @property
    def std(self) -> Tensor:
        """Standard deviation σ = √var."""
        return self.var.sqrt()

    def sample(self, generator: torch.Generator | None = None) -> Tensor:
        """mean + σ ε with ε ~ 𝒩(0, I) from ``generator``; the shape of ``mean``."""
        epsilon = torch.randn(
            self.mean.shape,
            generator=generator,
            dtype=self.mean.dtype,
            device=self.mean.device,
        )
        return self.mean + self.std * epsilon  # eq-step, eq-x-t

    def log_prob(self, x: Tensor) -> Tensor:
        """log 𝒩(x; mean, var I): (B,) nats.

        Raises:
            ValueError: where the variance is 0 (a point has no density).
        """
        self._require_density("log_prob")
        quadratic = (x - self.mean) ** 2 / self.var
        normaliser = torch.log(2 * math.pi * self.var)
        return -0.5 * sum_except_batch(quadratic + normaliser)  # eq-log-density

    def log_mass(self, x: Tensor, levels: int = 256) -> Tensor:
        """log P(grey level of x) when pixels are read off this Gaussian: (B,) nats.

        [−1, 1] is cut into ``levels`` bins of width 2/(levels − 1) around the grey
        levels; the first reaches to −∞ and the last to +∞, so the masses sum to one
        for any mean. Source: Ho et al. 2020, eq. 13.

        Raises:
            ValueError: where the variance is 0.
        """
        self._require_density("log_mass")
        half = 1 / (levels - 1)
        upper = torch.where(x > 1 - half, math.inf, (x - self.mean + half) / self.std)
        lower = torch.where(x < -1 + half, -math.inf, (x - self.mean - half) / self.std)
        # Φ(u) − Φ(l) loses its digits in the upper tail, so mirror it into the lower.
        mirror = lower > 0
        high = torch.where(mirror, -lower, upper)
        low = torch.where(mirror, -upper, lower)
        # eq-grey-mass
        return sum_except_batch(_log_difference(_log_cdf(high), _log_cdf(low)))

    def __getitem__(self, index: Tensor) -> "Gaussian":
        """The Gaussians of some of the examples; ``var`` must have the batch axis."""
        return Gaussian(self.mean[index], self.var[index])

    def kl(self, other: "Gaussian") -> Tensor:
        """D_KL(self ‖ other): (B,) nats, ≥ 0.

        ½ Σ [ log(v₂/v₁) − 1 + v₁/v₂ + (m₁ − m₂)²/v₂ ] over the dimensions.

        Raises:
            ValueError: where either variance is 0: the divergence is infinite or
                undefined (at t = 1 of a diffusion the posterior is a point; its
                term of the bound is L_0, not a divergence).
        """
        self._require_density("kl")
        other._require_density("kl")
        ratio = self.var / other.var
        quadratic = (self.mean - other.mean) ** 2 / other.var
        # eq-gaussian-kl-d
        return 0.5 * sum_except_batch(ratio - 1 - torch.log(ratio) + quadratic)

    def _require_density(self, what: str) -> None:
        if bool((self.var == 0).any()):
            raise ValueError(
                f"Gaussian.{what}: a variance is 0, so this is a point and has no "
                "density (in a diffusion: t = 1, whose term is L_0)"
            )


def _log_cdf(z: Tensor) -> Tensor:
    """log Φ(z), −∞ at −∞."""
    return torch.special.log_ndtr(z)


def _log_difference(a: Tensor, b: Tensor) -> Tensor:
    """log(eᵃ − eᵇ) for a > b."""
    return a + torch.log(-torch.expm1((b - a).clamp(max=-1e-30)))
