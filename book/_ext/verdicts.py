"""The prover's report on the book, asked for once in a build."""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

# The worst pair of a chain speaks for the equation.
WORST_FIRST = ("false", "unknown", "holds", "defines", "proved")

WORDS = {
    "proved": "Proved: derived exactly by machine, for every schedule.",
    "holds": "Holds: checked exactly in every small world that was tried.",
    "defines": "Defines: this line gives something its name.",
    "unknown": "Waiting: the prover cannot read this line yet.",
    "false": "Wrong on purpose: the prover finds it false.",
}
GLYPHS = {"proved": "✓", "holds": "✓", "defines": "≔", "unknown": "…", "false": "✗"}


@dataclass(frozen=True)
class Verdict:
    """What the prover says of one labelled equation."""

    verdict: str
    statements: tuple[dict[str, Any], ...] = ()

    @property
    def words(self) -> str:
        return WORDS[self.verdict]

    @property
    def glyph(self) -> str:
        return GLYPHS[self.verdict]

    @property
    def speaking(self) -> dict[str, Any]:
        """The statement that decided the verdict."""
        for one in self.statements:
            if one["verdict"] == self.verdict:
                return one
        return {}


def gather(report: dict[str, Any]) -> dict[str, Verdict]:
    """Label → verdict, from the JSON that `ddpm-lite proofread` prints."""
    found: dict[str, list[dict[str, Any]]] = {}
    for file in report["files"]:
        for statement in file["statements"]:
            if statement["label"]:
                found.setdefault(statement["label"], []).append(statement)
    return {
        label: Verdict(
            min((s["verdict"] for s in statements), key=WORST_FIRST.index),
            tuple(statements),
        )
        for label, statements in found.items()
    }


def read(pages: list[Path], cache: Path) -> dict[str, Verdict]:
    """Proofread the pages, each once as long as neither it nor the prover changes."""
    import ddpm_lite.proof

    prover = hashlib.sha256()
    for source in sorted(Path(ddpm_lite.proof.__path__[0]).glob("*.py")):
        prover.update(source.read_bytes())
    cache.mkdir(parents=True, exist_ok=True)
    found: dict[str, Verdict] = {}
    for page in pages:
        key = hashlib.sha256(page.read_bytes() + prover.digest()).hexdigest()
        kept = cache / f"{page.stem}-{key[:16]}.json"
        if not kept.is_file():
            report = ddpm_lite.proof.proofread([page]).json()
            fresh = kept.with_suffix(".new")
            fresh.write_text(report, encoding="utf-8")
            fresh.replace(kept)
        found |= gather(json.loads(kept.read_text(encoding="utf-8")))
    return found


def mutants() -> dict[str, dict[str, Any]]:
    """Label → how its mutants fared, where it is printed as it was when they did.

    `make mutants` wrote it; an equation that has changed since then is left out.
    """
    from ddpm_lite.proof.mutants import book, text_key

    kept = _record()["results"]
    return {
        eq.label: kept[eq.label]
        for eq in book()
        if eq.label in kept and kept[eq.label]["text"] == text_key(eq)[:16]
    }


def same_prover() -> bool:
    """Whether the mutants were counted with the prover as it is now."""
    from ddpm_lite.proof.mutants import _fingerprint

    return _fingerprint()[:16] == _record()["prover"]


def _record() -> dict[str, Any]:
    from ddpm_lite import proof

    record = Path(proof.__path__[0]) / "mutants.json"
    if not record.is_file():
        return {"prover": "", "results": {}}
    kept: dict[str, Any] = json.loads(record.read_text(encoding="utf-8"))
    return kept
