"""Printed mathematics as SymPy: every form has the value that its letters say."""

import math
import re
import unicodedata
from fractions import Fraction

import pytest
import sympy as sp

from ddpm_lite.proof import equation, parse
from ddpm_lite.proof.equations import labels
from ddpm_lite.proof.symbols import VARIANT, letter
from ddpm_lite.proof.tree import NotUnderstood

A, B, X = 0.7, 0.2, -1.3  # values of alpha_t, beta_t and x_t

# LaTeX, and its value by hand; vectors are read in one dimension.
FORMS = [
    (r"\frac{1}{3} - \beta_t", 1 / 3 - B),
    (r"\sqrt{\alpha_t} x_t", A**0.5 * X),
    (r"\|x_t - \alpha_t\|^2", (X - A) ** 2),
    (r"|x_t|", 1.3),
    (r"x_t^\top x_t", X * X),
    (r"\alpha_t \mathbf{I}", A),
    (r"\log \alpha_t + \exp(x_t)", -0.35667494393873245 + 0.2725317930340126),
    (r"\Gamma(5) + 3!", 24.0 + 6.0),
    (r"\psi(1)", -0.5772156649015329),
    (r"\psi'(1)", 1.6449340668482264),
    (r"e^{x_t} + \pi", 0.2725317930340126 + 3.141592653589793),
    (r"\sum_{i=1}^{4} i^2 \beta_t", 30 * B),
    (r"\prod_{i=2}^{4} (i - \alpha_t)", 1.3 * 2.3 * 3.3),
    (r"\mathcal{N}(x_t; \alpha_t, \beta_t)", math.exp(-10) / math.sqrt(0.4 * math.pi)),
    (r"\underbrace{\alpha_t + x_t}_{\text{both}}", A + X),
]


@pytest.mark.parametrize(("latex", "value"), FORMS)
def test_a_form_has_its_value(latex, value):
    names = {r"\alpha_t": A, r"\beta_t": B, "x_t": X}
    made = parse(latex).subs({parse(name): value for name, value in names.items()})
    assert made.is_number, made
    assert float(made) == pytest.approx(value, rel=1e-6)


@pytest.mark.parametrize(
    ("latex", "what"),
    [
        (r"D_{\mathrm{KL}}(q(x) \| p(x))", "a divergence"),
        (r"\mathbb{E}_{q(x)}[x]", "an expectation"),
        (r"\sum_{t=1}^{T} \beta_t", "symbolic limits"),
        (r"\prod_{i=1}^{99} i", "symbolic limits"),
    ],
)
def test_what_has_no_sympy_form_is_said(latex, what):
    with pytest.raises(NotUnderstood, match=what):
        parse(latex)


def test_a_symbol_prints_as_the_book_does_and_is_read_again():
    """Through SymPy and back: nobody's name is lost or shared."""
    read, back = {}, {}
    for label in labels():
        for side in equation(label).sides:
            for symbol in side.free_symbols:
                read[symbol.name] = symbol
    for name, symbol in read.items():
        try:
            again = parse(name)
        except NotUnderstood:
            continue  # a side that SymPy has no form for stays as it was written
        back[name] = again
        if isinstance(again, sp.Symbol):
            assert again == symbol, name
    assert len(back) > 80


def test_signs_are_what_the_symbols_allow():
    """sqrt(x^2) is |x| for a state and x for a variance, so no root changes a sign."""
    for name in (r"\alpha_t", r"\bar\alpha_{t-1}", r"\beta_t", r"\tilde\beta_t"):
        assert sp.sqrt(parse(name) ** 2) == parse(name)
    for name in ("x_t", "x_0", r"\epsilon"):
        assert sp.sqrt(parse(name) ** 2) == sp.Abs(parse(name))


def test_numbers_stay_exact():
    assert parse(r"\frac{1}{3}") == sp.Rational(1, 3)
    assert parse("0.1") == sp.Rational(Fraction(1, 10))


@pytest.mark.parametrize("variant", ["script", "double", "fraktur"])
def test_a_letter_of_another_alphabet_is_the_letter_it_stands_for(variant):
    """Unicode left holes in them; a wrong filling would show another letter."""
    name = {"script": "SCRIPT", "double": "DOUBLE-STRUCK", "fraktur": "FRAKTUR|BLACK-"}
    assert set(VARIANT.values()) == {"bold", *name}
    for c in "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz":
        (shown,) = re.fullmatch(r"<mi>(.)</mi>", letter(c, variant)).groups()
        assert unicodedata.normalize("NFKC", shown) == c
        assert re.search(name[variant], unicodedata.name(shown)), (c, shown)
