"""Pictures of numbers show the numbers that they were given."""

import math

import numpy as np
import pytest
import torch
from matplotlib.colors import to_hex

from ddpm_lite import schedule as schedules
from ddpm_lite.figures import (
    bound,
    chain,
    guidance,
    likelihood,
    models,
    one_sample,
    sampling,
    style,
    targets,
    training,
    two_sample,
)
from ddpm_lite.unet import time_embedding

from .seen import curve, drawn, heights, pictures, words


def test_jensen_marks_the_two_means() -> None:
    figure = drawn(bound.jensen((1.0, 4.0), 0.25))
    (ax,) = figure.axes
    gap = curve(ax, 4)
    mean = 0.25 * 1 + 0.75 * 4
    assert gap[0].tolist() == [mean, mean]
    assert gap[1] == pytest.approx([0.75 * math.log(4), math.log(mean)])
    x, tangent = curve(ax, 1)
    assert bool((tangent >= np.log(x) - 1e-12).all())  # it lies above log


def test_the_bound_stays_under_its_ceiling() -> None:
    q = np.linspace(0.05, 0.95, 40)
    elbo = -1.2 - (q - 0.3) ** 2
    figure = drawn(bound.ceiling(list(q), list(elbo), -1.2, 0.3))
    (ax,) = figure.axes
    assert heights(ax, 0).tolist() == [-1.2, -1.2]
    assert heights(ax, 1) == pytest.approx(elbo)
    assert curve(ax, 2)[0].tolist() == [0.3]
    assert "touches at the posterior" in words(figure)


def test_each_curve_has_its_own_best() -> None:
    w = [0.1, 0.2, 0.3]
    curves = {"log p": [1.0, 3.0, 2.0], "ELBO": [0.0, 1.0, 2.0], "−KL": [3.0, 2.0, 1.0]}
    figure = drawn(
        bound.three_optima(w, curves, {"log p": 0.2, "ELBO": 0.3, "−KL": 0.1})
    )
    for ax, (name, values) in zip(figure.axes, curves.items(), strict=True):
        assert heights(ax, 0).tolist() == values
        assert heights(ax, 2).tolist() == [max(values)]
        assert ax.get_ylabel() == name
    assert "best w = 0.3000" in words(figure)


def test_ascent_draws_each_share() -> None:
    elbo, gamma = [-4.0, -3.0, -2.5], [[1.0, 2, 3], [2.0, 2, 2], [3.0, 1, 5]]
    left, right = drawn(bound.ascent(elbo, -2.0, gamma)).axes
    assert heights(left, 1).tolist() == elbo
    assert [heights(right, k)[-1] for k in range(3)] == gamma[-1]


def test_paths_above_the_ceiling_stand_out() -> None:
    g = torch.Generator().manual_seed(0)
    log_w = torch.randn(4_000, generator=g).double() * 0.5 - 1.3
    figure = drawn(chain.path_weights(log_w, -1.3, -1.0, shown=-0.5))
    (ax,) = figure.axes
    bars = [(p.get_x(), p.get_height(), to_hex(p.get_facecolor())) for p in ax.patches]
    above = sum(h * 0.1 for x, h, colour in bars if colour == style.ORANGE)
    edge = min(x for x, _, colour in bars if colour == style.ORANGE)
    assert edge == pytest.approx(-1.0)
    assert above == pytest.approx(float((log_w >= -1.0).double().mean()), abs=1e-3)


def test_the_best_model_of_the_chain_is_marked() -> None:
    theta = torch.linspace(0, 1, 9)
    evidence, elbo = -1 + 0 * theta, -1.2 - (theta - 0.5) ** 2
    (ax,) = drawn(chain.ceiling(theta, evidence, elbo)).axes
    assert heights(ax, 0) == pytest.approx(evidence.numpy())
    assert heights(ax, 1) == pytest.approx(elbo.numpy())
    assert curve(ax, 2)[0].tolist() == [0.5]


def test_guided_laws_are_densities() -> None:
    g = torch.Generator().manual_seed(0)
    draws = 1.2 + 0.3 * torch.randn(5_000, generator=g)
    laws = {"without the label": (0.0, 1.0), "with the label": (1.0, 0.25)}
    figure = drawn(guidance.laws(draws, *laws.values(), (1.3, 0.1)))
    (ax,) = figure.axes
    for name, (mean, var) in {**laws, "tilted law": (1.3, 0.1)}.items():
        x, y = curve(ax, name)
        assert x[y.argmax()] == pytest.approx(mean, abs=0.01)
        assert y.max() == pytest.approx(1 / math.sqrt(2 * math.pi * var), rel=1e-3)
    assert sum(p.get_width() * p.get_height() for p in ax.patches) == pytest.approx(1)


def test_the_price_of_guidance_has_error_bars_of_two() -> None:
    row = {"w": 0.0, "accuracy": 0.9, "diversity": 1.0, "frechet": 3.0}
    rows = [row | {f"{k}_se": 0.1 for k in row if k != "w"}]
    rows.append(rows[0] | {"w": 2.0, "frechet": 8.0})
    left, right = drawn(guidance.price(rows, {"frechet": 1.5})).axes
    bars = right.containers[0].lines[2][0].get_segments()
    assert [list(bar[:, 1]) for bar in bars] == [
        pytest.approx([2.8, 3.2]),
        pytest.approx([7.8, 8.2]),
    ]
    assert heights(right, "real digits").tolist() == [1.5, 1.5]
    assert left.get_legend() is not None


def test_a_level_costs_the_share_of_its_bin() -> None:
    """The title's bits are −log₂ of the area that the normal law gives to the bin."""
    step = 2 / 255
    figure = drawn(likelihood.cut_into_levels({"wide": step**2, "thin": step**2 / 4}))
    titles = [ax.get_title().split("\n")[-1] for ax in figure.axes]
    for k, sigma in enumerate((1.0, 0.5)):
        half = 0.5 / (sigma * math.sqrt(2))
        open_below = -math.log2((1 + math.erf(half)) / 2)
        assert titles[k] == f"paper: {open_below:.3f} bits"
        assert titles[2 + k] == f"level 128: {-math.log2(math.erf(half)):.3f} bits"


def test_the_bill_adds_up() -> None:
    by_time = torch.rand(60, generator=torch.Generator().manual_seed(0)).double()
    figure = drawn(
        likelihood.bill_over_time(by_time, torch.zeros(2, 1, 28, 28), [5, 9])
    )
    price, total = figure.axes[-2:]
    bits = by_time.numpy() / math.log(2)
    assert heights(price, 0) == pytest.approx(bits[1:])
    assert heights(total, 0)[-1] == pytest.approx(bits.sum() / 784)


def test_a_code_that_is_too_dear_is_cut_and_says_so() -> None:
    rungs = [("xz", 3.1, "code"), ("flow", 1.0, "theirs"), ("ours", 0.9, "ours")]
    figure = drawn(likelihood.ladder(rungs))
    (ax,) = figure.axes
    assert [bar.get_width() for bar in ax.patches] == [2.3, 1.0, 0.9]
    said = words(figure)
    assert "3.10 →" in said
    assert "1.00" in said
    assert [t.get_text() for t in ax.get_yticklabels()] == ["xz", "flow", "ours"]


def test_terms_add_up_to_the_elbo() -> None:
    figure = drawn(models.terms({"VAE": [-80.0, -40.0], "deep": [-70.0, -10.0, -30.0]}))
    (ax,) = figure.axes
    ends = [curve(ax, k)[0][0] for k in (0, 1)]
    assert ends == [-120, -110]
    assert "ELBO −110" in words(figure)


def test_gradient_ratios_are_drawn_as_measured() -> None:
    t, exact = torch.arange(2, 6), torch.tensor([4.0, 3.0, 2.0, 1.5])
    digits = torch.tensor([[2.0, 5.0], [5.0, 2.5]])
    figure = drawn(one_sample.variance_ratio(t, exact, {3: 3.1}, digits))
    (ax,) = figure.axes
    assert heights(ax, "Gaussian data, formula") == pytest.approx(exact.numpy())
    assert curve(ax, "measured") == ([3], [3.1])
    assert heights(ax, 2) == pytest.approx([5.0, 2.5])
    (ax,) = drawn(two_sample.variance_ratio(t / 5, exact, [(1.0, 2.0, 0.25)])).axes
    assert heights(ax, "coins") == pytest.approx(exact.numpy())
    (bar,) = ax.containers[0].lines[2][0].get_segments()
    assert bar[:, 1] == pytest.approx([1.5, 2.5])


def test_rungs_are_bars_in_order() -> None:
    world = {"path": (9.0, 1.0), "pair": (4.0, 0.5), "one": (1.0, 0.1)}
    spread = {k: {"std": std, "std_se": se} for k, (std, se) in world.items()}
    figure = drawn(one_sample.rungs({"coins": spread, "digits": spread}, ["a", "b"]))
    for ax, name in zip(figure.axes, "ab", strict=True):
        assert [bar.get_width() for bar in ax.patches] == [9, 4, 1]
        assert ax.get_title(loc="left") == name


def test_both_readings_of_a_path_name_every_step() -> None:
    said = words(drawn(one_sample.two_ways_round()))
    for i in range(4):
        assert f"$q(x_{i + 1}|x_{i})$" in said
        assert f"$p_\\theta(x_{i}|x_{i + 1})$: $L_{i}$" in said
    assert "$q(x_4|x_0)$: $L_4$" in said


def test_pairs_say_their_covariance() -> None:
    before = torch.tensor([0.0, 1.0, 2.0])
    pairs = {"right": (before, before + 1), "wrong": (before, before.flip(0))}
    left, right = drawn(two_sample.three_pairs(pairs)).axes
    assert left.get_title() == "right\ncov 0.67"
    assert right.get_title() == "wrong\ncov -0.67"
    dots = np.asarray(left.collections[0].get_offsets())
    assert dots.tolist() == [[1, 0], [2, 1], [3, 2]]


def test_shares_loudness_and_steps() -> None:
    curves = {"a": torch.tensor([0.1, 0.5]), "b": torch.ones(2), "c": torch.zeros(2)}
    (ax,) = drawn(sampling.shares(curves, [(1, 0.3), (2, 0.9)])).axes
    assert heights(ax, "a") == pytest.approx([0.1, 0.5])
    assert heights(ax, "digits, our network") == pytest.approx([0.3, 0.9])

    loud = {"ddim": [[0.5, 0.01], [1.0, 0.02]], "beta": [[2.0, 0.1], [3.0, 0.1]]}
    should = torch.tensor([0.5, 2.0])
    (ax,) = drawn(sampling.loudness(loud, should, {"ddim": loud["ddim"]})).axes
    assert heights(ax, "DDIM") == pytest.approx([1.0, 0.5])
    assert heights(ax, r"$\beta_t$") == pytest.approx([4.0, 1.5])

    found = {"ddim": [{"steps": s, "value": 90 / s, "se": 1.0} for s in (10, 30)]}
    (ax,) = drawn(sampling.over_steps(found, {"mean": 2.0, "sd": 0.5})).axes
    assert curve(ax, 0)[1] == pytest.approx([9.0, 3.0])
    assert [t.get_text() for t in ax.get_xticklabels()] == ["10", "30"]


def test_weights_and_gradients_leave_out_the_first_step() -> None:
    table = torch.tensor([math.nan, math.nan, 4.0, 3.0, 2.0])
    (ax,) = drawn(targets.weight_curves({"v": table, "x_0": 2 * table})).axes
    x, weight = curve(ax, "error in v")
    assert x.tolist() == [2, 3, 4]
    assert weight == pytest.approx([4, 3, 2])
    assert heights(ax, "error in x₀") == pytest.approx([8, 6, 4])
    figure = targets.gradient_noise({"v": table}, {"v": 2 * table}, {"v": [(3, 5.0)]})
    top, bottom = drawn(figure).axes
    assert heights(top, 0) == pytest.approx([4, 3, 2])
    assert heights(bottom, 0) == pytest.approx([8, 6, 4])
    assert curve(bottom, 1) == ([3], [5])


def test_turned_axes_stay_perpendicular() -> None:
    figure = drawn(targets.turned_axes(30))
    (ax,) = figure.axes
    tips = {tuple(a.xy) for a in ax.texts if hasattr(a, "xy")}
    assert len(tips) == 4
    for x, y in tips:
        assert math.hypot(x, y) == pytest.approx(1)
        assert any(abs(x * a + y * b) < 1e-12 for a, b in tips)


def test_the_map_of_the_network_is_to_scale() -> None:
    figure = drawn(training.unet_map((16, 32, 64)))
    boxes = [(p.get_width() * 8, p.get_height()) for p in figure.axes[0].patches[:14:2]]
    down = [(16, 28), (32, 14), (64, 7)]
    assert boxes == [*down, (64, 7), *reversed(down)]
    assert words(figure).count("attention") == 1


def test_the_clock_shows_the_embedding() -> None:
    (hands,) = pictures(drawn(training.clock(50, 16)))
    assert np.array_equal(hands, time_embedding(torch.arange(1, 51), 16).T.numpy())


def test_losses_are_smoothed_and_marked() -> None:
    losses = [(s, 1.0 + s % 3) for s in range(1, 41)]
    (ax,) = drawn(training.loss_curve(losses, {20: 1.5})).axes
    values = np.array([v for _, v in losses])
    assert heights(ax, "one batch") == pytest.approx(values)
    x, smooth = curve(ax, "mean of 10 batches")
    assert x[0] == 10
    assert smooth == pytest.approx(np.convolve(values, np.ones(10) / 10, "valid"))
    assert curve(ax, "unseen digits, averaged weights") == ([20], [1.5])


def test_no_marks_no_dots() -> None:
    (ax,) = drawn(training.loss_curve([(1, 2.0), (2, 1.0)])).axes
    assert len(ax.lines) == 2


def test_schedules_are_told_apart_without_colour() -> None:
    from ddpm_lite.figures.forward import quarter_circle

    names = {name: schedules.make(name, 20) for name in ("linear", "cosine")}
    circle, turn = drawn(quarter_circle(names)).axes
    x, y = curve(circle, 1)
    assert np.hypot(x, y) == pytest.approx(np.ones(11))  # on the circle
    for name, schedule in names.items():
        angle = np.degrees(np.arccos(schedule.alpha_bar.sqrt().numpy()))
        assert heights(turn, name) == pytest.approx(angle, abs=1e-6)
    assert len({line.get_linestyle() for line in turn.lines}) == 2
