"""What ``samples`` draws when no step is left out: a thousand digits, T steps each.

Beside `weights`, which draws as many in 50 steps: what does the patience buy?
"""

from typing import Any

from ddpm_lite.experiments.weights import COUNT, SEED, score

STEPS = 1_000


def run() -> dict[str, Any]:
    """A million calls of the network: about an hour on one CPU core.

    Raises:
        DigitsError: where the full test set is not at hand.
    """
    row = score("samples", "ancestral", COUNT, STEPS)
    n = {"samples": COUNT, "steps": STEPS}
    return {"seed": SEED, "n": n, "results": {"samples": {"ancestral": row}}}
