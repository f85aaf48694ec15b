"""Things that go wrong through nobody's fault. The page book/faults.md lists them."""

import gzip
import hashlib
import os
import random
import re
import signal
import threading
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest
import torch

from ddpm_lite import checkpoints, digits, drawing
from ddpm_lite.checkpoints import load_tensors, save_tensors
from ddpm_lite.cli import main
from ddpm_lite.errors import CheckpointError
from ddpm_lite.unet import UNet

KILLS = 200
SIZE = 20_000  # small enough for one thread: a forked process has no others
NAME = "train-labels-idx1-ubyte.gz"


def test_kill_minus_nine_during_a_save_leaves_a_whole_checkpoint(tmp_path):
    """200 processes save without end and are killed at a random moment.

    The moments are spread over the time of three saves, measured here, so that nearly
    every kill falls into a save; a save that is not atomic fails this within a few of
    them (seen with one that writes in place).
    """
    path = tmp_path / "state.safetensors"
    started = time.monotonic()
    for _ in range(10):
        save_tensors(path, {"a": torch.zeros(SIZE)}, {"n": 0})
    spread = 3 * (time.monotonic() - started) / 10
    draw = random.Random(0)
    versions = set()
    for _ in range(KILLS):
        ready, tell = os.pipe()
        child = os.fork()
        if not child:
            n = 0
            while True:
                os.write(tell, b".")
                n += 1
                save_tensors(path, {"a": torch.full((SIZE,), float(n))}, {"n": n})
        os.read(ready, 1)
        time.sleep(draw.uniform(0, spread))
        os.kill(child, signal.SIGKILL)
        os.waitpid(child, 0)
        os.close(ready)
        os.close(tell)
        tensors, card = load_tensors(path)
        assert bool((tensors["a"] == card["n"]).all())
        versions.add(card["n"])
    assert len(versions) > 1  # the children did save


def test_a_flipped_bit_is_found_wherever_it_falls(tmp_path):
    path = tmp_path / "w.safetensors"
    checkpoints.save(path, UNet((16,)), {"schedule": "cosine", "T": 20}, half=True)
    whole = path.read_bytes()
    draw = random.Random(0)
    for _ in range(100):
        damaged = bytearray(whole)
        at = draw.randrange(len(whole))
        damaged[at] ^= 1 << draw.randrange(8)
        path.write_bytes(damaged)
        with pytest.raises(CheckpointError):
            checkpoints.load(path)
    path.write_bytes(whole)
    checkpoints.load(path)


def _no_cuda_memory(*_):
    raise torch.cuda.OutOfMemoryError("CUDA out of memory. Tried to allocate 2.00 GiB.")


def _no_cublas(*_):
    raise RuntimeError(
        "CUDA error: CUBLAS_STATUS_ALLOC_FAILED when calling `cublasCreate(handle)`"
    )


def _no_memory(*_):
    torch.empty(1 << 58, dtype=torch.uint8)  # PyTorch's own refusal


def _no_object(*_):
    raise MemoryError


@pytest.mark.parametrize(
    ("owner", "name", "fail"),
    [
        (UNet, "forward", _no_cuda_memory),
        (torch.Tensor, "backward", _no_cublas),
        (torch.optim.AdamW, "step", _no_memory),
        (checkpoints, "serialize", _no_object),  # in the middle of saving
    ],
)
def test_no_memory_in_mid_training_keeps_the_last_checkpoint(
    capsys, monkeypatch, tmp_path, owner, name, fail
):
    """It strikes after the checkpoint of step 2, which stays: a run can go on there."""
    out = tmp_path / "run"
    given = ["train", "smoke", "--digits", "embedded", "--batch", "2", "--T", "2"]
    given += ["--channels", "16", "--steps", "4", "--save-every", "2"]
    given += ["--out", str(out)]
    kept = {}

    def from_now_on(path, x):
        kept.update({p.name: p.read_bytes() for p in out.iterdir()})
        monkeypatch.setattr(owner, name, fail)

    with monkeypatch.context() as patch:
        patch.setattr(drawing, "write_grid", from_now_on)
        assert main(given) == 2
    said = capsys.readouterr().err
    assert said.count("ddpm-lite: not enough memory; try a smaller batch") == 1
    assert "Traceback" not in said
    assert {p.name: p.read_bytes() for p in out.iterdir()} == kept
    assert checkpoints.load(out / "weights.safetensors").card["trained_steps"] == 2
    monkeypatch.undo()
    assert main([*given, "--resume"]) == 0
    assert load_tensors(out / "state.safetensors")[1]["step"] == 4


@pytest.fixture
def mirror(monkeypatch, tmp_path):
    """A server on this machine, the cache in a folder of its own, short patience."""

    class Handler(BaseHTTPRequestHandler):
        answer = staticmethod(lambda handler: None)

        def do_GET(self):
            Handler.answer(self)

        def log_message(self, *args):
            pass

    import pooch

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever, args=(0.05,))
    thread.start()
    address = f"http://127.0.0.1:{server.server_address[1]}/"
    monkeypatch.setattr(digits, "MIRRORS", (address,))
    monkeypatch.setattr(digits, "PATIENCE", 0.3)
    monkeypatch.setattr(digits, "DEADLINE", 1.0)
    monkeypatch.setattr(pooch, "os_cache", lambda name: tmp_path / name)
    yield Handler
    server.shutdown()
    thread.join()
    server.server_close()


def _body(handler, data, length=None):
    handler.send_response(200)
    handler.send_header("Content-Length", str(len(data) if length is None else length))
    handler.end_headers()
    handler.wfile.write(data)


def _drip(handler):
    handler.send_response(200)
    handler.end_headers()
    try:
        for _ in range(40):
            handler.wfile.write(b"x" * (1 << 16))
            time.sleep(0.1)
    except OSError:  # the other side gave up, as it should
        pass


FAULTS = {
    "drops the line": lambda h: _body(h, b"half of it", length=1000),
    "stalls": lambda h: time.sleep(1),
    "drips": _drip,
    "promises less than it sends": lambda h: _body(h, b"x" * 5000, length=10),
    "sends a page of HTML": lambda h: _body(h, b"<html>Please log in</html>"),
    "refuses": lambda h: h.send_error(503),
    "sends other digits": lambda h: _body(h, gzip.compress(bytes(8))),
}


@pytest.mark.parametrize("fault", FAULTS)
def test_a_mirror_that_fails_costs_a_line_and_leaves_nothing(mirror, capsys, fault):
    mirror.answer = staticmethod(FAULTS[fault])
    assert digits._fetch("train") is None
    said = capsys.readouterr().err
    assert said.count("did not serve it") == 1
    kept = mirror_cache()
    assert not [p for p in kept.rglob("*") if p.is_file()]


def mirror_cache():
    import pooch

    return pooch.os_cache("ddpm_lite")


def test_an_endless_file_is_cut(mirror, capsys, monkeypatch):
    monkeypatch.setattr(digits, "MAX_BYTES", 1000)
    mirror.answer = staticmethod(lambda h: _body(h, b"x" * 5000))
    assert digits._fetch("train") is None
    assert "larger than any MNIST file" in capsys.readouterr().err


def test_a_mirror_that_serves_fills_the_cache(mirror, monkeypatch):
    data = gzip.compress(bytes([0, 0, 8, 1, 0, 0, 0, 1, 7]))
    sums = {NAME: hashlib.sha256(data).hexdigest()}
    monkeypatch.setattr(digits, "SHA256", sums)
    mirror.answer = staticmethod(lambda h: _body(h, data))
    folder = digits._fetch("train")
    assert (folder / NAME).read_bytes() == data


def test_the_page_of_faults_names_tests_that_there_are():
    here = Path(__file__).resolve().parent
    there = "".join(path.read_text() for path in here.rglob("test_*.py"))
    named = re.findall(r"`(test_\w+)`", (here.parent / "book/faults.md").read_text())
    assert len(named) > 15
    assert not [name for name in named if f"def {name}(" not in there]
