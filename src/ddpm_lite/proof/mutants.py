"""The slips people make, put into true equations; each must be rejected.

``python -m ddpm_lite.proof.mutants [--sample N] [--record FILE]`` takes every labelled
equation of the book, makes each slip at each place, lets the independent numeric judge
say which mutants really differ, and counts those that the prover does not reject.
Results are cached per equation, keyed by its text and by the prover's own source;
FILE keeps the counts for the book's ledger.
"""

from __future__ import annotations

import hashlib
import json
import os
import re
from argparse import ArgumentParser, ArgumentTypeError
from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from random import Random
from typing import Any, NoReturn

from .checking import check
from .equations import Equation, equation, labels
from .judge_laws import NotJudged
from .judge_sides import definitions, differ
from .statements import split
from .tree import Neg, Node, NotUnderstood, Num, Sym
from .walking import rebuild

# (name, what is printed, what the slip makes of it)
SLIPS: tuple[tuple[str, str, str], ...] = (
    ("bar dropped", r"\\bar\s*\\alpha|\\bar\{\\alpha\}", r"\\alpha"),
    ("bar dropped", r"\\bar\{(\\alpha_[^}]*)\}", r"\1"),
    ("bar added", r"(?<!\\bar)(?<!\\bar\{)(?<!\\bar )\\alpha(?=_)", r"\\bar\\alpha"),
    ("t for t-1", r"_\{t-1\}", r"_t"),
    ("t-1 for t", r"_(?:\{t\}|t)(?![-\w:])", r"_{t-1}"),
    ("root lost", r"\\sqrt\{((?:[^{}]|\{[^{}]*\})*)\}", r"{\1}"),
    ("sign", r"(?<=[\w}\)\]])\s*-\s*(?=[\\\w(])(?!1\})", r" + "),
    ("sign", r"(?<=[\w}\)\]])\s*\+\s*(?=[\\\w(])", r" - "),
    ("square lost", r"\^(?:\{2\}|2)(?![\d.])", r""),
    ("half lost", r"\\frac(?:\{1\}|1)(?:\{2\}|2)(?!\d)", r"1"),
    ("two lost", r"(?<=\{)2\s*(?=\\sigma)", r""),
    ("alpha for beta", r"\\beta(?=_)", r"\\alpha"),
    ("beta for alpha", r"(?<!\\bar)(?<!\\bar\{)(?<!\\bar )\\alpha(?=_)", r"\\beta"),
    ("q for p", r"(?<![\\\w])p_\{?\\theta\}?(?=\()", r"q"),
    ("p for q", r"(?<![\\\w])q(?=\()", r"p_\\theta"),
    ("x_0 not given", r"(?<=x_t), ?x_0(?=\))", r""),
    ("conditioning turned", r"\((x_\{?t(?:-1)?\}?) ?(\||\\mid) ?(x_\{?t(?:-1)?\}?)\)",
     r"(\3 \2 \1)"),
    ("log lost", r"\\(?:log|ln)\s*(?![a-z])", r""),
    ("sum limits", r"_\{t=2\}", r"_{t=1}"),
    ("sum limits", r"_\{t=1\}", r"_{t=2}"),
    ("x_t for x_0", r"(?<![|,;\w(])x_0(?=[\s}\)+-]|$)", r"x_t"),
)  # fmt: skip
KL_PAIR = re.compile(
    r"((?:D_\{(?:\\mathrm\{|\\text\{)?KL\}?\}|\\mathrm\{KL\})\s*"
    r"(?:\\(?:left|big|Big|bigl|Bigl))?\()(.*?)"
    r"((?:\\[,;!]\s*)?(?:\\\||\\parallel)(?:\s*\\[,;!])?)(.*?\)\s*)"
    r"((?:\\(?:right|big|Big|bigr|Bigr))?\))",
    re.S,
)


@dataclass(frozen=True)
class Mutant:
    """One slip at one place."""

    slip: str
    latex: str


def mutants(latex: str) -> Iterator[Mutant]:
    """Every slip of the list at every place where it can be made."""
    seen = {latex}
    for name, pattern, replacement in SLIPS:
        for m in re.finditer(pattern, latex):
            text = latex[: m.start()] + m.expand(replacement) + latex[m.end() :]
            if text not in seen:
                seen.add(text)
                yield Mutant(name, text)
    for m in KL_PAIR.finditer(latex):
        head, left, bar, right, end = m.groups()
        text = latex[: m.start()] + head + right + bar + left + end + latex[m.end() :]
        if text not in seen:
            seen.add(text)
            yield Mutant("KL turned", text)


def same_everywhere(latex: str, before: Iterable[str] = ()) -> bool:
    """The judge: are all pairs of the chain equal? NotJudged when it cannot say."""
    found, _, _ = split(latex)
    known = definitions(before)
    if not found:
        raise NotJudged
    for s in found:
        for k, relation in enumerate(s.relations):
            if relation not in ("=", ":=") or s.continues:
                raise NotJudged
            left, right = s.parts[k].tree, s.parts[k + 1].tree
            if differ(left, right, known) and differ(
                left, turned_noise(left, right), known
            ):
                return False
    return True


def turned_noise(left: Node, right: Node) -> Node:
    """``x_t = ... - c \\epsilon`` has the law of ``x_t = ... + c \\epsilon``.

    Not so ``x_0 = ...``: that is no draw, and there the sign is a slip.
    """
    if not (isinstance(left, Sym) and left.name == "x"):
        return right
    if any(isinstance(index, Num) for index in left.subs):
        return right
    noise = Sym("epsilon")
    return rebuild(right, {noise: Neg(noise)})


def fate(original: Equation, mutant: Mutant) -> str:
    """rejected, survived, equal (no slip after all), wronged, or not judged.

    "wronged" is a mutant that the judge finds true and the prover calls false.
    """
    changed = Equation(original.label, mutant.latex, before=original.before)
    try:
        if same_everywhere(mutant.latex, original.before):
            return "wronged" if check(changed).verdict == "false" else "equal"
    except (NotJudged, NotUnderstood):
        return "not judged"
    found = check(changed)
    if found.verdict == "defines" and found.world == "names":
        return "rejected" if guarded(original, mutant) else "survived"
    return "survived" if found else "rejected"


def guarded(original: Equation, mutant: Mutant) -> bool:
    """A definition may say anything: does a claim that uses it fail with the slip?"""
    for label in labels():
        claim = equation(label)
        if claim.slip or original.latex not in (b.strip() for b in claim.before):
            continue
        before = tuple(
            mutant.latex if b.strip() == original.latex else b for b in claim.before
        )
        if not check(Equation(label, claim.latex, before=before)) and check(claim):
            return True
    return False


def judged(eq: Equation) -> bool:
    """Can the judge confirm the equation itself?"""
    try:
        return same_everywhere(eq.latex, eq.before)
    except (NotJudged, NotUnderstood):
        return False


def try_all(
    equations: Iterable[Equation], sample: int | None = None, seed: int = 7
) -> tuple[Counter[str], list[tuple[str, Mutant]]]:
    """Counts of fates, and the survivors with the label of their equation."""
    work = [(eq, m) for eq in equations if judged(eq) for m in mutants(eq.latex)]
    if sample is not None and sample < len(work):
        work = Random(seed).sample(work, sample)
    counts: Counter[str] = Counter()
    survivors = []
    for eq, m in work:
        result = fate(eq, m)
        counts[result] += 1
        if result in ("survived", "wronged"):
            survivors.append((eq.label, m))
    return counts, survivors


def book() -> list[Equation]:
    """The labelled equations of the book that are no slips."""
    return [e for e in map(equation, labels()) if not e.slip]


def _fingerprint() -> str:
    digest = hashlib.sha256()
    for path in sorted(Path(__file__).parent.glob("*.py")):
        digest.update(path.read_bytes())
    return digest.hexdigest()


def text_key(eq: Equation) -> str:
    """What an equation's counts depend on, beside the prover: its words, as a hash."""
    return hashlib.sha256("\n".join((eq.latex, *eq.before)).encode()).hexdigest()


def _cache_file() -> Path:
    base = os.environ.get("XDG_CACHE_HOME") or str(Path.home() / ".cache")
    return Path(base) / "ddpm_lite" / "mutants.json"


def _load(path: Path, key: str) -> dict[str, dict[str, Any]]:
    try:
        data = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return {}
    if not isinstance(data, dict) or data.get("prover") != key:
        return {}
    done = data.get("equations")
    return done if isinstance(done, dict) else {}


def main(argv: list[str] | None = None) -> int:
    """Print the counts; 0 when no mutant survives, 1 otherwise, 2 for bad options."""
    given = Options().parse_args(argv)
    counts: Counter[str] = Counter()
    survivors: list[tuple[str, Mutant]] = []
    if given.sample is not None:
        counts, survivors = try_all(book(), given.sample)
    else:
        for eq, entry in _cached(book()):
            counts.update(entry["counts"])
            survivors += [(eq.label, Mutant(*pair)) for pair in entry["survivors"]]
        if given.record is not None:
            write_record(given.record)
    for label, m in survivors:
        print(f"survived: {label}: {m.slip}: {' '.join(m.latex.split())}")
    total = sum(counts.values())
    parts = ", ".join(f"{n} {name}" for name, n in sorted(counts.items()))
    print(f"{total} mutants: {parts or 'none'}")
    return 1 if survivors else 0


class Options(ArgumentParser):
    """What the command line may say; anything else is one sentence and exit 2."""

    def __init__(self) -> None:
        super().__init__("python -m ddpm_lite.proof.mutants", allow_abbrev=False)
        one = self.add_mutually_exclusive_group()
        one.add_argument("--sample", type=positive, help="try this many, by chance")
        one.add_argument("--record", type=Path, help="write the counts to this file")

    def error(self, message: str) -> NoReturn:
        self.exit(2, f"{message}: use --sample N, --record FILE or neither\n")


def positive(text: str) -> int:
    if not (text.isdecimal() and int(text)):
        raise ArgumentTypeError(f"{text!r} is no number from 1")
    return int(text)


def _cached(equations: list[Equation]) -> list[tuple[Equation, dict[str, Any]]]:
    """Each equation with the counts of its mutants, made now or remembered."""
    path, key = _cache_file(), _fingerprint()
    done = _load(path, key)
    found = []
    for eq in equations:
        text = text_key(eq)
        if text not in done:
            counts, left = try_all([eq])
            done[text] = {
                "counts": dict(counts),
                "survivors": [[m.slip, m.latex] for _, m in left],
            }
            _save(path, {"prover": key, "equations": done})
        found.append((eq, done[text]))
    return found


def write_record(path: Path) -> None:
    """The counts for the ledger: label -> text, made, and how the mutants fared.

    Where the judge cannot say whether the equation itself is true, none of its mutants
    is tried, and all of them count as not judged.
    """
    results = {}
    for eq, entry in _cached(book()):
        made = sum(1 for _ in mutants(eq.latex))
        counts = entry["counts"] or ({"not judged": made} if made else {})
        results[eq.label] = {"text": text_key(eq)[:16], "made": made, **counts}
    facts = {"command": "make mutants", "prover": _fingerprint()[:16]}
    _save(path, {**facts, "results": results}, indent=1)


def _save(path: Path, data: dict[str, Any], indent: int | None = None) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    temporary = path.with_suffix(".tmp")
    temporary.write_text(json.dumps(data, indent=indent) + "\n", encoding="utf-8")
    temporary.replace(path)


if __name__ == "__main__":
    raise SystemExit(main())
