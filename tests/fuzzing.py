"""How many examples a property is tried on: few in `make test`, many in `make fuzz`.

`make fuzz` sets DDPM_LITE_FUZZ to a factor, and draws new examples each time; what it
finds becomes a test of its own. Without it the examples are the same in every run.
"""

import os

from hypothesis import HealthCheck, settings

FACTOR = float(os.environ.get("DDPM_LITE_FUZZ", "1"))


def examples(count: int) -> settings:
    """Settings for a property that `make test` tries ``count`` times."""
    return settings(
        max_examples=max(1, int(count * FACTOR)),
        deadline=None,
        derandomize=FACTOR <= 1,
        suppress_health_check=[
            HealthCheck.too_slow,
            HealthCheck.function_scoped_fixture,
        ],
    )
