"""Experiments too dear for a page: run once, recorded, and read by the chapters.

An experiment is a module of this package with a function ``run() -> dict`` that
returns three keys: ``seed`` (int), ``n`` (what was counted, such as images scored)
and ``results`` (numbers, each estimate beside its standard error).

    python -m ddpm_lite.experiments NAME...   runs the named ones
    python -m ddpm_lite.experiments all       runs every one
    recorded("NAME")["results"]               is what a chapter reads

The files lie in ``book/results``; an installed package carries copies of them.
"""

import base64
import json
import math
import os
import pkgutil
import platform
import subprocess
import sys
import zlib
from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from torch import Tensor

HERE = Path(__file__).resolve()
CHECKOUT = HERE.parents[3]
CARRIED = HERE.parents[1] / "results"  # the copies in an installed package


class ExperimentError(RuntimeError):
    """An experiment is unknown, unrecorded or ill-formed; the message says which."""


def names() -> list[str]:
    """The experiments there are, in alphabetical order."""
    found = (module.name for module in pkgutil.iter_modules([str(HERE.parent)]))
    return sorted(name for name in found if not name.startswith("_"))


def record(
    name: str, *, seed: int, n: Any, results: dict[str, Any], out: Path | None = None
) -> Path:
    """Write one experiment's outcome, whole or not at all.

    Args:
        name: of the experiment; the file is ``NAME.json``.
        seed: of every random number in it.
        n: what was counted: a number, or a dict of numbers.
        results: plain Python numbers, strings, lists and dicts.
        out: folder; without it, ``book/results`` of the checkout.

    Raises:
        ExperimentError: for a number that is not finite, or outside a checkout.
    """
    folder = out or _results_of_checkout()
    facts = {
        "command": f"python -m ddpm_lite.experiments {name}",
        "commit": _commit(),
        "seed": seed,
        "hardware": _hardware(),
        "n": n,
        "results": results,
    }
    try:
        text = json.dumps(_rounded(facts), indent=1, allow_nan=False) + "\n"
    except (TypeError, ValueError) as error:
        raise ExperimentError(f"{name}: cannot be recorded: {error}") from error
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / f"{name}.json"
    partial = path.with_suffix(".json.partial")
    partial.write_text(text, encoding="utf-8")
    os.replace(partial, path)
    return path


def recorded(name: str) -> dict[str, Any]:
    """What :func:`record` wrote: command, commit, seed, hardware, n, results.

    Raises:
        ExperimentError: if nothing is recorded under this name.
    """
    for folder in (CHECKOUT / "book" / "results", CARRIED):
        path = folder / f"{name}.json"
        if path.is_file():
            return dict(json.loads(path.read_text(encoding="utf-8")))
    raise ExperimentError(
        f"nothing is recorded as {name!r}: run `python -m ddpm_lite.experiments {name}`"
    )


def pack(images: "Tensor") -> str:
    """uint8 images (N, 1, 28, 28) as text for a record; :func:`unpack` undoes it."""
    raw = images.to("cpu").contiguous().numpy().tobytes()
    return base64.b64encode(zlib.compress(raw, 9)).decode("ascii")


def unpack(text: str) -> "Tensor":
    """What :func:`pack` wrote: uint8 (N, 1, 28, 28)."""
    import torch

    raw = bytearray(zlib.decompress(base64.b64decode(text)))
    return torch.frombuffer(raw, dtype=torch.uint8).reshape(-1, 1, 28, 28)


def run(name: str, out: Path | None = None) -> Path:
    """Run one experiment and record it.

    Raises:
        ExperimentError: for an unknown name, or a ``run`` that returns other keys.
    """
    if name not in names():
        raise ExperimentError(
            f"no experiment {name!r}; there are: {', '.join(names())}, or all"
        )
    outcome = import_module(f"{__name__}.{name}").run()
    if set(outcome) != {"seed", "n", "results"}:
        raise ExperimentError(
            f"{name}.run() must return seed, n and results, not {sorted(outcome)}"
        )
    return record(name, **outcome, out=out)


def _results_of_checkout() -> Path:
    if not (CHECKOUT / "book").is_dir():
        raise ExperimentError(
            "results are recorded in book/results of a checkout of the repository; "
            "here, name a folder with --out"
        )
    return CHECKOUT / "book" / "results"


def _rounded(value: Any) -> Any:
    """Seven significant digits: more would be noise, and noise makes bad diffs."""
    if isinstance(value, float) and math.isfinite(value):
        return float(f"{value:.7g}")
    if isinstance(value, dict):
        return {str(k): _rounded(v) for k, v in value.items()}
    if isinstance(value, list | tuple):
        return [_rounded(v) for v in value]
    return value


def _commit() -> str:
    """The commit; with a + if a module in use differs from it."""
    modules = [m for k, m in sys.modules.items() if k.startswith("ddpm_lite")]
    files = sorted({str(m.__file__) for m in modules if getattr(m, "__file__", None)})
    head = _git("rev-parse", "--short=10", "HEAD")
    if not head:
        return "unknown"
    return head + ("+" if _git("status", "--porcelain", "--", *files) else "")


def _git(*command: str) -> str:
    try:
        done = subprocess.run(
            ["git", "-C", str(CHECKOUT), *command],
            capture_output=True,
            text=True,
            check=False,
        )
    except OSError:  # no git here
        return ""
    return done.stdout.strip() if done.returncode == 0 else ""


def _hardware() -> str:
    """The kind of processor, and nothing else about the machine."""
    import torch

    if torch.cuda.is_available():
        return torch.cuda.get_device_name()
    info = Path("/proc/cpuinfo")
    if info.is_file():
        for line in info.read_text(encoding="utf-8").splitlines():
            if line.startswith("model name"):
                return line.partition(":")[2].strip()
    return platform.processor() or platform.machine()
