r"""A document's own abbreviations: ``\newcommand``, ``\def``, ``\DeclareMathOperator``.

They are written out before anything is read. Growth is bounded, so that a macro that
names itself, or doubles at every step, ends the expansion and is then unknown.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from .scanner import group_end
from .tree import NotUnderstood

MAX_GROWTH = 20_000  # characters of one formula
MAX_STEPS = 500
_START = re.compile(
    r"\\(?:(?P<kind>(?:re)?newcommand|providecommand|DeclareMathOperator)\*?\s*"
    r"(?:\{\s*\\(?P<a>[A-Za-z]+)\s*\}|\\(?P<b>[A-Za-z]+))"
    r"(?:\[(?P<n>\d)\](?:\[(?P<default>[^\]]*)\])?)?"
    r"|def\s*\\(?P<c>[A-Za-z]+)(?P<hashes>(?:#\d)*))\s*(?=\{)"
)
_USE = re.compile(r"\\([A-Za-z]+)")


@dataclass(frozen=True)
class Macro:
    """What stands for a command: its body and how many arguments it takes."""

    body: str
    arguments: int = 0
    default: str | None = None


def collect(text: str) -> tuple[str, dict[str, Macro]]:
    """The text with its definitions blanked out (lines kept), and the macros."""
    found: dict[str, Macro] = {}
    out: list[str] = []
    at = 0
    while m := _START.search(text, at):
        try:
            end = group_end(text, m.end())
        except NotUnderstood:
            break
        body = text[m.end() + 1 : end - 1].replace("\n", " ")
        name = m["a"] or m["b"] or m["c"]
        if m["kind"] == "DeclareMathOperator":
            body = rf"\operatorname{{{body}}}"
        count = int(m["n"] or 0) or (m["hashes"] or "").count("#")
        found[name] = Macro(body, count, m["default"])
        out.append(text[at : m.start()])
        out.append(re.sub(r"[^\n]", " ", text[m.start() : end]))
        at = end
    out.append(text[at:])
    return "".join(out), found


def expand(latex: str, macros: dict[str, Macro]) -> str:
    """The formula with the macros written out; unchanged where that does not end."""
    if not macros:
        return latex
    text, start, steps = latex, 0, 0
    while m := _USE.search(text, start):
        macro = macros.get(m[1])
        if macro is None:
            start = m.end()
            continue
        steps += 1
        if steps > MAX_STEPS or len(text) > MAX_GROWTH:
            return latex
        used = _arguments(text, m.end(), macro)
        if used is None:
            return latex
        values, end = used
        body = macro.body
        for k in range(len(values), 0, -1):
            body = body.replace(f"#{k}", values[k - 1])
        space = " " if body[-1:].isalpha() and text[end : end + 1].isalpha() else ""
        text = text[: m.start()] + body + space + text[end:]
        start = m.start()
    return text


def _arguments(text: str, at: int, macro: Macro) -> tuple[list[str], int] | None:
    """The arguments that follow a macro, and where they end."""
    values: list[str] = []
    for k in range(macro.arguments):
        while at < len(text) and text[at].isspace():
            at += 1
        if k == 0 and macro.default is not None:
            close = text.find("]", at) if text[at : at + 1] == "[" else -1
            values.append(text[at + 1 : close] if close > 0 else macro.default)
            at = close + 1 if close > 0 else at
            continue
        if at >= len(text):
            return None
        if text[at] == "{":
            try:
                end = group_end(text, at)
            except NotUnderstood:
                return None
            values.append(text[at + 1 : end - 1])
        else:
            token = _USE.match(text, at)
            end = token.end() if token else at + 1
            values.append(text[at:end])
        at = end
    return values, at
