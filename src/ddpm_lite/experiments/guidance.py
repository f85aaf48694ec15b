"""Chapter 13: the same noise, the same labels, drawn with growing guidance.

The classifier of :mod:`ddpm_lite.metrics` says whether each draw is the digit that was
asked for; the drawings of one class are compared with one another for diversity, and
all of them with real digits that the weights have never seen.
"""

import math
from collections.abc import Callable, Sequence
from typing import Any

import torch
from torch import Tensor

from ddpm_lite import checkpoints, digits, metrics, sampling
from ddpm_lite.digits import Digits
from ddpm_lite.sampling import Guided
from ddpm_lite.unet import UNet

SEED = 13
WEIGHTS = (0.0, 0.5, 1.0, 2.0, 4.0)
PER_CLASS, STEPS, BATCH, GROUPS = 20, 20, 50, 10


def labels(per_class: int) -> Tensor:
    """0, 1, …, 9 over and over: (10 per_class,) int64."""
    return torch.arange(10).repeat(per_class)


def draw(
    net: UNet, weight: float, y: Tensor, steps: int = STEPS, seed: int = SEED
) -> Tensor:
    """Digits drawn with labels ``y`` (N,) by DDIM: uint8 (N, 1, 28, 28).

    The noise depends on the seed alone, so that two weights can be compared draw by
    draw. A label 10 means "not told".
    """
    schedule = checkpoints.schedule_of(net)
    guided = Guided(net, weight)
    generator = sampling.generator_for(net, seed)
    parts = [
        sampling.ddim(guided, schedule, len(part), generator, steps, y=part)
        for part in y.split(BATCH)
    ]
    return digits.to_pixels(torch.cat(parts))


def spread(images: Tensor, y: Tensor) -> Tensor:
    """Mean squared distance of two images of one class, for each class: (10,), ink 0…1.

    It is twice the sum of the pixels' variances within the class.

    Raises:
        ValueError: if a class has fewer than two images.
    """
    flat = images.flatten(1).double() / 255
    parts = [flat[y == k] for k in range(10)]
    if min(map(len, parts)) < 2:
        raise ValueError("spread: needs two images of every class at least")
    return torch.stack([2 * part.var(0).sum() for part in parts])


def jackknife(value: Callable[[Tensor], float], n: int) -> tuple[float, float]:
    """``value`` of all rows and its standard error, leaving out a tenth at a time.

    Args:
        value: of the rows with these indices.
        n: number of rows; neighbours of ten classes stay together.
    """
    group = torch.arange(n) // 10 % GROUPS
    some = torch.tensor([value((group != k).nonzero()[:, 0]) for k in range(GROUPS)])
    error = (GROUPS - 1) / GROUPS * (some - some.mean()).square().sum()
    return value(torch.arange(n)), math.sqrt(float(error))


def judge(images: Tensor, y: Tensor, real: Digits, truth: Tensor) -> dict[str, Any]:
    """What the instruments say of drawings (N, 1, 28, 28) with labels (N,).

    Args:
        real: digits to compare with; ``truth``: the classifier's features of them.

    Returns:
        accuracy: share that the classifier takes for the digit asked for. frechet: to
        the real digits. diversity: :func:`spread` over that of the real digits,
        averaged over the classes. Each with its standard error. classes: how often it
        saw each digit, and the entropy of that.
    """
    seen, n = metrics.look(images), len(y)
    share = float((seen.labels == y).double().mean())
    apart, error = jackknife(lambda i: metrics.frechet(seen.features[i], truth), n)
    scale = spread(real.images, real.labels.long())
    wide, wide_error = jackknife(
        lambda i: float((spread(images[i], y[i]) / scale).mean()), n
    )
    counts, entropy = metrics.class_balance(seen.labels)
    return {
        "accuracy": share,
        "accuracy_se": math.sqrt(share * (1 - share) / n),
        "frechet": apart,
        "frechet_se": error,
        "diversity": wide,
        "diversity_se": wide_error,
        "classes": list(counts),
        "class_entropy": entropy,
    }


def floor(real: Digits, truth: Tensor, per_class: int) -> dict[str, float]:
    """The same instruments on real digits: what the best painter would score.

    Disjoint draws of ``per_class`` of each class, judged by all the others; means and
    standard deviations over the draws.
    """
    order = torch.stack([(real.labels == k).nonzero()[:, 0] for k in range(10)], 1)
    found = []
    for part in order.split(per_class):
        mine = part.flatten()
        rest = torch.ones(len(real), dtype=torch.bool)
        rest[mine] = False
        others = rest.nonzero()[:, 0]
        chosen = real[mine]
        y = chosen.labels.long()
        found.append(judge(chosen.images, y, real[others], truth[others]))
    out = {"draws": float(len(found))}
    for name in ("accuracy", "frechet", "diversity"):
        value = torch.tensor([each[name] for each in found]).double()
        out |= {name: float(value.mean()), f"{name}_sd": float(value.std())}
    return out


def measure(
    net: UNet,
    weights: Sequence[float] = WEIGHTS,
    per_class: int = PER_CLASS,
    steps: int = STEPS,
) -> dict[str, Any]:
    """Judge the network at every weight, and once without telling it anything."""
    real, y = digits.embedded(), labels(per_class)
    truth = metrics.look(real.images).features
    rows = [{"w": w, **judge(draw(net, w, y, steps), y, real, truth)} for w in weights]
    not_told = draw(net, 0.0, torch.full_like(y, net.classes), steps)
    counts, entropy = metrics.class_balance(metrics.look(not_told).labels)
    return {
        "trained_steps": net.card["trained_steps"],
        "rows": rows,
        "not_told": {"classes": list(counts), "class_entropy": entropy},
        "real": floor(real, truth, per_class),
    }


def run() -> dict[str, Any]:
    """The shipped conditional weights: about two minutes on one CPU core."""
    results = measure(checkpoints.pretrained("conditional"))
    sizes = {"images": 10 * PER_CLASS, "steps": STEPS, "groups": GROUPS}
    return {"seed": SEED, "n": sizes, "results": results}
