"""A digit classifier, the instrument by which samples are measured.

Inception features know nothing of digits, so the Fréchet distance is taken between
64 features of this small network. It is frozen since before any shipped weights were
scored: distances measured with another one cannot be compared.

``python -m ddpm_lite.classifier --out FILE`` trains it again (a few minutes on one
CPU core; it never sees the test digits nor the 5,000 embedded ones).
"""

import argparse
import sys
from importlib.resources import files
from pathlib import Path

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from ddpm_lite.checkpoints import CheckpointError, load_tensors, save_tensors
from ddpm_lite.digits import Digits, load, to_unit

FEATURES = 64
SHIFT = 2  # pixels: training digits are moved by up to so many each way
SHIPPED = "metrics/classifier.safetensors"  # in a subfolder: it is no U-Net


class Classifier(nn.Module):
    """(B, 1, 28, 28) in [−1, 1] → (B, 10) logits, by way of 64 features."""

    def __init__(self) -> None:
        super().__init__()
        self.conv_1 = nn.Conv2d(1, 32, 3, padding=1, bias=False)
        self.norm_1 = nn.BatchNorm2d(32)
        self.conv_2 = nn.Conv2d(32, 64, 3, padding=1, bias=False)
        self.norm_2 = nn.BatchNorm2d(64)
        self.narrow = nn.Linear(64 * 7 * 7, FEATURES)
        self.decide = nn.Linear(FEATURES, 10)

    def features(self, x: Tensor) -> Tensor:
        """(B, 64), each ≥ 0: what the last layer decides by."""
        x = F.relu(self.norm_1(F.max_pool2d(self.conv_1(x), 2)))
        x = F.relu(self.norm_2(F.max_pool2d(self.conv_2(x), 2)))
        return F.relu(self.narrow(x.flatten(1)))

    def forward(self, x: Tensor) -> Tensor:
        logits: Tensor = self.decide(self.features(x))
        return logits


def pretrained_classifier() -> Classifier:
    """The frozen classifier in the package, in evaluation mode."""
    return load_classifier(Path(str(files("ddpm_lite") / "weights" / SHIPPED)))


def load_classifier(path: Path) -> Classifier:
    """A classifier from a file of :func:`main`.

    Raises:
        CheckpointError: if the file holds something else.
    """
    tensors, _ = load_tensors(path)
    net = Classifier()
    try:
        net.load_state_dict(
            {k: v.float() if v.is_floating_point() else v for k, v in tensors.items()}
        )
    except RuntimeError as error:
        raise CheckpointError(f"{path}: not our digit classifier") from error
    return net.eval().requires_grad_(False)


def train(
    digits: Digits, epochs: int = 8, batch: int = 128, seed: int = 0
) -> Classifier:
    """AdamW with one cycle of the learning rate on digits moved by up to 2 pixels.

    The labels are not smoothed: that pulls each class together to a point, and the
    features then tell classes apart but no longer good digits from bad ones.
    """
    torch.manual_seed(seed)
    generator = torch.Generator().manual_seed(seed)
    net = Classifier().to(memory_format=torch.channels_last)  # type: ignore[call-overload]
    per_epoch = len(digits) // batch
    optimizer = torch.optim.AdamW(net.parameters(), fused=True)
    cycle = torch.optim.lr_scheduler.OneCycleLR(
        optimizer, 3e-3, epochs=epochs, steps_per_epoch=per_epoch
    )
    for epoch in range(epochs):
        order = torch.randperm(len(digits), generator=generator)
        for rows in order[: per_epoch * batch].split(batch):
            x = moved(to_unit(digits.images[rows]), generator)
            loss = F.cross_entropy(net(x), digits.labels[rows].long())
            optimizer.zero_grad(set_to_none=True)
            loss.backward()
            optimizer.step()
            cycle.step()
        print(
            f"epoch {epoch + 1}/{epochs}: loss {float(loss.detach()):.4f}",
            file=sys.stderr,
        )
    # Half precision is what ships, so it is also what is scored.
    return net.half().float().eval().requires_grad_(False)


def moved(x: Tensor, generator: torch.Generator) -> Tensor:
    """The batch shifted by one random offset of up to 2 pixels, paper moving in."""
    dy, dx = torch.randint(2 * SHIFT + 1, (2,), generator=generator).tolist()
    padded = F.pad(x, (SHIFT,) * 4, value=-1.0)
    return padded[:, :, dy : dy + 28, dx : dx + 28]


@torch.no_grad()
def accuracy(net: Classifier, digits: Digits) -> float:
    """Share of the digits that are given their own label."""
    right = 0
    for rows in torch.arange(len(digits)).split(1000):
        guess = net(to_unit(digits.images[rows])).argmax(1)
        right += int((guess == digits.labels[rows]).sum())
    return right / len(digits)


def main() -> None:
    """Train, measure, write."""
    parser = argparse.ArgumentParser(prog="python -m ddpm_lite.classifier")
    parser.add_argument("--out", type=Path, required=True)
    parser.add_argument("--epochs", type=int, default=8)
    parser.add_argument("--seed", type=int, default=0)
    told = parser.parse_args()
    digits = load("unseen-train")
    net = train(digits, told.epochs, seed=told.seed)
    card = {
        "command": f"python -m ddpm_lite.classifier --out FILE --epochs {told.epochs} "
        f"--seed {told.seed}",
        "data": f"{len(digits)} training digits of MNIST that are not embedded",
        "epochs": told.epochs,
        "seed": told.seed,
        "torch": torch.__version__,
        "test_accuracy": accuracy(net, load("test")),
    }
    halved = {
        k: v.half() if v.is_floating_point() else v for k, v in net.state_dict().items()
    }
    save_tensors(told.out, halved, card)
    print(f"{told.out}: test accuracy {card['test_accuracy']:.2%}")


if __name__ == "__main__":
    main()
