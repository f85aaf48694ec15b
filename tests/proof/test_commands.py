"""The commands behind `make notebooks` and `make mutants`: whole files, or none."""

import json

import pytest

from ddpm_lite.proof import labels, mutants
from ddpm_lite.proof.equations import Equation, equation
from ddpm_lite.proof.mutants import Mutant

PAGE = r"""# A page

$$\bar\alpha_t = \prod_{s=1}^{t} \alpha_s$$ (eq-product)

$$v_t = \sqrt{\bar\alpha_t}\epsilon - \sqrt{1-\bar\alpha_t} x_0$$ (eq-velocity)

:::{slip}
$$\bar\alpha_t = \alpha_t$$ (slip-bar)
:::
"""


@pytest.fixture
def page(tmp_path, monkeypatch):
    """A book of one page, and a list of equations that is not the real one."""
    (tmp_path / "book").mkdir()
    (tmp_path / "book" / "page.md").write_text(PAGE, encoding="utf-8")
    monkeypatch.setattr(labels, "TARGET", tmp_path / "equations.json")
    return tmp_path / "book"


def test_the_list_of_equations_is_written_whole_and_checked(page, capsys):
    assert labels.main([str(page), "--check"]) == 1  # not there yet
    assert "is out of date" in capsys.readouterr().out
    assert labels.main([str(page)]) == 0
    assert labels.main([str(page), "--check"]) == 0
    assert [path.name for path in page.parent.iterdir()].count("equations.json") == 1
    assert not list(page.parent.glob("*.tmp"))
    table = json.loads(labels.TARGET.read_text(encoding="utf-8"))
    assert [(k, v["slip"], v["line"]) for k, v in table.items()] == [
        ("eq-product", False, 3),
        ("eq-velocity", False, 5),
        ("slip-bar", True, 8),
    ]
    # A slip defines nothing for what follows, and a new name does.
    assert table["slip-bar"]["before"] == [table["eq-velocity"]["latex"]]
    (page / "page.md").write_text(PAGE.replace("alpha_s", "alpha_t"), encoding="utf-8")
    assert labels.main([str(page), "--check"]) == 1


def test_a_list_of_no_book_is_refused(page, capsys):
    assert labels.main([str(page / "absent")]) == 2
    assert "there is no such folder" in capsys.readouterr().err
    (page / "page.md").write_bytes(b"\x00\xff\x00 binary")
    before = list(page.parent.iterdir())
    assert labels.main([str(page)]) == 2
    assert len(capsys.readouterr().err.splitlines()) == 1
    assert list(page.parent.iterdir()) == before


@pytest.fixture
def one(tmp_path, monkeypatch):
    """A book of one equation; counts are remembered in a folder of their own."""
    only = Equation("eq-product", r"\bar\alpha_t = \alpha_t \bar\alpha_{t-1}")
    monkeypatch.setattr(mutants, "book", lambda: [only])
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    return tmp_path / "ddpm_lite" / "mutants.json"


def test_mutants_are_counted_once_and_remembered(one, monkeypatch, capsys):
    assert mutants.main([]) == 0
    first = capsys.readouterr().out
    assert " rejected" in first
    assert "survived" not in first
    tried = []
    monkeypatch.setattr(mutants, "try_all", tried.append)
    assert mutants.main([]) == 0
    assert capsys.readouterr().out == first
    assert not tried


@pytest.mark.parametrize("left", ["", "[]", '{"prover": "another"}', '{"prover'])
def test_counts_of_another_prover_or_half_a_file_are_made_anew(one, left, capsys):
    one.parent.mkdir()
    one.write_text(left)
    assert mutants.main([]) == 0
    assert " rejected" in capsys.readouterr().out
    assert len(json.loads(one.read_text())["equations"]) == 1


def test_a_survivor_is_shown_and_is_a_failure(one, monkeypatch, capsys):
    monkeypatch.setattr(mutants, "fate", lambda eq, mutant: "survived")
    for options in ([], ["--sample", "2"]):
        assert mutants.main(options) == 1
        assert "survived: eq-product: " in capsys.readouterr().out


def test_what_is_recorded_is_what_the_ledger_reads(one, tmp_path, capsys):
    path = tmp_path / "counts.json"
    assert mutants.main(["--record", str(path)]) == 0
    row = json.loads(path.read_text())["results"]["eq-product"]
    made = sum(1 for _ in mutants.mutants(mutants.book()[0].latex))
    fates = {k: v for k, v in row.items() if k not in ("text", "made")}
    assert row["made"] == sum(fates.values()) == made > 5
    assert set(fates) <= {"rejected", "equal", "not judged"}


def test_a_slip_in_a_definition_is_caught_by_a_claim_that_uses_it():
    """Alone a definition may say anything; the book's own equations tie it down."""
    found = equation("eq-alpha-bar")
    slip = Mutant("limits", found.latex.replace("s=1", "s=2"))
    assert slip.latex != found.latex
    assert mutants.fate(found, slip) == "rejected"
