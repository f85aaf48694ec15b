"""The best variance for p_θ(x_{t−1}|x_t), given a network: measured, not learned.

Neither β_t nor σ_q²(t) is right for a network that errs. The best single variance at
each t is σ_q²(t) plus the mean squared error of the mean (chapters 9 and 11).
"""

import math

import numpy as np
import torch
from torch import Tensor

from ddpm_lite.bound import (
    TIMES,
    Decoder,
    Draw,
    Watch,
    require_finite,
    require_images,
    strata,
    visits,
)
from ddpm_lite.diffusion import Net, predict_x_0
from ddpm_lite.gaussian import Gaussian
from ddpm_lite.schedule import Schedule


@torch.no_grad()
def optimal_variance(
    net: Net,
    schedule: Schedule,
    x_0: Tensor,
    times: int | None = TIMES,
    generator: torch.Generator | None = None,
    y: Tensor | None = None,
    decoder: Decoder = "levels",
    batch: int = 128,
    draw: Draw | None = None,
    watch: Watch | None = None,
) -> dict[bool, Tensor]:
    """The variances of p_θ with which this network's bound is lowest.

    σ²(t) = σ_q²(t) + E‖μ_q − μ_θ‖²/D for t ≥ 2: the KL's minimum over one variance
    per t. It depends on whether x̂_0 is clipped. ``x_0`` must not be the images that
    are scored afterwards, or the bound is no bound. At t = 1 the variance is found by
    search, since there it is grey levels that are paid for.

    Between strata the error is interpolated in log t, after a factor that makes it
    nearly constant: E‖x_0 − x̂_0‖² · SNR(t), the error in ε, or with clipping, where
    the error is at most that of knowing nothing, E‖x_0 − x̂_0‖² · (1 + SNR(t)).

    Arguments are those of :func:`~ddpm_lite.bound.bound`.

    Returns:
        {clip: (T + 1,) float64}.

    Source: Bao et al. 2022 (Analytic-DPM), theorem 1, for the network at hand.
    """
    require_images(x_0, decoder)
    parts = [range(1, 2), *strata(schedule.T, times)]
    snr, error = schedule.snr, np.zeros((2, len(parts)))
    first: list[list[Tensor]] = [[], []]
    for k, part in enumerate(parts):
        for rows, t, x_t in visits(schedule, x_0, part, generator, batch, draw):
            x_hat = predict_x_0(net, schedule, x_t, t, None if y is None else y[rows])
            for clip in (False, True):
                guess = (x_hat.clamp(-1, 1) if clip else x_hat).double()
                square = (x_0[rows].double() - guess).square().flatten(1).sum(1).cpu()
                flat = square * (snr[t.cpu()] + int(clip))  # eq-error-epsilon
                error[int(clip), k] += float(flat.sum()) / x_0.numel()
                if part[0] == 1:
                    first[int(clip)].append(guess)
            if watch:
                watch(len(t))
    require_finite(torch.from_numpy(error))
    where = [float(np.log(part).mean()) for part in parts]
    every = np.log(np.arange(1, schedule.T + 1))
    tables = {}
    for clip in (False, True):
        smooth = torch.from_numpy(np.interp(every, where, error[int(clip)]))
        smooth = smooth / (snr[1:] + int(clip))
        table = schedule.posterior_variance.clone()
        # eq-reverse-variance
        table[1:] += schedule.posterior_mean_x_0[1:] ** 2 * smooth
        if decoder == "levels":
            table[1] = _best_last(torch.cat(first[int(clip)]), x_0.double())
        tables[clip] = table
    return tables


def _best_last(mean: Tensor, x_0: Tensor) -> float:
    """σ_1² that makes −log P(x_0|x_1) lowest on average: a grid, then a finer one."""

    def cost(log_var: float) -> float:
        var = torch.tensor(math.exp(log_var), dtype=mean.dtype, device=mean.device)
        return -float(Gaussian(mean, var).log_mass(x_0).mean())

    grid = np.linspace(math.log(1e-7), 0.0, 29)
    centre = min(grid, key=cost)
    width = grid[1] - grid[0]
    return math.exp(min(np.linspace(centre - width, centre + width, 17), key=cost))
