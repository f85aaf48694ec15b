"""The canon is minimal, and nothing that can be computed is stored."""

# ruff: noqa: E501 (mathematics reads better unbroken)

import dataclasses
import json

import pytest
import sympy as sp

from ddpm_lite.proof import check, derived
from ddpm_lite.proof.canon import Canon
from ddpm_lite.proof.equations import labels
from ddpm_lite.proof.field import is_zero, sign, sqrt, unit
from ddpm_lite.proof.labels import TARGET, collect, render

GIVEN = {
    "sqrt_alpha",
    "alpha",
    "beta",
    "sqrt_alpha_bar",
    "alpha_bar",
    "kernel",
    "prior",
}


def test_the_canon_holds_only_the_givens():
    own = {n for n in vars(Canon) if not n.startswith("_")} - {"depth"}
    assert own == GIVEN
    assert [f.name for f in dataclasses.fields(Canon)] == ["depth"]
    free = set()
    for t in (("t", 0), ("t", -1), ("", 3)):
        for name in ("alpha", "beta", "alpha_bar"):
            free |= getattr(Canon(2), name)(t).free_symbols
    assert all(s.name.startswith(("a[", "c[")) for s in free)


def test_each_given_matters(monkeypatch):
    """A claim that uses it fails when the given is changed."""
    claims = {
        "beta": r"\alpha_t + \beta_t = 1",
        "alpha": r"\bar\alpha_t = \alpha_t\bar\alpha_{t-1}",
        "alpha_bar": r"q(x_t|x_0) = \mathcal N(x_t;\sqrt{\bar\alpha_t}x_0,(1-\bar\alpha_t)I)",
        "kernel": r"q(x_t|x_{t-1}) = \mathcal N(x_t;\sqrt{\alpha_t}x_{t-1},\beta_tI)",
        "prior": r"p(x_T) = \mathcal N(x_T;0,I)",
    }
    changed = {
        "beta": lambda self, t: 1 - self.alpha(t) / 2,
        "alpha": lambda self, t: self.sqrt_alpha(t),
        "alpha_bar": lambda self, t: self.sqrt_alpha_bar(t),
        "kernel": lambda self, t: (self.alpha(t), self.beta(t)),
        "prior": lambda self: (sp.Integer(0), sp.Integer(2)),
    }
    for name, claim in claims.items():
        assert check(claim), name
        with monkeypatch.context() as patch:
            patch.setattr(Canon, name, changed[name])
            derived.forget()
            assert not check(claim), name
        derived.forget()


def test_the_posterior_is_computed():
    x_t, x_0, var = derived.posterior(Canon(1), ("t", 0))
    a, c = unit("a[t+0]"), unit("c[t-1]")
    bar = a**2 * c**2
    assert is_zero(var - (1 - a**2) * (1 - c**2) / (1 - bar))
    assert is_zero(x_t - a * (1 - c**2) / (1 - bar))
    assert is_zero(x_0 - c * (1 - a**2) / (1 - bar))


def test_roots_and_signs_are_exact():
    a, c = unit("a[t+0]"), unit("c[t-1]")
    root = sqrt(1 - a**2 * c**2)
    assert is_zero(root**2 - (1 - a**2 * c**2))
    assert not is_zero(root - (1 - a * c))
    assert is_zero(sqrt((1 - a) ** 2 * (1 - c)) - (1 - a) * sqrt(1 - c))
    assert sign(1 - a**2 * c**2) == 1
    assert sign(a * c - 1) == -1
    assert sign(a - c) is None


@pytest.mark.parametrize("label", [n for n in labels() if n.startswith("eq-")][:3])
def test_printed_equations_are_at_hand(label):
    from ddpm_lite.proof import equation

    found = equation(label)
    assert found.latex
    assert found.lhs is not None
    assert found._repr_latex_().startswith("$")


def test_the_label_file_is_in_step(pytestconfig):
    """Lines move with every sentence; text, file and order may not differ."""

    def bare(table):
        return [(k, {**v, "line": 0}) for k, v in table.items()]

    book = collect(pytestconfig.rootpath / "book")
    stored = json.loads(TARGET.read_text(encoding="utf-8"))
    assert bare(stored) == bare(json.loads(render(book)))
