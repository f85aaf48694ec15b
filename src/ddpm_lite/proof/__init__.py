"""The prover: printed mathematics in, verdicts out.

    from ddpm_lite.proof import check, equation, parse, proofread

``check`` decides one statement, ``proofread`` whole documents, ``equation`` gives a
printed equation of the book by its label and ``parse`` one expression as SymPy.
Nothing here imports torch, numpy or matplotlib.
"""

from __future__ import annotations

import os
from importlib import import_module
from typing import Any

# SymPy remembers a thousand results of each kind, too few for one long derivation.
os.environ.setdefault("SYMPY_CACHE_SIZE", "10000")

_HOME = {
    "check": "checking",
    "equation": "equations",
    "parse": "equations",
    "proofread": "report",
    "proofread_text": "report",
    "Equation": "equations",
    "NotUnderstood": "tree",
    "Report": "report",
    "Verdict": "verdict",
}

__all__ = [*_HOME]


def __getattr__(name: str) -> Any:
    if name in _HOME:
        return getattr(import_module(f"{__name__}.{_HOME[name]}"), name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
