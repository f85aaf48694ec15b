"""The prover's word on the printed book: nothing is false but what says so."""

from pathlib import Path

import pytest

import rules
from ddpm_lite.proof import proofread
from rules import BOOK

PAGES = sorted(BOOK.glob("*.md"))


@pytest.mark.parametrize("page", PAGES, ids=lambda p: p.stem)
def test_only_slips_are_false(page: Path) -> None:
    false, wrong = [], set()
    for _, statements in proofread(page).files:
        for found in (s.as_json() for s in statements):
            label = found["label"] or ""
            if found["verdict"] != "false":
                continue
            if label.startswith("slip-"):
                wrong.add(label)
            else:
                false.append((found["line"], found["latex"], found["why"]))
    assert false == []
    labels = rules.labels(page.read_text(encoding="utf-8"))
    assert {label for label in labels if label.startswith("slip-")} == wrong


def test_a_false_equation_would_be_found(tmp_path: Path) -> None:
    page = tmp_path / "page.md"
    text = "\n$$\n\\bar\\alpha_t = \\alpha_t + \\bar\\alpha_{t-1}\n$$ (eq-wrong)\n"
    page.write_text(text, encoding="utf-8")
    assert proofread(page).counts["false"] == 1
