"""True statements as various authors print them, and false ones beside them.

No true statement may be called false; whose alpha it is, is asked or told.
"""

import pytest

from ddpm_lite.proof import check
from ddpm_lite.proof.report import proofread_text

TRUE = r"""
x_t = \sqrt{\alpha_t}\,x_{t-1} + \sqrt{1-\alpha_t}\,\epsilon_{t-1}
q(x_t|x_{t-1}) = \mathcal N(\sqrt{1-\beta_t}x_{t-1}, \beta_t I)
\mathrm{Cov}(x_t|x_0) = (1-\bar\alpha_t) I
x_0 = \frac{1}{\sqrt{\bar\alpha_t}}\left(x_t - \sqrt{1-\bar\alpha_t}\,\epsilon\right)
q(x_{t-1}|x_t,x_0) = \frac{q(x_t|x_{t-1},x_0)\,q(x_{t-1}|x_0)}{q(x_t|x_0)}
\log p_\theta(x) = \mathbb E_{q(z|x)}\left[\log\frac{p_\theta(x,z)}{q(z|x)}\right] + D_{KL}(q(z|x)\|p_\theta(z|x))
p_\theta(x_0) = \int p_\theta(x_{0:T})\,dx_{1:T}
x_{t-1} = \frac{1}{\sqrt{\alpha_t}}\left(x_t-\frac{\beta_t}{\sqrt{1-\bar\alpha_t}}\epsilon_\theta(x_t,t)\right)+\sigma_t z
x_{t-1} = \frac{1}{\sqrt{\alpha_t}}\left(x_t-\frac{\beta_t}{\sqrt{1-\bar\alpha_t}}\epsilon_\theta(x_t,t)\right)+\sqrt{\beta_t} z
x_{t-1} = \frac{1}{\sqrt{\alpha_t}}\left(x_t-\frac{1-\alpha_t}{\sqrt{1-\bar\alpha_t}}\hat\epsilon_\theta(x_t)\right)+\sigma_q(t) z
\mathrm{SNR}(t) = \frac{\bar\alpha_t}{1-\bar\alpha_t}
-\log p_\theta(x_0) \le -\log p_\theta(x_0) + D_{KL}(q(x_{1:T}|x_0)\|p_\theta(x_{1:T}|x_0))
\prod_{t=2}^T\frac{q(x_t|x_0)}{q(x_{t-1}|x_0)} = \frac{q(x_T|x_0)}{q(x_1|x_0)}
D_{KL}(q(x_{t-1}|x_t,x_0)\|p_\theta(x_{t-1}|x_t)) = \frac{1}{2\sigma_t^2}\|\tilde\mu_t(x_t,x_0)-\mu_\theta(x_t,t)\|^2 + C
\arg\min_\theta D_{KL}(q(x_{t-1}|x_t,x_0)\|p_\theta(x_{t-1}|x_t)) = \arg\min_\theta \frac{1}{2\sigma_q^2(t)}\left[\|\mu_\theta-\mu_q\|_2^2\right]
1/\left(\frac{\alpha_t}{\beta_t}+\frac{1}{1-\bar\alpha_{t-1}}\right) = \frac{1-\bar\alpha_{t-1}}{1-\bar\alpha_t}\cdot\beta_t
q(x_t|x_s) = \mathcal N\left(x_t;\sqrt{\tfrac{\bar\alpha_t}{\bar\alpha_s}}x_s,\left(1-\tfrac{\bar\alpha_t}{\bar\alpha_s}\right)I\right)
\nabla_{x_t}\log q(x_t|x_0) = -\frac{\epsilon}{\sqrt{1-\bar\alpha_t}}
\tilde\beta_t \le \beta_t
"""  # noqa: E501
FALSE = r"""
x_t = \sqrt{\alpha_t}\,x_{t-1} + (1-\alpha_t)\,\epsilon_{t-1}
\mathrm{Cov}(x_t|x_0) = \bar\alpha_t I
q(x_{t-1}|x_t,x_0) = \frac{q(x_t|x_{t-1},x_0)\,q(x_t|x_0)}{q(x_{t-1}|x_0)}
\log p_\theta(x) = \mathbb E_{q(z|x)}\left[\log\frac{p_\theta(x,z)}{q(z|x)}\right] + D_{KL}(p_\theta(z|x)\|q(z|x))
x_{t-1} = \frac{1}{\sqrt{\alpha_t}}\left(x_t-\frac{\beta_t}{\sqrt{1-\bar\alpha_t}}\epsilon_\theta(x_t,t)\right)+\beta_t z
x_{t-1} = \frac{1}{\sqrt{\alpha_t}}\left(x_t-\frac{\beta_t}{\sqrt{1-\alpha_t}}\epsilon_\theta(x_t,t)\right)+\sigma_t z
x_{t-1} = \frac{1}{\sqrt{\alpha_t}}\left(x_t-\frac{1-\alpha_t}{\sqrt{1-\bar\alpha_t}}\hat\epsilon_\theta(x_t)\right)+\sigma_q^2(t) z
\mathrm{SNR}(t) = \frac{\sqrt{\bar\alpha_t}}{1-\bar\alpha_t}
p_\theta(x_0) = \int p_\theta(x_{0:T})\,dx_{0:T}
q(x_t|x_s) = \mathcal N\left(x_t;\sqrt{\tfrac{\bar\alpha_t}{\bar\alpha_s}}x_s,\left(1-\bar\alpha_t\right)I\right)
\nabla_{x_t}\log q(x_t|x_0) = -\frac{\epsilon}{1-\bar\alpha_t}
\tilde\beta_t \ge \beta_t
D_{KL}(\mathcal N(x; \mu_1, \sigma_1^2 I) \| \mathcal N(x; \mu_2, I)) = \frac12 \|\mu_1 - \mu_2\|^2
"""  # noqa: E501
SONG = r"q(x_t|x_0) = \mathcal N(\sqrt{\alpha_t}x_0, (1-\alpha_t)I)"
KINGMA = r"x_t = \alpha_t x_0 + \sigma_t \epsilon"
PRODUCT = r"""Here $\alpha_t$ is the product of all $1-\beta_s$ up to $s=t$:

$$ \alpha_t := \prod_{s=1}^t (1-\beta_s) $$
"""
TIED = r"""

$$ \alpha_t^2 + \sigma_t^2 = 1 $$
"""


def lines(text):
    return text.strip().splitlines()


def found(text):
    return [r.verdict for r in proofread_text(text).statements]


@pytest.mark.parametrize("latex", lines(TRUE))
def test_true_as_printed(latex):
    assert check(latex)


@pytest.mark.parametrize("latex", lines(FALSE))
def test_false_as_printed(latex):
    assert check(latex).verdict == "false"


@pytest.mark.parametrize("latex", [SONG, KINGMA])
def test_the_option_that_the_report_names_makes_it_true(latex):
    verdict = check(latex)
    assert verdict.verdict == "false"
    options = verdict.why.partition("say so with ")[2].split("--alias ")[1:]
    assert options
    assert check(latex, [o.strip(" '") for o in options])


@pytest.mark.parametrize("latex", lines(FALSE))
def test_no_option_is_named_that_does_not_help(latex):
    assert "--alias" not in check(latex).why


def test_a_document_says_whose_alpha_it_is():
    own = f"$$ {SONG} $$\n\n$$ \\beta_t = 1 - \\frac{{\\alpha_t}}{{\\alpha_{{t-1}}}} $$"
    assert "false" not in found(PRODUCT + own)
    assert found(f"$$ {KINGMA} $$" + TIED) == ["proved", "proved"]
    assert found(f"$$ {SONG} $$") == ["false"]


def test_a_document_with_both_alphas_means_the_usual_ones():
    both = r"$$ \bar\alpha_t = \prod_{s=1}^t \alpha_s $$" + "\n\n" + PRODUCT
    assert found(both)[-1] == "false"
    usual = "$$ \\alpha_t = 1-\\beta_t $$\n\n" + PRODUCT
    assert found(usual)[-1] == "false"


def test_letters_of_a_lemma_beside_the_schedule_are_not_guessed():
    merged = r"\sqrt{\sigma_1^2+\sigma_2^2} = \sqrt{1-\alpha_t\alpha_{t-1}}"
    assert check(merged).verdict == "unknown"


def test_two_definitions_in_a_row_are_two():
    text = r"$$ \alpha_t := 1-\beta_t \quad\text{and}\quad L_T := D_{KL}(q \| p) $$"
    assert found(text) == ["defines", "defines"]


def test_at_a_time_named_in_the_sentence():
    text = r"At $t = 1$ the product is one factor, $\bar\alpha_t = \alpha_1$."
    assert found(text) == ["defines", "proved"]
