"""Every chapter reads well on the site and in Colab, and every check can fail."""

import re
from collections import Counter
from pathlib import Path

import pytest
import yaml

import rules
from ddpm_lite.proof import labels as ledger
from rules import BOOK

CHAPTERS = sorted(BOOK.glob("[0-9][0-9]_*.md"))
PAGES = sorted(BOOK.glob("*.md"))
SRC = BOOK.parent / "src"

FENCE = "```"
BAD_CELLS = {
    "21 lines": "x = 1\n" * 21,
    "61 columns": "x = " + "1" * 57 + "\n",
    "semicolon": "plt.plot(x);\n",
    "magic": "%matplotlib inline\n",
    "shell": "!pip install x\n",
    "silenced": ":tags: [nbval-skip]\nx = 1\n",
}
BAD_TEXTS = {
    "macro": "\n$$\n\\newcommand{\\a}{b}\n$$\n",
    "align": "\n\\begin{align}\na\n\\end{align}\n",
    "no air above": "Text\n$$\na\n$$ (eq-a)\n",
    "no air below": "\n$$\na\n$$ (eq-a)\nText\n",
    "open fence": ":::{note}\nText\n",
    "stray fence": "Text\n:::\n",
    "backticks": f"{FENCE}{{note}}\nText\n{FENCE}\n",
    "nested cell": f"- item\n  {FENCE}{{code-cell}} ipython3\n  x\n  {FENCE}\n",
}
BAD_LABELS = {
    "no prefix": "\n$$\na\n$$ (marginal)\n",
    "slip outside": "\n$$\na\n$$ (slip-a)\n",
    "truth inside": ":::{slip}\nWrong.\n\n$$\na\n$$ (eq-a)\n\n:::\n",
    "silent slip": ":::{slip}\nLook.\n\n$$\na\n$$ (slip-a)\n\n:::\n",
}


def text_of(page: Path) -> str:
    return page.read_text(encoding="utf-8")


@pytest.mark.parametrize("page", PAGES, ids=lambda p: p.stem)
def test_page_has_no_fault(page: Path) -> None:
    text = text_of(page)
    faults = rules.cell_faults(text) + rules.text_faults(text)
    assert faults + rules.label_faults(text) == []


@pytest.mark.parametrize("name", BAD_CELLS)
def test_bad_cell_is_found(name: str) -> None:
    cell = f"{FENCE}{{code-cell}} ipython3\n{BAD_CELLS[name]}{FENCE}\n"
    assert len(rules.cell_faults(cell)) == 1


@pytest.mark.parametrize("name", BAD_TEXTS)
def test_bad_text_is_found(name: str) -> None:
    assert rules.text_faults(BAD_TEXTS[name])


@pytest.mark.parametrize("name", BAD_LABELS)
def test_bad_label_is_found(name: str) -> None:
    assert len(rules.label_faults(BAD_LABELS[name])) == 1


@pytest.mark.parametrize("chapter", CHAPTERS, ids=lambda p: p.stem)
def test_chapter_checks_something(chapter: Path) -> None:
    cells, _ = rules.split(text_of(chapter))
    asserting = [c for c in cells if any(re.match(r"\s*assert\b", s) for s in c.source)]
    assert asserting


def test_table_of_contents_lists_every_page_once() -> None:
    toc = yaml.safe_load((BOOK.parent / "_toc.yml").read_text(encoding="utf-8"))
    entries = [c["file"] for part in toc["parts"] for c in part["chapters"]]
    listed = Counter([toc["root"], *entries])
    assert listed == Counter(f"book/{page.stem}" for page in PAGES)
    numbered = [e for e in entries if re.match(r"book/\d\d_", e)]
    assert numbered == sorted(numbered)


def test_labels_are_unique() -> None:
    counted = Counter(label for page in PAGES for label in rules.labels(text_of(page)))
    assert [label for label, times in counted.items() if times > 1] == []


def test_labels_that_are_named_exist() -> None:
    known = {label for page in PAGES for label in rules.labels(text_of(page))}
    pages = {p.name: rules.named(text_of(p)) - known for p in PAGES}
    commented = re.compile(r"#.*?\b(eq-[a-z0-9-]+)")
    source = {
        p.name: set(commented.findall(text_of(p))) - known for p in SRC.rglob("*.py")
    }
    assert {name: lost for name, lost in (pages | source).items() if lost} == {}


def test_equations_that_ship_are_those_of_the_book() -> None:
    assert ledger.main([str(BOOK), "--check"]) == 0
