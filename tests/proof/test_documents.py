"""Documents: what is found, on which line, what is passed over, and bad input."""

import json
import subprocess
import sys

import pytest

from ddpm_lite.proof.blocks import blocks
from ddpm_lite.proof.commands import check_command, proofread_command
from ddpm_lite.proof.documents import BadInput
from ddpm_lite.proof.report import proofread, proofread_text

PAGE = r"""---
title: "$x = y$"
---
# A page

The sum of both is one: $\alpha_t + \beta_t = 1$, with `$a = b$` in code.

```python
x = 1  # $$ x = 2 $$
```

$$
\bar\alpha_t = \alpha_t \bar\alpha_{t-1}
$$ (eq-product)

:::{slip} A lost bar
:label: slip-bar

$$
q(x_t|x_0) = \mathcal N(x_t; \sqrt{\alpha_t}x_0, (1-\bar\alpha_t)I)
$$
:::

% proof: exempt — a number of this schedule
$$
\bar\alpha_T \approx 4\cdot 10^{-5}
$$ (eq-number)

```{math}
:label: eq-beta
\beta_t = 1 - \alpha_t
```
"""


def test_what_is_found():
    found = blocks(PAGE)
    assert [(b.line, b.label, b.display) for b in found] == [
        (6, None, False),
        (12, "eq-product", True),
        (19, "slip-bar", True),
        (25, "eq-number", True),
        (31, "eq-beta", True),
    ]
    assert found[2].slip == "slip-bar"
    assert found[3].exempt == "a number of this schedule"


def test_report():
    report = proofread_text(PAGE)
    assert [r.verdict for r in report.statements] == [
        "proved", "proved", "false", "defines",
    ]  # fmt: skip
    assert report.failures == []
    data = json.loads(report.json())
    assert set(data) == {"files", "counts"}
    (first, *_) = data["files"][0]["statements"]
    assert set(first) == {
        "line", "column", "label", "latex", "verdict", "world", "rule", "pair", "why",
        "counterexample",
    }  # fmt: skip
    assert (first["line"], first["column"]) == (6, 26)
    assert data["counts"]["false"] == 1


def test_a_slip_must_be_false_and_nothing_else_may_be():
    cured = PAGE.replace(r"\sqrt{\alpha_t}x_0", r"\sqrt{\bar\alpha_t}x_0")
    assert [r.label for _, r in proofread_text(cured).failures] == ["slip-bar"]
    broken = PAGE.replace(r"= \alpha_t \bar\alpha_{t-1}", r"= \alpha_t \alpha_{t-1}")
    assert [r.label for _, r in proofread_text(broken).failures] == ["eq-product"]


def test_definitions_hold_for_the_rest_of_the_page():
    text = (
        r"$$\lambda_t = \log\mathrm{SNR}(t)$$"
        "\n\n"
        r"$$\lambda_{t-1} = \log\frac{\bar\alpha_{t-1}}{1-\bar\alpha_{t-1}}$$"
    )
    records = proofread_text(text).statements
    assert [r.verdict for r in records] == ["defines", "proved"]
    wrong = text.replace(r"{1-\bar\alpha_{t-1}}", r"{1-\alpha_{t-1}}")
    assert proofread_text(wrong).statements[1].verdict == "false"


def test_a_block_continues_the_one_before():
    text = "$$\\beta_t$$\n\n$$= 1-\\alpha_t$$\n\n$$= 1-\\bar\\alpha_t$$"
    assert [r.verdict for r in proofread_text(text).statements] == ["defines", "false"]


def test_files(tmp_path, capsys):
    page = tmp_path / "a.md"
    page.write_text(PAGE, encoding="utf-8")
    cell = {"cell_type": "markdown", "source": ["$$\\beta_t = 1-\\alpha_t$$"]}
    (tmp_path / "a.ipynb").write_text(json.dumps({"cells": [cell]}))
    (tmp_path / "b.ipynb").write_text(json.dumps({"cells": [cell]}))
    (tmp_path / "c.tex").write_text(r"\begin{equation}\beta_t=\alpha_t\end{equation}")
    report = proofread(tmp_path)
    assert [name.rsplit("/", 1)[1] for name, _ in report.files] == [
        "a.md", "b.ipynb", "c.tex",
    ]  # fmt: skip
    assert proofread_command([tmp_path]) == 1
    assert proofread_command([page], "json") == 0
    empty = tmp_path / "empty.txt"
    empty.write_text("")
    assert proofread_command([empty]) == 0
    assert "no statements" in capsys.readouterr().out


@pytest.mark.parametrize("content", [b"\x00\x01\x02binary", None])
def test_bad_input_is_one_sentence(tmp_path, capsys, content):
    path = tmp_path / "x.txt"
    if content is not None:
        path.write_bytes(content)
    assert proofread_command([path]) == 2
    captured = capsys.readouterr()
    assert captured.out == ""
    assert captured.err.count("\n") == 1
    with pytest.raises(BadInput):
        proofread(path)


def test_a_broken_notebook(tmp_path, capsys):
    path = tmp_path / "x.ipynb"
    path.write_text('{"cells": 3}')
    assert proofread_command([path]) == 2
    assert "notebook" in capsys.readouterr().err


def test_exit_codes(capsys):
    assert check_command(r"\beta_t = 1-\alpha_t") == 0
    assert check_command(r"\beta_t = \alpha_t") == 1
    assert check_command(r"\frac{1") == 2
    assert proofread_command(["."], format="pdf") == 2
    assert proofread_command([], alias=["nonsense"]) == 2


def test_html_escapes_everything():
    evil = r"$$x_0 = <script>alert(1)</script> \text{<img onerror=x>}$$"
    page = proofread_text(evil).html()
    assert "<script>" not in page
    assert "<img" not in page
    assert "http" not in page


def test_nothing_heavy_is_imported():
    code = (
        "import sys, ddpm_lite.proof as p\n"
        "p.check(r'\\beta_t = 1-\\alpha_t'); p.proofread_text('$x = 1$')\n"
        "heavy = {'torch', 'numpy', 'matplotlib'} & set(sys.modules)\n"
        "raise SystemExit(', '.join(heavy) or 0)"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
