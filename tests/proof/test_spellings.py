"""Documents as they come: Unicode, entities, quotes, comments, braces, strokes."""

import json

import pytest

from ddpm_lite.proof import check
from ddpm_lite.proof.commands import proofread_command
from ddpm_lite.proof.report import proofread

TRUE = r"\bar\alpha_t = \alpha_t \bar\alpha_{t-1}"
FALSE = r"\bar\alpha_t = \alpha_{t-1} \bar\alpha_{t-1}"

# a name, a text, and (line, verdict) of each statement
DOCUMENTS = [
    ("entities.md",
     "Here $\\bar\\alpha_t &lt; \\bar\\alpha_{t-1}$ &amp; more.\n\n"
     "$$\\begin{aligned} \\bar\\alpha_t &amp;= \\alpha_t\\bar\\alpha_{t-1} \\\\\n"
     "&amp;= \\alpha_t \\end{aligned}$$\n",
     [(1, "proved"), (3, "proved"), (4, "false")]),
    ("unicode.txt",
     "$$ᾱ_t = α_t ᾱ_{t−1}$$\n$$σ_q²(t) = \\frac{(1−αₜ)(1−ᾱ_{t−1})}{1−ᾱ_t}$$\n"
     "$$x_t = √(ᾱ_t) x_0 + √(1−ᾱ_t) ε$$\n$$𝔼_{q(x_t|x_0)}[𝐱_t] = ᾱ_t x_0$$\n",
     [(1, "proved"), (2, "proved"), (3, "proved"), (4, "false")]),
    ("quote.md",
     f"> so\n> $$\n> {FALSE}\n> $$\n>\n> > and ${TRUE}$\n\n- a list\n\n"
     f"      goes on: ${TRUE}$\n\ntext\n\n    $${FALSE}$$\n",
     [(3, "false"), (6, "proved"), (10, "proved")]),
    ("hidden.md",
     f"<!-- $${FALSE}$$\n\n${FALSE}$ --> ${TRUE}$\n\n````md\n```\n$${FALSE}$$\n```\n"
     f"````\n\n```math\n{TRUE}\n```\n", [(3, "proved"), (12, "proved")]),
    ("comments.md",
     f"A stray <!-- mark, ${FALSE}$.\n\nOne <!-- ${FALSE}$ --> two <!-- ${FALSE}$\n"
     f"${FALSE}$ --> ${TRUE}$\n\n<!-- never closed\n\n${FALSE}$\n",
     [(1, "false"), (4, "proved")]),
    ("unclosed.md", f"$$\n{TRUE}\n\nand ${FALSE}$\n", [(2, "proved"), (4, "false")]),
    ("wrapped.tex",
     f"\\boxed{{\\color{{red}}\n\\[ \\boxed{{{TRUE}}} \\]\n"
     f"$$ {{\\color{{blue}} {FALSE}}} $$\n", [(2, "proved"), (3, "false")]),
]  # fmt: skip


@pytest.mark.parametrize(("name", "text", "wanted"), DOCUMENTS)
def test_document(tmp_path, name, text, wanted):
    path = tmp_path / name
    for ends in ("\n", "\r\n"):
        path.write_bytes(b"\xef\xbb\xbf" + text.replace("\n", ends).encode())
        found = proofread(path).statements
        assert [(r.line, r.verdict) for r in found] == wanted
    code = proofread_command([path], "json")
    assert code == int(any(verdict == "false" for _, verdict in wanted))


def test_a_column_after_an_entity_is_the_printed_one(tmp_path):
    path = tmp_path / "a.md"
    path.write_text(f"We have &lt; and $1 &lt; 2,\\ {FALSE}$.\n")
    last = proofread(path).statements[-1]
    assert last.column == 1 + path.read_text().index("\\bar")


def test_cells_of_a_notebook_follow_one_another(tmp_path):
    cells = [
        {"cell_type": "markdown", "source": ["one\n", f"$${TRUE}$$\n"]},
        {"cell_type": "code", "source": [f"'$${FALSE}$$'"], "outputs": []},
        {"cell_type": "markdown", "source": f"three\n\n$${FALSE}$$"},
    ]
    path = tmp_path / "a.ipynb"
    path.write_text(json.dumps({"cells": cells, "nbformat": 4, "metadata": {}}))
    found = [(r.line, r.verdict) for r in proofread(path).statements]
    assert found == [(2, "proved"), (5, "false")]


@pytest.mark.parametrize(
    ("latex", "verdict"),
    [
        (r"\bar\alpha_t \not= \alpha_t", "holds"),
        (r"\bar\alpha_t \neq \alpha_t", "holds"),
        (r"\bar\alpha_t \not= \alpha_t \bar\alpha_{t-1}", "false"),
        (r"\bar\alpha_t \not\equiv \alpha_t \bar\alpha_{t-1}", "false"),
        (r"\bar\alpha_t \not\le \alpha_t", "unknown"),
    ],
)
def test_a_stroke_through_a_relation(latex, verdict):
    assert check(latex).verdict == verdict


@pytest.mark.parametrize(
    ("latex", "verdict"),
    [
        # braces that only colour, a brace that starts with a sign
        (r"\color{red}{2} x_t \color{black}{+ x_0} \color{blue}{x_0} = 2 x_t + x_0^2",
         "proved"),
        (r"2 \bar\alpha_t \underbrace{- \bar\alpha_t}_{d} = \bar\alpha_t", "proved"),
        (r"2 \bar\alpha_t \underbrace{- \bar\alpha_t}_{d} = -2 \bar\alpha_t^2",
         "false"),
        (r"\|x_t\|^2_2 = x_t^\top x_t", "proved"),
        (r"\beta_t = 1 - \alpha_t, \qquad \bar\alpha_0 := 1", "proved"),
        # an average without brackets is no product
        (r"\mathbb E_{q(x_t|x_0)} \|x_t\|^2 = \bar\alpha_t \|x_0\|^2 + "
         r"D (1-\bar\alpha_t)", "proved"),
        (r"\mathbb E x_t = \sqrt{\bar\alpha_t} x_0", "unknown"),
        (r"\mathbb E \|x_t\|^2 = 2 \mathbb E \|x_t\|^2", "unknown"),
        # whoever writes may choose the schedule
        (r"\beta_t = \beta_1 + \frac{t-1}{T-1} (\beta_T - \beta_1)", "defines"),
        (r"\beta_t = 2 \beta_{t-1} + t", "false"),
    ],
)  # fmt: skip
def test_marks_that_are_no_brackets(latex, verdict):
    assert check(latex).verdict == verdict
