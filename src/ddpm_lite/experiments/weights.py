"""What the shipped weights draw: 1,000 samples in 50 steps, beside real digits.

Fréchet distance and nearest neighbours need the full MNIST: set ``DDPM_LITE_DATA`` or
have a network. The bits of ``likelihood`` are counted in the experiment of that name.
"""

from typing import Any, Literal

from ddpm_lite.digits import load
from ddpm_lite.errors import DigitsError
from ddpm_lite.evaluate import evaluate

SEED, COUNT, STEPS = 0, 1_000, 50
Sampler = Literal["ddim", "ancestral"]
DRAWN: tuple[tuple[str, Sampler], ...] = (
    ("samples", "ddim"),
    ("samples", "ancestral"),
    ("conditional", "ancestral"),
)


def whole_test_set() -> None:
    """Refuse to begin without it.

    Raises:
        DigitsError: where there are fewer than 10,000 test digits.
    """
    if len(load("test")) < 10_000:
        raise DigitsError("this needs all of MNIST: set DDPM_LITE_DATA to its folder")


def score(
    name: str, sampler: Sampler, count: int, steps: int, progress: bool = True
) -> dict[str, Any]:
    """Fréchet distance, floor, classes and nearest neighbours of what a network draws.

    Raises:
        DigitsError: where the full test set is not at hand.
    """
    whole_test_set()
    found = evaluate(
        name,
        "samples",
        count,
        sampler=sampler,
        steps=steps,
        seed=SEED,
        progress=progress,
    )
    return {**found["samples"], "trained_steps": found["trained_steps"]}


def run() -> dict[str, Any]:
    """The score of each.

    Raises:
        DigitsError: where the full test set is not at hand.
    """
    results: dict[str, Any] = {}
    for name, sampler in DRAWN:
        row = score(name, sampler, COUNT, STEPS, progress=False)
        results.setdefault(name, {})[sampler] = row
    return {"seed": SEED, "n": {"samples": COUNT, "steps": STEPS}, "results": results}
