"""The printed equations by their labels, and single expressions as SymPy."""

from __future__ import annotations

import json
from dataclasses import dataclass
from functools import lru_cache
from importlib import resources
from typing import Any

from .grammar import parse_expression
from .statements import Part, Statement, split
from .tree import NotUnderstood


@dataclass(frozen=True)
class Equation:
    """One printed equation of the book.

    ``latex`` is the text as printed; ``lhs`` and ``rhs`` are SymPy expressions built
    from it (the first and the last side of a chain, all of them in ``sides``).
    ``before`` holds the earlier equations of the chapter that define names used here.
    """

    label: str
    latex: str
    file: str = ""
    line: int = 0
    slip: bool = False
    before: tuple[str, ...] = ()

    @property
    def statement(self) -> Statement:
        found, _, _ = split(self.latex)
        if not found:
            raise NotUnderstood(f"{self.label} states nothing")
        return found[0]

    @property
    def sides(self) -> tuple[Any, ...]:
        """Every side of the chain as SymPy, in the order printed."""
        return tuple(_side(p) for p in self.statement.parts)

    @property
    def lhs(self) -> Any:
        return _side(self.statement.parts[0])

    @property
    def rhs(self) -> Any:
        return _side(self.statement.parts[-1])

    def _repr_latex_(self) -> str:
        return f"$\\displaystyle {self.latex}$"

    def _repr_markdown_(self) -> str:
        return f"$$\n{self.latex}\n$$"

    def __str__(self) -> str:
        return f"{self.label}: {self.latex}"


def _side(part: Part) -> Any:
    from .translation import symbol, to_sympy

    try:
        return to_sympy(part.tree)
    except NotUnderstood:
        # what SymPy has no form for stays one symbol that prints as written
        return symbol(part.latex, False)


@lru_cache(maxsize=1)
def _printed() -> dict[str, dict[str, Any]]:
    source = resources.files("ddpm_lite.proof") / "equations.json"
    if not source.is_file():
        return {}
    table: dict[str, dict[str, Any]] = json.loads(source.read_text(encoding="utf-8"))
    return table


def labels() -> tuple[str, ...]:
    """The labels of all printed equations, in the order of the book."""
    return tuple(_printed())


def equation(label: str) -> Equation:
    """The printed equation with this label, e.g. ``equation("eq-posterior-mean")``.

    Raises KeyError, naming near labels, when there is none.
    """
    table = _printed()
    if label not in table:
        from difflib import get_close_matches

        near = get_close_matches(label, table, 3)
        hint = f"; did you mean {' or '.join(near)}?" if near else ""
        raise KeyError(f"no equation is labelled {label!r}{hint}")
    entry = table[label]
    return Equation(
        label, entry["latex"], entry.get("file", ""), entry.get("line", 0),
        entry.get("slip", False), tuple(entry.get("before", ())),
    )  # fmt: skip


def parse(latex: str) -> Any:
    r"""One expression as SymPy, e.g. ``parse(r"\bar\alpha_{t-1}")``.

    >>> parse(r"\bar\alpha_{t-1}") * parse(r"\alpha_t")
    \alpha_{t}*\bar{\alpha}_{t-1}

    The symbols are the same objects as in ``equation(...)``. Raises NotUnderstood (a
    ValueError) with the column where reading stopped.
    """
    from .translation import to_sympy

    return to_sympy(parse_expression(latex))
