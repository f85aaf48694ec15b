"""Variances of sums, two times in either order, averages over whole paths."""

# ruff: noqa: E501 (mathematics reads better unbroken)

import pytest

from ddpm_lite.proof import check, equation
from ddpm_lite.proof.equations import Equation
from ddpm_lite.proof.mutants import mutants

SUM = equation("eq-two-variance").latex
COV = r"\mathrm{Cov}(x_s, x_t \mid x_0) = \sqrt{\bar\alpha_t/\bar\alpha_s}\,(1-\bar\alpha_s)\, I"
JUMP = r"q(x_t|x_s) = \mathcal N(x_t; \sqrt{\bar\alpha_t/\bar\alpha_s}x_s, (1-\bar\alpha_t/\bar\alpha_s) I)"
LINEAR = r"\mathrm{Var}(a y + b z) = a^2 \mathrm{Var}(y) + b^2 \mathrm{Var}(z) + 2ab\, \mathrm{Cov}(y,z)"


@pytest.mark.parametrize(
    ("latex", "verdict"),
    [(SUM, "holds"), (COV, "proved"), (JUMP, "proved"), (LINEAR, "proved")],
)
def test_true(latex, verdict):
    assert check(latex).verdict == verdict


@pytest.mark.parametrize(
    "latex",
    [
        SUM.replace("+ 2", "+ "),
        SUM.replace("+ 2", "- 2"),
        SUM.replace(r"= \sum_{t=1}", r"= \sum_{t=2}"),
        COV.replace(
            r"\sqrt{\bar\alpha_t/\bar\alpha_s}", r"{\bar\alpha_t/\bar\alpha_s}"
        ),
        COV.replace(r"(1-\bar\alpha_s)", r"(1-\bar\alpha_t)"),
        COV.replace(r"\bar\alpha_s}", r"\alpha_s}"),
        JUMP.replace(r"(1-\bar\alpha_t/\bar\alpha_s)", r"(\bar\alpha_s-\bar\alpha_t)"),
        LINEAR.replace("2ab", "ab"),
        r"\mathrm{Var}(a y) = a \mathrm{Var}(y)",
    ],
)
def test_false(latex):
    assert check(latex).verdict == "false"


@pytest.mark.parametrize(
    "latex",
    [
        r"\mathrm{Var}(y + z) = \mathrm{Var}(y) + \mathrm{Var}(z)",
        r"\mathrm{Cov}(y, z) = 0",
        r"\mathrm{Var}(y) = \mathbb E[y]",
        r"\mathrm{Var}(y) = 2\, \mathrm{Var}(z)",
        r"3\, \mathrm{Var}(y) = 6",
        r"\mathrm{Cov}(y, z) = \mathbb E[yz]",
        r"\mathrm{Var}(x_{t-1}) = \mathrm{Var}(x_t)",
        r"\mathrm{Var}\Big(\frac{1}{n}\sum_{i=1}^{n} y_i\Big) = \frac{\sigma^2}{n}",
    ],
)
def test_what_an_assumption_would_make_true_is_not_called_false(latex):
    assert check(latex).verdict == "unknown"


@pytest.mark.parametrize("label", ["eq-vae-reconstruction", "eq-chain-box-value"])
def test_the_book_and_its_mutants(label):
    printed = equation(label)
    assert check(printed).verdict in ("proved", "holds")
    wrong = [
        Equation(label, m.latex, before=printed.before) for m in mutants(printed.latex)
    ]
    found = [check(m).verdict for m in wrong]
    assert set(found) == {"false", "unknown"}
    assert found.count("false") >= 5
