"""Each recorded experiment, run in small: what it returns has the shape of its record.

A chapter reads a record by its keys. If the code came to return others, the record
would be of another experiment than the one that its command runs.
"""

import json
import math
import sys
from importlib import import_module
from types import SimpleNamespace

import pytest
import torch

from ddpm_lite import checkpoints, classifier, digits, experiments, schedule
from ddpm_lite.errors import DigitsError
from ddpm_lite.experiments import ExperimentError, names, record, recorded
from ddpm_lite.experiments.__main__ import main
from ddpm_lite.experiments._compare import differences
from ddpm_lite.unet import UNet

# All of them now: one that is first imported while another is patched keeps the patch.
ROOMS = {name: import_module(f"ddpm_lite.experiments.{name}") for name in names()}


def few(split, seed=0):
    """Some of the embedded digits, in the place of a full split."""
    return digits.embedded()[:40]


def untrained(name, steps=6):
    """A network that has learned nothing, in the place of the shipped one."""
    torch.manual_seed(0)
    net = UNet((16, 16, 16), "epsilon")
    net.card = {"schedule": "cosine", "T": steps, "trained_steps": 0, "name": name}
    return net.eval().requires_grad_(False)


def shape(value):
    """The keys and kinds of a record, without its numbers and lengths."""
    if isinstance(value, dict):
        return {key: shape(one) for key, one in value.items()}
    if isinstance(value, list):
        return [shape(value[0])] if value else []
    return "number" if isinstance(value, int | float) else type(value).__name__


@pytest.fixture
def small(monkeypatch):
    """Few digits, few steps, small networks."""

    def patch(name, **values):
        for key, value in values.items():
            monkeypatch.setattr(ROOMS[name], key, value)
        return ROOMS[name]

    return patch


def check(module, tmp_path):
    """Run, record, compare with the book's record; what was recorded."""
    name = module.__name__.rpartition(".")[2]
    path = record(name, **module.run(), out=tmp_path)
    now, then = json.loads(path.read_text()), recorded(name)
    assert shape(now["n"]) == shape(then["n"])
    assert shape(now["results"]) == shape(then["results"])
    assert now["seed"] == then["seed"]
    return now["results"]


def test_ladder(small, tmp_path):
    module = small("ladder", COINS=3, PATHS=6, IMAGES=2, REPEATS=3, TIMES=(2, 1000))
    every = digits.to_unit(digits.embedded().images[:60]).double()
    module = small("ladder", split=lambda: (every[:50], every[50:]))
    found = check(module, tmp_path)
    assert [row["t"] for row in found["steps"]] == [2, 1000]
    assert found["steps"][0]["nats"] > found["steps"][1]["nats"] >= 0


def test_targets(small, tmp_path):
    train = ROOMS["targets"].train

    def briefly(chain, kind, weighted, steps=0):
        return train(chain, kind, weighted, steps=2)

    chain = SimpleNamespace(linear=lambda T: schedule.linear(20, 0.01, 0.3))
    found = check(small("targets", schedules=chain, train=briefly), tmp_path)
    for row in found.values():
        assert row["bound"]["mean"] > 0  # an excess: nobody beats E[x_0|x_t]
        assert row["simple"]["mean"] > 0


def test_vae(small, tmp_path):
    found = check(small("vae", STEPS=(1, 2, 3), SEEDS=(0, 1)), tmp_path)
    for row in found.values():
        total = sum(part[0] for part in row["terms"])
        assert total == pytest.approx(row["elbo"][-1][0], rel=1e-5)


def test_likelihood_and_its_companions(small, tmp_path):
    scored = {"TIMES": 2, "network": lambda name: (untrained(name), schedule.cosine(6))}
    whole = {"full": lambda split, count: digits.embedded()[:100]}
    found = check(small("likelihood", **scored, **whole, CALIBRATION=8), tmp_path)
    for row in found["test"].values():
        parts = sum(row[part][0] for part in ("prior", "steps", "last"))
        assert parts == pytest.approx(row["total"][0], rel=1e-5)
    check(small("likelihood_samples", **scored, **whole, IMAGES=4), tmp_path)
    module = small("likelihood_unseen", **scored, **whole, COMPARED=4, EXACT=2)
    check(module, tmp_path)


@pytest.mark.parametrize("name", ["likelihood", "likelihood_samples", "weights"])
def test_without_all_of_mnist_the_dear_ones_say_what_they_need(small, name):
    for module in ("likelihood", "weights"):
        small(module, load=few)
    with pytest.raises(
        (ExperimentError, DigitsError), match="set DDPM_LITE_DATA to its folder"
    ):
        ROOMS[name].run()


RECORD = {"loss": [1.0, 0.1], "rows": [{"value": 2.0, "se": 0.5}], "names": ["a"]}


@pytest.mark.parametrize(
    ("key", "now", "said"),
    [
        ("loss", [1.5, 0.1], None),  # within four standard errors
        ("loss", [1.6, 0.1], "loss.0: 1 was recorded, now 1.6"),
        ("loss", [1.0, 0.15], None),  # an error of an error
        ("loss", [1.0], "loss: 2 entries were recorded, now 1"),
        ("loss", [math.nan, 0.1], "loss.0: 1 was recorded, now nan"),
        ("rows", [{"value": 4.8, "se": 0.9}], None),
        ("rows", [{"value": 4.9, "se": 0.9}], "rows.0.value: 2 was recorded"),
        ("rows", [{"value": 2.0}], "rows.0.se: only in one of the two"),
        ("names", ["b"], "names.0: 'a' was recorded, now 'b'"),
    ],
)
def test_what_differs_is_named_and_what_may_differ_is_not(key, now, said):
    found = list(differences(RECORD, RECORD | {key: now}))
    assert not found if said is None else any(line.startswith(said) for line in found)


def outcome(**changes):
    """What an experiment returns, as a module that can be run."""
    given = {"seed": 0, "n": 1, "results": {"loss": 1.0}} | changes
    return SimpleNamespace(run=lambda: given)


def test_an_ill_formed_experiment_is_named_and_records_nothing(tmp_path, monkeypatch):
    monkeypatch.setattr(experiments, "import_module", lambda name: outcome(extra=2))
    with pytest.raises(ExperimentError, match=r"vae\.run\(\) must return seed, n and"):
        experiments.run("vae", tmp_path)
    with pytest.raises(ExperimentError, match=r"no experiment 'va'; there are: .*vae"):
        experiments.run("va", tmp_path)
    assert not list(tmp_path.iterdir())


def test_outside_a_checkout_a_folder_must_be_named(tmp_path, monkeypatch, capsys):
    monkeypatch.setattr(experiments, "import_module", lambda name: outcome())
    monkeypatch.setattr(experiments, "CHECKOUT", tmp_path / "nowhere")
    assert main(["vae"]) == 2
    assert "name a folder with --out" in capsys.readouterr().err
    assert main(["vae", "--out", str(tmp_path / "new")]) == 0
    facts = json.loads((tmp_path / "new" / "vae.json").read_text())
    assert facts["results"] == {"loss": 1.0}
    assert facts["commit"] == "unknown"  # no repository here


def test_the_classifier_is_made_by_the_command_on_its_card(tmp_path, monkeypatch):
    def run(command, name):
        _, _, rest = command.partition("python -m ddpm_lite.classifier ")
        told = rest.replace("FILE", str(tmp_path / name)).split()
        monkeypatch.setattr(sys, "argv", ["classifier", *told])
        classifier.main()
        return checkpoints.load_tensors(tmp_path / name)

    monkeypatch.setattr(classifier, "load", lambda split: digits.embedded()[:256])
    first, card = run("python -m ddpm_lite.classifier --out FILE --epochs 1", "a")
    again, _ = run(card["command"], "b")
    assert card["epochs"] == 1
    assert 0 <= card["test_accuracy"] <= 1
    assert first.keys() == again.keys()
    assert all(torch.equal(first[name], again[name]) for name in first)
