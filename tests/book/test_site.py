"""The site's build refuses what must not be published, and only that."""

import base64
import os
import shutil
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
PIXEL = (
    "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR4nGNgYGBgAAAABQABpfZFQAAA"
    "AABJRU5ErkJggg=="
)

GOOD = """\
---
myst:
  html_meta:
    description: "A page without fault."
---
# A page

![a dot](dot.png)

$$
\\bar\\alpha_t = \\alpha_t \\bar\\alpha_{t-1}
$$ (eq-one)

As {eq}`eq-one` says, {eq}`slip-one` is wrong, and `$$` is only code.

:::{slip} a student
Wrong on purpose.

$$
\\bar\\alpha_t = \\alpha_t + \\bar\\alpha_{t-1}
$$ (slip-one)

:::
"""

NOTEBOOK = """\
---
jupytext:
  text_representation:
    extension: .md
    format_name: myst
kernelspec:
  display_name: Python 3
  name: python3
"""

# A page with every fault, and what the build says of each.
BAD = """\
---
# A page

```{code-cell} ipython3
assert 1 + 1 == 3
```

<img alt="x" src="https://a.example/b">

![](dot.png)

$$
\\bar\\alpha_t = \\alpha_t + \\bar\\alpha_{t-1}
$$ (eq-false)

$$
\\frac{1
$$ (eq-unreadable)

Text right above an equation
$$
\\alpha_t = 1 - \\beta_t
$$ (eq-no-air)

$$
\\alpha_t = 1 - \\beta_t
$$ (slip-outside)

:::{slip}
$$
\\bar\\alpha_t = \\alpha_t \\bar\\alpha_{t-1}
$$ (slip-true)

:::

See {eq}`eq-nowhere`.
"""
COMPLAINTS = (
    "Executing notebook failed: CellExecutionError",
    "page.html asks another host: <img",
    "picture without alt text",
    "eq-false is false",
    "KaTeX parse error",
    "leave a blank line around $$",
    "label 'slip-outside' outside a slip block must begin with 'eq-'",
    "the slip slip-true is not false",
    "equation not found: eq-nowhere",
    "no description",
)


def build(
    folder: Path, page: str, repository: str = ""
) -> subprocess.CompletedProcess[str]:
    """Build a book of one page with the real configuration and extension."""
    book = folder / "book"
    shutil.copytree(ROOT / "book" / "web", book / "web")
    (book / "_ext").symlink_to(ROOT / "book" / "_ext")
    (book / "references.bib").write_text("", encoding="utf-8")
    (book / "page.md").write_text(page, encoding="utf-8")
    (book / "dot.png").write_bytes(base64.b64decode(PIXEL))
    shutil.copy(ROOT / "_config.yml", folder)
    (folder / "_toc.yml").write_text("format: jb-book\nroot: book/page\n", "utf-8")
    command = [str(Path(sys.executable).with_name("jupyter-book")), "build", "."]
    return subprocess.run(
        [*command, "-W", "-n", "--keep-going", "--all"],
        cwd=folder,
        env={**os.environ, "GITHUB_REPOSITORY": repository},
        capture_output=True,
        text=True,
        timeout=300,
        check=False,
    )


def test_good_page_is_built_without_a_stranger(tmp_path: Path) -> None:
    run = build(tmp_path, GOOD)
    assert run.returncode == 0, run.stderr
    html = (tmp_path / "_build/html/book/page.html").read_text(encoding="utf-8")
    assert 'class="proof-mark proof-proved" href="ledger/page.html#eq-one"' in html
    assert 'class="proof-mark proof-false"' in html
    assert "Wrong on purpose: a student" in html
    assert "thebe" not in html
    assert "github" not in html.lower()
    for page in (tmp_path / "_build/html").rglob("*.html"):
        if "_static" not in page.parts:
            assert page.read_text("utf-8").count('name="description"') == 1, page
    front = (tmp_path / "_build/html/index.html").read_text(encoding="utf-8")
    assert '<html lang="en">' in front
    assert 'url=book/page.html"' in front


def test_buttons_lead_to_the_repository_that_builds(tmp_path: Path) -> None:
    notebook = GOOD.replace("---\n", NOTEBOOK, 1)
    (tmp_path / "book").mkdir()
    (tmp_path / "book" / "page.ipynb").write_text("{}", encoding="utf-8")
    run = build(tmp_path, notebook, repository="Someone/fork")
    assert run.returncode == 0, run.stderr
    html = (tmp_path / "_build/html/book/page.html").read_text(encoding="utf-8")
    colab = "https://colab.research.google.com/github/Someone/fork/blob/colab/book/"
    assert f'href="{colab}page.ipynb"' in html
    assert 'href="https://github.com/Someone/fork"' in html
    assert 'href="https://someone.github.io/fork/book/page.html"' in html
    assert "owner/name" not in html


def test_every_fault_of_a_bad_page_is_named(tmp_path: Path) -> None:
    run = build(tmp_path, NOTEBOOK + BAD)
    assert run.returncode != 0
    assert [said for said in COMPLAINTS if said not in run.stderr] == []
