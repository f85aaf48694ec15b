"""Counts and shares: the model of chapter 01 that can be solved to the end."""

# ruff: noqa: E501 (mathematics reads better unbroken)

import mpmath as mp
import pytest

from ddpm_lite.proof import check, equation, proofread_text
from ddpm_lite.proof.equations import Equation, labels
from ddpm_lite.proof.mutants import mutants
from ddpm_lite.proof.powers import moment

CLAIMS = [
    "eq-dir-joint", "eq-dir-evidence", "eq-dir-posterior", "eq-dir-log-mean",
    "eq-dir-elbo", "eq-dir-gradient", "eq-dir-gradient-fisher",
]  # fmt: skip
# (label, printed, slip): every one of them must be found false
SLIPS = [
    ("eq-dir-prior", r"\alpha_k - 1", r"\alpha_k"),
    ("eq-dir-prior", r"\frac{1}{B(\alpha)}", r"B(\alpha)"),
    ("eq-dir-likelihood", "n!", "n"),
    ("eq-dir-likelihood", r"z_k^{x_k}", "z_k"),
    ("eq-dir-joint", r"x_k + \alpha_k - 1", r"x_k + \alpha_k"),
    ("eq-dir-joint", r"x_k + \alpha_k", r"x_k - \alpha_k"),
    ("eq-dir-evidence", r"B(x + \alpha)", r"B(x) + B(\alpha)"),
    ("eq-dir-evidence", r"\frac{B(x + \alpha)}{B(\alpha)}", r"\frac{B(\alpha)}{B(x + \alpha)}"),
    ("eq-dir-posterior", r"B(x + \alpha)", r"B(\alpha)"),
    ("eq-dir-posterior", r"p(z \mid x)", r"p(x \mid z)"),
    ("eq-dir-log-mean", r"\psi(\gamma_k) -", r"\psi(\gamma_k) +"),
    ("eq-dir-log-mean", r"\ln z_k", "z_k"),
    ("eq-dir-log-mean", r" - \psi\left(\sum_{i=1}^{K} \gamma_i\right)", ""),
    ("eq-dir-log-mean", r"\psi\left(\sum_{i=1}^{K} \gamma_i\right)", r"\psi'\left(\sum_{i=1}^{K} \gamma_i\right)"),
    ("eq-dir-log-mean", r"q_\gamma(z)", "p(z)"),
    ("eq-dir-elbo", r"- \gamma_k", r"+ \gamma_k"),
    ("eq-dir-elbo", r"+ \ln B(\gamma) - \ln B(\alpha)", r"+ \ln B(\alpha) - \ln B(\gamma)"),
    ("eq-dir-elbo", r"\ln B(\gamma)", r"B(\gamma)"),
    ("eq-dir-gradient", r"\psi'(\gamma_j)", r"\psi(\gamma_j)"),
    ("eq-dir-gradient", r"&- ", r"&+ "),
    ("eq-dir-gradient", r"\sum_{k=1}^{K} (x_k", r"(x_k"),
    ("eq-dir-gradient-fisher", r"- \gamma_k", r"- 2\gamma_k"),
    ("eq-dir-gradient-fisher", r"F_{jk}", r"F_{kk}"),
]  # fmt: skip
FACTS = [
    (r"\psi(u + 1) = \psi(u) + \frac{1}{u}", r"+ \frac", r"- \frac"),
    (r"\psi(u) = \frac{d}{du} \ln \Gamma(u)", r"\ln", ""),
    (r"\psi'(u) = \frac{\partial^2 \ln \Gamma(u)}{\partial u^2}", "'", ""),
    (r"\Gamma(u + 1) = u\, \Gamma(u)", "u + 1", "u + 2"),
]


@pytest.mark.parametrize("label", CLAIMS)
def test_the_book(label):
    found = check(equation(label))
    assert found.verdict == "holds"
    assert found.world == "counts and shares"


@pytest.mark.parametrize(
    "label", ["eq-dir-prior", "eq-dir-likelihood", "eq-dir-family"]
)
def test_a_printed_law_has_mass_one(label):
    assert check(equation(label)).rule == "a law of mass 1"


@pytest.mark.parametrize(("label", "printed", "slip"), SLIPS)
def test_slips_are_false(label, printed, slip):
    eq = equation(label)
    assert printed in eq.latex
    wrong = Equation(label, eq.latex.replace(printed, slip), before=eq.before)
    found = check(wrong)
    assert found.verdict in ("false", "unknown")
    assert found.verdict == "false", found.why


@pytest.mark.parametrize("label", [n for n in labels() if n.startswith("eq-dir-")])
def test_no_mutant_survives(label):
    eq = equation(label)
    if label != "eq-dir-fisher":  # a definition: see the next test
        wrong = [Equation(label, m.latex, before=eq.before) for m in mutants(eq.latex)]
        assert [m.latex for m in wrong if check(m)] == []


@pytest.mark.parametrize(
    ("label", "claim", "printed", "slip"),
    [
        ("eq-dir-beta", "eq-dir-prior", r"\prod", r"\sum"),
        ("eq-dir-beta", "eq-dir-prior", r"\Gamma(\gamma_k)", r"\gamma_k"),
        ("eq-dir-fisher", "eq-dir-gradient-fisher", r"\ln B", "B"),
        (
            "eq-dir-fisher",
            "eq-dir-gradient-fisher",
            r"\partial \gamma_k",
            r"\partial \gamma_j",
        ),
    ],
)
def test_definitions_are_guarded_by_their_use(label, claim, printed, slip):
    definition, use = equation(label), equation(claim)
    wrong = definition.latex.replace(printed, slip)
    assert wrong != definition.latex
    before = tuple(b.replace(definition.latex, wrong) for b in use.before)
    assert check(Equation(claim, use.latex, before=before)).verdict == "false"


@pytest.mark.parametrize(("latex", "printed", "slip"), FACTS)
def test_gamma(latex, printed, slip):
    assert check(latex).verdict == "holds"
    assert check(latex.replace(printed, slip)).verdict == "false"


def test_integrals_are_integrals():
    """The closed forms under this world, against quadrature (K = 2 and a K = 3 fact)."""
    a, b = mp.mpf("1.7"), mp.mpf("2.3")
    for logs in ((0, 0), (1, 0), (0, 1), (2, 0), (1, 1)):

        def f(z, logs=logs):
            return z**a * (1 - z) ** b * mp.log(z) ** logs[0] * mp.log(1 - z) ** logs[1]

        assert mp.almosteq(mp.quad(f, [0, 0.5, 1]), moment((a, b), logs), 1e-10)
    # splitting the third share off the second leaves a product of two integrals
    whole = moment((a, b, mp.mpf("0.4")), (0, 0, 0))
    split = moment((a, b + mp.mpf("0.4") + 1), (0, 0)) * moment(
        (b, mp.mpf("0.4")), (0, 0)
    )
    assert mp.almosteq(whole, split, 1e-12)


def test_what_is_not_explained_stays_unknown():
    assert (
        check(r"\mathbb{E}_{q_\gamma(z)}[\ln z_k] = \psi(\gamma_k)").verdict
        == "unknown"
    )
    assert (
        check(r"p(z) = \frac{1}{B(\alpha)} \prod_{k=1}^{K} z_k^{\alpha_k - 1}").verdict
        == "unknown"
    )
    assert check(r"\psi(u) = c").verdict == "unknown"


def test_a_law_without_mass_one_is_not_taken_in():
    text = "\n\n".join(
        f"$$\n{equation(n).latex}\n$$" for n in ("eq-dir-beta", "eq-dir-prior")
    )
    found = proofread_text(text.replace("- 1}", "+ 1}")).statements
    assert [r.verdict for r in found] == ["defines", "false"]
    assert found[1].counterexample["K"] == 2
