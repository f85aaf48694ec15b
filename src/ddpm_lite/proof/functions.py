"""Letters and words that begin something: logarithms, named functions, optima."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from fractions import Fraction

from .lawnotation import LawNotation
from .naming import LAWS
from .scanner import Token
from .tree import (
    KL,
    Add,
    Arg,
    Const,
    Density,
    Div,
    Entropy,
    Fn,
    Identity,
    Limit,
    Moment,
    Mul,
    Node,
    Normal,
    NotUnderstood,
    Num,
    Pow,
    Seq,
    Sym,
)
from .walking import walk

BIG_LETTERS = {"Pi": "prod", "pi": "prod", "Sigma": "sum"}
SIZES = {"D", "d", "n", "N"}  # of a unit matrix
FUNCTION_WORDS = {"digamma": "digamma", "trigamma": "trigamma"}


class Functions(LawNotation):
    """Reads what a letter or a word begins: a law, a function, an optimum."""

    def letter(self, t: Token, bare: bool = False) -> Node:
        sym = Sym(t.text, pos=t.pos)
        if bare:
            return sym
        if t.text in BIG_LETTERS and self.limits_ahead():
            return self.big(t._replace(kind="big", text=BIG_LETTERS[t.text]))
        if t.text == "E" and self.peek().kind in ("_", "[", "\\{", "||"):
            return self.expectation(t)
        index = t.text == "D" and self.peek().kind == "_"
        if index and self.kl_index(self.i + 1):
            self.next()
            self.script_words()
            if self.peek().kind in ("end", "rel", "op"):
                return Sym("D", subs=(Sym("KL"),), pos=t.pos)
            return self.divergence(t)
        if t.text == "N" and self.peek().kind in ("(", "\\{"):
            return self.normal(t)
        if t.text == "U" and self.peek().kind in ("(", "\\{", "["):
            return self.uniform(t)
        if t.text == "H" and self.peek().kind in ("(", "["):
            return self.entropy(t)
        if t.text == "I" and self.sized():
            return Identity(pos=t.pos)
        if t.text == "Gamma" and self.peek().kind == "(":
            return self.applied("gamma", t)
        if t.text in ("psi", "varphi") and self.peek().kind in (
            "(",
            "^",
            "{",
            "'",
            "_",
        ):
            return self.polygamma(t)
        return self.indexed(sym)

    def sized(self) -> bool:
        """Is this I the identity, alone or with its size, as in ``I_D``?"""
        if self.peek().kind != "_":
            return self.peek().kind != "("
        mark = self.i
        self.next()
        names = {n.name for n in walk(self.script()) if isinstance(n, Sym)}
        if names and names <= SIZES:
            return True
        self.i = mark
        return False

    def entropy(self, t: Token) -> Node:
        """``H(p)``; ``H(p, q)`` is the entropy of p and the divergence from it."""
        opened = self.next()
        self.context.append("bar")
        law = self.expression()
        other: Node | None = None
        if self.peek().kind in (",", ";") and self.is_law(law):
            self.next()
            other = self.expression()
        self.context.pop()
        if self.peek().kind in (",", ";", "|", "mid") or not self.is_law(law):
            raise NotUnderstood("an entropy of variables whose law is not named", t.pos)
        self.close(opened)
        node = Entropy(law, pos=t.pos)
        if other is None:
            return node
        if not self.is_law(other):
            raise NotUnderstood("a cross-entropy without its second law", t.pos)
        return Add((node, KL(law, other, pos=t.pos)), pos=t.pos)

    @staticmethod
    def is_law(node: Node) -> bool:
        return isinstance(node, Density | Normal) or (
            isinstance(node, Sym) and node.name in LAWS
        )

    def named(self, t: Token) -> Node:
        name = t.text
        if t.kind == "fn":
            return self.function(t)
        if name in ("Const", "const", "constant"):
            return Const(pos=t.pos)
        if name == "KL":
            return self.divergence(t)
        if name in ("Var", "Cov"):
            laws: list[Node] = []
            if self.peek().kind == "_":
                self.next()
                laws = self.law_index()
            body, given = self.bracketed_body()
            args = body.items if isinstance(body, Seq) else (body,)
            return Moment(name, args, tuple(given), tuple(laws), pos=t.pos)
        if name in FUNCTION_WORDS:
            return self.applied(FUNCTION_WORDS[name], t)
        if name in ("Uniform", "Unif"):
            return self.uniform(t)
        sym = Sym("SNR" if name == "snr" else name, pos=t.pos)
        if self.peek().kind == "_":
            self.next()
            sym = replace(sym, subs=self.subscript())
        if self.peek().kind in ("(", "["):
            return self.law(sym) if self.bar_inside() else self.call(sym)
        return sym

    def function(self, t: Token) -> Node:
        name = t.text
        if name in ("log", "exp", "tr", "det"):
            return self.applied(name, t)
        if name in ("cos", "sin", "tanh"):
            return self.applied(name, t, self.primary)
        if name == "lim":
            return self.limit(t)
        if name == "E":
            return self.expectation(t)
        if name == "P":
            return self.applied_head(Sym("P", pos=t.pos))
        if name == "arg" and self.peek().kind == "fn":
            after = self.next()
            return self.optimum("arg" + after.text, t)
        if name in ("argmax", "argmin", "max", "min"):
            return self.optimum(name, t)
        raise NotUnderstood(f"\\{name}", t.pos)

    def limit(self, t: Token) -> Node:
        """``\\lim_{T \\to \\infty}`` and the factors that follow."""
        if self.peek().kind != "_" or self.peek(1).kind != "{":
            raise NotUnderstood("a limit that does not say what tends where", t.pos)
        self.i += 2
        self.context.append("group")
        var = self.expression()
        arrow = self.next()
        if arrow.text != "->":
            raise NotUnderstood("a limit that does not say what tends where", t.pos)
        to = self.expression()
        self.context.pop()
        self.expect("}")
        return Limit(var, to, self.run_of_factors(), pos=t.pos)

    def applied(
        self, name: str, t: Token, bracketed: Callable[[], Node] | None = None
    ) -> Node:
        """A function and its argument: a bracket, or the factors that follow.

        ``bracketed`` reads the bracket; a power behind it belongs to the argument,
        as in log (x)^2, unless told otherwise: cos (x)^2 is a square of cos.
        """
        base: Node | None = None
        power: Node | None = None
        while self.peek().kind in ("_", "^"):
            if self.next().kind == "_":
                base = self.script()
            else:
                power = self.script()
        if self.peek().kind in ("(", "[", "\\{", "{"):
            arg = (bracketed or self.factor)()
        elif self.peek().kind == "op" and self.peek().text == "-":
            self.next()
            arg = Mul((Num(Fraction(-1)), self.run_of_factors()))
        else:
            arg = self.run_of_factors()
        node: Node = Fn(name, arg, pos=t.pos)
        if base is not None:
            node = Div(node, Fn("log", base), pos=t.pos)
        return node if power is None else Pow(node, power, pos=t.pos)

    def polygamma(self, t: Token) -> Node:
        """``\\psi(x)``, ``\\psi'(x)``, ``\\psi^{(1)}(x)``, ``\\psi_1(x)``."""
        mark = self.i
        name = "digamma"
        if self.peek().kind == "'":
            self.next()
            name = "trigamma"
        elif self.peek().kind in ("^", "_"):
            self.next()
            order = self.script()
            if order == Num(Fraction(1)):
                name = "trigamma"
            elif order != Num(Fraction(0)):
                self.i = mark
                return self.indexed(Sym(t.text, pos=t.pos))
        if self.peek().kind not in ("(", "{", "["):
            self.i = mark
            return self.indexed(Sym(t.text, pos=t.pos))
        return Fn(name, self.factor(), pos=t.pos)

    def optimum(self, name: str, t: Token) -> Node:
        over: tuple[Node, ...] = ()
        if self.peek().kind == "_":
            self.next()
            over = self.subscript()
        terms: list[Node] = []
        while not terms or (self.peek().kind == "op" and self.peek().text in "+-"):
            signed = self.peek().kind == "op" and self.peek().text in "+-"
            sign = self.next().text if signed else "+"
            term = self.run_of_factors()
            terms.append(Mul((Num(Fraction(-1)), term)) if sign == "-" else term)
        body = terms[0] if len(terms) == 1 else Add(tuple(terms), pos=terms[0].pos)
        return Arg(name, over, body, pos=t.pos)

    def stacked(self, t: Token) -> Node:
        """``\\underset{\\theta}{\\arg\\max}`` (relations are handled by the lexer)."""
        over = self.script()
        self.expect("{")
        first = self.next()
        name = first.text
        if name == "arg" and self.peek().kind == "fn":
            name = "arg" + self.next().text
        self.expect("}")
        if first.kind != "fn" or name not in ("argmax", "argmin", "max", "min"):
            raise NotUnderstood(f"\\{t.text}", t.pos)
        node = self.optimum(name, t)
        assert isinstance(node, Arg)
        items = over.items if isinstance(over, Seq) else (over,)
        return replace(node, over=items)
