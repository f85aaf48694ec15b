"""LaTeX to HTML by KaTeX, at build time: no script draws mathematics in the page."""

from __future__ import annotations

import html
import json
import re
import subprocess
from functools import cache

import assets


class UnreadableError(ValueError):
    """KaTeX cannot read a formula; the message says where it stopped."""


@cache
def server() -> subprocess.Popen[str]:
    """The node process that renders; it ends with ours, whose pipe it reads."""
    script = assets.HERE / "katex_server.cjs"
    return subprocess.Popen(
        [str(assets.node_bin() / "node"), str(script)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
        encoding="utf-8",
    )


# Every character that has been drawn: what the fonts must hold.
drawn: set[str] = set()


@cache
def render(latex: str, display: bool) -> str:
    """HTML and MathML of one formula.

    Raises:
        UnreadableError: if KaTeX cannot read it.
        RuntimeError: if node has stopped.
    """
    process = server()
    assert process.stdin is not None
    assert process.stdout is not None
    process.stdin.write(json.dumps({"latex": latex, "display": display}) + "\n")
    process.stdin.flush()
    line = process.stdout.readline()
    if not line:
        raise RuntimeError("node stopped while KaTeX was rendering")
    answer = json.loads(line)
    if "error" in answer:
        raise UnreadableError(answer["error"])
    shown = str(answer["html"]).partition('class="katex-html"')[2]
    drawn.update(html.unescape(re.sub(r"<[^>]*>", "", shown)))
    return str(answer["html"])
