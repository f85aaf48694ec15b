"""What moves in the page: it moves, it is right, and it says so where it cannot."""

from __future__ import annotations

import math
import re
from typing import Any

import serving
import torch
from serving import SITE
from torch import Tensor

from ddpm_lite.checkpoints import pretrained, schedule_of, shipped
from ddpm_lite.diffusion import p_reverse
from ddpm_lite.proof import check
from ddpm_lite.sampling import ddim

STEPS, SEED, COUNT = 6, 11, 8
DONE = '.draw-digits:is([data-state="done"], [data-state="failed"])'


def normals(seed: int) -> Any:
    """The page's own random numbers, once more: mulberry32, then Box and Muller."""
    state = seed

    def uniform() -> float:
        nonlocal state
        state = (state + 0x6D2B79F5) & 0xFFFFFFFF
        z = state
        z = ((z ^ (z >> 15)) * (z | 1)) & 0xFFFFFFFF
        z ^= (z + ((z ^ (z >> 7)) * (z | 61))) & 0xFFFFFFFF
        return (((z ^ (z >> 14)) & 0xFFFFFFFF) + 0.5) / 2**32

    def draw(count: int) -> Tensor:
        out = []
        while len(out) < count:
            radius, angle = math.sqrt(-2 * math.log(uniform())), 2 * math.pi * uniform()
            out += [radius * math.cos(angle), radius * math.sin(angle)]
        return torch.tensor(out[:count]).view(-1, 1, 28, 28)

    return draw


def drawn_by_the_package(
    fresh: bool, monkeypatch: Any, digit: int | None = None
) -> Tensor:
    """The same noise through the package's own chain."""
    net = pretrained("samples" if digit is None else "conditional")
    y = None if digit is None else torch.full((COUNT,), digit)
    noise = normals(SEED)
    x = noise(COUNT * 784)
    if not fresh:
        monkeypatch.setattr("ddpm_lite.sampling.noise", lambda *_: x)
        return ddim(net, schedule_of(net), COUNT, steps=STEPS)
    schedule = schedule_of(net).respace(STEPS)
    for t in range(STEPS, 0, -1):
        times = torch.full((COUNT,), t)
        p = p_reverse(net, schedule, x, times, y=y, clip=True)
        x = p.mean + p.std * noise(COUNT * 784) if t > 1 else p.mean
    return x.clamp(-1, 1)


def ask(box: Any, steps: int = STEPS, seed: int = SEED) -> None:
    """Fill in the form."""
    box.get_by_label("Steps", exact=True).fill(str(steps))
    box.get_by_label("Seed", exact=True).fill(str(seed))


def shown(box: Any) -> Tensor:
    """The picture that the page holds."""
    values = box.evaluate("(one) => Array.from(one.last)")
    return torch.tensor(values).view(-1, 1, 28, 28).clamp(-1, 1)


def test_digits_appear(open_page: Any, complaints: list[str], monkeypatch: Any) -> None:
    page = open_page("book/index.html", 390)
    page.wait_for_load_state("networkidle")
    loaded: list[Any] = []

    def note(asked: Any) -> None:
        if "favicon" not in asked.url:  # the browser fetches it when it likes
            loaded.append(asked)

    page.on("requestfinished", note)
    box = page.locator(".draw-digits")
    ask(box)
    box.get_by_label("Seed").press("Tab")
    assert loaded == []
    box.get_by_role("button", name="Draw digits").focus()
    page.keyboard.press("Enter")
    page.locator(DONE).wait_for()
    assert f"seed {SEED}, {STEPS} steps" in box.get_by_role("status").inner_text()
    moved = sum(one.sizes()["responseBodySize"] for one in loaded)
    assert 1e6 < moved < 6e6
    by_package = drawn_by_the_package(True, monkeypatch)
    assert (shown(box) - by_package).abs().max() < 0.01
    again = len(loaded)
    box.get_by_label("fresh noise").press("Space")
    box.get_by_role("button", name="Draw digits").click()
    page.locator(DONE).wait_for()
    by_package = drawn_by_the_package(False, monkeypatch)
    assert (shown(box) - by_package).abs().max() < 0.01
    assert len(loaded) == again  # nothing is loaded twice
    assert complaints == []


def test_a_digit_can_be_asked_for(
    open_page: Any, complaints: list[str], monkeypatch: Any
) -> None:
    box = open_page("book/index.html").locator(".draw-digits")
    asked = box.get_by_label("Digit", exact=True)
    if "conditional" not in shipped():
        assert not asked.count()
        return
    ask(box)
    asked.select_option("3")
    box.get_by_role("button", name="Draw digits").click()
    box.page.locator(DONE).wait_for()
    by_package = drawn_by_the_package(True, monkeypatch, 3)
    assert (shown(box) - by_package).abs().max() < 0.01
    assert complaints == []


def test_drawing_can_be_stopped(open_page: Any, complaints: list[str]) -> None:
    page = open_page("book/index.html")
    box = page.locator(".draw-digits")
    ask(box, steps=1000)
    box.get_by_role("button", name="Draw digits").click()
    page.locator(".draw-digits[data-step]").wait_for()
    box.get_by_role("button", name="Stop").click()
    box.get_by_role("button", name="Draw digits").wait_for()
    assert box.get_by_role("status").inner_text() == "Stopped."
    assert complaints == []


def test_without_webassembly_it_says_so(open_page: Any, chrome: Any) -> None:
    with serving.serve(SITE, "script-src 'self' 'unsafe-inline'") as strict:
        page = chrome.new_page()
        page.goto(f"{strict}book/index.html")
        page.get_by_role("button", name="Draw digits").click()
        page.locator('.draw-digits[data-state="failed"]').wait_for()
        said = page.locator(".draw-digits [role=status]").inner_text()
        assert "does not let WebAssembly run" in said
        page.context.add_init_script("delete globalThis.WebAssembly")
        page.reload()
        said = page.locator(".draw-digits [role=status]").inner_text()
        assert "no WebAssembly" in said
        assert not page.get_by_role("button", name="Draw digits").count()
        page.close()


def test_the_checker_answers(open_page: Any, complaints: list[str]) -> None:
    page = open_page("book/index.html", 390)
    page.wait_for_load_state("networkidle")
    loaded: list[Any] = []
    page.on("requestfinished", lambda asked: loaded.append(asked))
    box = page.locator(".check-equation")
    status = box.get_by_role("status")
    cases = {
        r"\bar\alpha_t = \alpha_t \bar\alpha_{t-1}": "Proved",
        r"D_{KL}(q(x) \| p(x)) \ge 0": "Holds",
        r"\sigma_q^2(t) = \frac{(1-\alpha_t)(1-\alpha_{t-1})}{1-\bar\alpha_t}": "False",
        r"\frac{1": "Not understood",
        "<b>x</b> = x_0": "",  # words from the reader stay words
    }
    for latex, words in cases.items():
        box.get_by_label("Your equation").fill(latex)
        box.get_by_label("Your equation").press("Tab")
        page.keyboard.press("Enter")
        answer = status.filter(has_text=latex).filter(has_text="Checked in")
        answer.wait_for(timeout=180_000)
        assert words in answer.inner_text()
        wanted = check(latex).verdict
        assert box.get_attribute("data-verdict") == wanted
    assert not status.locator("b").count()
    moved = sum(one.sizes()["responseBodySize"] for one in loaded)
    assert 5e6 < moved < 20e6
    assert complaints == []


def test_the_slider_moves(open_page: Any, complaints: list[str]) -> None:
    page = open_page("book/04_forward_process.html", 390)
    slider = page.get_by_role("slider")
    frame = page.locator(".live-frame")
    place = "(one) => getComputedStyle(one).backgroundPositionY"
    slider.scroll_into_view_if_needed()
    slider.press("Home")
    assert frame.evaluate(place) == "0%"
    slider.press("ArrowRight")
    assert re.search("t = 20:", slider.get_attribute("aria-valuetext"))
    edge = slider.bounding_box()
    page.touchscreen.tap(edge["x"] + edge["width"] - 2, edge["y"] + edge["height"] / 2)
    assert frame.evaluate(place) == "100%"
    told = page.locator(".live-told").inner_text()
    assert "t = 1000:" in told
    assert "0.01 × picture + 1.00 × noise" in told
    assert complaints == []


def test_without_javascript_pictures_stand_still(open_page: Any) -> None:
    page = open_page("book/04_forward_process.html", java_script_enabled=False)
    still = page.locator(".live-still")
    still.scroll_into_view_if_needed()
    assert still.is_visible()
    assert "handwritten digits" in still.get_attribute("alt")
    page = open_page("book/index.html", java_script_enabled=False)
    assert "needs JavaScript" in page.locator(".draw-digits").inner_text()
