"""Collects the labelled equations of a book into ``equations.json``.

``python -m ddpm_lite.proof.labels book/`` writes the file beside this module; with
``--check`` it only says whether the file is up to date.
"""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Any

from .blocks import Block
from .checking import prepare
from .context import Context
from .documents import BadInput, read
from .tree import NotUnderstood

TARGET = Path(__file__).with_name("equations.json")


def chapters(book: Path) -> list[Path]:
    """The Markdown pages of the book, in order."""
    return sorted(p for p in book.glob("*.md") if p.is_file())


def collect(book: Path) -> dict[str, dict[str, Any]]:
    """label -> latex, file, line, slip, and the definitions printed before it."""
    table: dict[str, dict[str, Any]] = {}
    for path in chapters(book):
        earlier: list[str] = []
        context = Context()
        for block in read(path):
            if not block.display or block.exempt is not None:
                continue
            if block.label and block.label not in table:
                table[block.label] = _entry(block, path, earlier)
            if block.slip is None and _defines(block.latex, context):
                earlier.append(block.latex)
    return table


def _entry(block: Block, path: Path, earlier: list[str]) -> dict[str, Any]:
    return {
        "latex": block.latex.strip(),
        "file": path.name,
        "line": block.line,
        "slip": block.slip is not None,
        "before": list(earlier),
    }


def _defines(latex: str, context: Context) -> bool:
    """Does this block introduce a name (or choose a model)? ``context`` learns it."""
    before = (len(context.known), context.variances, context.model)
    try:
        prepare(context, [latex])
    except NotUnderstood:
        return False
    return (len(context.known), context.variances, context.model) != before


def render(table: dict[str, dict[str, Any]]) -> str:
    return json.dumps(table, ensure_ascii=False, indent=1) + "\n"


def main(argv: list[str] | None = None) -> int:
    """0 when written (or up to date), 1 when out of date, 2 for bad input."""
    args = list(sys.argv[1:] if argv is None else argv)
    check = "--check" in args
    args = [a for a in args if a != "--check"]
    book = Path(args[0]) if args else Path("book")
    if not book.is_dir():
        print(f"{book}: there is no such folder", file=sys.stderr)
        return 2
    try:
        text = render(collect(book))
    except BadInput as error:
        print(error, file=sys.stderr)
        return 2
    if check:
        same = TARGET.is_file() and TARGET.read_text(encoding="utf-8") == text
        if not same:
            print(f"{TARGET.name} is out of date: run python -m ddpm_lite.proof.labels")
        return 0 if same else 1
    temporary = TARGET.with_suffix(".tmp")
    temporary.write_text(text, encoding="utf-8")
    temporary.replace(TARGET)
    print(f"{len(json.loads(text))} equations")
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
