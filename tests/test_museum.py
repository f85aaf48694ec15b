"""`land` is exact: against a chain that is exact by theory, and against samples."""

import math

import pytest
import torch
from torch import Tensor

from ddpm_lite.diffusion import p_reverse
from ddpm_lite.figures.museum import land, landings, strips
from ddpm_lite.gaussian import Gaussian
from ddpm_lite.schedule import Schedule, linear
from ddpm_lite.toys import Exact, GaussianData

WORLD = GaussianData(mean=1.0, var=0.25)


def test_the_true_reverse_chain_lands_on_the_data() -> None:
    schedule = linear(1000)
    net = Exact(WORLD, schedule)
    # Var(x_{t-1}|x_t) = σ_q² + c_0² Var(x_0|x_t), for Gaussian data.
    left = WORLD.var * schedule.noise_variance
    left = left / (schedule.alpha_bar * WORLD.var + schedule.noise_variance)
    exact = schedule.posterior_variance + schedule.posterior_mean_x_0**2 * left

    def step(x_t: Tensor, t: Tensor) -> Gaussian:
        return p_reverse(net, schedule, x_t, t, exact)

    mean, var = land(schedule, step, noise_at_end=True)
    # All that is left is that x_T starts from N(0, 1), not from q(x_T).
    assert mean == pytest.approx(1, abs=2e-5)
    assert var == pytest.approx(0.25, abs=1e-6)


@pytest.mark.parametrize("noise_at_end", [False, True])
def test_samples_agree(noise_at_end: bool) -> None:
    schedule = Schedule(torch.tensor([0.1, 0.2, 0.3]))
    net = Exact(WORLD, schedule)

    def step(x_t: Tensor, t: Tensor) -> Gaussian:
        return p_reverse(net, schedule, x_t, t, "beta")

    g, count = torch.Generator().manual_seed(0), 100_000
    x = torch.randn((count, 1), generator=g, dtype=torch.float64)
    for t in (3, 2, 1):
        law = step(x, torch.full((count,), t))
        x = law.sample(g) if t > 1 or noise_at_end else law.mean
    mean, var = land(schedule, step, noise_at_end)
    assert abs(float(x.mean()) - mean) < 5 * math.sqrt(var / count)
    assert abs(float(x.var()) - var) < 5 * var * math.sqrt(2 / count)


def test_pictures_show_every_row() -> None:
    images = torch.zeros(3, 1, 28, 28)
    figure = strips({"above": images, "below": images}, ["a", "b", "c"])
    assert len(figure.axes) == 6
    bars = landings({"right": (1.0, 0.25), "wrong": (0.0, 4.0)}, "right")
    names = [label.get_text() for label in bars.axes[0].get_yticklabels()]
    assert names == ["right", "wrong"]
