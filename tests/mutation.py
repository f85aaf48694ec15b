"""Mutation testing: `make mutation`, or python tests/mutation.py MODULE ….

cosmic-ray changes a sign, a number, a comparison of a module; a change that no test
notices shows what the tests leave open. mutation.toml says which modules are tried,
which tests answer for them, and which survivors nobody can kill, with the reason.

cosmic-ray supplies the mutants, this file runs them: the module is replaced as it is
imported, in a forked process that has PyTorch loaded already. So no file is ever
changed, and a mutant costs what its tests cost.
"""

import argparse
import importlib.abc
import importlib.machinery
import importlib.util
import os
import re
import resource
import sys
import tempfile
import tomllib
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from types import ModuleType

import pytest

HERE = Path(__file__).resolve().parent
SOURCE = HERE.parent / "src" / "ddpm_lite"
CONFIG = tomllib.loads((HERE / "mutation.toml").read_text(encoding="utf-8"))
KILLED, SURVIVED, NO_PROGRAM = "killed", "survived", "no program"


@dataclass(frozen=True)
class Mutant:
    """A module with one change; ``line`` is where, ``was`` and ``now`` what."""

    module: str
    line: int
    was: str
    now: str
    source: str

    def __str__(self) -> str:
        return f"{self.module}.py:{self.line}\n  - {self.was}\n  + {self.now}"


def mutants(module: str) -> Iterator[Mutant]:
    """Every change that the chosen operators make in a module, each once."""
    from cosmic_ray.mutating import mutate_code
    from cosmic_ray.plugins import get_operator, operator_names

    source = (SOURCE / f"{module}.py").read_text(encoding="utf-8")
    before, seen = source.splitlines(), {source}
    for name in operator_names():
        if not re.fullmatch(CONFIG["operators"], name):
            continue
        operator, count = get_operator(name)(), 0
        while (changed := mutate_code(source, operator, count)) is not None:
            count += 1
            if changed in seen:
                continue
            seen.add(changed)
            after = changed.splitlines()
            at = next(i for i, b in enumerate(before) if [b] != after[i : i + 1])
            if len(after) == len(before):
                yield Mutant(module, at + 1, tidy(before[at]), tidy(after[at]), changed)
            else:  # a line is gone: a decorator, after blank lines perhaps
                at += next(i for i, b in enumerate(before[at:]) if b)
                yield Mutant(module, at + 1, tidy(before[at]), "", changed)


def tidy(line: str) -> str:
    """The line without the blanks that a change leaves behind."""
    return re.sub(r"(?<=[\[(]) ", "", " ".join(line.split()))


class Replaced(importlib.abc.MetaPathFinder, importlib.abc.Loader):
    """Gives the mutant to whoever imports the module."""

    def __init__(self, mutant: Mutant) -> None:
        self.name, self.source = f"ddpm_lite.{mutant.module}", mutant.source
        self.file = str(SOURCE / f"{mutant.module}.py")

    def find_spec(
        self, fullname: str, path: object, target: ModuleType | None = None
    ) -> importlib.machinery.ModuleSpec | None:
        """Ours, for this one name."""
        if fullname != self.name:
            return None
        return importlib.util.spec_from_loader(fullname, self, origin=self.file)

    def exec_module(self, module: ModuleType) -> None:
        """Run the changed source under the file's own name."""
        module.__file__ = self.file
        exec(compile(self.source, self.file, "exec"), module.__dict__)


def start(mutant: Mutant, seconds: int, names: Path | None = None) -> int:
    """A forked process that runs the tests on a mutant; its id.

    It exits 0 where they pass, 1 where one fails, 2 where the module cannot even be
    imported. Past ``seconds`` of CPU the system ends it. ``names`` takes down which
    modules it came to load.
    """
    child = os.fork()
    if child:
        return child
    code = 2
    try:
        resource.setrlimit(resource.RLIMIT_CPU, (seconds, seconds + 1))
        for quiet in (1, 2):
            os.dup2(os.open(os.devnull, os.O_WRONLY), quiet)
        sys.meta_path.insert(0, Replaced(mutant))
        importlib.import_module(f"ddpm_lite.{mutant.module}")
        code = 1
        tests = [str(HERE / name) for name in CONFIG["tests"][mutant.module]]
        plain = ["-x", "-q", "-p", "no:cacheprovider", *tests]
        quick = ["-k", CONFIG["quick"][mutant.module]]
        code = int(any(pytest.main([*plain, *some]) != 0 for some in (quick, [])))
        if names:
            names.write_text("\n".join(sys.modules), encoding="utf-8")
    finally:
        os._exit(code)


def warm(module: str) -> None:
    """Run the tests on the module as it is, then load all that they loaded.

    So each mutant's process finds everything but our own modules there already.
    """
    source = (SOURCE / f"{module}.py").read_text(encoding="utf-8")
    with tempfile.TemporaryDirectory() as folder:
        names = Path(folder) / "names"
        status = os.waitpid(start(Mutant(module, 0, "", "", source), 600, names), 0)[1]
        if outcome(status) != SURVIVED:
            sys.exit(f"the tests of {module} fail without any change: mend them first")
        for name in names.read_text(encoding="utf-8").split():
            if name.partition(".")[0] in CONFIG["load"] and name not in sys.modules:
                importlib.import_module(name)


def outcome(status: int) -> str:
    """What the process's end says of its mutant."""
    code = os.waitstatus_to_exitcode(status)
    return {0: SURVIVED, 2: NO_PROGRAM}.get(code, KILLED)


def ends(module: str, lines: range, jobs: int) -> Iterator[tuple[Mutant, str]]:
    """Each mutant of these lines, with how it ended."""
    running: dict[int, Mutant] = {}
    warm(module)

    def one_more() -> tuple[Mutant, str]:
        pid, status = os.wait()
        return running.pop(pid), outcome(status)

    for mutant in mutants(module):
        if mutant.line in lines:
            running[start(mutant, CONFIG["seconds"])] = mutant
        if len(running) >= jobs:
            yield one_more()
    while running:
        yield one_more()


def reason(mutant: Mutant) -> str:
    """Why this one cannot be killed, as mutation.toml tells it; empty if untold."""
    for told in CONFIG["equivalent"]:
        known = told["module"], told["was"], told["now"]
        if known == (mutant.module, mutant.was, mutant.now):
            return told["why"]
    return ""


def main() -> int:
    """Print what became of the mutants; 1 where a survivor is not explained."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("module", nargs="*", choices=[[], *CONFIG["tests"]])
    parser.add_argument("--jobs", type=int, default=os.cpu_count() or 1)
    parser.add_argument("--lines", default="1:10000", help="only these: 60:90")
    told = parser.parse_args()
    low, high = map(int, told.lines.split(":"))
    chosen = told.module or list(CONFIG["tests"])
    os.environ["PYTEST_DISABLE_PLUGIN_AUTOLOAD"] = "1"  # none is needed, all are slow
    return max(try_out(module, range(low, high + 1), told.jobs) for module in chosen)


def try_out(module: str, lines: range, jobs: int) -> int:
    """One module's mutants; 1 where one survives unexplained, or an excuse is idle."""
    counts: Counter[str] = Counter()
    used = set()
    for mutant, end in ends(module, lines, jobs):
        counts[end] += 1
        if end == SURVIVED and (why := reason(mutant)):
            used.add((mutant.was, mutant.now))
            counts["explained"] += bool(why)
        elif end == SURVIVED:
            print(mutant, flush=True)
    idle = [
        entry["now"]
        for entry in CONFIG["equivalent"]
        if entry["module"] == module and (entry["was"], entry["now"]) not in used
    ]
    for now in idle if lines.start <= 1 else []:
        print(f"{module}: excused, but it is killed or gone: {now}")
    unexplained = counts[SURVIVED] - counts["explained"]
    print(
        f"{module}: {counts.total() - counts['explained']} mutants, "
        f"{counts[NO_PROGRAM]} do not import, {counts[KILLED]} killed, "
        f"{counts['explained']} explained, {unexplained} survive",
        flush=True,
    )
    return int(bool(unexplained or idle))


if __name__ == "__main__":
    sys.exit(main())
