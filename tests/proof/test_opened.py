"""Names that nothing explains, sums over coordinates, remarks beside a chain."""

import pytest

from ddpm_lite.proof import check
from ddpm_lite.proof.report import proofread_text


def verdicts(text):
    return [r.verdict for r in proofread_text(text).statements]


@pytest.mark.parametrize(
    ("latex", "verdict"),
    [
        # whatever delta and u_f are
        (r"\frac{\|u_f(x_t) - x_0\|^2}{\delta_t} = "
         r"\frac{1}{\delta_t} (u_f(x_t) - x_0)^\top (u_f(x_t) - x_0)", "proved"),
        (r"\|X\|^2 = X^T X", "proved"),
        # norms are of vectors: what holds for D = 1 alone is not true of them
        (r"\|a + b\|^2 = \|a\|^2 + 2 a^\top b + \|b\|^2", "proved"),
        (r"\|a\|^2 \|b\|^2 = (a^\top b)^2", "false"),
        (r"\|x_t\|^2 \|x_0\|^2 = (x_t^\top x_0)^2", "false"),
        (r"\|x_t\|^2 \|x_0\|^2 \ge (x_t^\top x_0)^2", "unknown"),
        # not for every delta, u_f: the text may say which
        (r"\frac{\|u_f(x_t) - x_0\|^2}{\delta_t} = \delta_t \|u_f(x_t) - x_0\|^2",
         "unknown"),
        (r"u_f(x_t) + x_0 = u_f(x_0) + x_0", "unknown"),
        (r"E_{q(x_t|x_0)}[u_f(x_t)] = u_f(x_t)", "unknown"),
        # coordinates
        (r"\sum_{j=1}^{J} (x_{t,j} - x_{0,j})^2 = \|x_t - x_0\|^2", "proved"),
        (r"\sum_{j=1}^{J} (x_{t,j} - x_{0,j})^2 = 2\|x_t - x_0\|^2", "false"),
        (r"\sum_{j=1}^{J} x_{t,j} x_{0,j} = x_t^\top x_0", "unknown"),
        # (2 pi)^n: n is the dimension
        (r"\mathcal N(x_t; x_0, I) = (2\pi)^{-n/2} e^{-\frac12 \|x_t - x_0\|^2}",
         "proved"),
        (r"\mathcal N(x_t; x_0, I) = (2\pi)^{-n} e^{-\frac12 \|x_t - x_0\|^2}",
         "false"),
        # a constant moves no optimum
        (r"\arg\max_\theta J_0 = \arg\max_\theta (J_0 - E_{q(x_t|x_0)}"
         r"[\log q(x_t|x_0)])", "proved"),
        (r"\arg\max_\theta J_0 = \arg\max_\theta (J_0 - E_{q(x_t|x_0)}"
         r"[\log p_\theta(x_{t-1}|x_t)])", "unknown"),
        (r"E_{p(x,y)}[ax+by] = a E_{p(x)}[x] + b E_{p(y)}[y]", "holds"),
        (r"E_{p(x,y)}[ax+by] = a E_{p(x)}[x] - b E_{p(y)}[y]", "false"),
        # infinite at t = 1
        (r"\frac{\mathrm{SNR}(t)}{\mathrm{SNR}(t-1)} = "
         r"\frac{\alpha_t (1-\bar\alpha_{t-1})}{1-\bar\alpha_t}", "proved"),
        # averages have more than one reading
        (r"E_{q(x_{0:T})}[\log q(x_{1:T}|x_0)] = E_q[\sum_{t=1}^T \log q(x_t|x_{t-1})]",
         "holds"),
        (r"E_{q(x_{1:T}|x_0)}[\log q(x_{1:T}|x_0)] = -\sum_{t=1}^T H(q(x_t|x_{t-1}))",
         "holds"),
        (r"E_{q(x_{1:T}|x_0)}[\log q(x_{1:T}|x_0)] = \sum_{t=1}^T H(q(x_t|x_{t-1}))",
         "false"),
        (r"\arg\min_\theta D_{KL}(q(x_{t-1}|x_t,x_0) \| p_\theta(x_{t-1}|x_t)) = "
         r"\arg\min_\theta \frac{1}{2\sigma_q^2(t)} \|\mu_\theta - \mu_q\|^2",
         "proved"),
        (r"\log p_\theta(x_t | x_0) \approx \log p_\theta(x_t | x_0)", "holds"),
    ],
)  # fmt: skip
def test_statement(latex, verdict):
    assert check(latex).verdict == verdict


KL = r"""
$$q(z) = N(z; u_1, \sigma_1^2 I), \quad p(z) = N(z; u_2, \sigma_2^2 I)$$

$$D_{KL}(q||p) = -\frac12 \sum_{h=1}^H \left(1 + \log \frac{\sigma_{1,h}^2}
{\sigma_{2,h}^2} - \frac{(u_{1,h} - u_{2,h})^2}{\sigma_{2,h}^2} -
\frac{\sigma_{1,h}^2}{SECOND}\right)$$
"""
NAMES = r"""
Let $a_t = 1 - \beta_t$ and $\bar a_t = a_t a_{t-1} \dots a_1$. The model is

$$p_\theta(x_{t-1}|x_t) = N(x_{t-1}; u_\theta(x_t, t), \sigma_f^2(t) I)$$

$$\sigma_f(t) = \sqrt{\frac{(1-a_t)(1-\bar a_{t-1})}{1-\bar a_INDEX}}$$
"""
ASIDE = r"""
$$J = \sum_{t=1}^T \log N(x_t; \hat x_t, I)$$

$$= \sum_{t=1}^T \log \frac{1}{\sqrt{(2\pi)^D |I|}}
e^{-\frac12 (x_t - \hat x_t)^T I^{-1} (x_t - \hat x_t)} \quad (|I| = 1, I^{-1} = I)$$
"""
SUM = r"""
$$x \sim N(m_x, \sigma_x^2)$$

$$y \sim N(m_y, \sigma_y^2)$$

$$z = x - y$$

$$z \sim N(m_x - m_y, \sigma_x^2 SIGN \sigma_y^2)$$
"""


@pytest.mark.parametrize(
    ("text", "last"),
    [
        (KL.replace("SECOND", r"\sigma_{2,h}^2"), "proved"),
        (KL.replace("SECOND", r"\sigma_{1,h}^2"), "false"),
        (NAMES.replace("INDEX", "t"), "proved"),
        (NAMES.replace("INDEX", "{t+1}"), "false"),
        (ASIDE, "holds"),
        (SUM.replace("SIGN", "+"), "proved"),
        (SUM.replace("SIGN", "-"), "unknown"),
    ],
)
def test_in_a_document(text, last):
    assert verdicts(text)[-1] == last


def test_a_chain_goes_on_past_a_name_that_nobody_knows():
    chain = r"""$$\begin{aligned} \sigma_q^2(t) &= \kappa_t \\
    &= \frac{(1-\alpha_t)(1-\bar\alpha_{t-1})}{1-\bar\alpha_{END}} \end{aligned}$$"""
    assert verdicts(chain.replace("END", "t"))[1] == "proved"
    assert verdicts(chain.replace("END", "{t-1}"))[1] == "unknown"
