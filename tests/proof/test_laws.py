"""Statements about laws: what holds, what is false, and the soundness traps."""

# ruff: noqa: E501 (mathematics reads better unbroken)

import pytest

from ddpm_lite.proof import check
from ddpm_lite.proof.report import proofread_text

ELBO = r"\mathbb E_{q(x_{1:T}|x_0)}\left[\log\frac{p_\theta(x_{0:T})}{q(x_{1:T}|x_0)}\right]"
STEP = r"D_{KL}(q(x_{t-1}|x_t,x_0)\|p_\theta(x_{t-1}|x_t))"
END = r"D_{KL}(q(x_T|x_0)\|p(x_T))"

TRUE = [
    rf"\log p_\theta(x_0) \ge {ELBO}",
    rf"\log p_\theta(x_0) = {ELBO} + D_{{KL}}(q(x_{{1:T}}|x_0)\|p_\theta(x_{{1:T}}|x_0))",
    r"p_\theta(x_{0:T}) = p(x_T)\prod_{t=1}^T p_\theta(x_{t-1}|x_t)",
    r"q(x_{1:T}|x_0) = q(x_1|x_0)q(x_2|x_1)\cdots q(x_T|x_{T-1})",
    r"q(x_{1:T}|x_0) = q(x_T|x_0)\prod_{t=2}^T q(x_{t-1}|x_t,x_0)",
    r"q(x_t|x_{t-1},x_0) = q(x_t|x_{t-1})",
    r"q(x_{t-1}|x_t) = \int q(x_{t-1}|x_t,x_0)q(x_0|x_t)\,dx_0",
    r"\sum_{t=2}^T\log\frac{q(x_t|x_0)}{q(x_{t-1}|x_0)} = \log\frac{q(x_T|x_0)}{q(x_1|x_0)}",
    rf"\mathbb E_q\left[{END}+\sum_{{t>1}}{STEP}-\log p_\theta(x_0|x_1)\right] = -{ELBO}",
    r"\sum_{t=1}^T\mathbb E_{q(x_{1:T}|x_0)}[\log p_\theta(x_{t-1}|x_t)] = "
    r"\sum_{t=1}^T\mathbb E_{q(x_{t-1},x_t|x_0)}[\log p_\theta(x_{t-1}|x_t)]",
    r"\mathbb E_{p(x,y)}[ax+by] = a\mathbb E_{p(x)}[x]+b\mathbb E_{p(y)}[y]",
    r"\mathbb E_{p(x,y)}[f(x)] = \mathbb E_{p(x)}[f(x)]",
    r"\sum_{t=1}^T f(t) = T\,\mathbb E_{u(t)}[f(t)]",
    r"\log p(x) \ge \mathbb E_{q(z|x)}[\log p(x|z)]-D_{KL}(q(z|x)\|p(z))",
    r"p(x,y) = p(x|y)p(y) = p(y|x)p(x)",
    r"q(x_{t-1}|x_t) = \frac{\mathcal N(x_t;\sqrt{\alpha_t}x_{t-1},\beta_t)q(x_{t-1})}"
    r"{q(x_t)}",
    r"\log\mathbb E_{q(z)}[f(z)] \ge \mathbb E_{q(z)}[\log f(z)]",
    r"p_\theta(x,z_{1:T}) = p(z_T)p_\theta(x|z_1)\prod_{t=2}^T p_\theta(z_{t-1}|z_t)",
    r"\mathbb E_{q(x_{1:T}|x_0)}[\|x_t\|^2] = \bar\alpha_t\|x_0\|^2+D(1-\bar\alpha_t)",
    r"\arg\min_\theta \mathrm{KL}(\hat p_\theta(z)\|p(z|x)) = \arg\max_\theta "
    r"\mathbb E_{z\sim\hat p_\theta(z)}\left[\ln\frac{p(x,z)}{\hat p_\theta(z)}\right]",
    rf"{END} \ge 0",
    rf"\arg\max_\theta {ELBO} = \arg\max_\theta \mathbb E_{{q(x_{{1:T}}|x_0)}}"
    r"\left[\log p_\theta(x_{0:T})\right]",
    rf"{ELBO} = \mathbb E_{{q(x_{{1:T}}|x_0)}}[\log p_\theta(x_{{0:T}})] + \text{{const}}",
]

TRAPS = [
    rf"\mathbb E_q\left[{END}+\sum_{{t=1}}^T {STEP}\right] = -{ELBO}",
    r"H(q(x_0)) \ge 0",
    r"\log p_\theta(x_0) \le 0",
    rf"{END} > 0",
    rf"\log p_\theta(x_0) \ge {ELBO}+0.1",
    r"q(x_{t-1}|x_t) = q(x_{t-1}|x_t,x_0)",
    r"q(x_{t-1}|x_t) \sim \mathcal N",
    r"q(x_{t-1}|x_t) = \mathcal N(x_{t-1};\mu_q(x_t,x_0),\sigma_q^2(t)I)",
    r"q(x_{t-1}|x_t) = \mathcal N(x_{t-1};\frac{x_t}{\sqrt{\alpha_t}},\beta_tI)",
    r"q(x_T) = \mathcal N(x_T;0,I)",
    r"-\log p_\theta(x_0) \le \log\frac{q(x_{1:T}|x_0)}{p_\theta(x_{0:T})}",
    rf"\arg\max_\theta {ELBO} = "
    r"\arg\min_\theta D_{KL}(q(x_{1:T}|x_0)\|p_\theta(x_{1:T}|x_0))",
    r"\hat p_\theta(x_{1:T}|x_0) = \frac{\hat p_\theta(x_0,x_{1:T})}{p(x_0)}",
    r"D_{KL}(q(x)\|p(x)) = \int p(x)\log\frac{p(x)}{q(x)}dx",
    r"D_{KL}(q(x)\|p(x)) = D_{KL}(p(x)\|q(x))",
    r"\log p_\theta(x) \ge \mathbb E_{q_\phi(z|x)}\left[\log\frac{p_\theta(x|z)}"
    r"{q_\phi(z|x)}\right]",
    rf"\log p_\theta(x_0) = {ELBO}",
    rf"{ELBO} = \mathbb E_{{q(x_{{1:T}}|x_0)}}[\log p_\theta(x_{{0:T}})]",
    r"\mathbb E_{q(x_{1:T}|x_0)}[\log p_\theta(x_{t-1}|x_t)] = "
    r"\mathbb E_{q(x_{t-1}|x_0)}[\log p_\theta(x_{t-1}|x_t)]",
]


@pytest.mark.parametrize("latex", TRUE)
def test_true(latex):
    assert check(latex), check(latex)


@pytest.mark.parametrize("latex", TRAPS)
def test_traps(latex):
    assert not check(latex), check(latex)


@pytest.mark.parametrize(
    "latex", [t for t in TRAPS if r"\mathbb E_{q(x_{t-1}|x_0)}" not in t][1:]
)
def test_traps_are_found_false(latex):
    verdict = check(latex)
    assert verdict.verdict == "false", verdict
    assert verdict.counterexample


def test_estimates_are_unbiased_or_not_decided():
    text = (
        r"$$J(\theta) = \mathbb E_{q(x_{1:T}|x_0)}\left[\sum_{t=1}^T"
        r"\log p_\theta(x_{t-1}|x_t)\right]$$"
        "\n\nWe draw\n\n"
        r"$$x_{1:T} \sim q(x_{1:T}|x_0)$$"
        "\n\n"
        r"$$J(\theta) \approx \sum_{t=1}^T \log p_\theta(x_{t-1}|x_t)$$"
    )
    records = proofread_text(text).statements
    assert [r.verdict for r in records] == ["defines", "defines", "holds"]
    halved = text.replace(r"\approx \sum", r"\approx \frac12\sum")
    assert proofread_text(halved).statements[-1].verdict == "unknown"


def test_an_infinite_term_is_false():
    text = (
        r"D_{KL}(q(x_T|x_0)\|p(x_T)) = \sum_{t=1}^T \frac{1}{2\sigma_q^2(t)}"
        r"\|\mu_\theta(x_t,t)-\mu_q(x_t,x_0)\|^2"
    )
    verdict = check(text)
    assert verdict.verdict == "false"
    assert "diverges at t = 1" in verdict.why
