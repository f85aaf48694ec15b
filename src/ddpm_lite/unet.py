"""The network: a small U-Net that looks at x_t and the time and names one quantity.

Three resolutions, 28 → 14 → 7, one residual block each way, attention in the
middle where an image has only 49 places. 0.93 million parameters as shipped.

Every convolution that ends a residual branch starts at zero, so that an untrained
network is close to the identity's easiest answer and the first steps are calm.
"""

import math
from typing import Any

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from ddpm_lite.diffusion import Kind

GROUPS = 8  # of GroupNorm: statistics of one image, never of the batch


def time_embedding(t: Tensor, dim: int) -> Tensor:
    """(B,) times → (B, dim): sines and cosines of t at geometric frequencies.

    Source: Vaswani et al. 2017, §3.5; used for t by Ho et al. 2020, app. B.
    """
    half = dim // 2
    rates = torch.exp(
        -math.log(10_000) * torch.arange(half, device=t.device, dtype=torch.float32)
        / half
    )  # fmt: skip
    angles = t.float()[:, None] * rates[None, :]
    return torch.cat([angles.sin(), angles.cos()], dim=1)


def fourier_channels(x: Tensor, frequencies: tuple[float, ...]) -> Tensor:
    """(B, 1, H, W) → (B, 1 + 2 F, H, W): x itself, then sin(f π x) and cos(f π x)."""
    waves = [
        wave(math.pi * f * x) for f in frequencies for wave in (torch.sin, torch.cos)
    ]
    return torch.cat([x, *waves], dim=1) if waves else x


class ResidualBlock(nn.Module):
    """(B, in, H, W), (B, E) → (B, out, H, W): two 3 × 3 convolutions, time between."""

    def __init__(self, channels_in: int, channels_out: int, embedding: int) -> None:
        super().__init__()
        self.norm_1 = nn.GroupNorm(GROUPS, channels_in)
        self.conv_1 = nn.Conv2d(channels_in, channels_out, 3, padding=1)
        self.time = nn.Linear(embedding, channels_out)
        self.norm_2 = nn.GroupNorm(GROUPS, channels_out)
        self.conv_2 = zero(nn.Conv2d(channels_out, channels_out, 3, padding=1))
        self.skip: nn.Module = (
            nn.Conv2d(channels_in, channels_out, 1)
            if channels_in != channels_out
            else nn.Identity()
        )

    def forward(self, x: Tensor, embedding: Tensor) -> Tensor:
        h = self.conv_1(F.silu(self.norm_1(x)))
        h += self.time(embedding)[:, :, None, None]  # in place: spares a copy
        h = self.conv_2(F.silu(self.norm_2(h)))
        h += self.skip(x)
        return h


class Attention(nn.Module):
    """(B, C, H, W) → same: every place looks at every other, ``heads`` ways."""

    def __init__(self, channels: int, heads: int = 4) -> None:
        super().__init__()
        self.heads = heads
        self.norm = nn.GroupNorm(GROUPS, channels)
        self.qkv = nn.Conv2d(channels, 3 * channels, 1)
        self.out = zero(nn.Conv2d(channels, channels, 1))

    def forward(self, x: Tensor) -> Tensor:
        b, c, h, w = x.shape
        qkv = self.qkv(self.norm(x)).reshape(b, 3, self.heads, c // self.heads, h * w)
        q, k, v = qkv.transpose(-1, -2).unbind(1)
        seen = F.scaled_dot_product_attention(q, k, v)
        return x + self.out(seen.transpose(-1, -2).reshape(b, c, h, w))


class UNet(nn.Module):
    """ε_θ(x_t, t), x̂_θ(x_t, t) or v_θ(x_t, t), as ``predicts`` says.

    Args:
        channels: width at 28 × 28, 14 × 14, 7 × 7; multiples of 8, at least 16.
        predicts: "epsilon", "x_0" or "v".
        classes: number of labels, or 0 for an unconditional network. A conditional
            one knows one label more, ``classes``, which means "not told".
        fourier: frequencies f, each adding sin(f π x) and cos(f π x) as input
            channels. At f = 255 the phase is the distance to the nearest grey level:
            what a network must see to remove very little noise (Kingma et al. 2021,
            app. C). Empty for none.

    Raises:
        ValueError: for widths that GroupNorm cannot group.
    """

    def __init__(
        self,
        channels: tuple[int, ...] = (32, 64, 96),
        predicts: Kind = "epsilon",
        classes: int = 0,
        fourier: tuple[float, ...] = (),
    ) -> None:
        super().__init__()
        # With one channel to a group, GroupNorm would take the time out again.
        if not channels or any(c < 2 * GROUPS or c % GROUPS for c in channels):
            raise ValueError(
                f"UNet: channels must be multiples of {GROUPS} from {2 * GROUPS}, "
                f"got {tuple(channels)}"
            )
        if len(channels) > 3:
            raise ValueError("UNet: 28 can be halved twice, so at most 3 widths")
        self.channels, self.classes = tuple(channels), classes
        self.fourier = tuple(fourier)
        self.predicts: Kind = predicts
        self.card: dict[str, Any] = {}
        first, last = channels[0], channels[-1]
        width = 4 * first
        self.embed_t = nn.Sequential(
            nn.Linear(width, width), nn.SiLU(), nn.Linear(width, width), nn.SiLU()
        )
        self.embed_y = nn.Embedding(classes + 1, width) if classes else None
        self.enter = nn.Conv2d(1 + 2 * len(fourier), first, 3, padding=1)
        pairs = list(zip((first, *channels[:-1]), channels, strict=True))
        self.down = nn.ModuleList(ResidualBlock(a, b, width) for a, b in pairs)
        self.middle_1 = ResidualBlock(last, last, width)
        self.attention = Attention(last)
        self.middle_2 = ResidualBlock(last, last, width)
        self.up = nn.ModuleList(
            ResidualBlock(2 * b, a, width) for a, b in reversed(pairs)
        )
        self.norm = nn.GroupNorm(GROUPS, first)
        self.leave = zero(nn.Conv2d(first, 1, 3, padding=1))

    def forward(self, x_t: Tensor, t: Tensor, y: Tensor | None = None) -> Tensor:
        """x_t (B, 1, 28, 28), t (B,) int64, y (B,) int64 or None → (B, 1, 28, 28)."""
        e = self.embed_t(time_embedding(t, 4 * self.channels[0]))
        if self.embed_y is not None:
            not_told = torch.full_like(t, self.classes)
            e = e + self.embed_y(not_told if y is None else y)
        h, seen = self.enter(fourier_channels(x_t, self.fourier)), []
        for level, block in enumerate(self.down):
            h = block(F.avg_pool2d(h, 2) if level else h, e)
            seen.append(h)
        h = self.middle_2(self.attention(self.middle_1(h, e)), e)
        for level, block in enumerate(self.up):
            h = F.interpolate(h, scale_factor=2.0) if level else h
            h = block(torch.cat([h, seen.pop()], dim=1), e)
        return self.leave(F.silu(self.norm(h)))


def zero(layer: nn.Conv2d) -> nn.Conv2d:
    """The same convolution, starting as the zero map."""
    nn.init.zeros_(layer.weight)
    if layer.bias is not None:
        nn.init.zeros_(layer.bias)
    return layer
