r"""LaTeX as MathML, which every browser draws by itself: for the HTML report.

This follows the print, not the meaning: what the prover could not read is typeset, too,
and a command that is not known here stands as it was typed. Everything is escaped.
"""

from __future__ import annotations

import re
from html import escape

from .linebreaks import cut
from .symbols import (
    ACCENTS,
    BOXES,
    DROPPED,
    FENCES,
    FUNCTION_NAMES,
    GREEK_LETTER,
    IGNORED,
    LIMITS,
    OPERATORS,
    PLAIN,
    SPACES,
    TEXTS,
    VARIANT,
    letter,
)

MAX_LENGTH = 6000
MAX_DEPTH = 40
LONG = 300  # characters of LaTeX from which a formula may also break at + and -
TOKEN = re.compile(r"\\[A-Za-z]+\*?|\\.|\d+(?:\.\d+)?|\S", re.S)
SIZES = re.compile(r"\\[bB]igg?[lrm]?$")


SPACE = '<mspace width=".17em"></mspace>'


class NotTypeset(ValueError):
    """Too long or too deep to typeset; the source is shown instead."""


class _Setter:
    """One formula, read once from left to right."""

    def __init__(self, latex: str) -> None:
        if len(latex) > MAX_LENGTH:
            raise NotTypeset
        self.latex = latex.replace("-->", "⟶")
        self.spans = [m.span() for m in TOKEN.finditer(self.latex)]
        self.tokens = [self.latex[a:b] for a, b in self.spans]
        self.i = 0
        self.depth = 0

    def peek(self) -> str:
        return self.tokens[self.i] if self.i < len(self.tokens) else ""

    def next(self) -> str:
        t = self.peek()
        self.i += 1
        return t

    def row(self, stop: tuple[str, ...] = ()) -> list[str]:
        """Elements up to one of the tokens in ``stop`` (which is left)."""
        self.depth += 1
        if self.depth > MAX_DEPTH:
            raise NotTypeset
        out: list[str] = []
        while self.i < len(self.tokens) and self.peek() not in stop:
            t = self.peek()
            if t in ("^", "_"):
                out.append(self.scripts(out.pop() if out else "<mrow></mrow>"))
            elif t == "'":
                self.i += 1
                base = out.pop() if out else "<mrow></mrow>"
                out.append(f"<msup>{base}<mo>′</mo></msup>")
            else:
                made = self.element()
                if made:
                    out.append(made)
        self.depth -= 1
        return out

    def scripts(self, base: str) -> str:
        """What stands at the foot and at the head of ``base``."""
        low = high = ""
        if base.endswith(SPACE):
            base = base.removesuffix(SPACE)
        while self.peek() in ("^", "_"):
            if self.next() == "_":
                low += self.argument()
            else:
                high += self.argument()
        low, high = (f"<mrow>{s}</mrow>" if s else "" for s in (low, high))
        around = 'data-limits="1"' in base
        tag = (
            ("munder", "mover", "munderover") if around else ("msub", "msup", "msubsup")
        )
        if low and high:
            return f"<{tag[2]}>{base}{low}{high}</{tag[2]}>"
        return f"<{tag[0]}>{base}{low}</{tag[0]}>" if low else (
            f"<{tag[1]}>{base}{high}</{tag[1]}>"
        )  # fmt: skip

    def argument(self) -> str:
        """A group or one element, as one element."""
        if self.peek() == "{":
            self.i += 1
            inside = self.row(("}",))
            self.i += 1
            return f"<mrow>{''.join(inside)}</mrow>"
        if not self.peek() or self.peek() in ("}", "&"):
            return "<mrow></mrow>"
        made = self.element()
        return made or "<mrow></mrow>"

    def words(self) -> str:
        """The raw text of a group."""
        if self.peek() != "{":
            return self.next()
        start = self.spans[self.i][1]
        depth = 0
        while self.i < len(self.tokens):
            depth += {"{": 1, "}": -1}.get(self.peek(), 0)
            if depth == 0:
                end = self.spans[self.i][0]
                self.i += 1
                return self.latex[start:end]
            self.i += 1
        return self.latex[start:]

    def element(self) -> str:
        t = self.next()
        if t == "{":
            self.i -= 1
            return self.argument()
        if t in ("&", "~", "}", "$", "\\\\"):
            return ""
        if t.startswith("\\"):
            return self.command(t[1:].rstrip("*") or "\\")
        if t[0].isdigit():
            return f"<mn>{t}</mn>"
        if t.isalpha():
            return f"<mi>{escape(t)}</mi>"
        return operator({"-": "−", "*": "∗", ":": ":"}.get(t, t))

    def command(self, name: str) -> str:
        if name in GREEK_LETTER:
            return f"<mi>{GREEK_LETTER[name]}</mi>"
        if name == "left":
            opened = self.fence(name)
            inside = "".join(self.row(("\\right",)))
            closed = self.fence("right") if self.next() else ""
            return f"<mrow>{opened}{inside}{closed}</mrow>"
        if name == "right" or SIZES.match("\\" + name):
            return self.fence(name)
        if name in SPACES:
            return f'<mspace width="{SPACES[name]}"></mspace>'
        if name in IGNORED:
            return ""
        if name in DROPPED:
            self.words()
            return ""
        if name in FUNCTION_NAMES:
            around = ' data-limits="1"' if name in LIMITS else ""
            label = FUNCTION_NAMES[name]
            gap = "" if around else SPACE
            return f'<mi mathvariant="normal"{around}>{label}</mi>{gap}'
        if name in OPERATORS:
            around = ' data-limits="1"' if name in LIMITS else ""
            return f"<mo{around}>{escape(OPERATORS[name])}</mo>"
        if name in FENCES:
            return operator(FENCES[name])
        return self.structure(name)

    def structure(self, name: str) -> str:
        if name in ("frac", "dfrac", "tfrac", "cfrac", "nicefrac", "sfrac"):
            return f"<mfrac>{self.argument()}{self.argument()}</mfrac>"
        if name == "sqrt":
            return self.root()
        if name in ACCENTS:
            mark = f'<mo stretchy="{"true" if "wide" in name else "false"}">'
            mark += f"{ACCENTS[name]}</mo>"
            return f'<mover accent="true">{self.argument()}{mark}</mover>'
        if name in ("underbrace", "overbrace"):
            tag, mark = ("munder", "⏟") if name[0] == "u" else ("mover", "⏞")
            body = self.argument()
            return f'<{tag} data-limits="1">{body}<mo>{mark}</mo></{tag}>'
        if name in ("overset", "stackrel", "underset"):
            mark, body = self.argument(), self.argument()
            tag = "munder" if name == "underset" else "mover"
            return f"<{tag}>{body}{mark}</{tag}>"
        if name in TEXTS or name == "textcircled":
            return f"<mtext>{escape(plain(self.words()))}</mtext>"
        if name in BOXES:
            return f'<mrow class="{BOXES[name]}">{self.argument()}</mrow>'
        if name == "textcolor":
            self.words()
            return self.argument()
        if name in VARIANT or name in PLAIN:
            return self.font(name)
        if name == "begin":
            return self.table()
        if name == "end":
            self.words()
            return ""
        return f"<mtext>\\{escape(name)}</mtext>"

    def root(self) -> str:
        if self.peek() != "[":
            return f"<msqrt>{self.argument()}</msqrt>"
        self.i += 1
        degree = "".join(self.row(("]",)))
        self.i += 1
        return f"<mroot>{self.argument()}<mrow>{degree}</mrow></mroot>"

    def font(self, name: str) -> str:
        mark = self.i
        inside = self.words()
        if inside.isalnum() and inside.isascii():
            if name in PLAIN:
                return f'<mi mathvariant="normal">{inside}</mi>'
            made = "".join(letter(c, VARIANT[name]) for c in inside)
            return made if len(inside) == 1 else f"<mrow>{made}</mrow>"
        self.i = mark
        style = "bold" if VARIANT.get(name) == "bold" else "usual"
        return f'<mrow class="{style}">{self.argument()}</mrow>'

    def fence(self, side: str) -> str:
        t = self.next()
        if t == "." and side in ("left", "right"):
            return ""
        name = FENCES.get(t[1:], t) if t.startswith("\\") else t
        form = {"left": "prefix", "right": "postfix"}.get(side, "")
        kind = f' form="{form}"' if form else ""
        tall = "true" if side in ("left", "right") else "false"
        return f'<mo stretchy="{tall}"{kind}>{escape(name)}</mo>'

    def table(self) -> str:
        env = self.words().strip()
        if env.startswith(("array", "alignedat", "alignat")) and self.peek() == "{":
            self.words()
        rows: list[list[str]] = [[""]]
        while self.i < len(self.tokens) and self.peek() != "\\end":
            cell = self.row(("&", "\\\\", "\\end"))
            rows[-1][-1] += "".join(cell)
            if self.peek() == "&":
                rows[-1].append("")
            elif self.peek() == "\\\\":
                rows.append([""])
            if self.peek() != "\\end":
                self.i += 1
        if self.peek() == "\\end":
            self.i += 1
            self.words()
        cells = "".join(
            "<mtr>" + "".join(f"<mtd>{c}</mtd>" for c in row) + "</mtr>"
            for row in rows
            if any(row)
        )
        brace = '<mo stretchy="true" form="prefix">{</mo>' if "cases" in env else ""
        return f"<mrow>{brace}<mtable>{cells}</mtable></mrow>"


def operator(text: str) -> str:
    tall = ' stretchy="false"' if text in "()[]{}|‖⟨⟩" else ""
    return f"<mo{tall}>{escape(text)}</mo>"


def plain(words: str) -> str:
    r"""``\text{...}`` as words."""
    return re.sub(r"\\[A-Za-z]+|[{}$]", "", words).replace("~", " ")


def typeset(latex: str) -> str:
    """The formula as ``<math>`` elements, cut where a line may break.

    Falls back to the escaped source in ``<code>`` where it cannot be typeset.
    """
    try:
        setter = _Setter(latex)
        parts = setter.row()
    except (NotTypeset, RecursionError):
        return f"<code>{escape(latex)}</code>"
    return " ".join(
        f'<math><mstyle displaystyle="true">{"".join(c)}</mstyle></math>'
        for c in cut(parts, len(latex) > LONG)
    )
