"""Training: the same numbers however often it stops and however many share it."""

import json
import math
import os
import resource
import subprocess
import sys
from dataclasses import replace

import pytest
import torch

from ddpm_lite import checkpoints, training
from ddpm_lite.checkpoints import load_tensors, save_tensors
from ddpm_lite.config import PRESETS, TrainConfig
from ddpm_lite.digits import Digits
from ddpm_lite.errors import CheckpointError, ConfigError, TrainingError
from ddpm_lite.unet import UNet

TINY = TrainConfig(
    steps=6, batch=4, warm_up=2, T=20, channels=(16, 16, 16), save_every=3, seed=5
)


@pytest.fixture(scope="module")
def digits():
    g = torch.Generator().manual_seed(0)
    images = torch.randint(256, (40, 1, 28, 28), generator=g, dtype=torch.uint8)
    return Digits(images, torch.arange(40, dtype=torch.uint8) % 10, "noise")


def fit(config, digits, out=None, **options):
    return training.fit(config, digits, out, progress=False, **options)


@pytest.mark.parametrize(
    "config",
    [TINY, replace(TINY, classes=10, objective="hybrid", predicts="v")],
    ids=["plain", "conditional-hybrid"],
)
def test_stopping_and_going_on_changes_no_bit(digits, tmp_path, config):
    whole = fit(config, digits, tmp_path / "whole")

    def kill(net, step):
        raise KeyboardInterrupt  # right after a checkpoint

    with pytest.raises(KeyboardInterrupt):
        fit(config, digits, tmp_path / "two", preview=kill)
    rest = fit(config, digits, tmp_path / "two", resume=True)
    assert rest.losses == whole.losses
    for name in ("state.safetensors", "weights.safetensors"):
        one, two = (load_tensors(tmp_path / run / name) for run in ("whole", "two"))
        assert one[1] == two[1]
        assert one[0].keys() == two[0].keys()
        assert all(torch.equal(one[0][k], two[0][k]) for k in one[0])


def test_metrics_hold_every_step_once(digits, tmp_path):
    fit(replace(TINY, steps=3), digits, tmp_path)
    fit(TINY, digits, tmp_path, resume=True)
    lines = (tmp_path / "metrics.jsonl").read_text().splitlines()
    rows = [json.loads(line) for line in lines]
    assert [row["step"] for row in rows] == [1, 2, 3, 4, 5, 6]
    assert all(math.isfinite(row["loss"]) for row in rows)
    assert [r["seconds"] for r in rows] == sorted(r["seconds"] for r in rows)


def test_a_training_may_begin_from_weights_that_know_no_labels(digits):
    taught = fit(TINY, digits).net
    config = replace(TINY, steps=1, warm_up=1, learning_rate=1e-9, classes=10, ema=0.0)
    net = fit(config, digits, start=taught).net
    x = torch.linspace(-1, 1, 2 * 784).reshape(2, 1, 28, 28)
    t, y = torch.tensor([3, 17]), torch.tensor([4, 9])
    assert torch.allclose(net(x, t), taught(x, t), atol=1e-5)  # not told
    assert not torch.allclose(net(x, t, y), taught(x, t), atol=1e-2)
    with pytest.raises(ConfigError, match="channels"):
        fit(replace(config, channels=(24,)), digits, start=taught)


def test_a_training_that_predicts_another_thing_keeps_all_but_the_last_layer(digits):
    taught = fit(TINY, digits).net
    config = replace(TINY, steps=1, warm_up=1, learning_rate=1e-9, predicts="v")
    net = fit(replace(config, ema=0.0), digits, start=taught).net
    for name, weight in net.state_dict().items():
        before = taught.state_dict()[name]
        before = torch.zeros_like(before) if name.startswith("leave.") else before
        assert torch.allclose(weight, before, atol=1e-5), name


def test_two_trainings_do_not_share_a_folder(digits, tmp_path):
    def start_another(net, step):
        with pytest.raises(TrainingError, match="another training"):
            fit(TINY, digits, tmp_path, resume=True)

    (tmp_path / ".state.safetensors.1.part").write_bytes(b"left by a kill")
    fit(TINY, digits, tmp_path, preview=start_another)
    assert not list(tmp_path.glob("*.part"))
    assert fit(TINY, digits, tmp_path, resume=True).seconds >= 0  # free again


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"seed": 6}, "seed = 5, not 6"),
        ({"channels": (24,)}, "channels"),
        ({"schedule": "linear"}, "schedule"),
    ],
)
def test_another_run_is_not_gone_on_with(digits, tmp_path, change, words):
    fit(replace(TINY, steps=3), digits, tmp_path)
    with pytest.raises(CheckpointError, match=words):
        fit(replace(TINY, **change), digits, tmp_path, resume=True)


def test_a_setting_that_an_old_state_does_not_know_had_its_default(digits, tmp_path):
    fit(replace(TINY, steps=3), digits, tmp_path)
    path = tmp_path / "state.safetensors"
    tensors, card = load_tensors(path)
    del card["config"]["fourier"]
    save_tensors(path, tensors, card)
    assert len(fit(TINY, digits, tmp_path, resume=True).losses) == 6


@pytest.mark.parametrize("objective", ["one_sample", "two_sample", "t_sample"])
@pytest.mark.parametrize("predicts", ["epsilon", "x_0"])
def test_every_objective_trains(digits, objective, predicts):
    config = replace(
        TINY, steps=2, T=4, objective=objective, predicts=predicts, classes=10
    )
    fitted = fit(config, digits)
    assert all(math.isfinite(loss) for _, loss in fitted.losses)


def test_labels_reach_the_network(digits):
    told = []

    class Spy(UNet):
        def forward(self, x_t, t, y=None):
            told.append(y)
            return super().forward(x_t, t, y)

    config = replace(TINY, classes=10, drop_label=0.5, batch=40)
    from ddpm_lite.processes import Team

    run = training.Run(config, digits, Team(0, 1, torch.device("cpu")))
    run.called = Spy((16, 16, 16), "epsilon", 10)
    run.loss()
    hidden = told[0] == 10
    assert 8 < int(hidden.sum()) < 32  # binomial(40, ½): outside with p < 2e-4
    assert bool((told[0][~hidden] < 10).all())


def test_the_learning_rate_rises_then_falls_to_nothing():
    config = replace(TINY, steps=10, warm_up=4, learning_rate=1.0)
    rates = [training.learning_rate(config, step) for step in range(1, 11)]
    assert rates[:4] == [0.25, 0.5, 0.75, 1.0]
    assert rates[6] == pytest.approx(0.5)  # half way down
    assert rates[9] == pytest.approx(0)
    assert rates[3:] == sorted(rates[3:], reverse=True)


def test_the_average_is_the_one_chapter_10_prints(digits):
    """eq-ema: m ← d m + (1 − d) w, with d = min(decay, (1 + n)/(10 + n))."""
    from ddpm_lite.processes import Team

    run = training.Run(replace(TINY, ema=0.3), digits, Team(0, 1, torch.device("cpu")))
    name = "enter.weight"
    m = None
    for n in range(5):
        run.advance()
        w = run.net.state_dict()[name].clone()
        d = min(0.3, (1 + n) / (10 + n))
        m = w if m is None else d * m + (1 - d) * w
    assert torch.allclose(run.averaged().state_dict()[name], m, atol=1e-7)


def test_divergence_stops_and_keeps_the_last_good_checkpoint(digits, tmp_path):
    # At step 4 a rate past all numbers comes in; the checkpoint of step 3 stays.
    fit(replace(TINY, steps=3), digits, tmp_path)
    good = (tmp_path / "weights.safetensors").read_bytes()
    state = (tmp_path / "state.safetensors").read_bytes()
    tensors, card = load_tensors(tmp_path / "state.safetensors")
    card["config"]["learning_rate"] = 1e38
    save_tensors(tmp_path / "state.safetensors", tensors, card)
    state = (tmp_path / "state.safetensors").read_bytes()
    wild = replace(TINY, learning_rate=1e38)
    with pytest.raises(TrainingError, match="Try a lower learning_rate"):
        fit(wild, digits, tmp_path, resume=True)
    assert (tmp_path / "weights.safetensors").read_bytes() == good
    assert (tmp_path / "state.safetensors").read_bytes() == state
    assert checkpoints.load(tmp_path / "weights.safetensors").card["trained_steps"] == 3


@pytest.mark.parametrize(
    "change",
    [
        {"steps": 0},
        {"batch": 0},
        {"batch": 10**9},
        {"T": 0},
        {"T": 10**9},
        {"learning_rate": math.nan},
        {"learning_rate": math.inf},
        {"clip_norm": 0},
        {"ema": 1.0},
        {"seed": -1},
        {"classes": 3},
        {"drop_label": 1.0},
        {"channels": ()},
        {"channels": (8,)},
        {"channels": (20,)},
        {"channels": (16, 16, 16, 16)},
        {"channels": (16_000,)},
        {"fourier": (math.nan,)},
        {"warm_up": -1},
        {"T": 1000, "objective": "t_sample"},
    ],
)
def test_impossible_settings_are_named(change):
    with pytest.raises(ConfigError, match=next(iter(change))):
        replace(TINY, **change)


def test_presets_build():
    for config in PRESETS.values():
        assert training.build(config).channels == config.channels


def test_a_crash_between_write_and_rename_leaves_the_old_file(tmp_path, monkeypatch):
    path = tmp_path / "w.safetensors"
    save_tensors(path, {"a": torch.ones(3)}, {"n": 1})

    def crash(*args):
        raise OSError("power cut")

    with monkeypatch.context() as patch:
        patch.setattr(os, "replace", crash)
        with pytest.raises(OSError, match="power cut"):
            save_tensors(path, {"a": torch.zeros(3)}, {"n": 2})
    tensors, card = load_tensors(path)
    assert card == {"n": 1}
    assert torch.equal(tensors["a"], torch.ones(3))
    assert os.listdir(tmp_path) == ["w.safetensors"]


def test_a_full_disk_leaves_the_old_file(tmp_path):
    """In a process that may write 64 kB and not a byte more."""
    path = tmp_path / "w.safetensors"
    save_tensors(path, {"a": torch.ones(3)}, {"n": 1})
    script = (
        "import sys, torch\n"
        "from pathlib import Path\n"
        "from ddpm_lite.checkpoints import save_tensors\n"
        "try:\n"
        "    save_tensors(Path(sys.argv[1]), {'a': torch.zeros(100_000)}, {'n': 2})\n"
        "except OSError as error:\n"
        "    sys.exit(f'refused: {error}')\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", script, str(path)],
        preexec_fn=lambda: resource.setrlimit(resource.RLIMIT_FSIZE, (1 << 16,) * 2),
        capture_output=True,
        text=True,
    )
    assert done.returncode == 1
    assert "cannot write: File too large" in done.stderr
    assert str(path) in done.stderr
    assert load_tensors(path)[1] == {"n": 1}
    assert os.listdir(tmp_path) == ["w.safetensors"]


@pytest.fixture(scope="module")
def saved(tmp_path_factory):
    path = tmp_path_factory.mktemp("saved") / "w.safetensors"
    checkpoints.save(
        path, UNet((16, 16, 16)), {"schedule": "cosine", "T": 20}, half=True
    )
    return path


def test_weights_come_back_with_their_card(saved):
    net = checkpoints.load(saved)
    assert (net.channels, net.predicts, net.classes) == ((16, 16, 16), "epsilon", 0)
    assert checkpoints.schedule_of(net).T == 20
    assert not net.training


@pytest.mark.parametrize("cut", [0, 5, 8, 100, -1])
def test_a_truncated_checkpoint_is_one_clear_sentence(saved, tmp_path, cut):
    path = tmp_path / "cut.safetensors"
    path.write_bytes(saved.read_bytes()[:cut])
    with pytest.raises(CheckpointError, match=r"cut\.safetensors: not a readable"):
        checkpoints.load(path)


def test_foreign_files_are_refused(digits, saved, tmp_path):
    from safetensors.torch import save_file

    foreign = tmp_path / "foreign.safetensors"
    save_file({"a": torch.ones(1)}, foreign, {"format": "pt"})
    with pytest.raises(CheckpointError, match="not one that ddpm-lite wrote"):
        checkpoints.load(foreign)
    foreign.write_bytes(b"<html>moved</html>" * 10)
    with pytest.raises(CheckpointError, match="not a readable checkpoint"):
        checkpoints.load(foreign)
    save_tensors(foreign, {"a": torch.ones(1)}, {"unet": {"channels": [16]}})
    with pytest.raises(CheckpointError, match="do not make a U-Net"):
        checkpoints.load(foreign)
    with pytest.raises(CheckpointError, match="no such checkpoint"):
        checkpoints.load(tmp_path / "absent.safetensors")
    with pytest.raises(CheckpointError, match="shipped are"):
        checkpoints.pretrained("nonesuch")
    (tmp_path / "state.safetensors").write_bytes(saved.read_bytes())
    with pytest.raises(CheckpointError, match="not a training's state"):
        fit(TINY, digits, tmp_path, resume=True)


def test_shipped_weights_are_small_honest_and_any_good():
    from importlib.resources import files

    from ddpm_lite.digits import embedded, split_embedded, to_unit
    from ddpm_lite.objectives import draw_t, simple
    from ddpm_lite.sampling import Translated

    assert "samples" in checkpoints.shipped()
    for name in checkpoints.shipped():
        path = files("ddpm_lite") / "weights" / f"{name}.safetensors"
        assert path.stat().st_size < 4_000_000
        card = checkpoints.pretrained(name).card
        for fact in ("data", "trained_steps", "seed", "hardware", "torch", "command"):
            assert card[fact] is not None, (name, fact)
    net = checkpoints.pretrained("samples")
    schedule = checkpoints.schedule_of(net)
    heard = Translated(net, schedule, "epsilon")  # in the unit of the bound below
    x_0 = to_unit(split_embedded(embedded())[1].images)  # never seen in training
    g = torch.Generator().manual_seed(0)
    with torch.no_grad():
        loss = simple(heard, schedule, x_0, draw_t(schedule, len(x_0), g), g).mean()
    assert loss < 0.05


SHARED = """
import json, sys
from pathlib import Path
from dataclasses import replace
import torch
from ddpm_lite import training
from ddpm_lite.config import TrainConfig
from ddpm_lite.digits import Digits
torch.set_num_threads(1)
g = torch.Generator().manual_seed(0)
images = torch.randint(256, (40, 1, 28, 28), generator=g, dtype=torch.uint8)
digits = Digits(images, torch.arange(40, dtype=torch.uint8) % 10, "noise")
config = TrainConfig(**json.loads(sys.argv[1]))
config = replace(config, channels=tuple(config.channels))
training.fit(config, digits, Path(sys.argv[2]), progress=False)
"""


def test_two_processes_lose_what_one_does(digits, tmp_path):
    options = {
        "steps": 5,
        "batch": 8,
        "warm_up": 1,
        "T": 20,
        "channels": [16, 16],
        "objective": "hybrid",
        "classes": 10,
        "save_every": 5,
    }
    script = tmp_path / "shared.py"
    script.write_text(SHARED)
    out = tmp_path / "two"
    done = subprocess.run(
        [
            *(sys.executable, "-m", "torch.distributed.run", "--standalone"),
            *("--nproc-per-node=2", str(script), json.dumps(options), str(out)),
        ],
        capture_output=True,
        text=True,
        env={**os.environ, "OMP_NUM_THREADS": "1"},
        timeout=240,
    )
    assert done.returncode == 0, done.stderr
    config = replace(TrainConfig(**options), channels=(16, 16))
    alone = fit(config, digits, tmp_path / "one").losses
    text = (out / "metrics.jsonl").read_text()
    shared = [(row["step"], row["loss"]) for row in map(json.loads, text.splitlines())]
    assert [step for step, _ in shared] == [1, 2, 3, 4, 5]
    for (_, a), (_, b) in zip(alone, shared, strict=True):
        assert a == pytest.approx(b, abs=1e-5)
    one, two = (
        load_tensors(p / "weights.safetensors")[0] for p in (tmp_path / "one", out)
    )
    assert all(torch.allclose(one[k], two[k], atol=1e-4) for k in one)
    assert sorted(os.listdir(out)) == sorted(os.listdir(tmp_path / "one"))


def test_a_batch_that_cannot_be_shared_is_refused():
    from ddpm_lite.processes import Team

    team = Team(2, 3, torch.device("cpu"))
    assert team.rows(9) == slice(6, 9)
    with pytest.raises(ConfigError, match="cannot be shared evenly by 3"):
        team.rows(8)
