"""Write each chapter's notebook twin.

    python book/_ext/twins.py

`book/NN_name.md` is the source. `book/NN_name.ipynb` is made from it, for Colab and
for nbval: the same cells without outputs, behind one cell that installs the package
in Colab. Writing them again changes nothing, so that a test can compare the texts.
"""

from __future__ import annotations

import hashlib
from collections import Counter
from pathlib import Path

import jupytext
import nbformat

BOOK = Path(__file__).resolve().parents[1]

SETUP = """\
# Colab only: install this book's package.
# Anywhere else this cell does nothing.
import importlib.util
import sys

REPOSITORY, REF = "", "main"  # "owner/name" on GitHub
if (
    "google.colab" in sys.modules
    and importlib.util.find_spec("ddpm_lite") is None
):
    if not REPOSITORY:
        raise SystemExit(
            "Write this book's GitHub repository, as "
            "owner/name, above, and run the cell again."
        )
    url = f"git+https://github.com/{REPOSITORY}@{REF}"
    %pip install -q mlxtend {url}
import ddpm_lite
"""

METADATA = {
    "kernelspec": {
        "display_name": "Python 3",
        "language": "python",
        "name": "python3",
    },
    "language_info": {"name": "python"},
}


def chapters(book: Path = BOOK) -> list[Path]:
    """The Markdown files with cells: the chapters in order, then the back matter."""
    pages = sorted(book.glob("*.md"))
    return [page for page in pages if "{code-cell}" in page.read_text("utf-8")]


def cell_ids(sources: list[str]) -> list[str]:
    """An id for each cell that depends on nothing but what the cells say."""
    seen: Counter[str] = Counter()
    ids = []
    for source in sources:
        seen[source] += 1
        text = f"{seen[source]}\n{source}".encode()
        ids.append(hashlib.sha256(text).hexdigest()[:12])
    return ids


def twin(markdown: str) -> str:
    """The notebook, as the text of its file, for one chapter's Markdown."""
    notebook = jupytext.reads(markdown, fmt="md:myst")
    setup = nbformat.v4.new_code_cell(SETUP.rstrip("\n"))
    setup.metadata["tags"] = ["setup", "hide-input"]
    notebook.cells.insert(0, setup)
    notebook.metadata = nbformat.from_dict(METADATA)
    notebook.nbformat_minor = 5
    ids = cell_ids([cell.source for cell in notebook.cells])
    for cell, name in zip(notebook.cells, ids, strict=True):
        cell["id"] = name
    nbformat.validate(notebook)
    return nbformat.writes(notebook, indent=1, sort_keys=True).rstrip("\n") + "\n"


def write(path: Path, text: str) -> None:
    """Replace a file in one step, and only if it would change."""
    if path.is_file() and path.read_text(encoding="utf-8") == text:
        return
    fresh = path.with_name(path.name + ".new")
    fresh.write_text(text, encoding="utf-8")
    fresh.replace(path)
    print(f"wrote {path.relative_to(BOOK.parent)}")


def main() -> None:
    for chapter in chapters():
        text = chapter.read_text(encoding="utf-8")
        write(chapter.with_suffix(".ipynb"), twin(text))


if __name__ == "__main__":
    main()
