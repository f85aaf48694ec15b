"""What a statement may cost, and why it may not be decided."""

from __future__ import annotations

import signal
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from time import process_time


class CannotDecide(Exception):
    """This world cannot express the statement; ``str`` says why."""


class Unreal(CannotDecide):
    """A root or a logarithm of something that is negative for every schedule."""


class OutOfTime(CannotDecide):
    """The statement took longer than its budget."""


class Undefined(Exception):
    """A division by zero or a logarithm of zero at this time step."""


class Infinite(Undefined):
    """A division by zero."""


class Diverges(Exception):
    """A term of a sum or mean over t is infinite."""


class Budget:
    """Processor time for one statement; what runs over is left unknown."""

    seconds = 1.6
    second_look = 0.4  # for a world that is asked after another has decided
    _end = 0.0
    _ticks = 0

    @classmethod
    def start(cls) -> None:
        cls._end = process_time() + cls.seconds

    @classmethod
    def shorten(cls) -> None:
        """Another world has decided: a second opinion may not take long."""
        cls._end = min(cls._end, process_time() + cls.second_look)
        main = threading.current_thread() is threading.main_thread()
        if main and hasattr(signal, "setitimer") and cls._ringing():
            signal.setitimer(signal.ITIMER_VIRTUAL, cls.second_look, 0.5)

    @classmethod
    def _ringing(cls) -> bool:
        """Is the alarm ours?"""
        return bool(signal.getsignal(signal.SIGVTALRM) == cls._ring)

    @classmethod
    @contextmanager
    def guard(cls) -> Iterator[None]:
        """Start the clock; where signals exist, also interrupt a single long step."""
        cls.start()
        main = threading.current_thread() is threading.main_thread()
        if not main or not hasattr(signal, "setitimer"):
            yield
            return
        if signal.getitimer(signal.ITIMER_VIRTUAL)[0]:
            yield  # someone else's alarm: leave it alone
            return
        before = signal.signal(signal.SIGVTALRM, cls._ring)
        signal.setitimer(signal.ITIMER_VIRTUAL, cls.seconds + 1, 0.5)
        try:
            yield
        finally:
            signal.setitimer(signal.ITIMER_VIRTUAL, 0)
            signal.signal(signal.SIGVTALRM, before)

    @classmethod
    def _ring(cls, number: int, frame: object) -> None:
        raise OutOfTime(f"not decided within {cls.seconds:g} seconds")

    @classmethod
    def tick(cls) -> None:
        cls._ticks += 1  # asking for the time costs more than a small step
        if cls._ticks % 16 == 0 and cls._end and process_time() > cls._end:
            raise OutOfTime(f"not decided within {cls.seconds:g} seconds")
