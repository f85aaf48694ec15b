r"""LaTeX as people write it, cut into tokens.

Everything that only changes the look (``\left``, ``\big``, ``\color``, fonts, spaces)
disappears here; ``\tag`` and ``\label`` are set aside. What is not known is named with
its place, never skipped.
"""

from __future__ import annotations

import re

from .scanner import (
    COMMAND,
    MAX_DIGITS,
    NUMBER,
    WORD,
    Scanner,
    Token,
    group_end,
    skip_space,
)
from .tree import NotUnderstood
from .vocabulary import (
    BLACKBOARD,
    CASES,
    CLAIMS,
    DELIMITERS,
    ENVIRONMENTS,
    FONTS,
    FUNCTIONS,
    GREEK,
    IGNORED,
    MARKS,
    QUADS,
    RELATIONS,
    SIGNS,
    SIZES,
    SKIP_GROUP,
    SPACES,
    STRUCTURE,
    TEXTS,
    TRANSPARENT,
    UNICODE,
    UNICODE_OTHER,
    VARIANTS,
    WORDS,
)

GAP = re.compile(r"\[\s*-?[\d.]+\s*(?:pt|em|ex|mm|cm)\s*\]")  # after \\


class Lexer(Scanner):
    """Cuts one block of mathematics; knows what commands mean to a reader."""

    def run(self) -> list[Token]:
        """All tokens of the block, then one ``end``."""
        text = self.text
        while self.i < len(text):
            c = text[self.i]
            pos = self.i
            self.mark_ends()
            if c.isspace() or pos in self.silent:
                self.i += 1
            elif c == "%":
                end = text.find("\n", self.i)
                self.i = len(text) if end < 0 else end
            elif c == "\\":
                self.command()
            elif c == "~":
                self.i += 1
            elif m := NUMBER.match(text, self.i):
                if len(m.group()) > MAX_DIGITS:
                    raise NotUnderstood(f"a number of {len(m.group())} digits", pos)
                self.add("num", m.group(), pos)
                self.i = m.end()
            elif c.isascii() and c.isalpha():
                self.letters()
            elif c in UNICODE:
                self.add("id", UNICODE[c], pos)
                self.i += 1
            elif c in UNICODE_OTHER:
                kind, value = UNICODE_OTHER[c]
                self.add(kind, value, pos)
                self.i += 1
            else:
                self.character(c, pos)
        self.mark_ends()
        self.add("end", "the end", len(text))
        return self.tokens

    def command(self) -> None:
        pos = self.i
        m = COMMAND.match(self.text, pos)
        if m is None:
            raise NotUnderstood("a lone backslash", pos)
        name = m.group(1)
        self.i = m.end()
        if name in SPACES or name in IGNORED:
            return
        if name == "\\":
            self.newline(pos)
        elif name in QUADS:
            self.add("quad", "quad", pos)
        elif name in ("left", "right"):
            self.delimiter(name, pos)
        elif s := SIZES.match(name):
            self.delimiter({"l": "left", "r": "right"}.get(s.group(1), ""), pos)
        elif name in SKIP_GROUP:
            start, end = self.argument(pos)
            if name in ("tag", "label"):
                target = self.tags if name == "tag" else self.labels
                target.append(self.text[start:end])
            elif name == "color" and self.text[start - 1] != "{":
                w = WORD.match(self.text, start)
                self.i = w.end() if w else end
            elif name == "color":
                self.coloured()
        elif name in TEXTS:
            start, end = self.argument(pos)
            if name in ("textcircled", "circled"):
                self.add("text", self.text[start:end], pos)
            else:
                self.prose(self.text[start:end], pos)
        elif name in FONTS or name.rstrip("*") in FONTS:
            self.font(name.rstrip("*"), pos)
        else:
            self.symbol(name, pos)

    def coloured(self) -> None:
        """``\\color{red}{+ a}``: braces that only colour are no brackets."""
        start = skip_space(self.text, self.i)
        if self.text[start : start + 1] != "{":
            return
        end = group_end(self.text, start)
        k = skip_space(self.text, end)
        if self.text[k : k + 1] not in ("^", "_"):
            self.silent |= {start, end - 1}

    def newline(self, pos: int) -> None:
        if self.i < len(self.text) and self.text[self.i] == "*":
            self.i += 1
        m = GAP.match(self.text, self.i)
        if m:
            self.i = m.end()
        self.add("newline", "a new line", pos)

    def delimiter(self, side: str, pos: int) -> None:
        """The delimiter after ``\\left``, ``\\right`` or ``\\big``."""
        self.i = skip_space(self.text, self.i)
        if self.text[self.i : self.i + 1] == ".":
            if side:
                self.i += 1
            return
        mark = {"left": "L", "right": "R"}.get(side, "")
        if self.text[self.i : self.i + 1] == "|":
            double = self.text[self.i : self.i + 2] == "||"
            self.i += 2 if double else 1
            kind = "||" if double else "|"
            last = self.tokens[-1] if self.tokens else None
            if kind == "|" and mark and last and last.kind == "|" and last.side == mark:
                self.tokens[-1] = Token("||", "||", last.pos, mark)
            else:
                self.add(kind, kind, pos, mark)
            return
        m = COMMAND.match(self.text, self.i)
        if m and m.group(1) in DELIMITERS:
            kind, known = DELIMITERS[m.group(1)]
            self.i = m.end()
            self.add(kind, m.group(), pos, mark or known)

    def prose(self, words: str, pos: int) -> None:
        clean = words.strip()
        bare = clean.strip(".").replace(" ", "").replace("~", "")
        if bare in WORDS or bare in FUNCTIONS:
            self.word(bare, pos)
        elif bare in ("D", "I", "E", "N", "T", "d", "B") and clean == bare:
            self.add("id", bare, pos)
        elif clean:
            self.add("text", clean, pos)
        else:
            self.add("quad", "quad", pos)

    def font(self, name: str, pos: int) -> None:
        start, end = self.argument(pos)
        inside = self.text[start:end].strip()
        bare = inside.replace("\\,", "").replace("\\ ", "").replace(" ", "")
        bare = bare.replace("\\!", "").replace("~", "").strip(".")
        if bare == "0" or bare == "1":
            self.add("num", bare, pos)
        elif name in BLACKBOARD and bare == "E":
            self.add("fn", "E", pos)
        elif len(bare) == 1 and bare.isalpha() and bare.isascii():
            self.add("top" if bare == "T" and self._raised() else "id", bare, pos)
        elif bare in WORDS or bare in FUNCTIONS:
            self.word(bare, pos)
        elif inside.startswith("\\") or any(c in inside for c in "_^{"):
            self.i = start  # \mathbf{x_t}: the group speaks for itself
            if self.text[start - 1] == "{":
                self.add("{", "{", start - 1)
        elif name in ("mathrm", "operatorname", "mathsf", "mathit", "mathtt"):
            self.add("word", bare, pos)
        else:
            self.i = start
            self.add("{", "{", start - 1)

    def _raised(self) -> bool:
        last = [t.kind for t in self.tokens[-2:]]
        return last[-1:] == ["^"] or last == ["^", "{"]

    def environment(self, name: str, pos: int) -> None:
        """``\\begin{aligned}`` and its end only start new rows."""
        start, end = self.argument(pos)
        env = self.text[start:end].strip()
        if name == "begin" and env.rstrip("*") in CASES:
            self.cases(env, pos)
            return
        if env.rstrip("*") not in ENVIRONMENTS:
            raise NotUnderstood(f"the environment {env!r}", pos)
        if name == "begin" and env in ("array", "alignedat", "alignat", "alignat*"):
            self.argument(pos)
        self.add("newline", "a new line", pos)

    def cases(self, env: str, pos: int) -> None:
        """A definition by cases is one token; its text is kept for the parser."""
        close = f"\\end{{{env}}}"
        end = self.text.find(close, self.i)
        if end < 0:
            raise NotUnderstood("a brace is opened and never closed", pos)
        self.add("cases", self.text[self.i : end], pos)
        self.i = end + len(close)

    def stacked(self, name: str, pos: int) -> None:
        """``\\overset{(a)}{=}`` is a relation; anything else is left to the parser."""
        mark = self.i
        self.argument(pos)
        start, end = self.argument(pos)
        inner = self.text[start:end].strip()
        m = COMMAND.fullmatch(inner)
        if m and m.group(1) in RELATIONS:
            self.add("rel", RELATIONS[m.group(1)], pos)
        elif inner in ("=", "<", ">", "≥", "≤"):
            self.add("rel", {"≥": ">=", "≤": "<="}.get(inner, inner), pos)
        else:
            self.i = mark
            self.add("cmd", name, pos)

    def negated(self, pos: int) -> None:
        """``\\not=``; before an arrow or "in" the stroke changes no claim."""
        self.i = skip_space(self.text, self.i)
        m = COMMAND.match(self.text, self.i)
        name = m.group(1) if m else self.text[self.i : self.i + 1]
        relation = "=" if name == "=" else RELATIONS.get(name, "")
        if relation == "=":
            self.i += len(m.group()) if m else 1
            self.add("rel", "!=", pos)
        elif relation in CLAIMS:
            raise NotUnderstood("a relation with a stroke through it", pos)

    def symbol(self, name: str, pos: int) -> None:
        if name in GREEK:
            self.add("id", name, pos)
        elif name in VARIANTS:
            self.add("id", VARIANTS[name], pos)
        elif name in RELATIONS:
            self.add("rel", RELATIONS[name], pos)
        elif name in FUNCTIONS:
            self.add("fn", FUNCTIONS[name], pos)
        elif name in DELIMITERS:
            kind, side = DELIMITERS[name]
            self.add(kind, "\\" + name, pos, side)
        elif name in MARKS:
            self.add("mark", MARKS[name], pos)
        elif name in TRANSPARENT:
            return
        elif name == "not":
            self.negated(pos)
        elif name in ("begin", "end"):
            self.environment(name, pos)
        elif name in ("overset", "stackrel", "underset"):
            self.stacked(name, pos)
        elif name in ("xrightarrow", "xleftarrow", "xRightarrow"):
            self.argument(pos)
            self.add("rel", "->", pos)
        elif name in STRUCTURE:
            self.add("cmd", name, pos)
        elif name in SIGNS:
            self.add(*SIGNS[name], pos)
        elif name in ("&", "%", "#", "$"):
            return
        else:
            raise NotUnderstood(f"the command \\{name}", pos)


def tokenise(text: str) -> tuple[list[Token], list[str], list[str]]:
    """Tokens, ``\\tag``s and ``\\label``s of one block of mathematics."""
    lexer = Lexer(text)
    tokens = lexer.run()
    return tokens, lexer.tags, lexer.labels
