"""Chapter 11's experiment: equal starts, honest errors, and both halves apart."""

import pytest
import torch

from ddpm_lite import schedule as schedules
from ddpm_lite.digits import embedded
from ddpm_lite.experiments import steps
from ddpm_lite.experiments.steps import SAMPLERS, draw, frechet_se, measure
from ddpm_lite.metrics import frechet
from ddpm_lite.unet import UNet

SCHEDULE = schedules.cosine(40)


@pytest.fixture(scope="module")
def net() -> UNet:
    network, g = UNet((16, 16, 16), "epsilon"), torch.Generator().manual_seed(1)
    for p in network.parameters():
        torch.nn.init.normal_(p, std=0.1, generator=g)
    return network.eval().requires_grad_(False)


def test_all_samplers_start_alike_and_say_how_loud_they_are(
    net: UNet, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(steps, "BATCH", 2)
    walk = SCHEDULE.respace(4)
    loud = {}
    for sampler in SAMPLERS:
        x, square = draw(net, walk, sampler, 3, seed=5, best=walk.beta)
        assert x.shape == (3, 1, 28, 28)
        assert square.shape == (5, 3)
        own = x.square().mean((1, 2, 3))
        assert bool((own <= square[0] + 1e-6).all())
        loud[sampler] = square
    for square in loud.values():
        assert torch.equal(square[4], loud["ddim"][4])
        assert abs(float(square[4].mean()) - 1) < 0.2
    assert torch.equal(loud["optimal"], loud["beta"])  # the table it was given
    assert not torch.equal(loud["posterior"], loud["beta"])


def test_the_best_variance_must_be_given(net: UNet) -> None:
    with pytest.raises(ValueError, match="table"):
        draw(net, SCHEDULE.respace(2), "optimal", 1, seed=0)


def test_the_standard_error_is_that_of_repeated_draws() -> None:
    g = torch.Generator().manual_seed(0)
    real = torch.randn(4_000, 3, generator=g).double()

    def drawn() -> torch.Tensor:
        return 1.5 * torch.randn(400, 3, generator=g).double() + 1

    found = torch.tensor([frechet(drawn(), real) for _ in range(60)])
    told = torch.tensor([frechet_se(drawn(), real) for _ in range(20)])
    assert 0.7 < float(told.mean() / found.std()) < 1.4


def test_a_small_measurement_is_complete(net: UNet) -> None:
    images = embedded().images[:100]
    found = measure(net, SCHEDULE, count=20, steps=(4, 2), images=images)
    for sampler in SAMPLERS:
        rows = found["frechet"][sampler]
        assert [row["steps"] for row in rows] == [4, 2]
        assert all(row["value"] > found["floor"]["mean"] for row in rows)
        assert all(row["se"] > 0 for row in rows)
        assert len(found["loud"][sampler]) == 3  # of the shorter walk
    assert 0.9 < found["real"] < 0.96
