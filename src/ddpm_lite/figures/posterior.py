"""Pictures of chapter 06: one step back, when the start is known."""

import math

import torch
from matplotlib.figure import Figure
from matplotlib.patheffects import withStroke
from torch import Tensor

from ddpm_lite.diffusion import q_marginal, q_posterior
from ddpm_lite.figures.style import ACCENT, BLUE, GREY, INK, new_figure, show_digit
from ddpm_lite.gaussian import Gaussian
from ddpm_lite.schedule import Schedule


def density(gaussian: Gaussian, x: Tensor) -> Tensor:
    """𝒩(x; mean, var) of one scalar Gaussian at many points (N,)."""
    var = gaussian.var.reshape(())
    quadratic = (x - gaussian.mean.reshape(())) ** 2 / var
    return torch.exp(-quadratic / 2) / torch.sqrt(2 * math.pi * var)


def between(schedule: Schedule, x_0: float, x_t: float, t: int) -> Figure:
    """Two bells for x_{t−1}, from the start and from the end, and their product.

    Args:
        x_0, x_t: the two known ends, scalars.
        t: a step in 2…T.
    """
    start, end = (torch.tensor([v], dtype=torch.float64) for v in (x_0, x_t))
    step = torch.tensor([t])
    prior = q_marginal(schedule, start, step - 1)
    posterior = q_posterior(schedule, end, start, step)
    alpha, beta = schedule.alpha[t], schedule.beta[t]
    hint = Gaussian(end / alpha.sqrt(), beta / alpha)
    figure, (ax,) = new_figure()
    x = torch.linspace(-3, 3, 601, dtype=torch.float64)
    for bell, colour, text in (
        (prior, BLUE, "what $x_0$ says: $q(x_{t-1}|x_0)$"),
        (hint, GREY, "what $x_t$ says: $q(x_t|x_{t-1})$, scaled to area 1"),
        (posterior, ACCENT, "both: $q(x_{t-1}|x_t, x_0)$"),
    ):
        ax.plot(x, density(bell, x), color=colour, label=text)
    peak = density(posterior, posterior.mean)
    ax.vlines(posterior.mean, 0, peak, color=ACCENT, linestyle=":")
    for value, text in ((x_0, "$x_0$"), (x_t, "$x_t$"), (posterior.mean, r"$\mu_q$")):
        ax.plot(float(value), 0, "o", color=INK, clip_on=False, zorder=3)
        said = ax.annotate(
            text, (float(value), 0), (9, 7), textcoords="offset points", ha="center"
        )
        said.set_path_effects([withStroke(linewidth=3, foreground="white")])
    ax.set(xlabel="$x_{t-1}$", ylabel="density", ylim=(0, 1.45 * float(peak)))
    ax.legend(loc="upper left", fontsize=9)
    return figure


def coefficients(schedule: Schedule) -> Figure:
    """Above: the weights of x_0 and x_t in μ_q. Below: what their sum lacks of 1."""
    t = torch.arange(1, schedule.T + 1)
    c_0, c_t = schedule.posterior_mean_x_0[1:], schedule.posterior_mean_x_t[1:]
    figure, (above, below) = new_figure(2, 1, size=(6.4, 4.6))
    above.plot(t, c_t, color=GREY, label="weight of $x_t$")
    above.plot(t, c_0, color=BLUE, label="weight of $x_0$")
    above.legend(loc="center right")
    above.set(ylabel="weight in $\\mu_q$", ylim=(0, 1.05))
    missing = 1 - c_0 - c_t
    below.fill_between(t, missing, color=ACCENT, alpha=0.25)
    below.plot(t, missing, color=ACCENT)
    below.set(xlabel="$t$ (logarithmic)", ylabel="1 − sum of weights")
    for ax in (above, below):
        ax.set_xscale("log")
        ax.set_xlim(1, schedule.T)
    return figure


def two_humps(schedule: Schedule, x_t: float, t: int) -> Figure:
    """q(x_{t−1}|x_t) for x_0 = ±1: a sum of two posteriors, and the bell it is not."""
    starts = torch.tensor([-1.0, 1.0], dtype=torch.float64)
    ends = torch.full((2,), x_t, dtype=torch.float64)
    steps = torch.full((2,), t)
    weight = q_marginal(schedule, starts, steps).log_prob(ends).softmax(0)
    posterior = q_posterior(schedule, ends, starts, steps)
    x = torch.linspace(-2.5, 2.5, 501, dtype=torch.float64)
    parts = [weight[i] * density(posterior[torch.tensor([i])], x) for i in (0, 1)]
    both = parts[0] + parts[1]
    mean = (weight * posterior.mean).sum()
    var = (weight * (posterior.var + posterior.mean**2)).sum() - mean**2
    figure, (ax,) = new_figure(size=(6.4, 3.0))
    ax.fill_between(x, both, color=BLUE, alpha=0.15)
    ax.plot(x, both, color=BLUE, label="$q(x_{t-1}|x_t)$")
    for part, side in zip(parts, ("$x_0=-1$", "$x_0=+1$"), strict=True):
        ax.plot(x, part, color=ACCENT, linestyle="--", linewidth=1.3)
        top = int(part.argmax())
        ax.annotate(side, (float(x[top]), 0), (0, 6), textcoords="offset points",
                    ha="center", color=ACCENT)  # fmt: skip
    bell = density(Gaussian(mean, var), x)
    ax.plot(x, bell, color=GREY, label="the bell of equal mean and variance")
    ax.set(xlabel="$x_{t-1}$", ylabel="density", ylim=(0, 1.4 * float(both.max())))
    ax.legend(loc="upper center", fontsize=9, ncols=2)
    return figure


def one_step_back(x_0: Tensor, x_t: Tensor, mean: Tensor, t: list[int]) -> Figure:
    """A digit at several t (upper row) and where it most likely was at t − 1 (lower).

    Args:
        x_0: (1, 28, 28), drawn once at the left.
        x_t, mean: (K, 1, 28, 28).
        t: the K steps, for the titles.
    """
    columns = len(t) + 1
    figure, axes = new_figure(2, columns, size=(6.4, 2.7))
    upper, lower = axes[:columns], axes[columns:]
    show_digit(upper[0], x_0)
    upper[0].set_title("$x_0$", fontsize=10)
    lower[0].axis("off")
    for i, step in enumerate(t, start=1):
        show_digit(upper[i], x_t[i - 1])
        show_digit(lower[i], mean[i - 1])
        upper[i].set_title(f"$x_{{{step}}}$", fontsize=10)
        lower[i].set_title(f"$\\mu_q$ at $t={step}$", fontsize=10)
    for ax in axes:
        ax.set_axis_off()
    return figure
