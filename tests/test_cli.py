"""The command line: what it writes, what it refuses, and how it ends."""

import gzip
import json
import os
import re
import signal
import subprocess
import sys
import time
from pathlib import Path

import numpy as np
import pytest
import torch
from PIL import Image
from torch.distributed.run import get_args_parser

from ddpm_lite import __version__, checkpoints
from ddpm_lite.checkpoints import load_tensors
from ddpm_lite.cli import main
from ddpm_lite.unet import UNet

TINY = ["train", "smoke", "--digits", "embedded"]
TINY += ["--batch", "4", "--T", "4"]


@pytest.fixture(scope="module")
def weights(tmp_path_factory):
    folder = tmp_path_factory.mktemp("weights")
    for name, classes in (("plain", 0), ("conditional", 10)):
        net = UNet((16, 16, 16), "epsilon", classes)
        path = folder / f"{name}.safetensors"
        checkpoints.save(path, net, {"schedule": "cosine", "T": 20})
    return folder


def run(*arguments, **options):
    """The command as a process of its own."""
    return subprocess.run(
        [sys.executable, "-m", "ddpm_lite", *map(str, arguments)],
        capture_output=True,
        text=True,
        timeout=240,
        **options,
    )


def refused(capsys, *arguments):
    """The one sentence with which bad input is refused."""
    assert main([str(a) for a in arguments]) == 2
    out, err = capsys.readouterr()
    lines = [line for line in err.splitlines() if line.startswith("ddpm-lite: ")]
    assert len(lines) == 1, err
    assert "Traceback" not in err
    assert not out
    return lines[0]


def test_help_and_version(capsys):
    assert main(["--help"]) == 0
    text = capsys.readouterr().out
    assert all(name in text for name in ("train", "sample", "check", "proofread"))
    assert main(["--version"]) == 0
    assert capsys.readouterr().out == f"ddpm-lite {__version__}\n"
    assert main([]) == 2


@pytest.mark.parametrize("command", ["train", "sample", "check", "proofread"])
def test_each_command_explains_itself(capsys, command):
    with pytest.raises(SystemExit) as stop:
        main([command, "--help"])
    assert stop.value.code == 0
    assert f"usage: ddpm-lite {command}" in capsys.readouterr().out


def test_torchrun_hands_over_every_option_of_train(capsys):
    """It takes for its own what begins one of its names: --start, say."""
    with pytest.raises(SystemExit):
        main(["train", "--help"])
    ours = set(re.findall(r"--[a-z][a-z-]+", capsys.readouterr().out)) - {"--help"}
    assert {"--steps", "--resume"} <= ours
    words = ["ddpm_lite", "train", *(w for o in sorted(ours) for w in (o, "1"))]
    given = get_args_parser().parse_args(["--nproc-per-node=2", "-m", *words])
    assert [given.training_script, *given.training_script_args] == words


@pytest.mark.parametrize(
    "arguments",
    [
        ["--help"],
        ["train", "--help"],
        ["sample", "--help"],
        ["check", r"\alpha_t = 1 - \beta_t"],
        ["proofread", "{empty}"],
    ],
)
def test_torch_is_not_loaded_for_nothing(arguments, tmp_path):
    (tmp_path / "notes.md").write_text("No mathematics here.\n")
    given = [a.replace("{empty}", str(tmp_path)) for a in arguments]
    script = (
        "import sys\n"
        "from ddpm_lite.cli import main\n"
        "try:\n"
        f"    code = main({given!r})\n"
        "except SystemExit as stop:\n"
        "    code = stop.code or 0\n"
        "sys.exit(code + 40 * ('torch' in sys.modules))\n"
    )
    done = subprocess.run([sys.executable, "-c", script], capture_output=True)
    assert done.returncode == 0, done


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["dance"], "no command 'dance'"),
        (["train", "tiny", "--out", "x"], "no preset 'tiny'; there are: smoke"),
        (["train"], "Missing"),
        ([*TINY, "--out", "x", "--stpes", "3"], "--stpes"),
        ([*TINY, "--out", "x", "--steps", "many"], "steps"),
        ([*TINY, "--out", "x", "--T", "0"], "T must be positive"),
        ([*TINY, "--out", "x", "--channels", "20"], "multiples of 8"),
        ([*TINY, "--out", "x", "--schedule", "linear:0.1:2"], "strictly between 0"),
        ([*TINY, "--out", "x", "--schedule", "linear:a"], "schedule 'linear:a'"),
        ([*TINY, "--out", "x", "--schedule", "straight"], "unknown schedule"),
        ([*TINY, "--out", "x", "--resume"], "no such checkpoint"),
        ([*TINY, "--out", "x", "--init-from", "nonesuch"], "shipped are"),
        ([*TINY, "--out", "x", "--init-from", "likelihood"], "choose the same"),
        ([*TINY, "--out", "file/x"], "file"),
        (["sample"], "Missing"),
        (["sample", "--out", "x.jpg"], "png or .npy"),
        (["sample", "--out", "no/x.png"], "no folder 'no'"),
        (["sample", "--out", "folder.png"], "is a folder"),
        (["sample", "--out", "x.png", "--count", "0"], "count must be at least 1"),
        (["sample", "--out", "x.png", "--count", "10001"], ".npy"),
        (["sample", "--out", "x.png", "--seed", "-1"], "seed"),
        (["sample", "--out", "x.png", "--weights", "nonesuch"], "shipped are"),
        (["sample", "--out", "x.png", "--weights", "file"], "not a readable"),
        (["check"], "needs an equation"),
        (["proofread"], "needs a file"),
    ],
)
def test_bad_input_is_one_sentence_and_nothing_is_written(
    capsys, tmp_path, monkeypatch, arguments, words
):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "file").write_bytes(b"not weights")
    (tmp_path / "folder.png").mkdir()
    sentence = refused(capsys, *arguments)
    assert words in sentence
    left = {str(path.relative_to(tmp_path)) for path in tmp_path.rglob("*")}
    assert left == {"file", "folder.png"}


@pytest.mark.parametrize(
    "arguments",
    [
        ["proofread", "absent.md"],
        ["proofread", ".", "--alias", "nonsense"],
        ["check", r"\frac{1"],
        ["check", "a = a", "--alias", "nonsense"],
    ],
)
def test_the_prover_refuses_in_one_sentence_too(
    capsys, tmp_path, monkeypatch, arguments
):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "notes.md").write_text("$$\n\\alpha_t = 1 - \\beta_t\n$$\n")
    assert main(arguments) == 2
    out, err = capsys.readouterr()
    assert not out
    assert len(err.splitlines()) == 1


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["--steps", "21"], "1…20"),
        (["--steps", "0"], "1…20"),
        (["--sampler", "ddim", "--eta", "2"], "eta"),
        (["--guidance", "1"], "class-conditional"),
        (["--digit", "3"], "cannot be asked"),
    ],
)
def test_impossible_samplings_are_refused(capsys, tmp_path, weights, arguments, words):
    given = ["sample", "--out", tmp_path / "x.png", "--count", "1", "--steps", "2"]
    given += ["--weights", weights / "plain.safetensors"]
    assert words in refused(capsys, *given, *arguments)
    assert not os.listdir(tmp_path)


def test_a_corrupt_data_folder_is_named(capsys, tmp_path, monkeypatch):
    data = tmp_path / "data"
    data.mkdir()
    (data / "train-images-idx3-ubyte.gz").write_bytes(gzip.compress(b"x" * 99)[:-9])
    monkeypatch.setenv("DDPM_LITE_DATA", str(data))
    sentence = refused(capsys, "train", "smoke", "--out", tmp_path / "out")
    assert "train-images-idx3-ubyte.gz: cannot be read" in sentence
    assert not (tmp_path / "out").exists()


def test_train_writes_weights_metrics_and_pictures(capsys, tmp_path):
    out = tmp_path / "run"
    assert main([*TINY, "--steps", "4", "--save-every", "2", "--out", str(out)]) == 0
    assert "4 steps, last loss" in capsys.readouterr().out
    assert sorted(os.listdir(out)) == [
        ".lock",
        "metrics.jsonl",
        "samples_000002.png",
        "samples_000004.png",
        "state.safetensors",
        "weights.safetensors",
    ]
    card = checkpoints.load(out / "weights.safetensors").card
    assert card["trained_steps"] == 4
    assert card["data"].startswith("embedded: 4,500")
    rows = [json.loads(r) for r in (out / "metrics.jsonl").read_text().splitlines()]
    assert [row["step"] for row in rows] == [1, 2, 3, 4]
    with Image.open(out / "samples_000004.png") as picture:
        assert picture.size == (4 * 32, 4 * 32)
    sentence = refused(capsys, *TINY, "--out", out)
    assert "already holds a training" in sentence
    more = [*TINY, "--steps", "6", "--out", str(out), "--resume"]
    assert main(more) == 0
    assert load_tensors(out / "state.safetensors")[1]["step"] == 6


@pytest.mark.parametrize(
    "options",
    [
        [],
        ["--variance", "beta"],
        ["--variance", "optimal"],
        ["--sampler", "ddim", "--eta", "0.5"],
    ],
)
def test_the_same_seed_draws_the_same_digits(capsys, tmp_path, weights, options):
    drawn = []
    for seed in (1, 1, 2):
        out = tmp_path / "x.npy"
        given = ["sample", "--out", out, "--weights", weights / "plain.safetensors"]
        given += ["--count", "3", "--steps", "2", "--seed", seed, *options]
        assert main([str(a) for a in given]) == 0
        drawn.append(np.load(out))
    assert drawn[0].dtype == np.uint8
    assert drawn[0].shape == (3, 1, 28, 28)
    assert np.array_equal(drawn[0], drawn[1])
    assert not np.array_equal(drawn[0], drawn[2])
    assert os.listdir(tmp_path) == ["x.npy"]


def test_many_digits_stream_in_batches(tmp_path, weights, monkeypatch):
    from ddpm_lite import drawing

    monkeypatch.setattr(drawing, "BATCH", 2)
    given = ["--count", "5", "--steps", "1", "--weights", weights / "plain.safetensors"]
    for name in ("x.npy", "x.png"):
        assert main(["sample", "--out", str(tmp_path / name), *map(str, given)]) == 0
    pixels = np.load(tmp_path / "x.npy")
    assert pixels.shape == (5, 1, 28, 28)
    with Image.open(tmp_path / "x.png") as picture:
        grid = np.asarray(picture)
    assert grid.shape == (64, 96)
    assert np.array_equal(grid[34:62, 34:62], 255 - pixels[4, 0])


def test_a_conditional_network_is_asked_for_its_digit(tmp_path, weights, monkeypatch):
    told = []
    forward = UNet.forward
    monkeypatch.setattr(
        UNet, "forward", lambda s, x, t, y=None: told.append(y) or forward(s, x, t, y)
    )
    given = ["sample", "--weights", str(weights / "conditional.safetensors")]
    given += ["--count", "3", "--steps", "1", "--out", str(tmp_path / "x.png")]
    assert main(given) == 0
    assert main([*given, "--digit", "7", "--guidance", "2"]) == 0
    assert told[0].tolist() == [0, 1, 2]
    assert told[1].tolist() == [7, 7, 7, 10, 10, 10]


@pytest.mark.parametrize("kind", [signal.SIGINT, signal.SIGTERM])
def test_a_signal_saves_and_resume_goes_on(tmp_path, kind):
    out = tmp_path / "run"
    options = [*TINY, "--steps", "100000", "--save-every", "100000", "--out", str(out)]
    process = subprocess.Popen(
        [sys.executable, "-m", "ddpm_lite", *options],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        env={**os.environ, "OMP_NUM_THREADS": "1"},
    )
    try:
        seen = ""
        deadline = time.monotonic() + 200
        while not re.search(r" [1-9]\d*/100000", seen):  # a first step is done
            assert time.monotonic() < deadline, seen
            seen += process.stderr.read(20)
        process.send_signal(kind)
        rest = process.communicate(timeout=100)[1]
    finally:
        process.kill()
    assert process.returncode == 128 + kind
    assert "stopped at step" in rest
    assert "Traceback" not in rest
    step = load_tensors(out / "state.safetensors")[1]["step"]
    assert step >= 1
    assert checkpoints.load(out / "weights.safetensors").card["trained_steps"] == step
    assert not [name for name in os.listdir(out) if name.endswith(".part")]


def test_check_is_given_minus_signs_and_aliases(monkeypatch):
    from ddpm_lite import cli
    from ddpm_lite.proof import commands

    asked = []

    def answer(latex, alias=()):
        asked.append((latex.strip(), tuple(alias)))
        return {"a": 0, "b": 1, "c": 2}[latex.strip()[-1]]

    monkeypatch.setattr(commands, "check_command", answer)
    assert cli.main(["check", "-a", "--alias", "x=y", "a", "--alias", "z=w"]) == 0
    assert asked == [("-a", ("x=y", "z=w")), ("a", ("x=y", "z=w"))]
    assert cli.main(["check", "a", "c"]) == 2
    assert cli.main(["check", "a", "c", "b"]) == 1


def test_torch_without_memory_is_one_sentence(capsys, monkeypatch, tmp_path):
    from ddpm_lite import cli

    def greedy(arguments):
        raise RuntimeError("DefaultCPUAllocator: can't allocate memory: you tried")

    monkeypatch.setitem(cli.COMMANDS, "train", greedy)
    assert "not enough memory" in refused(capsys, "train")


def test_main_leaves_signal_handlers_as_they_were(tmp_path):
    before = signal.getsignal(signal.SIGTERM)
    main(["sample", "--out", str(tmp_path / "x.jpg")])
    assert signal.getsignal(signal.SIGTERM) == before
    assert torch.get_default_dtype() == torch.float32


def test_an_unwritable_folder_is_refused_before_anything_is_drawn(
    capsys, tmp_path, monkeypatch
):
    def touch(path, *_):
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr(Path, "touch", touch)
    sentence = refused(capsys, "sample", "--out", str(tmp_path / "x.png"))
    assert "cannot write" in sentence
    assert "step" not in sentence  # no progress bar: nothing was drawn
