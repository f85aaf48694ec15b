"""Names and what follows them: letters, laws, expectations, divergences, functions."""

from __future__ import annotations

from dataclasses import replace
from fractions import Fraction
from typing import TYPE_CHECKING

from .lexer import Token
from .tree import (
    KL,
    Add,
    Arg,
    Call,
    Const,
    Density,
    Div,
    Dots,
    Draws,
    Entropy,
    Expect,
    Fn,
    Identity,
    Moment,
    Mul,
    Node,
    Normal,
    NotUnderstood,
    Num,
    Pow,
    Range,
    Seq,
    Sym,
    Uniform,
)

LAWS = {"p", "q", "P", "u"}
ALWAYS_CALL = {
    "mu", "f", "g", "h", "J", "C", "NeuralNet", "NN", "SNR", "snr", "ELBO", "Phi",
}  # fmt: skip
SIMPLE_CALL = {
    "alpha", "beta", "gamma", "sigma", "Sigma", "lambda", "x", "w", "L", "c", "v", "s",
    "epsilon", "eta", "omega", "phi", "b", "B", "D", "z", "U", "u", "delta", "rho",
    "kappa", "nu", "tau", "S", "F", "G", "R", "W", "A", "a", "m", "r",
}  # fmt: skip
BIG_LETTERS = {"Pi": "prod", "pi": "prod", "Sigma": "sum"}
FUNCTION_WORDS = {"digamma": "digamma", "trigamma": "trigamma"}


def zeroth(node: Node) -> Node:
    """``x_o`` among the states of q: the letter where the digit is meant."""
    if isinstance(node, Sym) and node.name == "x" and node.subs == (Sym("o"),):
        return replace(node, subs=(Num(Fraction(0)),))
    return node


class Heads:
    """The part of the parser that knows what a name means by its place."""

    tokens: list[Token]
    i: int
    context: list[str]

    if TYPE_CHECKING:

        def expression(self) -> Node: ...
        def factor(self) -> Node: ...
        def primary(self, bare: bool = False) -> Node: ...
        def script(self) -> Node: ...
        def postfix(self, node: Node) -> Node: ...
        def run_of_factors(self, bound: Node | None = None, op: str = "") -> Node: ...
        def listed(self, first: Node) -> Node: ...
        def close(self, opened: Token) -> None: ...
        def skip_group(self) -> None: ...
        def big(self, t: Token) -> Node: ...

    def peek(self, ahead: int = 0) -> Token:
        return self.tokens[min(self.i + ahead, len(self.tokens) - 1)]

    def next(self) -> Token:
        t = self.peek()
        self.i += 1
        return t

    def expect(self, kind: str) -> Token:
        t = self.next()
        if t.kind != kind:
            if kind == "}" and t.kind == "end":
                raise NotUnderstood(
                    "a brace is opened and never closed", self.unclosed()
                )
            raise NotUnderstood(f"{t.text!r} where {kind!r} must stand", t.pos)
        return t

    def unclosed(self) -> int:
        """Where the innermost brace still open stands."""
        depth = 0
        for t in reversed(self.tokens):
            depth += (t.kind == "}") - (t.kind == "{")
            if depth < 0:
                return t.pos
        return self.tokens[-1].pos

    # -- letters ---------------------------------------------------------------
    def letter(self, t: Token, bare: bool = False) -> Node:
        sym = Sym(t.text, pos=t.pos)
        if bare:
            return sym
        if t.text in BIG_LETTERS and self.limits_ahead():
            return self.big(t._replace(kind="big", text=BIG_LETTERS[t.text]))
        if t.text == "E" and self.peek().kind in ("_", "[", "\\{"):
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
            opened = self.next()
            inner = self.expression()
            self.close(opened)
            return Entropy(inner, pos=t.pos)
        if t.text == "I" and self.peek().kind not in ("_", "("):
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

    def limits_ahead(self) -> bool:
        r"""``\Pi_{t=1}^T``: a letter where an operator is meant."""
        kinds = [self.peek(k).kind for k in range(4)]
        return kinds == ["_", "{", "id", "rel"] and self.peek(3).text == "="

    def marked(self, t: Token, bare: bool = False) -> Node:
        """A bar, hat or tilde over a letter (its index may stand inside)."""
        inner: Node = self.script()
        if not isinstance(inner, Sym):
            raise NotUnderstood(f"a {t.text} over an expression", t.pos)
        sym = replace(inner, marks=(*inner.marks, t.text), pos=t.pos)
        return sym if bare else self.indexed(sym)

    def indexed(self, sym: Sym) -> Node:
        """Indices, tags and primes after a letter; then a call, if it is one."""
        power: Node | None = None
        if self.peek().kind == "{" and self.peek(2).kind == ":":
            sym = replace(sym, subs=self.subscript())  # x{1:T}, a lost underscore
        while True:
            t = self.peek()
            if t.kind == "_":
                self.next()
                sym = replace(sym, subs=(*sym.subs, *self.subscript()))
            elif t.kind == "'":
                self.next()
                sym = replace(sym, sup=sym.sup + "'")
            elif t.kind == "^" and (tag := self.tag_ahead()) is not None:
                sym = replace(sym, sup=sym.sup + tag)
            elif t.kind == "^" and power is None and sym != Sym("e"):
                if self.peek(1).kind in ("top",) or self.peek(2).kind == "top":
                    break
                self.next()
                power = self.script()
            else:
                break
        node = self.applied_head(sym)
        return node if power is None else Pow(node, power, pos=sym.pos)

    def subscript(self) -> tuple[Node, ...]:
        """``_t``, ``_{t-1}``, ``_{q,h}``, ``_{0:T}``, ``_{\\text{simple}}``."""
        t = self.peek()
        if t.kind == "op":
            self.next()
            return (Sym(t.text, pos=t.pos),)
        if t.kind != "{":
            node = self.primary(bare=True)
            return (node,)
        self.next()
        if self.peek().kind == "op" and self.peek(1).kind == "}":
            self.i += 2
            return (Sym(self.peek(-2).text, pos=t.pos),)
        if self.peek().kind in ("word", "fn", "text"):
            words = []
            while self.peek().kind not in ("}", "end"):
                words.append(self.next().text)
            self.expect("}")
            return (Sym(" ".join(words), pos=t.pos),)
        self.context.append("group")
        node = self.expression()
        if self.peek().kind in (":", ",", ";"):
            node = self.listed(node)
        self.context.pop()
        self.expect("}")
        return node.items if isinstance(node, Seq) else (node,)

    def tag_ahead(self) -> str | None:
        """``^*``, ``^{(i)}``, ``^{\\text{LVM}}``: part of the name, not a power."""
        a, b = self.peek(1), self.peek(2)
        if a.kind in ("star", "prime") or (a.kind == "op" and a.text == "times"):
            self.i += 2
            return "*"
        if a.kind == "{" and b.kind in ("text", "word", "star", "prime", "("):
            if b.kind == "(":
                depth, j = 0, 2
                while self.peek(j).kind != "end":
                    depth += {"(": 1, ")": -1}.get(self.peek(j).kind, 0)
                    j += 1
                    if depth == 0:
                        break
                if self.peek(j).kind != "}":
                    return None
            self.next()
            start = self.i
            self.skip_group()
            return "".join(t.text for t in self.tokens[start + 1 : self.i - 1])
        return None

    def applied_head(self, sym: Sym) -> Node:
        """``name(...)`` as a law, a function, or a product left to the caller."""
        t = self.peek()
        if t.kind not in ("(", "["):
            return sym
        if sym.name in LAWS and t.kind == "(" and not (sym.name == "u" and sym.subs):
            return self.law(sym)
        if t.kind == "[" or not self.callable(sym):
            return sym
        return self.law(sym) if self.bar_inside() else self.call(sym)

    def callable(self, sym: Sym) -> bool:
        theta = any(s in (Sym("theta"), Sym("phi")) for s in sym.subs)
        if sym.name in ALWAYS_CALL or theta:
            return True
        if sym.name == "epsilon" and "hat" in sym.marks:
            return True
        if sym.name in SIMPLE_CALL and self.simple_inside(sym):
            return True
        return sym.name == "x" and bool(sym.marks)

    def simple_inside(self, sym: Sym) -> bool:
        """Is the bracket ahead a plain list of letters, indices and numbers?"""
        depth, j, wide = 0, 0, 0
        while True:
            t = self.peek(j)
            if t.kind in ("(", "{"):
                depth += 1
            elif t.kind in (")", "}"):
                depth -= 1
                if depth == 0:
                    break
            elif t.kind == "op" and depth == 1:
                if not (t.text == "-" and self.peek(j + 1).text == "1"):
                    return False
                wide += 1
                if self.peek(j - 1).kind == "num" or self.peek(j - 1).kind == "(":
                    return False
            elif t.kind == "op":
                pass
            elif t.kind not in ("id", "num", ",", ";", "_", "mark"):
                return False
            j += 1
        first = self.peek(1)
        if first.kind == "num":
            return sym.name in ("sigma", "Sigma", "L", "w", "lambda") and not wide
        return first.kind in ("id", "mark") and (
            not wide or first.text in ("t", "s", "T", "k")
        )

    def bar_inside(self) -> bool:
        depth, j = 0, 0
        while self.peek(j).kind != "end":
            kind = self.peek(j).kind
            depth += {"(": 1, "[": 1, ")": -1, "]": -1}.get(kind, 0)
            if depth == 0:
                return False
            if depth == 1 and kind in ("|", "mid"):
                return True
            j += 1
        return False

    def call(self, sym: Sym) -> Node:
        opened = self.next()
        self.context.append("paren")
        args: list[Node] = []
        while self.peek().kind not in (")", "]", "\\}", "end"):
            if self.peek().kind in (",", ";"):
                self.next()
                continue
            args.append(self.expression())
            if self.peek().kind not in (",", ";", ")", "]", "\\}"):
                break
        self.context.pop()
        self.close(opened)
        if sym.name in ("alpha", "beta") and len(args) == 1:
            return replace(sym, subs=(*sym.subs, args[0]))
        return Call(sym, tuple(args), pos=sym.pos)

    # -- laws --------------------------------------------------------------------
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
        opened = self.next()
        parts: list[Node] = []
        while self.peek().kind not in (")", "]", "\\}", "end"):
            if self.peek().kind in (",", ";", "dots", "|", "mid"):
                self.next()
                continue
            parts.append(self.expression())
        self.close(opened)
        if len(parts) == 1:
            return Density(Sym("u"), (parts[0],), pos=t.pos)
        if len(parts) < 2:
            raise NotUnderstood("a uniform law needs its range", t.pos)
        return Uniform(parts[0], parts[-1], pos=t.pos)

    # -- expectations and divergences ---------------------------------------------
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

    # -- words --------------------------------------------------------------------
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
        if name in ("log", "exp", "tr", "det", "tanh"):
            return self.applied(name, t)
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

    def applied(self, name: str, t: Token) -> Node:
        """A function and its argument: a bracket, or the factors that follow."""
        base: Node | None = None
        power: Node | None = None
        while self.peek().kind in ("_", "^"):
            if self.next().kind == "_":
                base = self.script()
            else:
                power = self.script()
        if self.peek().kind in ("(", "[", "\\{", "{"):
            arg = self.factor()
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
        body = self.run_of_factors()
        if self.peek().kind == "op" and self.peek().text in "+-":
            terms = [body]
            while self.peek().kind == "op" and self.peek().text in "+-":
                sign = self.next().text
                term = self.run_of_factors()
                terms.append(Mul((Num(Fraction(-1)), term)) if sign == "-" else term)
            body = Add(tuple(terms), pos=body.pos)
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
