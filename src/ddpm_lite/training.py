"""From a loss to a network: one loop, everything on one device.

MNIST fits in memory as bytes, so there is no loader: a step draws indices, times
and noise from one seeded generator and scales the pixels where they are used. That
generator is also the position in the data: restore it and the run goes on as if it
had never stopped.
"""

import json
import math
import os
import time
from collections.abc import Callable
from contextlib import nullcontext
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

import torch
from torch import Tensor
from torch.optim.swa_utils import AveragedModel
from tqdm import tqdm

from ddpm_lite import objectives
from ddpm_lite.checkpoints import CheckpointError, load_tensors, save, save_tensors
from ddpm_lite.config import TrainConfig
from ddpm_lite.digits import Digits, to_unit
from ddpm_lite.schedule import make
from ddpm_lite.unet import UNet

LOSSES_PER_RUN = 2_000  # at most this many losses are kept and shown


class TrainingError(RuntimeError):
    """Training cannot go on; the message says at which step, and what to try."""


@dataclass
class Fitted:
    """What a training gives back.

    net: the averaged network, in evaluation mode. losses: (step, loss) pairs.
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
) -> Fitted:
    """Train a U-Net on ``digits`` as ``config`` says.

    Args:
        out: folder for ``state.safetensors`` (to go on), ``weights.safetensors`` (to
            use) and ``metrics.jsonl``; with None nothing is written.
        resume: go on from ``out/state.safetensors``.
        preview: called with the averaged network and the step at each checkpoint.
        card: facts to write on the weights' card beside the configuration.

    Raises:
        TrainingError: if the loss is no longer a number.
        CheckpointError: if ``resume`` finds no usable state, or one of another run.
    """
    run = Run(config, digits)
    if resume:
        run.restore(_state(out))
    started, losses = time.monotonic(), []
    every = max(1, config.steps // LOSSES_PER_RUN)
    bar = tqdm(total=config.steps, initial=run.step, unit="step", disable=not progress)
    with bar:
        try:
            while run.step < config.steps:
                loss = run.advance()
                bar.update()
                if run.step % every and run.step % config.save_every:
                    continue
                value = float(loss)
                if not math.isfinite(value):
                    raise TrainingError(_diverged(run.step, value, out))
                losses.append((run.step, value))
                bar.set_postfix(loss=f"{value:.4f}", img_s=_rate(bar, config))
                if out and run.step % config.save_every == 0:
                    _save(run, out, losses, card)
                    if preview:
                        preview(run.averaged(), run.step)
        except KeyboardInterrupt:
            if out:
                _save(run, out, losses, card)
            raise
    if out:
        _save(run, out, losses, card)
    return Fitted(run.averaged(), losses, time.monotonic() - started)


class Run:
    """A training between two steps: all that must be kept to go on."""

    def __init__(self, config: TrainConfig, digits: Digits) -> None:
        self.config = config
        self.device = torch.device("cuda" if torch.cuda.is_available() else "cpu")
        self.images = digits.images.to(self.device)
        self.labels = digits.labels.long().to(self.device)
        self.schedule = make(config.schedule, config.T)
        torch.manual_seed(config.seed)  # the initial weights
        net = build(config)
        net.to(memory_format=torch.channels_last)  # type: ignore[call-overload]
        self.net = net.to(self.device)
        self.ema = AveragedModel(self.net, multi_avg_fn=_average(config.ema))
        self.optimizer = torch.optim.AdamW(
            self.net.parameters(), config.learning_rate, fused=True
        )
        self.generator = torch.Generator(self.device).manual_seed(config.seed)
        self.precision = _precision(self.device)
        self.step = 0

    def advance(self) -> Tensor:
        """One optimiser step on one batch; the batch's mean loss, detached."""
        self.step += 1
        for group in self.optimizer.param_groups:
            group["lr"] = learning_rate(self.config, self.step)
        self.optimizer.zero_grad(set_to_none=True)
        with self.precision:
            loss = self.loss()
        loss.backward()
        torch.nn.utils.clip_grad_norm_(self.net.parameters(), self.config.clip_norm)
        self.optimizer.step()
        self.ema.update_parameters(self.net)
        return loss.detach()

    def loss(self) -> Tensor:
        """The chosen objective on a fresh batch, averaged; for the bound, per pixel."""
        config, g = self.config, self.generator
        i = torch.randint(
            len(self.images), (config.batch,), generator=g, device=self.device
        )
        x_0 = to_unit(self.images[i])
        t = objectives.draw_t(self.schedule, config.batch, g)
        if config.objective == "simple":
            y = self._labels(i)
            return objectives.simple(self.net, self.schedule, x_0, t, g, y).mean()
        pixels = x_0[0].numel()
        if config.objective == "t_sample":
            return objectives.t_sample(self.net, self.schedule, x_0, g).mean() / pixels
        if config.objective == "two_sample":
            bound = objectives.two_sample(self.net, self.schedule, x_0, t, g)
            return bound.mean() / pixels
        bound = objectives.one_sample(self.net, self.schedule, x_0, t, g) / pixels
        if config.objective == "one_sample":
            return bound.mean()
        plain = objectives.simple(self.net, self.schedule, x_0, t, g)
        return (plain + bound / 1000).mean()

    def averaged(self) -> UNet:
        """A copy of the averaged network, in evaluation mode."""
        config = self.config
        net = build(config).to(self.device)
        net.load_state_dict(self.ema.module.state_dict())
        net.card = {"schedule": config.schedule, "T": config.T}
        return net.eval().requires_grad_(False)

    def state(self) -> tuple[dict[str, Tensor], dict[str, Any]]:
        """Tensors and card from which :meth:`restore` goes on, on a CPU bit for bit."""
        tensors = {f"net.{k}": v for k, v in self.net.state_dict().items()}
        tensors |= {f"ema.{k}": v for k, v in self.ema.state_dict().items()}
        moments = self.optimizer.state_dict()["state"]
        for i, moment in moments.items():
            tensors |= {f"adam.{i}.{k}": v for k, v in moment.items()}
        tensors["generator"] = self.generator.get_state()
        return tensors, {"step": self.step, "config": asdict(self.config)}

    def restore(self, path: Path) -> None:
        """Take up the state in ``path``.

        Raises:
            CheckpointError: if the file is not a state of this very configuration
                (the number of steps and checkpoints may differ).
        """
        tensors, card = load_tensors(path)
        free = ("steps", "save_every")
        here = json.loads(json.dumps(asdict(self.config)))
        there = card.get("config", {})
        differing = [k for k in here if k not in free and here[k] != there.get(k)]
        if differing:
            k = differing[0]
            raise CheckpointError(
                f"{path}: a run with {k} = {there.get(k)}, not {here[k]}: give the "
                "settings it was started with, or another folder"
            )
        self.net.load_state_dict(_part(tensors, "net."))
        self.ema.load_state_dict(_part(tensors, "ema."))
        adam: dict[int, dict[str, Tensor]] = {}
        for key, value in _part(tensors, "adam.").items():
            i, _, name = key.partition(".")
            adam.setdefault(int(i), {})[name] = value
        groups = self.optimizer.state_dict()["param_groups"]
        self.optimizer.load_state_dict({"state": adam, "param_groups": groups})
        self.generator.set_state(tensors["generator"])
        self.step = card["step"]

    def _labels(self, i: Tensor) -> Tensor | None:
        """The batch's labels with a share hidden, or None for a network without."""
        if not self.config.classes:
            return None
        u = torch.rand(len(i), generator=self.generator, device=self.device)
        hidden = u < self.config.drop_label
        return torch.where(hidden, self.config.classes, self.labels[i])


def build(config: TrainConfig) -> UNet:
    """The untrained network that the configuration describes."""
    return UNet(config.channels, config.predicts, config.classes, config.fourier)


def learning_rate(config: TrainConfig, step: int) -> float:
    """Linear warm-up to the peak, then half a cosine down to zero at the last step."""
    if step <= config.warm_up:
        return config.learning_rate * step / config.warm_up
    left = (config.steps - step) / max(1, config.steps - config.warm_up)
    return config.learning_rate * 0.5 * (1 - math.cos(math.pi * left))


def _average(decay: float) -> Callable[..., None]:
    """EMA with a warm-up: after n updates the decay is at most (1 + n)/(10 + n)."""

    @torch.no_grad()
    def update(averaged: list[Tensor], now: list[Tensor], n: Tensor | int) -> None:
        d = min(decay, (1 + int(n)) / (10 + int(n)))
        torch._foreach_lerp_(averaged, now, 1 - d)

    return update


def _precision(device: torch.device) -> Any:
    """bf16 on a GPU that has it in hardware, float32 elsewhere."""
    if device.type == "cuda" and torch.cuda.is_bf16_supported(False):
        return torch.autocast("cuda", torch.bfloat16)
    return nullcontext()


def _save(
    run: Run, out: Path, losses: list[tuple[int, float]], card: dict[str, Any] | None
) -> None:
    """State first, then weights, then the metrics: each file whole or unchanged."""
    save_tensors(out / "state.safetensors", *run.state())
    facts = {**asdict(run.config), "trained_steps": run.step, **(card or {})}
    save(out / "weights.safetensors", run.averaged(), facts)
    lines = [json.dumps({"step": s, "loss": v}) for s, v in losses]
    temporary = out / f".metrics.{os.getpid()}.part"
    temporary.write_text("\n".join(lines) + "\n", encoding="utf-8")
    os.replace(temporary, out / "metrics.jsonl")


def _state(out: Path | None) -> Path:
    if out is None:
        raise CheckpointError("to resume, name the folder of the run that stopped")
    return out / "state.safetensors"


def _part(tensors: dict[str, Tensor], prefix: str) -> dict[str, Tensor]:
    return {k[len(prefix) :]: v for k, v in tensors.items() if k.startswith(prefix)}


def _rate(bar: Any, config: TrainConfig) -> str:
    rate = bar.format_dict["rate"]
    return f"{rate * config.batch:.0f}" if rate else "…"


def _diverged(step: int, value: float, out: Path | None) -> str:
    kept = f"the last good checkpoint is in {out}" if out else "nothing was saved"
    return (
        f"the loss became {value} at step {step}; {kept}. "
        "Try a lower learning_rate or a smaller clip_norm"
    )
