"""Laws and what is made of them: densities, averages, divergences."""

from __future__ import annotations

from dataclasses import replace
from fractions import Fraction

from .naming import Names
from .scanner import Token
from .tree import (
    KL,
    Density,
    Dots,
    Draws,
    Expect,
    Mul,
    Node,
    Normal,
    NotUnderstood,
    Num,
    Range,
    Seq,
    Sym,
    Uniform,
)


def zeroth(node: Node) -> Node:
    """``x_o`` among the states of q: the letter where the digit is meant."""
    if isinstance(node, Sym) and node.name == "x" and node.subs == (Sym("o"),):
        return replace(node, subs=(Num(Fraction(0)),))
    return node


class LawNotation(Names):
    """Reads what probability adds to algebra."""

    def variables(self) -> list[Node]:
        """A list of variables up to a bar, semicolon or closing bracket."""
        self.context.append("bar")
        found: list[Node] = []
        while self.peek().kind not in ("|", "mid", ";", ")", "]", "\\}", "end"):
            if self.peek().kind == ",":
                self.next()
                continue
            item = self.expression()
            if self.peek().kind == ":" and isinstance(item, Sym) and item.subs:
                self.next()  # x_1:T, an index that lost its braces
                hi = self.expression()
                item = replace(item, subs=(Range(item.subs[-1], hi),))
            if self.peek().kind == "rel" and self.peek().text == "=":
                item = self.event(item)
            if isinstance(item, Mul) and any(isinstance(f, Dots) for f in item.factors):
                found.extend(item.factors)
            elif isinstance(item, Seq):
                found.extend(item.items)
            else:
                found.append(item)
            if self.peek().kind not in (",", "|", "mid", ";", ")", "]", "\\}"):
                break
        self.context.pop()
        return found

    def event(self, left: Node) -> Node:
        """``X = x`` inside a law: the variable at its value."""
        sign = self.next()
        right = self.expression()
        names = [n for n in (left, right) if isinstance(n, Sym)]
        same = len(names) == 2 and names[0].name.lower() == names[1].name.lower()
        if not same:
            raise NotUnderstood("an event inside a law", sign.pos)
        return right

    def law(self, sym: Sym) -> Node:
        opened = self.next()
        of = self.variables()
        given: list[Node] = []
        params: list[Node] = []
        if self.peek().kind in ("|", "mid"):
            self.next()
            given = self.variables()
        if self.peek().kind == ";":
            self.next()
            params = self.variables()
        if self.peek().kind in ("|", "mid") and not given:
            self.next()
            given = self.variables()
        self.close(opened)
        if not of:
            raise NotUnderstood("a law without a variable", opened.pos)
        if sym.name == "q":
            of, given = [zeroth(v) for v in of], [zeroth(v) for v in given]
        return Density(sym, tuple(of), tuple(given), tuple(params), pos=sym.pos)

    def normal(self, t: Token) -> Node:
        opened = self.next()
        self.context.append("bar")
        parts = [self.expression()]
        named = False
        while self.peek().kind in (",", ";", "|", "mid"):
            named = self.next().kind in (";", "|", "mid") or named
            parts.append(self.expression())
        self.context.pop()
        self.close(opened)
        if len(parts) == 3:
            return Normal(parts[0], parts[1], parts[2], pos=t.pos)
        if len(parts) == 2 and not named:
            return Normal(None, parts[0], parts[1], pos=t.pos)
        raise NotUnderstood("a normal law needs a mean and a variance", t.pos)

    def uniform(self, t: Token) -> Node:
        opened = [self.next()]
        if self.peek().kind == "\\{":
            opened.append(self.next())  # U(\{1, ..., T\})
        parts: list[Node] = []
        while self.peek().kind not in (")", "]", "\\}", "end"):
            if self.peek().kind in (",", ";", "dots", "|", "mid"):
                self.next()
                continue
            parts.append(self.expression())
        for bracket in reversed(opened):
            self.close(bracket)
        if len(parts) == 1:
            return Density(Sym("u"), (parts[0],), pos=t.pos)
        if len(parts) < 2:
            raise NotUnderstood("a uniform law needs its range", t.pos)
        return Uniform(parts[0], parts[-1], pos=t.pos)

    def expectation(self, t: Token) -> Node:
        laws: list[Node] = []
        if self.peek().kind == "_":
            self.next()
            laws = self.law_index()
        body, given = self.bracketed_body()
        return Expect(tuple(laws), body, tuple(given), pos=t.pos)

    def law_index(self) -> list[Node]:
        if self.peek().kind != "{":
            return [self.primary()]
        self.next()
        found: list[Node] = []
        pending: list[Node] = []
        self.context.append("group")
        while self.peek().kind not in ("}", "end"):
            if self.peek().kind in (",", ";"):
                self.next()
                continue
            item = self.expression()
            if self.peek().kind == ":" and isinstance(item, Sym) and item.subs:
                self.next()
                item = replace(item, subs=(Range(item.subs[-1], self.expression()),))
            if self.peek().kind == "rel" and self.peek().text == "~":
                self.next()
                law = self.expression()
                found.append(Draws((*pending, item), law, pos=item.pos))
                pending = []
            elif self.peek().kind in (",", ";", "}", "dots"):
                pending.append(item)
            else:
                raise NotUnderstood("this index of an expectation", self.peek().pos)
        self.context.pop()
        self.expect("}")
        return [*found, *pending]

    def bracketed_body(self) -> tuple[Node, list[Node]]:
        """``[body]``, ``[body | given]`` or a bare run of factors."""
        if self.peek().kind not in ("[", "(", "\\{"):
            return self.run_of_factors(), []
        opened = self.next()
        self.context.append("bar")
        body = self.expression()
        if self.peek().kind in (",", ";"):
            body = self.listed(body)
        self.context.pop()
        given: list[Node] = []
        if self.peek().kind in ("|", "mid"):
            self.next()
            given = self.variables()
        self.close(opened)
        return body, given

    def kl_index(self, j: int) -> bool:
        """Is the index at ``j`` the two letters KL?"""
        text = ""
        while j < len(self.tokens) and len(text) < 4:
            t = self.tokens[j]
            if t.kind in ("id", "word"):
                text += t.text
            elif t.kind != "{":
                break
            j += 1
        return text in ("KL", "K", "KL ")

    def script_words(self) -> None:
        if self.peek().kind == "{":
            self.skip_group()
        else:
            self.next()

    def divergence(self, t: Token) -> Node:
        opened = self.next()
        if opened.kind not in ("(", "[", "\\{"):
            raise NotUnderstood("a divergence without its two laws", opened.pos)
        self.context.append("kl")
        left = self.expression()
        bar = self.next()
        if bar.kind not in ("||", "|", "mid", ",", ":", ";"):
            raise NotUnderstood("a divergence without its bar", bar.pos)
        if bar.kind in ("mid", "|") and self.peek().kind == bar.kind:
            self.next()
        right = self.expression()
        self.context.pop()
        self.close(opened)
        return KL(left, right, pos=t.pos)
