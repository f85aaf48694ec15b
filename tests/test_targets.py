"""Chapter 8's experiment measures what it says: an error's price, by the formula."""

import torch
from torch import Tensor

from ddpm_lite import schedule as schedules
from ddpm_lite.diffusion import from_x_0
from ddpm_lite.experiments.targets import COPIES, Copies, excess, train
from ddpm_lite.objectives import bound_weight
from ddpm_lite.toys import Coins

SCHEDULE = schedules.linear(60, 1e-3, 0.2)


class Off(Copies):
    """The perfect network, wrong by ``shift`` in x_0 everywhere."""

    def __init__(self, shift: float) -> None:
        super().__init__(SCHEDULE, torch.Generator().manual_seed(0))
        self.shift = shift

    def forward(self, x_t: Tensor, t: Tensor) -> Tensor:
        x, step = x_t.reshape(-1).double(), t.reshape(-1)
        x_0 = Coins().expected_x_0(SCHEDULE, x, step) + self.shift
        return from_x_0(SCHEDULE, "v", x_0, x, step).reshape(x_t.shape)


def test_the_perfect_network_loses_nothing() -> None:
    for value in excess(Off(0.0), SCHEDULE, "v").values():
        assert value.shape == (COPIES,)
        assert value.abs().max() < 1e-8


def test_a_constant_error_costs_what_the_weights_say() -> None:
    lost = excess(Off(0.3), SCHEDULE, "v")
    nats = 0.09 * bound_weight(SCHEDULE, "x_0")[2:].sum()
    torch.testing.assert_close(lost["bound"][0], nats, rtol=1e-4, atol=0)
    simple = 0.09 * SCHEDULE.snr[2:].mean()
    torch.testing.assert_close(lost["simple"][0], simple, rtol=1e-4, atol=0)


def test_training_learns_and_repeats_itself() -> None:
    none, some, again = (
        excess(train(SCHEDULE, "epsilon", False, steps), SCHEDULE, "epsilon")
        for steps in (0, 60, 60)
    )
    assert torch.equal(some["simple"], again["simple"])
    assert bool((some["simple"] < 0.7 * none["simple"]).all())
