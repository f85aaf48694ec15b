"""The cheat sheet keeps its word: one sheet of A4."""

from __future__ import annotations

import re
from typing import Any


def test_the_cheat_sheet_prints_on_one_page(open_page: Any) -> None:
    page = open_page("book/cheatsheet.html")
    page.wait_for_load_state("networkidle")
    printed = page.pdf(prefer_css_page_size=True)
    assert len(re.findall(rb"/Type\s*/Page\b(?!s)", printed)) == 1
    box = re.search(rb"/MediaBox\s*\[([^\]]*)\]", printed)
    assert box
    width, height = (float(side) for side in box.group(1).split()[2:])
    assert abs(width - 595) < 2  # A4, in points
    assert abs(height - 842) < 2
