"""Classes of faults found with statements that the prover had not seen."""

# ruff: noqa: E501 (mathematics reads better unbroken)

import pytest

from ddpm_lite.proof import check, proofread_text
from ddpm_lite.proof.blocks import blocks

TRUE = r"""
# a noise that is drawn moves the state that it makes
\mathbb{E}_{\epsilon\sim\mathcal{N}(0,I)}[x_t] = \sqrt{\bar\alpha_t}x_0
\mathbb{E}_{\epsilon\sim\mathcal{N}(0,I)}[\|x_t\|^2] = \bar\alpha_t\|x_0\|^2+(1-\bar\alpha_t)D
\mathbb{E}_{\epsilon\sim\mathcal{N}(0,I)}[\epsilon^\top x_t] = \sqrt{1-\bar\alpha_t}D
\mathbb{E}_{\epsilon_t}[x_t] = \sqrt{\alpha_t}x_{t-1}
\mathbb{E}_{\epsilon}[\sqrt{\bar\alpha_t}x_0+\sqrt{1-\bar\alpha_t}\epsilon] = \sqrt{\bar\alpha_t}x_0
\frac{x_t}{\sqrt{\bar\alpha_t}} = \frac{x_{t-1}}{\sqrt{\bar\alpha_{t-1}}}+\sqrt{\frac{\beta_t}{\bar\alpha_t}}\epsilon_{t-1}
# conditional expectations under q
\mathbb{E}[x_t|x_0] = \sqrt{\bar\alpha_t}x_0
\mathbb{E}_q[x_{t-1}|x_t,x_0] = \tilde\mu_t(x_t,x_0)
\mathbb{E}[\|x_t\|^2|x_0] = \bar\alpha_t\|x_0\|^2+(1-\bar\alpha_t)D
\mathrm{Var}(x_t|x_0) = \mathbb{E}[\|x_t\|^2|x_0]-\|\mathbb{E}[x_t|x_0]\|^2
2\sqrt{\alpha_t}x_t^\top x_0 = 2x_0^T\sqrt{\alpha_t}x_t
t \sim \text{Uniform}(\{1, \ldots, T\})
\arg\min_\theta -\log p_\theta(x_0) = \arg\max_\theta \log p_\theta(x_0)
# covariances are matrices
\mathcal{N}(x;\mu,\Sigma) = \frac{1}{(2\pi)^{D/2}|\Sigma|^{1/2}}\exp\left(-\frac12(x-\mu)^\top\Sigma^{-1}(x-\mu)\right)
D_{KL}(\mathcal{N}(\mu_1,\Sigma_1)\|\mathcal{N}(\mu_2,\Sigma_2)) = \frac12\left[\log\frac{|\Sigma_2|}{|\Sigma_1|}-d+\mathrm{tr}(\Sigma_1\Sigma_2^{-1})+(\mu_2-\mu_1)^T\Sigma_2^{-1}(\mu_2-\mu_1)\right]
H(\mathcal{N}(\mu,\Sigma)) = \frac12\log|2\pi e\Sigma|
x^\top\Sigma x = \mathrm{tr}(\Sigma xx^\top)
(\Sigma_1^{-1}+\Sigma_2^{-1})^{-1} = \Sigma_1(\Sigma_1+\Sigma_2)^{-1}\Sigma_2
q(x_t|x_0) = \mathcal{N}(x_t;\sqrt{\bar\alpha_t}x_0,(1-\bar\alpha_t)I_D)
# counted down; up to a time
p_\theta(x_{0:T}) = p(x_T)\prod_{t=T}^{1}p_\theta(x_{t-1}|x_t)
\bar\alpha_t = \prod_{s\le t}\alpha_s
# names that nobody defines
\|v-v_\theta(x_t,t)\|^2 = (\mathrm{SNR}(t)+1)\|x_0-\hat x_\theta(x_t,t)\|^2
x_0 = \sqrt{\bar\alpha_t}x_t-\sqrt{1-\bar\alpha_t}v_t
x_t = \sqrt{1-\beta_t}x_{t-1}+\sqrt{\beta_t}z_{t-1}
# averages over the data, and under one law
\mathbb{E}[-\log p_\theta(x_0)] \le \mathbb{E}_q\left[-\log\frac{p_\theta(x_{0:T})}{q(x_{1:T}|x_0)}\right]
\mathbb{E}_{x_0,\epsilon}\left[\|\epsilon-\epsilon_\theta(x_t,t)\|^2\right] = \mathbb{E}_{x_0,\epsilon}\left[\frac{\bar\alpha_t}{1-\bar\alpha_t}\|x_0-\hat x_\theta(x_t,t)\|^2\right]
# scores of laws that are told a label; mixtures of a network's answers
\nabla_{x_t}\log q(x_t,y) = \nabla_{x_t}\log q(x_t)+\nabla_{x_t}\log q(y|x_t)
\nabla\log p(x_t|y) = \nabla\log\left(\frac{p(x_t)p(y|x_t)}{p(y)}\right)
\nabla_x\log p(x)+\gamma\nabla_x\log p(y|x) = \gamma\nabla_x\log p(x|y)+(1-\gamma)\nabla_x\log p(x)
\tilde\epsilon_\theta(x_t,t,y) = (w+1)\epsilon_\theta(x_t,t,y)-w\epsilon_\theta(x_t,t,\varnothing) = \epsilon_\theta(x_t,t,y)+w(\epsilon_\theta(x_t,t,y)-\epsilon_\theta(x_t,t,\varnothing))
# a plain p that is the noised data's; x that is x_0
\nabla\log p(x_t|x_0) = -\frac{1}{\sqrt{1-\bar\alpha_t}}\epsilon_0
\nabla_{x_t}\log p(x_t) = -\frac{\mathbb{E}[\epsilon|x_t]}{\sqrt{1-\bar\alpha_t}}
\log p(x) \ge \mathbb{E}_{q(x_{1:T}|x_0)}\left[\log\frac{p(x_{0:T})}{q(x_{1:T}|x_0)}\right]
# means printed as integrals; a logarithm that ends before the law
\nabla_{x_t}\log q(x_t) = \int \nabla_{x_t}\log q(x_t|x_0)\,q(x_0|x_t)\,dx_0
\mathbb{E}_{q(z|x)}[\log p(x|z)] = \int \log p(x|z)\,q(z|x)\,dz
# a law that is only named, beside the one law of that name
\log p(x) \ge \mathbb{E}_{q(z)}[\log p(x,z)]+H(q)
\log p(x) \ge \mathbb{E}_{q(z|x)}[\log p(x,z)]+H(q)
# exponentials of logarithms, added up
\bar\alpha_t = \frac{1}{1+e^{-\log\frac{\bar\alpha_t}{1-\bar\alpha_t}}}
# constants
\log q(x_t|x_0) = -\frac{\|x_t-\sqrt{\bar\alpha_t}x_0\|^2}{2(1-\bar\alpha_t)}+C
\log p_\theta(x_{t-1}|x_t) = -\frac{1}{2\sigma_t^2}(\|\mu_\theta(x_t,t)\|^2-2x_{t-1}^\top\mu_\theta(x_t,t))+\text{const}
"""
FALSE = r"""
\arg\max_\theta \log p_\theta(x_0) = \arg\max_\theta -\log p_\theta(x_0)
\mathbb{E}_{\epsilon\sim\mathcal{N}(0,I)}[x_t] = \sqrt{\alpha_t}x_0
\mathbb{E}_{\epsilon\sim\mathcal{N}(0,I)}[\|x_t\|^2] = \bar\alpha_t\|x_0\|^2+(1-\bar\alpha_t)
\mathbb{E}[x_t|x_0] = \bar\alpha_tx_0
\frac{x_t}{\sqrt{\bar\alpha_t}} = \frac{x_{t-1}}{\sqrt{\bar\alpha_{t-1}}}+\frac{\beta_t}{\sqrt{\bar\alpha_t}}\epsilon_{t-1}
\sqrt{\bar\alpha_t}x_0 = x_t+\sqrt{1-\bar\alpha_t}\epsilon
\mathbb{E}_{\epsilon\sim\mathcal{N}(0,I)}[\|\epsilon\|^2] = 1
\mathcal{N}(x;\mu,\Sigma) = \frac{1}{(2\pi)^{D/2}|\Sigma|}\exp\left(-\frac12(x-\mu)^\top\Sigma^{-1}(x-\mu)\right)
D_{KL}(\mathcal{N}(\mu_1,\Sigma_1)\|\mathcal{N}(\mu_2,\Sigma_2)) = \frac12\left[\log\frac{|\Sigma_2|}{|\Sigma_1|}-d+\mathrm{tr}(\Sigma_1\Sigma_2^{-1})+(\mu_2-\mu_1)^T\Sigma_1^{-1}(\mu_2-\mu_1)\right]
\mathrm{Var}(x_t|x_0) = \mathbb{E}[\|x_t\|^2|x_0]
\Sigma_1\Sigma_2 = \Sigma_2\Sigma_1
\mathrm{tr}(\Sigma_1\Sigma_2) = \frac{1}{D}\mathrm{tr}(\Sigma_1)\mathrm{tr}(\Sigma_2)
p_\theta(x_{0:T}) = \prod_{t=T}^{1}p_\theta(x_{t-1}|x_t)
\nabla_{x_t}\log p(x_t|y) = \nabla_{x_t}\log p(x_t)-\nabla_{x_t}\log p(y|x_t)
\nabla\log p(x_t)+\gamma\left(\nabla\log p(x_t|y)-\nabla\log p(x_t)\right) = \gamma\nabla\log p(x_t|y)+(1+\gamma)\nabla\log p(x_t)
\epsilon_\theta(x_t,t,y)+w\left(\epsilon_\theta(x_t,t,y)-\epsilon_\theta(x_t,t)\right) = (w+1)\epsilon_\theta(x_t,t,y)+w\epsilon_\theta(x_t,t)
\nabla\log p(x_t|x_0) = -\frac{1}{1-\bar\alpha_t}\epsilon_0
\log p(x) \le \mathbb{E}_{q(x_{1:T}|x_0)}\left[\log\frac{p(x_{0:T})}{q(x_{1:T}|x_0)}\right]
\nabla_{x_t}\log q(x_t) = \int q(x_0)\nabla_{x_t}\log q(x_t|x_0)\,dx_0
\log p(x) \ge \mathbb{E}_{q(z)}[\log p(x,z)]-H(q)
H(q) = \int \log q(x)\,q(x)\,dx
\bar\alpha_t = \frac{1}{1+e^{\log\frac{\bar\alpha_t}{1-\bar\alpha_t}}}
\frac{\sqrt{\alpha_t}(1-\bar\alpha_{t-1})}{1-\bar\alpha_t}+\frac{\sqrt{\bar\alpha_{t-1}}\beta_t}{1-\bar\alpha_t} = 1
# no real number; every t, where only x_0 is named; an order of times that cannot be
\sqrt{\frac{1-\bar\alpha_{t-1}}{1-\bar\alpha_t}}\sqrt{1-\frac{\bar\alpha_{t-1}}{\bar\alpha_t}} = \sqrt{\tilde\beta_t}
x_0 = \frac{1}{\sqrt{\alpha_t}}\left(x_t-\sqrt{1-\alpha_t}\epsilon_t\right)
q(x_t|x_s) = \mathcal{N}\left(x_t;\sqrt{\frac{\bar\alpha_t}{\bar\alpha_s}}x_s,\left(1-\sqrt{\frac{\bar\alpha_t}{\bar\alpha_s}}\right)I\right)
\|v-v_\theta\|^2 = \mathrm{SNR}(t)\|x_0-\hat x_\theta\|^2
\mathbb{E}[-\log p_\theta(x_0)] \ge \mathbb{E}_q\left[-\log\frac{p_\theta(x_{0:T})}{q(x_{1:T}|x_0)}\right]
\log q(x_t|x_0) = -\frac{\|x_t-\sqrt{\bar\alpha_t}x_0\|^2}{1-\bar\alpha_t}+C
\log q(x_{t-1}|x_t,x_0) = \log q(x_t|x_{t-1})-\log q(x_{t-1}|x_0)+\text{const}
\frac{\beta_t^2}{2\sigma_t^2\alpha_t(1-\bar\alpha_t)} = \frac{\beta_t}{2\alpha_t(1-\bar\alpha_t)},\quad \sigma_t^2 = \tilde\beta_t
"""
# what moves, or what a sampler does, is not said
OPEN = r"""
x_tx_t^\top = x_t^\top x_t
\mathbb{E}_{\epsilon}[x_t x_t^\top] = \bar\alpha_tx_0x_0^\top+(1-\bar\alpha_t)I
\mathbb{E}_{z\sim\mathcal{N}(0,I)}[x_{t-1}] = \mu_\theta(x_t,t)
\mathbb{E}_{\epsilon_{t-1}}[x_t] = \sqrt{\alpha_t}x_{t-1}
\frac{x_{t-1}}{\sqrt{\bar\alpha_{t-1}}} = \frac{x_t}{\sqrt{\bar\alpha_t}}+\left(\sqrt{\frac{1-\bar\alpha_{t-1}}{\bar\alpha_{t-1}}}-\sqrt{\frac{1-\bar\alpha_t}{\bar\alpha_t}}\right)\epsilon_\theta(x_t,t)
x_0 = \sqrt{\bar\alpha_t}x_t+\sqrt{1-\bar\alpha_t}v_t
x = \alpha_tz_{t-1}-\sigma_tv
\epsilon_\theta(x_t,t,\emptyset) = \epsilon_\theta(x_t,t)
\mathbb{E}_{q(x_{t-1},x_t|x_0)}[\log q(x_{t-1}|x_t,x_t)] = -\frac{D}{2}\left(1+\log(2\pi\sigma_q^2(t))\right)
\mathbb{E}_{q(x_{t-1},x_t|x_0)}[\log q(x_{t-1},x_{t-1}|x_t)] = -\frac{D}{2}\left(1+\log(2\pi\sigma_q^2(t))\right)
\nabla_{x_t}\log p(x_t) = -\frac{\epsilon_\theta(x_t,t)}{\sqrt{1-\bar\alpha_t}}
"""


def lines(text: str) -> list[str]:
    return [row for row in text.strip().splitlines() if not row.startswith("#")]


@pytest.mark.parametrize("latex", lines(TRUE))
def test_true(latex: str) -> None:
    assert check(latex)


@pytest.mark.parametrize("latex", lines(FALSE))
def test_false(latex: str) -> None:
    assert check(latex).verdict == "false"


@pytest.mark.parametrize("latex", lines(OPEN))
def test_left_open(latex: str) -> None:
    assert check(latex).verdict == "unknown"


def test_a_variance_is_chosen_for_its_block_only() -> None:
    weight = r"\frac{\beta_t^2}{2\sigma_t^2\alpha_t(1-\bar\alpha_t)}"
    block = rf"{weight} = \frac{{\beta_t}}{{2\alpha_t(1-\bar\alpha_t)}}"
    text = rf"$$ {block}, \quad \sigma_t^2 = \tilde\beta_t $$" + f"\n\n$$ {block} $$"
    found = [r.verdict for r in proofread_text(text).statements]
    assert found == ["false", "proved", "proved"]
    either = (
        r"\sigma_t^2 = \beta_t \text{ or } \sigma_t^2 = \tilde\beta_t = \sigma_q^2(t)"
    )
    assert check(either)


def test_remarks_in_latex_are_passed_over() -> None:
    text = (
        "\\section{A}\nSo $x = 1$ at $50\\%$, % not $x = 2$\n% nor $x = 3$\n$x = 4$\n"
    )
    assert [b.latex for b in blocks(text, False) if "=" in b.latex] == [
        "x = 1", "x = 4",
    ]  # fmt: skip
    assert len(blocks("It is 50 % of $x = 1$ or $x = 2$.", False)) == 2
