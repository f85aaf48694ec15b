"""Names: letters with marks and indices, and whether a bracket after one is a call."""

from __future__ import annotations

from dataclasses import replace

from .cursor import Cursor
from .scanner import Token
from .tree import Call, Given, Node, NotUnderstood, Pow, Seq, Sym

LAWS = {"p", "q", "P", "u"}
ALWAYS_CALL = {
    "mu", "f", "g", "h", "J", "C", "NeuralNet", "NN", "SNR", "snr", "ELBO", "Phi",
}  # fmt: skip
SIMPLE_CALL = {
    "alpha", "beta", "gamma", "sigma", "Sigma", "lambda", "x", "w", "L", "c", "v", "s",
    "epsilon", "eta", "omega", "phi", "b", "B", "D", "z", "U", "u", "delta", "rho",
    "kappa", "nu", "tau", "S", "F", "G", "R", "W", "A", "a", "m", "r",
}  # fmt: skip


class Names(Cursor):
    """Reads a letter and what hangs on it."""

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
                below = self.subscript(sym.name in LAWS)
                sym = replace(sym, subs=(*sym.subs, *below))
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

    def subscript(self, law: bool = False) -> tuple[Node, ...]:
        """``_t``, ``_{t-1}``, ``_{q,h}``, ``_{0:T}``, ``_{\\text{simple}}``.

        Under a ``law`` a bar may stand: ``q_{t|0}``, ``p_{\\theta,t-1|t}``.
        """
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
        self.context.append("bar" if law else "group")
        below = self.items_below()
        if law and self.peek().kind in ("|", "mid"):
            self.next()
            own = tuple(n for n in below if n in (Sym("theta"), Sym("phi")))
            times = tuple(n for n in below if n not in own)
            below = (*own, Given(times, self.items_below(), pos=t.pos))
        self.context.pop()
        self.expect("}")
        return below

    def items_below(self) -> tuple[Node, ...]:
        """The list in an index."""
        node = self.expression()
        if self.peek().kind in (":", ",", ";"):
            node = self.listed(node)
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
