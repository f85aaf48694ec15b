"""What ``~``, ``…`` and an arrow claim: true, its slips, and what cannot be said."""

import pytest

from ddpm_lite.proof import check

NOISE = r"\sqrt{\alpha_t}\epsilon_1 + \sqrt{1 - \alpha_t} \epsilon_2"
STEP = r"\mathcal{N}(\sqrt{\alpha_t} x_{t-1}, (1-\alpha_t) I)"
PATH = r"q(x_1, \ldots, x_T|x_0)"
RECURSION = r"\bar\alpha_t = \alpha_t \bar\alpha_{t-1}"
WALK = r"\mathbb{E}_{q(x_{1:T}|x_0)}"
ROWS, RIGHT = r"&\bar\alpha_t \\ \Rightarrow &", r"\alpha_t \bar\alpha_{t-1}"
BETWEEN = r"q_{t|s}(x_t|x_s) = \mathcal{N}(x_t; \sqrt{\bar\alpha_t/\bar\alpha_s} x_s,"

VERDICTS = [
    # What is drawn from a named law says nothing that could be wrong …
    ("defines", r"t \sim \mathcal{U}(1, T)"),
    ("defines", r"x_{t-1} \sim p_\theta(x_{t-1}|x_t)"),
    ("defines", r"x_0 \sim q(x_0)"),
    ("defines", r"(x_1, x_2) \sim q(x_1, x_2|x_0)"),
    ("defines", r"x_0 \sim \mathcal{N}(0, I)"),
    ("defines", r"p(\theta) \sim \mathcal{N}(0, I)"),
    ("defines", r"\epsilon \sim \mathcal{N}(0, I)"),
    # … unless it is another variable, no law, or another noise.
    ("unknown", r"x_t \sim q(x_{t-1}|x_t)"),
    ("unknown", r"x_0 + x_1 \sim 3"),
    ("unknown", r"\epsilon \sim \mathcal{N}(1, I)"),
    # A state has the law of the chain.
    ("proved", rf"x_t \sim {STEP}"),
    ("false", r"x_t \sim \mathcal{N}(\alpha_t x_{t-1}, (1-\alpha_t) I)"),
    ("false", r"x_t \sim \mathcal{N}(\sqrt{\alpha_t} x_{t-1}, \alpha_t I)"),
    ("proved", r"x_t \sim \mathcal{N}(\sqrt{\bar\alpha_t} x_0, (1-\bar\alpha_t) I)"),
    ("false", r"x_t \sim \mathcal{N}(\sqrt{\bar\alpha_t} x_0, (1-\alpha_t) I)"),
    ("false", r"q(x_t|x_{t-1}) \sim \mathcal{N}(\sqrt{\alpha_t} x_{t-1}, \alpha_t I)"),
    # Gaussian, or a mixture with one part for each image.
    ("proved", r"q(x_{t-1}|x_t, x_0) \sim \mathcal{N}"),
    ("false", r"q(x_{t-1}|x_t) \sim \mathcal{N}"),
    ("defines", r"p_\theta(x_{t-1}|x_t) \sim \mathcal{N}"),
    # Variances of independent noises add, standard deviations do not.
    ("proved", rf"{NOISE} \sim \mathcal{{N}}(0, I)"),
    ("proved", r"\sqrt{\alpha_t}\epsilon_1 \sim \mathcal{N}(0, \alpha_t I)"),
    ("false", rf"{NOISE.replace('sqrt{1 - ', 'sqrt{2 - ')} \sim \mathcal{{N}}(0, I)"),
    ("false", r"\sqrt{\alpha_t}\epsilon_1 \sim \mathcal{N}(0, \sqrt{\alpha_t} I)"),
    # Dots: what they leave out is what the ends say.
    ("holds", r"\beta_1 + \beta_2 + \cdots + \beta_t = \sum_{s=1}^{t} \beta_s"),
    ("false", r"\beta_1 + \beta_2 + \cdots + \beta_t = \sum_{s=2}^{t} \beta_s"),
    ("proved", r"\alpha_1 \alpha_2 \cdots \alpha_t = \bar\alpha_t"),
    ("proved", r"\alpha_t \alpha_{t-1} \cdots \alpha_1 = \bar\alpha_t"),
    ("false", r"\alpha_t \alpha_{t-1} \cdots \alpha_2 = \bar\alpha_t"),
    ("unknown", r"\beta_t - \cdots - \beta_1 = 0"),
    ("unknown", r"\cdots + \beta_1 = \beta_1"),
    ("holds", rf"{PATH} = \prod_{{t=1}}^{{T}} q(x_t|x_{{t-1}})"),
    ("false", rf"{PATH} = \prod_{{t=1}}^{{T}} q(x_{{t-1}}|x_t)"),
    ("holds", rf"{PATH} = q(x_1|x_0) q(x_2|x_1) \cdots q(x_T|x_{{T-1}})"),
    ("false", rf"{PATH} = q(x_1|x_0) q(x_2|x_0) \cdots q(x_T|x_0)"),
    # An arrow carries on: both sides must hold.
    ("proved", rf"{RECURSION} \Rightarrow \bar\alpha_{{t-1}} = \bar\alpha_t/\alpha_t"),
    ("false", rf"{RECURSION} \Rightarrow \bar\alpha_{{t-1}} = \bar\alpha_t \alpha_t"),
    ("proved", rf"\begin{{aligned}} {ROWS} {RIGHT} \end{{aligned}}"),
    ("unknown", rf"\begin{{aligned}} {ROWS} {RIGHT.replace('-1', '')} \end{{aligned}}"),
    # A law between any two times, and signs written over a relation.
    ("proved", rf"{BETWEEN} (1 - \bar\alpha_t/\bar\alpha_s) I)"),
    ("false", rf"{BETWEEN} (1 - \bar\alpha_t) I)"),
    ("defines", r"\alpha_t \stackrel{\text{def}}{=} 1 - \beta_t"),
    ("false", r"\alpha_t \stackrel{!}{=} 1 + \beta_t"),
    # Means over a path go through sums and signs.
    (
        "holds",
        rf"{WALK}\left[\sum_{{t=1}}^{{T}} \log q(x_t|x_{{t-1}})\right]"
        rf" = {WALK}[\log q(x_{{1:T}}|x_0)]",
    ),
    (
        "holds",
        rf"{WALK}\left[-\sum_{{t=1}}^{{T}} \log q(x_t|x_{{t-1}}) + \log p(x_T)\right]"
        rf" = -{WALK}[\log q(x_{{1:T}}|x_0)]"
        r" + \mathbb{E}_{q(x_T|x_0)}[\log p(x_T)]",
    ),
    (
        "false",
        rf"{WALK}\left[\sum_{{t=2}}^{{T}} \log q(x_t|x_{{t-1}})\right]"
        rf" = {WALK}[\log q(x_{{1:T}}|x_0)]",
    ),
    # Entropies.
    ("holds", r"H(q(x_1), p(x_1)) = -\mathbb{E}_{q(x_1)}[\log p(x_1)]"),
    ("holds", r"H(q(x_1), p(x_1)) = H(q(x_1)) + D_{KL}(q(x_1) \| p(x_1))"),
    ("false", r"H(q(x_1), p(x_1)) = H(q(x_1)) - D_{KL}(q(x_1) \| p(x_1))"),
    ("false", r"H(q(x_1), p(x_1)) = H(q(x_1)) + D_{KL}(p(x_1) \| q(x_1))"),
    ("holds", r"H(q(x_1), p(x_1)) \ge H(q(x_1))"),
    ("false", r"H(q(x_1), p(x_1)) \ge H(p(x_1))"),
]


@pytest.mark.parametrize(("verdict", "latex"), VERDICTS)
def test_a_claim_gets_its_verdict(verdict, latex):
    found = check(latex)
    assert found.verdict == verdict, found
    if verdict == "false":
        assert found.counterexample
    if verdict == "unknown":
        assert found.why
