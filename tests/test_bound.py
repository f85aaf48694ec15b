"""The bound against a world where everything is known: one real number, Gaussian.

x_0 ~ 𝒩(m, s²) and the best affine network. The parts of −ELBO are expectations of
quadratics in x_0 and ε, so four equally likely points, x_0 = m ± s and ε = ±1, give
them exactly: no sampling, float64, through the code that measures digits.
"""

import math
from dataclasses import FrozenInstanceError, replace

import numpy as np
import pytest
import torch
from scipy.stats import norm
from torch import Tensor

from ddpm_lite import bound as room
from ddpm_lite.bound import Bound, Choice, bound, choices, strata, visits
from ddpm_lite.diffusion import Variance, predict_x_0, q_marginal, q_posterior
from ddpm_lite.digits import embedded, to_unit
from ddpm_lite.gaussian import Gaussian
from ddpm_lite.schedule import Schedule, cosine, linear, log_snr
from ddpm_lite.variance import optimal_variance

M = 0.3
SHORT = linear(20)


class AffineNet:
    """E[ε|x_t] for x_0 ~ 𝒩(m, s²)."""

    predicts = "epsilon"

    def __init__(self, schedule: Schedule, s2: float) -> None:
        self.a = schedule.alpha_bar.sqrt()
        self.noise = 1 - schedule.alpha_bar
        self.marginal = schedule.alpha_bar * s2 + self.noise

    def __call__(self, x_t: Tensor, t: Tensor, y: Tensor | None = None) -> Tensor:
        a, noise, marginal = (
            table[t].reshape(-1, 1) for table in (self.a, self.noise, self.marginal)
        )
        return noise.sqrt() / marginal * (x_t - a * M)


def measured(
    schedule: Schedule, variance: Variance, s2: float = 0.25, clip: bool = False
) -> Bound:
    s = math.sqrt(s2)
    x_0 = torch.tensor([[M + s], [M + s], [M - s], [M - s]], dtype=torch.float64)
    signs = torch.tensor([[1.0], [-1.0], [1.0], [-1.0]], dtype=torch.float64)
    return bound(
        AffineNet(schedule, s2),
        schedule,
        x_0,
        [Choice("oracle", variance, clip)],
        times=None,
        decoder="density",
        draw=lambda q: q.mean + q.std * signs,
    )[0]


def best_table(schedule: Schedule, s2: float) -> Tensor:
    """σ_q² + c_0² Var(x_0|x_t), from the conditional variance of two Gaussians."""
    a, noise = schedule.alpha_bar, 1 - schedule.alpha_bar
    left = s2 * noise / (a * s2 + noise)
    return schedule.posterior_variance + schedule.posterior_mean_x_0**2 * left


def entropy(s2: float) -> float:
    return 0.5 * math.log(2 * math.pi * math.e * s2)


def gap_at_T(schedule: Schedule, s2: float) -> float:
    """D_KL(q(x_T) ‖ 𝒩(0, 1)) in closed form: all that even the best p_θ must pay."""
    a = float(schedule.alpha_bar[-1])
    var, mean_2 = a * s2 + 1 - a, a * M**2
    return 0.5 * (var - 1 - math.log(var) + mean_2)


@pytest.mark.parametrize("schedule", [linear(10), linear(1000), cosine(50)])
@pytest.mark.parametrize("s2", [0.25, 1.0])
def test_with_the_best_variance_only_the_prior_gap_is_lost(
    schedule: Schedule, s2: float
) -> None:
    found = measured(schedule, best_table(schedule, s2), s2)
    assert found.exact
    gap = found.total.nats - entropy(s2)
    assert gap == pytest.approx(gap_at_T(schedule, s2), abs=1e-10)


def test_each_part_of_the_bound_is_the_published_one() -> None:
    found = measured(linear(1000), best_table(linear(1000), 0.25))
    assert found.prior.nats == pytest.approx(6.8613178e-6, abs=5e-14)
    assert found.steps.nats == pytest.approx(3.9121679, abs=5e-8)
    assert found.last.nats == pytest.approx(-3.1863816, abs=5e-8)
    assert found.total.nats == pytest.approx(0.7257932, abs=5e-8)
    assert found.by_time[2:].sum().item() == pytest.approx(found.steps.nats)


@pytest.mark.parametrize(
    ("variance", "s2", "gap"),
    [
        ("beta", 0.25, 0.00109407),
        ("posterior", 0.25, 0.56992775),
        ("beta", 1.0, 1.81612e-6),  # β is the best there is for unit variance
    ],
)
def test_fixed_variances_lose_what_theory_says(
    variance: Variance, s2: float, gap: float
) -> None:
    found = measured(linear(1000), variance, s2)
    assert found.total.nats - entropy(s2) == pytest.approx(gap, rel=2e-6)


def wrong_last(schedule: Schedule, variance: Variance, like: Tensor) -> Tensor:
    return schedule.beta[2].to(like)


def std_for_variance(schedule: Schedule, variance: Variance) -> Tensor:
    return best_table(schedule, 1.0).sqrt()


def early_posterior(s: Schedule, x_t: Tensor, x_0: Tensor, t: Tensor) -> Gaussian:
    return q_posterior(s, x_t, x_0, (t - 1).clamp(min=2))


def late_marginal(schedule: Schedule, x_0: Tensor, t: Tensor) -> Gaussian:
    return q_marginal(schedule, x_0, (t + 1).clamp(max=schedule.T))


def late_network(net: AffineNet, s: Schedule, x: Tensor, t: Tensor, y: None) -> Tensor:
    def told(x_t: Tensor, when: Tensor) -> Tensor:
        return net(x_t, (when + 1).clamp(max=s.T))

    told.predicts = net.predicts  # type: ignore[attr-defined]
    return predict_x_0(told, s, x, t)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("name", "slip"),
    [
        ("last_variance", wrong_last),
        ("variance_table", std_for_variance),
        ("q_posterior", early_posterior),
        ("q_marginal", late_marginal),
        ("predict_x_0", late_network),
    ],
)
def test_slips_in_the_bound_are_caught(
    name: str, slip: object, monkeypatch: pytest.MonkeyPatch
) -> None:
    schedule = linear(100)
    right = measured(schedule, best_table(schedule, 1.0), 1.0).total.nats
    monkeypatch.setattr(room, name, slip)
    wrong = measured(schedule, best_table(schedule, 1.0), 1.0).total.nats
    assert abs(wrong - right) > 1e-5


def test_clipping_changes_the_model_and_the_oracle_notices() -> None:
    schedule = linear(100)  # x_0 = m ± 1 leaves [−1, 1]
    gap = gap_at_T(schedule, 1.0)
    clipped = measured(schedule, best_table(schedule, 1.0), 1.0, clip=True)
    assert clipped.total.nats - entropy(1.0) > gap + 1e-3


@pytest.mark.parametrize(("times", "within"), [(None, 1e-10), (25, 0.05)])
@pytest.mark.parametrize("schedule", [linear(200), cosine(1000)])
def test_measured_optimal_variance_is_the_analytic_one(
    schedule: Schedule, times: int | None, within: float
) -> None:
    s = 0.5
    x_0 = torch.tensor([[M + s], [M + s], [M - s], [M - s]], dtype=torch.float64)
    signs = torch.tensor([[1.0], [-1.0], [1.0], [-1.0]], dtype=torch.float64)
    tables = optimal_variance(
        AffineNet(schedule, s**2),
        schedule,
        x_0,
        times=times,
        generator=torch.Generator().manual_seed(0),
        decoder="density",
        draw=lambda q: q.mean + q.std * signs,
    )
    torch.testing.assert_close(
        tables[False], best_table(schedule, s**2), rtol=within, atol=0
    )


@pytest.mark.parametrize(
    ("T", "times"),
    [(1000, 25), (1000, 999), (1000, 1), (9, 2), (7, 3), (2, 1), (5, 25), (1, 9)],
)
def test_strata_cover_every_time_once(T: int, times: int) -> None:
    parts = strata(T, times)
    assert len(parts) == min(times, T - 1)
    assert [t for part in parts for t in part] == list(range(2, T + 1))


def test_strata_grow_as_the_square_of_their_rank_and_T_stands_alone() -> None:
    parts = strata(1000, 25)
    ends = [part[-1] for part in parts]
    for k, end in enumerate(ends[:-1], 1):
        assert abs((end - 1) - 998 * (k / 24) ** 2) <= 0.5
    assert ends[-2:] == [999, 1000]
    lengths = [len(part) for part in strata(60, 40)]
    assert lengths[:20] == [1] * 20  # where the square would give less than one
    assert min(lengths) == 1


def where(count: int, part: range, seed: int) -> list[int]:
    """The time at which each of ``count`` images is visited."""
    g = torch.Generator().manual_seed(seed)
    times: dict[int, int] = {}
    for rows, t, _ in visits(SHORT, torch.zeros(count, 1), part, g, 8, None):
        times |= dict(zip(rows.tolist(), t.tolist(), strict=True))
    return [times[row] for row in range(count)]


@pytest.mark.parametrize("part", [range(5, 6), range(5, 7), range(5, 9)])
def test_every_image_is_visited_once_and_every_time_equally_often(part: range) -> None:
    """8 images; for each of them alone, 400 draws are uniform on the part."""
    drawn = np.array([where(8, part, seed) for seed in range(400)])
    for draw in drawn[:50]:
        assert np.bincount(draw)[part].tolist() == [8 // len(part)] * len(part)
    chance = 1 / len(part)
    error = math.sqrt(400 * chance * (1 - chance))
    for image in drawn.T:
        count = np.bincount(image, minlength=part[-1] + 1)[part]
        assert abs(count - 400 * chance).max() <= 4.5 * error


def test_images_that_do_not_go_into_the_part_share_its_times_fairly() -> None:
    """10 images on 4 times: each time 2 or 3 of them, and 2.5 in the mean."""
    drawn = np.array([np.bincount(where(10, range(5, 9), s))[5:] for s in range(100)])
    assert set(drawn.flatten()) == {2, 3}
    assert abs(drawn.mean(0) - 2.5).max() < 4.5 * 0.5 / 10


def test_the_last_of_all_shifts_stays_in_its_part(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    almost = torch.tensor(1 - 2**-53, dtype=torch.float64)
    monkeypatch.setattr(torch, "rand", lambda *_, **__: almost)
    assert max(where(1000, range(5, 9), 0)) == 8


def test_one_time_asks_for_no_chance() -> None:
    g = torch.Generator().manual_seed(0)
    before = g.get_state()
    list(visits(linear(9), torch.zeros(4, 1), range(5, 6), g, 3, lambda q: q.mean))
    assert torch.equal(g.get_state(), before)


def test_the_labels_of_each_batch_reach_the_network_and_no_gradient_does() -> None:
    told = []

    class Spy(AffineNet):
        def __call__(self, x_t: Tensor, t: Tensor, y: Tensor | None = None) -> Tensor:
            assert not torch.is_grad_enabled()
            told.append(None if y is None else y.tolist())
            return super().__call__(x_t, t)

    x_0, y = torch.zeros(3, 1).double(), torch.tensor([7, 8, 9])
    net = Spy(linear(2), 1.0)
    bound(net, linear(2), x_0, times=1, decoder="density", batch=2, y=y)
    assert told == [[7, 8], [9]] * 2


def test_the_default_is_four_models_at_25_times_and_one_image_has_no_error(
    recwarn: pytest.WarningsRecorder,
) -> None:
    schedule = linear(30)
    wanted = [("posterior", False), ("posterior", True), ("beta", False)]
    wanted += [("beta", True)]
    assert [(c.name, c.clip) for c in choices()] == wanted
    assert [c.variance for c in choices()] == [name for name, _ in wanted]
    tables = {True: schedule.beta, False: schedule.beta / 2}
    for found in choices(tables)[4:]:
        assert found.name == "optimal"
        assert found.variance is tables[found.clip]
    one = torch.zeros(1, 1).double()
    for alone in bound(AffineNet(schedule, 1.0), schedule, one, decoder="density"):
        assert alone.times == 25
        assert math.isnan(alone.total.se)
        assert math.isfinite(alone.total.nats)
    assert not recwarn.list


def test_standard_errors_are_those_of_a_mean() -> None:
    schedule = linear(5)
    g = torch.Generator().manual_seed(0)
    for count in (2, 7):
        x_0 = torch.randn(count, 3, generator=g, dtype=torch.float64)
        net = AffineNet(schedule, 1.0)
        found = bound(net, schedule, x_0, [Choice("β", "beta", False)], None, g,
                      decoder="density")[0]  # fmt: skip
        se = np.std(found.by_image.numpy(), ddof=1) / math.sqrt(count)
        assert found.total.se == pytest.approx(se)
        assert found.total.bits_per_dim_se == pytest.approx(se / 3 / math.log(2))
        assert found.total.bits_per_dim == pytest.approx(
            found.total.nats / 3 / math.log(2)
        )


def test_clipping_keeps_a_guess_in_the_range_of_pixels_and_no_further() -> None:
    """A network that shouts three times x_0 ∈ {−1, 1} is right once it is clipped."""
    schedule = linear(6)
    x_0 = torch.tensor([[-1.0, 1.0], [1.0, 1.0]], dtype=torch.float64)

    class Shouts:
        predicts = "x_0"
        loud = 3.0

        def __call__(self, x_t: Tensor, t: Tensor, y: Tensor | None = None) -> Tensor:
            return self.loud * x_0

    net = Shouts()

    def steps(clip: bool) -> float:
        model = [Choice("σ", "posterior", clip)]
        return bound(net, schedule, x_0, model, None, decoder="density")[0].steps.nats

    assert steps(True) == 0
    assert steps(False) > 1
    net.loud = 0.5
    assert steps(True) == pytest.approx(steps(False), rel=1e-12)


def test_what_was_found_cannot_be_changed() -> None:
    found = measured(linear(3), "beta")
    for thing, name in (
        (found, "times"),
        (found.total, "nats"),
        (found.choice, "clip"),
    ):
        with pytest.raises(FrozenInstanceError):
            setattr(thing, name, 0)
    assert replace(found) != found  # and is never compared by number
    assert Choice("a", linear(3).beta, True) != Choice("a", linear(3).beta, True)


def test_strata_estimate_the_exact_sum_without_bias() -> None:
    schedule = log_snr(60)
    generator = torch.Generator().manual_seed(1)
    x_0 = M + 0.5 * torch.randn(4000, 1, generator=generator, dtype=torch.float64)
    net = AffineNet(schedule, 0.25)
    model = [Choice("β", "beta", False)]

    def run(times: int | None) -> Bound:
        return bound(
            net, schedule, x_0, model, times, generator, decoder="density", batch=4000
        )[0]

    few, all_of_them = run(5), run(None)
    for found in (few, all_of_them):
        assert found.by_image.mean().item() == pytest.approx(found.total.nats)
    assert not few.exact
    assert few.times == 5
    error = abs(few.steps.nats - all_of_them.steps.nats)
    assert error < 4 * math.hypot(few.steps.se, all_of_them.steps.se)
    assert few.steps.se < 0.05 * few.steps.nats


def test_grey_levels_are_paid_for_at_t_1() -> None:
    """A network that knows x_0 still pays for reading it through σ_1, clipped or not.

    The price is computed apart, pixel by pixel, from SciPy's normal distribution.
    """
    schedule, x_0 = linear(1000), to_unit(embedded().images[:100])

    class Knows:
        predicts = "x_0"

        def __call__(self, x_t: Tensor, t: Tensor, y: Tensor | None = None) -> Tensor:
            return x_0

    found = bound(Knows(), schedule, x_0, choices(), times=2)  # type: ignore[arg-type]
    x, half = x_0.double().numpy(), 1 / 255
    for measured_one in found:
        posterior = measured_one.choice.name == "posterior"
        var = schedule.posterior_variance[2] if posterior else schedule.beta[1]
        std = math.sqrt(var)
        below = np.where(x < -1 + half, 0.0, norm.cdf(-half / std))
        above = np.where(x > 1 - half, 0.0, norm.sf(half / std))
        price = -np.log2(1 - below - above).mean()
        assert measured_one.last.bits_per_dim == pytest.approx(price, rel=1e-6)
        if posterior:
            assert measured_one.steps.nats == 0
        else:
            assert measured_one.steps.nats > 0


def test_bad_numbers_are_refused() -> None:
    schedule = linear(10)
    with pytest.raises(ValueError, match="times must be at least 1"):
        strata(10, 0)
    with pytest.raises(ValueError, match="at least one"):
        bound(AffineNet(schedule, 1.0), schedule, torch.empty(0, 1), decoder="density")
    pixels = torch.full((1, 1, 28, 28), 255.0)
    with pytest.raises(ValueError, match="to_unit"):
        bound(AffineNet(schedule, 1.0), schedule, pixels)

    class Broken(AffineNet):
        def __call__(self, x_t: Tensor, t: Tensor, y: Tensor | None = None) -> Tensor:
            return x_t * math.nan

    x_0 = torch.zeros(2, 1, dtype=torch.float64)
    with pytest.raises(ValueError, match="not finite"):
        bound(Broken(schedule, 1.0), schedule, x_0, times=2, decoder="density")
