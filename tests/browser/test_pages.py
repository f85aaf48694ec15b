"""Every page, on a phone and on a desk, in the light and in the dark."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest
from serving import SITE

PAGES = sorted(p.relative_to(SITE).as_posix() for p in SITE.glob("book/**/*.html"))
TOOLS = ["404.html", "genindex.html", "search.html"]
# A page's words, without formulas (drawn), code, and what a script will read.
WORDS = """() => {
  const copy = document.querySelector("main").cloneNode(true);
  const silent = ".katex, pre, code, script, style, textarea, input, .live";
  copy.querySelectorAll(silent).forEach((one) => one.remove());
  return copy.textContent;
}"""
# Words that lie beside the screen, where nothing scrolls to them.
CUT = """() => {
  const main = document.querySelector("main");
  const walk = document.createTreeWalker(main, NodeFilter.SHOW_TEXT);
  const moves = (one) => /auto|scroll/.test(getComputedStyle(one).overflowX);
  const scrolls = (one) => one && (moves(one) || scrolls(one.parentElement));
  const cut = [], unseen = ".katex-mathml, .proof-tip, .visually-hidden, .ledger thead";
  for (let text; (text = walk.nextNode());) {
    const around = text.parentElement, range = document.createRange();
    if (!text.data.trim() || around.closest(unseen) || scrolls(around)) continue;
    range.selectNodeContents(text);
    const beside = (box) => box.width && (box.left < -1 || box.right > innerWidth + 1);
    if ([...range.getClientRects()].some(beside)) cut.push(text.data.trim());
  }
  return cut;
}"""
RAW_TEX = re.compile(r"\\[a-zA-Z]{2,}|\$\$|\\[()\[\]]|\$[^$\n]*[\\_^][^$\n]*\$")
COLAB = re.compile(
    r"https://colab\.research\.google\.com/github/[\w.-]+/[\w.-]+/blob/[\w./-]+\.ipynb"
)


@pytest.mark.parametrize("path", PAGES + TOOLS)
def test_page_is_in_order(path: str, open_page: Any, complaints: list[str]) -> None:
    for width, scheme in ((390, "light"), (1440, "dark")):
        page = open_page(path, width, color_scheme=scheme)
        page.wait_for_load_state("networkidle")
        size = "[document.documentElement.scrollWidth, innerWidth]"
        needed, given = page.evaluate(f"() => {size}")
        assert needed <= given, f"{path} scrolls sideways at {width} px"
        page.add_style_tag(content="* { content-visibility: visible !important }")
        assert page.evaluate(CUT) == [], f"{path} is cut off at {width} px"
        found = RAW_TEX.search(page.evaluate(WORDS))
        assert not found, f"{path} shows raw TeX: {found and found.group()}"
    assert complaints == []


@pytest.mark.parametrize("path", PAGES)
def test_colab_links_lead_to_a_notebook(path: str) -> None:
    text = Path(SITE, path).read_text(encoding="utf-8")
    for address in re.findall(r'href="([^"]*colab\.research[^"]*)"', text):
        assert COLAB.fullmatch(address), address
        assert "/owner/name/" not in address


@pytest.mark.parametrize("path", [p for p in PAGES if "/ledger/" not in p])
def test_page_is_light(path: str, open_page: Any) -> None:
    """What a phone loads from the first line to the last: 300 KB, pictures and all."""
    page = open_page("404.html", 390)
    moved: list[float] = []
    wire = page.context.new_cdp_session(page)
    wire.send("Network.enable")
    wire.on("Network.loadingFinished", lambda e: moved.append(e["encodedDataLength"]))
    page.goto(page.url.replace("404.html", path), wait_until="load")
    for picture in page.locator("article img").all():
        picture.evaluate("(one) => one.scrollIntoView()")
        page.wait_for_timeout(50)
    page.keyboard.press("End")
    page.wait_for_load_state("networkidle")
    assert 30e3 < sum(moved) < 300e3


def first_with(mark: str) -> str:
    """The first page whose HTML has this in it."""
    for path in PAGES:
        if mark in Path(SITE, path).read_text(encoding="utf-8"):
            return path
    pytest.fail(f"no page has {mark}")


def test_a_proof_mark_opens_its_proof(open_page: Any, complaints: list[str]) -> None:
    path = first_with('class="proof-mark proof-proved" href="#')
    page = open_page(path, reduced_motion="reduce")
    mark = page.locator('a.proof-proved[href^="#"]').first
    tip = mark.locator(".proof-tip")
    assert tip.evaluate("(one) => getComputedStyle(one).opacity") == "0"
    mark.focus()
    page.keyboard.press("Shift+Tab")
    page.keyboard.press("Tab")  # as a keyboard's user comes to it
    assert tip.evaluate("(one) => getComputedStyle(one).opacity") == "1"
    assert "Proved" in tip.inner_text()
    page.keyboard.press("Enter")
    target = page.locator(":target")
    target.wait_for()
    assert "assert" in target.inner_text()
    for _ in range(50):  # the page may glide
        if in_view := 0 <= target.bounding_box()["y"] < 900:
            break
        page.wait_for_timeout(100)
    assert in_view
    assert complaints == []


def test_the_phone_menu_opens(open_page: Any, complaints: list[str]) -> None:
    page = open_page("book/index.html", 390)
    links = page.locator("a.reference.internal:visible")
    entry = page.locator(".bd-sidebar-primary a, dialog a").get_by_text("Notation")
    assert not entry.is_visible()
    before = links.count()
    page.locator("button.primary-toggle:visible").first.tap()
    page.get_by_role("link", name=re.compile("Notation")).first.wait_for()
    assert links.count() > before
    assert complaints == []


def test_a_solution_unfolds(open_page: Any, complaints: list[str]) -> None:
    page = open_page(first_with("solution dropdown"), 390)
    solution = page.locator(".solution.dropdown").first
    words = solution.locator("p:not(.admonition-title)").first
    assert not words.is_visible()
    solution.locator("button.toggle-button").first.click()
    words.wait_for()
    assert complaints == []
