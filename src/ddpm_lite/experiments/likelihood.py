"""Chapter 12: what a test digit costs in bits, by our network and by simpler codes.

The codes are learned on the 55,000 training digits that the network saw, and scored
on the same test digits as the network. Needs the full MNIST: a folder in
``DDPM_LITE_DATA``, or a mirror. Its companions are ``likelihood_unseen`` (digits of
the training set) and ``likelihood_samples`` (the other shipped weights).
"""

import lzma
import math
from typing import Any

import torch
from torch import Tensor

from ddpm_lite.bound import Bound, Choice, Estimate, bound, choices
from ddpm_lite.checkpoints import pretrained, schedule_of
from ddpm_lite.digits import Digits, embedded, load, split_embedded, to_unit
from ddpm_lite.evaluate import CALIBRATION
from ddpm_lite.experiments import ExperimentError
from ddpm_lite.schedule import Schedule
from ddpm_lite.unet import UNet
from ddpm_lite.variance import optimal_variance

SEED = 12
TIMES = 10  # K: more images at fewer t give the smaller error for the same work
BITS = 784 * math.log(2)  # nats per image in one bit per dimension
PRIOR = 16.0  # how many pixels the general histogram counts for where data are few


def network(name: str) -> tuple[UNet, Schedule]:
    """Shipped weights, laid out for speed, and their schedule."""
    net = pretrained(name)
    net.to(memory_format=torch.channels_last)  # type: ignore[call-overload]
    return net, schedule_of(net)


def calibrated(net: UNet, schedule: Schedule, seed: int) -> list[Choice]:
    """The six models; the best variance is measured on embedded digits held out."""
    _, held_out = split_embedded(embedded())
    x_0 = to_unit(held_out.images[:CALIBRATION])
    found = optimal_variance(net, schedule, x_0, generator=_seeded(seed))
    return choices(found)


def full(split: str, count: int) -> Digits:
    """A full split of MNIST.

    Raises:
        ExperimentError: where there are only the embedded digits.
    """
    digits = load(split)
    if len(digits) < count:
        raise ExperimentError(
            "likelihood: the full MNIST is needed; set DDPM_LITE_DATA to its folder"
        )
    return digits


def rows(scores: list[Bound]) -> dict[str, dict[str, list[float]]]:
    """Model → part → [bits/dim, standard error]."""
    parts = ("prior", "steps", "last", "total")
    return {
        label(s.choice): {part: _pair(getattr(s, part)) for part in parts}
        for s in scores
    }


def label(choice: Choice) -> str:
    """ "beta, clipped" and the like."""
    return f"{choice.name}, {'clipped' if choice.clip else 'as it is'}"


def by_class(score: Bound, labels: Tensor) -> list[list[float]]:
    """[bits/dim, standard error] of each of the ten digits."""
    bits = score.by_image / BITS
    return [_mean(bits[labels == k]) for k in range(10)]


def by_subset(score: Bound) -> dict[str, list[float]]:
    """[bits/dim, standard error] of parts of the test set that people report on."""
    bits = score.by_image / BITS
    half = len(bits) // 2
    parts = {"first 1000": bits[:1000], "first half": bits[:half]}
    return {k: _mean(v) for k, v in (*parts.items(), ("second half", bits[half:]))}


def histogram(images: Tensor) -> Tensor:
    """(256,) chances of the grey levels, each counted once more than it occurs."""
    counts = torch.bincount(images.flatten().long(), minlength=256).double() + 1
    return counts / counts.sum()


def table(context: Tensor, images: Tensor, contexts: int) -> Tensor:
    """(contexts, 256) chances of a grey level in each context, learned by counting.

    Where few pixels were seen the histogram of all pixels counts for ``PRIOR`` more.

    Args:
        context: (N, 784) int64 in 0 … contexts − 1, what the decoder already knows.
        images: (N, 1, 28, 28) uint8.
    """
    cell = context * 256 + images.flatten(1).long()
    counts = torch.bincount(cell.flatten(), minlength=contexts * 256)
    seen = counts.reshape(contexts, 256).double()
    general = PRIOR * histogram(images)
    return (seen + general) / (seen.sum(1, keepdim=True) + PRIOR)


def places(images: Tensor) -> Tensor:
    """(N, 784) the context "which pixel this is"."""
    return torch.arange(784).expand(len(images), -1)


def neighbours(images: Tensor) -> Tensor:
    """(N, 784) the pixels to the left and above, in 16 shades each: 256 contexts.

    In reading order both are known when a pixel is decoded; outside is paper.
    """
    shade = torch.nn.functional.pad(images[:, 0].long() // 16, (1, 0, 1, 0))
    return (shade[:, 1:, :-1] * 16 + shade[:, :-1, 1:]).flatten(1)


def codes(train: Tensor, test: Tensor) -> dict[str, list[float]]:
    """Code → [bits/dim on ``test``, standard error]; uint8 (N, 1, 28, 28) both.

    "xz" compresses all test images as one file, so it has no standard error.
    """
    level = test.flatten(1).long()
    one = histogram(train)[level]
    place = table(places(train), train, 784)[places(test), level]
    beside = table(neighbours(train), train, 256)[neighbours(test), level]
    raw = test.contiguous().numpy().tobytes()
    packed = lzma.compress(raw, preset=9 | lzma.PRESET_EXTREME)
    return {
        "histogram": _mean(-one.log2().mean(1)),
        "pixel": _mean(-place.log2().mean(1)),
        "xz": [8 * len(packed) / len(raw)],
        "neighbours": _mean(-beside.log2().mean(1)),
    }


def scored(
    net: UNet, schedule: Schedule, digits: Digits, models: list[Choice], seed: int
) -> list[Bound]:
    """The bound of each model on ``digits``, K = ``TIMES``."""
    x_0 = to_unit(digits.images)
    return bound(net, schedule, x_0, models, TIMES, _seeded(seed))


def run() -> dict[str, Any]:
    """About six minutes on one CPU core that has nothing else to do."""
    test, train = full("test", 10_000), full("unseen-train", 50_000)
    net, schedule = network("likelihood")
    scores = scored(net, schedule, test, calibrated(net, schedule, SEED), SEED)
    plain, clipped = (s for s in scores if s.choice.name == "posterior")
    return {
        "seed": SEED,
        "n": {
            "test": len(test),
            "times": TIMES,
            "calibration": CALIBRATION,
            "codes_learned_on": len(train),
        },
        "results": {
            "schedule": net.card["schedule"],
            "trained_steps": net.card["trained_steps"],
            "test": rows(scores),
            "clipping_saves": _mean((plain.by_image - clipped.by_image) / BITS),
            "by_class": by_class(clipped, test.labels),
            "by_subset": by_subset(clipped),
            "by_time": [float(nats) for nats in plain.by_time[1:]],
            "codes": codes(train.images, test.images),
        },
    }


def _pair(value: Estimate) -> list[float]:
    return [value.bits_per_dim, value.bits_per_dim_se]


def _mean(values: Tensor) -> list[float]:
    return [float(values.mean()), float(values.std()) / math.sqrt(len(values))]


def _seeded(seed: int) -> torch.Generator:
    return torch.Generator().manual_seed(seed)
