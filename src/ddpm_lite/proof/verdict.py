"""What the prover answers, and how the answer looks."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

ORDER = ("false", "unknown", "holds", "proved", "defines")
MARK = {"proved": "✓", "holds": "✓", "defines": "≔", "false": "✗", "unknown": "?"}

MEANT = "probably meant, with "  # a repair's name follows, a colon, its LaTeX


@dataclass(frozen=True)
class Pair:
    """The verdict on one relation of a chain."""

    verdict: str
    world: str = ""
    rule: str = ""
    why: str = ""
    counterexample: dict[str, Any] | None = None
    index: int = 0
    latex: str = ""
    pos: int = 0


@dataclass(frozen=True)
class Verdict:
    """The verdict on a statement: the worst of its pairs decides.

    ``verdict`` is "proved", "holds", "defines", "false" or "unknown"; the object is
    true in a boolean sense unless something is false or unknown.
    """

    pairs: tuple[Pair, ...]
    latex: str = ""
    label: str | None = None
    deciding: Pair = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        worst = min(self.pairs, key=lambda p: ORDER.index(p.verdict))
        object.__setattr__(self, "deciding", worst)

    @property
    def verdict(self) -> str:
        return self.deciding.verdict

    @property
    def world(self) -> str:
        return self.deciding.world

    @property
    def rule(self) -> str:
        return self.deciding.rule

    @property
    def why(self) -> str:
        worst = self.deciding
        if len(self.pairs) > 1 and worst.verdict in ("false", "unknown"):
            return f"relation {worst.index + 1} of {len(self.pairs)}: {worst.why}"
        return worst.why

    @property
    def counterexample(self) -> dict[str, Any] | None:
        return self.deciding.counterexample

    def __bool__(self) -> bool:
        return self.verdict not in ("false", "unknown")

    def __str__(self) -> str:
        text = f"{self.verdict}"
        if self.world:
            text += f" ({self.world}: {self.rule})"
        if self.why:
            text += f"\n  {self.why}"
        if self.counterexample:
            text += f"\n  counterexample: {numbers(self.counterexample)}"
        return text

    def _repr_markdown_(self) -> str:
        """What a notebook and the built page show; both typeset Markdown's $$."""
        lines = [f"$$\n{self.latex}\n$$", ""] if self.latex else []
        lines.append(
            f"**{MARK[self.verdict]} {self.verdict}** ({self.world}: {self.rule})"
        )
        if self.why:
            words, meant, latex = self.why.partition(MEANT)
            name, colon, latex = latex.partition(": ")
            lines += ["", f"{words}{meant}{name}{colon}".strip()]
            if latex:
                aligned = f"\\begin{{aligned}}{latex}\\end{{aligned}}"
                lines += ["", f"$$\n{aligned}\n$$"]
        if self.counterexample:
            lines += ["", f"`{numbers(self.counterexample)}`"]
        return "\n".join(lines)


def numbers(counterexample: dict[str, Any]) -> str:
    """A counterexample on one line."""
    parts = []
    for name, value in counterexample.items():
        if isinstance(value, float):
            parts.append(f"{name} = {value:.6g}")
        elif isinstance(value, list):
            inside = ", ".join(
                f"{v:.6g}" if isinstance(v, float) else str(v) for v in value
            )
            parts.append(f"{name} = ({inside})")
        else:
            parts.append(f"{name} = {value}")
    return ", ".join(parts)
