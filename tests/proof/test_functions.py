"""Limits, cosines and constants: what is read, what is decided, what is not."""

import pytest

from ddpm_lite.proof import check
from ddpm_lite.proof.grammar import parse_expression

ANGLE = r"\frac{t/T+s}{1+s}\cdot\frac{\pi}{2}"
KL = r"D_{KL}(q(x_{t-1}|x_t,x_0)\|p_\theta(x_{t-1}|x_t))"
GAP = r"\|\tilde\mu_t(x_t,x_0)-\mu_\theta(x_t,t)\|^2"


@pytest.mark.parametrize(
    ("latex", "verdict"),
    [
        (r"\lim_{\beta_t\to0}\tilde\beta_t = 0", "proved"),
        (r"\lim_{\alpha_t\to1}\bar\alpha_t = \bar\alpha_{t-1}", "proved"),
        (r"\lim_{\alpha_t \rightarrow 1} \bar\alpha_t = \bar\alpha_{t+1}", "false"),
        (r"\lim_{\sigma\to0}\frac{\sigma^2+\sigma}{\sigma} = 1", "proved"),
        (r"\lim_{\sigma\to0}\frac{\sigma^2+\sigma}{\sigma} = 0", "false"),
        (r"\lim_{\beta_t\to0}\frac{\bar\alpha_t-\bar\alpha_{t-1}}{\beta_t}"
         r" = -\bar\alpha_{t-1}", "proved"),
        # a schedule is free: the noise need not win
        (r"\lim_{T\to\infty}\bar\alpha_T = 0", "unknown"),
        (r"\lim_{\bar\alpha_t\to0} q(x_t|x_0) = \mathcal N(x_t;0,I)", "unknown"),
        (r"\lim_{\sigma\to0}\frac1\sigma = 0", "unknown"),
    ],
)  # fmt: skip
def test_limits(latex, verdict):
    found = check(latex)
    assert found.verdict == verdict, found
    if verdict == "unknown":
        assert "limit" in found.why


def test_a_limit_says_what_tends_where():
    assert "what tends where" in check(r"\lim \bar\alpha_t = 0").why


def test_the_cosine_schedule():
    whole = rf"\bar\alpha_t = \frac{{f(t)}}{{f(0)}}, \quad f(t) = \cos^2({ANGLE})"
    assert [p.verdict for p in check(whole).pairs] == ["defines", "defines"]
    square = parse_expression(rf"\cos\left({ANGLE}\right)^2")
    assert square == parse_expression(rf"\cos^2\left({ANGLE}\right)")
    unread = check(r"\cos^2 x + \sin^2 x = 1")
    assert (unread.verdict, unread.why) == ("unknown", "the function cos")


@pytest.mark.parametrize(
    ("latex", "verdict"),
    [
        (rf"{KL} = \frac{{1}}{{2\sigma_t^2}}{GAP} + C", "proved"),
        (rf"{KL} = \frac{{1}}{{2\sigma_t^2}}{GAP} - C", "proved"),
        (rf"{KL} = \frac{{1}}{{\sigma_t^2}}{GAP} + C", "false"),
        (rf"{KL} = \frac{{1}}{{2\sigma_t}}{GAP} + C", "false"),
    ],
)
def test_a_constant_takes_up_what_is_free_of_theta(latex, verdict):
    assert check(latex).verdict == verdict
