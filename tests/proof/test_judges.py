"""The judge against numbers typed by hand, and sides that are equal or differ."""

import math

import pytest

from ddpm_lite.proof.grammar import parse_expression
from ddpm_lite.proof.judge import Judge
from ddpm_lite.proof.judge_joint import Tables, variables
from ddpm_lite.proof.judge_laws import ALPHAS, NotJudged, Point
from ddpm_lite.proof.judge_means import DATA, Means, answer
from ddpm_lite.proof.judge_paths import Paths
from ddpm_lite.proof.judge_sides import definitions
from ddpm_lite.proof.mutants import mutants, same_everywhere

A2, B1, B2 = ALPHAS[2], ALPHAS[1], ALPHAS[1] * ALPHAS[2]
HERE = Point(2, 3)
X0, X1, X2 = HERE.x[:3]
VAR = (1 - A2) * (1 - B1) / (1 - B2)


def bell(x: float, m: float, v: float) -> float:
    return math.exp(-((x - m) ** 2) / (2 * v)) / math.sqrt(2 * math.pi * v)


def posterior(x_t: float, x_0: float) -> float:
    m = math.sqrt(A2) * (1 - B1) * x_t + math.sqrt(B1) * (1 - A2) * x_0
    return m / (1 - B2)


SHARES = [w * bell(X2, math.sqrt(B2) * d, 1 - B2) for w, d in DATA]
MARGINAL = sum(SHARES)
GUESS = sum(s * d for s, (_, d) in zip(SHARES, DATA, strict=True)) / MARGINAL
SQUARE = sum(s * d * d for s, (_, d) in zip(SHARES, DATA, strict=True)) / MARGINAL
CENTRE = sum(w * d for w, d in DATA)

# typed by hand: what each line is worth at t = 2
CONTROLS = [
    (r"\mathbb E_{q(x_t|x_0)}[x_t]", math.sqrt(B2) * X0),
    (r"\mathbb E_{q(x_t|x_0)}[\|x_t\|^2]", B2 * X0**2 + 1 - B2),
    (r"\mathbb E[x_t|x_{t-1}]", math.sqrt(A2) * X1),
    (r"\mathbb E_{q(x_t)}[x_t]", math.sqrt(B2) * CENTRE),
    (r"\mathbb E_{q(x_0)}[x_0]", CENTRE),
    (r"\mathbb E_{q(x_0|x_t)}[x_0]", GUESS),
    (r"\mathbb E[x_{t-1}|x_t]", posterior(X2, GUESS)),
    (r"\mathrm{Var}(x_t|x_0)", 1 - B2),
    (r"\mathrm{Var}(x_0|x_t)", SQUARE - GUESS**2),
    (r"\mathrm{Cov}(x_{t-1}, x_t|x_0)", math.sqrt(A2) * (1 - B1)),
    (r"\mathrm{Var}(x_{t-1}|x_t, x_0)", VAR),
    (r"q(x_t)", MARGINAL),
    (r"q(x_t|x_{t-1})", bell(X2, math.sqrt(A2) * X1, 1 - A2)),
    (r"\nabla_{x_t}\log q(x_t|x_0)", -(X2 - math.sqrt(B2) * X0) / (1 - B2)),
    (r"\nabla_{x_t}\log q(x_t)", -(X2 - math.sqrt(B2) * GUESS) / (1 - B2)),
    (
        r"\mathbb E_{q(x_{t-1}|x_t,x_0)}[\|x_{t-1} - \mu_\theta\|^2]",
        (posterior(X2, X0) - posterior(X2, HERE.xhat[2])) ** 2 + VAR,
    ),
    (
        r"\mathbb E_{q(x_{1:T}|x_0)}[-\log q(x_t|x_{t-1})]",
        0.5 * math.log(2 * math.pi * math.e * (1 - A2)),
    ),
]


@pytest.mark.parametrize(("latex", "worth"), CONTROLS, ids=lambda c: str(c)[:28])
def test_averages_agree_with_the_hand(latex: str, worth: float) -> None:
    found = Means(Point(2, 3)).value(parse_expression(latex))
    assert found == pytest.approx(worth, rel=1e-7)


def test_what_is_drawn_is_put_back() -> None:
    point = Point(2, 3)
    before = list(point.x), list(point.xhat)
    Means(point).value(parse_expression(r"\mathbb E_{q(x_t|x_0)}[x_t x_{t-1}]"))
    assert (point.x, point.xhat) == before
    with Means(point).state(2, 0.5):
        assert point.xhat[2] == answer(2, 0.5)


EQUAL = [
    # draws, by their laws
    r"x_t = \sqrt{\alpha_t}x_{t-1} - \sqrt{\beta_t}\epsilon_t",
    r"x_t = \sqrt{\alpha_t\alpha_{t-1}}x_{t-2}"
    r" + \sqrt{\alpha_t\beta_{t-1}}\epsilon_{t-1} + \sqrt{\beta_t}\epsilon_t",
    r"x_t = \sqrt{\bar\alpha_t}x_0"
    r" + \sum_{s=1}^t\sqrt{\beta_s\frac{\bar\alpha_t}{\bar\alpha_s}}\epsilon_s",
    # joint tables
    r"p(x) = \sum_z p(x, z)",
    r"\log p_\theta(x) = \mathbb E_{q_\phi(z|x)}"
    r"\left[\log\frac{p_\theta(x,z)}{q_\phi(z|x)}\right]"
    r" + D_{KL}(q_\phi(z|x)\|p_\theta(z|x))",
    # paths
    r"\mathrm{ELBO}(x_0) = -L_T - \sum_{t=2}^T L_{t-1} - L_0",
    r"\log p_\theta(x_0) - \mathrm{ELBO}(x_0)"
    r" = D_{KL}(q(x_{1:T}|x_0)\|p_\theta(x_{1:T}|x_0))",
    # a letter is one number wherever it stands
    r"\log\mathcal N(x; \mu_1, \sigma_1^2)"
    r" = -\frac{(x-\mu_1)^2}{2\sigma_1^2} - \frac12\log(2\pi\sigma_1^2)",
]
DIFFERENT = [
    # densities far out are small on both sides, and small is not equal
    r"\prod_{t=1}^T q(x_t|x_{t-1}) = q(x_T|x_0)\prod_{t=2}^T q(x_{t-1}|x_t)",
    r"x_t = \sqrt{\alpha_t}x_{t-1} + \beta_t\epsilon_t",
    r"x_t = \sqrt{\alpha_t\alpha_{t-1}}x_{t-2} + \sqrt{\beta_{t-1}}\epsilon_{t-1}"
    r" + \sqrt{\beta_t}\epsilon_t",
    r"x_t = \sqrt{\bar\alpha_t}x_0 + \sum_{s=2}^t"
    r"\sqrt{\beta_s\frac{\bar\alpha_t}{\bar\alpha_s}}\epsilon_s",
    r"p(x) = \sum_z p(x|z)",
    r"\log p_\theta(x) = \mathbb E_{q_\phi(z|x)}"
    r"\left[\log\frac{p_\theta(x,z)}{q_\phi(z|x)}\right]"
    r" + D_{KL}(p_\theta(z|x)\|q_\phi(z|x))",
    r"\mathrm{ELBO}(x_0) = -L_T - \sum_{t=1}^T L_{t-1} - L_0",
    r"\mathbb E[x_{t-1}|x_t] = \mu_q(x_t, x_0)",
    r"\log\mathcal N(x; \mu_1, \sigma_1^2)"
    r" = -\frac{(x-\mu_1)^2}{\sigma_1^2} - \frac12\log(2\pi\sigma_1^2)",
]


@pytest.mark.parametrize("latex", EQUAL)
def test_sides_that_are_equal(latex: str) -> None:
    assert same_everywhere(latex)


@pytest.mark.parametrize("latex", DIFFERENT)
def test_sides_that_differ(latex: str) -> None:
    assert not same_everywhere(latex)


def test_definitions_move_with_their_index() -> None:
    before = [r"V_t = \bar\alpha_t v_0 + 1 - \bar\alpha_t", r"\alpha_t = 1 + \beta_t"]
    known = definitions(before)
    assert len(known) == 1  # the judge has alphas of its own
    point = Point(2, 3)
    judge = Judge(point, None, known)
    v_0 = judge.value(parse_expression("v_0"))
    found = judge.value(parse_expression("V_{t-1}"))
    assert found == pytest.approx(B1 * v_0 + 1 - B1)
    assert same_everywhere(r"V_t - \alpha_tV_{t-1} = \beta_t", before)
    assert not same_everywhere(r"V_t - \alpha_tV_{t-1} = \alpha_t", before)


def test_paths_and_tables_add_up() -> None:
    paths = Paths(5)
    paths.at = {0: 1, 1: 0, 2: 2, 3: 1}
    bound = paths.value(parse_expression(r"\mathrm{ELBO}(x_0)"))
    assert bound < math.log(paths.marginal("p", {0: 1}))
    law = parse_expression("q(z|x)")
    tables = Tables(variables(law), 1)
    assert sum(tables.value(law) for _ in tables.over(law.of)) == pytest.approx(1)
    with pytest.raises(NotJudged):
        variables(parse_expression("q(x_t|x_0)"))


def test_a_slip_takes_no_brace_with_it() -> None:
    made = [
        m.latex for m in mutants(r"\sqrt{\bar\alpha_t} = \frac{x^2}{2} + \frac{1}{2}")
    ]
    assert all(m.count("{") == m.count("}") for m in made)
    assert r"\sqrt{\bar\alpha_{t-1}} = \frac{x^2}{2} + \frac{1}{2}" in made
