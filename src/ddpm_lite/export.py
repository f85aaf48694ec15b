"""``ddpm-lite export``: a network as ONNX, for programs that know nothing of PyTorch.

The book's site runs it in the reader's browser, so it is small: weights are stored in
half precision and widened when the file is opened; all arithmetic is float32.
"""

import copy
import io
import json
import os
import warnings
from pathlib import Path
from typing import Any

import numpy as np
import torch

from ddpm_lite.checkpoints import schedule_of
from ddpm_lite.drawing import find
from ddpm_lite.errors import ConfigError
from ddpm_lite.unet import UNet

OPSET = 17


def export(out: Path, weights: str = "samples") -> tuple[Path, Path]:
    """Write ``out`` (.onnx) and beside it the .json that a sampler needs.

    Args:
        weights: shipped weights by name, a .safetensors file, or a training's folder.

    Returns:
        The two paths.

    Raises:
        ConfigError: for another ending, a folder that is not there or cannot be
            written, or where the package onnx is missing.
        CheckpointError: if there are no such weights.
    """
    if out.suffix != ".onnx":
        raise ConfigError(f"out must end in .onnx, got {str(out)!r}")
    if not out.parent.is_dir():
        raise ConfigError(f"out: there is no folder {str(out.parent)!r}")
    net = find(weights)
    told = out.with_suffix(".json")
    _write(out, to_onnx(net))
    _write(told, json.dumps(sampler_card(net)).encode())
    return out, told


def to_onnx(net: UNet) -> bytes:
    """The network as an ONNX file, its weights rounded to half precision.

    Inputs ``x_t`` (B, 1, 28, 28) float32 and ``t`` (B,) int64, for a conditional
    network also ``y`` (B,) int64; output ``value`` (B, 1, 28, 28) float32.

    Raises:
        ConfigError: where the package onnx is missing.
    """
    try:
        import onnx
    except ImportError as missing:
        raise ConfigError(
            "export needs the package onnx: run `pip install 'ddpm-lite[export]'`"
        ) from missing

    rounded = copy.deepcopy(net).half().float().cpu().eval()
    example = [torch.zeros(2, 1, 28, 28), torch.ones(2, dtype=torch.int64)]
    names = ["x_t", "t"]
    if net.classes:
        example.append(torch.zeros(2, dtype=torch.int64))
        names.append("y")
    file = io.BytesIO()
    with warnings.catch_warnings():
        # The newer exporter needs three packages more and writes the same graph.
        warnings.simplefilter("ignore", DeprecationWarning)
        warnings.simplefilter("ignore", torch.jit.TracerWarning)  # 28 is always 28
        torch.onnx.export(
            rounded,
            tuple(example),
            file,  # type: ignore[arg-type]
            dynamo=False,
            opset_version=OPSET,
            input_names=names,
            output_names=["value"],
            dynamic_axes={name: {0: "B"} for name in [*names, "value"]},
        )
    model = onnx.load_model_from_string(file.getvalue())
    _store_half(model.graph)
    onnx.checker.check_model(model)
    return bytes(model.SerializeToString())


def sampler_card(net: UNet) -> dict[str, Any]:
    """What a sampler must know beside the network, ready for JSON.

    ``alpha_bar`` has T + 1 entries, the first of them 1; ``predicts`` is "epsilon",
    "x_0" or "v"; ``classes`` is the number of labels, and the label "not told".
    """
    schedule = schedule_of(net)
    return {
        "predicts": net.predicts,
        "classes": net.classes,
        "T": schedule.T,
        "schedule": net.card["schedule"],
        "alpha_bar": schedule.alpha_bar.tolist(),
    }


def _store_half(graph: Any) -> None:
    """Keep as float16 what float16 holds without loss, with a Cast back to float32."""
    from onnx import TensorProto, helper, numpy_helper

    casts = []
    for tensor in graph.initializer:
        if tensor.data_type != TensorProto.FLOAT:
            continue
        full = numpy_helper.to_array(tensor)
        half = full.astype(np.float16)
        if not np.array_equal(half.astype(np.float32), full):
            continue
        name = tensor.name
        tensor.CopyFrom(numpy_helper.from_array(half, f"{name}.half"))
        casts.append(
            helper.make_node("Cast", [f"{name}.half"], [name], to=TensorProto.FLOAT)
        )
    nodes = [*casts, *graph.node]
    del graph.node[:]
    graph.node.extend(nodes)


def _write(path: Path, data: bytes) -> None:
    """All of it or nothing.

    Raises:
        ConfigError: if it cannot be written.
    """
    temporary = path.with_name(f".{path.name}.{os.getpid()}.part")
    try:
        temporary.write_bytes(data)
        os.replace(temporary, path)
    except OSError as error:
        raise ConfigError(f"cannot write {path}: {error.strerror}") from error
    finally:
        temporary.unlink(missing_ok=True)
