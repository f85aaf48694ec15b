"""What each command may be told, and how that is read from the command line.

The docstrings below are the texts of ``ddpm-lite COMMAND --help``. No torch here.
"""

import contextlib
import io
import os
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

import tyro
from tyro.conf import FlagCreatePairsOff, OmitArgPrefixes, Positional, UseAppendAction

from ddpm_lite.config import TrainConfig
from ddpm_lite.errors import ConfigError


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
    init_from: str | None = None
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
    """The number of the first noisy step. Texts that count from 0 are read in each of
    the usual senses, and what is true in one of them is not false."""


def parse(kind: type[Any], name: str, arguments: list[str], start: Any = None) -> Any:
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
