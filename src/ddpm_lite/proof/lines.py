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
        """Blank out an HTML comment that opens on this line."""
        start = self.lines[i].index("<!--")
        for j in range(i, len(self.lines)):
            begin = start if j == i else 0
            end = self.lines[j].find("-->", begin)
            stop = len(self.lines[j]) if end < 0 else end + 3
            blank = " " * (stop - begin)
            self.lines[j] = self.lines[j][:begin] + blank + self.lines[j][stop:]
            if end >= 0:
                break
        return self.lines[i]

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
