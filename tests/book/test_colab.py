"""The notebooks for Colab install the package by themselves, and read without MyST."""

import os
import re
import shutil
import site
import subprocess
import sys
from pathlib import Path

import nbformat
import pytest

import colab

ROOT = Path(__file__).resolve().parents[2]
PACKAGE = ("src", "book/results", "pyproject.toml", "README.md")
PACKAGE += ("LICENSE", "LICENSE-TEXT", "CHANGELOG.md")

# A Python that believes to be in Colab, and whose packages are ours less one.
COLAB = """\
import sys, types
sys.modules["google.colab"] = types.ModuleType("google.colab")
"""
PROOF = """\
assert ddpm_lite.__file__.startswith(sys.prefix), ddpm_lite.__file__
"""
RUN = """\
import sys, nbformat
from nbclient import NotebookClient
NotebookClient(nbformat.read(sys.argv[1], as_version=4), timeout=200).execute()
"""


def git(folder: Path, *arguments: str) -> str:
    who = ["-c", "user.name=A reader", "-c", "user.email=reader@example.org"]
    command = ["git", *who, *arguments]
    run = subprocess.run(command, cwd=folder, capture_output=True, check=True)
    return run.stdout.decode().strip()


def clone(folder: Path) -> str:
    """Make a repository of the package as it stands; return its only commit."""
    folder.mkdir()
    for name in PACKAGE:
        source = ROOT / name
        if source.is_dir():
            away = shutil.ignore_patterns("__pycache__")
            shutil.copytree(source, folder / name, ignore=away)
        else:
            shutil.copy(source, folder / name)
    git(folder, "init", "--quiet")
    git(folder, "add", ".")
    git(folder, "commit", "--quiet", "--message", "The package")
    return git(folder, "rev-parse", "HEAD")


def fresh_python(folder: Path) -> Path:
    """A Python in which everything but `ddpm_lite` is installed."""
    command = [sys.executable, "-m", "venv", "--without-pip", str(folder)]
    subprocess.run(command, check=True)
    version = f"python{sys.version_info.major}.{sys.version_info.minor}"
    packages = folder / "lib" / version / "site-packages"
    for package in Path(site.getsitepackages()[0]).iterdir():
        if package.suffix != ".pth" and not package.name.startswith("ddpm_lite"):
            (packages / package.name).symlink_to(package)
    (packages / "stub_colab.py").write_text(COLAB, encoding="utf-8")
    (packages / "stub_colab.pth").write_text("import stub_colab\n", "utf-8")
    python = folder / "bin" / "python"
    kernel = [str(python), "-m", "ipykernel", "install", "--sys-prefix"]
    subprocess.run(kernel, check=True, capture_output=True)
    return python


def test_a_notebook_runs_where_nothing_of_ours_is_installed(tmp_path: Path) -> None:
    commit = clone(tmp_path / "clone")
    colab.write(f"file://{tmp_path / 'clone'}", commit, tmp_path / "out")
    path = tmp_path / "out" / "book" / "04_forward_process.ipynb"
    notebook = nbformat.read(path, as_version=4)
    notebook.cells.insert(1, nbformat.v4.new_code_cell(PROOF))
    nbformat.write(notebook, path)
    run = subprocess.run(
        [str(fresh_python(tmp_path / "env")), "-c", RUN, str(path)],
        cwd=tmp_path,
        # Nothing is downloaded: the build uses our hatchling (pip reads "0" as "no").
        env={**os.environ, "PIP_NO_BUILD_ISOLATION": "0", "PIP_NO_INDEX": "1"}
        | {"PYTHONPATH": ""},
        capture_output=True,
        text=True,
        timeout=300,
        check=False,
    )
    assert run.returncode == 0, run.stderr[-3000:]
    assert list((tmp_path / "env").rglob("site-packages/ddpm_lite/__init__.py"))


def test_the_text_is_plain_markdown(tmp_path: Path) -> None:
    written = colab.write("owner/name", "1a2b3c", tmp_path)
    assert [p.stem for p in written] == [p.stem for p in colab.twins.chapters()]
    for path in written:
        for cell in nbformat.read(path, as_version=4).cells:
            myst = re.search(
                r"\{[a-z:]+\}`|^ *:::|\]\(\w+\.md|\$\$ \(", cell.source, re.M
            )
            assert not (cell.cell_type == "markdown" and myst), cell.source


def test_references_say_what_the_site_prints() -> None:
    found = colab.numbers(colab.twins.BOOK)
    assert found["eq-posterior"].startswith("(6.")
    text = (
        ":::{slip} notes\nWrong.\n\n$$\na\n$$ (eq-posterior)\n\n:::\n{eq}`eq-posterior`"
    )
    papers = colab.parse_file(str(colab.twins.BOOK / "references.bib"))
    book = colab.Book(found, papers, frozenset({"notation"}), "https://o.github.io/n/")
    plain = colab.plain(text + ", [the list](notation.md), {cite:t}`ho2020`", book)
    number = found["eq-posterior"].strip("()")
    assert plain.startswith("**✗ Wrong on purpose: notes**\n\nWrong.")
    assert f"\\tag{{{number}}}\n$$" in plain
    assert f"({number}), [the list](https://o.github.io/n/book/notation.html)" in plain
    assert plain.endswith("Ho et al. (2020)")


@pytest.mark.parametrize(
    ("repository", "ref"), [("", "main"), ("name", "main"), ("o/n", ""), ("o/n", "a b")]
)
def test_what_is_no_repository_is_refused(
    repository: str, ref: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    arguments = ["--repository", repository, "--ref", ref, "--out", str(tmp_path)]
    assert colab.main(arguments) == 2
    assert len(capsys.readouterr().err.splitlines()) == 1
    assert list(tmp_path.iterdir()) == []
