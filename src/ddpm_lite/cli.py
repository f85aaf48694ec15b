"""``ddpm-lite``: train, sample, evaluate, export, check, proofread.

Exit codes: 0 done · 1 ``check`` or ``proofread`` found something false · 2 bad input,
with one sentence on standard error · 130 or 143 after Ctrl-C or SIGTERM. PyTorch is
loaded by the commands that need it, not before.
"""

import contextlib
import io
import json
import os
import re
import signal
import sys
from collections.abc import Callable, Iterator, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from types import FrameType
from typing import TYPE_CHECKING, Any, Literal

import tyro
from tyro.conf import FlagCreatePairsOff, OmitArgPrefixes, Positional, UseAppendAction

from ddpm_lite import __version__
from ddpm_lite.config import PRESETS, TrainConfig
from ddpm_lite.errors import ConfigError, DdpmLiteError

if TYPE_CHECKING:
    from ddpm_lite.unet import UNet

NO_MEMORY = re.compile("out of memory|allocate memory", re.IGNORECASE)  # torch's words

USAGE = f"""\
usage: ddpm-lite COMMAND …

The DDPM evidence bound, proved line by line by machine and run on MNIST.

  train      train a network: ddpm-lite train [{"|".join(PRESETS)}] --out DIR
  sample     draw digits:     ddpm-lite sample --out digits.png
  evaluate   measure weights: ddpm-lite evaluate --weights samples
  export     write weights as ONNX, for other programs
  check      decide equations written in LaTeX: true, false or not understood
  proofread  check every equation in files or folders (.md .tex .ipynb .txt)

  --help     this text; `ddpm-lite COMMAND --help` tells all about one command
  --version  the version
"""


@dataclass
class Train:
    """Train a network on MNIST and write it to a folder.

    A preset may come first: smoke (seconds), laptop (the default; about half an hour
    on two CPU cores) or gpu. Every setting of it can be changed by the options below.
    Ctrl-C saves; the same command with --resume goes on as if never stopped. Under
    torchrun several processes share each batch.
    """

    config: OmitArgPrefixes[TrainConfig]
    out: Path
    """Folder for the weights, the state to go on from, metrics and sample grids."""
    resume: bool = False
    """Go on where the training in this folder stopped."""
    start: str | None = None
    """Weights to begin from: a shipped name, a file, or a training's folder."""
    digits: Literal["train", "unseen-train", "embedded"] = "train"
    """All 60,000; the 55,000 that the package does not carry; 4,500 that it does."""


@dataclass
class Sample:
    """Draw digits from trained weights into a picture or an array."""

    out: Path
    """digits.png for one picture, digits.npy for uint8 of shape N×1×28×28."""
    weights: str = "samples"
    """Shipped weights by name, a .safetensors file, or the folder of a training."""
    count: int = 64
    """How many digits."""
    steps: int = 100
    """Steps of the reverse chain, at most the T of the training."""
    seed: int = 0
    """The same seed draws the same digits."""
    sampler: Literal["ancestral", "ddim"] = "ancestral"
    """The chain of the book, or DDIM."""
    eta: float = 0.0
    """DDIM only: share of the posterior's standard deviation, 0 (none) to 1."""
    variance: Literal["posterior", "beta", "optimal"] = "posterior"
    """Ancestral only: σ_q², β, or the best one for this network, measured first."""
    digit: int | None = None
    """Conditional weights only: which digit, 0 to 9; all in turn if not given."""
    guidance: float = 0.0
    """Conditional weights only: how strongly to lean towards the digit."""


@dataclass
class Evaluate:
    """Measure weights: the bound on test digits, and samples against real ones."""

    weights: str = "samples"
    """Shipped weights by name, a .safetensors file, or the folder of a training."""
    what: Literal["bound", "samples", "all"] = "all"
    """The bound in bits/dim, the samples (Fréchet distance and more), or both."""
    count: int = 1_000
    """Test digits to score, drawn at random, and samples to make."""
    times: int = 25
    """K: times t that each test digit visits beside t = 1, one from each stratum."""
    exact: bool = False
    """Visit every t instead of K of them: T network calls for each digit."""
    sampler: Literal["ddim", "ancestral"] = "ddim"
    """How samples are made."""
    steps: int = 50
    """Steps of the reverse chain, at most the T of the training."""
    seed: int = 0
    """Of the digits drawn, the times and noise, and the samples."""
    json: bool = False
    """Print JSON instead of a page."""


@dataclass
class Export:
    """Write weights as ONNX in half precision, and beside it what a sampler needs."""

    out: Path
    """net.onnx; net.json with the schedule is written beside it."""
    weights: str = "samples"
    """Shipped weights by name, a .safetensors file, or the folder of a training."""


@dataclass
class Check:
    """Decide equations. Exit 0: true; 1: one is false; 2: not understood."""

    latex: Positional[tuple[str, ...]]
    """Equations as printed, such as '\\beta_t = 1 - \\alpha_t'."""
    alias: UseAppendAction[tuple[str, ...]] = ()
    """Other names for known symbols, such as 'a_t=\\alpha_t'; may be repeated."""


@dataclass
class Proofread:
    """Check every equation in documents. Exit 0: nothing false; 1: something is."""

    paths: Positional[tuple[Path, ...]]
    """Files (.md .tex .ipynb .txt) or folders."""
    format: Literal["text", "json", "html"] = "text"
    """How to report."""
    alias: UseAppendAction[tuple[str, ...]] = ()
    """Other names for known symbols, such as 'a_t=\\alpha_t'; may be repeated."""
    first_step: Literal[0, 1] = 1
    """The number of the first noisy step; only 1 is read so far, 0 is refused."""


def main(argv: Sequence[str] | None = None) -> int:
    """Run one command; returns the exit code. Bad input never shows a traceback."""
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


def train(arguments: list[str]) -> int:
    """``ddpm-lite train``."""
    preset = "laptop"
    if arguments and not arguments[0].startswith("-"):
        preset, *arguments = arguments
    if preset not in PRESETS:
        raise ConfigError(f"no preset {preset!r}; there are: {', '.join(PRESETS)}")
    start = Train(PRESETS[preset], out=tyro.MISSING)
    args = _parse(Train, "train", arguments, start)
    if (args.out / "state.safetensors").exists() and not args.resume:
        raise ConfigError(
            f"{args.out} already holds a training: add --resume to go on with it, or "
            "name another folder"
        )

    from ddpm_lite import digits, drawing
    from ddpm_lite.checkpoints import schedule_of
    from ddpm_lite.sampling import ddim, generator_for
    from ddpm_lite.schedule import make
    from ddpm_lite.training import fit

    try:
        schedule = make(args.config.schedule, args.config.T)
    except ValueError as error:
        raise ConfigError(f"schedule {args.config.schedule!r}: {error}") from error
    if args.digits == "embedded":
        data = digits.split_embedded(digits.embedded())[0]
    else:
        data = digits.load(args.digits)
    _prepare_folder(args.out)

    def preview(net: "UNet", step: int) -> None:
        y = drawing.labels(net, 16, None)
        steps = min(25, schedule.T)
        x = ddim(net, schedule_of(net), 16, generator_for(net, 0), steps, y=y)
        drawing.write_grid(args.out / f"samples_{step:06d}.png", x)

    first = os.environ.get("RANK", "0") == "0"
    card = {"data": f"{args.digits}: {len(data):,} digits from {data.source}"}
    if args.start:
        card["start"] = args.start
    given = drawing.find(args.start) if args.start and not args.resume else None
    fitted = fit(args.config, data, args.out, args.resume, True, preview, card, given)
    if not first:
        return 0
    last = f", last loss {fitted.losses[-1][1]:.4f}" if fitted.losses else ""
    print(f"{args.config.steps} steps{last}: {args.out / 'weights.safetensors'}")
    return 0


def sample(arguments: list[str]) -> int:
    """``ddpm-lite sample``."""
    args = _parse(Sample, "sample", arguments)

    from ddpm_lite import drawing

    drawing.draw(**asdict(args))
    print(f"{args.count} digits: {args.out}")
    return 0


def evaluate(arguments: list[str]) -> int:
    """``ddpm-lite evaluate``."""
    told = asdict(_parse(Evaluate, "evaluate", arguments))
    as_json = told.pop("json")

    from ddpm_lite import evaluate as room

    found = room.evaluate(**told)
    print(json.dumps(found, indent=1) if as_json else room.render(found))
    return 0


def export(arguments: list[str]) -> int:
    """``ddpm-lite export``."""
    args = _parse(Export, "export", arguments)

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
    args = _parse(Check, "check", texts + options)
    if not args.latex:
        raise ConfigError("check needs an equation, such as '\\beta_t = 1 - \\alpha_t'")

    from ddpm_lite.proof.commands import check_command

    codes = [check_command(latex, args.alias) for latex in args.latex]
    return 1 if 1 in codes else max(codes)


def proofread(arguments: list[str]) -> int:
    """``ddpm-lite proofread``."""
    args = _parse(Proofread, "proofread", arguments)
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


def _parse(kind: type[Any], name: str, arguments: list[str], start: Any = None) -> Any:
    """The options of one command; what is wrong with them, as a ConfigError."""
    heard = io.StringIO()
    default = {} if start is None else {"default": start}
    try:
        with contextlib.redirect_stderr(heard), _wide():
            return tyro.cli(
                kind,
                prog=f"ddpm-lite {name}",
                args=arguments,
                config=(FlagCreatePairsOff,),
                **default,
            )
    except SystemExit as stop:
        if not stop.code:
            raise
        raise ConfigError(
            f"{_first_remark(heard.getvalue())} (see ddpm-lite {name} --help)"
        ) from None


def _first_remark(box: str) -> str:
    """The first paragraph of tyro's framed complaint, as one line."""
    words = []
    for line in box.splitlines():
        if line.startswith("╭"):
            continue
        if set(line) & set("╰─"):
            break
        words.append(line.strip("│ "))
    return " ".join(" ".join(words).split()) or "cannot read the options"


@contextlib.contextmanager
def _wide() -> Iterator[None]:
    """No line breaks in complaints while no one looks at a terminal."""
    before = os.environ.get("COLUMNS")
    if before is None and not sys.stdout.isatty():
        os.environ["COLUMNS"] = "100"
    try:
        yield
    finally:
        if before is None:
            os.environ.pop("COLUMNS", None)


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
