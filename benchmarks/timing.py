"""Interleaved timing: in each round every contender runs once, in a new order.

A busy machine slows all of them; what is compared is therefore the ratio within a
round, and the median over rounds. ``clock="cpu"`` counts the processor time of this
process instead of the time on the wall (one thread only), for machines that are shared.
"""

import os
import random
import statistics
import time
from collections.abc import Callable, Sequence

import torch
import torch.nn.functional as F
from torch.utils.flop_counter import FlopCounterMode


def large_pages() -> bool:
    """Ask PyTorch for them, for all contenders, as `ddpm-lite train` does.

    It reads the variable at its first tensor. THP_MEM_ALLOC_ENABLE=0 leaves them out.
    """
    return os.environ.setdefault("THP_MEM_ALLOC_ENABLE", "1") != "0"


def seconds_of(clock: str) -> Callable[[], float]:
    """The clock by its name, wall or cpu."""
    if clock == "cpu" and torch.get_num_threads() > 1:
        raise SystemExit("--clock cpu needs --threads 1")
    return time.process_time if clock == "cpu" else time.perf_counter


def interleaved(
    work: dict[str, Callable[[], object]],
    rounds: int,
    budget: float,
    clock: str,
) -> dict[str, list[float]]:
    """Seconds per call of each piece of work, one figure per round.

    Args:
        budget: seconds that one piece of work gets in one round (at least one call).
    """
    now = seconds_of(clock)
    for call in work.values():  # warm up: allocations, autotuning
        call()
    found: dict[str, list[float]] = {name: [] for name in work}
    order = list(work)
    shuffle = random.Random(0).shuffle
    for _ in range(rounds):
        shuffle(order)
        for name in order:
            calls, started = 0, now()
            while calls == 0 or now() - started < budget:
                work[name]()
                calls += 1
            if torch.cuda.is_available():
                torch.cuda.synchronize()
            found[name].append((now() - started) / calls)
    return found


def ratio(slow: Sequence[float], fast: Sequence[float]) -> tuple[float, float, float]:
    """Median, lowest and highest of slow/fast, round by round."""
    pairs = [a / b for a, b in zip(slow, fast, strict=True)]
    return statistics.median(pairs), min(pairs), max(pairs)


def flops(work: Callable[[], object]) -> int:
    """Floating-point operations of one call: convolutions, matrices, attention."""
    with FlopCounterMode(display=False) as counter:
        work()
    return counter.get_total_flops()


def convolution(batch: int, device: torch.device) -> tuple[Callable[[], object], int]:
    """A plain 3 × 3 convolution of 64 channels at 28 × 28, the peak to compare with."""
    x = torch.randn(batch, 64, 28, 28, device=device)
    x = x.to(memory_format=torch.channels_last)
    weight = torch.randn(64, 64, 3, 3, device=device)
    weight = weight.to(memory_format=torch.channels_last)

    def run() -> object:
        with torch.no_grad():
            return F.conv2d(x, weight, padding=1)

    return run, 2 * batch * 64 * 64 * 9 * 28 * 28
