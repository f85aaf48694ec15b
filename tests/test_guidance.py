"""Chapter 13's experiment: one noise for every weight, instruments that can move."""

import pytest
import torch

from ddpm_lite import digits
from ddpm_lite.experiments import guidance
from ddpm_lite.metrics import look
from ddpm_lite.unet import UNet

EVERY = digits.embedded()
ORDER = torch.stack([(EVERY.labels == k).nonzero()[:40, 0] for k in range(10)], 1)
REAL = EVERY[ORDER.flatten()]  # 40 of each class, in turns


@pytest.fixture(scope="module")
def net() -> UNet:
    """An untrained network whose answers depend on the label."""
    g = torch.Generator().manual_seed(0)
    net = UNet((16, 16), classes=10).eval().requires_grad_(False)
    for one in net.parameters():  # some layers begin at zero, and hear nothing
        one.copy_(0.1 * torch.randn(one.shape, generator=g))
    net.card = {"schedule": "cosine", "T": 100, "trained_steps": 0}
    return net


def test_noise_is_the_same_and_weight_and_label_are_not(net: UNet) -> None:
    y = guidance.labels(1)
    one, again, other, strong = (
        guidance.draw(net, w, y, steps=2, seed=s)
        for w, s in ((0.0, 1), (0.0, 1), (0.0, 2), (3.0, 1))
    )
    assert (one.dtype, one.shape) == (torch.uint8, (10, 1, 28, 28))
    assert torch.equal(one, again)
    assert not torch.equal(one, other)
    assert not torch.equal(one, strong)
    told = guidance.draw(net, 0.0, y.flip(0), steps=2, seed=1)
    assert not torch.equal(one, told)


def test_spread_is_the_mean_squared_distance_of_two() -> None:
    y = guidance.labels(3)
    g = torch.Generator().manual_seed(0)
    images = torch.randint(256, (30, 1, 28, 28), generator=g, dtype=torch.uint8)
    flat = images[y == 7].flatten(1).double() / 255
    pairs = torch.pdist(flat).square().mean()
    torch.testing.assert_close(guidance.spread(images, y)[7], pairs)
    with pytest.raises(ValueError, match="two images"):
        guidance.spread(images[:10], y[:10])


def test_jackknife_knows_the_error_of_a_mean() -> None:
    g = torch.Generator().manual_seed(1)
    values = torch.randn(4000, generator=g).double()
    mean, error = guidance.jackknife(lambda i: float(values[i].mean()), 4000)
    assert mean == pytest.approx(float(values.mean()))
    # Ten groups: the error is itself known to a quarter.
    assert 0.4 < error / (1 / 4000**0.5) < 1.8


def test_real_digits_score_best_and_copies_have_no_diversity() -> None:
    chosen, y = REAL[:200], guidance.labels(20)
    truth = look(REAL.images).features
    good = guidance.judge(chosen.images, y, REAL, truth)
    assert good["accuracy"] > 0.95
    assert 0.8 < good["diversity"] < 1.2
    assert good["class_entropy"] > 0.99
    wrong = guidance.judge(chosen.images, y.flip(0), REAL, truth)
    assert wrong["accuracy"] < 0.1
    copies = chosen.images[:10].repeat(20, 1, 1, 1)
    alike = guidance.judge(copies, y, REAL, truth)
    assert alike["diversity"] == 0
    assert alike["frechet"] > 3 * good["frechet"]


def test_a_small_measurement_has_every_figure(
    net: UNet, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(digits, "embedded", lambda: REAL)
    found = guidance.measure(net, weights=(0.0, 2.0), per_class=10, steps=1)
    assert [row["w"] for row in found["rows"]] == [0.0, 2.0]
    assert sum(found["not_told"]["classes"]) == 100
    assert all(row["frechet"] > found["real"]["frechet"] for row in found["rows"])
    assert all(row["frechet_se"] > 0 for row in found["rows"])
    assert found["real"]["draws"] == 4
    assert found["real"]["accuracy"] > 0.95
