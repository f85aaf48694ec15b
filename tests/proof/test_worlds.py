"""Each world on its own ground: identities it must find, slips it must not let pass."""

import pytest

from ddpm_lite.proof import check

APART = r"(\mu_2-\mu_1)^\top\Sigma_2^{-1}(\mu_2-\mu_1)"
TRACE = r"\operatorname{tr}(\Sigma_2^{-1}\Sigma_1)"
GAUSSIANS = r"\mathcal{N}(\mu_1, \Sigma_1) \| \mathcal{N}(\mu_2, \Sigma_2)"
KL = rf"D_{{KL}}({GAUSSIANS}) = \frac{{1}}{{2}}"
UP, DOWN = (rf"\log\frac{{|\Sigma_{i}|}}{{|\Sigma_{j}|}}" for i, j in ("21", "12"))
TR = r"\operatorname{tr}"
FIT = r"\arg\min_\theta D_{KL}(q(x_0) \| p_\theta(x_0))"
LIKELY = r"_\theta \mathbb{E}_{q(x_0)}[\log p_\theta(x_0)]"

MATRICES = [
    (True, rf"{KL}\left[{UP} - D + {TRACE} + {APART}\right]"),
    (False, rf"{KL}\left[{DOWN} - D + {TRACE} + {APART}\right]"),
    (False, rf"{KL}\left[{UP} - D + {TRACE} - {APART}\right]"),
    (True, r"\det(\Sigma_1 \Sigma_2) = \det(\Sigma_1) \det(\Sigma_2)"),
    (True, rf"{TR}(\Sigma_1 \Sigma_2) = {TR}(\Sigma_2 \Sigma_1)"),
    (False, rf"{TR}(\Sigma_1 \Sigma_2) = {TR}(\Sigma_1) {TR}(\Sigma_2)"),
    (False, r"\Sigma_1 \Sigma_2 = \Sigma_2 \Sigma_1"),
    (True, r"(\Sigma_1 \Sigma_2)^{-1} = \Sigma_2^{-1} \Sigma_1^{-1}"),
    (False, r"(\Sigma_1 \Sigma_2)^{-1} = \Sigma_1^{-1} \Sigma_2^{-1}"),
    (True, r"|\Sigma^{-1}| = \frac{1}{|\Sigma|}"),
    (True, r"\Sigma \Sigma^{-1} = I"),
    (False, r"\Sigma \Sigma^{-1} = 2 I"),
]

ALGEBRA = [
    # D equal variances: traces add them, determinants multiply them.
    (True, r"\operatorname{tr}(\beta_t I) = D \beta_t"),
    (False, r"\operatorname{tr}(\beta_t I) = \beta_t"),
    (True, r"\det(\beta_t I) = \beta_t^D"),
    (False, r"\det(\beta_t I) = D \beta_t"),
    # Signs and powers.
    (True, r"|1 - \beta_t| = 1 - \beta_t"),
    (False, r"|\beta_t - 1| = \beta_t - 1"),
    (True, r"\sqrt{\bar\alpha_t}^3 = \bar\alpha_t \sqrt{\bar\alpha_t}"),
    (True, r"\bar\alpha_t^{3/2} = \bar\alpha_t \sqrt{\bar\alpha_t}"),
    (False, r"\bar\alpha_t^{3/2} = \bar\alpha_t"),
    (True, r"q(x_t|x_{t-1})^2 = q(x_t|x_{t-1}) q(x_t|x_{t-1})"),
    # Entropy of a Gaussian step.
    (True, r"H(q(x_t|x_{t-1})) = \frac{D}{2}\log(2\pi e \beta_t)"),
    (False, r"H(q(x_t|x_{t-1})) = \frac{D}{2}\log(2\pi \beta_t)"),
    (False, r"H(q(x_t|x_{t-1})) = \frac{D}{4}\log(2\pi e \beta_t)"),
    (True, r"H(q(x_t|x_0)) = \frac{D}{2}\log(2\pi e (1-\bar\alpha_t))"),
    # Variances along the chain.
    (True, r"\operatorname{Var}(x_t | x_0) = (1-\bar\alpha_t) I"),
    (False, r"\operatorname{Var}(x_t | x_0) = (1-\alpha_t) I"),
    (
        True,
        r"\operatorname{Cov}(x_t, x_{t-1} | x_0)"
        r" = \sqrt{\alpha_t}(1-\bar\alpha_{t-1}) I",
    ),
    (
        False,
        r"\operatorname{Cov}(x_t, x_{t-1} | x_0) = \alpha_t(1-\bar\alpha_{t-1}) I",
    ),
]

CHAINS = [
    (True, r"\exp(\log q(x_1)) = q(x_1)"),
    (True, r"\exp(2 \log q(x_1)) = q(x_1)^2"),
    (False, r"\exp(2 \log q(x_1)) = q(x_1)"),
    (False, r"q(x_1)^2 = q(x_1)"),
    # The best model is the likeliest, not the least likely.
    (True, rf"{FIT} = \arg\max{LIKELY}"),
    (False, rf"{FIT} = \arg\min{LIKELY}"),
]


@pytest.mark.parametrize(
    ("world", "true", "latex"),
    [
        *(("matrices", *row) for row in MATRICES),
        *(("algebra", *row) for row in ALGEBRA),
        *(("finite chains", *row) for row in CHAINS),
    ],
)
def test_a_world_tells_an_identity_from_its_slip(world, true, latex):
    found = check(latex)
    assert found.verdict in (("proved", "holds") if true else ("false",)), found
    assert found.world == world
    assert found.rule
    assert bool(found.counterexample) != true


UNDECIDED = [
    # One KL turned round has another optimum: no model tried may settle that.
    (r"\arg\min_\theta D_{KL}(p_\theta(x_0) \| q(x_0)) = \arg\max" + LIKELY, "maximum"),
    (r"\arg\max_\theta \log p_\theta(x_0) = 3", "maximum or minimum"),
    (r"|\beta_t - \alpha_t| = |\alpha_t - \beta_t|", "sign inside the bars"),
    (r"\frac{1}{\alpha_t - \alpha_t} = 1", "a division by zero"),
    (r"\|x_t\|^3 = \|x_t\|", "an odd power of a norm"),
]


@pytest.mark.parametrize(("latex", "why"), UNDECIDED)
def test_what_no_world_can_settle_stays_open_and_says_why(latex, why):
    found = check(latex)
    assert found.verdict == "unknown", found
    assert why in found.why
