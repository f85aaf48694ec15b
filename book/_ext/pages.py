"""What every page needs: no third party, a description, texts for its pictures."""

from __future__ import annotations

import html
import os
import re
from pathlib import Path
from typing import Any

import assets
import sphinxcontrib.katex as katex
from docutils import nodes
from sphinx.application import Sphinx
from sphinx.config import Config
from sphinx.errors import ExtensionError
from sphinx.util import logging

log = logging.getLogger(__name__)

# Extensions that Jupyter Book always loads and that name other hosts on each page.
STRANGERS = ("sphinx_thebe", "sphinx_comments")
BARE_IMAGE = re.compile(r"<img\b(?![^>]*\balt=\"[^\"]+\")[^>]*>")

REDIRECT = """<!DOCTYPE html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>{title}</title>
<meta name="description" content="{description}">
<link rel="icon" href="_static/favicon.svg" type="image/svg+xml">
<link rel="canonical" href="{canonical}">
<meta http-equiv="refresh" content="0; url={target}">
</head>
<body><main><h1>{title}</h1><p><a href="{target}">Go to the book</a></p></main></body>
</html>
"""


def prepare(app: Sphinx, config: Config) -> None:
    """Node on the PATH, our own copy of KaTeX's fonts, and no strangers."""
    os.environ["PATH"] = f"{assets.node_bin()}{os.pathsep}{os.environ['PATH']}"
    katex.STARTUP_TIMEOUT = katex.RENDER_TIMEOUT = 60.0  # a busy machine is slow
    try:
        served = assets.stage(Path(app.outdir).parent / "assets")
    except FileNotFoundError as missing:
        raise ExtensionError(str(missing)) from missing
    config.html_static_path.append(str(served))
    for listeners in app.events.listeners.values():
        listeners[:] = [
            one for one in listeners if not one.handler.__module__.startswith(STRANGERS)
        ]


def check_pictures(app: Sphinx, doctree: nodes.document) -> None:
    """A picture without words for those who cannot see it fails the build."""
    for image in doctree.findall(nodes.image):
        if not image.get("alt", "").strip():
            log.warning("picture without alt text", location=image)
    for raw in doctree.findall(nodes.raw):
        if raw.get("format") == "html" and BARE_IMAGE.search(raw.astext()):
            log.warning("<img> without alt text in an output", location=raw)


def check_page(
    app: Sphinx,
    pagename: str,
    templatename: str,
    context: dict[str, Any],
    doctree: nodes.document | None,
) -> None:
    """Warn of equations that KaTeX could not read and of a missing description."""
    body = context.get("body", "")
    for found in re.findall(r'class="katex-error" title="([^"]*)"', body):
        log.warning("%s: %s", pagename, html.unescape(found))
    if doctree is not None and 'name="description"' not in context.get("metatags", ""):
        log.warning("%s: no description (myst: html_meta: description)", pagename)


def front_door(app: Sphinx, exception: Exception | None) -> None:
    """The site's root sends the reader on to the landing page."""
    if exception or app.builder.format != "html":
        return
    target = f"{app.config.root_doc}.html"
    page = REDIRECT.format(
        title=html.escape(app.config.project),
        description="Every equation of DDPM, executed.",
        canonical=html.escape(f"{app.config.html_baseurl}{target}"),
        target=target,
    )
    Path(app.outdir, "index.html").write_text(page, encoding="utf-8")


def setup(app: Sphinx) -> None:
    app.connect("config-inited", prepare, priority=1)
    app.connect("doctree-read", check_pictures)
    app.connect("html-page-context", check_page)
    app.connect("build-finished", front_door)
