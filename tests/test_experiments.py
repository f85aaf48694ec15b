"""Recording: complete, whole or nothing, and refused in one sentence when wrong."""

import json
import math
from pathlib import Path

import pytest
import torch

from ddpm_lite import experiments
from ddpm_lite.experiments import ExperimentError, pack, record, unpack
from ddpm_lite.experiments.__main__ import main

KEYS = {"command", "commit", "seed", "hardware", "n", "results"}


def test_a_record_says_where_its_numbers_come_from(tmp_path: Path) -> None:
    path = record("toy", seed=3, n=10, results={"loss": [1 / 3, 0.1]}, out=tmp_path)
    facts = json.loads(path.read_text(encoding="utf-8"))
    assert set(facts) == KEYS
    assert facts["command"] == "python -m ddpm_lite.experiments toy"
    assert facts["results"] == {"loss": [0.3333333, 0.1]}
    assert all(facts.values())
    assert [p.name for p in tmp_path.iterdir()] == ["toy.json"]


@pytest.mark.parametrize("bad", [math.nan, math.inf, object()])
def test_what_cannot_be_recorded_leaves_the_old_file(
    tmp_path: Path, bad: object
) -> None:
    path = record("toy", seed=0, n=1, results={"loss": 1.0}, out=tmp_path)
    before = path.read_bytes()
    with pytest.raises(ExperimentError, match="toy"):
        record("toy", seed=0, n=1, results={"loss": bad}, out=tmp_path)
    assert path.read_bytes() == before


def test_every_recorded_file_belongs_to_an_experiment() -> None:
    folder = experiments.CHECKOUT / "book" / "results"
    stems = {path.stem for path in folder.glob("*.json")}
    assert stems <= set(experiments.names())
    for stem in stems:
        facts = experiments.recorded(stem)
        assert set(facts) == KEYS
        assert facts["command"].endswith(f" {stem}")


def test_unknown_names_are_refused(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["no-such-thing"]) == 2
    assert "no experiment 'no-such-thing'" in capsys.readouterr().err
    with pytest.raises(ExperimentError, match="nothing is recorded"):
        experiments.recorded("no-such-thing")


def test_packed_images_come_back() -> None:
    g = torch.Generator().manual_seed(0)
    images = torch.randint(256, (3, 1, 28, 28), generator=g, dtype=torch.uint8)
    assert torch.equal(unpack(pack(images)), images)


def test_a_record_that_no_longer_comes_out_is_named(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """Beyond four standard errors, or one in a thousand where there is none."""
    old = {"seed": 0, "n": 9, "results": {"a": 1.0, "a_se": 0.1, "b": 2.0, "c": "x"}}
    now = {"a": 1.5, "a_se": 0.12, "b": 2.001, "c": "x"}
    monkeypatch.setattr("ddpm_lite.experiments.__main__.recorded", lambda name: old)

    def run(name: str, out: Path) -> Path:
        return record(name, seed=0, n=9, results=now, out=out)

    monkeypatch.setattr("ddpm_lite.experiments.__main__.run", run)
    assert main(["targets", "--check"]) == 0
    assert "targets: agrees" in capsys.readouterr().out
    now |= {"a": 1.6, "b": 2.01, "c": "y"}
    assert main(["targets", "--check"]) == 1
    said = capsys.readouterr().out
    assert "targets: DIFFERS" in said
    for key in ("results.a: 1 was recorded, now 1.6", "results.b", "results.c"):
        assert key in said
