"""By keyboard alone, and as a screen reader hears it: roles, names, order, focus."""

from __future__ import annotations

import re
from typing import Any

import pytest
from serving import SITE

PAGES = sorted(
    p.relative_to(SITE).as_posix()
    for p in SITE.rglob("*.html")
    if "_static" not in p.parts and p != SITE / "index.html"  # which leads on
)

RING = """() => {
  const style = getComputedStyle(document.activeElement);
  const ring = style.outlineStyle !== "none" && parseFloat(style.outlineWidth) > 0;
  return ring || style.boxShadow !== "none";
}"""
# What is touched and is smaller than 24 pixels, too near to something else that is
# touched (WCAG 2.2, 2.5.8). Links in running text are spared, as the rule has it.
CRAMPED = """() => {
  const every = "a[href], button, input, select, textarea, summary";
  const seen = [...document.querySelectorAll(every)].filter(
    (one) => one.checkVisibility({visibilityProperty: true, opacityProperty: true}));
  const prose = (one) => {
    const around = one.parentElement.closest("p, li, td, th, dd, dt, figcaption, h2");
    const words = (it) => it.textContent.replace(/\\s+/g, "");
    return around && getComputedStyle(one).display === "inline"
      && words(around).length > words(one).length;
  };
  const all = seen.map((one) => ({one, box: one.getBoundingClientRect()}))
    .filter(({box}) => box.width && box.height);
  const small = (box) => box.width < 23.9 || box.height < 23.9;
  // From a point to the nearest of a box; boxes that hold one another are one thing.
  const away = (x, y, box) => Math.hypot(
    Math.max(box.left - x, 0, x - box.right), Math.max(box.top - y, 0, y - box.bottom));
  const middle = (box) => [(box.left + box.right) / 2, (box.top + box.bottom) / 2];
  return all.flatMap(({one, box}) => {
    const [x, y] = middle(box), tight = small(box) && !prose(one);
    const near = all.find((other) => {
      if (other.one.contains(one) || one.contains(other.one)) return false;
      const alone = !prose(one) && !prose(other.one);
      if (!tight) return alone && away(x, y, other.box) === 0;
      const apart = Math.hypot(x - middle(other.box)[0], y - middle(other.box)[1]);
      return away(x, y, other.box) < 11.9 || (small(other.box) && apart < 23.9);
    });
    const [it, its] = [one, near?.one].map((what) => what?.outerHTML.slice(0, 80));
    return near ? [`${it} by ${its}`] : [];
  });
}"""
DRAWN = "* { content-visibility: visible !important }"
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


@pytest.mark.parametrize("path", PAGES)
def test_a_finger_finds_every_link(path: str, open_page: Any) -> None:
    """As the page comes, most sections not drawn yet, and with all of them drawn."""
    for width in (390, 1440):
        page = open_page(path, width)
        assert page.evaluate(CRAMPED) == [], f"{path} at {width} px"
        page.add_style_tag(content=DRAWN)
        assert page.evaluate(CRAMPED) == [], f"{path} at {width} px, drawn"


def test_a_cramped_link_would_be_found(open_page: Any) -> None:
    page = open_page("404.html", 390)
    assert page.evaluate(CRAMPED) == []
    add = "document.body.insertAdjacentHTML('beforeend', '<a href=#>x</a>'.repeat(2))"
    page.evaluate(add)
    assert len(page.evaluate(CRAMPED)) == 2


def test_a_section_has_room_before_it_is_drawn(open_page: Any) -> None:
    """What the page says of its height (_ext/rooms.py) is near what it will be."""
    sections = """(all) => all.map((one) => one.getBoundingClientRect().height)"""
    for path in ("book/06_posterior.html", "book/10_training.html"):
        for width in (390, 1440):
            page = open_page(path, width)
            found = page.locator(".bd-article > section > section")
            told = found.evaluate_all(sections)
            page.add_style_tag(content=DRAWN)
            real = found.evaluate_all(sections)
            assert 0.9 < sum(told) / sum(real) < 1.5


def test_from_a_file_it_says_what_to_do(chrome: Any) -> None:
    page = chrome.new_page(viewport={"width": 390, "height": 844})
    page.goto((SITE / "book" / "index.html").as_uri())
    for box in page.locator(".draw-digits, .check-equation").all():
        box.scroll_into_view_if_needed()
        assert "make serve" in box.get_by_role("status").text_content()
        assert box.get_by_role("button").count() == 0
        assert box.bounding_box()["height"] < 160  # the words, and no empty room
    page.close()
