"""Gaussian against torch.distributions, and its grey-level masses against 50 digits."""

import math
from dataclasses import FrozenInstanceError

import mpmath as mp
import pytest
import torch
from torch import Tensor
from torch.distributions import Normal, kl_divergence

from ddpm_lite.gaussian import Gaussian

mp.mp.dps = 50
LEVELS = torch.arange(256, dtype=torch.float64) / 127.5 - 1


def pair(shape: tuple[int, ...] = (3, 2, 4), seed: int = 0) -> tuple[Gaussian, ...]:
    """Two Gaussians with different means and variances in every pixel."""
    g = torch.Generator().manual_seed(seed)

    def one() -> Gaussian:
        mean = torch.randn(shape, generator=g, dtype=torch.float64)
        var = torch.rand(shape, generator=g, dtype=torch.float64) * 3 + 0.01
        return Gaussian(mean, var)

    return one(), one()


def test_log_prob_is_the_sum_over_one_example() -> None:
    q, p = pair()
    x = p.mean
    theirs = Normal(q.mean, q.var.sqrt()).log_prob(x).sum((1, 2))
    assert q.log_prob(x).shape == (3,)
    torch.testing.assert_close(q.log_prob(x), theirs, rtol=1e-12, atol=0)
    # The slip this guards: a variance read as a standard deviation.
    slipped = Normal(q.mean, q.var).log_prob(x).sum((1, 2))
    assert bool(((q.log_prob(x) - slipped).abs() > 0.1).all())


def test_one_variance_per_image_counts_for_every_pixel() -> None:
    mean = torch.zeros(2, 1, 28, 28, dtype=torch.float64)
    var = torch.tensor([0.5, 2.0], dtype=torch.float64).reshape(2, 1, 1, 1)
    found = Gaussian(mean, var).log_prob(mean)
    assert found.tolist() == pytest.approx(
        [-392 * math.log(math.pi), -392 * math.log(4 * math.pi)]
    )
    wide = Gaussian(mean, torch.ones(1, dtype=torch.float64))
    ratio = Gaussian(mean, var).kl(wide)
    assert ratio.tolist() == pytest.approx(
        [392 * (v - 1 - math.log(v)) for v in (0.5, 2.0)]
    )


def test_kl_is_theirs_and_points_one_way() -> None:
    q, p = pair()
    theirs = kl_divergence(Normal(q.mean, q.std), Normal(p.mean, p.std)).sum((1, 2))
    torch.testing.assert_close(q.kl(p), theirs, rtol=1e-12, atol=0)
    assert bool((q.kl(p) > 0).all())
    assert bool(((q.kl(p) - p.kl(q)).abs() > 0.1).all())
    assert q.kl(q).abs().max() < 1e-14


def test_kl_is_the_mean_log_ratio() -> None:
    q, p = pair((1, 3))
    n = 200_000
    g = torch.Generator().manual_seed(1)
    many = Gaussian(q.mean.expand(n, 3), q.var.expand(n, 3))
    x = many.sample(g)
    log_ratio = many.log_prob(x) - Gaussian(p.mean.expand(n, 3), p.var).log_prob(x)
    error = log_ratio.mean() - q.kl(p)
    assert abs(float(error / (log_ratio.std() / n**0.5))) < 4.5


def test_sample_is_mean_plus_std_times_the_generators_noise() -> None:
    mean = torch.full((2, 1, 28, 28), 3.0)
    var = torch.full((2, 1, 1, 1), 4.0)
    g = torch.Generator().manual_seed(7)
    found = Gaussian(mean, var).sample(g)
    g.manual_seed(7)
    torch.testing.assert_close(found, 3 + 2 * torch.randn(mean.shape, generator=g))
    point = Gaussian(mean, torch.zeros(1)).sample(g)
    assert bool((point == mean).all())


@pytest.mark.parametrize("mean", [-3.0, -1.0, -0.4, 0.0, 0.999, 1.0, 1.2])
@pytest.mark.parametrize("var", [1e-6, 1e-4, 1e-2, 1.0])
def test_the_grey_levels_masses_sum_to_one(mean: float, var: float) -> None:
    means = torch.full((256, 1), mean, dtype=torch.float64)
    here = Gaussian(means, torch.tensor(var, dtype=torch.float64))
    mass = here.log_mass(LEVELS[:, None])
    assert bool((mass <= 0).all())
    assert float(mass.logsumexp(0)) == pytest.approx(0, abs=1e-12)


def exact_log_mass(x: Tensor, mean: float, var: float, half: str) -> list[float]:
    """log of Φ(upper) − Φ(lower) in 50 digits; the outer bins reach to ∞."""
    mean_, sd, width = mp.mpf(mean), mp.sqrt(mp.mpf(var)), mp.mpf(eval_half(half))
    found = []
    for level in x.tolist():
        here = mp.mpf(level)
        low = -mp.inf if level < -0.999 else (here - width - mean_) / sd
        high = mp.inf if level > 0.999 else (here + width - mean_) / sd
        # The upper tail is mirrored, so that nothing cancels even in 50 digits.
        low, high = (-high, -low) if low > 0 else (low, high)
        found.append(float(mp.log(mp.ncdf(high) - mp.ncdf(low))))
    return found


def eval_half(half: str) -> mp.mpf:
    """ "1/255" → the number, exactly."""
    over, under = half.split("/")
    return mp.mpf(over) / mp.mpf(under)


@pytest.mark.parametrize(
    ("mean", "var"), [(0.3, 1e-4), (-0.999, 1e-4), (1.05, 4e-4), (0.0, 1.0), (5.0, 0.1)]
)
def test_log_mass_to_its_far_tails(mean: float, var: float) -> None:
    x = LEVELS[[0, 1, 100, 127, 165, 254, 255]]
    means = torch.full((7, 1), mean, dtype=torch.float64)
    here = Gaussian(means, torch.tensor(var, dtype=torch.float64))
    found = here.log_mass(x[:, None]).tolist()
    assert found == pytest.approx(exact_log_mass(x, mean, var, "1/255"), rel=1e-9)
    # What the comparison catches: bins of another width.
    for slip in ("1/256", "2/255"):
        wrong = exact_log_mass(x, mean, var, slip)
        assert found != pytest.approx(wrong, rel=1e-6)


def test_log_mass_needs_its_outer_bins() -> None:
    """With closed outer bins a mean just outside [−1, 1] would lose its mass."""
    mean = torch.tensor([[1.2]], dtype=torch.float64)
    here = Gaussian(mean, torch.tensor(1e-4, dtype=torch.float64))
    assert float(here.log_mass(torch.ones(1, 1).double())) > -1e-12
    narrow = Normal(1.2, 0.01)
    edges = torch.tensor([1 - 1 / 255, 1 + 1 / 255], dtype=torch.float64)
    closed = float(narrow.cdf(edges[1]) - narrow.cdf(edges[0]))
    assert closed < 1e-12


def test_log_mass_in_float32_stays_finite() -> None:
    x = LEVELS.float()[:, None]
    here = Gaussian(torch.full((256, 1), 0.5), torch.tensor(1e-4))
    assert bool(torch.isfinite(here.log_mass(x)).all())


@pytest.mark.parametrize("var", [1e24, 1e34])
def test_the_widest_gaussian_still_gives_a_number(var: float) -> None:
    """A bin's two ends have one and the same log Φ there: no mass, but no NaN."""
    wide = Gaussian(torch.zeros(3, 1).double(), torch.tensor(var).double())
    mass = wide.log_mass(LEVELS[[0, 100, 255], None])
    assert bool(torch.isfinite(mass).all())
    assert mass.tolist()[0] == pytest.approx(math.log(0.5))
    assert float(mass[1]) < -20


def test_a_batch_of_numbers_is_a_batch() -> None:
    x = torch.tensor([0.0, 1.0, 2.0])
    found = Gaussian(torch.zeros(3), torch.ones(3)).log_prob(x)
    torch.testing.assert_close(found, Normal(0.0, 1.0).log_prob(x))


def test_a_gaussian_cannot_be_changed() -> None:
    with pytest.raises(FrozenInstanceError):
        pair()[0].var = torch.ones(1)  # type: ignore[misc]  # on purpose


def test_picking_examples_keeps_their_own_variance() -> None:
    q, _ = pair()
    chosen = torch.tensor([True, False, True])
    assert torch.equal(q[chosen].var, q.var[chosen])
    assert torch.equal(q[chosen].mean, q.mean[chosen])


@pytest.mark.parametrize("var", [-1e-9, math.nan, math.inf])
def test_no_such_variance(var: float) -> None:
    with pytest.raises(ValueError, match="must be finite and ≥ 0") as caught:
        Gaussian(torch.zeros(2, 3), torch.tensor(var))
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize("what", ["log_prob", "log_mass", "kl"])
def test_a_point_has_no_density(what: str) -> None:
    point = Gaussian(torch.zeros(2, 3), torch.zeros(2, 1))
    wide = Gaussian(torch.zeros(2, 3), torch.ones(2, 1))
    argument = wide if what == "kl" else torch.zeros(2, 3)
    with pytest.raises(ValueError, match="t = 1, whose term is L_0") as caught:
        getattr(point, what)(argument)
    assert "\n" not in str(caught.value)
    if what == "kl":
        with pytest.raises(ValueError, match="a variance is 0"):
            wide.kl(point)
