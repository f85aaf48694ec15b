"""What a document hides: front matter, comments, code by indentation; quote marks."""

from __future__ import annotations

import re

_QUOTE = re.compile(r"^ {0,3}>(?: ?>)* ?")
_INDENTED = re.compile(r"^(?: {4}| {0,3}\t)")
_LISTED = re.compile(r"^ {1,3}\S|^ {0,3}(?:[-*+]|\d{1,9}[.)])\s")


class Lines:
    """The lines of a text, with what is no mathematics of its own taken away."""

    def __init__(self, text: str, markdown: bool) -> None:
        self.markdown = markdown
        self.lines = text.split("\n")
        self.printed = tuple(self.lines)
        self.listed = False
        self.paragraph: list[str] = []

    def front_matter(self) -> int:
        if self.lines and self.lines[0].strip() == "---":
            for i in range(1, len(self.lines)):
                if self.lines[i].strip() in ("---", "..."):
                    return i + 1
        return 0

    def uncommented(self, i: int) -> str:
        """Blank out the HTML comments that open on this line.

        As in CommonMark: one that begins a line runs until it is closed, to the end of
        the text if it never is; within a paragraph it must close there, or is none.
        """
        start = self.lines[i].find("<!--")
        while start >= 0:
            last, end = self.comment_end(i, start)
            for j in range(i, last + 1):
                text, begin = self.lines[j], start if j == i else 0
                stop = end if j == last else len(text)
                self.lines[j] = text[:begin] + " " * (stop - begin) + text[stop:]
            start = self.lines[i].find("<!--", start + 1)
        return self.lines[i]

    def comment_end(self, i: int, start: int) -> tuple[int, int]:
        """The line and column behind a comment; its own start where it is none."""
        block = not self.lines[i][:start].strip()
        for j in range(i, len(self.lines)):
            text = self.lines[j]
            if not block and j > i and not text.strip():
                return i, start
            end = text.find("-->", start if j == i else 0)
            if end >= 0:
                return j, end + 3
        return (len(self.lines) - 1, len(self.lines[-1])) if block else (i, start)

    def unquoted(self, i: int) -> str:
        """Take the marks ``>`` off a block quote, if it is one; columns stay."""
        j = i
        while j < len(self.lines) and (m := _QUOTE.match(self.lines[j])):
            self.lines[j] = " " * m.end() + self.lines[j][m.end() :]
            j += 1
        return self.lines[i]

    def indented_code(self, i: int) -> bool:
        """Four spaces after an empty line, and no list to which they could belong."""
        text = self.printed[i]
        if _INDENTED.match(text):
            return not self.paragraph and not self.listed
        if text.strip():
            self.listed = bool(_LISTED.match(text))
        return False
