"""Metrics against closed forms, and the classifier against digits it never saw."""

import math
from functools import cache
from pathlib import Path

import pytest
import torch
from torch import Tensor

from ddpm_lite.checkpoints import CheckpointError, save_tensors, shipped
from ddpm_lite.classifier import (
    accuracy,
    load_classifier,
    pretrained_classifier,
    train,
)
from ddpm_lite.digits import Digits, embedded
from ddpm_lite.metrics import class_balance, floor, frechet, look, nearest, report


@cache
def digits() -> Digits:
    return embedded()


def cloud(mean: Tensor, covariance: Tensor, rows: int = 50) -> Tensor:
    """Points whose sample mean and covariance are exactly these."""
    g = torch.Generator().manual_seed(rows)
    x = torch.randn(rows, len(mean), generator=g, dtype=torch.float64)
    x = x - x.mean(0)
    white = torch.linalg.solve_triangular(
        torch.linalg.cholesky(torch.cov(x.T)), x.T, upper=False
    ).T
    return white @ torch.linalg.cholesky(covariance).T + mean


A = torch.tensor([[2.0, 0.5], [0.5, 1.0]], dtype=torch.float64)
B = torch.tensor([[1.0, -0.8], [-0.8, 3.0]], dtype=torch.float64)
M_A = torch.tensor([1.0, -2.0], dtype=torch.float64)
M_B = torch.tensor([0.0, 0.5], dtype=torch.float64)


def test_frechet_is_the_closed_form_for_two_by_two() -> None:
    """tr √M = √(tr M + 2 √det M) for 2 × 2 matrices; A and B do not commute."""
    product = A @ B
    root = (product.trace() + 2 * torch.linalg.det(product).sqrt()).sqrt()
    expected = (M_A - M_B).square().sum() + A.trace() + B.trace() - 2 * root
    a, b = cloud(M_A, A), cloud(M_B, B, rows=80)
    assert frechet(a, b) == pytest.approx(float(expected), rel=1e-10)
    assert frechet(b, a) == pytest.approx(float(expected), rel=1e-10)


def test_frechet_of_a_set_with_itself_is_zero_even_when_flat() -> None:
    a = torch.cat([cloud(M_A, A), torch.zeros(50, 3, dtype=torch.float64)], dim=1)
    assert frechet(a, a) == pytest.approx(0, abs=1e-7)
    assert frechet(a, a + 2) == pytest.approx(4 * 5, abs=1e-6)


def test_the_floor_falls_as_more_are_drawn() -> None:
    g = torch.Generator().manual_seed(0)
    real = torch.randn(4000, 8, generator=g)
    few, few_sd = floor(real[:2000], real[2000:], 50, g)
    many, _ = floor(real[:2000], real[2000:], 1000, g)
    assert few > 5 * many > 0
    assert few_sd > 0
    with pytest.raises(ValueError, match="choose a smaller count"):
        floor(real[:10], real, 11)


def test_features_that_are_not_numbers_are_refused() -> None:
    bad = torch.full((5, 2), math.nan)
    with pytest.raises(ValueError, match="finite"):
        frechet(bad, torch.zeros(5, 2))


def test_class_balance_runs_from_one_to_ten_classes() -> None:
    counts, entropy = class_balance(torch.arange(10).repeat(7))
    assert counts == (7,) * 10
    assert entropy == pytest.approx(1)
    counts, entropy = class_balance(torch.full((9,), 3))
    assert counts[3] == 9
    assert entropy == 0


def test_nearest_is_the_distance_in_ink() -> None:
    blank = torch.zeros(1, 1, 28, 28, dtype=torch.uint8)
    dot, square = blank.clone(), blank.clone()
    dot[0, 0, 5, 5] = 255
    square[0, 0, :4, :4] = 51
    assert nearest(dot, blank).tolist() == [1.0]
    assert nearest(square, torch.cat([dot, blank])).item() == pytest.approx(0.8)
    some = digits().images[:300]
    assert nearest(some[:20], some, batch=7).tolist() == [0.0] * 20


def test_the_shipped_classifier_knows_digits_it_never_saw() -> None:
    assert accuracy(pretrained_classifier(), digits()[:2000]) >= 0.99
    assert look(digits().images[:3]).features.shape == (3, 64)
    assert "classifier" not in shipped()


def test_a_report_tells_digits_from_noise_and_from_copies() -> None:
    """Noise is what fooled the classifier's confidence; it must not fool us."""
    images = digits().images
    real, known, test = images[:200], images[200:1700], images[3500:4500]
    g = torch.Generator().manual_seed(0)
    good = report(real, known, test, g)
    assert 0.6 < good.ratio < 1.5
    assert good.class_entropy > 0.98
    assert 0.9 < good.nearest_median / good.test_median < 1.1

    noise = torch.randint(256, real.shape, generator=g, dtype=torch.uint8)
    assert report(noise, known, test, g).ratio > 20

    copies = report(known[:200], known, test, g)
    assert copies.ratio < 1.5
    assert copies.nearest_p1 == 0 < copies.test_p1

    sevens = images[digits().labels == 7][:200]
    same = report(sevens, known, test, g)
    assert same.ratio > 5
    assert same.class_entropy < 0.2


def test_training_the_classifier_is_repeatable() -> None:
    some = digits()[:1280]
    first, second = (train(some, epochs=1, batch=32) for _ in range(2))
    for a, b in zip(first.parameters(), second.parameters(), strict=True):
        assert torch.equal(a, b)
    assert accuracy(first, digits()[1280:1780]) > 0.5


def test_a_foreign_file_is_not_a_classifier(tmp_path: Path) -> None:
    path = tmp_path / "other.safetensors"
    save_tensors(path, {"weight": torch.zeros(2)}, {})
    with pytest.raises(CheckpointError, match="not our digit classifier"):
        load_classifier(path)
