"""A variational autoencoder, as a chain of Gaussian steps of any length.

    up    q_φ(z_1|x), q_φ(z_2|z_1), …       the encoder, learned
    down  p_θ(x|z_1), p_θ(z_1|z_2), …       the decoder, learned
    top   p(z_T) = 𝒩(0, I)                  fixed

One layer is the classical VAE, two make the hierarchical one. A diffusion model is
the same chain with a fixed ``up`` and all sizes equal (chapter 02).
Source: Kingma & Welling 2014; Sønderby et al. 2016 for several layers.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

import torch
from torch import Tensor, nn

from ddpm_lite.digits import check_range
from ddpm_lite.gaussian import Gaussian

PIXELS = 28 * 28
LOG_VAR_RANGE = (-8.0, 4.0)  # keeps an untrained network from overflowing


class Learned(nn.Module):
    """A learned Gaussian step: a small network gives the mean and the variance.

    Args:
        size_in, size_out, hidden: widths.
        pixels: the output is an image: means within (−1, 1), and a single variance.
    """

    def __init__(
        self, size_in: int, size_out: int, hidden: int, pixels: bool = False
    ) -> None:
        super().__init__()
        self.pixels = pixels
        self.trunk = nn.Sequential(nn.Linear(size_in, hidden), nn.SiLU())
        self.mean = nn.Linear(hidden, size_out)
        self.log_var = nn.Linear(hidden, 1 if pixels else size_out)
        if pixels:  # only the bias counts: it is the logarithm of the variance
            nn.init.zeros_(self.log_var.weight).requires_grad_(False)
            nn.init.constant_(self.log_var.bias, -3.0)

    def forward(self, value: Tensor) -> Gaussian:
        """(B, size_in) → a Gaussian over (B, size_out)."""
        h = self.trunk(value)
        mean = self.mean(h).tanh() if self.pixels else self.mean(h)
        var = self.log_var(h).clamp(*LOG_VAR_RANGE).exp()
        return Gaussian(mean, var.expand_as(mean))


class Fixed(nn.Module):
    """A step that learns nothing: q(z|x) = 𝒩(√α x, (1 − α) I), sizes equal.

    Args:
        alpha: share of the variance that is kept, in (0, 1).
    """

    def __init__(self, alpha: float) -> None:
        super().__init__()
        if not 0 < alpha < 1:
            raise ValueError(f"Fixed: alpha must lie between 0 and 1, got {alpha}")
        self.alpha = alpha

    def forward(self, value: Tensor) -> Gaussian:
        """(B, D) → a Gaussian over (B, D)."""
        mean = self.alpha**0.5 * value
        return Gaussian(mean, torch.full_like(mean, 1 - self.alpha))


@dataclass(frozen=True)
class Terms:
    """The ELBO of each image in its parts, all (B,) nats.

    reconstruction: log p_θ(x|z_1). divergence: one per layer; for the last it is
    D_KL(q ‖ p) in closed form, for the others log q/p at the drawn z, whose mean is
    a divergence.
    """

    reconstruction: Tensor
    divergence: tuple[Tensor, ...]

    @property
    def elbo(self) -> Tensor:
        """Reconstruction minus all divergences: (B,) nats."""
        return self.reconstruction - torch.stack(self.divergence).sum(0)


class VAE(nn.Module):
    """A VAE on digits with one latent vector per entry of ``sizes``.

    Args:
        sizes: dimensions of z_1, z_2, …; (16,) is the classical VAE.
        hidden: width of every small network.
        up: the encoder's steps, where they are not to be learned networks.

    Raises:
        ValueError: without a layer, with an empty one, or with too many ``up``.
    """

    def __init__(
        self,
        sizes: Sequence[int] = (16,),
        hidden: int = 128,
        up: Sequence[nn.Module] | None = None,
    ) -> None:
        super().__init__()
        if not sizes or min(sizes) < 1:
            raise ValueError(f"VAE: sizes must name one or more layers, got {sizes}")
        self.sizes = tuple(sizes)
        chain = (PIXELS, *sizes)
        pairs = list(pairwise(chain))
        if up is not None and len(up) != len(sizes):
            raise ValueError(f"VAE: {len(sizes)} layers need as many up, not {len(up)}")
        self.up = nn.ModuleList(up or (Learned(a, b, hidden) for a, b in pairs))
        self.down = nn.ModuleList(
            Learned(b, a, hidden, pixels=k == 0) for k, (a, b) in enumerate(pairs)
        )

    def terms(self, x: Tensor, generator: torch.Generator | None = None) -> Terms:
        """One unbiased draw of the ELBO of each image.

        Args:
            x: (B, 1, 28, 28) in [−1, 1].
        """
        z, q = [check_range(x).flatten(1)], []
        for up in self.up:
            q.append(up(z[-1]))
            z.append(q[-1].sample(generator))
        p = [
            down(above).log_prob(below)
            for down, above, below in zip(self.down, z[1:], z[:-1], strict=True)
        ]
        divergence = [q[k].log_prob(z[k + 1]) - p[k + 1] for k in range(len(q) - 1)]
        prior = Gaussian(torch.zeros_like(q[-1].mean), torch.ones_like(q[-1].var))
        return Terms(p[0], (*divergence, q[-1].kl(prior)))

    @torch.no_grad()
    def sample(self, count: int, generator: torch.Generator | None = None) -> Tensor:
        """Draw from the top down; the last step shows the mean: (count, 1, 28, 28)."""
        z = torch.randn(count, self.sizes[-1], generator=generator)
        for down in reversed(self.down[1:]):
            z = down(z).sample(generator)
        return self.down[0](z).mean.clamp(-1, 1).reshape(-1, 1, 28, 28)


def fit(
    model: VAE,
    x: Tensor,
    steps: int,
    generator: torch.Generator,
    batch: int = 64,
    learning_rate: float = 2e-3,
) -> list[float]:
    """Raise the mean ELBO of the images x (N, 1, 28, 28) by Adam.

    Returns:
        the batch's mean ELBO at each step, in nats per image.
    """
    optimizer = torch.optim.Adam(model.parameters(), learning_rate, fused=True)
    heights = []
    for _ in range(steps):
        chosen = torch.randint(len(x), (batch,), generator=generator)
        elbo = model.terms(x[chosen], generator).elbo.mean()
        optimizer.zero_grad(set_to_none=True)
        (-elbo).backward()
        optimizer.step()
        heights.append(elbo.detach())
    return torch.stack(heights).tolist()
