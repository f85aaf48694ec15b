"""Print the built site as one PDF, with Chromium.

    python book/_ext/pdf.py [OUT.pdf]

The articles of all pages, in the order of the table of contents, go into one page:
so every link between chapters stays a link. CHROMIUM names the browser if it is not
found by itself.
"""

from __future__ import annotations

import os
import posixpath
import re
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import yaml

ROOT = Path(__file__).resolve().parents[2]
SITE = ROOT / "_build" / "html"
BROWSERS = ("chromium", "chromium-browser", "google-chrome", "chrome")

ARTICLE = re.compile(r"<article\b[^>]*>(.*)</article>", re.S)
ATTRIBUTE = re.compile(r'\b(id|href|src)="([^"]*)"')

PAGE = """\
<!DOCTYPE html>
<html lang="en" data-theme="light" data-mode="light">
<head>
<meta charset="utf-8">
<title>{title}</title>
<link rel="stylesheet" href="../html/_static/book.css">
<link rel="stylesheet" href="../html/_static/map.css">
<link rel="stylesheet" href="../html/_static/ledger.css">
<style>
@page {{ size: A4; margin: 18mm 17mm 20mm;
  @bottom-center {{ content: counter(page); font: 9pt sans-serif; }} }}
html {{ font-size: 11pt; }}
body {{ background: #fff; }}
article {{ break-before: page; }}
article:first-of-type {{ break-before: auto; }}
h1, h2, h3 {{ break-after: avoid; }}
.equation, figure, pre, tr {{ break-inside: avoid; }}
pre {{ white-space: pre-wrap; }}
.headerlink, .copybtn, .live {{ display: none; }}
</style>
</head>
<body>
{articles}
</body>
</html>
"""


class NotPossibleError(RuntimeError):
    """The book cannot be printed; the message says what to do."""


def pages(toc: dict[str, Any]) -> Iterator[str]:
    """The pages of a table of contents, in order."""
    for key in ("root", "file"):
        if key in toc:
            yield str(toc[key])
    if "glob" in toc:
        found = sorted(ROOT.glob(f"{toc['glob']}.md"))
        yield from (page.relative_to(ROOT).with_suffix("").as_posix() for page in found)
    for key in ("parts", "chapters", "sections"):
        for one in toc.get(key, ()):
            yield from pages(one)


def name(page: str, anchor: str = "") -> str:
    """The one page's anchor for a place in the site."""
    return f"{page.replace('/', '-')}--{anchor or 'top'}"


def article(text: str, page: str, known: set[str]) -> str:
    """A page's article, with its addresses turned to what they are in one page."""
    found = ARTICLE.search(text)
    if not found:
        raise NotPossibleError(f"{page}.html has no article: run make book")

    def address(match: re.Match[str]) -> str:
        kind, value = match.groups()
        if kind == "id":
            return f'id="{name(page, value)}"'
        if re.match(r"[a-z]+:|//", value):
            return match.group()
        path, _, anchor = value.partition("#")
        target = posixpath.normpath(posixpath.join(posixpath.dirname(page), path))
        if kind == "href" and not path:
            return f'href="#{name(page, anchor)}"'
        if kind == "href" and target.removesuffix(".html") in known:
            return f'href="#{name(target.removesuffix(".html"), anchor)}"'
        return f'{kind}="../html/{target}{"#" + anchor if anchor else ""}"'

    body = ATTRIBUTE.sub(address, found.group(1))
    body = re.sub(r"url\(#([\w-]+)\)", lambda m: f"url(#{name(page, m[1])})", body)
    body = re.sub(r'\bloading="lazy"', "", body)  # nobody scrolls on paper
    body = re.sub(r"<details(?![^>]*\bopen\b)", "<details open", body)
    return f'<article id="{name(page)}">{body}</article>'


def one_page(site: Path, toc: dict[str, Any], title: str) -> str:
    """The whole book as one page."""
    order = [page for page in pages(toc) if (site / f"{page}.html").is_file()]
    if not order or not (site / "_static" / "book.css").is_file():
        raise NotPossibleError("the book is not built yet: run make book first")
    texts = ((page, (site / f"{page}.html").read_text("utf-8")) for page in order)
    known = set(order)
    body = "\n".join(article(text, page, known) for page, text in texts)
    return PAGE.format(title=title, articles=body)


def browser() -> str:
    """The Chromium to print with."""
    wanted = os.environ.get("CHROMIUM", "")
    for one in (wanted,) if wanted else BROWSERS:
        if found := shutil.which(one):
            return found
    raise NotPossibleError(
        f"no browser {wanted or 'found'}: install Chromium, or name one in CHROMIUM"
    )


def print_pdf(source: Path, out: Path) -> None:
    """Print a local page."""
    fresh = out.with_suffix(".new")
    command = [browser(), "--headless", "--disable-gpu", "--no-pdf-header-footer"]
    command += ["--generate-pdf-document-outline", f"--print-to-pdf={fresh}"]
    command += ["--no-sandbox"] if os.geteuid() == 0 else []  # as in a container
    run = subprocess.run(
        [*command, source.as_uri()], capture_output=True, text=True, check=False
    )
    if run.returncode or not fresh.is_file():
        lines = run.stderr.strip().splitlines() or ["it gave no reason"]
        raise NotPossibleError(f"the browser did not print: {lines[-1]}")
    fresh.replace(out)


def main(arguments: list[str]) -> int:
    out = Path(arguments[0]) if arguments else ROOT / "_build/pdf/diffusion-derived.pdf"
    toc = yaml.safe_load((ROOT / "_toc.yml").read_text(encoding="utf-8"))
    config = yaml.safe_load((ROOT / "_config.yml").read_text(encoding="utf-8"))
    source = ROOT / "_build" / "pdf" / "book.html"
    try:
        source.parent.mkdir(parents=True, exist_ok=True)
        source.write_text(one_page(SITE, toc, config["title"]), encoding="utf-8")
        print_pdf(source, out.resolve())
    except (NotPossibleError, OSError) as error:
        print(error, file=sys.stderr)
        return 2
    print(f"{out} ({out.stat().st_size / 1e6:.1f} MB)")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
