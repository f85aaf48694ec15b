"""Print the built site as one PDF, with Chromium.

    python book/_ext/pdf.py [OUT.pdf]

Each page of the table of contents is printed by itself, because a browser's time on
paper grows faster than the paper does; `binding` joins the sheets. The sheets are
numbered through, and what links from one chapter to another still does. CHROMIUM names
the browser if it is not found by itself.
"""

from __future__ import annotations

import html
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

import binding

ROOT = Path(__file__).resolve().parents[2]
SITE = ROOT / "_build" / "html"
BROWSERS = ("chromium", "chromium-browser", "google-chrome", "chrome")

ARTICLE = re.compile(r"<article\b[^>]*>(.*)</article>", re.S)
ATTRIBUTE = re.compile(r'\b(id|href|src)="([^"]*)"')
HEADING = re.compile(r'<h([123])>(.*?)<a class="headerlink" href="#([^"]*)"', re.S)
SPOKEN = re.compile(r'<span class="katex-mathml">.*?</math></span>', re.S)

SHEET = """\
<!DOCTYPE html>
<html lang="en" data-theme="light" data-mode="light">
<head>
<meta charset="utf-8">
<title>{title}</title>
<link rel="stylesheet" href="{site}/_static/book.css">
<link rel="stylesheet" href="{site}/_static/map.css">
<link rel="stylesheet" href="{site}/_static/ledger.css">
<link rel="stylesheet" href="{site}/_static/live.css">
<link rel="stylesheet" href="{here}/paper.css">
<style>html {{ counter-reset: page {before}; }}</style>
</head>
<body>
{article}
<div hidden>{anchors}</div>
</body>
</html>
"""
TITLE_SHEET = """\
<article class="title-sheet">
<h1>{title}</h1>
<p>{promise}</p>
{picture}
<p class="licence">{author} · {year}</p>
</article>
<article class="contents">
<h2>What is where</h2>
<ul>
{lines}
</ul>
</article>
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
    """The book's own anchor for a place in the site."""
    return f"{page.replace('/', '-')}--{anchor or 'top'}"


def article(text: str, page: str, known: set[str]) -> str:
    """A page's article, with its addresses turned to what they are in the book."""
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
            other = name(target.removesuffix(".html"), anchor)
            return f'href="{binding.ELSEWHERE}{other}"'
        return f'{kind}="{SITE.as_uri()}/{target}{"#" + anchor if anchor else ""}"'

    body = ATTRIBUTE.sub(address, found.group(1))
    body = re.sub(r"url\(#([\w-]+)\)", lambda m: f"url(#{name(page, m[1])})", body)
    body = re.sub(r'\bloading="lazy"', "", body)  # nobody scrolls on paper
    body = re.sub(r"<details(?![^>]*\bopen\b)", "<details open", body)
    return f'<article id="{name(page)}">{body}</article>'


def sheet(body: str, title: str, before: int) -> str:
    """A page to print, whose first sheet has the number `before` + 1."""
    # The browser keeps the places of those anchors to which something links.
    anchors = re.findall(r'\bid="([^"]+)"', body)
    return SHEET.format(
        title=html.escape(title),
        site=SITE.as_uri(),
        here=Path(__file__).parent.as_uri(),
        before=before,
        article=body,
        anchors="".join(f'<a href="#{one}"></a>' for one in anchors),
    )


def headings(body: str) -> list[tuple[int, str, str]]:
    """(level, words, anchor) of an article's headings; the first is its title."""
    found = []
    for level, inside, anchor in HEADING.findall(body):
        words = html.unescape(re.sub(r"<[^>]*>", "", SPOKEN.sub("", inside)))
        found.append((int(level), words.strip(), anchor))
    return found


def title_sheet(site: Path, config: dict[str, Any], listed: list[Any]) -> str:
    """The title, and the chapters with the numbers of their first sheets."""
    landing = (site / "book" / "index.html").read_text("utf-8")
    promise = re.search(r"<p><strong>(.*?)</strong></p>", landing, re.S)
    lines = (
        f'<li class="depth-{page.count("/")}"><a href="{binding.ELSEWHERE}'
        f'{name(page)}">{html.escape(heading)}</a><span>{number}</span></li>'
        for page, heading, number in listed
    )
    still = site / "_static" / "forward-slider" / "still.webp"
    picture = f'<img src="{still.as_uri()}" alt="">' if still.is_file() else ""
    return TITLE_SHEET.format(
        title=html.escape(config["title"]),
        promise=promise[1] if promise else "",
        picture=picture,
        author=html.escape(config["author"]),
        year=html.escape(str(config["copyright"])),
        lines="\n".join(lines),
    )


def browser() -> str:
    """The Chromium to print with."""
    wanted = os.environ.get("CHROMIUM", "")
    for one in (wanted,) if wanted else BROWSERS:
        if found := shutil.which(one):
            return found
    raise NotPossibleError(
        f"no browser {wanted or 'found'}: install Chromium, or name one in CHROMIUM"
    )


def print_pdf(source: Path) -> Path:
    """Print a local page; return the PDF beside it."""
    out = source.with_suffix(".pdf")
    out.unlink(missing_ok=True)
    command = [browser(), "--headless", "--disable-gpu", "--no-pdf-header-footer"]
    # Tags for screen readers would not survive the binding: the site is for those.
    command += ["--disable-pdf-tagging"]
    command += ["--no-sandbox"] if os.geteuid() == 0 else []  # as in a container
    run = subprocess.run(
        [*command, f"--print-to-pdf={out}", source.as_uri()],
        capture_output=True,
        text=True,
        check=False,
    )
    if run.returncode or not out.is_file():
        lines = run.stderr.strip().splitlines() or ["it gave no reason"]
        raise NotPossibleError(f"the browser did not print: {lines[-1]}")
    return out


def print_book(
    site: Path, workshop: Path, toc: Any, config: Any
) -> tuple[list[Path], list[tuple[int, str, str]]]:
    """Print title and chapters below `workshop`.

    Returns:
        Their PDFs in order, and the headings of the whole book.
    """
    order = [page for page in pages(toc) if (site / f"{page}.html").is_file()]
    if not order or not (site / "_static" / "book.css").is_file():
        raise NotPossibleError("the book is not built yet: run make book first")
    number, printed, listed, marks = 2, [], [], []
    for at, page in enumerate(order):
        text = (site / f"{page}.html").read_text("utf-8")
        source = workshop / f"{page.replace('/', '-')}.html"
        body = article(text, page, set(order))
        own = headings(body) or [(1, page, name(page))]
        title = own[0][1]
        marks += own
        source.write_text(sheet(body, title, number), encoding="utf-8")
        printed.append(print_pdf(source))
        listed.append((page, title, number + 1))
        number += binding.count(printed[-1])
        if sys.stderr.isatty():
            print(f"\r{at + 1}/{len(order)}", end="", file=sys.stderr, flush=True)
    source = workshop / "title.html"
    body = title_sheet(site, config, listed)
    source.write_text(sheet(body, config["title"], 0), encoding="utf-8")
    front = print_pdf(source)
    if binding.count(front) != 2:
        raise NotPossibleError("title and contents do not fit on two sheets")
    return [front, *printed], marks


def main(arguments: list[str]) -> int:
    workshop = ROOT / "_build" / "pdf"
    out = Path(arguments[0]) if arguments else workshop / "diffusion-derived.pdf"
    toc = yaml.safe_load((ROOT / "_toc.yml").read_text(encoding="utf-8"))
    config = yaml.safe_load((ROOT / "_config.yml").read_text(encoding="utf-8"))
    try:
        workshop.mkdir(parents=True, exist_ok=True)
        parts, marks = print_book(SITE, workshop, toc, config)
        sheets = binding.bind(parts, marks, out, config["title"], config["author"])
    except (NotPossibleError, OSError) as error:
        print(error, file=sys.stderr)
        return 2
    print(f"{out} ({sheets} pages, {out.stat().st_size / 1e6:.1f} MB)")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
