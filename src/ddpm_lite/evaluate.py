"""``ddpm-lite evaluate``: what a network is worth, on one screen or as JSON.

Two questions: how many bits per dimension do unseen digits cost (the bound), and how
far are its samples from real ones. Both print what they depend on: which digits, how
many, K, σ², clipping, sampler, steps, seed.
"""

from dataclasses import asdict
from typing import Any, Literal

import torch
from tqdm import tqdm

from ddpm_lite.bound import Bound, Estimate, bound, choices
from ddpm_lite.checkpoints import schedule_of
from ddpm_lite.digits import Digits, embedded, load, split_embedded, to_pixels, to_unit
from ddpm_lite.drawing import find, labels
from ddpm_lite.errors import ConfigError
from ddpm_lite.metrics import report
from ddpm_lite.sampling import ancestral, ddim, generator_for
from ddpm_lite.schedule import Schedule
from ddpm_lite.unet import UNet
from ddpm_lite.variance import optimal_variance

What = Literal["bound", "samples", "all"]
Sampler = Literal["ddim", "ancestral"]

CALIBRATION = 500  # embedded digits on which the best variance is measured
DRAWN_AT_ONCE = 100


def evaluate(
    weights: str,
    what: What = "all",
    count: int = 1_000,
    times: int = 25,
    exact: bool = False,
    sampler: Sampler = "ddim",
    steps: int = 50,
    seed: int = 0,
    progress: bool = True,
) -> dict[str, Any]:
    """Measure a network; the result is JSON-able and :func:`render` makes it a page.

    Args:
        weights: the name of shipped weights, a file, or a training's folder.
        what: the bound, the samples, or both.
        count: test digits to score (a random draw) and samples to make.
        times: K, times t that each digit visits beside t = 1.
        exact: visit every t instead (T network calls for each digit).
        sampler, steps: how samples are made.
        seed: of the draw of digits, of times and noise, and of the samples.

    Raises:
        DdpmLiteError: for weights, data or settings that will not do.
        ValueError: if the bound is not finite.
    """
    if what not in ("bound", "samples", "all"):
        raise ConfigError(f"what must be bound, samples or all, got {what!r}")
    if count < 2:
        raise ConfigError(f"count must be at least 2, got {count}")
    if times < 1:
        raise ConfigError(f"times must be at least 1, got {times}")
    net = find(weights)
    if torch.cuda.is_available():
        net = net.cuda()
    net.to(memory_format=torch.channels_last)  # type: ignore[call-overload]
    schedule = schedule_of(net)
    if what != "bound" and not 1 <= steps <= schedule.T:
        raise ConfigError(f"steps must lie in 1…{schedule.T}, got {steps}")
    test = load("test")
    if count > len(test):
        raise ConfigError(
            f"count is {count}, but there are only {len(test)} test digits here"
        )
    found: dict[str, Any] = {
        "weights": weights,
        "parameters": sum(p.numel() for p in net.parameters()),
        "trained_steps": net.card.get("trained_steps"),
        "schedule": net.card["schedule"],
        "T": schedule.T,
        "seed": seed,
        "count": count,
        "test_digits": len(test),
        "source": test.source,
    }
    if what != "samples":
        found["bound"] = _bound(
            net, schedule, test, count, None if exact else times, seed, progress
        )
    if what != "bound":
        found["samples"] = _samples(
            net, schedule, test, count, sampler, steps, seed, progress
        )
    return found


def _bound(
    net: UNet,
    schedule: Schedule,
    test: Digits,
    count: int,
    times: int | None,
    seed: int,
    progress: bool,
) -> dict[str, Any]:
    """The bound on ``count`` random test digits for six choices of p_θ."""
    device = next(net.parameters()).device
    chosen = torch.randperm(len(test), generator=_seeded(seed))[:count]
    known, _ = split_embedded(embedded())  # unseen in training, and not scored
    known = known[torch.randperm(len(known), generator=_seeded(seed))[:CALIBRATION]]
    calls = (schedule.T if times is None else min(times + 1, schedule.T)) * count
    calls += min(26, schedule.T) * len(known)
    generator = generator_for(net, seed)

    def both(digits: Digits) -> tuple[torch.Tensor, torch.Tensor | None]:
        y = digits.labels.long().to(device) if net.classes else None
        return to_unit(digits.images).to(device), y

    with tqdm(
        total=calls, unit="image", desc="bound", disable=not progress, mininterval=1.0
    ) as bar:

        def watch(done: int) -> None:
            bar.update(done)

        x_0, y = both(known)
        best = optimal_variance(
            net, schedule, x_0, generator=generator, y=y, watch=watch
        )
        x_0, y = both(test[chosen])
        scores = bound(
            net,
            schedule,
            x_0,
            choices(best),
            times,
            generator=generator,
            y=y,
            watch=watch,
        )
    return {
        "images": count,
        "times": scores[0].times,
        "exact": scores[0].exact,
        "conditional": bool(net.classes),
        "calibration_images": len(known),
        "choices": [_as_json(score) for score in scores],
    }


def _samples(
    net: UNet,
    schedule: Schedule,
    test: Digits,
    count: int,
    sampler: Sampler,
    steps: int,
    seed: int,
    progress: bool,
) -> dict[str, Any]:
    """``count`` samples against all test digits, beside the floor."""
    train = load("train")
    if count > len(train):
        raise ConfigError(
            f"count is {count}, but the floor needs as many training digits and "
            f"there are {len(train)} here"
        )
    generator, walk = generator_for(net, seed), schedule.respace(steps)
    y = labels(net, count, None)
    drawn = []
    with tqdm(
        total=count * steps, unit="image", desc="samples", disable=not progress
    ) as bar:
        for first in range(0, count, DRAWN_AT_ONCE):
            size = min(DRAWN_AT_ONCE, count - first)
            told = None if y is None else y[first : first + size]
            draw = ddim if sampler == "ddim" else ancestral
            x = draw(net, walk, size, generator, y=told)
            drawn.append(to_pixels(x).cpu())
            bar.update(size * steps)
    figures = report(torch.cat(drawn), train.images, test.images, _seeded(seed))
    return {
        "sampler": sampler,
        "steps": steps,
        **asdict(figures),
        "ratio": figures.ratio,
    }


def render(found: dict[str, Any]) -> str:
    """The measurement as one screen of text."""
    trained = found["trained_steps"]
    told = f", {trained:,} training steps" if trained is not None else ""
    lines = [
        f"{found['weights']}",
        f"  {found['parameters'] / 1e6:.2f} M parameters, "
        f"{found['schedule']}, T = {found['T']}{told}; seed {found['seed']}",
    ]
    if "bound" in found:
        lines += ["", *_render_bound(found["bound"], found["test_digits"])]
    if "samples" in found:
        lines += ["", *_render_samples(found["samples"], found["test_digits"])]
    return "\n".join(lines)


def _render_bound(found: dict[str, Any], test_digits: int) -> list[str]:
    how = "every t" if found["exact"] else f"K = {found['times']} times and t = 1"
    given = ", each given its label" if found["conditional"] else ""
    lines = [
        f"The bound in bits/dim on {found['images']:,} of {test_digits:,} test "
        f"digits{given}; {how}",
        "  σ²         x̂_0         L_T       Σ L_{t−1}         L_0            total",
    ]
    names = {"posterior": "σ_q²", "beta": "β", "optimal": "optimal"}
    for choice in found["choices"]:
        parts = [choice[part] for part in ("steps", "last", "total")]
        cells = [
            f"{p['bits_per_dim']:7.4f} ± {p['bits_per_dim_se']:.4f}" for p in parts
        ]
        clip = "clipped" if choice["clip"] else "as it is"
        lines.append(
            f"  {names[choice['variance']]:8} {clip:9} "
            f"{choice['prior']['bits_per_dim']:9.2e}  " + " ".join(cells)
        )
    return [
        *lines,
        "  (± one standard error; σ_q² is 0 at t = 1, where σ_q²(2) stands for it;",
        f"  optimal: the best for this network, measured on "
        f"{found['calibration_images']} other digits)",
    ]


def _render_samples(found: dict[str, Any], test_digits: int) -> list[str]:
    kind = "DDIM" if found["sampler"] == "ddim" else "ancestral"
    counts = " ".join(f"{k}:{n}" for k, n in enumerate(found["classes"]))
    return [
        f"{found['n']:,} samples, {found['steps']} {kind} steps, against "
        f"{test_digits:,} test digits",
        f"  Fréchet distance    {found['frechet']:.2f} = {found['ratio']:.2f} × the "
        f"floor {found['floor']:.2f} ± {found['floor_sd']:.2f} (real digits, same n)",
        f"  classes             {counts}",
        f"  class balance       {found['class_entropy']:.4f} (1: ten equal classes)",
        f"  nearest training    median {found['nearest_median']:.2f}, 1st percentile "
        f"{found['nearest_p1']:.2f}",
        f"    of test digits    median {found['test_median']:.2f}, 1st percentile "
        f"{found['test_p1']:.2f} (below: copies)",
    ]


def _as_json(score: Bound) -> dict[str, Any]:
    def part(value: Estimate) -> dict[str, float]:
        return {
            "bits_per_dim": value.bits_per_dim,
            "bits_per_dim_se": value.bits_per_dim_se,
            "nats": value.nats,
            "nats_se": value.se,
        }

    return {
        "variance": score.choice.name,
        "clip": score.choice.clip,
        "prior": part(score.prior),
        "steps": part(score.steps),
        "last": part(score.last),
        "total": part(score.total),
    }


def _seeded(seed: int) -> torch.Generator:
    return torch.Generator().manual_seed(seed)
