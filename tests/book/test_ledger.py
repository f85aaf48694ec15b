"""The ledger says what the prover found, and where the code uses it; all in step."""

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

import ledger
import rules
import usage
import verdicts
from ddpm_lite import proof
from ddpm_lite.proof.mutants import book, text_key, try_all
from rules import BOOK

ROOT = BOOK.parent
RECORD = Path(proof.__path__[0]) / "mutants.json"

# The lines on which the package stands or falls, and the file they must be marked in.
CENTRAL = {
    "eq-alpha-bar": "schedule.py",
    "eq-posterior-variance": "schedule.py",
    "eq-snr": "schedule.py",
    "eq-log-density": "gaussian.py",
    "eq-gaussian-kl-d": "gaussian.py",
    "eq-x-t": "gaussian.py",
    "eq-grey-mass": "gaussian.py",
    "eq-kernel": "diffusion.py",
    "eq-marginal": "diffusion.py",
    "eq-posterior-mean": "diffusion.py",
    "eq-posterior": "diffusion.py",
    "eq-model-step": "diffusion.py",
    "eq-x0-from-epsilon": "diffusion.py",
    "eq-x0-from-v": "diffusion.py",
    "eq-uniform": "objectives.py",
    "eq-t-sample": "objectives.py",
    "eq-two-sample": "objectives.py",
    "eq-two-joint": "objectives.py",
    "eq-l-prior": "objectives.py",
    "eq-l-step": "objectives.py",
    "eq-l-last": "objectives.py",
    "eq-simple": "objectives.py",
    "eq-weight-x0": "objectives.py",
    "eq-weight-epsilon": "objectives.py",
    "eq-weight-v": "objectives.py",
    "eq-decomposition": "bound.py",
    "eq-bits": "bound.py",
    "eq-error-epsilon": "variance.py",
    "eq-p-path": "sampling.py",
    "eq-ancestral": "sampling.py",
    "eq-ddim-family": "sampling.py",
    "eq-guide": "sampling.py",
    "eq-skip-beta": "schedule.py",
    "eq-ema": "training.py",
}

PAGE = """\
---
myst:
  html_meta:
    description: "A page with two equations and a slip."
---
# A page

$$
\\begin{aligned}
&q(x_t \\mid x_0) \\\\
&= \\mathcal{N}(x_t; \\sqrt{\\bar\\alpha_t}\\, x_0, (1 - \\bar\\alpha_t) I)
\\end{aligned}
$$ (eq-marginal)

$$
\\bar\\alpha_t = \\alpha_t \\bar\\alpha_{t-1}
$$ (eq-only-here)

:::{slip} a student
Wrong on purpose.

$$
\\bar\\alpha_t = \\alpha_t + \\bar\\alpha_{t-1}
$$ (slip-here)

:::
"""
OVERVIEW = """\
---
myst:
  html_meta:
    description: "The ledger."
---
# Ledger

:::{ledger}
:::
"""
TOC = """\
format: jb-book
root: book/page
chapters:
  - file: book/ledger
    sections: [{glob: book/ledger/*}]
"""


def test_every_mark_in_the_code_names_an_equation_of_the_book() -> None:
    known = {
        label
        for page in BOOK.glob("*.md")
        for label in rules.labels(page.read_text(encoding="utf-8"))
    }
    assert set(usage.marks()) - known == set()


def test_no_mark_is_overlooked() -> None:
    read = {(line.path, line.number) for at in usage.marks().values() for line in at}
    for file in usage.SRC.rglob("*.py"):
        path = file.relative_to(ROOT).as_posix()
        lines = file.read_text(encoding="utf-8").splitlines()
        for number, line in enumerate(lines, start=1):
            if "# eq-" in line:
                alone = line.strip().startswith("#")
                assert (path, number + alone) in read, line


def test_the_central_lines_are_marked() -> None:
    files = {
        label: {Path(line.path).name for line in lines}
        for label, lines in usage.marks().items()
    }
    lost = {k: f for k, f in CENTRAL.items() if f not in files.get(k, set())}
    assert lost == {}


def test_a_mark_alone_on_its_line_means_the_next_line(tmp_path: Path) -> None:
    code = "a = 1  # eq-one, eq-two\n# eq-three\nb = 2\nc = 3  # not eq-four\n"
    (tmp_path / "code.py").write_text(code, encoding="utf-8")
    found = {k: [at.number for at in v] for k, v in usage.marks(tmp_path).items()}
    assert found == {"eq-one": [1], "eq-two": [1], "eq-three": [3]}


def test_every_page_with_equations_has_its_ledger() -> None:
    assert list(ledger.differences()) == [], "run `make notebooks`"


def test_the_record_of_mutants_adds_up_and_none_survived() -> None:
    kept = json.loads(RECORD.read_text(encoding="utf-8"))["results"]
    assert kept
    for counts in kept.values():
        fates = {k: n for k, n in counts.items() if k not in ("text", "made")}
        assert sum(fates.values()) == counts["made"]
        assert not {"survived", "wronged"} & set(fates)


def test_slips_in_equations_not_counted_yet_are_rejected() -> None:
    # `make mutants` tries them all and counts them; until then a part of them.
    counted = verdicts.mutants()
    changed = [eq for eq in book() if eq.label not in counted]
    assert try_all(changed, sample=25)[1] == []


def test_an_equation_that_has_changed_is_not_counted(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    first, second = book()[:2]
    kept = {
        first.label: {"text": text_key(first)[:16], "made": 3, "rejected": 3},
        second.label: {"text": "another text", "made": 5, "rejected": 5},
    }
    record = json.dumps({"results": kept})
    (tmp_path / "mutants.json").write_text(record, encoding="utf-8")
    monkeypatch.setattr(proof, "__path__", [str(tmp_path)])
    assert set(verdicts.mutants()) == {first.label}


@pytest.mark.parametrize(
    ("counts", "words"),
    [
        (None, "not counted yet"),
        ({"made": 0}, "none can be made"),
        ({"made": 4, "not judged": 4}, "4 not judged"),
        ({"made": 9, "rejected": 6, "equal": 1, "not judged": 2},
         "6 of 6 rejected, 1 changed nothing, 2 not judged"),
        ({"made": 2, "rejected": 1, "survived": 1}, "1 of 2 rejected"),
    ],
)  # fmt: skip
def test_mutants_in_words(counts: dict[str, int] | None, words: str) -> None:
    assert ledger.in_words(counts) == words


def test_the_built_ledger_leads_to_equation_and_code(tmp_path: Path) -> None:
    pages = tmp_path / "book"
    shutil.copytree(BOOK / "web", pages / "web")
    (pages / "_ext").symlink_to(BOOK / "_ext")
    (pages / "references.bib").write_text("", encoding="utf-8")
    (pages / "page.md").write_text(PAGE, encoding="utf-8")
    (pages / "ledger.md").write_text(OVERVIEW, encoding="utf-8")
    (pages / "ledger").mkdir()
    for page, text in ledger.sources(pages).items():
        page.write_text(text, encoding="utf-8")
    shutil.copy(ROOT / "_config.yml", tmp_path)
    (tmp_path / "_toc.yml").write_text(TOC, encoding="utf-8")
    command = [str(Path(sys.executable).with_name("jupyter-book")), "build", "."]
    run = subprocess.run(
        [*command, "-W", "-n", "--keep-going", "--all"],
        cwd=tmp_path,
        env={**os.environ, "GITHUB_REPOSITORY": "someone/fork", "GITHUB_SHA": "abc"},
        capture_output=True,
        text=True,
        timeout=300,
        check=False,
    )
    assert run.returncode == 0, run.stderr
    site = tmp_path / "_build/html/book"
    rows = (site / "ledger/page.html").read_text(encoding="utf-8")
    assert 'href="../page.html#equation-eq-marginal"' in rows
    line = usage.marks()["eq-marginal"][0]
    assert (
        f"https://github.com/someone/fork/blob/abc/{line.path}#L{line.number}" in rows
    )
    assert rows.count("ledger-proved") == 2
    assert rows.count("ledger-false") == 1
    overview = (site / "ledger.html").read_text(encoding="utf-8")
    assert "states <strong>2</strong> labelled equations" in overview
    assert "<strong>2</strong> are proved" in overview
    assert "on purpose: 1. The prover finds 1 of these" in overview
    assert 'href="ledger/page.html"' in overview
    mark = (site / "page.html").read_text(encoding="utf-8")
    assert 'href="ledger/page.html#eq-only-here"' in mark
