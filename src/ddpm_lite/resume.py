"""Stop and go on: everything that a training is, between two steps.

Weights, their average, the optimiser's moments, the step and the random generator,
which is also the position in the data.
"""

import json
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import MISSING, asdict, fields
from pathlib import Path
from typing import TYPE_CHECKING, Any

import torch
from filelock import FileLock, Timeout
from torch import Tensor, nn

from ddpm_lite.checkpoints import load_tensors, save_tensors
from ddpm_lite.config import TrainConfig
from ddpm_lite.errors import CheckpointError, TrainingError

if TYPE_CHECKING:
    from ddpm_lite.training import Run

STATE = "state.safetensors"
FREE = ("steps", "save_every")  # may change between two sittings


@contextmanager
def claimed(out: Path | None, rank: int = 0) -> Iterator[None]:
    """``out`` for this training alone. The lock dies with its process, however.

    Raises:
        TrainingError: if another training is using the folder.
    """
    if out is None or rank:
        yield
        return
    Path(out).mkdir(parents=True, exist_ok=True)
    lock = FileLock(Path(out) / ".lock")
    try:
        lock.acquire(timeout=0)
    except Timeout:
        raise TrainingError(
            f"{out}: another training is writing there; let it end, or choose "
            "another folder"
        ) from None
    try:
        for half_written in Path(out).glob(".*.part"):  # of a process that was killed
            half_written.unlink(missing_ok=True)
        yield
    finally:
        lock.release()


def keep(run: "Run", out: Path) -> None:
    """Write ``out/state.safetensors``, all or nothing."""
    tensors = {f"net.{k}": v for k, v in run.net.state_dict().items()}
    tensors |= {f"ema.{k}": v for k, v in run.ema.state_dict().items()}
    for i, moment in run.optimizer.state_dict()["state"].items():
        tensors |= {f"adam.{i}.{k}": v for k, v in moment.items()}
    tensors["generator"] = run.generator.get_state()
    card = {"step": run.step, "config": asdict(run.config)}
    save_tensors(out / STATE, tensors, card)


def restore(run: "Run", out: Path | None) -> None:
    """Bring ``run`` to where :func:`keep` left it.

    Raises:
        CheckpointError: if there is no state, or it is not one of this very
            configuration (only the number of steps and of checkpoints may differ).
    """
    if out is None:
        raise CheckpointError("to go on, name the folder of the run that stopped")
    path = Path(out) / STATE
    tensors, card = load_tensors(path)
    _check_config(path, card, run.config)
    groups = run.optimizer.state_dict()["param_groups"]
    state = tensors["generator"]
    if state.shape != run.generator.get_state().shape:
        raise CheckpointError(
            f"{path}: saved on another kind of device (CPU or GPU), where its random "
            "numbers came from; go on there, or start anew in another folder"
        )
    try:
        run.net.load_state_dict(_part(tensors, "net."))
        run.ema.load_state_dict(_part(tensors, "ema."))
        moments = _moments(_part(tensors, "adam."), list(run.net.parameters()))
        run.optimizer.load_state_dict({"state": moments, "param_groups": groups})
        run.generator.set_state(state)
    except (LookupError, ValueError, RuntimeError) as error:
        reason = str(error).splitlines()[0]
        raise CheckpointError(
            f"{path}: not the state of this net ({reason})"
        ) from error
    run.step = int(card["step"])


def _moments(
    saved: dict[str, Tensor], parameters: list[nn.Parameter]
) -> dict[int, dict[str, Tensor]]:
    """The optimiser's state, each tensor laid out in memory as its parameter is.

    A file knows no channels-last, and the fused optimiser walks through memory: in
    another layout it would give each weight the moments of some other weight.
    """
    state: dict[int, dict[str, Tensor]] = {}
    for key, value in saved.items():
        i, _, name = key.partition(".")
        if value.dim():
            value = torch.empty_like(parameters[int(i)]).copy_(value)
        state.setdefault(int(i), {})[name] = value.detach()
    return state


def _check_config(path: Path, card: dict[str, Any], config: TrainConfig) -> None:
    """Every setting as it was; one that the file does not know had its default."""
    if "step" not in card or "config" not in card:
        raise CheckpointError(f"{path}: weights perhaps, but not a training's state")
    defaults = {f.name: f.default for f in fields(config) if f.default is not MISSING}
    here = json.loads(json.dumps(asdict(config)))
    there = json.loads(json.dumps({**defaults, **card["config"]}))
    for name, value in here.items():
        if name not in FREE and value != there[name]:
            raise CheckpointError(
                f"{path}: a run with {name} = {there[name]}, not {value}: give the "
                "settings it was started with, or another folder"
            )


def _part(tensors: dict[str, Tensor], prefix: str) -> dict[str, Tensor]:
    return {k[len(prefix) :]: v for k, v in tensors.items() if k.startswith(prefix)}
