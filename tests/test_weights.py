"""The cards of the shipped weights and README say what the records say."""

from pathlib import Path

import pytest

from ddpm_lite.checkpoints import pretrained, shipped
from ddpm_lite.experiments import recorded

README = Path(__file__).resolve().parents[1] / "README.md"
MEASURED = ("frechet", "floor", "floor_sd", "class_entropy", "nearest_p1", "test_p1")


def test_three_networks_are_shipped():
    assert shipped() == ["conditional", "likelihood", "samples"]


@pytest.mark.parametrize("name", ["samples", "conditional"])
def test_the_card_says_how_far_the_samples_are_from_digits(name):
    card, record = pretrained(name).card, recorded("weights")["results"][name]
    for sampler, row in record.items():
        assert row["trained_steps"] == card["trained_steps"]
        said = card["figures"][sampler]
        assert said == {k: row[k] for k in MEASURED}
        assert row["nearest_p1"] > row["test_p1"]  # no copies of training digits


def test_the_card_says_how_many_bits_a_digit_costs():
    card, record = pretrained("likelihood").card, recorded("likelihood")
    assert record["results"]["trained_steps"] == card["trained_steps"]
    assert card["figures"]["test_digits"] == record["n"]["test"] == 10_000
    for choice, bits in card["figures"]["bits_per_dim"].items():
        assert bits == record["results"]["test"][choice]["total"]
    assert card["figures"]["bits_per_dim"]["posterior, as it is"][0] < 1.25


@pytest.mark.parametrize(("name", "limit"), [("every_step", 2), ("many", 3)])
def test_the_long_runs_were_measured_with_these_weights(name, limit):
    row = recorded(name)["results"]["samples"]["ancestral"]
    assert row["trained_steps"] == pretrained("samples").card["trained_steps"]
    assert row["nearest_p1"] > row["test_p1"]
    assert row["ratio"] < limit


def test_readme_quotes_the_records():
    text = README.read_text(encoding="utf-8")
    found = recorded("weights")["results"]["samples"]
    asked = recorded("weights")["results"]["conditional"]["ancestral"]
    patient = recorded("every_step")["results"]["samples"]["ancestral"]
    many = recorded("many")["results"]["samples"]["ancestral"]
    drawn = [found["ancestral"], found["ddim"], asked, patient, many]
    bits = recorded("likelihood")["results"]["test"]
    for words in (
        *(f"{row['frechet']:.1f} ({row['ratio']:.1f} times" for row in drawn),
        f"{drawn[0]['trained_steps']:,} steps",
        "{:.3f} ± {:.3f}".format(*bits["posterior, as it is"]["total"]),
        "{:.3f} ± {:.3f}".format(*bits["posterior, clipped"]["total"]),
    ):
        assert words in text, words
