"""The chain of Gaussian steps: its terms against brute force and closed forms."""

import math

import pytest
import torch

from ddpm_lite.digits import embedded, to_unit
from ddpm_lite.gaussian import Gaussian
from ddpm_lite.vae import PIXELS, VAE, Fixed, fit

DIGITS = to_unit(embedded().images[:64])


def seeded(seed: int = 0) -> torch.Generator:
    return torch.Generator().manual_seed(seed)


def build(sizes: tuple[int, ...] = (4,), **more: object) -> VAE:
    torch.manual_seed(0)
    return VAE(sizes, hidden=8, **more).double()  # type: ignore[arg-type]


@torch.no_grad()
def test_the_elbo_stays_below_the_log_likelihood() -> None:
    """With one hidden number, log p(x) is an integral that a fine grid gives."""
    model, x = build((1,)), DIGITS[:1].double()
    z = torch.linspace(-12, 12, 20_001, dtype=torch.float64)[:, None]
    joint = model.down[0](z).log_prob(x.flatten(1).expand(len(z), -1))
    joint = joint + Gaussian(torch.zeros_like(z), torch.ones_like(z)).log_prob(z)
    evidence = torch.logsumexp(joint, 0) + math.log(24 / 20_000)
    q = model.up[0](x.flatten(1))
    z_q = q.mean + q.std * torch.linspace(-12, 12, 20_001, dtype=torch.float64)[:, None]
    weight = Gaussian(q.mean, q.var).log_prob(z_q).exp() * float(q.std) * 24 / 20_000
    assert float(weight.sum()) == pytest.approx(1, abs=1e-9)
    explain = model.down[0](z_q).log_prob(x.flatten(1).expand(len(z_q), -1))
    prior = Gaussian(torch.zeros_like(q.mean), torch.ones_like(q.var))
    elbo = float((weight * explain).sum() - q.kl(prior))
    assert elbo < float(evidence)
    # One draw is unbiased for it: 4,000 draws, within 4.5 standard errors.
    drawn = model.terms(x.expand(4_000, -1, -1, -1), seeded()).elbo
    assert abs(float(drawn.mean()) - elbo) < 4.5 * float(drawn.std()) / 4_000**0.5


@torch.no_grad()
def test_two_layers_sum_the_log_ratios_of_the_hierarchy() -> None:
    """The same seed draws the same z, so the parts can be rebuilt one by one."""
    model, x = build((5, 3)), DIGITS[:6].double()
    terms = model.terms(x, seeded(7))
    g, flat = seeded(7), x.flatten(1)
    q_1 = model.up[0](flat)
    z_1 = q_1.sample(g)
    q_2 = model.up[1](z_1)
    z_2 = q_2.sample(g)
    prior = Gaussian(torch.zeros_like(z_2), torch.ones_like(z_2))
    middle = q_1.log_prob(z_1) - model.down[1](z_2).log_prob(z_1)
    expected = model.down[0](z_1).log_prob(flat) - middle - q_2.kl(prior)
    torch.testing.assert_close(terms.elbo, expected, rtol=0, atol=1e-9)
    assert len(terms.divergence) == 2


def test_a_frozen_step_is_the_kernel_of_diffusion() -> None:
    flat = DIGITS[:3].flatten(1).double()
    step = Fixed(0.7)(flat)
    torch.testing.assert_close(step.mean, math.sqrt(0.7) * flat)
    torch.testing.assert_close(step.var, torch.full_like(flat, 0.3))


def test_training_raises_the_elbo_and_never_touches_frozen_noise() -> None:
    torch.manual_seed(0)
    model = VAE((PIXELS, PIXELS), hidden=16, up=[Fixed(0.7), Fixed(0.2)])
    assert not list(model.up.parameters())
    with torch.no_grad():
        before = model.terms(DIGITS, seeded(3))
    heights = fit(model, DIGITS, 40, seeded())
    with torch.no_grad():
        after = model.terms(DIGITS, seeded(3))
    assert len(heights) == 40
    assert float(after.elbo.mean()) > float(before.elbo.mean()) + 100
    assert torch.equal(before.divergence[-1], after.divergence[-1])


def test_samples_are_images_and_repeat_with_the_seed() -> None:
    torch.manual_seed(0)
    model = VAE((6, 3), hidden=8)
    x = model.sample(5, seeded(1))
    assert x.shape == (5, 1, 28, 28)
    assert float(x.abs().max()) <= 1
    assert torch.equal(x, model.sample(5, seeded(1)))


def test_bad_input_is_named() -> None:
    with pytest.raises(ValueError, match="one or more layers"):
        VAE(())
    with pytest.raises(ValueError, match="2 layers need as many up, not 1"):
        VAE((PIXELS, PIXELS), up=[Fixed(0.5)])
    with pytest.raises(ValueError, match="between 0 and 1"):
        Fixed(1.0)
    with pytest.raises(ValueError, match="to_unit"):
        VAE((4,)).terms(DIGITS * 127.5)
