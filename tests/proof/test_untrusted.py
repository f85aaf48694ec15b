"""Anything may be typed: no crash, no hang, no evaluation of raw text."""

# ruff: noqa: E501 (mathematics reads better unbroken)

import os
import re
import subprocess
import sys
import time
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

import ddpm_lite.proof
from ddpm_lite.proof import check
from ddpm_lite.proof.blocks import blocks
from ddpm_lite.proof.report import proofread_text
from ddpm_lite.proof.statements import split
from ddpm_lite.proof.tree import NotUnderstood
from fuzzing import examples

PIECES = [
    r"\alpha_t", r"\bar\alpha_{t-1}", r"\frac", "{", "}", "(", ")", "[", "]", "|", r"\|",
    "=", "+", "-", "^", "_", "2", "x_0", "x_t", r"\sqrt", r"\left(", r"\right.", "&",
    r"\\", r"\mathbb E_{q}", r"D_{KL}", r"\sum_{t=1}^T", r"\prod", r"\int", "dx", r"\log",
    r"\text{a}", r"\underbrace", r"\mathcal N", ",", ";", r"\begin{align}", r"\cdots",
    "q(x_t|x_0)", r"p_\theta", r"\epsilon", r"\sim", r"\propto", r"\arg\max", "~", "'", "!",
    r"\nabla_{x_t}", r"\tag{1}", "0", r"\mid", "%", "\n", "∑", "é", "\x07",
]  # fmt: skip


@examples(150)
@given(st.lists(st.sampled_from(PIECES), max_size=24))
def test_random_latex_is_read_or_refused(pieces):
    try:
        split(" ".join(pieces))
    except NotUnderstood as error:
        column = error.column
    else:
        column = 1
    assert column >= 1


@examples(25)
@given(st.lists(st.sampled_from(PIECES), min_size=1, max_size=10), st.text(max_size=8))
def test_random_documents_get_verdicts(pieces, noise):
    text = f"{noise}\n$$x_t = {' '.join(pieces)}$$\n{noise}"
    for record in proofread_text(text).statements:
        assert record.verdict in ("proved", "holds", "defines", "false", "unknown")


@pytest.mark.parametrize(
    "latex",
    [
        "x_0 = " + "(" * 5000 + "1" + ")" * 5000,
        "x_0 = " + "{" * 5000 + "1" + "}" * 5000,
        "x_0 = " + r"\sqrt{" * 400 + "1" + "}" * 400,
        r"x_0 = \frac{" * 300 + "1",
        "x_0 = " + "1+" * 60_000 + "1",
        r"\alpha_t = " + "9" * 5000,
        r"\alpha_t = \alpha_t^{10^{10^{10}}}",
        r"\alpha_t = (1+\alpha_t+\bar\alpha_t+\beta_{t-1})^{200}",
        r"\sum_{s=1}^{1000000000} \alpha_s = 1",
        r"\alpha_t = 2^{2^{2^{2^{2^{2}}}}}",
        r"x_t = " + r"\sqrt{1-\alpha_t}" * 300,
    ],
    ids=lambda s: s[:28],
)
def test_excess_is_unknown_and_quick(latex):
    start = time.monotonic()
    verdict = check(latex)
    assert time.monotonic() - start < 12
    assert verdict.verdict in ("unknown", "false", "defines")
    assert verdict.why or verdict.rule


def test_a_long_line_in_a_document():
    text = "$" + "x = " * 30_000 + "$ and $\\beta_t = 1-\\alpha_t$"
    assert proofread_text(text).statements[-1].verdict == "defines"


@pytest.mark.parametrize("mark", ["$", "$$ ", r"\(", r"\[ ", "<", "`", "<!-- ", "% "])
def test_a_line_of_marks_is_read_in_one_pass(mark: str) -> None:
    start = time.process_time()
    blocks(mark * (100_000 // len(mark)), True)
    assert time.process_time() - start < 10


def test_raw_text_never_reaches_an_evaluator():
    source = Path(ddpm_lite.proof.__file__).parent
    forbidden = re.compile(
        r"(?<![\w.])(eval|exec|compile)\(|\bparse_expr\(|\bpickle\b|\bsimplify\(|latex2sympy"
    )
    for path in source.glob("*.py"):
        for line in path.read_text(encoding="utf-8").splitlines():
            assert not forbidden.search(line.split("``")[0]), (path.name, line)


@pytest.mark.parametrize("output", ["text", "json", "html"])
def test_a_report_reaches_a_pipe_of_any_encoding(output: str, tmp_path: Path) -> None:
    """A file name that is not UTF-8, and an output that knows ASCII only."""
    odd = os.fsdecode(b"notes\xff.md")  # other systems refuse such a name
    name = tmp_path / (odd if sys.platform == "linux" else "notes.md")
    name.write_text("$$\n\\bar\\alpha_t = \\alpha_t \\bar\\alpha_{t-1}\n$$\n", "utf-8")
    command = [sys.executable, "-m", "ddpm_lite", "proofread", str(name)]
    run = subprocess.run(
        [*command, "--format", output],
        capture_output=True,
        env={**os.environ, "PYTHONIOENCODING": "ascii:strict"},
        timeout=60,
        check=False,
    )
    assert (run.returncode, run.stderr) == (0, b"")
    assert "proved" in run.stdout.decode("utf-8")
