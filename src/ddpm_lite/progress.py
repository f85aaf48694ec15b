"""What a person sees of a training, and how they stop it."""

import json
import os
import signal
import threading
import time
from pathlib import Path
from types import FrameType, TracebackType
from typing import Any

from tqdm import tqdm

ROWS_PER_RUN = 2_000  # at most so many losses are kept and shown


class Stopped(KeyboardInterrupt):
    """Somebody asked the training to stop, and it has saved its state."""

    def __init__(self, number: int, step: int) -> None:
        super().__init__(f"stopped at step {step}; `resume` goes on from there")
        self.number, self.step = number, step


class StopSignals:
    """Ctrl-C and SIGTERM only raise a flag, so that no step is left half done.

    A second Ctrl-C interrupts at once. Outside the main thread nothing is caught.
    """

    def __init__(self) -> None:
        self.number = 0  # of the signal that asked; 0 for none
        self._before: dict[int, Any] = {}

    def __enter__(self) -> "StopSignals":
        if threading.current_thread() is threading.main_thread():
            for number in (signal.SIGINT, signal.SIGTERM):
                self._before[number] = signal.signal(number, self._ask)
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        for number, handler in self._before.items():
            signal.signal(number, handler)

    def _ask(self, number: int, frame: FrameType | None) -> None:
        if number == self.number == signal.SIGINT:
            raise KeyboardInterrupt
        self.number = number


class Log:
    """Losses and speed of a run: the bar on the screen and ``metrics.jsonl``.

    Each logged step is a row: step, loss, learning_rate, images_per_second and
    seconds (of training, over all sittings).

    Args:
        folder: where the file is, or None to keep none.
        step: 0, or the step from which a run goes on; its earlier rows are kept.
    """

    def __init__(self, folder: Path | None, batch: int, shown: Any, step: int) -> None:
        self.path = folder / "metrics.jsonl" if folder else None
        self.batch, self.shown = batch, shown
        self.rows: list[dict[str, float]] = []
        self._step, self._clock = step, time.monotonic()
        if step and self.path and self.path.is_file():
            text = self.path.read_text(encoding="utf-8")
            rows = [json.loads(line) for line in text.splitlines()]
            self.rows = [row for row in rows if row["step"] <= step]

    def add(self, step: int, loss: float, learning_rate: float) -> None:
        """One logged step."""
        now = time.monotonic()
        took = now - self._clock
        before = self.rows[-1]["seconds"] if self.rows else 0.0
        speed = (step - self._step) * self.batch / took if took > 0 else 0.0
        self._step, self._clock = step, now
        self.rows.append(
            {
                "step": step,
                "loss": loss,
                "learning_rate": learning_rate,
                "images_per_second": round(speed, 1),
                "seconds": round(before + took, 3),
            }
        )
        self.shown.set_postfix(loss=f"{loss:.4f}", img_s=f"{speed:.0f}", refresh=False)

    @property
    def losses(self) -> list[tuple[int, float]]:
        """(step, loss) pairs."""
        return [(int(row["step"]), row["loss"]) for row in self.rows]

    def write(self) -> None:
        """The metrics file, whole or unchanged."""
        if self.path:
            temporary = self.path.with_name(f".{self.path.name}.{os.getpid()}.part")
            lines = "".join(json.dumps(row) + "\n" for row in self.rows)
            try:
                temporary.write_text(lines, encoding="utf-8")
                os.replace(temporary, self.path)
            finally:
                temporary.unlink(missing_ok=True)


def bar(total: int, done: int, shown: bool) -> Any:
    """A progress bar over steps, with the time that is left."""
    return tqdm(
        total=total, initial=done, unit="step", disable=not shown, mininterval=0.5
    )
