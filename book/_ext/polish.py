"""Small repairs to what the theme's templates write, once every page is there.

Each replaces something that a reader on a slow line, a screen reader or a keyboard
stumbles over. One of the theme's that finds nothing to do is reported.
"""

from __future__ import annotations

import html
import re
from pathlib import Path

from sphinx.application import Sphinx
from sphinx.util import logging

import bundle
import maths
import pictures

log = logging.getLogger(__name__)

THEME = (
    # The icons are a font already: 1.5 MB of script draw them a second time.
    (r'<script src="[^"]*fontawesome\.js[^"]*"></script>\s*', ""),
    # Of Bootstrap three things were used, which book/web/theme.js does.
    (r'<script[^>]* src="[^"]*/bootstrap\.js[^"]*"></script>\s*', ""),
    # A button's name must be the words that are seen on it.
    (
        r'(<button class="btn search-button-field[^>]*?) title="Search"'
        r' aria-label="Search"',
        r"\1",
    ),
    # A button that shows nothing but a picture says its name, and shows it as a hint.
    (
        r'(<button\b(?![^>]*aria-label)[^>]*?)\btitle="((?:Toggle|Fullscreen) [^"]*)"',
        r'\1title="\2" aria-label="\2"',
    ),
    (r'\bdata-bs-title="Color mode"', 'title="Color mode"'),
    # The title above the table of contents belongs to a region of the page.
    (
        r'<div id="pst-primary-sidebar" class=',
        '<div id="pst-primary-sidebar" role="region" aria-label="The book" class=',
    ),
)
PARTS = (
    # Folded cells have words of their own.
    (r'<summary aria-label="Toggle hidden content">', "<summary>"),
    # An arrow that opens a list of pages says so.
    (
        r'<summary>(?=<span class="toctree-toggle")',
        '<summary aria-label="The pages below this one">',
    ),
    # A function's arguments on lines of their own are no list of definitions, and a
    # list of fields without a field is none at all.
    (
        r'<dl>\s*((?:<dd><em class="sig-param">.*?</dd>\s*)+)</dl>',
        r'<span class="sig-lines">\1</span>',
    ),
    (r'<dd>(<em class="sig-param">.*?)</dd>', r'<span class="sig-line">\1</span>'),
    (r'<dl class="field-list simple">\s*</dl>\s*', ""),
    # A list has items; the role that docutils gives them has been withdrawn.
    (r'role="doc-biblioentry"', 'role="listitem"'),
)

# The theme's script measures every box at once, which draws the whole page: site.js
# does it as the reader comes near.
SCRIPT = "_static/scripts/pydata-sphinx-theme.js"
MEASURE = ',"complete"===document.readyState?O():window.addEventListener("load",O)'

# What makes a browser ask for a file; a link that a reader may follow does not.
OUTSIDE = re.compile(
    r"""<(?:script|img|iframe|source|video)\b[^>]*\bsrc=["'](?:https?:)?//[^"']*"""
    r"""|<link\b(?=[^>]*rel="(?:stylesheet|preload|preconnect|icon))[^>]*"""
    r"""href=["'](?:https?:)?//[^"']*|unpkg\.com|cdn\.jsdelivr|cdnjs\."""
)

FRONT_DOOR = """\
<!DOCTYPE html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>{title}</title>
<meta name="description" content="Diffusion models, each equation judged.">
<link rel="icon" href="_static/favicon.svg" type="image/svg+xml">{canonical}
<meta http-equiv="refresh" content="0; url={target}">
</head>
<body><main><h1>{title}</h1><p><a href="{target}">Go to the book</a></p></main></body>
</html>
"""


def repair(app: Sphinx, exception: Exception | None) -> None:
    """Rewrite the pages in place."""
    if exception or app.builder.format != "html":
        return
    found = set()
    for page in sorted(Path(app.outdir).rglob("*.html")):
        if "_static" in page.parts:
            continue
        text = page.read_text(encoding="utf-8")
        for old, new in THEME + PARTS:
            text, times = re.subn(old, new, text)
            found |= {old} if times else set()
        text = pictures.shrink(text, page)
        page.write_text(text, encoding="utf-8")
        for asked in OUTSIDE.findall(text):
            log.warning("%s asks another host: %s", page.name, asked)
    script = Path(app.outdir, SCRIPT)
    code = script.read_text(encoding="utf-8")
    found |= {MEASURE} if MEASURE in code else set()
    script.write_text(code.replace(MEASURE, ""), encoding="utf-8")
    for old in (*(old for old, _ in THEME), MEASURE):
        if old not in found:
            log.warning("no page has %s: the theme has changed, see polish.py", old)


def front_door(app: Sphinx, exception: Exception | None) -> None:
    """The site's root sends the reader on to the landing page."""
    if exception or app.builder.format != "html":
        return
    target = f"{app.config.root_doc}.html"
    address = app.config.html_baseurl
    canonical = f'\n<link rel="canonical" href="{address}{target}">' if address else ""
    page = FRONT_DOOR.format(
        title=html.escape(app.config.project), canonical=canonical, target=target
    )
    Path(app.outdir, "index.html").write_text(page, encoding="utf-8")


def slim(app: Sphinx, exception: Exception | None) -> None:
    """One style sheet and one script for all pages, fonts with what they draw."""
    if not exception and app.builder.format == "html":
        bundle.bundle(Path(app.outdir), maths.drawn)


def setup(app: Sphinx) -> None:
    app.connect("build-finished", repair)
    app.connect("build-finished", front_door)
    app.connect("build-finished", slim, priority=900)
