"""The slips people make are rejected; the judge itself is guarded by hand."""

import math

import pytest

from ddpm_lite.proof.equations import Equation
from ddpm_lite.proof.grammar import parse_expression
from ddpm_lite.proof.judge import Judge
from ddpm_lite.proof.judge_laws import ALPHAS, Point
from ddpm_lite.proof.mutants import (
    book,
    judged,
    main,
    mutants,
    same_everywhere,
    try_all,
)

from .test_identities import TRUE
from .test_laws import TRUE as LAWS

A3, A4 = ALPHAS[3], ALPHAS[4]
B2, B3 = math.prod(ALPHAS[1:3]), math.prod(ALPHAS[1:4])
X0, EPS = 1.37, 0.61
X3 = math.sqrt(B3) * X0 + math.sqrt(1 - B3) * EPS
VAR = (1 - A3) * (1 - B2) / (1 - B3)

# typed by hand: what each line is worth at t = 3
CONTROLS = [
    (r"\alpha_t", A3),
    (r"\bar\alpha_t", B3),
    (r"\bar\alpha_{t-1}", B2),
    (r"\overline{\alpha}_t", B3),
    (r"\alpha_{t+1}", A4),
    (r"\beta_t", 1 - A3),
    (r"\frac12\sqrt{1-\bar\alpha_t}", 0.5 * math.sqrt(1 - B3)),
    (r"1-\alpha_t\bar\alpha_{t-1}", 1 - B3),
    (r"\prod_{s=1}^t\alpha_s", B3),
    (r"\sum_{s=2}^t\beta_s", 2 - ALPHAS[2] - A3),
    (r"x_0^2", X0**2),
    (r"-x_0^2", -(X0**2)),
    (r"\|x_t-x_0\|^2", (X3 - X0) ** 2),
    (r"x_t^\top x_0", X3 * X0),
    (r"\varepsilon", EPS),
    (r"\sigma_q^2(t)", VAR),
    (r"\tilde\beta_t", VAR),
    (r"\mathrm{SNR}(t)", B3 / (1 - B3)),
    (r"\log\frac{\beta_t}{\alpha_t}", math.log((1 - A3) / A3)),
    (r"e^{-\frac{x_0^2}{2}}", math.exp(-(X0**2) / 2)),
    (r"1/2\beta_t", 1 / (2 * (1 - A3))),
    (r"\mathcal N(x_0;0,4)", math.exp(-(X0**2) / 8) / math.sqrt(8 * math.pi)),
    (
        r"\mu_q(x_t,x_0)",
        (math.sqrt(A3) * (1 - B2) * X3 + math.sqrt(B2) * (1 - A3) * X0) / (1 - B3),
    ),
]


@pytest.mark.parametrize(("latex", "worth"), CONTROLS, ids=lambda c: str(c)[:24])
def test_the_judge_agrees_with_the_hand(latex, worth):
    assert Judge(Point(3, 1)).value(parse_expression(latex)) == pytest.approx(worth)


def test_slips_are_made_at_every_place():
    found = list(mutants(r"\sigma = \frac{\bar\alpha_{t-1}}{1-\bar\alpha_t}"))
    bars = [m.latex for m in found if m.slip == "bar dropped"]
    assert bars == [
        r"\sigma = \frac{\alpha_{t-1}}{1-\bar\alpha_t}",
        r"\sigma = \frac{\bar\alpha_{t-1}}{1-\alpha_t}",
    ]
    turned = [
        m.latex for m in mutants(r"D_{KL}(q(x)\|p(x)) = 0") if m.slip == "KL turned"
    ]
    assert turned == [r"D_{KL}(p(x)\|q(x)) = 0"]


def test_the_sign_of_noise_is_free_only_in_a_draw():
    noise = r"\sqrt{1-\bar\alpha_t}\epsilon"
    assert same_everywhere(rf"x_t = \sqrt{{\bar\alpha_t}} x_0 - {noise}")
    turned = rf"x_0 = \frac{{x_t + {noise}}}{{\sqrt{{\bar\alpha_t}}}}"
    assert not same_everywhere(turned)


def test_slips_in_the_identities_are_rejected():
    equations = [Equation(k, v) for k, v in TRUE.items()]
    equations += [Equation(f"law {k}", v) for k, v in enumerate(LAWS)]
    assert sum(map(judged, equations)) >= 25
    counts, survivors = try_all(equations, sample=120)
    assert survivors == []
    assert counts["rejected"] >= 80


def test_slips_in_the_book_are_rejected():
    counts, survivors = try_all(book(), sample=180)
    assert survivors == []
    assert counts["rejected"] > counts["not judged"]


@pytest.mark.parametrize(
    "options",
    [["--foo"], ["extra"], ["--sample"], ["--sample", "few"], ["--sample", "0"],
     ["--record"], ["--sample", "3", "--record", "counts.json"], ["--sam", "3"]],
)  # fmt: skip
def test_unknown_options_are_one_sentence(options, capsys):
    with pytest.raises(SystemExit) as stop:
        main(options)
    out, err = capsys.readouterr()
    assert stop.value.code == 2
    assert not out
    assert len(err.splitlines()) == 1
    assert "--sample N" in err
