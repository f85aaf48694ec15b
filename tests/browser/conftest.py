"""The site in a real browser: `make browser`.

Needs a built site (`make book`), a Chromium and playwright; where one is missing,
these tests are not run and one line says which.
"""

from __future__ import annotations

import importlib.util
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

sys.path.insert(0, str(Path(__file__).parent))
import serving

SITE = serving.SITE


def missing() -> str:
    """What keeps these tests from running; empty if nothing does."""
    if not serving.chromium():
        return serving.NO_CHROMIUM
    if importlib.util.find_spec("playwright") is None:
        return "playwright is not installed (make browser installs it)"
    if not (SITE / "book" / "index.html").is_file():
        return f"no site in {SITE} (make book builds it)"
    return ""


collect_ignore_glob = ["test_*.py"] if missing() else []


def pytest_terminal_summary(terminalreporter: Any) -> None:
    if missing():
        terminalreporter.write_line(f"browser tests skipped: {missing()}")


@pytest.fixture(scope="session")
def site() -> Iterator[str]:
    """The address of the built site, served under the policy."""
    with serving.serve(SITE) as address:
        yield address


@pytest.fixture(scope="session")
def chrome() -> Iterator[Any]:
    """One browser for all tests."""
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(
            executable_path=serving.chromium(), args=["--no-sandbox"]
        )
        yield browser
        browser.close()


@pytest.fixture
def complaints() -> list[str]:
    """What the pages opened by a test complained of."""
    return []


@pytest.fixture
def open_page(chrome: Any, site: str, complaints: list[str]) -> Iterator[Any]:
    """open_page("book/index.html", width=390) → a page that gathers complaints."""
    contexts = []

    def open_it(path: str, width: int = 1440, **traits: Any) -> Any:
        context = chrome.new_context(
            viewport={"width": width, "height": 900}, has_touch=width < 600, **traits
        )
        context.set_default_timeout(60_000)
        contexts.append(context)
        page = context.new_page()
        page.on("pageerror", lambda error: complaints.append(f"{path}: {error}"))
        page.on(
            "console",
            lambda said: (
                said.type in ("error", "warning")
                and complaints.append(f"{path}: {said.text}")
            ),
        )
        page.on(
            "request",
            lambda asked: (
                asked.url.startswith((site, "data:", "blob:"))
                or complaints.append(f"{path} asks {asked.url}")
            ),
        )
        page.goto(site + path, wait_until="load")
        return page

    yield open_it
    for context in contexts:
        context.close()
