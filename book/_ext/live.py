"""What moves in the page: `{draw-digits}`, `{forward-slider}`, `{check-equation}`.

The text inside a directive is what a reader sees where nothing can move: in Colab, on
paper, without JavaScript. A page loads a small script for the directives that it has,
and nothing else before the reader asks for it.
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any, ClassVar

from docutils import nodes
from sphinx.application import Sphinx
from sphinx.util.docutils import SphinxDirective
from sphinx.util.osutil import relative_uri

import live_assets

# Directive → its script in book/web, and what puts the files it may ask for into a
# folder of the site's _static; the answer goes into the page as data-… attributes.
KINDS: dict[str, tuple[str, Callable[[Path], dict[str, Any]]]] = {
    "draw-digits": ("draw.js", live_assets.stage_draw),
    "check-equation": ("checker.js", live_assets.stage_checker),
    "forward-slider": ("slider.js", live_assets.stage_slider),
}
STILL = """\
<img class="live-still" src="{source}" width="112" height="168" loading="lazy" alt="\
Six rows of the same four handwritten digits, at t = {times}: clear in the first, \
grainy in the second, pure noise in the last.">
"""


class live(nodes.General, nodes.Element):
    """The place of something that moves; holds what stands there when nothing can."""


class Live(SphinxDirective):
    """One of the directives, by its name. The content must not be empty."""

    has_content = True
    option_spec: ClassVar[dict[str, Callable[[str], Any]]] = {}

    def run(self) -> list[nodes.Node]:
        self.assert_has_content()
        box = live(kind=self.name)
        self.set_source_info(box)
        self.state.nested_parse(self.content, self.content_offset, box)
        return [box]


def open_box(writer: Any, node: nodes.Element) -> None:
    kind = node["kind"]
    static = Path(writer.builder.outdir, "_static", kind)
    told = {f"data-{k}": str(v) for k, v in KINDS[kind][1](static).items()}
    writer.body.append(writer.starttag(node, "div", CLASS=f"live {kind}", **told))
    if kind == "forward-slider":
        page = writer.builder.get_target_uri(writer.builder.current_docname)
        source = relative_uri(page, f"_static/{kind}/still.webp")
        times = ", ".join(map(str, live_assets.STILLS))
        writer.body.append(STILL.format(source=source, times=times))


def close_box(writer: Any, node: nodes.Element) -> None:
    writer.body.append("</div>\n")


def add_scripts(
    app: Sphinx,
    pagename: str,
    templatename: str,
    context: dict[str, Any],
    doctree: nodes.document | None,
) -> None:
    """The page's own scripts, and one style sheet, only where something moves."""
    kinds = {box["kind"] for box in doctree.findall(live)} if doctree else set()
    for kind in sorted(kinds):
        app.add_js_file(KINDS[kind][0], loading_method="defer")
    if kinds:
        app.add_css_file("live.css")


def setup(app: Sphinx) -> None:
    app.add_node(live, html=(open_box, close_box))
    for kind in KINDS:
        app.add_directive(kind, Live)
    app.connect("html-page-context", add_scripts)
