"""What an expression is made of: groups, brackets, bars, cases, numbers and names."""

from __future__ import annotations

from fractions import Fraction

from .operators import Operators
from .scanner import Token
from .tree import Abs, Dots, Infinity, Node, Norm, NotUnderstood, Num, Range, Seq, Sym


class Atoms(Operators):
    """Reads one atom, whatever it begins with."""

    def group(self) -> Node:
        """``{...}`` as one expression."""
        start = self.expect("{")
        self.context.append("group")
        if self.peek().kind == "}":
            raise NotUnderstood("an empty group", start.pos)
        node = self.expression()
        if self.peek().kind in (":", ","):
            node = self.listed(node)
        self.context.pop()
        self.expect("}")
        return node

    def listed(self, first: Node) -> Node:
        """``a, b`` or ``a:b`` after the first item."""
        if self.peek().kind == ":":
            self.next()
            first = Range(first, self.expression(), pos=first.pos)
        items = [first]
        while self.peek().kind in (",", ";"):
            self.next()
            item = self.expression()
            if self.peek().kind == ":":
                self.next()
                item = Range(item, self.expression(), pos=item.pos)
            items.append(item)
        return items[0] if len(items) == 1 else Seq(tuple(items), pos=first.pos)

    def primary(self, bare: bool = False) -> Node:
        t = self.next()
        if t.kind == "num":
            return Num(Fraction(t.text), pos=t.pos)
        if t.kind in ("(", "[", "\\{", "<("):
            return self.bracket(t)
        if t.kind == "{":
            self.i -= 1
            if self.peek(1).kind == "}":
                self.i += 2
                return self.primary(bare)
            return self.group()
        if t.kind == "id":
            return self.letter(t, bare)
        if t.kind == "mark":
            return self.marked(t, bare)
        if t.kind in ("word", "fn"):
            return self.named(t)
        if t.kind == "cmd":
            return self.structure(t)
        if t.kind == "big":
            return self.big(t)
        if t.kind == "int":
            return self.integral(t)
        if t.kind == "nabla":
            return self.gradient(t)
        if t.kind == "partial":
            return self.slanted(t)
        if t.kind == "|":
            return self.bars(t, "|", "abs")
        if t.kind == "||":
            return self.bars(t, "||", "norm")
        if t.kind == "infty":
            return Infinity(pos=t.pos)
        if t.kind == "dots":
            return Dots(pos=t.pos)
        if t.kind in ("star", "prime"):
            return Sym("*", pos=t.pos)
        if t.kind == "emptyset":
            return Sym("emptyset", pos=t.pos)
        if t.kind == "cases":
            return self.cases(t)
        if t.kind == "end":
            raise NotUnderstood("the formula stops where something must follow", t.pos)
        raise NotUnderstood(f"{t.text!r} here", t.pos)

    def bracket(self, t: Token) -> Node:
        self.context.append("paren")
        node = self.expression()
        if self.peek().kind in (",", ";"):
            node = self.listed(node)
        self.context.pop()
        self.close(t)
        return node

    def bars(self, t: Token, kind: str, name: str) -> Node:
        self.context.append(name)
        inner = self.expression()
        self.context.pop()
        end = self.peek()
        if end.kind != kind:
            raise NotUnderstood("a bar is opened and never closed", t.pos)
        self.next()
        return Norm(inner, pos=t.pos) if kind == "||" else Abs(inner, pos=t.pos)
