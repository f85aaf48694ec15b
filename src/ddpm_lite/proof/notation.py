"""Whose alpha is it? Papers that write alpha for the product, or for its root.

A document that says so is believed. Where nothing is said, a statement that would be
true in such a notation stays false as printed, and the report names the option.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import replace

from .context import Context
from .field import Budget
from .names import has_sub, role
from .tree import Big, Density, Dots, Node, Sym
from .walking import contains, walk

SECONDS = 0.3  # of processor time for each notation that is tried
# (whose it is, the pairs for --alias)
NOTATIONS: tuple[tuple[str, tuple[str, ...]], ...] = (
    ("α is the product, as in the DDIM paper", (r"\alpha_t=\bar\alpha_t",)),
    (
        "α² + σ² = 1, as in variational diffusion models",
        (r"\alpha_t=\sqrt{\bar\alpha_t}", r"\sigma_t=\sqrt{1-\bar\alpha_t}"),
    ),
)


def plain_alpha(node: Node) -> bool:
    """``\\alpha_t`` without a bar."""
    return isinstance(node, Sym) and role(node) == "alpha" and bool(node.subs)


def names_the_product(left: Node, right: Node) -> bool:
    """``\\alpha_t = \\prod_{s=1}^t (1 - \\beta_s)``: is the left a plain alpha?"""
    inside = {role(n) for n in walk(right) if isinstance(n, Sym)}
    product = any(isinstance(n, Big) and n.op == "prod" for n in walk(right))
    written_out = contains(right, Dots)
    return plain_alpha(left) and inside == {"", "beta"} and (product or written_out)


def barred(left: Node) -> Node:
    assert isinstance(left, Sym)
    return replace(left, marks=("bar",))


def hint(left: Node, right: Node, true: Callable[[Node, Node], bool]) -> str:
    """The notation in which a false statement would be ``true``, or ''."""
    nodes = [*walk(left), *walk(right)]
    if not any(plain_alpha(n) for n in nodes) or any(
        isinstance(n, Sym) and role(n) == "alpha_bar" for n in nodes
    ):
        return ""
    spread = any(
        isinstance(n, Sym) and role(n) == "model_std" and not has_sub(n, "theta")
        for n in nodes
    )
    keep, Budget.seconds = Budget.seconds, SECONDS
    try:
        for words, pairs in NOTATIONS if spread else NOTATIONS[:1]:
            a, b = renamed((left, right), pairs)
            if true(a, b):
                options = " ".join(f"--alias '{p}'" for p in pairs)
                return f"true where {words}: say so with {options}"
    finally:
        Budget.seconds = keep
    return ""


def renamed(nodes: Iterable[Node], pairs: Iterable[str]) -> list[Node]:
    context = Context()
    for p in pairs:
        context.alias(p)
    return [context.apply(n) for n in nodes]


def believed(
    claims: Iterable[tuple[Node, Node]], true: Callable[[Node, Node], bool]
) -> tuple[str, ...]:
    """The pairs for --alias that a document's own equations amount to.

    ``claims`` holds the two sides of its equations; a text that also writes alpha in
    the usual way is taken at its word there.
    """
    pairs: tuple[str, ...] = ()
    for left, right in claims:
        kinds = {role(n) for n in (*walk(left), *walk(right)) if isinstance(n, Sym)}
        if plain_alpha(left) and kinds == {"", "alpha", "beta"}:
            product = names_the_product(left, right)
            if not product and true(left, right):
                return ()  # alpha_t = 1 - beta_t
            if product and true(barred(left), right):
                pairs = NOTATIONS[0][1]
        tied = kinds == {"", "alpha", "model_std"} and not contains(left, Density)
        if tied and true(*renamed((left, right), NOTATIONS[1][1])):
            pairs = NOTATIONS[1][1]
    return pairs
