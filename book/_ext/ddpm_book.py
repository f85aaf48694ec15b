"""The book's own Sphinx extension: one small module for each thing it adds."""

from __future__ import annotations

from typing import Any

from sphinx.application import Sphinx

import blueprint
import chapters
import equations
import joints
import ledger
import live
import pages
import polish
import publish
import repository
import rooms
import slips
import symbols


def setup(app: Sphinx) -> dict[str, Any]:
    own = (
        repository,
        pages,
        rooms,
        chapters,
        slips,
        live,
        equations,
        ledger,
        blueprint,
        symbols,
        joints,
        publish,
        polish,
    )
    for module in own:
        module.setup(app)
    return {"version": "1", "parallel_read_safe": False, "parallel_write_safe": False}
