"""What every page needs: no third party, a description, texts for its pictures."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

from docutils import nodes
from sphinx.application import Sphinx
from sphinx.config import Config
from sphinx.errors import ExtensionError
from sphinx.util import logging

import assets

log = logging.getLogger(__name__)

# Extensions that Jupyter Book always loads and that name other hosts on each page.
STRANGERS = ("sphinx_thebe", "sphinx_comments")
RAW_MATHS = re.compile(r"\$\$|\((?:eq|slip)-[\w-]+\)")
# Exercises, solutions and theorems all give their content the same id.
TWICE = re.compile(r' id="(?:exercise|solution|proof)-content"')
DESCRIPTION = re.compile(r'<meta content="([^"]*)" name="description"')
# The pages that Sphinx writes itself.
TOOLS = {
    "genindex": "Every function and class of the package, and where it is described.",
    "search": "Search the whole book: its pages, its headings, its words.",
}
# Without a known address of the site the card's own address is no address.
OG_ADDRESS = re.compile(r'<meta property="og:url" content="(?!https?:)[^"]*" />\n?')
BARE_IMAGE = re.compile(r"<img\b(?![^>]*\balt=\"[^\"]+\")[^>]*>")


def prepare(app: Sphinx, config: Config) -> None:
    """Our own copy of KaTeX's fonts, and no strangers."""
    try:
        served = assets.stage(Path(app.outdir).parent / "assets")
    except FileNotFoundError as missing:
        raise ExtensionError(str(missing)) from missing
    config.html_static_path.append(str(served))
    for listeners in app.events.listeners.values():
        listeners[:] = [
            one for one in listeners if not one.handler.__module__.startswith(STRANGERS)
        ]


def check_pictures(app: Sphinx, doctree: nodes.document, docname: str) -> None:
    """A picture without words for those who cannot see it fails the build."""
    for image in doctree.findall(nodes.image):
        if not image.get("alt", "").strip():
            log.warning("picture without alt text", location=image)
    for raw in doctree.findall(nodes.raw):
        if raw.get("format") == "html" and BARE_IMAGE.search(raw.astext()):
            log.warning("<img> without alt text in an output", location=raw)


def check_text(app: Sphinx, doctree: nodes.document, docname: str) -> None:
    """An equation that stayed text (a blank line is missing) fails the build."""
    for text in doctree.findall(nodes.Text):
        literal = isinstance(text.parent, nodes.literal | nodes.literal_block)
        if not literal and RAW_MATHS.search(text):
            message = "not read as an equation (leave a blank line around $$): %r"
            log.warning(message, str(text)[:60], location=text.parent)


def finish_page(
    app: Sphinx,
    pagename: str,
    templatename: str,
    context: dict[str, Any],
    doctree: nodes.document | None,
) -> None:
    """Last look at a page: its description, and ids used twice."""
    context["body"] = TWICE.sub("", context.get("body", ""))
    context["css_files"] = [
        one for one in context.get("css_files", []) if "thebe" not in str(one)
    ]
    tags = context.get("metatags", "")
    if pagename in TOOLS:
        tags += f'<meta content="{TOOLS[pagename]}" name="description" />\n'
    elif doctree is None:
        return
    described = DESCRIPTION.search(tags)
    if not described:
        log.warning("%s: no description (myst: html_meta: description)", pagename)
        return
    og = f'<meta property="og:description" content="{described.group(1)}" />'
    context["metatags"] = f"{OG_ADDRESS.sub('', tags)}{og}\n"


def setup(app: Sphinx) -> None:
    app.connect("config-inited", prepare, priority=1)
    app.connect("doctree-resolved", check_pictures)
    app.connect("doctree-resolved", check_text)
    app.connect("html-page-context", finish_page, priority=900)
