"""What proofreading found: records of relations, as text, JSON or HTML."""

from __future__ import annotations

import json
from collections import Counter
from dataclasses import dataclass
from typing import Any

from .verdict import MARK, numbers

VERDICTS = ("proved", "holds", "defines", "false", "unknown")
# what the JSON tells of each record; other tools rely on it
PROMISED = (
    "line", "column", "label", "latex", "verdict", "world", "rule", "pair", "why",
    "counterexample",
)  # fmt: skip


@dataclass(frozen=True)
class Record:
    """One relation in a document."""

    line: int
    column: int
    label: str | None
    latex: str
    verdict: str
    world: str
    rule: str
    pair: int
    why: str
    counterexample: dict[str, Any] | None
    slip: str | None = None  # the label of the slip block around it
    display: bool = True
    exempt: str | None = None

    def as_json(self) -> dict[str, Any]:
        return {name: getattr(self, name) for name in PROMISED}


@dataclass(frozen=True)
class Report:
    """What was found, file by file; prints as text, JSON or HTML."""

    files: tuple[tuple[str, tuple[Record, ...]], ...]

    @property
    def statements(self) -> list[Record]:
        return [r for _, records in self.files for r in records]

    @property
    def counts(self) -> dict[str, int]:
        tally = Counter(r.verdict for r in self.statements)
        return {v: tally.get(v, 0) for v in VERDICTS}

    @property
    def failures(self) -> list[tuple[str, Record]]:
        """False outside slip blocks, and slip blocks in which nothing is false."""
        out = []
        for name, records in self.files:
            slips: dict[str, list[Record]] = {}
            for r in records:
                if r.slip is not None:
                    slips.setdefault(r.slip, []).append(r)
                elif r.verdict == "false":
                    out.append((name, r))
            for group in slips.values():
                if not any(r.verdict == "false" for r in group):
                    out.append((name, group[0]))
        return out

    def json(self) -> str:
        data = {
            "files": [
                {"file": name, "statements": [r.as_json() for r in records]}
                for name, records in self.files
            ],
            "counts": self.counts,
        }
        return json.dumps(data, ensure_ascii=False, indent=1)

    def text(self) -> str:
        lines: list[str] = []
        for name, records in self.files:
            if not records:
                lines.append(f"{name}: no statements found")
                continue
            lines.append(name)
            for r in records:
                lines += _lines(name, r)
        tally = ", ".join(f"{n} {v}" for v, n in self.counts.items() if n)
        lines.append(tally or "no statements found")
        return "\n".join(lines)

    def html(self) -> str:
        from .page import page

        return page(self)

    def __str__(self) -> str:
        return self.text()

    def _repr_html_(self) -> str:
        from .page import fragment

        return fragment(self)


def _lines(name: str, r: Record) -> list[str]:
    where = f"  {r.line}:{r.column}"
    tag = f" [{r.label}]" if r.label else ""
    latex = " ".join(r.latex.split())
    if len(latex) > 100:
        latex = latex[:97] + "..."
    head = f"{where} {MARK[r.verdict]} {r.verdict}{tag}  {latex}"
    out = [head]
    if r.verdict in ("false", "unknown") and r.why:
        out.append(f"      {r.why}")
    if r.counterexample:
        out.append(f"      {numbers(r.counterexample)}")
    return out
