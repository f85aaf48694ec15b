"""Chapter 04 is number 4, whatever else the table of contents holds.

Sphinx counts the entries of `_toc.yml`; our chapters carry their number in the name
of the file. Figures, exercises and equations follow: (4.1), Figure 4.1.
"""

from __future__ import annotations

import re
from collections.abc import Callable

from docutils import nodes
from sphinx.application import Sphinx
from sphinx.environment import BuildEnvironment
from sphinx_external_toc.collectors import TocTreeCollectorWithStyles as Collector

NUMBERED = re.compile(r"(?:.*/)?(\d\d)_\w+$")


def renumber(env: BuildEnvironment) -> None:
    """Put each chapter's own number first in every section number."""
    for docname, numbers in env.toc_secnumbers.items():
        found = NUMBERED.match(docname)
        if not found:
            continue
        first = int(found.group(1))
        for anchor, number in numbers.items():
            if number:
                numbers[anchor] = (first, *number[1:])
        titled = [env.titles[docname], *env.tocs[docname].findall(nodes.reference)]
        for node in titled:
            if node.get("secnumber"):
                node["secnumber"] = [first, *node["secnumber"][1:]]


def count_by_name(app: Sphinx) -> None:
    """Let the collector count as it does, then put our numbers in."""
    count: Callable[..., list[str]] = Collector.assign_section_numbers

    def assign(self: Collector, env: BuildEnvironment) -> list[str]:
        changed = count(self, env)
        renumber(env)
        return changed

    Collector.assign_section_numbers = assign


def setup(app: Sphinx) -> None:
    app.connect("builder-inited", count_by_name)
