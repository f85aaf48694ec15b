"""What was probably meant: one small edit that makes a false equation true.

These are the usual slips taken backwards. A repair is only a suggestion: it is shown
when the edited equation is proved or holds, and the verdict stays *false*.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from time import process_time

from .field import Budget
from .grammar import parse_expression
from .tree import Density, Node, NotUnderstood
from .verdict import MEANT
from .walking import walk

SECONDS = 0.4  # of processor time for all repairs of one relation
ELSEWHERE = 0.1  # where tables must be summed, which is slow
EACH = 0.2
INDEX = r"_(?:\w|\{[^{}]*\})"
BARE = r"(?<!\\bar)(?<!\\bar\{)(?<!\\bar )\\alpha(?=_)"
BAR = r"\\bar\s*\\alpha|\\bar\s*\{\s*\\alpha\s*\}|\\overline\s*\{\s*\\alpha\s*\}"
ALPHA = rf"(?:{BAR}|\\alpha|\\beta){INDEX}"
# (what the edit adds or takes away, what is printed, what was meant)
REPAIRS: tuple[tuple[str, str, str], ...] = (
    ("a bar over α", BARE, r"\\bar\\alpha"),
    ("no bar over α", BAR, r"\\alpha"),
    ("t-1 in place of t", r"_\{?t\}?(?![-\w:])", r"_{t-1}"),
    ("t in place of t-1", r"_\{\s*t\s*-\s*1\s*\}", r"_t"),
    ("a square root", rf"\(1\s*-\s*{ALPHA}\)", r"\\sqrt{\g<0>}"),
    ("a square root", rf"(?<=\{{)1\s*-\s*{ALPHA}(?=\}})", r"\\sqrt{\g<0>}"),
    ("a square root", ALPHA, r"\\sqrt{\g<0>}"),
    ("no square root", r"\\sqrt\s*\{((?:[^{}]|\{[^{}]*\})*)\}", r"{(\1)}"),
    ("the other sign", r"(?<=[\w}\)\]])\s*-\s*(?=[\\\w(])(?!1\s*\})", r" + "),
    ("the other sign", r"(?<=[\w}\)\]])\s*\+\s*(?=[\\\w(])", r" - "),
    ("no square", r"\^\{?2\}?(?![\d.])", r""),
    ("a square", rf"\\sigma(?:{INDEX})?(?:\([^()]*\))?(?!\^)", r"\g<0>^2"),
    ("a square", r"\\(?:right)?\\?\|\s*(?!\^)$", r"\g<0>^2"),
    ("a minus sign in front", r"^", r"-"),
    ("a factor 1/2", r"^", r"\\frac{1}{2} "),
    ("a factor 2", r"^", r"2 "),
    ("α in place of β", r"\\beta(?=_)", r"\\alpha"),
    ("β in place of α", BARE, r"\\beta"),
    ("x_0 in place of x_t", r"x_\{?t\}?(?![-\w:])", r"x_0"),
    ("x_t in place of x_0", r"x_\{?0\}?", r"x_t"),
    ("x_0 given too", r"(?<=x_t)(?=\s*\))", r", x_0"),
    ("p in place of q", r"(?<![\\\w])q(?=\()", r"p_\\theta"),
    ("q in place of p", r"(?<![\\\w])p_\{?\\theta\}?(?=\()", r"q"),
    ("a sum from t = 2", r"_\{t\s*=\s*1\}", r"_{t=2}"),
    ("a sum from t = 1", r"_\{t\s*=\s*2\}", r"_{t=1}"),
)  # fmt: skip


def edits(latex: str) -> Iterator[tuple[str, str]]:
    """Every repair at every place: (its name, the edited text)."""
    seen = {latex}
    for name, pattern, replacement in REPAIRS:
        for m in re.finditer(pattern, latex):
            text = latex[: m.start()] + m.expand(replacement) + latex[m.end() :]
            if text not in seen:
                seen.add(text)
                yield name, text


def repeats(n: Node) -> bool:
    """q(x|y, y) and q(x|x): nobody means that."""
    if not isinstance(n, Density):
        return False
    named = (*n.of, *n.given)
    return len(set(named)) < len(named)


def suggest(latex: str, true: Callable[[Node], bool], algebra: bool = True) -> str:
    """A sentence with the first repair of one side that ``true`` accepts, or ''."""
    end = process_time() + (SECONDS if algebra else ELSEWHERE)
    keep, Budget.seconds = Budget.seconds, EACH if algebra else ELSEWHERE
    try:
        for name, text in edits(latex.strip().rstrip(".,;")):
            if process_time() > end:
                break
            try:
                node = parse_expression(text)
            except NotUnderstood:
                continue
            if any(map(repeats, walk(node))):
                continue
            if true(node):
                return f"{MEANT}{name}: {' '.join(text.split())}"
    finally:
        Budget.seconds = keep
    return ""
