"""``ddpm-lite``: train, sample, evaluate, export, check, proofread.

Exit codes: 0 done · 1 ``check`` or ``proofread`` found something false · 2 bad input,
with one sentence on standard error · 130 or 143 after Ctrl-C or SIGTERM. PyTorch is
loaded by the commands that need it, not before.
"""

import json
import os
import re
import signal
import sys
from collections.abc import Callable, Sequence
from dataclasses import asdict
from io import TextIOWrapper
from pathlib import Path
from types import FrameType
from typing import TYPE_CHECKING

import tyro

from ddpm_lite import __version__
from ddpm_lite.config import PRESETS
from ddpm_lite.errors import ConfigError, DdpmLiteError
from ddpm_lite.options import (
    Check,
    Evaluate,
    Export,
    Proofread,
    Sample,
    Train,
    parse,
)

if TYPE_CHECKING:
    from ddpm_lite.unet import UNet

NO_MEMORY = re.compile(  # in PyTorch's words, and in those of its CUDA libraries
    "out of memory|allocate memory|_ALLOC_FAILED", re.IGNORECASE
)

USAGE = f"""\
usage: ddpm-lite COMMAND …

The DDPM evidence bound: equations decided by machine, a model run on MNIST.

  train      train a network: ddpm-lite train [{"|".join(PRESETS)}] --out DIR
  sample     draw digits:     ddpm-lite sample --out digits.png
  evaluate   measure weights: ddpm-lite evaluate --weights samples
  export     write weights as ONNX, for other programs
  check      decide equations written in LaTeX: true, false or not understood
  proofread  check every equation in files or folders (.md .tex .ipynb .txt)

  --help     this text; `ddpm-lite COMMAND --help` tells all about one command
  --version  the version
"""


def main(argv: Sequence[str] | None = None) -> int:
    """Run one command; returns the exit code. Bad input never shows a traceback."""
    _print_everything()
    given = list(sys.argv[1:] if argv is None else argv)
    if not given or given[0] in ("-h", "--help"):
        print(USAGE, end="")
        return 0 if given else 2
    if given[0] == "--version":
        print(f"ddpm-lite {__version__}")
        return 0
    name, *rest = given
    if name not in COMMANDS:
        return _refuse(f"no command {name!r}; there are: {', '.join(COMMANDS)}")
    before = signal.signal(signal.SIGTERM, _terminated)
    try:
        return COMMANDS[name](rest)
    except (DdpmLiteError, ValueError, OSError, MemoryError) as error:
        return _refuse(_sentence(error))
    except RuntimeError as error:
        if not NO_MEMORY.search(str(error)):
            raise
        return _refuse(_sentence(MemoryError()))
    except KeyboardInterrupt as stop:
        number = getattr(stop, "number", signal.SIGINT)
        print(f"ddpm-lite: {str(stop) or 'interrupted'}", file=sys.stderr)
        return 128 + int(number)
    finally:
        signal.signal(signal.SIGTERM, before)


def _print_everything() -> None:
    """Formulas and odd file names also reach a file, a pipe or an old terminal."""
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, TextIOWrapper):
            encoding = None if stream.isatty() else "utf-8"
            stream.reconfigure(encoding=encoding, errors="backslashreplace")


def train(arguments: list[str]) -> int:
    """``ddpm-lite train``."""
    preset = "laptop"
    if arguments and not arguments[0].startswith("-"):
        preset, *arguments = arguments
    if preset not in PRESETS:
        raise ConfigError(f"no preset {preset!r}; there are: {', '.join(PRESETS)}")
    start = Train(PRESETS[preset], out=tyro.MISSING)
    args = parse(Train, "train", arguments, start)
    state = args.out / "state.safetensors"
    if args.resume and not state.exists():
        raise ConfigError(
            f"{state}: no such checkpoint to go on from; leave out --resume"
        )
    if state.exists() and not args.resume:
        raise ConfigError(
            f"{args.out} already holds a training: add --resume to go on with it, or "
            "name another folder"
        )

    if Path("/sys/kernel/mm/transparent_hugepage").is_dir():
        # PyTorch reads this at its first tensor. A step asks for hundreds of megabytes
        # anew; in large pages the kernel hands them out in a tenth of the time.
        os.environ.setdefault("THP_MEM_ALLOC_ENABLE", "1")
    from ddpm_lite import digits, drawing
    from ddpm_lite.checkpoints import schedule_of
    from ddpm_lite.sampling import ddim, generator_for
    from ddpm_lite.schedule import make
    from ddpm_lite.training import check_start, fit

    try:
        schedule = make(args.config.schedule, args.config.T)
    except ValueError as error:
        raise ConfigError(f"schedule {args.config.schedule!r}: {error}") from error
    if args.digits == "embedded":
        data = digits.split_embedded(digits.embedded())[0]
    else:
        data = digits.load(args.digits)
    given = drawing.find(args.init_from) if args.init_from and not args.resume else None
    if given:
        check_start(args.config, given)
    _prepare_folder(args.out)

    def preview(net: "UNet", step: int) -> None:
        y = drawing.labels(net, 16, None)
        steps = min(25, schedule.T)
        x = ddim(net, schedule_of(net), 16, generator_for(net, 0), steps, y=y)
        drawing.write_grid(args.out / f"samples_{step:06d}.png", x)

    first = os.environ.get("RANK", "0") == "0"
    card = {"data": f"{args.digits}: {len(data):,} digits from {data.source}"}
    if args.init_from:
        card["start"] = args.init_from
    fitted = fit(args.config, data, args.out, args.resume, True, preview, card, given)
    if not first:
        return 0
    last = f", last loss {fitted.losses[-1][1]:.4f}" if fitted.losses else ""
    print(f"{args.config.steps} steps{last}: {args.out / 'weights.safetensors'}")
    return 0


def sample(arguments: list[str]) -> int:
    """``ddpm-lite sample``."""
    args = parse(Sample, "sample", arguments)

    from ddpm_lite import drawing

    drawing.draw(**asdict(args))
    print(f"{args.count} digits: {args.out}")
    return 0


def evaluate(arguments: list[str]) -> int:
    """``ddpm-lite evaluate``."""
    told = asdict(parse(Evaluate, "evaluate", arguments))
    as_json = told.pop("json")

    from ddpm_lite import evaluate as room

    found = room.evaluate(**told)
    print(json.dumps(found, indent=1) if as_json else room.render(found))
    return 0


def export(arguments: list[str]) -> int:
    """``ddpm-lite export``."""
    args = parse(Export, "export", arguments)

    from ddpm_lite import export as room

    network, card = room.export(args.out, args.weights)
    print(f"{network} ({network.stat().st_size / 1e6:.1f} MB), {card}")
    return 0


def check(arguments: list[str]) -> int:
    """``ddpm-lite check``: the gravest of the answers is the exit code."""
    texts, options = [], []
    left = iter(arguments)
    for a in left:
        if a in ("-h", "--help") or a.startswith("--alias="):
            options.append(a)
        elif a == "--alias":
            options += [a, *[value for value in [next(left, None)] if value]]
        else:  # a leading minus is mathematics here
            texts.append(f" {a}" if a.startswith("-") else a)
    args = parse(Check, "check", texts + options)
    if not args.latex:
        raise ConfigError("check needs an equation, such as '\\beta_t = 1 - \\alpha_t'")

    from ddpm_lite.proof.commands import check_command

    codes = [check_command(latex, args.alias) for latex in args.latex]
    return 1 if 1 in codes else max(codes)


def proofread(arguments: list[str]) -> int:
    """``ddpm-lite proofread``."""
    args = parse(Proofread, "proofread", arguments)
    if not args.paths:
        raise ConfigError("proofread needs a file or a folder")

    from ddpm_lite.proof.commands import proofread_command

    return proofread_command(args.paths, args.format, args.alias, args.first_step)


COMMANDS: dict[str, Callable[[list[str]], int]] = {
    "train": train,
    "sample": sample,
    "evaluate": evaluate,
    "export": export,
    "check": check,
    "proofread": proofread,
}


def _prepare_folder(out: Path) -> None:
    """A folder that can be written, found out before the first step."""
    out.mkdir(parents=True, exist_ok=True)
    probe = out / f".probe.{os.getpid()}.part"
    try:
        probe.write_bytes(b"ok")
    finally:
        probe.unlink(missing_ok=True)


def _sentence(error: BaseException) -> str:
    """What is wrong, in one line."""
    if isinstance(error, OSError) and error.strerror:
        where = f"{error.filename}: " if error.filename else ""
        return f"{where}{error.strerror}"
    if isinstance(error, MemoryError):
        return "not enough memory; try a smaller batch or fewer channels"
    return " ".join(str(error).split()) or type(error).__name__


def _refuse(sentence: str) -> int:
    print(f"ddpm-lite: {sentence}", file=sys.stderr)
    return 2


class Terminated(KeyboardInterrupt):
    """SIGTERM came; ``number`` is the signal's, for the exit code."""

    def __init__(self, number: int) -> None:
        super().__init__("terminated")
        self.number = number


def _terminated(number: int, frame: FrameType | None) -> None:
    raise Terminated(number)


if __name__ == "__main__":
    sys.exit(main())
