"""What a chapter must look like, as functions that list what is wrong with one.

"Graceful MyST": the same text is a page of the site and a notebook in Colab, where
no directive is known. So: `$$ … $$ (label)`, colon fences, no macros.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path

BOOK = Path(__file__).resolve().parents[2] / "book"
LINES, COLUMNS = 20, 60  # of a cell, so that it can be read on a phone

MACROS = re.compile(
    r"\\(?:re)?newcommand|\\def\b|\\DeclareMathOperator|\\label\b|\\tag\b"
    r"|\\begin\{align\*?\}"
    r"|\\begin\{(?:equation|gather|eqnarray)"
)
LABEL = re.compile(r"\$\$ *\(([^)]*)\)\s*$")
NAMED = re.compile(r"""\{eq\}`([^`]+)`|["']((?:eq|slip)-[\w-]+)["']""")
SILENCED = {
    "nbval-skip",
    "skip-execution",
    "raises-exception",
    "nbval-raises-exception",
}


@dataclass(frozen=True)
class Cell:
    """A code cell of a chapter: where it starts, its tags, its source lines."""

    line: int
    options: str
    source: tuple[str, ...]


def split(text: str) -> tuple[list[Cell], list[str]]:
    """The code cells of a chapter, and its text with everything fenced blanked."""
    cells: list[Cell] = []
    prose: list[str] = []
    fence, start, body = "", 0, []
    for number, line in enumerate(text.splitlines(), start=1):
        opening = re.match(r"(`{3,}|~{3,})(.*)$", line)
        if not fence and opening:
            fence, start, body = opening.group(1), number, [opening.group(2)]
        elif fence and line.strip() == fence:
            if body[0].startswith("{code-cell}"):
                cells.append(_cell(start, body[1:]))
            fence = ""
        elif fence:
            body.append(line)
        prose.append("" if fence or opening else line)
    return cells, prose


def _cell(line: int, body: list[str]) -> Cell:
    """Part a cell's options (between --- or :option: lines) from its source."""
    cut = 0
    if body and body[0] == "---":
        cut = body.index("---", 1) + 1
    else:
        while cut < len(body) and body[cut].startswith(":"):
            cut += 1
    return Cell(line, "\n".join(body[:cut]), tuple(body[cut:]))


def cell_faults(text: str) -> list[str]:
    """Cells that are too big, silenced, or that Colab and nbval read differently."""
    faults = []
    for cell in split(text)[0]:
        here = f"cell at line {cell.line}"
        if len(cell.source) > LINES:
            faults.append(f"{here}: {len(cell.source)} lines")
        for line in cell.source:
            if len(line) > COLUMNS:
                faults.append(f"{here}: {len(line)} columns: {line}")
            if line.rstrip().endswith(";"):
                faults.append(f"{here}: ends in a semicolon: {line}")
            if re.match(r"\s*[!%]", line):
                faults.append(f"{here}: a magic or shell line: {line}")
        silent = sorted(tag for tag in SILENCED if tag in cell.options)
        faults += [f"{here}: silenced by {tag}" for tag in silent]
    return faults


def text_faults(text: str) -> list[str]:
    """Markup that breaks outside the site, and equations with no air around them."""
    faults = []
    lines = text.splitlines()
    prose = split(text)[1]
    depth: list[int] = []
    opened = False
    for number, line in enumerate(prose, start=1):
        found = MACROS.search(line)
        if found:
            faults.append(f"line {number}: {found.group()} is not for chapters")
        colons = re.match(r"(:{3,})(\{.*)?\s*$", line)
        if colons and colons.group(2):
            depth.append(len(colons.group(1)))
        elif colons and (not depth or depth.pop() != len(colons.group(1))):
            faults.append(f"line {number}: this fence closes nothing")
        if line.count("$$") % 2:
            opened = not opened
            beside = number - 2 if opened else number
            if 0 <= beside < len(lines) and lines[beside].strip():
                faults.append(f"line {number}: $$ without a blank line beside it")
    faults += ["a colon fence is never closed"] * len(depth)
    for number, line in enumerate(lines, start=1):
        # eval-rst is known in backticks alone; API pages are not read in Colab.
        if re.match(r"\s*(`{3,}|~{3,})\{(?!code-cell\}|eval-rst\})", line):
            faults.append(f"line {number}: a directive in backticks (use colons)")
        if re.match(r"\s+(`{3,}|~{3,})\{code-cell", line):
            faults.append(f"line {number}: a cell inside something else never runs")
    return faults


def labels(text: str) -> list[str]:
    """The labels of the displayed equations, in order."""
    prose = split(text)[1]
    return [m.group(1) for line in prose if (m := LABEL.search(line))]


def label_faults(text: str) -> list[str]:
    """Labels of the wrong kind; slips that do not say that they are wrong."""
    faults = []
    inside, box = False, ""
    for number, line in enumerate(split(text)[1], start=1):
        if re.match(r":{3,}\{slip\}", line):
            inside, box = True, ""
        elif inside and re.match(r":{3,}\s*$", line):
            if "wrong" not in box.lower():
                faults.append(f"line {number}: a slip's text must say it is wrong")
            inside = False
        box += line
        found = LABEL.search(line)
        wanted = "slip-" if inside else "eq-"
        if found and not re.fullmatch(wanted + r"[a-z0-9-]+", found.group(1)):
            faults.append(f"line {number}: ({found.group(1)}) should be ({wanted}…)")
    return faults


def named(text: str) -> set[str]:
    """Every label that the text or a cell refers to."""
    return {first or second for first, second in NAMED.findall(text)}
