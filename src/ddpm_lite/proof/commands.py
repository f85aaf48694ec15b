"""What ``ddpm-lite check`` and ``ddpm-lite proofread`` do (no torch is imported)."""

from __future__ import annotations

import sys
from collections.abc import Iterable
from pathlib import Path

from .checking import check
from .documents import BadInput
from .report import proofread
from .tree import NotUnderstood

FORMATS = ("text", "json", "html")


def check_command(latex: str, alias: Iterable[str] = ()) -> int:
    """Print the verdict on one statement; 0 true, 1 false, 2 not understood."""
    verdict = check(latex, alias)
    if verdict.verdict == "unknown":
        print(f"unknown: {verdict.why}", file=sys.stderr)
        return 2
    print(verdict)
    return 1 if verdict.verdict == "false" else 0


def proofread_command(
    paths: Iterable[str | Path],
    format: str = "text",
    alias: Iterable[str] = (),
    first_step: int = 1,
) -> int:
    """Print the report; 0 nothing false, 1 something false, 2 bad input."""
    if format not in FORMATS:
        print(
            f"the format {format!r}: choose from {', '.join(FORMATS)}", file=sys.stderr
        )
        return 2
    if first_step not in (0, 1):
        print(f"the first step {first_step}: choose 0 or 1", file=sys.stderr)
        return 2
    try:
        report = proofread(paths, alias, first_step)
    except (BadInput, NotUnderstood) as error:
        print(error, file=sys.stderr)
        return 2
    print({"text": report.text, "json": report.json, "html": report.html}[format]())
    if format == "text":
        for name, r in report.failures:
            if r.slip and r.verdict != "false":
                print(f"{name}:{r.line}: the slip {r.slip} is not found false")
    return 1 if report.failures else 0
