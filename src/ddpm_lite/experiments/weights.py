"""What the shipped weights draw: 1,000 samples in 50 DDIM steps, beside real digits.

Fréchet distance and nearest neighbours need the full MNIST: set ``DDPM_LITE_DATA`` or
have a network. The bits of ``likelihood`` are counted in the experiment of that name.
"""

from typing import Any

from ddpm_lite.checkpoints import pretrained, shipped
from ddpm_lite.digits import load
from ddpm_lite.errors import DigitsError
from ddpm_lite.evaluate import evaluate

SEED, COUNT, STEPS = 0, 1_000, 50
DRAWING = ("samples", "conditional")  # the weights that are there to draw


def run() -> dict[str, Any]:
    """Fréchet distance, floor, classes and nearest neighbours of each.

    Raises:
        DigitsError: where the full test set is not at hand.
    """
    if len(load("test")) < 10_000:
        raise DigitsError("this needs all of MNIST: set DDPM_LITE_DATA to its folder")
    results: dict[str, Any] = {}
    for name in DRAWING:
        if name in shipped():
            found = evaluate(
                name, "samples", COUNT, steps=STEPS, seed=SEED, progress=False
            )
            results[name] = {
                "trained_steps": pretrained(name).card["trained_steps"],
                **found["samples"],
            }
    return {"seed": SEED, "n": {"samples": COUNT, "steps": STEPS}, "results": results}
