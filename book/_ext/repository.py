"""Where the book lives: repository, Colab and edit buttons, or none of them.

GITHUB_REPOSITORY ("owner/name", which GitHub's own runners set) names the place.
Without it a page has no such button, so that no link is ever dead.
"""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

from docutils import nodes
from sphinx.application import Sphinx
from sphinx.config import Config


def address(app: Sphinx, config: Config) -> None:
    options = config.html_theme_options
    repo = os.environ.get("GITHUB_REPOSITORY", "")
    if repo.count("/") == 1:
        owner, name = repo.split("/")
        server = os.environ.get("GITHUB_SERVER_URL", "https://github.com")
        options["repository_url"] = f"{server}/{repo}"
        # A pull request's own reference cannot be edited: always link to main.
        options["repository_branch"] = "main"
        config.html_baseurl = f"https://{owner.lower()}.github.io/{name}/"
        config.ogp_site_url = config.html_baseurl
        return
    for key in ("repository_url", "repository_branch", "path_to_docs"):
        options.pop(key, None)
    options["launch_buttons"] = {}
    for button in ("repository", "issues", "edit_page"):
        options[f"use_{button}_button"] = False


def to_colab(
    app: Sphinx,
    pagename: str,
    templatename: str,
    context: dict[str, Any],
    doctree: nodes.document | None,
) -> None:
    """Colab opens the published notebook; a page that has none has no such button."""
    if doctree is None:
        return
    buttons = context.get("header_buttons", [])
    twin = Path(app.env.doc2path(pagename)).with_suffix(".ipynb")
    for group in [one for one in buttons if one.get("label") == "launch-buttons"]:
        if not twin.is_file():
            buttons.remove(group)
        for button in group["buttons"]:
            # The workflow writes these notebooks, see colab.py.
            button["url"] = button["url"].replace("/blob/main/", "/blob/colab/")


def setup(app: Sphinx) -> None:
    app.connect("config-inited", address, priority=1)
    app.connect("html-page-context", to_colab, priority=900)
