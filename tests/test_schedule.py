"""Every table against the exact formulas in 50 digits, and against published values."""

import math
import re
from collections.abc import Callable
from dataclasses import FrozenInstanceError

import mpmath as mp
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from mpmath import mpf

from ddpm_lite import schedule as schedules
from ddpm_lite.schedule import Schedule, at
from fuzzing import examples

mp.mp.dps = 50
NAMES = ("linear", "cosine", "sigmoid", "log_snr")
Exact = dict[str, list[mpf]]


def exact_tables(betas: list[mpf]) -> Exact:
    """From β_1 … β_T, by nothing but the definitions and ᾱ_0 = 1; index 0 is t = 0."""
    beta = [mpf(0), *betas]
    alpha = [1 - b for b in beta]
    bar = [mpf(1)]
    for a in alpha[1:]:
        bar.append(bar[-1] * a)
    before = [mpf(1), *bar[:-1]]
    noise = [1 - b for b in bar]
    steps = range(1, len(beta))
    return {
        "beta": beta,
        "alpha": alpha,
        "alpha_bar": bar,
        "alpha_bar_previous": before,
        "noise_variance": noise,
        "posterior_variance": [
            mpf(0),
            *(beta[t] * (1 - before[t]) / noise[t] for t in steps),
        ],
        "posterior_mean_x_0": [
            mpf(1),
            *(mp.sqrt(before[t]) * beta[t] / noise[t] for t in steps),
        ],
        "posterior_mean_x_t": [
            mpf(0),
            *(mp.sqrt(alpha[t]) * (1 - before[t]) / noise[t] for t in steps),
        ],
        "snr": [mp.inf, *(bar[t] / noise[t] for t in steps)],
    }


def worst(table: torch.Tensor, exact: list[mpf]) -> float:
    """Largest relative error; where the exact value is 0 or ∞ it must be hit."""
    errors = [0.0]
    assert len(table) == len(exact)
    for value, true in zip(table.tolist(), exact, strict=True):
        if true == 0 or mp.isinf(true):
            errors.append(0.0 if value == true else math.inf)
        else:
            errors.append(float(abs(value - true) / abs(true)))
    return max(errors)


@pytest.fixture(scope="module")
def exact() -> dict[str, Exact]:
    """The exact tables of the four schedules, from the β as they are stored."""
    return {
        name: exact_tables([mpf(b) for b in schedules.make(name).betas.tolist()])
        for name in NAMES
    }


@pytest.mark.parametrize("name", NAMES)
def test_every_table_is_its_formula_at_every_t(
    name: str, exact: dict[str, Exact]
) -> None:
    schedule = schedules.make(name)
    for table, true in exact[name].items():
        assert worst(getattr(schedule, table), true) < 1e-12, table


MUTANTS: dict[str, Callable[[Exact, int], mpf]] = {
    "posterior_variance": lambda e, t: e["beta"][t] * e["noise_variance"][t - 1],
    "posterior_mean_x_0": lambda e, t: (  # √α_{t−1} for √ᾱ_{t−1}: right at t = 2
        mp.sqrt(e["alpha"][t - 1]) * e["beta"][t] / e["noise_variance"][t]
    ),
    "posterior_mean_x_t": lambda e, t: (  # √ᾱ_t for √α_t: right at t = 1
        mp.sqrt(e["alpha_bar"][t]) * e["noise_variance"][t - 1] / e["noise_variance"][t]
    ),
    "noise_variance": lambda e, t: 1 - e["alpha"][t],
    "alpha_bar": lambda e, t: e["alpha_bar"][t - 1],
}


@pytest.mark.parametrize("table", MUTANTS)
def test_the_comparison_rejects_a_slip(table: str, exact: dict[str, Exact]) -> None:
    schedule = schedules.linear()
    tables = exact["linear"]
    slipped = [tables[table][0]]
    slipped += [MUTANTS[table](tables, t) for t in range(1, 1001)]
    assert worst(getattr(schedule, table), slipped) > 1e-3


def exact_signal(name: str, T: int) -> list[mpf]:
    """ᾱ_0 … ᾱ_T as the papers define them, before any cap."""
    u = [mpf(t) / T for t in range(T + 1)]
    if name == "cosine":
        s = mpf(0.008)  # the float that the code is given
        return [mp.cos((v + s) / (1 + s) * mp.pi / 2) ** 2 for v in u]
    return [1 / (1 + mp.exp(6 * v - 3)) - 1 / (1 + mp.exp(3)) for v in u]


@pytest.mark.parametrize("name", ["cosine", "sigmoid"])
def test_beta_of_a_signal_curve(name: str) -> None:
    signal = exact_signal(name, 1000)
    pairs = zip(signal[1:], signal[:-1], strict=True)
    beta = [min(1 - here / before, mpf(0.999)) for here, before in pairs]
    table = schedules.make(name).betas
    # β = 1 − ratio loses the digits that lie before it: absolute, not relative.
    error = max(abs(b - e) for b, e in zip(table.tolist(), beta, strict=True))
    assert error < 1e-12


def test_beta_of_linear_and_log_snr() -> None:
    first, last = mpf("1e-4"), mpf("0.02")
    linear = [first + (last - first) * t / 999 for t in range(1000)]
    assert worst(schedules.linear().betas, linear) < 1e-12
    log_snr = [10 - mpf(20) * t / 999 for t in range(1000)]
    bar = [mpf(1), *(1 / (1 + mp.exp(-x)) for x in log_snr)]
    beta = [1 - bar[t] / bar[t - 1] for t in range(1, 1001)]
    table = schedules.log_snr()
    assert worst(table.betas, beta) < 1e-10
    straight = torch.linspace(10, -10, 1000, dtype=torch.float64)
    torch.testing.assert_close(table.snr[1:].log(), straight, rtol=0, atol=1e-10)


# t: β_t, ᾱ_t, σ_q²(t), coefficient of x_0, of x_t; linear, T = 1000, from 50 digits.
GOLDEN_LINEAR = {
    1: (1e-4, 0.9999, 0.0, 1.0, 0.0),
    2: (
        1.1991991992e-4,
        0.999780092072,
        5.4531876613e-5,
        0.54529149951,
        0.454708498991,
    ),
    10: (
        2.79279279279e-4,
        0.998105204786,
        2.38182027823e-4,
        0.147273717431,
        0.852726226102,
    ),
    100: (
        2.07207207207e-3,
        0.897018145675,
        2.03459625949e-3,
        0.0190763453173,
        0.980896021316,
    ),
    500: (
        1.004004004e-2,
        0.0785872428818,
        1.00313554146e-2,
        3.07007111426e-3,
        0.99410667021,
    ),
    1000: (
        0.02,
        4.03582976538e-5,
        0.0199999835266,
        1.28351487172e-4,
        0.989948678268,
    ),
}


@pytest.mark.parametrize("t", GOLDEN_LINEAR)
def test_golden_values_of_linear(t: int) -> None:
    s = schedules.linear()
    names = ("beta", "alpha_bar", "posterior_variance")
    names += ("posterior_mean_x_0", "posterior_mean_x_t")
    found = [float(getattr(s, name)[t]) for name in names]
    assert found == pytest.approx(GOLDEN_LINEAR[t], rel=1e-10, abs=0)


def test_golden_values_of_cosine_and_sigmoid() -> None:
    c, s = schedules.cosine(), schedules.sigmoid()
    found = [c.beta[1], c.beta[2], c.beta[1000], c.alpha_bar[100], c.alpha_bar[500]]
    found += [c.alpha_bar[1000], c.posterior_variance[2]]
    found += [s.beta[1], s.alpha_bar[500], s.posterior_variance[2], s.alpha_bar[1000]]
    assert [float(x) for x in found] == pytest.approx(
        [
            4.12842248218e-5,
            4.61417527367e-5,
            0.999,
            0.972092737114,
            0.493843590441,
            2.42876690703e-9,
            2.17894961457e-5,
            3.00279199749e-4,
            0.5,
            1.50592269323e-4,
            3.00279199749e-7,
        ],
        rel=1e-10,
    )


@given(
    st.lists(st.floats(1e-6, 0.999), min_size=2, max_size=12),
)
@examples(60)
def test_what_holds_for_any_beta(betas: list[float]) -> None:
    s = Schedule(torch.tensor(betas, dtype=torch.float64))
    tables = (s.beta, s.alpha, s.alpha_bar, s.noise_variance, s.posterior_variance)
    for table in (*tables, s.snr, s.posterior_mean_x_0, s.posterior_mean_x_t):
        assert table.shape == (s.T + 1,)
        assert table.dtype == torch.float64
    assert s.alpha_bar[0] == 1  # the clean image sits at 0, nothing wraps
    assert s.posterior_variance[1] == 0
    whole = s.alpha_bar + s.noise_variance
    torch.testing.assert_close(whole, torch.ones_like(whole), rtol=1e-12, atol=0)
    assert bool((s.snr.diff() < 0).all())
    less = s.posterior_variance[2:] < s.beta[2:]
    seen = s.alpha_bar[1:-1] * s.beta[2:] > 1e-12  # the difference, where it has digits
    assert bool(less[seen].all())
    assert bool((s.posterior_variance[2:] <= s.beta[2:]).all())
    # The two coefficients add up to (√α + √ᾱ')/(1 + √(α ᾱ')): below one after t = 1.
    a, p = s.alpha[1:].sqrt(), s.alpha_bar[:-1].sqrt()
    total = (s.posterior_mean_x_0 + s.posterior_mean_x_t)[1:]
    torch.testing.assert_close(total, (a + p) / (1 + a * p), rtol=1e-9, atol=0)


@pytest.mark.parametrize("steps", [1, 2, 7, 50, 999, 1000])
@pytest.mark.parametrize("name", NAMES)
def test_respace_keeps_the_marginals(name: str, steps: int) -> None:
    full = schedules.make(name)
    short = full.respace(steps)
    kept = short.timesteps
    assert len(kept) == steps + 1
    assert kept[0] == 0
    assert kept[-1] == 1000
    assert bool((kept.diff() > 0).all())
    # Cosine ends at ᾱ_T = 2e-9: as 1 − β that number has lost nine digits.
    torch.testing.assert_close(
        short.alpha_bar, full.alpha_bar[kept], rtol=1e-11, atol=2e-16
    )


def test_respace_twice_remembers_the_first_times() -> None:
    twice = schedules.linear().respace(100).respace(10)
    assert twice.timesteps.tolist() == list(range(0, 1001, 100))


@pytest.mark.parametrize(
    ("make", "says"),
    [
        (lambda: schedules.linear(0), "at least one step, got T = 0"),
        (lambda: schedules.cosine(-3), "at least one step, got T = -3"),
        (lambda: Schedule(torch.tensor([])), "T must be at least 1"),
        (lambda: schedules.linear(10, 0.1, 1.0), "β_10 = 1"),
        (lambda: Schedule(torch.tensor([0.1, 0.0])), "β_2 = 0"),
        (lambda: Schedule(torch.tensor([0.1, -0.2])), "β_2 = -0.2"),
        (lambda: Schedule(torch.tensor([math.nan])), "β_1 = nan"),
        (lambda: schedules.make("square"), "linear, cosine, sigmoid, log_snr"),
        (lambda: schedules.log_snr(10, -1, 1), "must fall"),
        (lambda: schedules.log_snr(10, 1, 1), "must fall"),
        (lambda: Schedule(torch.tensor([0.1, -0.2, 2.0])), "β_2 = -0.2"),
        (lambda: schedules.make("linear:1:2:3"), "too many constants"),
        (lambda: schedules.linear().respace(0), "1…1000, got 0"),
        (lambda: schedules.linear().respace(1001), "1…1000, got 1001"),
    ],
)
def test_bad_input_is_one_sentence(make: Callable[[], object], says: str) -> None:
    with pytest.raises(ValueError, match=re.escape(says)) as caught:
        make()
    assert "\n" not in str(caught.value)


def test_constants_follow_the_name() -> None:
    asked = schedules.make("log_snr:13.3:-6", 20)
    assert torch.equal(asked.betas, schedules.log_snr(20, 13.3, -6).betas)


def test_a_schedule_is_itself_and_stays_as_it_is() -> None:
    """Two are never compared number by number, and none can be changed."""
    s = schedules.linear(5)
    assert s in {s: 1}
    assert s != schedules.linear(5)
    with pytest.raises(FrozenInstanceError):
        s.betas = torch.zeros(5)  # type: ignore[misc]  # on purpose


@pytest.mark.parametrize("name", NAMES)
def test_a_single_step_is_a_schedule(name: str) -> None:
    s = schedules.make(name, 1)
    assert s.T == 1
    assert s.posterior_variance.tolist() == [0, 0]
    assert 0 < float(s.beta[1]) < 1


def test_at_picks_one_number_per_image() -> None:
    s = schedules.linear()
    x = torch.zeros(3, 1, 28, 28)
    picked = at(s.beta, torch.tensor([1, 500, 1000]), x)
    assert picked.shape == (3, 1, 1, 1)
    assert picked.dtype == torch.float32
    assert picked.flatten().tolist() == pytest.approx([1e-4, 0.01004004, 0.02])
