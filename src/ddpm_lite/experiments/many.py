"""What ``samples`` draws, ten thousand times: as many as there are test digits.

The floor falls with n, the distance of a network that errs does not: this is the
sterner of the two comparisons (`weights` draws 1,000).
"""

from typing import Any

from ddpm_lite.experiments.weights import SEED, STEPS, score

COUNT = 10_000


def run() -> dict[str, Any]:
    """Half a million calls of the network: half an hour on one CPU core.

    Raises:
        DigitsError: where the full test set is not at hand.
    """
    row = score("samples", "ancestral", COUNT, STEPS)
    n = {"samples": COUNT, "steps": STEPS}
    return {"seed": SEED, "n": n, "results": {"samples": {"ancestral": row}}}
