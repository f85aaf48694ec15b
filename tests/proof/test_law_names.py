"""Laws by their indices, the law of the data, entropies: true ones and their slips."""

# ruff: noqa: E501 (mathematics reads better unbroken)

import pytest

from ddpm_lite.proof import check

MARGINAL = r"\mathcal N(x_t;\sqrt{\bar\alpha_t}x_0,(1-\bar\alpha_t)I)"
BOUND = (
    r"\mathbb E_{q(x_{0:T})}\left[\log\frac{p_\theta(x_{0:T})}{q(x_{1:T}|x_0)}\right]"
)
MEAN = r"\mathbb E_{x\sim p_{\text{data}}}"

TRUE = [
    rf"q_{{t|0}}(x_t|x_0) = {MARGINAL}",
    r"q_{t|0}(x|x_0) = \mathcal N(x;\sqrt{\bar\alpha_t}x_0,(1-\bar\alpha_t)I)",
    r"q_{t\mid s}(x_t|x_s) = \mathcal N(x_t;\sqrt{\frac{\bar\alpha_t}{\bar\alpha_s}}x_s,(1-\frac{\bar\alpha_t}{\bar\alpha_s})I)",
    r"q_{t-1|t,0}(x_{t-1}|x_t,x_0) = \frac{q_{t|t-1}(x_t|x_{t-1})q_{t-1|0}(x_{t-1}|x_0)}{q_{t|0}(x_t|x_0)}",
    r"q_t(x) = \int q_{t|0}(x|x_0)q_0(x_0)\,dx_0",
    r"q_{1:T|0}(x_{1:T}|x_0) = \prod_{t=1}^T q_{t|t-1}(x_t|x_{t-1})",
    r"p_{0:T}(x_{0:T}) = p_T(x_T)\prod_{t=1}^T p_{t-1|t}(x_{t-1}|x_t)",
    r"p_\theta(x_{0:T}) = p(x_T)\prod_{t=1}^T p_{\theta,t-1|t}(x_{t-1}|x_t)",
    r"\nabla_x\log q_t(x) = -\frac{1}{\sqrt{1-\bar\alpha_t}}\mathbb E[\epsilon|x_t=x]",
    # p is the law of the noised data in texts on differential equations
    rf"p_{{t|0}}(x_t|x_0) = {MARGINAL}",
    r"p_t(x) = \int p_{t|0}(x|x_0)p_{\text{data}}(x_0)\,dx_0",
    r"\nabla_{x_t}\log p_t(x_t) = \mathbb E_{p_{0|t}(x_0|x_t)}[\nabla_{x_t}\log p_{t|0}(x_t|x_0)]",
    # the law of the data
    r"q(x_t) = \int q(x_t|x_0)p_{\text{data}}(x_0)\,dx_0",
    r"q(x_t) = \int q(x_t|x_0)p_{data}(x_0)\,dx_0",
    rf"\mathbb E_{{x_0\sim p_{{\text{{data}}}}}}[\log p_\theta(x_0)] \ge {BOUND}",
    rf"D_{{KL}}(p_{{\text{{data}}}}(x)\|p_\theta(x)) = {MEAN}\left[\log\frac{{p_{{\text{{data}}}}(x)}}{{p_\theta(x)}}\right]",
    rf"\arg\min_\theta D_{{KL}}(p_{{\text{{data}}}}\|p_\theta) = \arg\max_\theta {MEAN}[\log p_\theta(x)]",
    # entropies
    r"H(p,q) = -\mathbb E_{p(x)}[\log q(x)]",
    r"D_{KL}(p\|q) = H(p,q)-H(p)",
    r"H(q(x)) \le H(q(x),p(x))",
    r"H(q(x_t|x_0)) = \frac D2\log(2\pi e(1-\bar\alpha_t))",
    r"\mathcal H(q(x_t|x_{t-1})) = \frac D2(1+\log(2\pi\beta_t))",
    r"H(q(x_t)) \ge H(q(x_t|x_0))",
]  # fmt: skip

FALSE = [
    r"q_{t|0}(x_t|x_0) = \mathcal N(x_t;\bar\alpha_tx_0,(1-\bar\alpha_t)I)",
    r"q_{t|0}(x|x_0) = \mathcal N(x;\sqrt{\alpha_t}x_0,(1-\bar\alpha_t)I)",
    r"q_{t-1|t,0}(x_{t-1}|x_t,x_0) = \frac{q_{t|t-1}(x_t|x_{t-1})q_{t|0}(x_t|x_0)}{q_{t-1|0}(x_{t-1}|x_0)}",
    r"q_{1:T|0}(x_{1:T}|x_0) = \prod_{t=2}^T q_{t|t-1}(x_t|x_{t-1})",
    r"p_{0:T}(x_{0:T}) = p_T(x_T)\prod_{t=2}^T p_{t-1|t}(x_{t-1}|x_t)",
    r"p_{t|0}(x_t|x_0) = \mathcal N(x_t;\bar\alpha_tx_0,(1-\bar\alpha_t)I)",
    r"q(x_t) = \int q(x_0|x_t)p_{\text{data}}(x_0)\,dx_0",
    rf"\mathbb E_{{x_0\sim p_{{\text{{data}}}}}}[\log p_\theta(x_0)] \le {BOUND}",
    r"D_{KL}(p_{\text{data}}\|p_\theta) > 0",
    r"\arg\min_\theta H(p_{\text{data}},p_\theta) = \arg\max_\theta D_{KL}(p_{\text{data}}\|p_\theta)",
    r"H(p,q) = -\mathbb E_{q(x)}[\log p(x)]",
    r"D_{KL}(p\|q) = H(p,q)-H(q)",
    r"H(p,q) = H(q,p)",
    r"H(q(x_t|x_0)) = D\log(2\pi e(1-\bar\alpha_t))",
    r"\mathcal H(q(x_t|x_{t-1})) = \frac D2\log(2\pi\beta_t)",
]  # fmt: skip

UNKNOWN = [
    (r"q_{t|0}(x_{t-1}|x_0) = q(x_{t-1}|x_0)", "other times than its index"),
    (r"q_t(x) = q_{t-1}(x)", "one letter for the states of two times"),
    (r"D_{KL}(q_1\|q_2) = 0", "different laws"),
    (r"D_{KL}(q_\phi\|q) = 0", "different laws"),
    (r"p_\theta(x_0) = p_{\text{data}}(x_0)", "different laws"),
    (r"H(x|y) = H(x,y)-H(y)", "whose law is not named"),
    (r"\sigma_{t|s}^2 = \sigma_t^2-\alpha_{t|s}^2\sigma_s^2", "column"),
]


@pytest.mark.parametrize("latex", TRUE)
def test_true(latex):
    assert check(latex).verdict in ("proved", "holds"), check(latex)


@pytest.mark.parametrize("latex", FALSE)
def test_slips(latex):
    verdict = check(latex)
    assert verdict.verdict == "false", verdict
    assert verdict.counterexample


@pytest.mark.parametrize(("latex", "why"), UNKNOWN)
def test_not_decided(latex, why):
    verdict = check(latex)
    assert verdict.verdict == "unknown"
    assert why in verdict.why


def test_draws_from_the_data():
    for law in (r"p_{\text{data}}", r"p_{\mathrm{data}}(x_0)", r"q_{\text{data}}"):
        assert check(rf"x_0 \sim {law}").verdict == "defines"
