"""Chapter 12: the weights made for samples, and those made for bits, on equal terms.

The same thousand test digits, drawn at random; the same K. The schedules and the
networks' inputs differ, and so do the trainings: the record says how long they were.
"""

from typing import Any

import torch

from ddpm_lite.bound import choices
from ddpm_lite.experiments.likelihood import TIMES, full, network, rows, scored

SEED = 14
IMAGES = 1_000


def run() -> dict[str, Any]:
    """About a minute on one CPU core that has nothing else to do."""
    test = full("test", 10_000)
    generator = torch.Generator().manual_seed(SEED)
    some = test[torch.randperm(len(test), generator=generator)[:IMAGES]]
    results = {}
    for name in ("samples", "likelihood"):
        net, schedule = network(name)
        results[name] = {
            "schedule": net.card["schedule"],
            "trained_steps": net.card["trained_steps"],
            "rows": rows(scored(net, schedule, some, choices(), SEED)),
        }
    return {"seed": SEED, "n": {"test": IMAGES, "times": TIMES}, "results": results}
