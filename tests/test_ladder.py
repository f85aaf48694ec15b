"""The ladder experiment's two instruments: its network, and its three estimators."""

import torch

from ddpm_lite import schedule as schedules
from ddpm_lite.experiments.ladder import StraightLine, coins, terms
from ddpm_lite.schedule import Schedule


def test_straight_line_is_the_conditional_mean_of_gaussian_data():
    """With C and m of the images, E[x_0|x_t] by the matrix formula, at every t."""
    generator = torch.Generator().manual_seed(0)
    mix = torch.randn(3, 3, generator=generator, dtype=torch.float64)
    images = torch.randn(50, 3, generator=generator, dtype=torch.float64) @ mix + 0.4
    schedule = schedules.cosine(6)
    net = StraightLine(schedule, images)
    mean, covariance = images.mean(0), torch.cov(images.T)
    x_t = torch.randn(6, 3, generator=generator, dtype=torch.float64)
    guess = net(x_t, torch.arange(1, 7))
    for t in range(1, 7):
        a, noise = schedule.alpha_bar[t].sqrt(), schedule.noise_variance[t]
        total = a**2 * covariance + noise * torch.eye(3, dtype=torch.float64)
        gain = a * covariance @ torch.linalg.inv(total)
        expected = mean + gain @ (x_t[t - 1] - a * mean)
        assert torch.allclose(guess[t - 1], expected, atol=1e-10)


def test_three_rungs_have_the_mean_of_each_step():
    """A network that always says 0.3, so L_{t−1} is known; N = 40,000, each t.

    The constant that puts path and pair right is at least 0.17 nats here, over 17
    standard errors.
    """
    schedule = Schedule(torch.tensor([0.1, 0.2, 0.3, 0.4], dtype=torch.float64))

    class Always:
        predicts = "x_0"

        def __call__(self, x_t, t, y=None):
            return torch.full_like(x_t, 0.3)

    n = 40_000
    x_0 = torch.ones(n, 1, dtype=torch.float64)
    found = terms(Always(), schedule, x_0, torch.Generator().manual_seed(1))
    weight = (schedule.snr[1:-1] - schedule.snr[2:]) / 2
    for name, values in found.items():
        exact = weight * 0.7**2
        error = values.std(0) / n**0.5
        assert bool(((values.mean(0) - exact).abs() < 4.5 * error + 1e-12).all()), name
        assert float(error.max()) < 0.01


def test_one_draw_spreads_least():
    rungs = coins(20, 50, 3)
    assert rungs["one"]["std"] < rungs["path"]["std"] < rungs["pair"]["std"] / 2
