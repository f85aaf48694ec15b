"""What the workflows may do: little, and with actions that cannot change under us."""

import re
from pathlib import Path

import pytest

FOLDER = Path(__file__).resolve().parents[1] / ".github" / "workflows"
WORKFLOWS = sorted(FOLDER.glob("*.yml"))

# The jobs that may write, and what. No other job may write anything.
WRITERS = {
    ("pages", "notebooks"): {"contents"},
    ("pages", "publish"): {"pages", "id-token"},
    ("release", "publish"): {"contents"},
}


def jobs(path: Path) -> dict[str, str]:
    """The text of each job by its name."""
    _, _, text = path.read_text(encoding="utf-8").partition("\njobs:\n")
    parts = re.split(r"^  (\w+):\n", text, flags=re.MULTILINE)
    return dict(zip(parts[1::2], parts[2::2], strict=True))


def writes(text: str) -> set[str]:
    """What a piece of a workflow asks to write."""
    return set(re.findall(r"^ *([\w-]+): *write", text, re.MULTILINE))


def test_there_are_workflows():
    assert {path.stem for path in WORKFLOWS} == {"ci", "pages", "release"}
    assert all(jobs(path) for path in WORKFLOWS)


def test_every_action_is_pinned_to_one_commit():
    pinned: dict[str, set[tuple[str, str]]] = {}
    for path in WORKFLOWS:
        for used in re.findall(r"uses: *(.*)", path.read_text(encoding="utf-8")):
            found = re.fullmatch(r"([\w./-]+)@([0-9a-f]{40})  # (v\d+\.\d+\.\d+)", used)
            assert found, f"{path.name}: {used} is not pinned to a commit"
            pinned.setdefault(found[1], set()).add((found[2], found[3]))
    assert all(len(commits) == 1 for commits in pinned.values()), pinned


@pytest.mark.parametrize("path", WORKFLOWS, ids=lambda path: path.stem)
def test_a_workflow_reads_and_named_jobs_write(path):
    head, _, _ = path.read_text(encoding="utf-8").partition("\njobs:\n")
    assert "\npermissions:\n  contents: read\n" in head
    assert not writes(head)
    assert "write-all" not in path.read_text(encoding="utf-8")
    for name, text in jobs(path).items():
        assert writes(text) == WRITERS.get((path.stem, name), set()), name
        assert "timeout-minutes:" in text, name


@pytest.mark.parametrize("path", WORKFLOWS, ids=lambda path: path.stem)
def test_who_may_write_runs_nothing_of_the_repository(path):
    """The code of a change, and what it installs, never holds a token that writes."""
    for name, text in jobs(path).items():
        if "checkout@" in text:
            assert not writes(text), name
            assert text.count("checkout@") == text.count("persist-credentials: false")
        # What others may choose (titles, names of branches) never becomes a command.
        for run in re.findall(r"run: (?:[|>]\n(?: {10}.*\n)+|.*)", text):
            assert "${{ github.event" not in run, name
            assert "github.head_ref" not in run, name
