"""nbval can fail: of two notebooks, the one that is wrong is found."""

import os
import subprocess
from pathlib import Path

HERE = Path(__file__).parent
ROOT = HERE.parents[1]


def run_chapters(*notebooks: str) -> subprocess.CompletedProcess[str]:
    """What `make test` does with the chapters, done with these notebooks."""
    chosen = " ".join(f"tests/book/{name}" for name in notebooks)
    command = ["make", "--no-print-directory", "chapters", "INSTALLED="]
    # A make above this one must not hand its own settings down.
    env = {k: v for k, v in os.environ.items() if not k.startswith(("MAKE", "MFLAGS"))}
    return subprocess.run(
        [*command, f"CHAPTERS={chosen}"],
        cwd=ROOT,
        env=env,
        capture_output=True,
        text=True,
        timeout=300,
        check=False,
    )


def test_the_wrong_notebook_fails_and_the_right_one_passes() -> None:
    run = run_chapters("passing.ipynb", "canary.ipynb")
    assert run.returncode != 0
    assert "1 failed, 1 passed" in run.stdout
    assert "canary" in run.stdout.split("short test summary")[-1]


def test_the_right_notebook_alone_passes() -> None:
    run = run_chapters("passing.ipynb")
    assert run.returncode == 0, run.stdout
    assert "1 passed" in run.stdout
