"""Weights and training states as safetensors: tensors and one JSON card, no pickle.

A file is written beside its final name and renamed when complete, so that a reader
finds the old one or the new one, never half of either.
"""

import hashlib
import json
import os
from collections.abc import Mapping
from importlib.resources import files
from pathlib import Path
from typing import Any

import torch
from safetensors import SafetensorError, safe_open
from safetensors.torch import save as serialize
from torch import Tensor

from ddpm_lite.errors import CheckpointError
from ddpm_lite.schedule import Schedule, make
from ddpm_lite.unet import UNet

FORMAT = "ddpm_lite/1"
MAX_BYTES = 2 << 30


def save_tensors(path: Path, tensors: Mapping[str, Tensor], card: Any) -> None:
    """Write tensors and a JSON-able ``card`` to ``path``, all or nothing.

    Raises:
        OSError: naming the file, if it cannot be written; an old one is untouched.
    """
    path = Path(path)
    path.parent.mkdir(parents=True, exist_ok=True)
    temporary = path.with_name(f".{path.name}.{os.getpid()}.part")
    flat = {k: v.detach().cpu().contiguous().clone() for k, v in tensors.items()}
    text = json.dumps(card)
    sums = {"sha256": _digest(flat, text)}
    data = serialize(flat, {"format": FORMAT, "card": text, **sums})
    try:
        with open(temporary, "wb") as file:
            file.write(data)
            file.flush()
            os.fsync(file.fileno())
        os.replace(temporary, path)
    except OSError as error:
        what = f"cannot write: {error.strerror or error}"
        raise OSError(error.errno, what, str(path)) from error
    finally:
        temporary.unlink(missing_ok=True)


def load_tensors(path: Path) -> tuple[dict[str, Tensor], dict[str, Any]]:
    """Tensors and card of a file that :func:`save_tensors` wrote.

    Raises:
        CheckpointError: if it is missing, damaged, too large, or not ours.
    """
    path = Path(path)
    if not path.is_file():
        raise CheckpointError(f"{path}: no such checkpoint")
    if path.stat().st_size > MAX_BYTES:
        raise CheckpointError(f"{path}: larger than any checkpoint of ours (2 GiB)")
    try:
        with safe_open(path, framework="pt") as file:
            metadata = file.metadata() or {}
            if metadata.get("format") != FORMAT:
                raise CheckpointError(
                    f"{path}: a safetensors file, but not one that ddpm-lite wrote"
                )
            card = json.loads(metadata["card"])
            tensors = {name: file.get_tensor(name) for name in file.keys()}  # noqa: SIM118
            if metadata["sha256"] != _digest(tensors, metadata["card"]):
                raise ValueError("its check sum does not match")
            return tensors, card
    except (SafetensorError, OSError, KeyError, ValueError) as error:
        raise CheckpointError(
            f"{path}: not a readable checkpoint ({error}); it may be cut short or "
            "damaged: use another or train again"
        ) from error


def _digest(tensors: Mapping[str, Tensor], card: str) -> str:
    """SHA-256 over everything that matters: one flipped bit is not an old weight."""
    sum = hashlib.sha256(card.encode())
    for name in sorted(tensors):
        tensor = tensors[name]
        sum.update(f"{name} {tensor.dtype} {tuple(tensor.shape)}".encode())
        sum.update(tensor.reshape(-1).view(torch.uint8).numpy().tobytes())
    return sum.hexdigest()


def save(path: Path, net: UNet, card: Mapping[str, Any], half: bool = False) -> None:
    """Weights for use: the network and its card (schedule, data, steps, figures)."""
    dtype = torch.float16 if half else torch.float32
    tensors = {k: v.to(dtype) for k, v in net.state_dict().items()}
    shape = {
        "channels": list(net.channels),
        "predicts": net.predicts,
        "classes": net.classes,
        "fourier": list(net.fourier),
    }
    save_tensors(path, tensors, {**card, "unet": shape})


def load(path: Path) -> UNet:
    """The network, ready for use; ``net.card`` tells how it came to be.

    Raises:
        CheckpointError: if the file is not a network of ours.
    """
    tensors, card = load_tensors(path)
    try:
        unet = card["unet"]
        fourier = tuple(unet.get("fourier", ()))
        net = UNet(tuple(unet["channels"]), unet["predicts"], unet["classes"], fourier)
        net.load_state_dict({k: v.float() for k, v in tensors.items()})
    except (KeyError, TypeError, ValueError, RuntimeError) as error:
        raise CheckpointError(
            f"{path}: its tensors do not make a U-Net of ours "
            f"({str(error).splitlines()[0]})"
        ) from error
    net.card = card
    return net.eval().requires_grad_(False)


def schedule_of(net: UNet) -> Schedule:
    """The forward process that the network was trained on, from its card."""
    return make(net.card["schedule"], net.card["T"])


def shipped() -> list[str]:
    """Names of the weights in the package."""
    folder = files("ddpm_lite") / "weights"
    names = [f.name for f in folder.iterdir()] if folder.is_dir() else []
    return sorted(n.removesuffix(".safetensors") for n in names if "safetensors" in n)


def pretrained(name: str = "samples") -> UNet:
    """A network that comes with the package: see :func:`shipped`.

    Raises:
        CheckpointError: for a name that is not shipped; it lists those that are.
    """
    if name not in shipped():
        raise CheckpointError(
            f"no weights called {name!r}; shipped are: {', '.join(shipped())}"
        )
    return load(Path(str(files("ddpm_lite") / "weights" / f"{name}.safetensors")))
