"""Averages and scores that depend on the data; inequalities between logarithms."""

# ruff: noqa: E501 (mathematics reads better unbroken)

import pytest

from ddpm_lite.proof import check, equation
from ddpm_lite.proof.averages import DATA

SCORE = r"\nabla_{x_t} \log q(x_t)"
HOLDS = [
    rf"\mathbb{{E}}[x_0 \mid x_t] = \frac{{x_t + (1 - \bar\alpha_t) {SCORE}}}{{\sqrt{{\bar\alpha_t}}}}",
    rf"{SCORE} = -\frac{{\mathbb{{E}}[\epsilon \mid x_t]}}{{\sqrt{{1 - \bar\alpha_t}}}}",
    rf"\mathbb E_{{q(x_{{t-1}}|x_t)}}[x_{{t-1}}] = \frac{{1}}{{\sqrt{{\alpha_t}}}}\left(x_t + \beta_t {SCORE}\right)",
    r"\mathrm{Var}(x_0 \mid x_t) = \mathbb E[x_0^2 \mid x_t] - \mathbb E[x_0 \mid x_t]^2",
    r"\mathrm{Var}(x_t) = \bar\alpha_t \mathrm{Var}(x_0) + 1 - \bar\alpha_t",
    r"\mathrm{Var}(x_t) = \alpha_t \mathrm{Var}(x_{t-1}) + \beta_t",
]
LOGS = [
    r"u - 1 - \log u \ge 0",
    r"\log \tfrac12(r_1 + r_2) \ge \tfrac12(\log r_1 + \log r_2)",
    r"\log(1-\beta_t) \le -\beta_t",
    r"\log \alpha_t \ge 1 - 1/\alpha_t",
]
MIXTURES = ["eq-best-is-mean", "eq-score-average", "eq-tweedie", "eq-dsm"]


@pytest.mark.parametrize("latex", HOLDS)
def test_averages_over_the_data_hold(latex):
    assert check(latex).verdict in ("holds", "proved")


@pytest.mark.parametrize("label", [*MIXTURES, "eq-best-answer", "eq-alpha-bar-bound"])
def test_the_book(label):
    assert check(equation(label)).verdict == "holds"


@pytest.mark.parametrize("latex", [*LOGS, equation("eq-elbo-tangent").latex])
def test_logarithms_are_bounded(latex):
    assert check(latex).verdict == "proved"


@pytest.mark.parametrize(
    "latex",
    [
        HOLDS[0].replace(r"1 - \bar\alpha_t", r"1 - \alpha_t"),
        HOLDS[0].replace(" + ", " - "),
        HOLDS[0].replace(r"\sqrt{\bar\alpha_t}", r"\bar\alpha_t"),
        HOLDS[1].replace("= -", "= "),
        HOLDS[2].replace(r"\beta_t", r"(1 - \bar\alpha_t)"),
        HOLDS[3].split(" - ")[0],
        r"\mathrm{Var}(x_{t-1} \mid x_t) = \beta_t",
        r"\mathrm{Cov}(x_{t-1} \mid x_t) = \sigma_q^2(t) I",
        r"\mathbb E_{q(x_t)}[\mathrm{Var}(x_{t-1} \mid x_t)] = \beta_t",
        rf"{SCORE} = -\frac{{\epsilon}}{{\sqrt{{1-\bar\alpha_t}}}}",
        rf"{SCORE} = \nabla_{{x_t}} \log q(x_t|x_0)",
        r"\log y \ge y - 1",
        r"\log(1-\beta_t) \le -2\beta_t",
        r"\bar\alpha_T \ge \exp\left(-\sum_{t=1}^{T} \beta_t\right)",
        LOGS[1].replace(r"\ge", r"\le"),
    ],
)
def test_their_mutants_are_false(latex):
    assert check(latex).verdict == "false"


@pytest.mark.parametrize(
    "change",
    [("+ C", ""), (r"- \nabla_{x_t} \log q(x_t)\|", r"+ \nabla_{x_t} \log q(x_t)\|")],
)
def test_the_wrong_target_needs_its_constant_and_sign(change):
    latex = " ".join(equation("eq-dsm").latex.split())
    assert change[0] in latex
    assert check(latex.replace(*change)).verdict == "false"


@pytest.mark.parametrize(
    "latex",
    [
        # true of a trained network, or of data that someone has standardised
        r"\mathbb E[\epsilon \mid x_t] = \epsilon_\theta(x_t, t)",
        r"\mathrm{Var}(x_t \mid x_0) + \mathbb E[x_0 \mid x_t] = w",
        # sampling never proves an order
        r"\log y < y - 1",
        rf"\mathbb E[x_0^2 \mid x_t] \ge ({SCORE})^2 - 1000",
    ],
)
def test_what_is_not_decided(latex):
    assert check(latex).verdict == "unknown"


def test_unit_variance_does_not_make_beta_the_variance():
    """The counterexample is a data set of mean 0 and variance 1."""
    found = check(r"\mathrm{Var}(x_{t-1} \mid x_t) = \beta_t").counterexample
    assert found is not None
    assert found["data"].endswith("of mean 0 and variance 1")
    assert abs(found["right"] - (1 - found[f"alpha_{found['t']}"])) < 1e-9
    (w1, m1, v1), (w2, m2, v2) = DATA[1]
    assert w1 + w2 == pytest.approx(1)
    assert w1 * m1 + w2 * m2 == pytest.approx(0)
    assert w1 * (m1**2 + v1) + w2 * (m2**2 + v2) == pytest.approx(1)


def test_a_bare_mean_is_about_states_only():
    for latex in (
        r"\mathrm{Var}(x_t + y) = \mathrm{Var}(x_t)",
        r"\mathbb E[y] = y",
        r"\mathrm{Var}(y + z) = \mathrm{Var}(y) + \mathrm{Var}(z)",
    ):
        assert check(latex).verdict == "unknown"
