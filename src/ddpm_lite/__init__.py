"""The DDPM evidence bound, its equations decided by machine, run on MNIST.

The rooms are loaded when first used, so that ``import ddpm_lite.proof`` needs
neither torch nor matplotlib.
"""

from importlib import import_module
from typing import Any

__version__ = "0.1.0"

_HOME = {
    "Schedule": "schedule",
    "Gaussian": "gaussian",
    "q_step": "diffusion",
    "q_marginal": "diffusion",
    "q_posterior": "diffusion",
    "p_reverse": "diffusion",
    "UNet": "unet",
    "pretrained": "checkpoints",
}

__all__ = [*_HOME, "__version__"]


def __getattr__(name: str) -> Any:
    if name in _HOME:
        return getattr(import_module(f"{__name__}.{_HOME[name]}"), name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
