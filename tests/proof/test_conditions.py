"""What a sentence assumes is no claim; what it claims stays one."""

import pytest

from ddpm_lite.proof import check, equation, proofread, proofread_text

ASSUMED = [
    r"f(z) > 0",
    r"\mathbb{E}[x_0^2] \le 1",
    r"\sum_t \pi_t = 1",
    r"x = 0.8\,z + 0.6\,\epsilon",
    r"x_0 = d_1",
]


@pytest.mark.parametrize("latex", ASSUMED)
def test_assumptions_in_a_sentence(latex):
    (found,) = proofread_text(f"Let ${latex}$ be so.").statements
    assert (found.verdict, found.rule) == ("defines", "a condition")


@pytest.mark.parametrize(
    ("latex", "verdict"),
    [
        (r"f = h + (f - h)", "proved"),
        (r"\theta = \theta - \eta g", "unknown"),
        (r"\mathbb{E}[x_t^2] = 1", "unknown"),
        (r"\sum_t \alpha_t = 1", "unknown"),
        (r"\bar\alpha_0 = 0", "false"),
    ],
)
def test_claims_in_a_sentence(latex, verdict):
    (found,) = proofread_text(f"Then ${latex}$ is so.").statements
    assert found.verdict == verdict


def test_a_slip_is_judged_as_one_block():
    text = (
        ":::{slip}\n:label: slip-x\nWith $c = 2$:\n\n$$\n"
        r"\bar\alpha_t = \alpha_t + \bar\alpha_{t-1}" + "\n$$ (slip-x)\n:::\n"
    )
    assert proofread_text(text).failures == []
    cured = proofread_text(text.replace(r"\alpha_t + ", r"\alpha_t \, "))
    assert {r.slip for _, r in cured.failures} == {"slip-x"}


def test_folders_that_are_not_ours_are_left_out(tmp_path, monkeypatch):
    (tmp_path / "book" / "node_modules").mkdir(parents=True)
    (tmp_path / "here").mkdir()
    for place in ("book/a.md", "book/node_modules/b.md"):
        (tmp_path / place).write_text("$1 + 1 = 2$\n", encoding="utf-8")
    monkeypatch.chdir(tmp_path / "here")
    found = proofread("../book").files
    assert [name.rsplit("/", 1)[-1] for name, _ in found] == ["a.md"]


@pytest.mark.parametrize(
    ("printed", "slip", "verdict"),
    [
        (r"p_\theta(x_{t-1} \mid x_t)", r"p_\theta(x_t \mid x_t)", "false"),
        (r"\mathcal{N}(x_{t-1};", r"\mathcal{N}(x_t;", "false"),
        (r"\mu_\theta(x_t, t)", r"\mu_\theta(x_{t-1}, t)", "false"),
        (r"\sigma_t^2", r"\sigma_t", "unknown"),
    ],
)
def test_a_choice_of_model_must_fit_together(printed, slip, verdict):
    latex = equation("eq-chain-reverse").latex
    assert check(latex).verdict == "defines"
    assert printed in latex
    assert check(latex.replace(printed, slip)).verdict == verdict


def test_one_step_is_given_and_two_are_a_theorem():
    assert check(equation("eq-kernel")).verdict == "defines"
    assert check(equation("eq-two-step-kernel")).verdict == "proved"
