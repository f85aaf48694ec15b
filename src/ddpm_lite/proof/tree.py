"""The tree that printed mathematics is read into: immutable nodes.

Each knows where it stood in the source (``pos``, which equality ignores).
"""

from __future__ import annotations

from dataclasses import dataclass, field
from fractions import Fraction


class NotUnderstood(ValueError):
    """The text could not be read; ``column`` counts from 1."""

    def __init__(self, what: str, pos: int = 0) -> None:
        super().__init__(what)
        self.what = what
        self.pos = pos

    @property
    def column(self) -> int:
        return self.pos + 1

    def __str__(self) -> str:
        return f"not understood: {self.what} at column {self.column}"


@dataclass(frozen=True)
class Node:
    """Base of every node."""

    pos: int = field(default=0, compare=False, kw_only=True)


@dataclass(frozen=True)
class Num(Node):
    """A number as printed, exact."""

    value: Fraction


@dataclass(frozen=True)
class Sym(Node):
    """A letter with its marks and indices: ``\\bar\\alpha_{t-1}``, ``x_{0:T}``."""

    name: str
    marks: tuple[str, ...] = ()
    subs: tuple[Node, ...] = ()
    sup: str = ""


@dataclass(frozen=True)
class Range(Node):
    """``lo:hi`` in an index."""

    lo: Node
    hi: Node


@dataclass(frozen=True)
class Given(Node):
    """``t | 0`` in an index: the times of a law's variables, and of what is given."""

    of: tuple[Node, ...]
    given: tuple[Node, ...]


@dataclass(frozen=True)
class Dots(Node):
    """``\\cdots`` inside a list, a product or a sum."""


@dataclass(frozen=True)
class Call(Node):
    """A function of named arguments: ``\\mu_q(x_t, x_0)``."""

    head: Sym
    args: tuple[Node, ...]


@dataclass(frozen=True)
class Density(Node):
    """``q(x_t | x_0)``: a law by name, its variables and what is given."""

    head: Sym
    of: tuple[Node, ...]
    given: tuple[Node, ...] = ()
    params: tuple[Node, ...] = ()


@dataclass(frozen=True)
class Normal(Node):
    """``\\mathcal N(x; \\mu, \\Sigma)``; ``of`` is None when no variable is named."""

    of: Node | None
    mean: Node
    cov: Node


@dataclass(frozen=True)
class Uniform(Node):
    """The discrete uniform law ``U\\{1, T\\}``."""

    lo: Node
    hi: Node


@dataclass(frozen=True)
class Add(Node):
    terms: tuple[Node, ...]


@dataclass(frozen=True)
class Neg(Node):
    arg: Node


@dataclass(frozen=True)
class Mul(Node):
    factors: tuple[Node, ...]


@dataclass(frozen=True)
class Div(Node):
    num: Node
    den: Node


@dataclass(frozen=True)
class Pow(Node):
    base: Node
    exp: Node


@dataclass(frozen=True)
class Sqrt(Node):
    arg: Node


@dataclass(frozen=True)
class Fn(Node):
    """log, exp, cos, sin, tanh, digamma, trigamma, gamma, tr, det, factorial."""

    name: str
    arg: Node


@dataclass(frozen=True)
class Transpose(Node):
    arg: Node


@dataclass(frozen=True)
class Norm(Node):
    arg: Node


@dataclass(frozen=True)
class Abs(Node):
    """``|x|``: absolute value, or determinant of a covariance."""

    arg: Node


@dataclass(frozen=True)
class Expect(Node):
    """``\\mathbb E_{laws}[body | given]``; laws are Densities, Draws or names."""

    laws: tuple[Node, ...]
    body: Node
    given: tuple[Node, ...] = ()


@dataclass(frozen=True)
class Moment(Node):
    """Var(a | given) or Cov(a, b | given)."""

    name: str
    args: tuple[Node, ...]
    given: tuple[Node, ...] = ()
    laws: tuple[Node, ...] = ()


@dataclass(frozen=True)
class Draws(Node):
    """``x ~ law`` used inside an index of an expectation."""

    vars: tuple[Node, ...]
    law: Node


@dataclass(frozen=True)
class KL(Node):
    left: Node
    right: Node


@dataclass(frozen=True)
class Entropy(Node):
    arg: Node


@dataclass(frozen=True)
class Big(Node):
    """A sum or a product; ``lo``/``hi`` may be None (``\\sum_x``)."""

    op: str
    var: Node
    lo: Node | None
    hi: Node | None
    body: Node


@dataclass(frozen=True)
class Except(Node):
    """A sum or product over all kinds but one: ``\\sum_{k \\ne j}``."""

    op: str
    var: Node
    skip: Node
    body: Node


@dataclass(frozen=True)
class Integral(Node):
    vars: tuple[Node, ...]
    body: Node
    lo: Node | None = None
    hi: Node | None = None


@dataclass(frozen=True)
class Arg(Node):
    """arg max / arg min (or max / min) over a parameter."""

    op: str
    over: tuple[Node, ...]
    body: Node


@dataclass(frozen=True)
class Grad(Node):
    """``\\nabla_x body`` or ``\\partial/\\partial x body``."""

    var: Node | None
    body: Node


@dataclass(frozen=True)
class Limit(Node):
    """``\\lim_{T \\to \\infty} body``."""

    var: Node
    to: Node
    body: Node


@dataclass(frozen=True)
class Const(Node):
    """``+ const``: something that does not depend on what is being optimised."""


@dataclass(frozen=True)
class Identity(Node):
    """The identity matrix."""


@dataclass(frozen=True)
class Infinity(Node):
    """``\\infty``."""


@dataclass(frozen=True)
class Seq(Node):
    """A parenthesised or bare list."""

    items: tuple[Node, ...]


@dataclass(frozen=True)
class LawPart(Node):
    """The mean, the variance or its root ("std") of a law that a name stands for."""

    kind: str
    law: Density


@dataclass(frozen=True)
class Cases(Node):
    """A value for each case; the conditions are words that nobody here reads."""

    items: tuple[Node, ...]


@dataclass(frozen=True)
class Brace(Node):
    """An expression with a name under its brace (``\\underbrace{body}_{name}``)."""

    body: Node
    name: Node
