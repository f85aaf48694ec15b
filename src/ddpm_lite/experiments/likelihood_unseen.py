"""Chapter 12: the bound on training digits of MNIST, seen and unseen by the network.

The embedded digits come from MNIST's training set, but the shipped weights never saw
them. A chapter can score those again without the network; these are its references.
"""

from typing import Any

import torch

from ddpm_lite.bound import bound
from ddpm_lite.digits import Digits, embedded, split_embedded, to_unit
from ddpm_lite.experiments.likelihood import (
    BITS,
    TIMES,
    calibrated,
    full,
    label,
    network,
    rows,
    scored,
)

SEED = 13
COMPARED = 1_000  # unseen digits, and as many that the weights were trained on
EXACT = 24  # unseen digits scored at every t


def unseen(count: int) -> Digits:
    """The first embedded digits that are not used to calibrate the variance."""
    rest, _ = split_embedded(embedded())
    return rest[torch.arange(count)]


def run() -> dict[str, Any]:
    """About two minutes on one CPU core that has nothing else to do."""
    train = full("unseen-train", 50_000)
    net, schedule = network("likelihood")
    models = calibrated(net, schedule, SEED)
    generator = torch.Generator().manual_seed(SEED)
    some = train[torch.randperm(len(train), generator=generator)[:COMPARED]]
    new = scored(net, schedule, unseen(COMPARED), models, SEED + 1)
    old = scored(net, schedule, some, models, SEED + 2)
    few = to_unit(unseen(EXACT).images)
    exact = bound(net, schedule, few, models, None, generator)
    return {
        "seed": SEED,
        "n": {
            "unseen": COMPARED,
            "trained_on": COMPARED,
            "times": TIMES,
            "every_t": EXACT,
        },
        "results": {
            "unseen": rows(new),
            "trained_on": rows(old),
            "every_t": rows(exact),
            "every_t_by_image": {
                label(s.choice): (s.by_image / BITS).tolist() for s in exact
            },
        },
    }
