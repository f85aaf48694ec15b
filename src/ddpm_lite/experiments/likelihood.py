"""Chapter 12: what a digit costs in bits, by our network and by simpler codes.

The network scores all test digits; digits of the training set that it never saw, and
some that it was trained on; and a few of the unseen ones at every t. The codes are
learned on the same 55,000 training digits and scored on the same test digits. Needs
the full MNIST: a folder in ``DDPM_LITE_DATA``, or the network.
"""

import lzma
import math
from typing import Any

import torch
from torch import Tensor

from ddpm_lite.bound import TIMES, Bound, Choice, Estimate, bound, choices, strata
from ddpm_lite.checkpoints import pretrained, schedule_of
from ddpm_lite.digits import Digits, embedded, load, split_embedded, to_unit
from ddpm_lite.evaluate import CALIBRATION
from ddpm_lite.experiments import ExperimentError, pack
from ddpm_lite.schedule import Schedule
from ddpm_lite.unet import UNet
from ddpm_lite.variance import optimal_variance

SEED = 12
COMPARED = 1_000  # unseen, and trained-on, digits of the training set
EXACT = 32  # unseen digits scored at every t
SHOWN = 8  # cheapest and dearest test digits kept as pictures
BITS = 784 * math.log(2)  # nats per image in one bit per dimension
CLIPPED, PLAIN = Choice("posterior", "posterior", True), "posterior, as it is"
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


def unseen(count: int) -> Digits:
    """Embedded digits that are not used to calibrate; the shipped weights are blind
    to them, though they are *training* digits of MNIST."""
    rest, _ = split_embedded(embedded())
    return rest[torch.arange(count)]


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


def over_time(score: Bound, schedule: Schedule) -> list[list[float]]:
    """[first t, last t, mean L_{t−1} in nats per image and step] of each stratum."""
    return [
        [part[0], part[-1], float(score.by_time[part[0] : part[-1] + 1].nanmean())]
        for part in strata(schedule.T, score.times)
    ]


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


def ends(score: Bound, digits: Digits) -> dict[str, Any]:
    """The cheapest and the dearest images, with their bits per image."""
    order = score.by_image.argsort()
    found: dict[str, Any] = {}
    for name, chosen in (("cheapest", order[:SHOWN]), ("dearest", order[-SHOWN:])):
        found[name] = {
            "images": pack(digits.images[chosen]),
            "bits": (score.by_image[chosen] / math.log(2)).tolist(),
        }
    return found


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
    """About a quarter of an hour on one CPU core."""
    net, schedule = network("likelihood")
    models = calibrated(net, schedule, SEED)
    test, train = full("test", 10_000), full("unseen-train", 50_000)
    some = torch.randperm(len(train), generator=_seeded(SEED))[:COMPARED]
    scores = scored(net, schedule, test, models, SEED)
    named = {label(s.choice): s for s in scores}
    before = scored(net, schedule, unseen(COMPARED), models, SEED + 1)
    learnt = scored(net, schedule, train[some], models, SEED + 2)
    few = to_unit(unseen(EXACT).images)
    every = bound(net, schedule, few, models, None, _seeded(SEED + 3))
    both = [s.by_image / BITS for s in scores if s.choice.name == "posterior"]
    return {
        "seed": SEED,
        "n": {
            "test": len(test),
            "unseen": COMPARED,
            "trained_on": COMPARED,
            "every_t": EXACT,
            "calibration": CALIBRATION,
            "times": TIMES,
            "codes_learned_on": len(train),
        },
        "results": {
            "schedule": net.card["schedule"],
            "trained_steps": net.card["trained_steps"],
            "test": rows(scores),
            "clipping_saves": _mean(both[0] - both[1]),
            "unseen": rows(before),
            "trained_on": rows(learnt),
            "every_t": rows(every),
            "every_t_by_image": {
                label(s.choice): (s.by_image / BITS).tolist() for s in every
            },
            "over_time": over_time(named[PLAIN], schedule),
            "over_time_every": [float(x) for x in every[0].by_time[1:]],
            "by_class": by_class(named[label(CLIPPED)], test.labels),
            "by_subset": by_subset(named[label(CLIPPED)]),
            "ends": ends(named[label(CLIPPED)], test),
            "codes": codes(train.images, test.images),
        },
    }


def _pair(value: Estimate) -> list[float]:
    return [value.bits_per_dim, value.bits_per_dim_se]


def _mean(values: Tensor) -> list[float]:
    return [float(values.mean()), float(values.std()) / math.sqrt(len(values))]


def _seeded(seed: int) -> torch.Generator:
    return torch.Generator().manual_seed(seed)
