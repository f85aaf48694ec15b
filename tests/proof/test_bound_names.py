"""L_vlb, ELBO and the terms L_T, L_{t-1}, L_0, where a text does not define them."""

import pytest

from ddpm_lite.proof import check
from ddpm_lite.proof.report import proofread_text

VLB = r"\mathcal{L}_{\text{vlb}}"
TERMS = r"\mathbb E_q\left[L_T + \sum_{t>1} L_{t-1} + L_0\right]"
RATIO = r"\log\frac{p_\theta(x_{0:T})}{q(x_{1:T}|x_0)}"


@pytest.mark.parametrize(
    ("latex", "verdict"),
    [
        (rf"{VLB} \ge -\log p_\theta(x_0)", "holds"),
        (r"\log p_\theta(x_0) \ge L_{\mathrm{VLB}}", "holds"),
        (r"\log p_\theta(x_0) \ge \mathrm{ELBO}", "holds"),
        (rf"\mathbb E_{{q(x_0)}}[-\log p_\theta(x_0)] \le {VLB}", "holds"),
        (r"\log p(x) = \mathrm{ELBO} + D_{KL}(q(z|x)\|p(z|x))", "holds"),
        (rf"-\log p_\theta(x_0) \le {TERMS}", "holds"),
        (rf"{TERMS} = {VLB}", "holds"),
        (rf"\mathbb E_q\left[-{RATIO}\right] =: {VLB}", "holds"),
        (rf"\log p_\theta(x_0) \le {VLB}", "false"),
        (rf"-\log p_\theta(x_0) \ge {VLB}", "false"),
        (rf"-\log p_\theta(x_0) > {VLB}", "false"),
        (r"\log p_\theta(x_0) \le \mathrm{ELBO}", "false"),
        (r"L_{\mathrm{vlb}}(\theta) \ge -\log p_\theta(x_0)", "holds"),
        # an equation may be somebody's own definition
        (r"\log p(x) = \mathrm{ELBO} - D_{KL}(q(z|x)\|p(z|x))", "unknown"),
        (rf"\mathbb E_q\left[L_T + \sum_{{t>1}} L_{{t-1}}\right] = {VLB}", "unknown"),
    ],
)
def test_bounds_in_their_usual_senses(latex, verdict):
    found = check(latex)
    assert found.verdict == verdict, found


def test_a_definition_is_believed():
    half = rf"$$\mathcal L = {TERMS}$$" "\n\nand\n\n"
    own = rf"$${VLB} = -\mathbb E_q\left[{RATIO}\right] - 1$$" "\n\nso that\n\n"
    claim = rf"$$-\log p_\theta(x_0) \le {VLB}$$"
    assert proofread_text(half + claim).statements[-1].verdict == "holds"
    assert proofread_text(own + claim).statements[-1].verdict == "false"


@pytest.mark.parametrize(
    "latex",
    [
        rf"\log p_\theta(x_0) \le \mathbb E_{{q(x_{{1:T}}|x_0)}}\left[-{RATIO}\right]",
        r"2\log p_\theta(x_0) \le D_{KL}(q(x_{1:T}|x_0)\|p_\theta(x_{1:T}|x_0))",
    ],
)
def test_a_model_that_fits_narrow_data_has_large_densities(latex):
    assert check(latex).verdict == "false"
