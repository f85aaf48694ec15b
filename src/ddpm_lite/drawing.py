"""``ddpm-lite sample``: any number of digits, a hundred at a time, into a file."""

import math
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Literal

import numpy as np
import torch
from torch import Tensor
from tqdm import tqdm

from ddpm_lite import checkpoints
from ddpm_lite.diffusion import Variance
from ddpm_lite.digits import embedded, split_embedded, to_pixels, to_unit
from ddpm_lite.errors import CheckpointError, ConfigError
from ddpm_lite.sampling import Guided, ancestral, ddim, generator_for
from ddpm_lite.schedule import Schedule
from ddpm_lite.unet import UNet
from ddpm_lite.variance import optimal_variance

BATCH = 100  # images in memory at a time
MAX_IN_PICTURE = 10_000
MARGIN = 2  # pixels of paper around each digit of a grid

VarianceName = Literal["posterior", "beta", "optimal"]


def find(weights: str) -> UNet:
    """A network by the name of shipped weights, by file, or by a training's folder.

    Raises:
        CheckpointError: if there is none; the message lists the shipped names.
    """
    path = Path(weights)
    if path.is_dir():
        path = path / "weights.safetensors"
    if weights in checkpoints.shipped() and not path.is_file():
        return checkpoints.pretrained(weights)
    if not path.is_file():
        raise CheckpointError(
            f"no weights called {weights!r} and no such file; shipped are: "
            f"{', '.join(checkpoints.shipped()) or 'none'}"
        )
    return checkpoints.load(path)


def draw(
    out: Path,
    weights: str,
    count: int,
    steps: int,
    seed: int,
    sampler: Literal["ancestral", "ddim"],
    eta: float,
    variance: VarianceName,
    digit: int | None,
    guidance: float,
) -> None:
    """Draw ``count`` digits into ``out``; the options of ``ddpm-lite sample``.

    Raises:
        DdpmLiteError: for weights that are not there or options that cannot be.
        ValueError: for steps or η out of range.
    """
    check_request(out, count)
    if not 0 <= seed < 2**63:
        raise ConfigError(f"seed must lie in 0…2⁶³ − 1, got {seed}")
    net = find(weights)
    schedule = checkpoints.schedule_of(net).respace(steps)
    asked = labels(net, count, digit)
    if guidance and asked is None:
        raise ConfigError("guidance needs class-conditional weights; these are not")
    model = Guided(net, guidance) if guidance else net
    table = _variance(net, schedule, variance)
    generator = generator_for(net, seed)
    sizes = [min(BATCH, count - i) for i in range(0, count, BATCH)]

    def batches() -> Iterator[Tensor]:
        done = 0
        with tqdm(total=len(sizes) * steps, unit="step", mininterval=0.5) as bar:
            for size in sizes:
                y = None if asked is None else asked[done : done + size]
                done += size

                def watch(t: int, x: Tensor) -> None:
                    bar.update()

                if sampler == "ddim":
                    yield ddim(
                        model, schedule, size, generator, eta=eta, y=y, watch=watch
                    )
                else:
                    yield ancestral(
                        model,
                        schedule,
                        size,
                        generator,
                        variance=table,
                        y=y,
                        watch=watch,
                    )

    write_batches(out, count, batches())


def labels(net: UNet, count: int, digit: int | None) -> Tensor | None:
    """(count,) labels for a conditional network: one digit, or 0…9 in turn.

    Raises:
        ConfigError: if a digit is asked of a network without labels, or is none.
    """
    if not net.classes:
        if digit is not None:
            raise ConfigError("these weights cannot be asked for a digit")
        return None
    if digit is not None and not 0 <= digit < net.classes:
        raise ConfigError(f"digit must lie in 0…{net.classes - 1}, got {digit}")
    device = next(net.parameters()).device
    if digit is None:
        return torch.arange(count, device=device) % net.classes
    return torch.full((count,), digit, device=device)


def _variance(net: UNet, schedule: Schedule, name: VarianceName) -> Variance:
    """The name itself, or the best table for this network, measured on 64 digits."""
    if name != "optimal":
        return name
    held_out = split_embedded(embedded())[1].images[:64]
    x_0 = to_unit(held_out).to(next(net.parameters()).device)
    generator = generator_for(net, 0)
    return optimal_variance(net, schedule, x_0, generator=generator)[True]


def grid(pixels: np.ndarray) -> np.ndarray:
    """(N, 1, 28, 28) ink → one picture, uint8, ink on paper, as square as can be."""
    columns = math.ceil(math.sqrt(len(pixels)))
    rows = math.ceil(len(pixels) / columns)
    cell = 28 + 2 * MARGIN
    picture = np.full((rows * cell, columns * cell), 255, np.uint8)
    for i, image in enumerate(pixels):
        y, x = i // columns * cell + MARGIN, i % columns * cell + MARGIN
        picture[y : y + 28, x : x + 28] = 255 - image[0]
    return picture


def write_grid(path: Path, x: Tensor) -> None:
    """Images (N, 1, 28, 28) in [−1, 1] as one PNG."""
    with whole(path) as temporary:
        _write_png(temporary, to_pixels(x).cpu().numpy())


def write_batches(path: Path, count: int, batches: Iterator[Tensor]) -> None:
    """``count`` images to ``path``: .npy (uint8, N×1×28×28, streamed) or .png (a grid).

    Nothing is at ``path`` until all of them are.
    """
    pixels = (to_pixels(x).cpu().numpy() for x in batches)
    with whole(path) as temporary:
        if path.suffix == ".png":
            _write_png(temporary, np.concatenate(list(pixels)))
            return
        shape = {"descr": "|u1", "fortran_order": False, "shape": (count, 1, 28, 28)}
        with open(temporary, "wb") as file:
            np.lib.format.write_array_header_1_0(file, shape)
            for some in pixels:
                file.write(some.tobytes())


def check_request(path: Path, count: int) -> None:
    """Whether so many images can go to such a file, before anything is drawn.

    Raises:
        ConfigError: for another ending, a count below 1, too large a picture, or a
            folder that is not there.
    """
    if count < 1:
        raise ConfigError(f"count must be at least 1, got {count}")
    if path.suffix not in (".npy", ".png"):
        raise ConfigError(f"out must end in .png or .npy, got {str(path)!r}")
    if path.suffix == ".png" and count > MAX_IN_PICTURE:
        raise ConfigError(
            f"a picture of {count:,} digits is too large (at most {MAX_IN_PICTURE:,}); "
            "write them to a .npy file"
        )
    if not path.parent.is_dir():
        raise ConfigError(f"out: there is no folder {str(path.parent)!r}")
    if path.is_dir():
        raise ConfigError(f"out: {str(path)!r} is a folder, not a file")


@contextmanager
def whole(path: Path) -> Iterator[Path]:
    """A temporary name beside ``path`` that becomes ``path`` if all goes well.

    Raises:
        ConfigError: if the folder cannot be written, before anything is drawn.
    """
    temporary = path.with_name(f".{path.name}.{os.getpid()}.part")
    try:
        temporary.touch()
    except OSError as error:
        raise ConfigError(f"cannot write {path}: {error.strerror}") from error
    try:
        yield temporary
        os.replace(temporary, path)
    finally:
        temporary.unlink(missing_ok=True)


def _write_png(path: Path, pixels: np.ndarray) -> None:
    from PIL import Image  # matplotlib brings it

    Image.fromarray(grid(pixels)).save(path, format="PNG")
