"""Counts and shares: the model of chapter 01 that can be solved to the end."""

# ruff: noqa: E501 (mathematics reads better unbroken)

import mpmath as mp
import pytest

from ddpm_lite.proof import check, equation, proofread_text
from ddpm_lite.proof.equations import Equation, labels
from ddpm_lite.proof.grammar import parse_expression
from ddpm_lite.proof.judge_counts import differ
from ddpm_lite.proof.mutants import judged, mutants, try_all
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
    ("eq-dir-log-mean", r"\psi(\gamma_k) -", r"\psi(\gamma_k) +"),
    ("eq-dir-log-mean", r"\ln z_k", "z_k"),
    ("eq-dir-log-mean", r" - \psi\left(\sum_{i=1}^{K} \gamma_i\right)", ""),
    ("eq-dir-log-mean", r"\psi\left(\sum_{i=1}^{K} \gamma_i\right)", r"\psi'\left(\sum_{i=1}^{K} \gamma_i\right)"),
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


PAGE = r"""
$$
p(z_1, \dots, z_K; a_1, \dots, a_K) = \frac{\Gamma(\sum_{k=1}^K a_k)}{\prod_{k=1}^K \Gamma(a_k)} \prod_{k=1}^K z_k^{a_k - 1}
$$

$$
p(x_1, \dots, x_K | z_1, \dots, z_K; n) = \frac{n!}{\prod_{k=1}^K x_k!} \prod_{k=1}^K z_k^{x_k}
$$

$$
CLAIM
$$
"""
MEAN = r"\mathbb E_{z \sim q(z)}[\ln z_k] = \psi(c_k) - \psi(\sum_{i=1}^K c_i)"
ELBO = (
    r"\mathbb E_{z \sim q(z)}\left[\ln\frac{p(x, z)}{q(z)}\right]"
    r" = \sum_{k=1}^K (x_k + a_k - c_k)\, \mathbb E_{z \sim q(z)}[\ln z_k]"
    r" - \ln \Gamma(\sum_{k=1}^K c_k) + \sum_{k=1}^K \ln \Gamma(c_k) + \text{const}"
)
SLOPE = (
    r"\frac{\partial}{\partial c_j} \sum_{k=1}^K c_k\, \psi(c_k)"
    r" = \psi(c_j) + c_j\, \psi'(c_j) + \frac{\partial}{\partial c_j} \sum_{k \ne j} c_k\, \psi(c_k)"
)
LISTED = SLOPE.replace(r"k \ne j", r"k = 1, \cdots, K: k \neq j")


@pytest.mark.parametrize(
    ("claim", "printed", "slip", "verdict"),
    [
        # a guessed family may make a claim hold, but never false
        (MEAN, r" - \psi", r" + \psi", "unknown"),
        (ELBO, r"- c_k", r"+ c_k", "unknown"),
        (SLOPE, r"c_j\, \psi'", r"\psi'", "false"),
        (LISTED, r"\psi(c_j) +", r"\psi(c_j) -", "false"),
        (r"p(x, z; a, n) = p(x | z; n)\, p(z; a)", "= p(x | z; n)", "= ", "false"),
        (r"\sum_{k=1}^K x_k = n", "n", "K", "unknown"),
    ],
)
def test_other_peoples_notation(claim, printed, slip, verdict):
    found = proofread_text(PAGE.replace("CLAIM", claim)).statements
    assert [r.verdict for r in found] == ["defines", "defines", "holds"], found[-1].why
    wrong = claim.replace(printed, slip)
    assert wrong != claim
    assert (
        proofread_text(PAGE.replace("CLAIM", wrong)).statements[-1].verdict == verdict
    )


def test_a_constant_must_be_free_of_the_parameters():
    wrong = ELBO.replace(r" + \sum_{k=1}^K \ln \Gamma(c_k)", "")
    found = proofread_text(PAGE.replace("CLAIM", wrong)).statements[-1]
    assert found.verdict == "unknown"
    printed = equation("eq-dir-elbo")
    cut = r" - \ln B(\alpha) + \ln \frac{n!}{\prod_{k=1}^{K} x_k!}"
    assert cut in printed.latex
    loose = printed.latex.replace(cut, r" + \text{const}")
    assert check(Equation("x", loose, before=printed.before)).verdict == "holds"
    lost = loose.replace(r"\ln B(\gamma)", "")
    assert check(Equation("x", lost, before=printed.before)).verdict == "false"


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


@pytest.mark.parametrize("label", [n for n in labels() if n.startswith("eq-dir-")])
def test_the_judge_of_counts_agrees(label):
    """It shares nothing with the world above, and finds the same true and false."""
    printed = equation(label)
    assert judged(printed)
    counts, survivors = try_all([printed])
    assert survivors == []
    assert counts["wronged"] == 0


@pytest.mark.parametrize(
    ("left", "right", "same"),
    [
        (r"\psi(\gamma_1 + 1)", r"\psi(\gamma_1 + 1)", True),
        (
            r"\mathbb{E}_{q_\gamma(z)}[z_k]",
            r"\frac{\gamma_k}{\sum_{i=1}^{K} \gamma_i}",
            True,
        ),
        (
            r"\mathbb{E}_{q_\gamma(z)}[z_k]",
            r"\frac{\alpha_k}{\sum_{i=1}^{K} \alpha_i}",
            False,
        ),
        (
            r"\prod_{k=1}^{K} \Gamma(\gamma_k)",
            r"\sum_{k=1}^{K} \Gamma(\gamma_k)",
            False,
        ),
    ],
)
def test_the_judge_of_counts_by_hand(left, right, same):
    sides = [parse_expression(t.replace("_1", "_k")) for t in (left, right)]
    assert differ(*sides) is not same
