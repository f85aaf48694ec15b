"""One thing written in two ways is one tree; what cannot be read is said, and where."""

import re
import xml.etree.ElementTree as ET

import pytest

from ddpm_lite.proof.grammar import parse_expression
from ddpm_lite.proof.mathml import typeset
from ddpm_lite.proof.tree import NotUnderstood

ALIKE = [
    # roots, powers, fractions
    (r"\sqrt[3]{\alpha_t}", r"\alpha_t^{1/3}"),
    (r"\sqrt[2]{\alpha_t}", r"\sqrt{\alpha_t}"),
    (r"\sqrt12", r"\sqrt{1} 2"),
    (r"\frac12 x_t", r"\frac{1}{2} x_t"),
    (r"\alpha_t^12", r"\alpha_t^{12}"),
    (r"\dfrac{\alpha_t}{2}", r"\alpha_t / 2"),
    # looks
    (r"\textcolor{red}{\alpha_t} x_0", r"\alpha_t x_0"),
    (r"\color{red}\alpha_t x_0", r"\alpha_t x_0"),
    (r"\color red \alpha_t x_0", r"\alpha_t x_0"),
    (r"\boxed{x_t}", "x_t"),
    (r"x_t \\*[2pt] + x_0", "x_t + x_0"),
    (r"\mathbf{x}_t", "x_t"),
    (r"\overline{\alpha}_t", r"\bar{\alpha}_t"),
    (r"\widehat{x}_0", r"\hat x_0"),
    (r"x^{\text{pred}}_0", r"x_0^{\text{pred}}"),
    # sums and products
    (r"\prod_{s \le t} \alpha_s", r"\prod_{s=1}^{t} \alpha_s"),
    (r"\sum_{1 \le s \le t} \beta_s", r"\sum_{s=1}^{t} \beta_s"),
    (r"\sum_{s \ge 2}^{T} \beta_s", r"\sum_{s=2}^{T} \beta_s"),
    (r"\sum^{t}_{s=1} \beta_s", r"\sum\limits_{s=1}^{t} \beta_s"),
    (r"\alpha_t \cdot x_0", r"\alpha_t \times x_0"),
    # functions
    (r"\psi^{(1)}(x)", r"\psi'(x)"),
    (r"\psi_1(x)", r"\operatorname{trigamma}(x)"),
    (r"\psi_0(x)", r"\operatorname{digamma}(x)"),
    (r"\operatorname{SNR}(t)", r"\mathrm{SNR}(t)"),
    (r"\text{Var}(x_t)", r"\mathrm{Var}[x_t]"),
    (r"\underset{\theta}{\arg\max} f(\theta)", r"\arg\max_\theta f(\theta)"),
    # vectors, derivatives
    (r"{x_t}^\top x_0", r"x_t^{\top} x_0"),
    (r"\|x\|_2^2", r"\lVert x \rVert^2"),
    (r"\left| x \right|", "|x|"),
    (r"\partial L / \partial \theta", r"\frac{\partial L}{\partial \theta}"),
    (r"\frac{d}{dx} f(x)", r"\frac{\mathrm{d}}{\mathrm{d}x} f(x)"),
    # laws
    (r"\mathcal{N}(x_t \mid m, v)", r"\mathcal{N}(x_t; m, v)"),
    ("q(X_t = x_t | X_0 = x_0)", "q(x_t | x_0)"),
    ("q(x_t | x_o)", "q(x_t | x_0)"),
    (r"p_\theta\left(x_{t-1} \middle| x_t\right)", r"p_\theta(x_{t-1} | x_t)"),
    (r"D_{KL}(q(x_t), p(x_t))", r"D_{KL}(q(x_t) \| p(x_t))"),
    (r"D_{KL}(q(x_t) \mid\mid p(x_t))", r"D_{KL}(q(x_t) || p(x_t))"),
    (
        r"\begin{cases} \alpha_t & t > 1 \\ 1 & \text{otherwise} \end{cases}",
        r"\begin{cases} \alpha_t, & \text{if } t > 1 \\[1ex] 1, & t = 1 \end{cases}",
    ),
]


@pytest.mark.parametrize(("one", "other"), ALIKE)
def test_two_ways_to_write_one_thing(one, other):
    assert parse_expression(one) == parse_expression(other)


# A slip in the writing of one of the pairs above gives another tree.
APART = [
    (r"\sqrt[3]{\alpha_t}", r"\sqrt{\alpha_t}"),
    (r"\alpha_t^12", r"\alpha_t^1 2"),
    (r"\sum_{1 \le s \le t} \beta_s", r"\sum_{1 \le s \le T} \beta_s"),
    (r"\prod_{s < t} \alpha_s", r"\prod_{s \le t} \alpha_s"),
    (r"\psi_1(x)", r"\psi_0(x)"),
    (r"D_{KL}(q(x) \| p(x))", r"D_{KL}(p(x) \| q(x))"),
    ("q(X_t = x_t | X_0 = x_0)", "q(X_0 = x_0 | X_t = x_t)"),
    (r"\bar\alpha_t", r"\hat\alpha_t"),
    (r"\partial L / \partial \theta", r"\partial \theta / \partial L"),
]


@pytest.mark.parametrize(("one", "other"), APART)
def test_two_things_are_not_one(one, other):
    assert parse_expression(one) != parse_expression(other)


REFUSED = [
    (r"\prod_{i=1}", "something must follow", 12),
    (r"\left( \prod_{t=1}^{T} \right)", "')' here", 30),
    (r"\|x\|_3", "this norm", 6),
    (r"\begin{cases} \end{cases}", "an empty group", 1),
    (r"\begin{cases} 1 & t", "a brace is opened and never closed", 1),
    ("H(x, y)", "an entropy of variables whose law is not named", 1),
    ("H[q(x), y]", "a cross-entropy without its second law", 1),
    (r"\lim_{x} x_t", "a limit that does not say what tends where", 1),
    (r"\partial x_t + 1", r"'\partial' here", 1),
    (r"\sum_{s < t < u < v} \beta_s", "these limits", 17),
    (r"\sum_{i \neq j = 2} \beta_s", "these limits", 16),
    (r"\sum_{s \approx t} \beta_s", "these limits", 9),
    (r"\frac{\partial^{t} f}{\partial x^{t}}", "a derivative of this order", 15),
    (r"\hat{x + 1}", "a hat over an expression", 1),
    ("\\", "a lone backslash", 1),
    (r"\begin{tikzpicture} x \end{tikzpicture}", "the environment 'tikzpicture'", 1),
    ("q(x_t = 2)", "an event inside a law", 7),
    ("q(x_t = y_t)", "an event inside a law", 7),
    (r"\mathcal{N}(a, b, c, d)", "a normal law needs a mean and a variance", 1),
    (r"\text{Uniform}()", "a uniform law needs its range", 1),
    ("D_{KL}(q(x) + p(x))", "a divergence without its bar", 19),
    (r"\mathbb{E}_{x > 2}[x]", "this index of an expectation", 15),
    (r"\frac{}{2}", "an empty group", 6),
    (r"\underset{x}{\sin}(y)", r"\underset", 1),
    ("x_{t", "a brace is opened and never closed", 3),
    ("(x_t", "a bracket is opened and never closed", 1),
    (r"\foo x_t", r"the command \foo", 1),
    ("x_t \x00 y", "the character '\\x00'", 5),
    (r"f(x)_{\text{old}}", "an index on an expression", 5),
]


@pytest.mark.parametrize(("latex", "what", "column"), REFUSED)
def test_what_cannot_be_read_is_named_with_its_place(latex, what, column):
    with pytest.raises(NotUnderstood) as stop:
        parse_expression(latex)
    assert str(stop.value) == f"not understood: {what} at column {column}" or (
        what in str(stop.value) and str(stop.value).endswith(f" at column {column}")
    )


def shown(latex):
    """The characters of a typeset formula, in reading order; fails if ill-formed."""
    html = typeset(latex)
    tree = ET.fromstring(f"<p>{html}</p>")
    return "".join(tree.itertext())


TYPESET = [
    ("f'(x)", "<msup><mi>f</mi><mo>′</mo></msup>"),
    ("'", "<msup><mrow></mrow><mo>′</mo></msup>"),
    (r"\log^2 x", "<msup>"),
    (r"\big( x \big)", "<mo"),
    (r"a \quad b", "<mspace"),
    (r"a \overset{d}{=} b", "<mover><mrow><mo>=</mo></mrow><mrow><mi>d</mi></mrow>"),
    (r"\underset{x}{M}", "<munder><mrow><mi>M</mi></mrow><mrow><mi>x</mi></mrow>"),
    (r"\boxed{x}", "<mrow class="),
    (r"\textcolor{red}{x}", "<mi>x</mi>"),
    (r"\sqrt{x}", "<msqrt><mrow><mi>x</mi></mrow></msqrt>"),
    (r"\sqrt[3]{x}", "<mroot><mrow><mi>x</mi></mrow><mrow><mn>3</mn></mrow></mroot>"),
    (r"\mathrm{KL}", '<mi mathvariant="normal">KL</mi>'),
    (r"\mathbf{xy}", '<mrow><mi mathvariant="normal" class="bold">x</mi>'),
    (r"\mathbf{x_t}", '<mrow class="bold">'),
    (r"\mathcal{N}", "<mi>𝒩</mi>"),
    (r"\mathbf{0}", '<mn class="bold">0</mn>'),
    (r"\mathcal{1}", "<mn>1</mn>"),
    (r"\left. x \right|", '<mo stretchy="true" form="postfix">|</mo>'),
    (r"\langle x \rangle", "⟨"),
    (r"\begin{array}{cc} a & b \\ c & d \end{array}", "<mtable><mtr><mtd><mi>a</mi>"),
    (r"\begin{cases} a & b \end{cases}", '<mo stretchy="true" form="prefix">{</mo>'),
    (r"\unknown{x}", r"<mtext>\unknown</mtext>"),
    (r"\text{if } x < y", "<mtext>if </mtext>"),
]


@pytest.mark.parametrize(("latex", "part"), TYPESET)
def test_a_formula_is_typeset_element_by_element(latex, part):
    assert part in typeset(latex)
    shown(latex)


@pytest.mark.parametrize("latex", [*(one for pair in ALIKE for one in pair)])
def test_every_formula_above_is_well_formed_and_shows_its_letters(latex):
    seen = shown(latex)
    assert not re.search(r"\\(?!foo)", seen), seen
    if "x_t" in latex:
        assert "xt" in seen.replace(" ", "")


@pytest.mark.parametrize(("latex", "what", "column"), REFUSED)
def test_what_cannot_be_read_is_still_shown_whole(latex, what, column):
    if "\x00" not in latex:  # no character of HTML
        shown(latex)
