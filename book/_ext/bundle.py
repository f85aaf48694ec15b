"""One style sheet, one script and small fonts, made from what the theme's pages link.

The theme serves 390 KB of CSS for a thousand components, and fonts with as many icons.
Once every page is written it is plain what is used: rules whose classes occur in no
page and no script are left out, fonts keep the glyphs that are drawn, and what every
page loads is loaded as one file.
"""

from __future__ import annotations

import hashlib
import logging
import posixpath
import re
import shutil
from collections.abc import Iterable, Sequence
from pathlib import Path

from fontTools import subset

import styles

SHEET = re.compile(r'<link\b[^>]*?href="([^"]*?\.css)(?:\?[^"]*)?"[^>]*>\s*')
SCRIPT = re.compile(
    r'<script\b(?P<options>[^>]*?) src="(?P<file>[^"]*?\.js)(?:\?[^"]*)?"[^>]*>'
    r"</script>\s*"
)
PRELOAD = re.compile(r'<link rel="preload" as="script"[^>]*>\s*')
STRICT = re.compile(r"""^\s*["']use strict["'];?""", re.M)
OPTIONS = "documentation_options.js"
# What the browser is to ask for at once, so that nothing moves when it arrives.
EARLY_MATHS = ("KaTeX_Main-Regular", "KaTeX_Math-Italic")
logging.getLogger("fontTools").setLevel(logging.WARNING)
NO_SCRIPTS = ("fontawesome.js", "bootstrap.js")  # polish.py says why
UNUSED = ("*.map", "*.LICENSE.txt", "*.ttf", *NO_SCRIPTS)


def local(page: Path, root: Path, link: str) -> str:
    """A page's link as a path below the site's root."""
    folder = page.parent.relative_to(root).as_posix()
    return posixpath.normpath(posixpath.join(folder, link))


def common(lists: Sequence[list[str]]) -> list[str]:
    """What every page has, in the order of the first."""
    return [one for one in lists[0] if all(one in other for other in lists)]


def stylesheet(root: Path, file: str) -> str:
    """A style sheet with its imports put in and its addresses from _static."""
    text = (root / file).read_text(encoding="utf-8")
    folder = posixpath.dirname(file)

    def imported(match: re.Match[str]) -> str:
        return stylesheet(root, posixpath.normpath(f"{folder}/{match.group(1)}"))

    def address(match: re.Match[str]) -> str:
        if match.group(1).startswith(("data:", "/", "#")):
            return match.group()
        path = posixpath.normpath(f"{folder}/{match.group(1)}")
        return f"url({posixpath.relpath(path, '_static')})"

    text = re.sub(r"""url\(["']?([^)"']+)["']?\)""", address, text)
    return re.sub(r'@import "([^"]+)";', imported, text)


def script(root: Path, files: list[str]) -> str:
    """Scripts one after the other, as if each had its own tag."""
    texts = ((root / file).read_text(encoding="utf-8") for file in files)
    # One file's "use strict" must not hold for those that follow.
    return ";\n".join(STRICT.sub("", re.sub(r"//# source.*", "", t)) for t in texts)


def shrink_font(font: Path, characters: Iterable[str]) -> None:
    """Keep a font's glyphs for these characters."""
    options = subset.Options(flavor="woff2", layout_features=["*"], hinting=False)
    options.notdef_outline = True
    loaded = subset.load_font(str(font), options)
    cut = subset.Subsetter(options)
    cut.populate(text="".join(sorted(characters)))
    cut.subset(loaded)
    fresh = font.with_suffix(".new")
    subset.save_font(loaded, str(fresh), options)
    fresh.replace(font)


def icons(css: str) -> set[str]:
    """The icons that are left in a style sheet: characters of the private area."""
    return {sign for sign in css if "\ue000" <= sign <= "\uf8ff"} | {" "}


def versioned(root: Path, name: str, text: str) -> str:
    """Write a file below _static; return its link, which changes with its content."""
    (root / "_static" / name).write_text(text, encoding="utf-8")
    return f"_static/{name}?v={hashlib.sha256(text.encode()).hexdigest()[:8]}"


def bundle(root: Path, drawn: set[str]) -> None:
    """Rewrite the pages below `root`; formulas are drawn with these characters."""
    pages = {page: page.read_text(encoding="utf-8") for page in html_pages(root)}
    full = {page: text for page, text in pages.items() if SHEET.search(text)}
    if not full:
        return
    sheets, scripts = [], []
    for page, text in full.items():
        sheets.append([local(page, root, link) for link in SHEET.findall(text)])
        files = [local(page, root, found["file"]) for found in SCRIPT.finditer(text)]
        scripts.append([one for one in files if not one.endswith(OPTIONS)])
    shared_css, shared_js = common(sheets), common(scripts)
    if not any("sd-tab-set" in text for text in full.values()):
        shared_js = [one for one in shared_js if not one.endswith("design-tabs.js")]
    js = script(root, shared_js)
    scripts_text = "\n".join(f.read_text("utf-8") for f in own_scripts(root))
    css = styles.purge(
        "\n".join(stylesheet(root, one) for one in shared_css),
        words(full.values(), scripts_text),
    )
    own = {one for files in sheets for one in files} - {*shared_css}
    others = [scripts_text, *map(inline, full.values())]
    others += [stylesheet(root, one) for one in sorted(own)]
    css = styles.spare(css, "\n".join(others))
    css = '@charset "utf-8";\n' + re.sub(
        r',url\([^)]*\.ttf\) format\("truetype"\)', "", css
    )
    links = versioned(root, "book.css", css), versioned(root, "book.js", js)
    for page, text in full.items():
        dropped = {*shared_css}, {*common(scripts)}
        fresh = relink(page, root, text, dropped, links)
        page.write_text(fresh, encoding="utf-8")
    vendor = root / "_static" / "vendor"
    for font in vendor.glob("katex/fonts/*.woff2"):
        shrink_font(font, drawn)
    for font in vendor.glob("fontawesome/webfonts/*.woff2"):
        shrink_font(font, icons(css))
    for pattern in UNUSED:
        for file in (root / "_static").rglob(pattern):
            file.unlink()
    shutil.rmtree(root / "_static" / "locales", ignore_errors=True)


def inline(page: str) -> str:
    """What a page holds of styles and scripts."""
    return "\n".join(
        (*re.findall(r"<script\b[^>]*>(.*?)</script>", page, re.S),
         *re.findall(r"<style\b[^>]*>(.*?)</style>", page, re.S),
         *re.findall(r'style="([^"]*)"', page))
    )  # fmt: skip


def words(pages: Iterable[str], scripts: str) -> set[str]:
    """Names that a class or an id may have: those in use, and any word of a script."""
    found = set(re.findall(r"[\w-]+", scripts))
    for page in pages:
        for names in re.findall(r'\b(?:class|id)="([^"]*)"', page):
            found |= set(names.split())
        for text in re.findall(r"<script\b[^>]*>(.*?)</script>", page, re.S):
            found |= set(re.findall(r"[\w-]+", text))
    return found


def html_pages(root: Path) -> list[Path]:
    """The site's pages, without what the theme keeps in _static."""
    return [p for p in sorted(root.rglob("*.html")) if "_static" not in p.parts]


def own_scripts(root: Path) -> list[Path]:
    """Scripts that are run, whose words may be classes."""
    found = sorted((root / "_static").rglob("*.js"))
    return [one for one in found if one.name not in NO_SCRIPTS]


def relink(
    page: Path,
    root: Path,
    text: str,
    dropped: tuple[set[str], set[str]],
    links: tuple[str, str],
) -> str:
    """A page that loads the one style sheet and the one script."""
    up = "../" * len(page.parent.relative_to(root).parts)
    early = ["vendor/fontawesome/webfonts/fa-solid-900"]
    if 'class="katex"' in text:
        early += [f"vendor/katex/fonts/{name}" for name in EARLY_MATHS]
    head = "".join(
        f'<link rel="preload" as="font" type="font/woff2" crossorigin '
        f'href="{up}_static/{name}.woff2">\n'
        for name in early
    )
    head += f'<link rel="stylesheet" href="{up}{links[0]}">\n'
    head += f'<script defer src="{up}{links[1]}"></script>\n'

    def sheet(match: re.Match[str]) -> str:
        return "" if local(page, root, match.group(1)) in dropped[0] else match.group()

    def tag(match: re.Match[str]) -> str:
        file = local(page, root, match["file"])
        if file.endswith(OPTIONS):
            options = (root / file).read_text(encoding="utf-8")
            return f"<script>{' '.join(options.split())}</script>\n"
        if file in dropped[1]:
            return ""
        # The one script comes first, and it waits for the page: so must the others.
        waits = "defer" in match["options"] or "module" in match["options"]
        return (
            match.group()
            if waits
            else match.group().replace("<script", "<script defer")
        )

    text = PRELOAD.sub("", SCRIPT.sub(tag, SHEET.sub(sheet, text)))
    return text.replace("<!-- Loaded before other Sphinx assets -->", head, 1)
