"""Texts whose first noisy step is number 0, in each sense of the words."""

import pytest

from ddpm_lite.cli import main
from ddpm_lite.proof import check
from ddpm_lite.proof.commands import proofread_command
from ddpm_lite.proof.report import proofread_text

TABLES = r"""
$$ q(x_t \mid x_{t-1})
 = \mathcal N(x_t; \sqrt{1-\beta_{t-1}}\, x_{t-1}, \beta_{t-1} I) $$

$$ \bar\alpha_{t-1} = \prod_{s=0}^{t-1} \alpha_s $$

$$ x_t = \sqrt{\bar\alpha_{t-1}}\, x_0 + \sqrt{1-\bar\alpha_{t-1}}\, \epsilon $$
"""
LABELS = r"""
$$ \bar\alpha_t = \prod_{s=0}^{t} (1-\beta_s) $$

$$ \bar\alpha_0 = 1 - \beta_0 $$

$$ q(x_t \mid x_0) = \mathcal N(x_t; \sqrt{\bar\alpha_t}\, x_0, (1-\bar\alpha_t) I) $$

At $t = 0$ we have $\bar\alpha_t = \alpha_0$.

$$ \prod_{t=0}^{T-1} \alpha_t = \bar\alpha_{T-1} $$
"""
STATES = r"""
$$ q(x_0 \mid x_{-1}) = \mathcal N(x_0; \sqrt{\alpha_0}\, x_{-1}, (1-\alpha_0) I) $$

$$ q(x_{0:T-1} \mid x_{-1}) = \prod_{t=0}^{T-1} q(x_t \mid x_{t-1}) $$
"""
FALSE = r"""
$$ \bar\alpha_0 = 1 - \beta_1 $$

$$ \bar\alpha_t = \prod_{s=0}^{t+1} \alpha_s $$

$$ q(x_t \mid x_0) = \mathcal N(x_t; \bar\alpha_t\, x_0, (1-\bar\alpha_t) I) $$

$$ x_t = \sqrt{\bar\alpha_{t+1}}\, x_0 + \sqrt{1-\bar\alpha_{t+1}}\, \epsilon $$
"""


def verdicts(text, first_step=0):
    return [r.verdict for r in proofread_text(text, first_step=first_step).statements]


@pytest.mark.parametrize("text", [TABLES, LABELS, STATES])
def test_what_is_true_in_one_sense_is_true(text):
    found = verdicts(text)
    assert found
    assert set(found) <= {"proved", "holds", "defines"}
    assert "false" in verdicts(text, 1) or "unknown" in verdicts(text, 1)


def test_what_is_false_in_every_sense_is_false():
    assert verdicts(FALSE) == ["false"] * 4


def test_a_state_before_the_data_is_no_crash():
    assert (
        check(r"q(x_0 \mid x_{-1}) = \mathcal N(x_0; x_{-1}, I)").verdict == "unknown"
    )


def test_the_report_says_which_sense():
    report = proofread_text(TABLES + FALSE, first_step=0).text()
    (proved,) = [
        r for r in proofread_text(TABLES, first_step=0).statements if "x_t =" in r.latex
    ]
    assert "tables start at 0" in proved.why
    assert "in every reading of steps from 0" in report


def test_the_command(tmp_path, capsys):
    note = tmp_path / "note.md"
    note.write_text(LABELS, encoding="utf-8")
    assert main(["proofread", str(note), "--first-step", "0"]) == 0
    note.write_text(TABLES, encoding="utf-8")
    assert main(["proofread", str(note), "--first-step", "0"]) == 0
    assert main(["proofread", str(note)]) == 1
    note.write_text(FALSE, encoding="utf-8")
    assert main(["proofread", str(note), "--first-step", "0"]) == 1
    capsys.readouterr()
    for value in ("2", "-1", "zero", ""):
        assert main(["proofread", str(note), "--first-step", value]) == 2
        assert "first" in capsys.readouterr().err
    assert proofread_command([note], first_step=7) == 2
    assert "choose 0 or 1" in capsys.readouterr().err
