"""The four objectives of the book, each an estimate of −ELBO from fewer draws.

All return (B,) nats per image and have the same mean over their draws:

=============  =======================  ====================  =====================
function       draws                    network calls         chapter
=============  =======================  ====================  =====================
t_sample       x_1, …, x_T              T                     3
two_sample     t, (x_{t−1}, x_t)        1                     5
one_sample     t, x_t                   1                     7
=============  =======================  ====================  =====================

``simple`` is the fourth: the same draw as one_sample with the weight left out. It
is not the bound (chapter 8). At t = 1 the term of the bound is L_0, the cost of
reading the grey levels off p_θ(x_0|x_1); nothing here divides by σ_q²(1) = 0.
"""

import torch
from torch import Tensor

from ddpm_lite.diffusion import (
    Kind,
    Net,
    Variance,
    from_x_0,
    p_reverse,
    q_marginal,
    q_posterior,
    q_step,
    variance_table,
)
from ddpm_lite.gaussian import Gaussian
from ddpm_lite.schedule import Schedule, at


def draw_t(
    schedule: Schedule, batch: int, generator: torch.Generator | None = None
) -> Tensor:
    """(batch,) times, each uniform on 1…T, spread evenly over the batch.

    One uniform offset shifts a regular grid (Kingma et al. 2021, app. I.1): every
    single t is uniform, but a batch covers the whole range, so the loss is calmer.
    """
    device = generator.device if generator is not None else torch.device("cpu")
    offset = torch.rand((), generator=generator, device=device, dtype=torch.float64)
    grid = torch.arange(batch, device=device, dtype=torch.float64) / batch
    # The greatest number below 1, times T, still rounds to less than T.
    # eq-uniform
    return 1 + ((grid + offset) % 1 * schedule.T).long()


def prior_term(schedule: Schedule, x_0: Tensor) -> Tensor:
    """L_T = D_KL(q(x_T|x_0) ‖ 𝒩(0, I)): (B,) nats; no parameter in it."""
    t = torch.full((len(x_0),), schedule.T, device=x_0.device)
    x_T = q_marginal(schedule, x_0, t)
    return x_T.kl(standard_normal(x_0))  # eq-l-prior


def reconstruction(
    net: Net,
    schedule: Schedule,
    x_0: Tensor,
    x_1: Tensor,
    variance: Variance = "posterior",
) -> Tensor:
    """−log P_θ(x_0|x_1), whose mean over x_1 is L_0: (B,) nats.

    The variance of the last step is β_1 with ``variance="beta"``; with "posterior",
    where σ_q²(1) = 0 will not do, it is σ_q²(2) (Ho et al.'s code makes this choice).
    """
    t = torch.ones(len(x_0), dtype=torch.int64, device=x_0.device)
    mean = p_reverse(net, schedule, x_1, t).mean
    # eq-l-last
    return -Gaussian(mean, last_variance(schedule, variance, x_0)).log_mass(x_0)


def last_variance(schedule: Schedule, variance: Variance, like: Tensor) -> Tensor:
    """σ_1², the variance of p_θ(x_0|x_1), which the posterior cannot provide."""
    table = variance_table(schedule, variance)
    if table[1] > 0:
        return table[1].to(like)
    return (table[2] if schedule.T > 1 else schedule.beta[1]).to(like)


def step_kl(
    net: Net,
    schedule: Schedule,
    x_0: Tensor,
    x_t: Tensor,
    t: Tensor,
    variance: Variance = "posterior",
) -> Tensor:
    """D_KL(q(x_{t−1}|x_t, x_0) ‖ p_θ(x_{t−1}|x_t)) for t ≥ 2: (B,) nats."""
    target = q_posterior(schedule, x_t, x_0, t)
    model = p_reverse(net, schedule, x_t, t, variance)
    return target.kl(model)  # eq-l-step


def t_sample(
    net: Net,
    schedule: Schedule,
    x_0: Tensor,
    generator: torch.Generator | None = None,
    variance: Variance = "posterior",
) -> Tensor:
    """−ELBO from one whole path: log q(x_{1:T}|x_0) − log p_θ(x_{0:T}), (B,) nats."""
    x_previous, total = x_0, x_0.new_zeros(len(x_0))
    for step in range(1, schedule.T + 1):
        t = torch.full((len(x_0),), step, device=x_0.device)
        forward = q_step(schedule, x_previous, t)
        x_t = forward.sample(generator)
        total = total + forward.log_prob(x_t)
        total = total + _cost_of_step(net, schedule, x_0, x_previous, x_t, t, variance)
        x_previous = x_t
    return total - standard_normal(x_0).log_prob(x_previous)  # eq-t-sample


def two_sample(
    net: Net,
    schedule: Schedule,
    x_0: Tensor,
    t: Tensor,
    generator: torch.Generator | None = None,
    variance: Variance = "posterior",
) -> Tensor:
    """−ELBO from one neighbouring pair (x_{t−1}, x_t), t uniform: (B,) nats.

    T [ log q(x_t|x_{t−1}) − log p_θ(x_{t−1}|x_t) ] + E[−log p(x_T)]. The pair is drawn
    jointly: x_t is one noisy step from x_{t−1}.
    """
    x_previous = _marginal_or_point(schedule, x_0, t - 1, generator)  # eq-two-joint
    forward = q_step(schedule, x_previous, t)
    x_t = forward.sample(generator)
    term = forward.log_prob(x_t)
    term = term + _cost_of_step(net, schedule, x_0, x_previous, x_t, t, variance)
    # eq-two-sample
    return schedule.T * term + prior_cross_entropy(schedule, x_0)


def one_sample(
    net: Net,
    schedule: Schedule,
    x_0: Tensor,
    t: Tensor,
    generator: torch.Generator | None = None,
    variance: Variance = "posterior",
) -> Tensor:
    """−ELBO from one noisy image x_t, t uniform: L_T + T · L_{t−1}, (B,) nats."""
    x_t = q_marginal(schedule, x_0, t).sample(generator)
    term = x_0.new_empty(len(x_0))
    first, later = t == 1, t > 1
    target = q_posterior(schedule, x_t, x_0, t)
    model = p_reverse(net, schedule, x_t, t, variance)
    term[later] = target[later].kl(model[later])  # eq-l-step
    sigma_1 = last_variance(schedule, variance, x_0)
    term[first] = -Gaussian(model.mean[first], sigma_1).log_mass(x_0[first])
    return schedule.T * term + prior_term(schedule, x_0)  # eq-decomposition


def simple(
    net: Net,
    schedule: Schedule,
    x_0: Tensor,
    t: Tensor,
    generator: torch.Generator | None = None,
    y: Tensor | None = None,
) -> Tensor:
    """‖target − net(x_t, t)‖² / D: (B,), the mean over pixels; Ho et al. 2020, eq. 14.

    The target is whatever the network predicts: ε, x_0 or v.
    """
    x_t = q_marginal(schedule, x_0, t).sample(generator)
    target = from_x_0(schedule, net.predicts, x_0, x_t, t)
    told = schedule.timesteps.to(t.device)[t]
    error = target - (net(x_t, told) if y is None else net(x_t, told, y))
    return error.square().flatten(1).mean(1)  # eq-simple


def bound_weight(schedule: Schedule, kind: Kind) -> Tensor:
    """w(t) with L_{t−1} = w(t) ‖target − prediction‖²: (T + 1,) float64, t ≥ 2.

    With σ² = σ_q². For x_0 it is ½ (SNR(t−1) − SNR(t)), computed as a product because
    the difference of two close ratios loses digits; an error in ε or v is the
    error in x_0 times √ᾱ_t/√(1−ᾱ_t) or 1/√(1−ᾱ_t). Entries 0 and 1 are NaN: t = 1 is
    L_0, which has no such weight. Source: Kingma et al. 2021, eq. 13.
    """
    weight = torch.full_like(schedule.beta, torch.nan)
    before, now = schedule.noise_variance[1:-1], schedule.noise_variance[2:]
    # eq-weight-x0
    weight[2:] = schedule.alpha_bar[1:-1] * schedule.beta[2:] / (2 * before * now)
    match kind:
        case "x_0":
            return weight
        case "epsilon":
            return weight / schedule.snr  # eq-weight-epsilon
        case "v":
            return weight * schedule.noise_variance  # eq-weight-v
    raise ValueError(f"no weight for {kind!r}: x_0, epsilon or v")


def standard_normal(like: Tensor) -> Gaussian:
    """p(x_T) = 𝒩(0, I)."""
    return Gaussian(torch.zeros_like(like), torch.ones_like(like))


def prior_cross_entropy(schedule: Schedule, x_0: Tensor) -> Tensor:
    """E_q[−log p(x_T)] in closed form: (B,) nats."""
    # eq-second-moment
    square = schedule.alpha_bar[-1] * x_0**2 + schedule.noise_variance[-1]
    normal = standard_normal(x_0)
    return -normal.log_prob(square.sqrt().to(x_0.dtype))  # eq-two-end


def _cost_of_step(
    net: Net,
    schedule: Schedule,
    x_0: Tensor,
    x_previous: Tensor,
    x_t: Tensor,
    t: Tensor,
    variance: Variance,
) -> Tensor:
    """−log p_θ(x_{t−1}|x_t), in grey levels at t = 1: (B,) nats."""
    model = p_reverse(net, schedule, x_t, t, variance)
    cost = x_t.new_empty(len(x_t))
    first, later = t == 1, t > 1
    cost[later] = -model[later].log_prob(x_previous[later])
    sigma_1 = last_variance(schedule, variance, x_0)
    cost[first] = -Gaussian(model.mean[first], sigma_1).log_mass(x_0[first])
    return cost


def _marginal_or_point(
    schedule: Schedule, x_0: Tensor, t: Tensor, generator: torch.Generator | None
) -> Tensor:
    """A draw of q(x_t|x_0) for t in 0…T; x_0 itself at t = 0."""
    a = at(schedule.alpha_bar, t, x_0).sqrt()
    return Gaussian(a * x_0, at(schedule.noise_variance, t, x_0)).sample(generator)
