"""Write the chapters as notebooks that Colab can run and show.

    python book/_ext/colab.py --repository owner/name --ref COMMIT --out DIR

Colab knows neither this project nor MyST. So the first cell installs the package from
that repository at that commit, and the text says in plain Markdown what the site's
directives say: numbers for references, bold titles for boxes, the site for links.
"""

from __future__ import annotations

import argparse
import re
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import nbformat
from pybtex.database import BibliographyData, parse_file

import twins

SETUP = """\
# In Colab: install this book's package, at the very
# commit these pages show. Anywhere else: do nothing.
import importlib.util
import sys

REPOSITORY = "{repository}"
REF = "{ref}"
if (
    "google.colab" in sys.modules
    and importlib.util.find_spec("ddpm_lite") is None
):
    %pip install -q mlxtend git+{{REPOSITORY}}@{{REF}}
    importlib.invalidate_caches()
import ddpm_lite  # fails if the line above did not work
"""

README = """\
# Notebooks of *Diffusion, Derived*

Made from {repository} at {ref}, for Colab. Do not edit them: the chapters are the
Markdown files in `book/` on the branch `main`.
"""

EQUATION = re.compile(r"^\$\$ *\(((?:eq|slip)-[\w-]+)\)\s*$")
FIGURE = re.compile(r"^ *:?name: +(fig-[\w-]+)")
EXERCISE = re.compile(r"^:{3,}\{exercise\} *(.*)$")
OPENING = re.compile(r"^ *(:{3,})\{([\w:-]+)\} *(.*)$")
OPTION = re.compile(r"^ *:[\w-]+:( .*)?$")
ROLE = re.compile(r"\{([a-z:]+)\}`([^`]+)`")
LINK = re.compile(r"\[([^\[\]]+)\]\((\w+)\.md(#[\w-]+)?\)")
BOXES = {
    "exercise": "Exercise. {}",
    "solution": "Solution",
    "solution-start": "Solution",
    "slip": "✗ Wrong on purpose: {}",
    "prf:theorem": "Theorem. {}",
    "dropdown": "{}",
    "admonition": "{}",
}


class BadInputError(ValueError):
    """An argument that cannot be used; the message says what to do."""


def numbers(book: Path) -> dict[str, str]:
    """Label → what the site prints: "(6.3)", "Figure 6.1", “an exercise's title”."""
    found: dict[str, str] = {}
    for chapter in twins.chapters(book):
        # Chapter 6 prints (6.3); pages without a number of their own print (3).
        first = f"{int(chapter.name[:2])}." if chapter.name[0].isdigit() else ""
        equations = figures = 0
        title = ""
        for line in chapter.read_text(encoding="utf-8").splitlines():
            if one := EQUATION.match(line):
                equations += 1
                found[one.group(1)] = f"({first}{equations})"
            elif one := FIGURE.match(line):
                figures += 1
                found[one.group(1)] = f"Figure {first}{figures}"
            elif one := EXERCISE.match(line):
                title = one.group(1)
            elif line.startswith(":label: ex-"):
                found[line.split()[1]] = f"“{title}”"
    return found


def authors(papers: BibliographyData, key: str) -> str:
    """A citation as the site prints it: Ho et al. (2020)."""
    entry = papers.entries[key]
    names = [" ".join(one.last_names) for one in entry.persons["author"]]
    who = names[0] if len(names) == 1 else " and ".join(names[:2])
    who = f"{names[0]} et al." if len(names) > 2 else who
    return f"{who} ({entry.fields['year']})"


@dataclass(frozen=True)
class Book:
    """What one page must know of the others to print its references."""

    numbers: dict[str, str]  # label → "(6.3)", "Figure 6.1", “an exercise's title”
    papers: BibliographyData
    pages: frozenset[str]
    site: str  # its address, or ""


def plain(text: str, book: Book) -> str:
    """One Markdown cell without MyST: what a reader of plain Markdown needs."""

    def role(match: re.Match[str]) -> str:
        kind, label = match.groups()
        if kind.startswith("cite"):
            return authors(book.papers, label)
        return book.numbers.get(label, label)

    def link(match: re.Match[str]) -> str:
        words, page, anchor = match.groups()
        if not book.site or page not in book.pages:
            return words
        return f"[{words}]({book.site}book/{page}.html{anchor or ''})"

    lines = list(boxes(text.splitlines()))
    for at, line in enumerate(lines):
        if one := EQUATION.match(line):
            number = book.numbers[one.group(1)].strip("()")
            lines[at] = f"\\tag{{{number}}}\n$$"
    return LINK.sub(link, ROLE.sub(role, "\n".join(lines))).strip("\n")


def boxes(lines: list[str]) -> Iterator[str]:
    """Fences taken away; what they say at the top stands in bold."""
    options = False
    for line in lines:
        if one := OPENING.match(line):
            _, kind, title = one.groups()
            options = True
            if shown := BOXES.get(kind, "").format(title).strip(" :."):
                yield f"**{shown}**"
        elif options and OPTION.match(line):
            continue
        elif re.match(r"^ *:{3,} *$", line):
            options = False
        else:
            if options and line.strip():
                yield ""
            options = False
            yield line


def notebook(markdown: str, setup: str, book: Book) -> str:
    """A chapter's notebook with this first cell and its text in plain Markdown."""
    made = nbformat.reads(twins.twin(markdown), as_version=4)
    made.cells[0].source = setup.rstrip("\n")
    cells = made.cells[:1]
    for cell in made.cells[1:]:
        if cell.cell_type == "markdown":
            cell.source = plain(cell.source, book)
        figure = cell.metadata.pop("mystnb", {}).get("figure", {})
        cells.append(cell)
        if "caption" in figure:
            number = book.numbers.get(figure.get("name"), "Figure")
            words = f"*{number}.* {figure['caption'].strip()}"
            cells.append(nbformat.v4.new_markdown_cell(words))
    made.cells = [cell for cell in cells if cell.source.strip()]
    ids = twins.cell_ids([cell.source for cell in made.cells])
    for cell, name in zip(made.cells, ids, strict=True):
        cell["id"] = name
    nbformat.validate(made)
    return nbformat.writes(made, indent=1, sort_keys=True).rstrip("\n") + "\n"


def address(repository: str, ref: str) -> tuple[str, str]:
    """(address that git can clone, address of the site or "") of a repository.

    Raises:
        BadInputError: if one is missing or not in the form it must have.
    """
    if not re.fullmatch(r"[\w./-]+", ref):
        raise BadInputError(f"REF={ref!r} names no commit: give its hash or a branch")
    if re.fullmatch(r"(?:https|file)://[\w./:@-]+", repository):
        return repository, ""
    if not re.fullmatch(r"[\w.-]+/[\w.-]+", repository):
        raise BadInputError(
            f"REPOSITORY={repository!r} is no GitHub repository: "
            "make colab REPOSITORY=owner/name REF=commit"
        )
    owner, name = repository.split("/")
    site = f"https://{owner.lower()}.github.io/{name}/"
    return f"https://github.com/{repository}", site


def write(repository: str, ref: str, out: Path, book: Path = twins.BOOK) -> list[Path]:
    """Write every chapter's notebook below `out/book`, and say where."""
    url, site = address(repository, ref)
    setup = SETUP.format(repository=url, ref=ref)
    pages = frozenset(page.stem for page in book.glob("*.md"))
    papers = parse_file(str(book / "references.bib"))
    known = Book(numbers(book), papers, pages, site)
    (out / "book").mkdir(parents=True, exist_ok=True)
    (out / "README.md").write_text(README.format(repository=url, ref=ref), "utf-8")
    written = []
    for chapter in twins.chapters(book):
        text = chapter.read_text(encoding="utf-8")
        target = out / "book" / f"{chapter.stem}.ipynb"
        made = notebook(text, setup, known)
        fresh = target.with_suffix(".new")
        fresh.write_text(made, encoding="utf-8")
        fresh.replace(target)
        written.append(target)
    return written


def main(arguments: list[str]) -> int:
    parser = argparse.ArgumentParser(description="Write the notebooks for Colab.")
    for name in ("repository", "ref", "out"):
        parser.add_argument(f"--{name}", required=True)
    given = parser.parse_args(arguments)
    try:
        written = write(given.repository, given.ref, Path(given.out))
    except BadInputError as error:
        print(error, file=sys.stderr)
        return 2
    print(f"{len(written)} notebooks in {Path(given.out, 'book')}")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
