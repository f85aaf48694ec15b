"""By keyboard alone, and as a screen reader hears it: roles, names, order, focus."""

from __future__ import annotations

import re
from typing import Any

import pytest
from serving import SITE

RING = """() => {
  const style = getComputedStyle(document.activeElement);
  const ring = style.outlineStyle !== "none" && parseFloat(style.outlineWidth) > 0;
  return ring || style.boxShadow !== "none";
}"""
SEEN = "(one) => getComputedStyle(one).opacity === '1'"


def heard(page: Any) -> str:
    """Role and name of what has the focus, as the accessibility tree has them."""
    said = page.locator(":focus").aria_snapshot()
    found = re.match(r"""- '?(\w+(?: "(?:[^"\\]|\\.)*")?(?: \[\w+\])?)""", said)
    return found.group(1) if found else said


def walk(page: Any, steps: int) -> list[str]:
    """Press Tab so often; what is heard on the way. The focus is always seen."""
    stations = []
    for _ in range(steps):
        page.keyboard.press("Tab")
        stations.append(heard(page))
        assert page.evaluate(RING), f"nobody sees the focus on {stations[-1]}"
    return stations


def test_a_mark_speaks_and_is_silenced(open_page: Any, complaints: list[str]) -> None:
    for width in (390, 1440):
        page = open_page("book/06_posterior.html", width)
        mark = page.get_by_role("link", name=re.compile("^Proved: derived")).first
        tip = mark.locator(".proof-tip")
        mark.focus()
        page.keyboard.press("Shift+Tab")
        (station,) = walk(page, 1)
        assert station.startswith('link "Proved: derived exactly by machine')
        assert tip.evaluate(SEEN)
        box = tip.bounding_box()
        assert box["x"] >= 0
        assert box["x"] + box["width"] <= width
        page.keyboard.press("Escape")
        assert not tip.evaluate(SEEN)
        assert mark.evaluate("(one) => one === document.activeElement")
        page.keyboard.press("Tab")
        mark.hover()
        assert tip.evaluate(SEEN)
        tip.hover()  # and the words stay while they are being read
        assert tip.evaluate(SEEN)
        page.keyboard.press("Escape")
        assert not tip.evaluate(SEEN)
    assert complaints == []


def test_the_draw_box_by_keyboard(open_page: Any) -> None:
    page = open_page("book/index.html")
    box = page.locator(".draw-digits")
    box.get_by_role("button", name="Draw digits").focus()
    page.keyboard.press("Shift+Tab")
    stations = walk(page, 4 + box.get_by_label("Digit", exact=True).count())
    assert stations[:3] == [
        'button "Draw digits"',
        'spinbutton "Steps"',
        'spinbutton "Seed"',
    ]
    assert stations[-1] == 'checkbox "fresh noise in each step" [checked]'
    tree = box.aria_snapshot()
    assert '- form "Draw digits"' in tree
    assert '- img "Eight squares of pure noise."' in tree
    assert "- status: This is noise." in tree


def test_the_checker_by_keyboard(open_page: Any) -> None:
    page = open_page("book/index.html", 390)
    box = page.locator(".check-equation")
    field = box.get_by_role("textbox", name="Your equation, in LaTeX")
    field.focus()
    page.keyboard.press("Shift+Tab")
    stations = walk(page, 4)
    assert stations[0].startswith('textbox "Your equation, in LaTeX"')
    assert stations[1:] == [
        'button "Check"',
        'button "a true one"',
        'button "one bar missing"',
    ]
    page.keyboard.press("Enter")
    assert r"(1-\alpha_{t-1})" in field.input_value()
    assert "- status: The button loads Python" in box.aria_snapshot()


def test_the_slider_by_keyboard(open_page: Any) -> None:
    page = open_page("book/04_forward_process.html", 390)
    slider = page.get_by_role("slider", name="noisy steps t")
    slider.focus()
    page.keyboard.press("Shift+Tab")
    assert walk(page, 1)[0].startswith('slider "noisy steps t"')
    for key, t in (("End", 1000), ("ArrowLeft", 980), ("Home", 0), ("ArrowRight", 20)):
        page.keyboard.press(key)
        assert slider.get_attribute("aria-valuetext").startswith(f"t = {t}:")
        frame = page.get_by_role("img", name=f"digits after {t} noisy steps")
        assert frame.count() == 1


def test_the_map_by_keyboard(open_page: Any, complaints: list[str]) -> None:
    page = open_page("book/index.html", 390)
    fold = page.locator(".map-list details").nth(6)
    fold.locator("summary").focus()
    page.keyboard.press("Shift+Tab")
    walk(page, 1)
    assert not fold.evaluate("(one) => one.open")
    page.keyboard.press("Enter")
    assert fold.evaluate("(one) => one.open")
    assert "6 The posterior" in fold.inner_text()
    station = walk(page, 1)[0]
    assert station == 'link "(6.1)"'  # the picture says nothing the list does not
    assert page.locator(".map-picture:not([aria-hidden=true])").count() == 0
    page.keyboard.press("Enter")
    page.wait_for_url("**/06_posterior.html#equation-eq-bayes")
    assert complaints == []


def test_buttons_above_the_page(open_page: Any, complaints: list[str]) -> None:
    for width in (390, 1440):
        page = open_page("book/06_posterior.html", width)
        bar = page.locator(".bd-header-article")
        for button in bar.get_by_role("button").all():
            if button.is_visible():
                name = button.get_attribute("aria-label") or button.inner_text()
                assert re.search(r"[A-Za-z]{4}", name), button.aria_snapshot()
        opener = bar.get_by_role("button", name="Download this page")
        entry = bar.get_by_role("link", name=".md")
        opener.focus()
        assert not entry.is_visible()
        page.keyboard.press("Enter")
        entry.wait_for()
        assert opener.get_attribute("aria-expanded") == "true"
        assert walk(page, 1)[0].startswith('link "')
        page.keyboard.press("Escape")
        assert opener.get_attribute("aria-expanded") == "false"
        assert heard(page).startswith('button "Download this page"')
        assert not entry.is_visible()
    assert complaints == []


@pytest.mark.parametrize("width", [390, 1440])
def test_a_link_lands_where_it_says(open_page: Any, width: int) -> None:
    page = open_page("book/08_noise_prediction.html", width)
    places = page.locator("div.math.equation[id]")
    for at in (12, 25, 3, 21):
        name = places.nth(at).get_attribute("id")
        page.evaluate("(name) => { location.hash = name; }", name)
        page.wait_for_timeout(300)
        top = places.nth(at).bounding_box()["y"]
        assert 0 <= top < 300, f"{name} at {top}"
    if width == 1440:
        inside = page.locator(".page-toc a.active")
        assert inside.count() == 1


def test_from_a_file_it_says_what_to_do(chrome: Any) -> None:
    page = chrome.new_page(viewport={"width": 390, "height": 844})
    page.goto((SITE / "book" / "index.html").as_uri())
    for box in page.locator(".draw-digits, .check-equation").all():
        box.scroll_into_view_if_needed()
        assert "make serve" in box.get_by_role("status").text_content()
        assert box.get_by_role("button").count() == 0
        assert box.bounding_box()["height"] < 160  # the words, and no empty room
    page.close()
