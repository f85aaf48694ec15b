"""The notebooks for Colab and nbval say what the chapters say."""

import importlib.util
import sys
import types
from pathlib import Path

import nbformat
import pytest
from IPython.core.inputtransformer2 import TransformerManager

import twins

BOOK = Path(__file__).resolve().parents[2] / "book"
CHAPTERS = twins.chapters(BOOK)

CHAPTER = """\
---
jupytext:
  text_representation:
    extension: .md
    format_name: myst
kernelspec:
  display_name: Python 3
  name: python3
---
# Title

```{code-cell} ipython3
:tags: [hide-input]
assert True
```

Text

```{code-cell} ipython3
assert True
```
"""


def run_setup(monkeypatch: pytest.MonkeyPatch, colab: bool, installed: bool) -> None:
    """Run the setup cell as if in Colab, or with the package missing."""
    if colab:
        module = types.ModuleType("google.colab")
        monkeypatch.setitem(sys.modules, "google.colab", module)
    if not installed:
        monkeypatch.setattr(importlib.util, "find_spec", lambda name: None)
    exec(TransformerManager().transform_cell(twins.SETUP), {})


@pytest.mark.parametrize("chapter", CHAPTERS, ids=lambda p: p.stem)
def test_twin_is_in_step(chapter: Path) -> None:
    stored = chapter.with_suffix(".ipynb").read_text(encoding="utf-8")
    fresh = twins.twin(chapter.read_text(encoding="utf-8"))
    assert stored == fresh, "run `make notebooks`"


def test_every_notebook_has_its_chapter() -> None:
    notebooks = sorted(BOOK.glob("*.ipynb"))
    assert notebooks == [c.with_suffix(".ipynb") for c in CHAPTERS]


def test_twin_has_cells_tags_and_no_outputs() -> None:
    notebook = nbformat.reads(twins.twin(CHAPTER), as_version=4)
    kinds = [(cell.cell_type, cell.source) for cell in notebook.cells[1:]]
    assert kinds == [
        ("markdown", "# Title"),
        ("code", "assert True"),
        ("markdown", "Text"),
        ("code", "assert True"),
    ]
    assert notebook.cells[2].metadata["tags"] == ["hide-input"]
    assert notebook.metadata["kernelspec"]["name"] == "python3"
    code = [cell for cell in notebook.cells if cell.cell_type == "code"]
    assert all(c.outputs == [] and c.execution_count is None for c in code)


def test_ids_are_distinct_and_survive_an_insertion() -> None:
    before = nbformat.reads(twins.twin(CHAPTER), as_version=4)
    longer = CHAPTER.replace("Text\n", "Text\n\n```{code-cell}\nx = 1\n```\n")
    after = nbformat.reads(twins.twin(longer), as_version=4)
    old, new = ([c["id"] for c in nb.cells] for nb in (before, after))
    assert len(set(old)) == len(old)
    assert len(set(new) - set(old)) == 1
    assert set(old) < set(new)


@pytest.mark.parametrize(("colab", "installed"), [(False, True), (True, True)])
def test_setup_does_nothing_where_the_package_is(
    monkeypatch: pytest.MonkeyPatch, colab: bool, installed: bool
) -> None:
    run_setup(monkeypatch, colab, installed)


def test_setup_says_what_to_do_without_a_repository(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    with pytest.raises(SystemExit, match="GitHub repository"):
        run_setup(monkeypatch, colab=True, installed=False)


def test_setup_reads_on_a_phone() -> None:
    lines = twins.SETUP.splitlines()
    assert len(lines) <= 20
    assert max(map(len, lines)) <= 60
