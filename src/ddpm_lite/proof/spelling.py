r"""Mathematics typed without LaTeX's commands: Unicode letters and HTML entities.

``ᾱ_t`` is ``\bar{α}_t``, ``σ²`` is ``σ^{2}``, ``√(1−ᾱ_t)`` is ``\sqrt{1−ᾱ_t}`` and
``&lt;`` is ``<``. Lines stay lines; what is ASCII and free of entities stays as it is.
"""

from __future__ import annotations

import html
import re
import unicodedata

MAX_LENGTH = 20_000  # a longer formula is not read anyway
_ENTITY = re.compile(r"&(?:amp|lt|gt|le|ge|ne|nbsp|minus|times|quot|#\d{1,6}|"
                     r"#x[0-9a-fA-F]{1,5});")  # fmt: skip
MARKS = {
    "\u0302": "hat", "\u0303": "tilde", "\u0304": "bar", "\u0305": "bar",
    "\u0307": "dot", "\u20d7": "vec",
}  # fmt: skip
_MARKED = re.compile(f"([A-Za-zα-ωΑ-Ωϵϕ])([{''.join(MARKS)}])")
_RAISED = dict(zip("⁰¹²³⁴⁵⁶⁷⁸⁹⁺⁻ᵀᵗⁿ", "0123456789+-Ttn", strict=True))
_LOWERED = dict(zip("₀₁₂₃₄₅₆₇₈₉₊₋ₜₛₖᵢⱼₙₘ", "0123456789+-tskijnm", strict=True))
_ROOT = re.compile(r"√\s*([({])")
_CLOSING = {"(": ")", "{": "}"}


def entities(text: str) -> str:
    """HTML entities as characters, padded so that the columns stay."""

    def plain(m: re.Match[str]) -> str:
        return html.unescape(m.group()).replace("\xa0", " ").ljust(len(m.group()))

    return _ENTITY.sub(plain, text)


def latex(text: str) -> str:
    """The formula with Unicode marks, powers, indices and roots as commands."""
    if text.isascii() or len(text) > MAX_LENGTH:
        return text
    text = "".join(map(_letter, text))
    text = _MARKED.sub(lambda m: rf"\{MARKS[m[2]]}{{{m[1]}}}", text)
    text = _scripts(text, _RAISED, "^")
    text = _scripts(text, _LOWERED, "_")
    return _roots(text)


def _letter(c: str) -> str:
    """Bold, calligraphic and other dress taken off; letters with marks taken apart."""
    code = ord(c)
    if c != "𝔼" and (0x1D400 <= code <= 0x1D7FF or c in "ℒℓℋℰℝℕ"):
        return unicodedata.normalize("NFKC", c)
    parts = unicodedata.normalize("NFD", c)
    if len(parts) == 2 and parts[1] in MARKS and _MARKED.match(parts):
        return parts
    return c


def _scripts(text: str, table: dict[str, str], sign: str) -> str:
    found = f"[{''.join(table)}]+"
    return re.sub(
        found, lambda m: f"{sign}{{{''.join(table[c] for c in m.group())}}}", text
    )


def _roots(text: str) -> str:
    """``√(...)`` as a root of what its brackets hold."""
    at = 0
    while m := _ROOT.search(text, at):
        opening, start = m[1], m.start(1)
        depth, end = 0, start
        for end in range(start, len(text)):
            depth += (text[end] == opening) - (text[end] == _CLOSING[opening])
            if depth == 0:
                break
        if depth:
            return text
        inside = text[start + 1 : end]
        text = f"{text[: m.start()]}\\sqrt{{{inside}}}{text[end + 1 :]}"
        at = m.start() + 5
    return text
