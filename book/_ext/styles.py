"""A style sheet without what the site does not use."""

from __future__ import annotations

import re
from collections.abc import Iterable

import tinycss2


def selectors(prelude: str) -> list[str]:
    """The selectors of a rule: parted at the commas outside brackets."""
    parts, depth = [""], 0
    for sign in prelude:
        depth += (sign in "([") - (sign in ")]")
        if sign == "," and not depth:
            parts.append("")
        else:
            parts[-1] += sign
    return [part.strip() for part in parts]


def can_match(selector: str, words: set[str]) -> bool:
    """Whether every class and id that a selector needs occurs in the site."""
    needed = re.sub(r"\[[^\]]*\]", "", selector)
    while needed != (shorter := re.sub(r"\([^()]*\)", "", needed)):
        needed = shorter  # what stands in brackets is an alternative
    names = re.findall(r"[.#]((?:[\w-]|\\.)+)", needed)
    return all(name.replace("\\", "") in words for name in names)


def purge(css: str, words: set[str]) -> str:
    """The style sheet without comments and without the rules that match nothing."""
    rules = tinycss2.parse_stylesheet(css, skip_comments=True, skip_whitespace=True)
    return "".join(_kept(rules, words))


def _kept(rules: Iterable[tinycss2.ast.Node], words: set[str]) -> Iterable[str]:
    for rule in rules:
        if rule.type == "qualified-rule":
            prelude = tinycss2.serialize(rule.prelude)
            alive = [one for one in selectors(prelude) if can_match(one, words)]
            if alive:
                body = tinycss2.serialize(rule.content).strip()
                yield f"{','.join(alive)}{{{_tight(body)}}}\n"
        elif rule.type == "at-rule" and rule.lower_at_keyword in ("media", "supports"):
            inner = tinycss2.parse_rule_list(
                rule.content, skip_comments=True, skip_whitespace=True
            )
            body = "".join(_kept(inner, words))
            if body:
                condition = tinycss2.serialize(rule.prelude).strip()
                yield f"@{rule.at_keyword} {condition}{{{body}}}\n"
        elif rule.type == "at-rule":
            yield f"{rule.serialize()}\n"


def _tight(body: str) -> str:
    return re.sub(r"\s*\n\s*", " ", re.sub(r"/\*.*?\*/", "", body, flags=re.S)).strip()


def spare(css: str, others: str) -> str:
    """The style sheet without variables and animations that nothing names.

    Args:
        others: What stands in pages, scripts and other sheets, which may name some.
    """
    while True:
        named = set(re.findall(r"--[\w-]+", others))
        named |= set(re.findall(r"var\(\s*(--[\w-]+)", css))
        moved = " ".join(re.findall(r"animation[\w-]*:[^;}]*", css)) + others
        rules = tinycss2.parse_stylesheet(css, skip_whitespace=True)
        fresh = "".join(_named(rules, named, moved))
        if fresh == css:
            return css
        css = fresh


def _named(
    rules: Iterable[tinycss2.ast.Node], named: set[str], moved: str
) -> Iterable[str]:
    for rule in rules:
        if rule.type == "qualified-rule":
            body = tinycss2.parse_blocks_contents(rule.content, skip_whitespace=True)
            kept = [
                f"{one.name}:{tinycss2.serialize(one.value).strip()}"
                + ("!important" if one.important else "")
                for one in body
                if one.type == "declaration"
                and (not one.name.startswith("--") or one.name in named)
            ]
            if kept:
                prelude = tinycss2.serialize(rule.prelude).strip()
                yield f"{prelude}{{{';'.join(kept)}}}\n"
        elif rule.type == "at-rule" and rule.lower_at_keyword in ("media", "supports"):
            inner = tinycss2.parse_rule_list(rule.content, skip_whitespace=True)
            if body := "".join(_named(inner, named, moved)):
                condition = tinycss2.serialize(rule.prelude).strip()
                yield f"@{rule.at_keyword} {condition}{{{body}}}\n"
        elif rule.type == "at-rule":
            name = tinycss2.serialize(rule.prelude).strip()
            if not rule.lower_at_keyword.endswith("keyframes") or name in moved:
                yield f"{rule.serialize()}\n"
