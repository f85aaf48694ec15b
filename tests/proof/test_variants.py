"""Names that look alike and differ are never proved equal."""

# ruff: noqa: E501 (mathematics reads better unbroken)

import pytest

from ddpm_lite.proof import check, proofread_text

APART = [
    # a further argument, another state, another time
    r"\epsilon_\theta(x_t,t,y) = \epsilon_\theta(x_t,t)",
    r"\epsilon_\theta(x_t,y) = \epsilon_\theta(x_t)",
    r"\mu_\theta(x_t,t,y) = \frac1{\sqrt{\alpha_t}}\left(x_t-\frac{\beta_t}{\sqrt{1-\bar\alpha_t}}\epsilon_\theta(x_t,t)\right)",
    r"\hat x_\theta(x_t,t,y) = \hat x_\theta(x_t,t)",
    r"v_\theta(x_t,t,y) = v_\theta(x_t,t)",
    r"s_\theta(x_t,t,y) = s_\theta(x_t,t)",
    r"\Sigma_\theta(x_t,t,y) = \Sigma_\theta(x_t,t)",
    r"\epsilon_\theta(x_t,t-1) = \epsilon_\theta(x_t,t)",
    r"\epsilon_\theta(x_{t-1},t) = \epsilon_\theta(x_t,t)",
    r"\epsilon_\theta(\sqrt{\bar\alpha_t}x_0,t) = \epsilon_\theta(x_t,t)",
    r"\mu_q(x_0,x_t) = \mu_q(x_t,x_0)",
    r"\mu_q(x_t) = \mu_q(x_t,x_0)",
    r"\mu_q(x_t,m) = \mu_q(x_t,x_0)",
    r"\mu_q(x_t,x_0,t-1) = \mu_q(x_t,x_0)",
    r"\sigma_q^2(t,s) = \sigma_q^2(t)",
    r"\mathrm{SNR}(t,y) = \mathrm{SNR}(t)",
    r"\sigma_t(y) = \sigma_t",
    r"D_{KL}(q(x_{t-1}|x_t,x_0)\|p_\theta(x_{t-1}|x_t)) = \frac1{2\sigma_t^2}\|\mu_q(x_t,x_0)-\mu_\theta(x_t,t,y)\|^2",
    r"C(x_t,x_0) = C(x_t,x_{t-1})",
    r"\mathbb E_{t\sim U\{2,T\}}[\mathrm{SNR}(t)] = \frac1T\sum_{t=1}^T\mathrm{SNR}(t)",
    # primes, marks, indices, parameters
    r"\epsilon_\phi(x_t,t) = \epsilon_\theta(x_t,t)",
    r"\epsilon_{\theta'}(x_t,t) = \epsilon_\theta(x_t,t)",
    r"\epsilon_\theta'(x_t,t) = \epsilon_\theta(x_t,t)",
    r"\tilde\epsilon_\theta(x_t,t) = \epsilon_\theta(x_t,t)",
    r"\hat x_0' = \hat x_0",
    r"\epsilon' = \epsilon",
    r"\bar\alpha_t' = \bar\alpha_t",
    r"\alpha_{t,s} = \alpha_t",
    r"\mu_{q,y}(x_t,x_0) = \mu_q(x_t,x_0)",
    r"\bar\mu_q(x_t,x_0) = \mu_q(x_t,x_0)",
    # laws and their variables
    r"q_\phi(z|x) = q(z|x)",
    r"p_{\theta'}(x_0) = p_\theta(x_0)",
    r"p_\theta(x_0) = p(x_0)",
    r"q'(x_t|x_0) = q(x_t|x_0)",
    r"q(x_t'|x_0) = q(x_t|x_0)",
    r"p(x') = p(x)",
    r"D_{KL}(p\|q) = D_{KL}(q\|p)",
    # what a network answers moves with its input
    r"\mathbb E_{q(x_t|x_0)}[\hat x_\theta(x_t,t)] = \hat x_\theta(x_t,t)",
    r"\mathbb E_{\epsilon\sim\mathcal N(0,I)}[\epsilon^\top\epsilon_\theta(x_t,t)] = 0",
    r"\mathbb E_{q(x_t|x_0)}[\|m_\theta(x_t)\|^2] = \|m_\theta(x_t)\|^2",
    r"\nabla_{x_t}\|x_0-\hat x_\theta(x_t,t)\|^2 = 0",
    r"\nabla_{x_t}\log\sigma_\theta(x_t,t) = 0",
    r"\mathbb E_{q(x_t|x_0)}[\|\epsilon\|^2] = \|\epsilon\|^2",
    r"\mathbb E_{p(x)}[f_1(x)-f_2(x)] = \mathbb E_{p(x)}[f_2(x)-f_1(x)]",
]
SAME = [
    r"\mu_\theta(x_t,t,y) = \frac1{\sqrt{\alpha_t}}\left(x_t-\frac{\beta_t}{\sqrt{1-\bar\alpha_t}}\epsilon_\theta(x_t,t,y)\right)",
    r"(1+w)\epsilon_\theta(x_t,t,y) - w\epsilon_\theta(x_t,t) = \epsilon_\theta(x_t,t,y) + w(\epsilon_\theta(x_t,t,y)-\epsilon_\theta(x_t,t))",
    r"\epsilon_\theta(\sqrt{\bar\alpha_t}x_0+\sqrt{1-\bar\alpha_t}\epsilon,t) = \epsilon_\theta(x_t,t)",
    r"\hat x_0(x_t,t) = \frac{x_t-\sqrt{1-\bar\alpha_t}\epsilon_\theta(x_t,t)}{\sqrt{\bar\alpha_t}}",
    r"\mu_q(x_t,\hat x_\theta(x_t,t)) = \mu_\theta(x_t,t)",
    r"D_{KL}(p\|q) = \mathbb E_p\left[\log\frac{p(x)}{q(x)}\right]",
    r"\mathbb E_{t\sim U\{2,T\}}[\mathrm{SNR}(t)] = \frac1{T-1}\sum_{t=2}^T\mathrm{SNR}(t)",
    r"\mu_q(x_t,x_0) = \frac1{\sqrt{\alpha_t}}x_t-\frac{1-\alpha_t}{\sqrt{1-\bar\alpha_t}\sqrt{\alpha_t}}\epsilon_0",
    r"p(z|x) = \frac{p(x|z)p(z)}{\sum_{z'}p(x|z')p(z')}",
    r"\mathbb E_{q(x_{t-1}|x_t)}[x_{t-1}] = \mu_q(x_t,\mathbb E[x_0|x_t])",
]
LAWS_OF_THEIR_OWN = (
    r"x_{t-1} = \sqrt{\bar\alpha_{t-1}}\hat x_0+\sqrt{1-\bar\alpha_{t-1}}\epsilon_\theta(x_t,t)",
    r"\sigma_t^2 = 1-\alpha_t^2",
    r"\mathrm{SNR}(t) = \alpha_t^2/\sigma_t^2",
    r"q_\sigma(x_{t-1}|x_t,x_0) = \mathcal N(x_{t-1};\sqrt{\bar\alpha_{t-1}}x_0,\sigma_t^2I)",
)


@pytest.mark.parametrize("latex", APART)
def test_different_quantities_are_not_equal(latex: str) -> None:
    assert check(latex).verdict in ("unknown", "false")


@pytest.mark.parametrize("latex", SAME)
def test_one_spelling_is_one_quantity(latex: str) -> None:
    assert check(latex).verdict in ("proved", "holds")


@pytest.mark.parametrize("latex", LAWS_OF_THEIR_OWN)
def test_what_is_true_elsewhere_is_not_called_false(latex: str) -> None:
    assert check(latex).verdict == "unknown"


def test_a_mixture_of_answers_is_a_choice_once() -> None:
    mixed = r"\tilde\epsilon_\theta(x_t,c) = (1+w)\epsilon_\theta(x_t,c)"
    text = rf"$$ {mixed} - w\epsilon_\theta(x_t) $$" + "\n\n"
    text += rf"$$ {mixed} + w\epsilon_\theta(x_t) $$"
    found = [r.verdict for r in proofread_text(text).statements]
    assert found == ["defines", "unknown"]


def test_posterior_mean_at_a_named_argument() -> None:
    mean = r"\mathbb E_{q(x_{t-1}\mid x_t)}[x_{t-1}]"
    text = (
        r"$$ m = \mathbb E[x_0 \mid x_t] $$" + "\n\n"
        f"$$ {mean} = \\mu_q(x_t, m) $$\n\n"
        f"$$ {mean} = \\mu_q(x_t, x_0) $$\n\n"
        f"$$ {mean} = \\mu_q(m, x_t) $$\n"
    )
    report = proofread_text(text)
    verdicts = [s.verdict for s in report.statements]
    assert verdicts == ["defines", "holds", "false", "false"]


def test_a_model_that_is_told_a_label_keeps_it() -> None:
    mean = r"\mathbb E_{p_\theta(x_{t-1}|x_t)}[x_{t-1}]"
    text = (
        r"$$ p_\theta(x_{t-1}|x_t) = \mathcal N(x_{t-1};\mu_\theta(x_t,t,y),"
        r"\sigma_q^2(t)I) $$" + "\n\n"
        f"$$ {mean} = \\mu_\\theta(x_t,t,y) $$\n\n"
        f"$$ {mean} = \\mu_\\theta(x_t,t) $$\n"
    )
    report = proofread_text(text)
    verdicts = [s.verdict for s in report.statements]
    assert verdicts == ["defines", "proved", "unknown"]
