"""What was probably meant is offered beside a false equation, and only there."""

import pytest

from ddpm_lite.proof import check
from ddpm_lite.proof.report import proofread_text

SLIP = r"\sigma_q^2(t) = \frac{(1-\alpha_t)(1-\alpha_{t-1})}{1-\bar\alpha_t}"
MEANT = r"with a bar over α: \frac{(1-\alpha_t)(1-\bar\alpha_{t-1})}{1-\bar\alpha_t}"


@pytest.mark.parametrize(
    ("slip", "meant"),
    [
        (SLIP, MEANT),
        (r"x_t = \sqrt{\bar\alpha_t}x_0 + (1-\bar\alpha_t)\epsilon", "a square root"),
        (r"\mathrm{SNR}(t) = \frac{\bar\alpha_t}{1+\bar\alpha_t}", "the other sign"),
    ],
)
def test_a_known_slip_gets_its_repair(slip, meant):
    verdict = check(slip)
    assert verdict.verdict == "false"
    assert "probably meant" in verdict.why
    assert meant in verdict.why


@pytest.mark.parametrize(
    "slip",
    [
        r"\bar\alpha_t = 3 + \beta_t \bar\alpha_{t-1}^5",
        r"q(x_{t-1}|x_t) = q(x_{t-1}|x_t, x_0)",  # true with x_t told twice
    ],
)
def test_no_repair_is_made_up(slip):
    verdict = check(slip)
    assert verdict.verdict == "false"
    assert "probably meant" not in verdict.why


def test_every_format_shows_it():
    report = proofread_text(f"$$ {SLIP} $$")
    assert all("a bar over α" in f() for f in (report.text, report.json, report.html))


def test_a_notebook_typesets_it():
    words, *blocks = check(SLIP)._repr_markdown_().split("$$")
    latex, words_again, repair, numbers = blocks
    assert latex.strip() == SLIP
    assert MEANT.split(": ")[1] in repair
    assert "\\" not in words + words_again + numbers
