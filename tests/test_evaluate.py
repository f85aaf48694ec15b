"""``ddpm-lite evaluate``: one screen, the same as JSON, one sentence if wrong."""

import json
import struct
from pathlib import Path

import pytest
import torch

from ddpm_lite.checkpoints import save
from ddpm_lite.cli import main
from ddpm_lite.digits import embedded
from ddpm_lite.unet import UNet


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with a tiny untrained network and a tiny MNIST of embedded digits."""
    folder = tmp_path_factory.mktemp("evaluate")
    torch.manual_seed(0)
    card = {"schedule": "cosine", "T": 12}
    save(folder / "tiny.safetensors", UNet((16, 16)), card)
    digits = embedded()
    for prefix, rows in (("train", slice(0, 120)), ("t10k", slice(120, 180))):
        part = digits[rows]
        head = struct.pack(">4I", 0x803, len(part), 28, 28)
        images = head + part.images.numpy().tobytes()
        (folder / f"{prefix}-images-idx3-ubyte").write_bytes(images)
        head = struct.pack(">2I", 0x801, len(part))
        labels = head + part.labels.numpy().tobytes()
        (folder / f"{prefix}-labels-idx1-ubyte").write_bytes(labels)
    return folder


@pytest.fixture(autouse=True)
def small_world(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DDPM_LITE_DATA", str(home))
    monkeypatch.setattr("ddpm_lite.evaluate.CALIBRATION", 20)


def run(home: Path, *arguments: str) -> int:
    weights = str(home / "tiny.safetensors")
    common = ("--weights", weights, "--count", "30", "--steps", "3")
    return main(["evaluate", *common, *arguments])


def test_one_screen_and_the_same_as_json(
    home: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    options = ("--times", "4")
    assert run(home, *options) == 0
    page = capsys.readouterr().out
    assert run(home, *options, "--json") == 0
    found = json.loads(capsys.readouterr().out)

    lines = page.splitlines()
    assert len(lines) <= 24
    assert max(map(len, lines[1:])) <= 88
    assert "K = 4 times" in page
    assert "30 of 60 test digits" in page
    assert f"{found['samples']['frechet']:.2f} = " in page
    kinds = [(c["variance"], c["clip"]) for c in found["bound"]["choices"]]
    assert len(kinds) == len(set(kinds)) == 6
    for choice in found["bound"]["choices"]:
        parts = [choice[p]["nats"] for p in ("prior", "steps", "last")]
        assert choice["total"]["nats"] == pytest.approx(sum(parts))
        bits = choice["total"]["nats"] / 784 / 0.6931471805599453
        assert choice["total"]["bits_per_dim"] == pytest.approx(bits)
        assert f"{bits:7.4f} ±" in page
    assert sum(found["samples"]["classes"]) == 30


def test_the_best_variance_is_best_and_what_was_asked_is_all_that_is_done(
    home: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(home, "--what", "bound", "--exact", "--json") == 0
    found = json.loads(capsys.readouterr().out)
    assert "samples" not in found
    assert found["bound"]["exact"]
    assert found["bound"]["times"] == 11
    total = {
        (c["variance"], c["clip"]): c["total"]["nats"]
        for c in found["bound"]["choices"]
    }
    for clip in (False, True):
        assert total["optimal", clip] < total["beta", clip]
        assert total["optimal", clip] < total["posterior", clip]


@pytest.mark.parametrize(
    ("arguments", "part"),
    [
        (("--count", "1"), "count must be at least 2"),
        (("--count", "61"), "only 60 test digits"),
        (("--times", "0"), "times must be at least 1"),
        (("--steps", "13"), "steps must lie in 1…12"),
        (("--what", "everything"), "invalid choice"),
        (("--weights", "nothing"), "no weights called 'nothing'"),
    ],
)
def test_bad_requests_are_one_sentence(
    home: Path,
    arguments: tuple[str, ...],
    part: str,
    capsys: pytest.CaptureFixture[str],
) -> None:
    assert run(home, *arguments) == 2
    heard = capsys.readouterr()
    assert part in heard.err
    assert heard.err.count("\n") == 1
    assert heard.out == ""


def test_a_network_that_diverged_is_said_to_have(
    home: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    net = UNet((16, 16))
    torch.nn.init.constant_(net.leave.weight, float("nan"))
    save(tmp_path / "broken.safetensors", net, {"schedule": "cosine", "T": 12})
    weights = str(tmp_path / "broken.safetensors")
    assert run(home, "--weights", weights, "--what", "bound") == 2
    assert "not finite" in capsys.readouterr().err.splitlines()[-1]
