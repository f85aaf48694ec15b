"""What a training run is told. No torch here, so that ``--help`` is quick."""

import math
from dataclasses import dataclass
from typing import Literal

from ddpm_lite.errors import ConfigError

MAX_BATCH = 60_000  # all of MNIST
MAX_T = 100_000
MAX_WIDTH = 1_024


@dataclass(frozen=True)
class TrainConfig:
    """Every knob of a training run.

    Raises:
        ConfigError: for a value outside its range.
    """

    steps: int = 4_000
    """Optimiser steps in all."""
    batch: int = 128
    """Images per step (over all processes together)."""
    learning_rate: float = 2e-3
    """Peak of the learning rate: warm-up, then half a cosine to zero."""
    warm_up: int = 200
    """Steps of linear warm-up."""
    clip_norm: float = 1.0
    """The gradient's norm is cut to this."""
    ema: float = 0.999
    """Decay of the exponential moving average of the weights, which is what samples."""
    seed: int = 0
    """Seed of initialisation, data order, times and noise."""
    objective: Literal["simple", "one_sample", "two_sample", "t_sample", "hybrid"] = (
        "simple"
    )
    """Which loss of the book; hybrid = simple + bound/1000 per pixel."""
    predicts: Literal["epsilon", "x_0", "v"] = "epsilon"
    """What the network says."""
    schedule: str = "cosine"
    """How the noise comes: linear, cosine, sigmoid or log_snr; constants may follow
    after colons, as in log_snr:13.3:-6."""
    T: int = 1_000
    """Noisy steps of the chain."""
    channels: tuple[int, ...] = (32, 64, 96)
    """Widths of the U-Net at 28, 14 and 7 pixels."""
    classes: int = 0
    """10 for a class-conditional network, 0 for none."""
    fourier: tuple[float, ...] = ()
    """Frequencies of extra input channels; 255 resolves single grey levels."""
    drop_label: float = 0.1
    """Share of labels hidden while training, so that guidance is possible."""
    save_every: int = 500
    """Steps between checkpoints."""

    def __post_init__(self) -> None:
        positive = ("steps", "batch", "T", "save_every", "learning_rate", "clip_norm")
        for name in positive:
            if not getattr(self, name) > 0:
                raise ConfigError(f"{name} must be positive, got {getattr(self, name)}")
        if self.warm_up < 0:
            raise ConfigError(f"warm_up must not be negative, got {self.warm_up}")
        if not math.isfinite(self.learning_rate):
            raise ConfigError("learning_rate must be finite")
        if self.classes not in (0, 10):
            raise ConfigError(f"classes must be 0 or 10, got {self.classes}")
        if not 0 <= self.seed < 2**63:
            raise ConfigError(f"seed must lie in 0…2⁶³ − 1, got {self.seed}")
        for name in ("ema", "drop_label"):
            if not 0 <= getattr(self, name) < 1:
                raise ConfigError(
                    f"{name} must lie in [0, 1), got {getattr(self, name)}"
                )
        self._check_sizes()

    def _check_sizes(self) -> None:
        most = {"batch": MAX_BATCH, "T": MAX_T}
        for name, limit in most.items():
            if getattr(self, name) > limit:
                raise ConfigError(
                    f"{name} may be at most {limit:,}, got {getattr(self, name):,}"
                )
        widths = self.channels
        if not 1 <= len(widths) <= 3 or any(
            w % 8 or not 16 <= w <= MAX_WIDTH for w in widths
        ):
            raise ConfigError(
                f"channels must be one to three multiples of 8 in 16…{MAX_WIDTH:,} "
                f"(28 can be halved twice), got {widths}"
            )
        if len(self.fourier) > 16 or not all(map(math.isfinite, self.fourier)):
            raise ConfigError("fourier must be at most 16 finite frequencies")
        if self.objective == "t_sample" and self.T > 100:
            raise ConfigError(
                f"t_sample calls the network T = {self.T} times for one step of "
                "training; choose T ≤ 100, or one_sample"
            )


PRESETS: dict[str, TrainConfig] = {
    "smoke": TrainConfig(
        steps=40, batch=32, warm_up=10, channels=(16, 16, 16), save_every=20
    ),
    "laptop": TrainConfig(steps=3_000),
    "gpu": TrainConfig(steps=60_000, batch=512, channels=(64, 128, 128), ema=0.9995),
}
