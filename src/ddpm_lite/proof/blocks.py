r"""The mathematics in a document: display blocks and inline statements, with lines.

MyST Markdown, plain Markdown, LaTeX, notebooks and plain text are read alike: fences,
code, front matter and comments are passed over; a wrong equation that is shown on
purpose stands in a ``:::{slip}`` block; ``% proof: exempt — reason`` (or the same in an
HTML comment) exempts the next block or the next paragraph's inline mathematics.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from . import spelling
from .inline import RELATION, inline
from .lines import Lines
from .macros import collect, expand

MAX_ROWS = 400  # lines of one display
_EXEMPT = re.compile(
    r"(?:%|<!--)\s*proof:\s*exempt\s*(?:[-—–:]+\s*(.*?))?\s*(?:-->)?\s*$"
)
_FENCE = re.compile(r"^\s*(`{3,}|~{3,})\s*(.*)$")
_COLON = re.compile(r"^\s*(:{3,})\s*(.*)$")
_LABEL = re.compile(r"^\s*\(([A-Za-z][\w:-]*)\)")
_ENV = re.compile(
    r"^\s*\\begin\{(align|equation|gather|multline|eqnarray|flalign|alignat|displaymath)"
    r"(\*?)\}"
)
_TEX = re.compile(r"\\(?:documentclass|begin|(?:sub)*section)\b")
_REMARK = re.compile(  # after words; a whole line of it may be for this reader
    r"(?m)^([^\S\n]*(?:[^\s%\\]|\\.)(?:[^\\%\n]|\\.)*)(%(?!\s*proof:).*)$"
)
_LEAD = re.compile(r"(?<![\\$])\$([^$\n]+)\$[\s,.:：、。]*\Z")
_CODE = re.compile(r"^\s*\\begin\{(verbatim|lstlisting|minted|comment)\*?\}")


@dataclass(frozen=True)
class Block:
    """One piece of mathematics; ``line`` and ``column`` count from 1."""

    latex: str
    line: int
    column: int = 1
    label: str | None = None
    display: bool = True
    slip: str | None = None
    exempt: str | None = None
    prose: bool = False  # did words stand between this display and the one before?
    lead: str | None = None  # what the sentence before ends with, for a leading "="


class _Reader(Lines):
    """Finds displays and inline mathematics, line by line."""

    def __init__(self, text: str, markdown: bool) -> None:
        if not markdown and _TEX.search(text):
            text = _REMARK.sub(lambda m: m.group(1) + " " * len(m.group(2)), text)
        text, self.macros = collect(text)
        super().__init__(text, markdown)
        self.out: list[Block] = []
        self.containers: list[tuple[int, str | None]] = []
        self.exempt: str | None = None
        self.start = 0
        self.words = False
        self.lead: str | None = None

    @property
    def slip(self) -> str | None:
        return next((s for _, s in reversed(self.containers) if s), None)

    def take(self) -> list[Block]:
        i = self.front_matter()
        while i < len(self.lines):
            i = self.line(i)
        self.flush()
        return self.out

    def line(self, i: int) -> int:
        text = self.lines[i]
        m = _EXEMPT.search(text) if "proof:" in text else None
        if m:
            self.flush()
            self.exempt = m.group(1) or "no reason given"
            return i + 1
        if re.match(r"^\s*%(?!%)", text) or text.strip() == "+++":
            self.flush()
            return i + 1
        if "<!--" in text:
            text = self.uncommented(i)
        text = self.unquoted(i)
        if self.markdown and self.indented_code(i):
            return i + 1
        if m := _FENCE.match(text):
            return self.fence(i, m.group(1), m.group(2))
        if m := _COLON.match(text):
            return self.colon(i, m.group(1), m.group(2))
        for opening, closing in (("$$", "$$"), ("\\[", "\\]")):
            at = text.find(opening)
            if at >= 0 and "`" not in text[:at]:
                self.add_text(text[:at], i)
                return self.display(i, at, opening, closing)
        if m := _CODE.match(text):
            return self.code(i, m.group(1))
        if m := _ENV.match(text):
            return self.environment(i, m.group(1) + m.group(2))
        if not text.strip():
            self.flush()
        else:
            self.add_text(text, i)
        return i + 1

    def code(self, i: int, name: str) -> int:
        """Code in LaTeX is passed over like a fence."""
        self.flush()
        while i < len(self.lines) and f"\\end{{{name}" not in self.lines[i]:
            i += 1
        return i + 1

    def add_text(self, text: str, i: int) -> None:
        if not self.paragraph:
            self.start = i
        self.paragraph.append(text)

    def fence(self, i: int, ticks: str, info: str) -> int:
        self.flush()
        end = i + 1
        while end < len(self.lines):
            m = _FENCE.match(self.lines[end])
            if m and m.group(1).startswith(ticks) and not m.group(2):
                break
            end += 1
        if info.strip() == "math" or info.strip().startswith("{math}"):
            self.directive(i, end)
        return end + 1

    def directive(self, i: int, end: int) -> None:
        label, first = None, i + 1
        while first < end and re.match(r"^\s*:[\w-]+:", self.lines[first]):
            name, _, rest = self.lines[first].strip()[1:].partition(":")
            label = rest.strip() if name == "label" else label
            first += 1
        self.emit("\n".join(self.lines[first:end]), first, 0, label)

    def colon(self, i: int, marks: str, info: str) -> int:
        self.flush()
        size = len(marks)
        if not info.strip():
            while self.containers and self.containers[-1][0] < size:
                self.containers.pop()
            if self.containers:
                self.containers.pop()
            return i + 1
        if info.startswith("{math}"):
            end = i + 1
            while end < len(self.lines) and not _COLON.match(self.lines[end]):
                end += 1
            self.directive(i, end)
            return end + 1
        slip = None
        if info.startswith("{slip}"):
            label = re.search(r"slip-[\w-]+", info)
            j = i + 1
            while (
                label is None and j < len(self.lines) and self.lines[j].startswith(":")
            ):
                label = re.search(r"slip-[\w-]+", self.lines[j])
                j += 1
            slip = label.group() if label else "slip"
        self.containers.append((size, slip))
        i += 1
        while i < len(self.lines) and re.match(r"^\s*:[\w-]+:", self.lines[i]):
            i += 1
        return i

    def display(self, i: int, at: int, opening: str, closing: str) -> int:
        self.flush(keep_exempt=True)
        rest = self.lines[i][at + len(opening) :]
        body: list[str] = []
        j = i
        last = self.closing(i, at + len(opening), closing)
        while True:
            end = rest.find(closing)
            if end >= 0:
                body.append(rest[:end])
                tail = rest[end + len(closing) :]
                break
            body.append(rest)
            j += 1
            if j > last:
                tail = ""
                break
            rest = self.lines[j]
        m = _LABEL.match(tail)
        label = m.group(1) if m else None
        self.emit("\n".join(body), i, at + len(opening), label)
        tail = tail[m.end() :] if m else tail
        if tail.strip():
            self.lines[min(j, len(self.lines) - 1)] = tail
            return j
        return j + 1

    def closing(self, i: int, at: int, mark: str) -> int:
        """The last line of a display: where it closes, else before an empty line."""
        for j in range(i, min(i + MAX_ROWS, len(self.lines))):
            if mark in self.lines[j][at if j == i else 0 :]:
                return j
        j = i
        while j + 1 < len(self.lines) and self.lines[j + 1].strip():
            j += 1
        return j

    def environment(self, i: int, name: str) -> int:
        self.flush(keep_exempt=True)
        end = i
        while end < len(self.lines) and f"\\end{{{name}}}" not in self.lines[end]:
            end += 1
        body = "\n".join(self.lines[i : end + 1])
        m = re.search(r"\\label\{([^}]*)\}", body)
        self.emit(body, i, 0, m.group(1) if m else None)
        return end + 1

    def emit(self, latex: str, line: int, column: int, label: str | None) -> None:
        slip = self.slip
        if label and label.startswith("slip-"):
            slip = label
        latex = self.spelt(latex)
        if latex.strip():
            block = Block(
                latex, line + 1, column + 1, label or slip, True, slip, self.exempt,
                self.words, self.lead,
            )  # fmt: skip
            self.out.append(block)
        self.exempt = None
        self.words = False
        self.lead = None

    def spelt(self, latex: str) -> str:
        """The formula with macros, entities and Unicode letters written out."""
        return spelling.latex(expand(spelling.entities(latex), self.macros))

    def flush(self, keep_exempt: bool = False) -> None:
        """Find the inline statements of the paragraph read so far."""
        text = "\n".join(self.paragraph)
        plain = re.sub(r"\$[^$]*\$|<[^<>]*>|^#.*$|^\W*$", " ", text, flags=re.M)
        if len(re.findall(r"[^\W\d_]", plain)) >= 8:
            self.words = True
        if text:
            end = _LEAD.search(text)
            self.lead = end.group(1) if end else None
            for latex, row, column in inline(text):
                latex = self.spelt(latex)
                if RELATION.search(latex):
                    block = Block(
                        latex, self.start + row + 1, column + 1, display=False,
                        slip=self.slip, exempt=self.exempt,
                    )  # fmt: skip
                    self.out.append(block)
            if not keep_exempt:
                self.exempt = None
        self.paragraph = []


def blocks(text: str, markdown: bool = False) -> list[Block]:
    """The mathematics of a text in document order.

    In Markdown, lines indented by four spaces after an empty line are code, unless
    they belong to a list.
    """
    return _Reader(text, markdown).take()
