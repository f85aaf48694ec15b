"""The chain backwards, held against worlds in which its law is known exactly."""

import itertools
import math

import pytest
import torch

from ddpm_lite import schedule as schedules
from ddpm_lite.sampling import Guided, Translated, ancestral, ddim, noise
from ddpm_lite.toys import Exact, GaussianData
from ddpm_lite.unet import UNet

T = 40
SCHEDULE = schedules.linear(T, 1e-3, 0.25)
MEAN, VAR = 0.3, 0.25
NET = Exact(GaussianData(MEAN, VAR), SCHEDULE)


def seeded(seed=0):
    return torch.Generator().manual_seed(seed)


def law(kept, variance):
    """Mean and variance of x_0 from the exact network, by plain arithmetic.

    Every reverse step is x_{t−1} = A x_t + B + σ ε, so a Gaussian stays one.
    """
    alpha_bar = [1.0]
    for beta in SCHEDULE.beta[1:].tolist():
        alpha_bar.append(alpha_bar[-1] * (1 - beta))
    mean, var = 0.0, 1.0
    for s, t in reversed(list(itertools.pairwise(kept))):
        beta = 1 - alpha_bar[t] / alpha_bar[s]
        c_0 = math.sqrt(alpha_bar[s]) * beta / (1 - alpha_bar[t])
        c_t = math.sqrt(1 - beta) * (1 - alpha_bar[s]) / (1 - alpha_bar[t])
        slope = math.sqrt(alpha_bar[t]) * VAR / (alpha_bar[t] * VAR + 1 - alpha_bar[t])
        offset = MEAN - slope * math.sqrt(alpha_bar[t]) * MEAN
        fresh = (
            beta
            if variance == "beta"
            else beta * (1 - alpha_bar[s]) / (1 - alpha_bar[t])
        )
        mean = (c_0 * slope + c_t) * mean + c_0 * offset
        var = (c_0 * slope + c_t) ** 2 * var + (fresh if s else 0.0)
    return mean, var


@pytest.mark.parametrize("steps", [T, 8])
@pytest.mark.parametrize("variance", ["posterior", "beta"])
def test_gaussian_data_come_out_with_the_moments_of_the_recursion(steps, variance):
    kept = [round(k * T / steps) for k in range(steps + 1)]
    mean, var = law(kept, variance)
    wrong = law(kept, "beta" if variance == "posterior" else "posterior")[1]
    x = ancestral(
        NET, SCHEDULE, 800, seeded(), steps=steps, variance=variance, clip=False
    )
    # ancestral cuts what it returns to [−1, 1]: compare the share of values below
    # quartile points, which the cut leaves alone.
    n = x.numel()
    for z in (-0.6745, 0.0, 0.6745):
        edge = mean + z * math.sqrt(var)
        share = (1 + math.erf(z / math.sqrt(2))) / 2
        se = math.sqrt(share * (1 - share) / n)
        assert abs(float((x < edge).double().mean()) - share) < 4.5 * se
    # N is enough to tell the two variances apart by the same test.
    z = 0.6745 * math.sqrt(var / wrong)
    gap = abs((1 + math.erf(z / math.sqrt(2))) / 2 - 0.75)
    assert gap > 9 * math.sqrt(0.75 * 0.25 / n)


@pytest.mark.parametrize("clip", [True, False])
@pytest.mark.parametrize("steps", [T, 7])
def test_ddim_with_all_the_noise_is_the_ancestral_chain(steps, clip):
    chain = ancestral(NET, SCHEDULE, 3, seeded(), steps=steps, clip=clip)
    same = ddim(NET, SCHEDULE, 3, seeded(), steps=steps, eta=1.0, clip=clip)
    assert torch.allclose(chain, same, atol=2e-5)


def test_ddim_without_noise_draws_only_x_T():
    used, fresh = seeded(3), seeded(3)
    ddim(NET, SCHEDULE, 2, used, steps=5)
    noise(NET, 2, fresh)
    assert torch.equal(used.get_state(), fresh.get_state())


@pytest.mark.parametrize("variance", ["posterior", "beta"])
def test_the_last_step_adds_no_noise(variance):
    point = Exact(GaussianData(0.5, 0.0), SCHEDULE, "x_0")  # all the data are 0.5
    x = ancestral(point, SCHEDULE, 2, seeded(), variance=variance)
    assert torch.allclose(x, torch.full_like(x, 0.5), atol=1e-6)


@pytest.mark.parametrize("sampler", [ancestral, ddim])
def test_a_respaced_chain_tells_the_network_the_old_times(sampler):
    told = []

    class Spy:
        predicts = "x_0"

        def __call__(self, x_t, t, y=None):
            told.append(t.tolist())
            return torch.zeros_like(x_t)

    seen = []
    sampler(Spy(), SCHEDULE, 2, seeded(), steps=4, watch=lambda t, x: seen.append(t))
    assert told == [[40, 40], [30, 30], [20, 20], [10, 10]]
    assert seen == [4, 3, 2, 1]


@pytest.mark.parametrize("eta", [-0.1, 1.1, math.nan])
def test_eta_outside_its_range_is_refused(eta):
    with pytest.raises(ValueError, match="eta"):
        ddim(NET, SCHEDULE, 1, seeded(), eta=eta)


@pytest.mark.parametrize("steps", [0, T + 1, -1])
def test_a_chain_of_impossible_length_is_refused(steps):
    with pytest.raises(ValueError, match="steps"):
        ancestral(NET, SCHEDULE, 1, seeded(), steps=steps)


@pytest.fixture(scope="module")
def conditional():
    net, generator = UNet((16, 16, 16), "epsilon", 10), seeded(1)
    for p in net.parameters():
        torch.nn.init.normal_(p, std=0.2, generator=generator)
    return net.eval().requires_grad_(False)


@pytest.mark.parametrize("weight", [0.0, 1.5, -1.0])
def test_guidance_weighs_the_two_answers(conditional, weight):
    x = torch.randn(3, 1, 28, 28, generator=seeded())
    t, y = torch.tensor([3, 7, 40]), torch.tensor([1, 2, 3])
    told, not_told = conditional(x, t, y), conditional(x, t)
    assert not torch.allclose(told, not_told, atol=1e-3)
    answer = Guided(conditional, weight)(x, t, y)
    assert torch.allclose(answer, (1 + weight) * told - weight * not_told, atol=1e-5)


def test_guidance_in_epsilon_and_in_x_0_is_one_thing(conditional):
    from ddpm_lite.diffusion import to_x_0

    x = torch.randn(2, 1, 28, 28, generator=seeded())
    t, y = torch.tensor([5, 30]), torch.tensor([4, 9])

    def guess(epsilon):
        return to_x_0(SCHEDULE, "epsilon", epsilon, x, t)

    by_epsilon = guess(Guided(conditional, 2.0)(x, t, y))
    by_x_0 = 3 * guess(conditional(x, t, y)) - 2 * guess(conditional(x, t))
    assert torch.allclose(by_epsilon, by_x_0, atol=1e-3)


def test_guidance_needs_labels_and_a_number(conditional):
    with pytest.raises(ValueError, match="class-conditional"):
        Guided(UNet((16, 16, 16)), 1.0)
    with pytest.raises(ValueError, match="finite"):
        Guided(conditional, math.inf)


@pytest.mark.parametrize("kind", ["epsilon", "x_0", "score"])
def test_a_network_heard_in_another_unit_draws_the_same(kind):
    schedule = schedules.cosine(50)
    net = UNet((16, 16, 16), predicts="v").eval()
    torch.manual_seed(0)
    torch.nn.init.normal_(net.leave.weight, std=0.05)  # an answer other than 0
    heard = Translated(net, schedule, kind)
    ours, theirs = (
        ancestral(n, schedule, 3, seeded(), steps=7, clip=False) for n in (heard, net)
    )
    assert not torch.equal(theirs, ancestral(net, schedule, 3, seeded(1), steps=7))
    assert torch.allclose(ours, theirs, atol=1e-4)
    x_t, t = noise(heard, 2, seeded()), torch.tensor([1, 50])
    a, s = schedule.alpha_bar[t].sqrt(), schedule.noise_variance[t].sqrt()
    a, s = (k.float().view(-1, 1, 1, 1) for k in (a, s))
    v = net(x_t, t)
    said = {"epsilon": s * x_t + a * v, "x_0": a * x_t - s * v}
    said["score"] = -said["epsilon"] / s
    assert torch.allclose(heard(x_t, t), said[kind], rtol=1e-3, atol=1e-4)
