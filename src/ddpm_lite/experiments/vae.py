"""Chapter 02: three chains of Gaussian steps on digits, trained longer than a page can.

A VAE, one with two layers, and one whose encoder is frozen noise of three steps. All
see the 4,500 embedded training digits and are scored on the 500 held out.
"""

import statistics
from collections.abc import Callable
from typing import Any

import torch
from torch import Tensor, nn

from ddpm_lite.digits import embedded, split_embedded, to_pixels, to_unit
from ddpm_lite.experiments import pack
from ddpm_lite.vae import PIXELS, VAE, Fixed, fit

SEEDS = (0, 1, 2)
STEPS = (300, 1_000, 2_000)
MODELS: dict[str, Callable[[], VAE]] = {
    "one layer": lambda: VAE((32,)),
    "two layers": lambda: VAE((32, 8)),
    "frozen encoder": lambda: VAE(
        (PIXELS,) * 3, up=[Fixed(alpha) for alpha in (0.7, 0.4, 0.1)]
    ),
}


def run() -> dict[str, Any]:
    """Train every model with every seed; two to three minutes of one core."""
    train, held_out = (to_unit(part.images) for part in split_embedded(embedded()))
    results = {name: _model(name, train, held_out) for name in MODELS}
    n = {"digits": len(held_out), "seeds": len(SEEDS)}
    return {"seed": SEEDS[0], "n": n, "results": results}


def _model(name: str, train: Tensor, held_out: Tensor) -> dict[str, Any]:
    """One kind of model: its ELBO along the way, its terms and samples at the end."""
    runs = [_train(name, seed, train, held_out) for seed in SEEDS]
    along = [[torch.stack(t).sum(0) for t in run["terms"]] for run in runs]
    parts = zip(*(run["terms"][-1] for run in runs), strict=True)
    return {
        "steps": list(STEPS),
        "elbo": [
            _estimate(torch.stack([a[i] for a in along])) for i in range(len(STEPS))
        ],
        "seed_sd": [
            statistics.stdev(float(a[i].mean()) for a in along)
            for i in range(len(STEPS))
        ],
        "first_seed_first_step": _estimate(along[0][0][None]),
        "terms": [_estimate(torch.stack(part)) for part in parts],
        "parameters": runs[0]["parameters"],
        "samples": runs[0]["samples"],
    }


def _estimate(values: Tensor) -> list[float]:
    """(seeds, images) → mean, and its standard error over the images."""
    per_image = values.mean(0)
    return [float(per_image.mean()), float(per_image.std() / len(per_image) ** 0.5)]


def _train(name: str, seed: int, train: Tensor, held_out: Tensor) -> dict[str, Any]:
    torch.manual_seed(seed)
    model, generator = MODELS[name](), torch.Generator().manual_seed(seed)
    terms, done = [], 0
    for step in STEPS:
        fit(model, train, step - done, generator)
        done = step
        with torch.no_grad():
            t = model.terms(held_out, torch.Generator().manual_seed(100 + seed))
        # Divergences are paid: with their sign, the parts add up to the ELBO.
        terms.append([t.reconstruction, *(-d for d in t.divergence)])
    drawn = model.sample(16, torch.Generator().manual_seed(200))
    return {
        "terms": terms,
        "parameters": {
            "up": _learned(model.up),
            "down": _learned(model.down),
        },
        "samples": pack(to_pixels(drawn)),
    }


def _learned(part: nn.Module) -> int:
    """How many numbers are learned in a part of a model."""
    return sum(p.numel() for p in part.parameters() if p.requires_grad)
