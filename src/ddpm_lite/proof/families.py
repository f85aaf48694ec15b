"""What a claim about counts and shares leaves unsaid: a law's family, constants."""

from __future__ import annotations

from dataclasses import dataclass, replace

from .claims import Claim
from .field import CannotDecide
from .kinds import plain, printed_laws, renamed, variables, vectors
from .names import describe
from .tree import Const, Density, Grad, Node, Sym
from .walking import walk


@dataclass(frozen=True)
class Prepared:
    """A claim in plain names; ``reading`` says what was taken for granted."""

    claim: Claim
    reading: str = ""
    varied: frozenset[str] = frozenset()  # what "+ const" may not depend on


def prepare(claim: Claim) -> Prepared:
    """Plain names, no dummies, a family for a law that was never printed."""
    sides = [plain(claim.left), plain(claim.right)]
    dummies = {n.var for s in sides for n in walk(s) if isinstance(n, Grad)}
    known = tuple((k, plain(v)) for k, v in claim.known if k not in dummies)
    laws = printed_laws(known)
    about = variables([*laws])
    model = [v for k, v in laws.items() if k.head.name == "p" and not k.head.marks]
    own = vectors(sides) - vectors(model) - about
    reading = ""
    guess = family(sides, laws, own, about)
    if guess is not None:
        law, body, reading = guess
        known = (*known, (law, body))
    plainly = replace(claim, left=sides[0], right=sides[1], known=known)
    if any(isinstance(n, Const) for s in sides for n in walk(s)):
        if not own:
            raise CannotDecide("a constant, and nothing that it must be free of")
        return Prepared(plainly, reading, frozenset(own))
    return Prepared(plainly, reading)


def family(
    sides: list[Node], laws: dict[Density, Node], own: set[str], about: set[str]
) -> tuple[Density, Node, str] | None:
    """A law of z that nobody printed: of the printed family, with the new letter."""
    heads = {k.head for k in laws}
    missing = {
        n.head: n
        for s in sides
        for n in walk(s)
        if isinstance(n, Density) and n.head not in heads and not n.given
    }
    if len(missing) != 1 or len(own) != 1:
        return None
    (law,), (letter,) = missing.values(), own
    for key, body in laws.items():
        old = vectors([body]) - about
        if key.of == law.of and not key.given and len(old) == 1:
            (was,) = old
            words = f"{describe(law.head)} is a law like {describe(key.head)}, with "
            words += f"parameters {describe(Sym(letter))}"
            return law, renamed(body, was, letter), f"reading: {words}"
    return None
