"""`:::{slip}`: an equation that is wrong on purpose, in a box that says so."""

from __future__ import annotations

from docutils import nodes
from sphinx.application import Sphinx
from sphinx.util import logging
from sphinx.util.docutils import SphinxDirective

log = logging.getLogger(__name__)


class Slip(SphinxDirective):
    """The directive. Its optional argument says whose slip it is."""

    has_content = True
    optional_arguments = 1
    final_argument_whitespace = True

    def run(self) -> list[nodes.Node]:
        box = nodes.admonition(classes=["slip"])
        self.set_source_info(box)
        text = ": ".join(["Wrong on purpose", *self.arguments])
        inline, messages = self.state.inline_text(text, self.lineno)
        box += nodes.title(text, "", *inline)
        self.state.nested_parse(self.content, self.content_offset, box)
        return [box, *messages]


def inside(node: nodes.Node) -> bool:
    """Whether a slip block holds this node."""
    while (node := node.parent) is not None:
        if "slip" in node.get("classes", []):
            return True
    return False


def check_labels(app: Sphinx, doctree: nodes.document) -> None:
    """A slip's label is `slip-…`, any other `eq-…`: no truth and error can mix."""
    for block in doctree.findall(nodes.math_block):
        label = block.get("label")
        wanted = "slip-" if inside(block) else "eq-"
        if label and not label.startswith(wanted):
            where = "inside" if inside(block) else "outside"
            message = "label %r %s a slip block must begin with %r"
            log.warning(message, label, where, wanted, location=block)


def setup(app: Sphinx) -> None:
    app.add_directive("slip", Slip)
    app.connect("doctree-read", check_labels)
