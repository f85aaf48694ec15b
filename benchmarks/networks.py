"""The networks that are timed: ours, ours in the peer's shape, and two peers.

All take (x_t, t) and answer ε for 28 × 28 digits. ``Contender.optimizer`` is what the
project that made the network trains it with.
"""

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from ddpm_lite.unet import GROUPS, Attention, ResidualBlock, UNet, time_embedding, zero

CHANNELS = (32, 64, 96)  # of the shipped weights
Step = Callable[[Tensor, Tensor], Tensor]


@dataclass
class Contender:
    """A network, how to call it, its optimiser, and the memory layout it likes."""

    name: str
    net: nn.Module
    call: Step
    optimizer: torch.optim.Optimizer
    layout: torch.memory_format


class Matched(nn.Module):
    """Our blocks in the shape of diffusers' UNet2DModel with one layer per block.

    One residual block down and two up at each size, a skip connection from every
    block and every halving: the same channels, attention and (within 10 %)
    parameters. Sizes are halved and doubled without weights, as our U-Net does it.
    With ``learned=True`` they are convolutions as in the peer, so that parameters and
    operations are the same to the last one and only the running differs.
    """

    def __init__(
        self, channels: tuple[int, ...] = CHANNELS, learned: bool = False
    ) -> None:
        super().__init__()
        first, last = channels[0], channels[-1]
        width = 4 * first
        self.first = first
        self.embed_t = nn.Sequential(
            nn.Linear(first, width), nn.SiLU(), nn.Linear(width, width), nn.SiLU()
        )
        self.enter = nn.Conv2d(1, first, 3, padding=1)
        self.down, self.shrink = nn.ModuleList(), nn.ModuleList()
        skips, before = [first], first
        for i, c in enumerate(channels):
            self.down.append(ResidualBlock(before, c, width))
            skips.append(c)
            if i + 1 < len(channels):
                halve = nn.Conv2d(c, c, 3, stride=2, padding=1)
                self.shrink.append(halve if learned else nn.AvgPool2d(2))
                skips.append(c)
            before = c
        self.middle_1 = ResidualBlock(last, last, width)
        self.attention = Attention(last)
        self.middle_2 = ResidualBlock(last, last, width)
        self.up, self.enlarge = nn.ModuleList(), nn.ModuleList()
        for i, c in enumerate(reversed(channels)):
            for _ in range(2):
                self.up.append(ResidualBlock(before + skips.pop(), c, width))
                before = c
            if i + 1 < len(channels):
                smooth = nn.Conv2d(c, c, 3, padding=1)
                self.enlarge.append(smooth if learned else nn.Identity())
        self.norm = nn.GroupNorm(GROUPS, first)
        self.leave = zero(nn.Conv2d(first, 1, 3, padding=1))

    def forward(self, x: Tensor, t: Tensor) -> Tensor:
        """(B, 1, 28, 28), (B,) → (B, 1, 28, 28)."""
        e = self.embed_t(time_embedding(t, self.first))
        h = self.enter(x)
        seen = [h]
        for i, block in enumerate(self.down):
            h = block(h, e)
            seen.append(h)
            if i < len(self.shrink):
                h = self.shrink[i](h)
                seen.append(h)
        h = self.middle_2(self.attention(self.middle_1(h, e)), e)
        for i, block in enumerate(self.up):
            h = block(torch.cat([h, seen.pop()], dim=1), e)
            if i % 2 and i // 2 < len(self.enlarge):
                h = self.enlarge[i // 2](F.interpolate(h, scale_factor=2.0))
        return self.leave(F.silu(self.norm(h)))


class Blocks(nn.Module):
    """Residual blocks one after another, all told the same time."""

    def __init__(self, *blocks: nn.Module) -> None:
        super().__init__()
        self.blocks = nn.ModuleList(blocks)

    def forward(self, h: Tensor, e: Tensor) -> Tensor:
        """(B, C, H, W), (B, E) → (B, C, H, W)."""
        for block in self.blocks:
            h = block(h, e)
        return h


def deeper(channels: tuple[int, ...] = CHANNELS, more: int = 4) -> UNet:
    """The network as shipped, with four more blocks where an image has 49 places.

    So it has the peer's parameters within 10 %, its channels and its attention, but
    keeps them at 7 × 7, where a parameter of a convolution costs a sixteenth of what
    it costs at 28 × 28.
    """
    net, last, width = UNet(channels), channels[-1], 4 * channels[0]
    added = [ResidualBlock(last, last, width) for _ in range(more)]
    net.add_module("middle_2", Blocks(net.middle_2, *added))
    return net


def diffusers_unet(channels: tuple[int, ...] = CHANNELS) -> nn.Module:
    """UNet2DModel with our channels, one layer per block, attention at 7 × 7 only."""
    from diffusers import UNet2DModel

    levels = len(channels)
    return UNet2DModel(
        sample_size=28,
        in_channels=1,
        out_channels=1,
        layers_per_block=1,
        block_out_channels=channels,
        down_block_types=("DownBlock2D",) * levels,
        up_block_types=("UpBlock2D",) * levels,
        norm_num_groups=GROUPS,
        attention_head_dim=channels[-1] // 4,
    )


def contenders(names: list[str], learning_rate: float = 1e-4) -> list[Contender]:
    """The named networks, each built from the same seed."""
    return [_build(name, learning_rate) for name in names]


def _build(name: str, learning_rate: float) -> Contender:
    torch.manual_seed(0)
    last = torch.channels_last
    if name.startswith("ours"):
        ours: nn.Module = {
            "ours": UNet,
            "ours-deeper": deeper,
            "ours-matched": Matched,
            "ours-identical": partial(Matched, learned=True),
        }[name](CHANNELS)
        ours = ours.to(memory_format=last)  # type: ignore[call-overload]
        adam = torch.optim.AdamW(ours.parameters(), learning_rate, fused=True)
        return Contender(name, ours, ours, adam, last)
    if name == "diffusers":
        peer = diffusers_unet()

        def call(x: Tensor, t: Tensor) -> Tensor:
            return peer(x, t).sample

    elif name == "denoising-diffusion-pytorch":
        from denoising_diffusion_pytorch import Unet

        peer = Unet(dim=16, dim_mults=(1, 2, 4), channels=1)
        call = peer
    else:
        raise SystemExit(f"no network called {name!r}")
    adam = torch.optim.AdamW(peer.parameters(), learning_rate)
    return Contender(name, peer, call, adam, torch.contiguous_format)


NAMES = ["ours", "ours-deeper", "ours-matched", "ours-identical"]
NAMES += ["diffusers", "denoising-diffusion-pytorch"]
