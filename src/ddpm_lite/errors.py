"""What can go wrong through no fault of the code: one clear sentence each.

No torch here: the command line must know these before it loads anything.
"""


class DdpmLiteError(Exception):
    """Something we were given, or found, will not do; the message says what to do."""


class ConfigError(DdpmLiteError, ValueError):
    """A setting that cannot work; the message names it and what to choose."""


class DigitsError(DdpmLiteError, RuntimeError):
    """The digits cannot be had; the message says which file and what to do."""


class CheckpointError(DdpmLiteError, RuntimeError):
    """The file cannot be used; the message says which, why, and what to do."""


class TrainingError(DdpmLiteError, RuntimeError):
    """Training cannot go on; the message says at which step, and what to try."""
