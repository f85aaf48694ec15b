"""Every algebraic identity of the derivation, in ordinary notation, and its slips."""

# ruff: noqa: E501 (mathematics reads better unbroken)

import pytest

from ddpm_lite.proof import check

SIGMA_Q = r"\frac{(1-\alpha_t)(1-\bar\alpha_{t-1})}{1-\bar\alpha_t}"
MU_Q = (
    r"\frac{\sqrt{\alpha_t}(1-\bar\alpha_{t-1})x_t"
    r"+\sqrt{\bar\alpha_{t-1}}(1-\alpha_t)x_0}{1-\bar\alpha_t}"
)
MU_NO_BAR = MU_Q.replace(r"\sqrt{\bar\alpha_{t-1}}", r"\sqrt{\alpha_{t-1}}")
MU_Q_X0 = MU_Q.replace(
    "x_0}{", r"\frac{x_t-\sqrt{1-\bar\alpha_t}\varepsilon}{\sqrt{\bar\alpha_t}}}{"
)

TRUE = {
    "G1": r"\alpha_t(1-\alpha_{t-1}) + (1-\alpha_t) = 1-\alpha_t\alpha_{t-1}",
    "G2": r"\frac{(x-\mu_A)^2}{a^2} + \frac{(y-kx)^2}{b^2} = \left(\frac1{a^2}"
    r"+\frac{k^2}{b^2}\right)\left(x-\frac{\mu_A/a^2+ky/b^2}{1/a^2+k^2/b^2}\right)^2"
    r"+\frac{(y-k\mu_A)^2}{k^2a^2+b^2}",
    "G3": r"a^2b^2 = (k^2a^2+b^2)/\left(\frac1{a^2}+\frac{k^2}{b^2}\right)",
    "G4": r"\log\mathcal N(x;\hat x,\mathbf I) = -\frac12\|x-\hat x\|^2"
    r"-\frac D2\log(2\pi)",
    "F1": r"\alpha_t(1-\bar\alpha_{t-1})+1-\alpha_t = 1-\bar\alpha_t",
    "F2": r"\sqrt{\alpha_t}\sqrt{\bar\alpha_{t-1}}x_0 = \sqrt{\bar\alpha_t}x_0",
    "F3": r"\bar\alpha_t+\sum_{s=1}^{t}(1-\alpha_s)\prod_{r=s+1}^{t}\alpha_r = 1",
    "F4": r"D_{\mathrm{KL}}(q(x_T|x_0)\,\|\,p(x_T)) = \frac12\left(\bar\alpha_T\|x_0\|^2"
    r"-D\bar\alpha_T-D\log(1-\bar\alpha_T)\right)",
    "F5": r"\operatorname{Cov}(x_{t-1},x_t\mid x_0) = "
    r"\sqrt{\frac{\bar\alpha_t}{\bar\alpha_{t-1}}}(1-\bar\alpha_{t-1})",
    "F6": r"\mathrm{SNR}(t-1)-\mathrm{SNR}(t) = "
    r"\frac{\bar\alpha_{t-1}\beta_t}{(1-\bar\alpha_{t-1})(1-\bar\alpha_t)}",
    "P1": r"\frac{\|x_t-\sqrt{\alpha_t}x_{t-1}\|^2}{1-\alpha_t}"
    r"+\frac{\|x_{t-1}-\sqrt{\bar\alpha_{t-1}}x_0\|^2}{1-\bar\alpha_{t-1}}"
    r"-\frac{\|x_t-\sqrt{\bar\alpha_t}x_0\|^2}{1-\bar\alpha_t}"
    r"=\frac{\|x_{t-1}-\mu_q(x_t,x_0)\|^2}{\sigma_q^2(t)}",
    "P2": rf"1/\left(\frac{{\alpha_t}}{{1-\alpha_t}}+\frac1{{1-\bar\alpha_{{t-1}}}}"
    rf"\right) = {SIGMA_Q}",
    "P3": r"\left(\frac{\sqrt{\alpha_t}}{1-\alpha_t}x_t+\frac{\sqrt{\bar\alpha_{t-1}}}"
    rf"{{1-\bar\alpha_{{t-1}}}}x_0\right){SIGMA_Q} = {MU_Q}",
    "P4": r"\sigma_q^2(1)+\|\mu_q(x_1,x_0)-x_0\|^2 = 0",
    "P5": r"\frac{\sqrt{\alpha_t}(1-\bar\alpha_{t-1})+\sqrt{\bar\alpha_{t-1}}(1-\alpha_t)}"
    r"{1-\bar\alpha_t} = \frac{\sqrt{\alpha_t}+\sqrt{\bar\alpha_{t-1}}}"
    r"{1+\sqrt{\alpha_t\bar\alpha_{t-1}}}",
    "P6": r"\sigma_q^2(t)+\left(\frac{\sqrt{\bar\alpha_{t-1}}(1-\alpha_t)}"
    r"{1-\bar\alpha_t}\right)^2(1-\bar\alpha_t) = 1-\alpha_t",
    "K1": r"D_{KL}(\mathcal N(x;\mu_1,\sigma_1^2)\|\mathcal N(x;\mu_2,\sigma_2^2)) = "
    r"\log\frac{\sigma_2}{\sigma_1}+\frac{\sigma_1^2+(\mu_1-\mu_2)^2}{2\sigma_2^2}-\frac12",
    "K2": r"D_{KL}(\mathcal N(x;\mu_1,\sigma_1^2I)\|\mathcal N(x;\mu_2,\sigma_2^2I)) = "
    r"\frac D2\left(\log\frac{\sigma_2^2}{\sigma_1^2}-1+\frac{\sigma_1^2}{\sigma_2^2}"
    r"\right)+\frac{\|\mu_1-\mu_2\|^2}{2\sigma_2^2}",
    "X1": r"\frac1{2\sigma_q^2(t)}\left(\frac{\sqrt{\bar\alpha_{t-1}}(1-\alpha_t)}"
    r"{1-\bar\alpha_t}\right)^2 = \frac12(\mathrm{SNR}(t-1)-\mathrm{SNR}(t))",
    "N1": r"x_0 = \frac{x_t-\sqrt{1-\bar\alpha_t}\varepsilon}{\sqrt{\bar\alpha_t}}",
    "N2": r"\alpha_t(1-\bar\alpha_{t-1})+(1-\alpha_t) = 1-\bar\alpha_t",
    "N3": rf"{MU_Q_X0} = \frac1{{\sqrt{{\alpha_t}}}}\left(x_t-\frac{{1-\alpha_t}}"
    r"{\sqrt{1-\bar\alpha_t}}\varepsilon\right)",
    "N4": r"\frac1{2\sigma_q^2(t)}\left(\frac{1-\alpha_t}{\sqrt{\alpha_t}"
    r"\sqrt{1-\bar\alpha_t}}\right)^2 = \frac{1-\alpha_t}{2\alpha_t(1-\bar\alpha_{t-1})}",
    "N5": r"\frac{(1-\alpha_t)^2}{2\sigma_q^2(t)\alpha_t(1-\bar\alpha_t)} = "
    r"\frac{\bar\alpha_{t-1}(1-\alpha_t)^2}{2\sigma_q^2(t)(1-\bar\alpha_t)^2}"
    r"\cdot\frac{1-\bar\alpha_t}{\bar\alpha_t}",
    "N6": r"\nabla_{x_t}\log q(x_t|x_0) = -\frac{\varepsilon}{\sqrt{1-\bar\alpha_t}}",
    "66": rf"\mu_q(x_t,x_0) = {MU_Q} = \frac1{{\sqrt{{\alpha_t}}}}\left(x_t-"
    r"\frac{1-\alpha_t}{\sqrt{1-\bar\alpha_t}}\varepsilon\right)",
    "post": r"q(x_{t-1}|x_t,x_0) = \frac{q(x_t|x_{t-1})q(x_{t-1}|x_0)}{q(x_t|x_0)} = "
    r"\mathcal N(x_{t-1};\mu_q(x_t,x_0),\sigma_q^2(t)I)",
    "marginal": r"q(x_t|x_0) = \int q(x_t|x_{t-1})q(x_{t-1}|x_0)\,dx_{t-1}",
    "mean-eps": r"\mu_\theta(x_t,t) = \frac1{\sqrt{\alpha_t}}\left(x_t-\frac{\beta_t}"
    r"{\sqrt{1-\bar\alpha_t}}\epsilon_\theta(x_t,t)\right)",
    "snr": r"\mathrm{SNR}(t) < \mathrm{SNR}(t-1)",
}

FALSE = {
    "(51)": r"q(x_{t-1}|x_t,x_0) = \frac{\mathcal N(x_t;\sqrt{\alpha_t}x_{t-1},"
    r"(1-\alpha_t)I)\mathcal N(x_{t-1};\sqrt{\alpha_{t-1}}x_0,(1-\bar\alpha_{t-1})I)}"
    r"{\mathcal N(x_t;\sqrt{\bar\alpha_t}x_0,(1-\bar\alpha_t)I)}",
    "(54) line 1": r"q(x_{t-1}|x_t,x_0) \propto \exp\left(-\frac12\left("
    r"\frac{\|x_t-\sqrt{\alpha_t}x_{t-1}\|^2}{1-\alpha_t}"
    r"+\frac{\|x_{t-1}-\sqrt{\alpha_{t-1}}x_0\|^2}{1-\bar\alpha_{t-1}}"
    r"-\frac{\|x_t-\sqrt{\bar\alpha_t}x_0\|^2}{1-\bar\alpha_t}\right)\right)",
    "(54) line 3": r"q(x_{t-1}|x_t,x_0) \propto \exp\left(-\frac12\left(\left("
    r"\frac{\alpha_t}{1-\alpha_t}+\frac1{1-\bar\alpha_{t-1}}\right)\|x_{t-1}\|^2"
    r"-\left(\frac{2\sqrt{\alpha_t}}{1-\alpha_t}x_t+\frac{2\sqrt{\alpha_{t-1}}}"
    r"{1-\bar\alpha_{t-1}}x_0\right)\cdot x_{t-1}+C(x_t,x_0)\right)\right)",
    "(56) line 1": r"\mu_q(x_t,x_0) = \left(\frac{\sqrt{\alpha_t}}{1-\alpha_t}x_t"
    r"+\frac{\sqrt{\alpha_{t-1}}}{1-\bar\alpha_{t-1}}x_0\right)/\left("
    r"\frac{\alpha_t}{1-\alpha_t}+\frac1{1-\bar\alpha_{t-1}}\right)",
    "(56) line 3": rf"\mu_q(x_t,x_0) = {MU_NO_BAR}",
    "(58)": r"\mu_\theta(x_t,t) = "
    + MU_NO_BAR.replace("x_0}", r"\hat x_\theta(x_t,t)}"),
    "(59)": r"\frac1{2\sigma_q^2(t)}\|\mu_\theta(x_t,t)-\mu_q(x_t,x_0)\|^2 = "
    r"\frac1{2\sigma_q^2(t)}\left(\frac{\sqrt{\alpha_{t-1}}(1-\alpha_t)}"
    r"{1-\bar\alpha_t}\right)^2\|\hat x_\theta(x_t,t)-x_0\|^2",
    "(62)": r"\mu_q(x_t,x_0) = \frac1{\sqrt{\bar\alpha_t}}\left[\frac{\sqrt{\alpha_t"
    r"\bar\alpha_t}(1-\bar\alpha_{t-1})+\sqrt{\alpha_{t-1}}(1-\alpha_t)}{(1-\bar\alpha_t)}"
    r"x_t-\frac{\sqrt{\alpha_{t-1}}(1-\alpha_t)}{\sqrt{1-\bar\alpha_t}}\varepsilon\right]",
    "(63)": r"\mu_q(x_t,x_0) = \frac1{\sqrt{\alpha_t}}\left[\frac{\alpha_t"
    r"(1-\bar\alpha_{t-1})+\frac1{\sqrt{\bar\alpha_{t-2}}}(1-\alpha_t)}{1-\bar\alpha_t}x_t"
    r"-\frac{\frac1{\sqrt{\bar\alpha_{t-2}}}(1-\alpha_t)}{\sqrt{1-\bar\alpha_t}}"
    r"\varepsilon\right]",
    "003 variance": r"\bar\alpha_t = 1-(\alpha_t\cdots\alpha_1)",
    "003 product": r"\bar\alpha_t = 1-\prod_{s=1}^t\alpha_s",
    "004 mean": r"\mu_\theta(x_t,t) = \frac1{\sqrt{\alpha_t}}\left(x_t-\frac{\beta_t}"
    r"{\sqrt{1-\alpha_t}}\epsilon_\theta(x_t,t)\right)",
    "004 weight": r"\frac1{2\sigma_t^2}\|\mu_q(x_t,x_0)-\mu_\theta(x_t,t)\|^2 = "
    r"\frac{\beta_t^2}{2\sigma_t^2\alpha_t(1-\alpha_t)}\|\epsilon-\epsilon_\theta(x_t,t)\|^2",
    "004 step": r"x_{t-1} = \frac1{\sqrt{\alpha_t}}\left(x_t-\frac{\beta_t}"
    r"{\sqrt{1-\alpha_t}}\epsilon_\theta(x_t,t)\right)+\sqrt{\beta_t}\epsilon",
    "kernel for marginal": r"q(x_t|x_0) = \mathcal N(x_t;\sqrt{\alpha_t}x_0,(1-\alpha_t)I)",
    "noise not rooted": r"x_t = \sqrt{\bar\alpha_t}x_0+(1-\bar\alpha_t)\epsilon",
    "K2 without D": r"D_{KL}(\mathcal N(x;\mu_1,\sigma_1^2I)\|\mathcal N(x;\mu_2,"
    r"\sigma_2^2I)) = \frac12\left(\log\frac{\sigma_2^2}{\sigma_1^2}-1"
    r"+\frac{\sigma_1^2}{\sigma_2^2}\right)+\frac{\|\mu_1-\mu_2\|^2}{2\sigma_2^2}",
    "snr grows": r"\mathrm{SNR}(t) > \mathrm{SNR}(t-1)",
}


@pytest.mark.parametrize("name", TRUE)
def test_true(name):
    verdict = check(TRUE[name])
    assert verdict, verdict
    assert verdict.verdict in ("proved", "holds", "defines")
    assert verdict.rule
    assert verdict.world


def test_proofs_are_proofs():
    """Only the sum with a symbolic limit rests on small numbers of steps."""
    held = {k for k in TRUE if check(TRUE[k]).verdict == "holds"}
    assert held == {"F3"}


@pytest.mark.parametrize("name", FALSE)
def test_false(name):
    verdict = check(FALSE[name])
    assert verdict.verdict == "false", verdict
    shown = verdict.counterexample
    assert shown["left"] != pytest.approx(shown["right"], rel=1e-6)


def test_the_counterexample_can_be_redone_by_hand():
    """note 000 (56): t = 3, alpha = .9, .8, .7, as in the derivation."""
    shown = check(FALSE["(56) line 3"]).counterexample
    a, bar2, bar3 = shown["alpha_3"], 0.9 * 0.8, 0.9 * 0.8 * 0.7
    x_t, x_0 = shown["x_3"], shown["x_0"]
    left = (a**0.5 * (1 - bar2) * x_t + bar2**0.5 * (1 - a) * x_0) / (1 - bar3)
    right = (a**0.5 * (1 - bar2) * x_t + 0.8**0.5 * (1 - a) * x_0) / (1 - bar3)
    assert shown["t"] == 3
    assert shown["left"] == pytest.approx(left, rel=1e-9)
    assert shown["right"] == pytest.approx(right, rel=1e-9)


def test_the_first_step_is_tried_apart():
    assert "t ≥ 2" in check(TRUE["post"]).pairs[0].why
    bar_free = r"\sigma_q^2(t) = \frac{(1-\alpha_t)(1-\alpha_{t-1})}{1-\bar\alpha_t}"
    assert check(bar_free).verdict == "false"


def test_a_chain_names_its_false_line():
    verdict = check(rf"\mu_q(x_t,x_0) = {MU_Q} = {MU_NO_BAR}")
    assert [p.verdict for p in verdict.pairs] == ["proved", "false"]
    assert "relation 2 of 2" in verdict.why
