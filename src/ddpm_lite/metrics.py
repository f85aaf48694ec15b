"""How good are samples? Distances of features, balance of classes, nearest neighbours.

No figure stands alone. A Fréchet distance shrinks with the number of samples and with
the tolerance of its features, so it is printed beside its *floor*: what as many real
training digits would score. It is the distance between the features of *our*
classifier (:mod:`ddpm_lite.classifier`), and not to be compared with any other FID.
"""

import math
from collections.abc import Callable
from dataclasses import dataclass

import torch
from torch import Tensor

from ddpm_lite.classifier import Classifier, pretrained_classifier
from ddpm_lite.digits import to_unit

FLOOR_DRAWS = 10
Watch = Callable[[int], None]


@dataclass(frozen=True)
class Look:
    """What the classifier sees in some images.

    features: (N, 64) float64; labels: (N,) int64, its guesses.
    """

    features: Tensor
    labels: Tensor


@dataclass(frozen=True)
class SampleReport:
    """Figures of n samples.

    frechet: against all test digits; floor, floor_sd: mean and standard deviation of
    the same for random draws of n real training digits. classes: how many of each;
    class_entropy: 1 for ten equal classes, 0 for one class. nearest_p1,
    nearest_median: L2 distance, ink 0…1, to the nearest training digit; test_p1,
    test_median: the same for as many test digits.
    """

    n: int
    frechet: float
    floor: float
    floor_sd: float
    classes: tuple[int, ...]
    class_entropy: float
    nearest_p1: float
    nearest_median: float
    test_p1: float
    test_median: float

    @property
    def ratio(self) -> float:
        """Fréchet distance over its floor: 1 for real digits."""
        return self.frechet / self.floor


@torch.no_grad()
def look(images: Tensor, net: Classifier | None = None, batch: int = 500) -> Look:
    """Show uint8 images (N, 1, 28, 28) to the classifier (the shipped one)."""
    net = pretrained_classifier() if net is None else net
    features, labels = [], []
    for part in images.split(batch):
        seen = net.features(to_unit(part))
        features.append(seen.double())
        labels.append(net.decide(seen).argmax(1))
    return Look(torch.cat(features), torch.cat(labels))


def frechet(a: Tensor, b: Tensor) -> float:
    """‖m_a − m_b‖² + tr(C_a + C_b − 2 (C_a^½ C_b C_a^½)^½), ≥ 0.

    The squared 2-Wasserstein distance of the Gaussians fitted to two sets of features.

    Args:
        a, b: (N, F) float; N ≥ 2, need not be equal.

    Raises:
        ValueError: with fewer than two rows, or if a feature is not finite.

    Source: Dowson & Landau 1982; used on features by Heusel et al. 2017.
    """
    for x in (a, b):
        if len(x) < 2 or not bool(torch.isfinite(x).all()):
            raise ValueError(
                "frechet: needs at least two rows of finite features on each side"
            )
    (mean_a, cov_a), (mean_b, cov_b) = _moments(a), _moments(b)
    root = _square_root(cov_a)
    middle = torch.linalg.eigvalsh(root @ cov_b @ root).clamp(min=0).sqrt().sum()
    spread = cov_a.trace() + cov_b.trace() - 2 * middle
    return max(0.0, float((mean_a - mean_b).square().sum() + spread))


def floor(
    train: Tensor,
    test: Tensor,
    n: int,
    generator: torch.Generator | None = None,
    draws: int = FLOOR_DRAWS,
) -> tuple[float, float]:
    """Mean and standard deviation of :func:`frechet` over draws of n training rows.

    The draws have no row in common as long as there are rows left.

    Args:
        train, test: features (N, F) of real digits.

    Raises:
        ValueError: if there are fewer than n rows to draw from.
    """
    if n > len(train):
        raise ValueError(
            f"the floor at n = {n} needs as many training digits, "
            f"and there are {len(train)}: choose a smaller count"
        )
    found, left = [], torch.empty(0, dtype=torch.int64)
    for _ in range(draws):
        if len(left) < n:
            left = torch.randperm(len(train), generator=generator)
        found.append(frechet(train[left[:n]], test))
        left = left[n:]
    values = torch.tensor(found)
    return float(values.mean()), float(values.std())


def class_balance(labels: Tensor) -> tuple[tuple[int, ...], float]:
    """How many of each digit, and the entropy of that over ln 10: 1 is balanced."""
    counts = torch.bincount(labels.long(), minlength=10)
    share = counts.double() / counts.sum()
    entropy = float(torch.special.entr(share).sum()) / math.log(10)
    return tuple(counts.tolist()), entropy


def nearest(images: Tensor, reference: Tensor, batch: int = 2000) -> Tensor:
    """L2 distance of each image to the nearest of ``reference``: (N,), ink 0…1.

    Both uint8 (…, 1, 28, 28). Sums of squares of whole numbers are exact in float64.
    """
    flat = images.flatten(1).double()
    best = torch.full((len(flat),), torch.inf, dtype=torch.float64)
    own = flat.square().sum(1)
    for part in reference.split(batch):
        other = part.flatten(1).double()
        square = own[:, None] - 2 * flat @ other.T + other.square().sum(1)[None]
        best = torch.minimum(best, square.min(1).values)
    return best.sqrt() / 255


def report(
    samples: Tensor,
    train: Tensor,
    test: Tensor,
    generator: torch.Generator | None = None,
    net: Classifier | None = None,
) -> SampleReport:
    """All figures of uint8 ``samples`` against real uint8 digits, (N, 1, 28, 28) each.

    Args:
        train: digits for the floor and the neighbours; those the model was trained on.
        test: every test digit there is.
        generator: draws the floor's digits and the test digits to compare with.

    Raises:
        ValueError: with fewer than two samples, or fewer training digits than samples.
    """
    net = pretrained_classifier() if net is None else net
    n, seen, test_seen = len(samples), look(samples, net), look(test, net)
    distance = frechet(seen.features, test_seen.features)
    pool = train[torch.randperm(len(train), generator=generator)[: FLOOR_DRAWS * n]]
    low, spread = floor(look(pool, net).features, test_seen.features, n, generator)
    counts, entropy = class_balance(seen.labels)
    some = test[torch.randperm(len(test), generator=generator)[:n]]
    ours, theirs = nearest(samples, train), nearest(some, train)
    return SampleReport(
        n=n,
        frechet=distance,
        floor=low,
        floor_sd=spread,
        classes=counts,
        class_entropy=entropy,
        nearest_p1=float(ours.quantile(0.01)),
        nearest_median=float(ours.median()),
        test_p1=float(theirs.quantile(0.01)),
        test_median=float(theirs.median()),
    )


def _moments(x: Tensor) -> tuple[Tensor, Tensor]:
    x = x.double()
    return x.mean(0), torch.cov(x.T).reshape(x.shape[1], x.shape[1])


def _square_root(matrix: Tensor) -> Tensor:
    """The symmetric square root of a positive semi-definite matrix."""
    values, vectors = torch.linalg.eigh(matrix)
    return (vectors * values.clamp(min=0).sqrt()) @ vectors.T
