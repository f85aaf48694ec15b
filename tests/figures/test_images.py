"""Pictures of digits show the digits that they were given, each in its place."""

import math

import numpy as np
import pytest
import torch

from ddpm_lite import schedule as schedules
from ddpm_lite.diffusion import from_x_0, q_marginal
from ddpm_lite.figures import (
    bound,
    chain,
    digit_grid,
    digit_row,
    forward,
    guidance,
    likelihood,
    models,
    perfect,
    posterior,
    sampling,
    targets,
    training,
    two_sample,
)
from ddpm_lite.schedule import Schedule

from .seen import curve, drawn, heights, images, pictures, shows, words

SHORT = Schedule(torch.tensor([0.1, 0.2, 0.3, 0.4], dtype=torch.float64))


def seeded() -> torch.Generator:
    return torch.Generator().manual_seed(3)


def same(found: list[np.ndarray], expected: torch.Tensor) -> None:
    """Image by image, in this order, and no image more."""
    assert len(found) == len(expected)
    assert all(shows(a, b) for a, b in zip(found, expected, strict=True))


def test_grids_are_filled_row_by_row() -> None:
    x = images(5)
    figure = drawn(digit_grid(x, columns=3, titles=list("abcde")))
    same(pictures(figure), x)
    assert len(figure.axes) == 6  # the last place stays empty
    assert [ax.get_title() for ax in figure.axes] == [*"abcde", ""]
    same(pictures(drawn(digit_row(x))), x)


def test_what_is_too_bright_is_cut_and_not_scaled() -> None:
    (ax,) = drawn(digit_row(3 * images(1))).axes
    assert ax.images[0].get_clim() == (-1, 1)


def test_rows_with_a_name_each() -> None:
    x, y = images(3, 1), images(3, 2)
    for figure, names in (
        (guidance.rows_by_weight({0.0: x, 2.5: y}), ("w = 0", "w = 2.5")),
        (models.sample_rows({"VAE": x, "deep": y}), ("VAE", "deep")),
        (sampling.rows({"ddim": x, "beta": y}), ("DDIM", r"$\beta_t$")),
        (training.growing({1: x, 9: y}, {1: "a", 9: "b"}), ("step 1\na", "step 9\nb")),
        (perfect.pairs(x, y, ("drawn", "nearest")), ("drawn", "nearest")),
    ):
        same(pictures(drawn(figure)), torch.cat([x, y]))
        said = words(figure)
        assert all(name in said for name in names)


def test_a_chain_shows_every_image_and_every_call() -> None:
    x = images(4)
    figure = drawn(chain.unrolled(x))
    for picture, image in zip(pictures(figure), x, strict=True):
        np.testing.assert_allclose(picture, (1 - image.reshape(28, 28).numpy()) / 2)
    said = words(figure)
    assert all(f"$x_{{{i}}}$" in said for i in range(4))
    assert said.count(r"$\mu_\theta$") == 3


def test_all_but_the_pair_fade() -> None:
    x = torch.ones(5, 1, 28, 28)  # all ink
    figure = drawn(two_sample.pair_on_a_chain(x, [0, 1, 50, 51, 100], 2))
    levels = [float(p.max()) for p in pictures(figure)]
    assert levels == pytest.approx([0, 0.8, 0, 0, 0.8])
    assert words(figure).count("···") == 2
    assert words(figure).count(r"$\mu_\theta$") == 1


def test_candidates_are_weighed() -> None:
    x, likely = 2 * images(1)[0], images(3, 1)
    s, elbo = [0.0, 0.5, 1.0, 1.5], [-3.0, -2.2, -2.0, -2.3]
    figure = drawn(bound.candidates(x, likely, [0.7, 0.2, 0.1], s, elbo, -2.0))
    seen = pictures(figure)
    assert shows(seen[0], x / x.abs().max())
    same(seen[1:], likely)
    assert "0.70" in words(figure)
    (ax,) = (ax for ax in figure.axes if ax.get_ylabel() == "nats")
    assert heights(ax, 1).tolist() == elbo


def test_four_models_grow_by_one_circle() -> None:
    axes = drawn(models.four_models()).axes
    circles = [[p for p in ax.patches if hasattr(p, "radius")] for ax in axes]
    assert [len(c) for c in circles] == [2, 3, 4, 4]
    assert len({c.radius for c in circles[-1]}) == 1  # no vector grows smaller
    assert len({c.radius for c in circles[0]}) == 2


def test_a_digit_dissolves_alike_in_every_row() -> None:
    x_0, g = images(1), seeded()
    figure = forward.dissolving(x_0, {"short": SHORT, "again": SHORT}, [1, 4], g)
    epsilon = torch.randn(x_0.shape, generator=seeded())
    rows = []
    for t in (1, 4):
        q = q_marginal(SHORT, x_0, torch.tensor([t]))
        rows.append(q.mean + q.std * epsilon)
    same(pictures(drawn(figure)), torch.cat(rows * 2))


def test_what_is_seen_and_the_three_targets() -> None:
    x_0, t = images(1), torch.tensor([2])
    figure = drawn(targets.three_targets(x_0, SHORT, [2], seeded()))
    epsilon = torch.randn(x_0.shape, generator=seeded())
    q = q_marginal(SHORT, x_0, t)
    x_t = q.mean + q.std * epsilon
    v = from_x_0(SHORT, "v", x_0, x_t, t)
    same(pictures(figure), torch.cat([x_t, x_0, epsilon, v]))


def test_digits_form_in_mosaics() -> None:
    walk, guess = [images(4, k) for k in (0, 1)], [images(4, k) for k in (2, 3)]
    figure = drawn(sampling.forming(walk, guess, [9, 3]))
    for mosaic, four in zip(pictures(figure), [*walk, *guess], strict=True):
        assert mosaic.shape == (60, 60)
        assert shows(mosaic[1:29, 31:59], four[1])
        assert shows(mosaic[31:59, 1:29], four[2])
    assert [ax.get_title() for ax in figure.axes[:2]] == ["t = 9", "t = 3"]


def test_noisy_digits_stand_over_the_bill() -> None:
    x = images(2)
    figure = drawn(likelihood.bill_over_time(torch.ones(30), x, [3, 20]))
    same(pictures(figure), x)


def test_the_choice_is_drawn_with_its_images() -> None:
    left = torch.tensor([[1.0, 2.0, 3.0], [10.0, 20.0, 30.0]])
    noisy, guesses = images(2), images(2, 1)
    figure = drawn(
        perfect.when_it_is_chosen([1, 9], left, noisy, guesses, torch.tensor([1, 9]))
    )
    seen = pictures(figure)
    same(seen[::2], noisy)
    same(seen[1::2], guesses)
    assert heights(figure.axes[0], 0).tolist() == [2, 20]  # the medians


def test_one_step_back_puts_the_mean_below() -> None:
    x_0, x_t, mean = images(1)[0], images(2, 1), images(2, 2)
    figure = drawn(posterior.one_step_back(x_0, x_t, mean, [2, 5]))
    same(pictures(figure), torch.cat([x_0[None], x_t, mean]))
    assert "$\\mu_q$ at $t=5$" in words(figure)


def test_the_posterior_is_the_product_of_two_bells() -> None:
    (ax,) = drawn(posterior.between(SHORT, x_0=1.0, x_t=-0.8, t=3)).axes
    x, prior = curve(ax, 0)
    product = prior * heights(ax, 1)
    product /= product.sum() * (x[1] - x[0])
    assert heights(ax, 2) == pytest.approx(product, abs=1e-6)


def test_two_humps_are_two_posteriors() -> None:
    (ax,) = drawn(posterior.two_humps(SHORT, x_t=0.0, t=2)).axes
    x, both = curve(ax, 0)
    # Bayes over x_0 = ±1, from the forward kernels alone.
    alpha, bar = float(SHORT.alpha[2]), float(SHORT.alpha_bar[1])
    walk = sum(
        np.exp(-((x - s * math.sqrt(bar)) ** 2) / (2 * (1 - bar))) for s in (-1, 1)
    )
    expected = walk * np.exp(-((0 - math.sqrt(alpha) * x) ** 2) / (2 * (1 - alpha)))
    dx = x[1] - x[0]
    assert both == pytest.approx(expected / expected.sum() / dx, abs=1e-4)
    bell = heights(ax, 3)
    assert (bell * x**2).sum() == pytest.approx((both * x**2).sum(), rel=1e-2)


def test_the_weights_of_the_mean_and_what_they_lack() -> None:
    above, below = drawn(posterior.coefficients(SHORT)).axes
    total = heights(above, 0) + heights(above, 1) + heights(below, 0)
    assert total == pytest.approx(np.ones(4))


def test_without_scaling_the_walk_runs_away() -> None:
    schedule = schedules.linear(30, 1e-3, 0.2)
    top, bottom = drawn(forward.two_walks(schedule, 6, seeded())).axes
    paths = np.array([heights(bottom, k) for k in range(6)])
    assert paths[:, 0].tolist() == [1, 1, 1, -1, -1, -1]
    assert heights(bottom, 6) == pytest.approx(np.full(31, 2.0))  # the band stays
    assert heights(top, 6)[-1] == pytest.approx(
        2 * math.sqrt(1 + float(schedule.beta.sum()))
    )
    # Both panels saw the same noise: x_1 differs by the scaling alone.
    first = np.array([heights(top, k)[1] for k in range(6)])
    scale = float(schedule.alpha[1].sqrt())
    assert paths[:, 1] - first == pytest.approx((scale - 1) * paths[:, 0])


def test_histograms_meet_the_formula() -> None:
    draws = {t: torch.randn(2_000, generator=seeded()) for t in (1, 4)}
    axes = drawn(forward.chain_and_formula(draws, SHORT)).axes
    for ax, t in zip(axes, draws, strict=True):
        x, density = curve(ax, 0)
        mean = float(SHORT.alpha_bar[t].sqrt())
        assert x[density.argmax()] == pytest.approx(mean, abs=0.01)
        assert density.sum() * (x[1] - x[0]) == pytest.approx(1, abs=1e-3)
