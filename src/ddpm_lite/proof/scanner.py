"""One block of mathematics, character by character: letters, numbers, brackets."""

from __future__ import annotations

import re
from typing import NamedTuple

from .tree import NotUnderstood
from .vocabulary import CIRCLED, FUNCTIONS, WORDS

MAX_LENGTH = 20_000
MAX_DIGITS = 40
WORD = re.compile(r"[A-Za-z]+")
COMMAND = re.compile(r"\\([A-Za-z]+\*?|.)", re.S)
NUMBER = re.compile(r"\d+(?:\.\d+)?|\.\d+")


class Token(NamedTuple):
    """One token; ``side`` is L or R for delimiters that say which side they are."""

    kind: str
    text: str
    pos: int
    side: str = ""
    end: int = 0


def group_end(text: str, start: int) -> int:
    """Index just after the brace group that opens at ``start``."""
    depth = 0
    i = start
    while i < len(text):
        c = text[i]
        if c == "\\":
            i += 2
            continue
        if c == "{":
            depth += 1
        elif c == "}":
            depth -= 1
            if depth == 0:
                return i + 1
        i += 1
    raise NotUnderstood("a brace is opened and never closed", start)


def skip_space(text: str, i: int) -> int:
    while i < len(text) and text[i].isspace():
        i += 1
    return i


class Scanner:
    """Where the lexer stands; ``tags`` and ``labels`` are set aside."""

    def __init__(self, text: str) -> None:
        if len(text) > MAX_LENGTH:
            raise NotUnderstood(
                f"a formula of {len(text)} characters (the limit is {MAX_LENGTH})"
            )
        self.text = text
        self.i = 0
        self.tokens: list[Token] = []
        self.tags: list[str] = []
        self.labels: list[str] = []
        self.silent: set[int] = set()  # places of braces that say nothing

    def add(self, kind: str, text: str, pos: int, side: str = "") -> None:
        self.tokens.append(Token(kind, text, pos, side))

    def mark_ends(self) -> None:
        """Tokens just cut end where the cursor now stands."""
        k = len(self.tokens) - 1
        while k >= 0 and not self.tokens[k].end:
            self.tokens[k] = self.tokens[k]._replace(end=self.i)
            k -= 1

    def character(self, c: str, pos: int) -> None:
        text = self.text
        self.i += 1
        if c == "|" and text[self.i : self.i + 1] == "|":
            self.i += 1
            self.add("||", "||", pos)
        elif c == "|":
            self.add("|", "|", pos)
        elif c == "{":
            self.add("{", c, pos)
        elif c + text[self.i : self.i + 1] in (":=", "=:"):
            self.i += 1
            self.add("rel", ":=", pos)
        elif c in "}()[],;:!&_^'.":
            self.add(c, c, pos)
        elif c in "+-*/":
            self.add("op", {"*": "times"}.get(c, c), pos)
        elif c == "=":
            self.add("rel", "=", pos)
        elif c in "<>":
            if text[self.i : self.i + 1] == "=":
                self.i += 1
                self.add("rel", c + "=", pos)
            else:
                self.add("rel", c, pos)
        elif ord(c) in CIRCLED:
            self.add("text", c, pos)
        elif not c.isascii() and (c.isalpha() or ord(c) > 0x2FFF):
            j = self.i
            while j < len(text) and not text[j].isascii():
                j += 1
            self.add("text", text[pos:j], pos)
            self.i = j
        else:
            raise NotUnderstood(f"the character {c!r}", pos)

    def letters(self) -> None:
        pos = self.i
        m = WORD.match(self.text, pos)
        assert m is not None
        word = m.group()
        for end in range(len(word), 1, -1):
            if word[:end] in WORDS and (end == len(word) or word[:end] in {"ELBO"}):
                self.word(word[:end], pos)
                self.i = pos + end
                return
        self.add("id", word[0], pos)
        self.i = pos + 1

    def word(self, word: str, pos: int) -> None:
        if word in FUNCTIONS:
            self.add("fn", FUNCTIONS[word], pos)
        else:
            self.add("word", word, pos)

    def argument(self, pos: int) -> tuple[int, int]:
        """Start and end of the inside of the next group (or single token)."""
        i = skip_space(self.text, self.i)
        if i >= len(self.text):
            raise NotUnderstood("a command without its argument", pos)
        if self.text[i] == "{":
            end = group_end(self.text, i)
            self.i = end
            return i + 1, end - 1
        m = COMMAND.match(self.text, i)
        end = m.end() if m else i + 1
        self.i = end
        return i, end
