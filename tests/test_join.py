"""Where the two halves meet: the package's tables are the book's proved formulas.

The prover knows nothing of PyTorch and the chain nothing of the prover. Here each
coefficient table is compared with the right side of the equation as it is printed,
evaluated in 50 digits, at every t.
"""

from collections.abc import Callable

import mpmath as mp
import pytest
import sympy as sp
import torch

from ddpm_lite import schedule as schedules
from ddpm_lite.objectives import bound_weight
from ddpm_lite.proof import check, equation, parse
from ddpm_lite.schedule import Schedule

Table = Callable[[Schedule], torch.Tensor]

# label of the equation, which of its sides, and the table that it describes
TABLES: dict[str, tuple[int, Table]] = {
    "eq-posterior-variance": (-1, lambda s: s.posterior_variance),
    "eq-snr": (-1, lambda s: s.snr),
    "eq-weight-x0": (1, lambda s: bound_weight(s, "x_0")),
    "eq-weight-epsilon": (-1, lambda s: bound_weight(s, "epsilon")),
    "eq-weight-v": (-1, lambda s: bound_weight(s, "v")),
}


@pytest.fixture(params=schedules.SCHEDULES, scope="module")
def schedule(request: pytest.FixtureRequest) -> Schedule:
    return schedules.make(request.param, 1000)


def values(schedule: Schedule, expression: sp.Expr) -> list[mp.mpf]:
    """The expression at t = 2 … T, from the schedule's β alone, in 50 digits."""
    names = [
        *(parse(rf"\{letter}_t") for letter in ("alpha", "beta", r"bar\alpha")),
        parse(r"\bar\alpha_{t-1}"),
    ]
    function = sp.lambdify(names, expression, "mpmath")
    out, bar = [], mp.mpf(1)
    with mp.workdps(50):
        for beta in schedule.betas.tolist():
            before, alpha = bar, 1 - mp.mpf(beta)
            bar = before * alpha
            if before < 1:  # at t = 1 the weights are infinite
                out.append(function(alpha, mp.mpf(beta), bar, before))
    return out


def agree(table: torch.Tensor, exact: list[mp.mpf]) -> None:
    for value, true in zip(table[2:].tolist(), exact, strict=True):
        assert abs(value - true) <= 1e-12 * abs(true)


@pytest.mark.parametrize("label", TABLES)
def test_a_table_is_its_proved_formula(schedule: Schedule, label: str) -> None:
    side, table = TABLES[label]
    assert check(equation(label)).verdict in ("proved", "defines")
    agree(table(schedule), values(schedule, equation(label).sides[side]))


def test_a_formula_with_its_bar_dropped_does_not_agree() -> None:
    cosine = schedules.cosine(1000)
    slip = equation("eq-posterior-variance").rhs.subs(
        parse(r"\bar\alpha_{t-1}"), parse(r"\alpha_t")
    )
    with pytest.raises(AssertionError):
        agree(cosine.posterior_variance, values(cosine, slip))


def test_the_posterior_mean_is_its_proved_formula(schedule: Schedule) -> None:
    printed = equation("eq-posterior-mean")
    assert check(printed).verdict == "proved"
    mean = sp.expand(printed.rhs)
    x_0, x_t = parse("x_0"), parse("x_t")
    agree(schedule.posterior_mean_x_0, values(schedule, mean.coeff(x_0)))
    agree(schedule.posterior_mean_x_t, values(schedule, mean.coeff(x_t)))
