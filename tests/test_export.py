"""The ONNX file says what the network says: within rounding, at every time."""

import json
from pathlib import Path

import numpy as np
import onnx
import onnxruntime
import pytest
import torch
from torch import Tensor

from ddpm_lite.checkpoints import pretrained, save, schedule_of, shipped
from ddpm_lite.cli import main
from ddpm_lite.export import to_onnx
from ddpm_lite.unet import UNet

HALF, FULL = 1e-4, 5e-3  # largest allowed differences, against ε of size 1


def run(file: bytes, *inputs: Tensor) -> Tensor:
    session = onnxruntime.InferenceSession(file)
    names = [one.name for one in session.get_inputs()]
    feed = {n: x.numpy() for n, x in zip(names, inputs, strict=True)}
    return torch.from_numpy(session.run(None, feed)[0])


def noisy(count: int) -> tuple[Tensor, Tensor]:
    g = torch.Generator().manual_seed(0)
    x = torch.randn(count, 1, 28, 28, generator=g)
    t = torch.linspace(1, 1000, count).long()
    return x, t


def lively(net: UNet) -> UNet:
    """Weights of a trained network's size, in full precision; no branch is silent."""
    g = torch.Generator().manual_seed(1)
    for one in net.parameters():
        with torch.no_grad():
            one += 0.03 * torch.randn(one.shape, generator=g)
    return net.eval().requires_grad_(False)


@pytest.mark.parametrize("name", shipped())
def test_shipped_weights_agree(name: str) -> None:
    net = pretrained(name)
    x, t = noisy(7)
    inputs = [x, t]
    if net.classes:
        inputs.append(torch.arange(7) % (net.classes + 1))
    assert (run(to_onnx(net), *inputs) - net(*inputs)).abs().max() < HALF


def test_half_precision_is_all_that_is_lost() -> None:
    net = lively(UNet((16, 24), predicts="v", classes=10))
    rounded = UNet((16, 24), predicts="v", classes=10)
    rounded.load_state_dict({k: v.half().float() for k, v in net.state_dict().items()})
    x, t = noisy(5)
    y = torch.tensor([0, 3, 9, 10, 5])  # 10: not told
    seen = run(to_onnx(net), x, t, y)
    with torch.no_grad():
        assert (seen - rounded(x, t, y)).abs().max() < HALF
        assert (seen - net(x, t, y)).abs().max() < FULL
        assert (seen - net(x, t)).abs().max() > 10 * FULL  # it did listen to y


def test_the_file_is_small() -> None:
    net = pretrained("samples")
    file = to_onnx(net)
    parameters = sum(p.numel() for p in net.parameters())
    assert len(file) < 2.15 * parameters
    stored = onnx.load_model_from_string(file).graph.initializer
    kept = sum(np.prod(s.dims) for s in stored if s.data_type == onnx.TensorProto.FLOAT)
    assert kept < 0.001 * parameters


def test_command_writes_network_and_tables(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    net = lively(UNet((16,), classes=3))
    save(tmp_path / "w.safetensors", net, {"schedule": "linear", "T": 40})
    weights = ["--weights", str(tmp_path / "w.safetensors")]
    assert main(["export", "--out", str(tmp_path / "net.onnx"), *weights]) == 0
    card = json.loads((tmp_path / "net.json").read_text(encoding="utf-8"))
    assert (card["predicts"], card["classes"], card["T"]) == ("epsilon", 3, 40)
    net.card = {"schedule": "linear", "T": 40}
    assert card["alpha_bar"] == schedule_of(net).alpha_bar.tolist()
    x, t = noisy(2)
    y = torch.tensor([2, 3])
    seen = run((tmp_path / "net.onnx").read_bytes(), x, t, y)
    assert (seen - net(x, t, y)).abs().max() < FULL
    names = {one.name for one in tmp_path.iterdir()}
    assert names == {"w.safetensors", "net.onnx", "net.json"}
    assert main(["export", "--out", str(tmp_path / "net.pt"), *weights]) == 2
    assert ".onnx" in capsys.readouterr().err
    assert main(["export", "--out", str(tmp_path / "no/net.onnx"), *weights]) == 2
    assert "no folder" in capsys.readouterr().err
