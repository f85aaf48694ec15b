"""How fast the noise comes: β_t, α_t, ᾱ_t and what follows from them.

Every table is float64 and has T + 1 entries, so that ``table[t]`` belongs to
step t = 1 … T and index 0 is the clean image: ᾱ_0 = 1. Nothing wraps.
"""

import math
from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property

import torch
from torch import Tensor


@dataclass(frozen=True, eq=False)
class Schedule:
    """The numbers of a forward process x_0 → x_1 → … → x_T.

    Args:
        betas: (T,) noise variances β_1 … β_T, each in (0, 1).
        steps: (T,) int64, the time each step has in the network's eyes; 1 … T unless
            the schedule leaves some out (see :meth:`respace`).

    Raises:
        ValueError: if there is no step or a β lies outside (0, 1).

    Source: Ho et al. 2020, eq. 2, 4, 7.
    """

    betas: Tensor
    steps: Tensor | None = None

    def __post_init__(self) -> None:
        betas = torch.as_tensor(self.betas).double().detach()
        if betas.dim() != 1 or len(betas) < 1:
            raise ValueError("Schedule: T must be at least 1 (got no β)")
        # In double precision 1 − β is 1 for a β below 1.1e-16: no noise at all.
        bad = ((1 - betas >= 1) | (betas >= 1) | ~torch.isfinite(betas)).nonzero()
        if len(bad):
            t = int(bad[0]) + 1
            raise ValueError(
                f"Schedule: every β must lie strictly between 0 and 1, but "
                f"β_{t} = {float(betas[t - 1]):.6g}; choose a gentler schedule"
            )
        object.__setattr__(self, "betas", betas)

    @property
    def T(self) -> int:
        """Number of steps."""
        return len(self.betas)

    @cached_property
    def beta(self) -> Tensor:
        """β_t, variance of the noise added at step t; β_0 = 0. Shape (T + 1,)."""
        return torch.cat([self.betas.new_zeros(1), self.betas])

    @cached_property
    def alpha(self) -> Tensor:
        """α_t = 1 − β_t; α_0 = 1."""
        return 1 - self.beta  # eq-alpha

    @cached_property
    def alpha_bar(self) -> Tensor:
        """ᾱ_t = α_1 α_2 ⋯ α_t, the signal's share of the variance; ᾱ_0 = 1."""
        return self.alpha.cumprod(0)  # eq-alpha-bar

    @cached_property
    def alpha_bar_previous(self) -> Tensor:
        """ᾱ_{t−1}; at index 0, where there is no step before, 1."""
        return torch.cat([self.alpha_bar.new_ones(1), self.alpha_bar[:-1]])

    @cached_property
    def noise_variance(self) -> Tensor:
        """1 − ᾱ_t, summed as β_t + α_t (1 − ᾱ_{t−1}) to keep small values exact."""
        kept, out = self.betas.new_zeros(()), [self.betas.new_zeros(())]
        for beta in self.betas:
            kept = beta + (1 - beta) * kept  # eq-induction-variance
            out.append(kept)
        return torch.stack(out)

    @cached_property
    def posterior_variance(self) -> Tensor:
        """σ_q²(t) = β_t (1 − ᾱ_{t−1}) / (1 − ᾱ_t) = β̃_t; 0 at t = 1 (a point)."""
        var = torch.zeros_like(self.beta)  # eq-posterior-point
        previous = self.noise_variance[:-1]
        # eq-posterior-variance
        var[1:] = self.betas * previous / self.noise_variance[1:]
        return var

    @cached_property
    def posterior_mean_x_0(self) -> Tensor:
        """Coefficient of x_0 in μ_q: √ᾱ_{t−1} β_t / (1 − ᾱ_t); 1 at t = 1."""
        coefficient = torch.ones_like(self.beta)  # eq-posterior-point-mean
        signal = self.alpha_bar[:-1].sqrt()
        # eq-posterior-mean
        coefficient[1:] = signal * self.betas / self.noise_variance[1:]
        return coefficient

    @cached_property
    def posterior_mean_x_t(self) -> Tensor:
        """Coefficient of x_t in μ_q: √α_t (1 − ᾱ_{t−1}) / (1 − ᾱ_t); 0 at t = 1."""
        coefficient = torch.zeros_like(self.beta)
        previous = self.noise_variance[:-1]
        kept = self.alpha[1:].sqrt()
        # eq-posterior-mean
        coefficient[1:] = kept * previous / self.noise_variance[1:]
        return coefficient

    @cached_property
    def snr(self) -> Tensor:
        """SNR(t) = ᾱ_t / (1 − ᾱ_t), falling in t; infinite at t = 0."""
        return self.alpha_bar / self.noise_variance  # eq-snr

    @cached_property
    def timesteps(self) -> Tensor:
        """(T + 1,) int64: the time that the network is told at step t; 0 at 0."""
        own = torch.arange(1, self.T + 1) if self.steps is None else self.steps
        return torch.cat([own.new_zeros(1), own])

    def respace(self, steps: int) -> "Schedule":
        """The same process at ``steps`` of its T times, evenly spread, the last kept.

        The new β is 1 − ᾱ_t/ᾱ_s for neighbouring kept times s < t, so that
        q(x_t|x_0) is unchanged at every kept time (Nichol & Dhariwal 2021, eq. 19).

        Raises:
            ValueError: unless 1 ≤ steps ≤ T.
        """
        if not 1 <= steps <= self.T:
            raise ValueError(
                f"respace: the number of steps must lie in 1…{self.T}, got {steps}"
            )
        kept = torch.linspace(0, self.T, steps + 1, dtype=torch.float64).round().long()
        if steps == self.T:
            return self
        ratio = self.alpha_bar[kept[1:]] / self.alpha_bar[kept[:-1]]
        # eq-skip-beta
        return Schedule(1 - ratio, steps=self.timesteps[kept[1:]])


def at(table: Tensor, t: Tensor, like: Tensor) -> Tensor:
    """``table[t]`` shaped (B, 1, 1, …) to broadcast over ``like``, in its dtype.

    Args:
        table: (T + 1,) float64.
        t: (B,) int64 in 0…T.
        like: (B, ...).
    """
    values = table.to(t.device)[t].to(like.dtype)
    return values.reshape(-1, *[1] * (like.dim() - 1))


def linear(T: int = 1000, beta_1: float = 1e-4, beta_T: float = 0.02) -> Schedule:
    """β_t equally spaced from β_1 to β_T (Ho et al. 2020, §4)."""
    _require_steps(T)
    return Schedule(torch.linspace(beta_1, beta_T, T, dtype=torch.float64))


def cosine(T: int = 1000, s: float = 0.008, max_beta: float = 0.999) -> Schedule:
    """ᾱ_t ∝ cos²(½π (t/T + s)/(1 + s)), β capped (Nichol & Dhariwal 2021, eq. 17)."""
    _require_steps(T)

    def signal(u: Tensor) -> Tensor:
        return torch.cos((u + s) / (1 + s) * math.pi / 2) ** 2

    return _from_signal(signal, T, max_beta)


def sigmoid(
    T: int = 1000, start: float = -3.0, end: float = 3.0, max_beta: float = 0.999
) -> Schedule:
    """ᾱ_t a falling sigmoid from ``start`` to ``end``, scaled to run from 1 to 0.

    Source: Jabri et al. 2022 (arXiv:2212.11972), with temperature 1; β capped.
    """
    _require_steps(T)

    def signal(u: Tensor) -> Tensor:
        last = torch.sigmoid(torch.tensor(-end, dtype=torch.float64))
        here = torch.sigmoid(-(u * (end - start) + start))
        return here - last  # the scale drops out of β, which is made of ratios

    return _from_signal(signal, T, max_beta)


def log_snr(T: int = 1000, first: float = 10.0, last: float = -10.0) -> Schedule:
    """log SNR(t) falls in a straight line from ``first`` (t = 1) to ``last`` (t = T).

    ᾱ_t = sigmoid(log SNR(t)) (Kingma et al. 2021, eq. 3, 4). A high ``first`` starts
    fine: the last reverse step then has almost no noise left to explain.

    Raises:
        ValueError: if T < 1 or ``first`` ≤ ``last``.
    """
    _require_steps(T)
    if first <= last:
        raise ValueError(
            f"log_snr: the signal-to-noise ratio must fall, but it starts at "
            f"{first} and ends at {last}"
        )
    gamma = -torch.linspace(first, last, T, dtype=torch.float64)
    log_alpha_bar = torch.nn.functional.logsigmoid(-gamma)
    ratio = torch.diff(log_alpha_bar, prepend=log_alpha_bar.new_zeros(1))
    return Schedule(-torch.expm1(ratio))


SCHEDULES: dict[str, Callable[..., Schedule]] = {
    "linear": linear,
    "cosine": cosine,
    "sigmoid": sigmoid,
    "log_snr": log_snr,
}


def make(name: str, T: int = 1000) -> Schedule:
    """A schedule by name: "cosine", or with its constants, "log_snr:13.3:-6".

    The constants follow the name after colons, in the order of the function's
    arguments; what is left out keeps its default.

    Raises:
        ValueError: for an unknown name (the message lists the known ones) or
            constants that are no numbers or too many.

    Example:
        >>> s = make("linear", T=1000)
        >>> s.alpha_bar.shape, float(s.alpha_bar[0])
        (torch.Size([1001]), 1.0)
        >>> round(float(s.beta[1000]), 4)
        0.02
    """
    kind, *constants = name.split(":")
    if kind not in SCHEDULES:
        known = ", ".join(SCHEDULES)
        raise ValueError(f"unknown schedule {kind!r}; choose one of: {known}")
    try:
        return SCHEDULES[kind](T, *map(float, constants))
    except TypeError as error:
        raise ValueError(f"schedule {name!r}: too many constants") from error


def _from_signal(
    signal: Callable[[Tensor], Tensor], T: int, max_beta: float
) -> Schedule:
    u = torch.linspace(0, 1, T + 1, dtype=torch.float64)
    value = signal(u)
    return Schedule((1 - value[1:] / value[:-1]).clamp(max=max_beta))


def _require_steps(T: int) -> None:
    if T < 1:
        raise ValueError(f"a schedule needs at least one step, got T = {T}")
