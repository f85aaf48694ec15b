"""From a loss to a network: one loop, everything on one device.

MNIST fits in memory as bytes, so there is no loader: a step draws indices, times
and noise from one seeded generator and scales the pixels where they are used. That
generator is also the position in the data: restore it and the run goes on as if it
had never stopped.
"""

import math
import time
from collections.abc import Callable
from contextlib import nullcontext
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any, cast

import torch
from torch import Tensor, nn
from torch.optim.swa_utils import AveragedModel

from ddpm_lite import objectives
from ddpm_lite.checkpoints import save
from ddpm_lite.config import TrainConfig
from ddpm_lite.digits import Digits, to_unit
from ddpm_lite.errors import ConfigError, TrainingError
from ddpm_lite.processes import Rows, Team, joined
from ddpm_lite.progress import ROWS_PER_RUN, Log, Stopped, StopSignals, bar
from ddpm_lite.resume import claimed, keep, restore
from ddpm_lite.schedule import make
from ddpm_lite.unet import UNet


@dataclass
class Fitted:
    """What a training gives back.

    net: the averaged network, in evaluation mode. losses: (step, loss) pairs.
    seconds: what this sitting took.
    """

    net: UNet
    losses: list[tuple[int, float]] = field(default_factory=list)
    seconds: float = 0.0


def fit(
    config: TrainConfig,
    digits: Digits,
    out: Path | None = None,
    resume: bool = False,
    progress: bool = True,
    preview: Callable[[UNet, int], None] | None = None,
    card: dict[str, Any] | None = None,
    start: UNet | None = None,
) -> Fitted:
    """Train a U-Net on ``digits`` as ``config`` says.

    Started by torchrun, several processes share each batch; the losses stay the same.

    Args:
        out: folder for ``state.safetensors`` (to go on), ``weights.safetensors`` (to
            use) and ``metrics.jsonl``; with None nothing is written.
        resume: take up ``out/state.safetensors``; on a CPU the rest is bit for bit
            what it would have been without the stop.
        progress: whether to draw a progress bar.
        preview: called with the averaged network and the step at each checkpoint.
        card: facts to write on the weights' card beside the configuration.
        start: weights to begin from instead of random ones (not with ``resume``).

    Raises:
        ConfigError: if ``start`` is of another shape than the configuration's network.
        TrainingError: if the loss is no longer a number, or another training is
            using ``out``.
        CheckpointError: if ``resume`` finds no usable state, or one of another run.
        Stopped: (a KeyboardInterrupt) after Ctrl-C or SIGTERM; the state is saved.
    """
    started = time.monotonic()
    with joined() as team, StopSignals() as stop, claimed(out, team.rank):
        run = Run(config, digits, team)
        if resume:
            restore(run, out)
        elif start is not None:
            run.begin_from(start)
        first = team.rank == 0
        every = max(1, config.steps // ROWS_PER_RUN)
        with bar(config.steps, run.step, progress and first) as shown:
            log = Log(out if first else None, config.batch, shown, run.step)
            while run.step < config.steps:
                loss = run.advance()
                shown.update()
                saving = run.step % config.save_every == 0 or run.step == config.steps
                asked = stop.number and team.count == 1
                if run.step % every and not saving and not asked:
                    continue
                value = team.mean(loss)
                if not (math.isfinite(value) and (not saving or run.is_finite())):
                    raise TrainingError(diverged(run.step, value, out))
                log.add(run.step, value, learning_rate(config, run.step))
                stopping = team.any(stop.number != 0)
                if out and first and (saving or stopping):
                    save_all(run, out, log, card)
                if preview and first and saving:
                    preview(run.averaged(), run.step)
                if stopping and run.step < config.steps:
                    raise Stopped(stop.number, run.step)
    return Fitted(run.averaged(), log.losses, time.monotonic() - started)


class Run:
    """A training between two steps: all that must be kept to go on."""

    def __init__(self, config: TrainConfig, digits: Digits, team: Team) -> None:
        self.config, self.team, self.device = config, team, team.device
        self.images = digits.images.to(self.device)
        self.labels = digits.labels.long().to(self.device)
        self.schedule = make(config.schedule, config.T)
        team.rows(config.batch)  # can it be shared?
        with torch.random.fork_rng(devices=[]):
            torch.manual_seed(config.seed)  # the initial weights
            net = build(config)
        net.to(memory_format=torch.channels_last)  # type: ignore[call-overload]
        self.net = net.to(self.device)
        self.called = team.wrap(compiled(self.net))
        self.ema = AveragedModel(self.net, multi_avg_fn=average(config.ema))
        self.optimizer = torch.optim.AdamW(
            self.net.parameters(), config.learning_rate, fused=True
        )
        self.generator = torch.Generator(self.device).manual_seed(config.seed)
        self.step = 0

    def begin_from(self, start: UNet) -> None:
        """Take over the weights of a trained network.

        It may know no labels yet, or predict another thing: then its last layer, which
        alone speaks of ε, x_0 or v, is learned anew from zero.
        """
        check_start(self.config, start)
        weights = start.state_dict()
        if start.predicts != self.net.predicts:
            weights |= {f"leave.{k}": v for k, v in self.net.leave.state_dict().items()}
        if self.net.embed_y is not None and start.embed_y is None:
            # About as far apart as the times are; at zero, labels are hardly learned.
            # "Not told" is the network as it was.
            rows = torch.empty_like(self.net.embed_y.weight, device="cpu")
            rows.normal_(std=0.2, generator=torch.Generator().manual_seed(0))
            rows[self.config.classes] = 0
            weights["embed_y.weight"] = rows
        self.net.load_state_dict(weights)
        self.ema.module.load_state_dict(self.net.state_dict())

    def advance(self) -> Tensor:
        """One optimiser step on one batch; this process's mean loss, detached."""
        self.step += 1
        for group in self.optimizer.param_groups:
            group["lr"] = learning_rate(self.config, self.step)
        self.optimizer.zero_grad(set_to_none=True)
        with precision(self.device):
            loss = self.loss()
        loss.backward()
        nn.utils.clip_grad_norm_(self.net.parameters(), self.config.clip_norm)
        self.optimizer.step()
        self.ema.update_parameters(self.net)
        return loss.detach()

    def loss(self) -> Tensor:
        """The chosen objective on a fresh batch, averaged; for the bound, per pixel."""
        size, g = self.config.batch, self.generator
        i = torch.randint(len(self.images), (size,), generator=g, device=self.device)
        x_0 = to_unit(self.images[i])
        t = objectives.draw_t(self.schedule, size, g)
        net = Rows(self.called, self.net.predicts, self.team, self.told(i))
        match self.config.objective:
            case "simple":
                each = objectives.simple(net, self.schedule, x_0, t, g)
            case "one_sample":
                each = objectives.one_sample(net, self.schedule, x_0, t, g) / 784
            case "two_sample":
                each = objectives.two_sample(net, self.schedule, x_0, t, g) / 784
            case "t_sample":
                each = objectives.t_sample(net, self.schedule, x_0, g) / 784
            case "hybrid":
                bound = objectives.one_sample(net, self.schedule, x_0, t, g) / 784
                plain = objectives.simple(net, self.schedule, x_0, t, g)
                each = plain + bound / 1000
        return each[self.team.rows(size)].mean()

    def told(self, i: Tensor) -> Tensor | None:
        """The batch's labels with a share hidden, or None for a network without."""
        if not self.config.classes:
            return None
        u = torch.rand(len(i), generator=self.generator, device=self.device)
        hidden = u < self.config.drop_label
        return torch.where(hidden, self.config.classes, self.labels[i])

    def averaged(self) -> UNet:
        """A copy of the averaged network, in evaluation mode."""
        net = build(self.config).to(self.device)
        net.load_state_dict(self.ema.module.state_dict())
        net.card = {"schedule": self.config.schedule, "T": self.config.T}
        return net.eval().requires_grad_(False)

    def is_finite(self) -> bool:
        """Whether every weight is a number: the loss is seen one step late."""
        return all(bool(p.isfinite().all()) for p in self.net.parameters())


def build(config: TrainConfig) -> UNet:
    """The untrained network that the configuration describes."""
    return UNet(config.channels, config.predicts, config.classes, config.fourier)


def check_start(config: TrainConfig, start: UNet) -> None:
    """Can this training begin from these weights?

    Raises:
        ConfigError: if they are of another shape than the configuration's network.
    """
    shape = start.channels, start.fourier
    if shape != (config.channels, config.fourier) or (
        start.classes not in (0, config.classes)
    ):
        raise ConfigError(
            f"the weights to start from have channels {start.channels}, classes "
            f"{start.classes} and fourier {start.fourier}: choose the same"
        )


def learning_rate(config: TrainConfig, step: int) -> float:
    """Linear warm-up to the peak, then half a cosine down to zero at the last step."""
    if step <= config.warm_up:
        return config.learning_rate * step / config.warm_up
    left = (config.steps - step) / max(1, config.steps - config.warm_up)
    return config.learning_rate * 0.5 * (1 - math.cos(math.pi * left))


def average(decay: float) -> Callable[..., None]:
    """EMA with a warm-up: after n updates the decay is at most (1 + n)/(10 + n)."""

    @torch.no_grad()
    def update(averaged: list[Tensor], now: list[Tensor], n: Tensor | int) -> None:
        d = min(decay, (1 + int(n)) / (10 + int(n)))
        torch._foreach_lerp_(averaged, now, 1 - d)  # eq-ema

    return update


def precision(device: torch.device) -> Any:
    """bf16 on a GPU that has it in hardware, float32 elsewhere."""
    if device.type == "cuda" and torch.cuda.is_bf16_supported(False):
        return torch.autocast("cuda", torch.bfloat16)
    return nullcontext()


def compiled(net: UNet) -> nn.Module:
    """On a GPU the compiled network; where it does not compile, the plain one."""
    if next(net.parameters()).device.type != "cuda":
        return net  # on a CPU compiling costs more than it brings
    torch._dynamo.config.suppress_errors = True
    return cast(nn.Module, torch.compile(net))


def save_all(run: Run, out: Path, log: Log, card: dict[str, Any] | None) -> None:
    """State, then weights, then metrics: each file whole or as it was."""
    keep(run, out)
    facts = {**asdict(run.config), "trained_steps": run.step, **(card or {})}
    save(out / "weights.safetensors", run.averaged(), facts)
    log.write()


def diverged(step: int, value: float, out: Path | None) -> str:
    """What to say when the loss, or a weight, is no longer a number."""
    what = "a weight is no longer a number" if math.isfinite(value) else str(value)
    kept = f"the last good checkpoint is in {out}" if out else "nothing was saved"
    return (
        f"training diverged at step {step} (loss: {what}); {kept}. "
        "Try a lower learning_rate or a smaller clip_norm"
    )
