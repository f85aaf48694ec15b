"""Spellings that people use are one statement; what is not understood has a place."""

import pytest

from ddpm_lite.proof import NotUnderstood, check, parse
from ddpm_lite.proof.grammar import parse_expression
from ddpm_lite.proof.statements import split

SAME = [
    (r"\bar\alpha_t", r"\overline{\alpha}_t", r"\bar{\alpha_t}", r"\bar{\alpha}_{t}",
     r"{\bar\alpha}_t", r"\color{red}\bar\alpha_t", r"\boldsymbol{\bar\alpha}_t"),
    (r"\varepsilon", r"\epsilon", r"\boldsymbol{\epsilon}", r"\pmb\epsilon"),
    ("x_t", r"\mathbf{x}_t", r"\boldsymbol x_t", r"\mathbf x_{t}", r"\bm{x}_t",
     r"\underline{x_t}", r"\mathbf{x_t}", "{x}_t"),
    (r"q(x_t|x_0)", r"q(x_t \mid x_0)", r"q\left(x_t \middle| x_0\right)",
     r"q\big(x_t\,|\,x_0\big)", r"q(\mathbf{x}_t\vert\mathbf{x}_0)"),
    (r"D_{KL}(q(x)\|p(x))", r"D_{\mathrm{KL}}(q(x)\parallel p(x))",
     r"\text{KL}(q(x)||p(x))", r"D_{\text{KL}}\left(q(x)\,\middle\|\,p(x)\right)",
     r"\mathrm{KL}[q(x)\Vert p(x)]"),
    (r"\mathbb E_{q(x)}[f(x)]", r"E_{q(x)}\left[f(x)\right]",
     r"\mathbb{E}_{q(x)}\big[f(x)\big]", r"\operatorname{E}_{q(x)}[f(x)]"),
    (r"\|x_t\|^2", r"\left\|x_t\right\|^2", r"\lVert x_t\rVert^2", r"||x_t||^2",
     r"\left|\left|x_t\right|\right|^2", r"\|x_t\|_2^2", r"{||x_t||}^2"),
    (r"\frac12", r"\frac{1}{2}", r"\tfrac12", r"\dfrac{1}{2}"),
    (r"\mathcal N(x;\mu,\sigma^2)", r"\mathcal{N}\left(x;\mu,\sigma^2\right)",
     r"N(x;\mu,\sigma^2)"),
    (r"\tilde\mu_t(x_t,x_0)", r"\tilde{\boldsymbol{\mu}}_t(\mathbf{x}_t,\mathbf{x}_0)"),
    (r"\log p(x)", r"\ln p(x)", r"\log{p(x)}"),
    (r"\underset{\theta}{\arg\max} f(x)", r"\arg\max_\theta f(x)",
     r"\operatorname{argmax}_\theta f(x)", r"\argmax_{\theta} f(x)"),
    (r"\mathrm{SNR}(t)", r"\text{SNR}(t)", r"SNR(t)", r"\operatorname{SNR}(t)"),
    (r"q(x_{1:T}|x_0)", r"q(x_1:T|x_0)", r"q(x{1:T}|x_0)"),
]  # fmt: skip


@pytest.mark.parametrize("spellings", SAME, ids=lambda s: s[0])
def test_spellings(spellings):
    trees = [parse_expression(s) for s in spellings]
    assert all(t == trees[0] for t in trees)


@pytest.mark.parametrize(
    ("latex", "column", "word"),
    [
        (r"\frac{1", 6, "brace"),
        (r"x_t = \foo", 7, r"\foo"),
        (r"x_t = (1-\alpha_t", 7, "bracket"),
        (r"\begin{tabular} 1 \end{tabular} = 1", 1, "tabular"),
        ("x = @", 5, "@"),
        (r"x_t = \sqrt{\alpha_t} +", 24, "stops"),
    ],
)
def test_the_place_where_reading_stopped(latex, column, word):
    verdict = check(latex)
    assert verdict.verdict == "unknown"
    assert word in verdict.why
    assert f"column {column}" in verdict.why


def test_rows_and_environments():
    text = r"""\begin{align}
      \sigma_q^2(t) &= 1/\left(\frac{\alpha_t}{1-\alpha_t}
          + \frac{1}{1-\bar\alpha_{t-1}}\right) \\
      &= \frac{(1-\alpha_t)(1-\bar\alpha_{t-1})}{1-\bar\alpha_t} \tag{56} \label{s}
    \end{align}"""
    (statement,), tags, labels = split(text)
    assert statement.relations == ("=", "=")
    assert tags == ["56"]
    assert labels == ["s"]
    assert check(text)


def test_side_remarks_and_numbers_are_no_part_of_the_formula():
    text = r"\beta_t = 1-\alpha_t \quad (\because \alpha_t = 1-\beta_t) \quad\quad (23)"
    found, _, _ = split(text)
    assert all(p.node is not None for s in found for p in s.parts)
    assert check(text)


def test_big_operators_end_where_people_mean():
    text = (
        r"q(x_{1:T}|x_0) = q(x_1|x_0)\prod_{t=2}^T\frac{q(x_t|x_0)}{q(x_{t-1}|x_0)}"
        r"\prod_{t=2}^T q(x_{t-1}|x_t,x_0)"
    )
    assert check(text).verdict == "holds"


def test_parse_gives_one_symbol_per_name():
    assert parse(r"\bar\alpha_{t-1}") is parse(r"\overline{\alpha}_{t-1}")
    assert parse(r"\alpha_t").is_positive
    assert parse("x_t").is_real
    with pytest.raises(NotUnderstood, match="column"):
        parse(r"\alpha_t +")


def test_an_alias_renames_an_indexed_letter():
    text = r"a_t \bar a_{t-1} = \bar a_t"
    assert check(text).verdict == "unknown"
    assert "--alias" in check(text).why
    assert check(text, alias=[r"a_t=\alpha_t", r"\bar a_t=\bar\alpha_t"])
