"""The chain, forwards and backwards, as distributions.

Functions are named after the distribution they return. Symbols: ``x_0`` the image
in [−1, 1], ``x_t`` the same after t noisy steps, both (B, ...); ``t`` (B,) int64 in
1…T. Every ratio comes from :class:`~ddpm_lite.schedule.Schedule`.
"""

from typing import Literal, Protocol

import torch
from torch import Tensor

from ddpm_lite.gaussian import Gaussian
from ddpm_lite.schedule import Schedule, at

Kind = Literal["x_0", "epsilon", "v", "score", "mean"]
Variance = Literal["posterior", "beta"] | Tensor  # a name, or a (T + 1,) table


class Net(Protocol):
    """What the rooms ask of a network: x_t and its time in, one quantity out."""

    predicts: Kind

    def __call__(self, x_t: Tensor, t: Tensor, y: Tensor | None = None) -> Tensor:
        """(B, ...), (B,) int64, labels (B,) or None → (B, ...)."""
        ...


def q_step(schedule: Schedule, x_previous: Tensor, t: Tensor) -> Gaussian:
    """q(x_t | x_{t−1}) = 𝒩(√α_t x_{t−1}, β_t I). Ho et al. 2020, eq. 2."""
    _check_t(schedule, t)
    alpha_t = at(schedule.alpha, t, x_previous)
    beta_t = at(schedule.beta, t, x_previous)
    return Gaussian(alpha_t.sqrt() * x_previous, beta_t)  # eq-kernel


def q_marginal(schedule: Schedule, x_0: Tensor, t: Tensor) -> Gaussian:
    """q(x_t | x_0) = 𝒩(√ᾱ_t x_0, (1 − ᾱ_t) I). Ho et al. 2020, eq. 4."""
    _check_t(schedule, t)
    alpha_bar_t = at(schedule.alpha_bar, t, x_0)
    noise_variance = at(schedule.noise_variance, t, x_0)
    return Gaussian(alpha_bar_t.sqrt() * x_0, noise_variance)  # eq-marginal


def q_posterior(schedule: Schedule, x_t: Tensor, x_0: Tensor, t: Tensor) -> Gaussian:
    """q(x_{t−1} | x_t, x_0) = 𝒩(μ_q(x_t, x_0), σ_q²(t) I). Ho et al. 2020, eq. 6, 7.

    At t = 1 the variance is 0: the posterior is the point x_0.

    Example:
        >>> from ddpm_lite.schedule import linear
        >>> x_0, t = torch.ones(2, 1, 28, 28), torch.tensor([1, 500])
        >>> q_posterior(linear(), 0.5 * x_0, x_0, t).var.flatten()
        tensor([0.0000, 0.0100])
    """
    _check_t(schedule, t)
    mean = (  # eq-posterior-mean
        at(schedule.posterior_mean_x_0, t, x_0) * x_0
        + at(schedule.posterior_mean_x_t, t, x_t) * x_t
    )
    return Gaussian(mean, at(schedule.posterior_variance, t, x_t))  # eq-posterior


def p_reverse(
    net: Net,
    schedule: Schedule,
    x_t: Tensor,
    t: Tensor,
    variance: Variance = "posterior",
    y: Tensor | None = None,
    clip: bool = False,
) -> Gaussian:
    """p_θ(x_{t−1} | x_t): the posterior with the network's x̂_0 in the place of x_0.

    Args:
        variance: "posterior" for σ_q²(t) = β̃_t, "beta" for β_t, or a (T + 1,) table,
            such as the best one for this network (chapter 9).
        y: class labels, for a conditional network.
        clip: keep x̂_0 in [−1, 1] (a sampler's habit; it changes p_θ).
    """
    x_0 = predict_x_0(net, schedule, x_t, t, y)
    if clip:
        x_0 = x_0.clamp(-1, 1)
    mean = q_posterior(schedule, x_t, x_0, t).mean
    # eq-chain-reverse, eq-model-step
    return Gaussian(mean, at(variance_table(schedule, variance), t, x_t))


def variance_table(schedule: Schedule, variance: Variance) -> Tensor:
    """The variance of p_θ(x_{t−1}|x_t) for every t: (T + 1,) float64.

    Raises:
        ValueError: for an unknown name, or a table that is not (T + 1,).
    """
    if isinstance(variance, Tensor):
        if variance.shape != schedule.beta.shape:
            raise ValueError(
                f"a variance table needs {schedule.T + 1} entries, one for each t "
                f"from 0, got {tuple(variance.shape)}"
            )
        return variance
    if variance == "posterior":
        return schedule.posterior_variance
    if variance == "beta":
        return schedule.beta
    raise ValueError(f"unknown variance {variance!r}: posterior, beta or a table")


def predict_x_0(
    net: Net, schedule: Schedule, x_t: Tensor, t: Tensor, y: Tensor | None = None
) -> Tensor:
    """x̂_θ(x_t, t): the network's guess of x_0, whatever it was trained to say."""
    _check_t(schedule, t)
    told = schedule.timesteps.to(t.device)[t]
    value = net(x_t, told) if y is None else net(x_t, told, y)
    return to_x_0(schedule, net.predicts, value, x_t, t)


def to_x_0(
    schedule: Schedule, kind: Kind, value: Tensor, x_t: Tensor, t: Tensor
) -> Tensor:
    """Read any of the five equivalent answers as x_0, given x_t.

    With √ᾱ_t = a and √(1 − ᾱ_t) = s, so that x_t = a x_0 + s ε:
    epsilon: x_0 = (x_t − s ε)/a · v = a ε − s x_0: x_0 = a x_t − s v ·
    score = −ε/s: x_0 = (x_t + s² score)/a · mean = μ_q solved for x_0.
    """
    a = at(schedule.alpha_bar, t, x_t).sqrt()
    s = at(schedule.noise_variance, t, x_t).sqrt()
    match kind:
        case "x_0":
            return value
        case "epsilon":
            return (x_t - s * value) / a  # eq-x0-from-epsilon
        case "v":
            return a * x_t - s * value  # eq-x0-from-v
        case "score":
            return (x_t + s**2 * value) / a  # eq-tweedie
        case "mean":
            c_0 = at(schedule.posterior_mean_x_0, t, x_t)
            c_t = at(schedule.posterior_mean_x_t, t, x_t)
            return (value - c_t * x_t) / c_0  # eq-posterior-mean
    raise ValueError(f"unknown kind {kind!r}: x_0, epsilon, v, score or mean")


def from_x_0(
    schedule: Schedule, kind: Kind, x_0: Tensor, x_t: Tensor, t: Tensor
) -> Tensor:
    """The inverse of :func:`to_x_0`: what a network of this kind should have said."""
    a = at(schedule.alpha_bar, t, x_t).sqrt()
    s = at(schedule.noise_variance, t, x_t).sqrt()
    match kind:
        case "x_0":
            return x_0
        case "epsilon":
            return (x_t - a * x_0) / s  # eq-x-t
        case "v":
            return (a * x_t - x_0) / s  # eq-v
        case "score":
            return (a * x_0 - x_t) / s**2  # eq-score-conditional
        case "mean":
            return q_posterior(schedule, x_t, x_0, t).mean
    raise ValueError(f"unknown kind {kind!r}: x_0, epsilon, v, score or mean")


def _check_t(schedule: Schedule, t: Tensor) -> None:
    if t.dtype != torch.int64 or t.dim() != 1:
        raise ValueError(f"t must be int64 of shape (B,), got {t.dtype} {t.shape}")
    if not bool(((t >= 1) & (t <= schedule.T)).all()):
        raise ValueError(
            f"t must lie in 1…{schedule.T}, got {int(t.min())}…{int(t.max())}"
        )
