"""Do two records of one experiment agree? For ``make reproduce``.

On the machine that recorded them numbers come out the same. On another one sums are
taken in another order, so a number agrees if it is within one part in a thousand, or
within four standard errors of the difference where a standard error stands beside it.
"""

import math
from collections.abc import Iterator
from typing import Any

RELATIVE = 1e-3
STANDARD_ERRORS = 4.0


def differences(old: Any, new: Any, where: str = "", se: float = 0.0) -> Iterator[str]:
    """One sentence for each place where the two disagree.

    A standard error is what stands as ``NAME_se`` beside ``NAME``, or as ``se`` in the
    same dict; in a list ``[value, se]`` it is the second of two.
    """
    if isinstance(old, dict) and isinstance(new, dict):
        for key in old.keys() ^ new.keys():
            yield f"{where}{key}: only in one of the two"
        for key in [k for k in old if k in new]:
            beside = old.get(f"{key}_se", old.get("se", 0.0))
            error = beside if isinstance(beside, int | float) else 0.0
            yield from differences(old[key], new[key], f"{where}{key}.", error)
    elif isinstance(old, list) and isinstance(new, list):
        if len(old) != len(new):
            yield f"{where[:-1]}: {len(old)} entries were recorded, now {len(new)}"
        floats = len(old) == 2 and all(isinstance(v, float) for v in old)
        pair = floats and 0 < old[1] < abs(old[0])
        for i, (a, b) in enumerate(zip(old, new, strict=False)):
            here = f"{where}se." if pair and i == 1 else f"{where}{i}."
            yield from differences(a, b, here, old[1] if pair else se)
    elif isinstance(old, float) or isinstance(new, float):
        allowed = max(RELATIVE * abs(old), STANDARD_ERRORS * math.sqrt(2) * se)
        if where.endswith(("_se.", ".se.")):
            allowed = abs(old)  # an error of an error
        if not abs(old - new) <= allowed:
            yield f"{where[:-1]}: {old:.6g} was recorded, now {new:.6g}"
    elif old != new:
        short = [repr(v)[:40] for v in (old, new)]
        yield f"{where[:-1]}: {short[0]} was recorded, now {short[1]}"
