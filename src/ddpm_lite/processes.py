"""One training in several processes, as ``torchrun`` starts them.

Every process draws the randomness of the *whole* batch from the same seed and
answers for its own rows of it. So the losses do not depend on how many processes
there are, and a run may stop with two and go on with four.
"""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

import torch
import torch.distributed as dist
from torch import Tensor, nn

from ddpm_lite.diffusion import Kind
from ddpm_lite.errors import ConfigError


@dataclass(frozen=True)
class Team:
    """This process among ``count``; rank 0 is the one that writes."""

    rank: int
    count: int
    device: torch.device

    def rows(self, batch: int) -> slice:
        """The rows of a batch of this size that this process answers for.

        Raises:
            ConfigError: if the batch cannot be shared out evenly.
        """
        if batch % self.count:
            raise ConfigError(
                f"batch = {batch} cannot be shared evenly by {self.count} processes; "
                f"choose a multiple of {self.count}"
            )
        share = batch // self.count
        return slice(self.rank * share, (self.rank + 1) * share)

    def wrap(self, net: nn.Module) -> nn.Module:
        """The network whose gradients are averaged over the processes."""
        if self.count == 1:
            return net
        ids = [self.device.index] if self.device.type == "cuda" else None
        return nn.parallel.DistributedDataParallel(net, device_ids=ids)

    def mean(self, value: Tensor) -> float:
        """The mean of a number over the processes."""
        if self.count > 1:
            value = value.clone()
            dist.all_reduce(value)
            value = value / self.count
        return float(value)

    def any(self, flag: bool) -> bool:
        """Whether the flag is up in any process; all of them must ask."""
        return self.mean(torch.tensor(float(flag), device=self.device)) > 0


class Rows:
    """A network that looks only at this process's rows and answers 0 for the rest.

    Args:
        labels: (B,) class labels of the batch, or None.
    """

    def __init__(
        self, net: nn.Module, predicts: Kind, team: Team, labels: Tensor | None
    ) -> None:
        self.net, self.team, self.labels = net, team, labels
        self.predicts: Kind = predicts

    def __call__(self, x_t: Tensor, t: Tensor, y: Tensor | None = None) -> Tensor:
        y = self.labels if y is None else y
        if self.team.count == 1:
            return self.net(x_t, t, y)
        mine = self.team.rows(len(t))
        answer = torch.zeros_like(x_t)
        answer[mine] = self.net(x_t[mine], t[mine], None if y is None else y[mine]).to(
            x_t.dtype
        )
        return answer


@contextmanager
def joined() -> Iterator[Team]:
    """The team that torchrun's environment describes; a team of one without it."""
    count = int(os.environ.get("WORLD_SIZE", "1"))
    local = int(os.environ.get("LOCAL_RANK", "0"))
    cuda = torch.cuda.is_available()
    device = torch.device("cuda", local) if cuda else torch.device("cpu")
    if count == 1:
        yield Team(0, 1, device)
        return
    if cuda:
        torch.cuda.set_device(device)
    dist.init_process_group("nccl" if cuda else "gloo")
    try:
        yield Team(dist.get_rank(), count, device)
    finally:
        dist.destroy_process_group()
