"""Chapter 12's codes: each is a distribution, and each could be decoded."""

import math

import pytest
import torch

from ddpm_lite.bound import Choice, bound
from ddpm_lite.digits import embedded, to_unit
from ddpm_lite.experiments import likelihood as room
from ddpm_lite.experiments import recorded
from ddpm_lite.schedule import log_snr


@pytest.mark.parametrize(("context", "size"), [("places", 784), ("neighbours", 256)])
def test_every_context_has_a_distribution(context: str, size: int) -> None:
    images = embedded().images[:50]
    chances = room.table(getattr(room, context)(images), images, size)
    assert chances.shape == (size, 256)
    assert chances.min() > 0  # no grey level is impossible
    torch.testing.assert_close(chances.sum(1), torch.ones(size).double())


def test_a_context_is_known_before_the_pixel_is_decoded() -> None:
    """In reading order: a change of one pixel shows in later contexts only."""
    image = embedded().images[:1].clone()
    before = room.neighbours(image)
    for place in (0, 27, 28, 400, 783):
        changed = image.clone()
        changed.view(-1)[place] ^= 0xFF
        differs = (room.neighbours(changed) != before).flatten().nonzero()
        right = [] if place % 28 == 27 else [place + 1]
        below = [] if place >= 756 else [place + 28]
        assert differs.flatten().tolist() == right + below


def test_no_code_beats_the_entropy() -> None:
    """Independent pixels, half of them level 7: 1 + log₂(255)/2 bits, whoever looks.

    The tables never read the image that they score, so 4 standard errors are enough;
    a code that did would be far below.
    """
    generator = torch.Generator().manual_seed(0)
    shape = (400, 1, 28, 28)
    levels = torch.randint(0, 255, shape, generator=generator)
    levels = levels + (levels >= 7)
    coin = torch.rand(shape, generator=generator) < 0.5
    images = torch.where(coin, 7, levels).to(torch.uint8)
    entropy = 1 + math.log2(255) / 2
    for name, (bits, *error) in room.codes(images[:300], images[300:]).items():
        assert bits > entropy - 4 * (error[0] if error else 0), name
    mine = room.codes(images[:300], images[300:])["histogram"]
    assert abs(mine[0] - entropy) < 0.02


def test_rows_are_bits_per_dimension() -> None:
    class Paper:
        predicts = "x_0"

        def __call__(
            self, x_t: torch.Tensor, t: torch.Tensor, y: torch.Tensor | None = None
        ) -> torch.Tensor:
            return torch.full_like(x_t, -1.0)

    x_0 = to_unit(embedded().images[:20])
    models = [Choice("beta", "beta", False), Choice("posterior", "posterior", True)]
    found = bound(Paper(), log_snr(20), x_0, models, 5)  # type: ignore[arg-type]
    table = room.rows(found)
    assert list(table) == ["beta, as it is", "posterior, clipped"]
    for score, row in zip(found, table.values(), strict=True):
        assert row["total"][0] == pytest.approx(score.total.nats / 784 / math.log(2))
        parts = sum(row[part][0] for part in ("prior", "steps", "last"))
        assert row["total"][0] == pytest.approx(parts)
        assert room._mean(score.by_image / room.BITS) == pytest.approx(row["total"])


def test_the_records_belong_together() -> None:
    """One network, one set of codes; each total is the sum of its parts."""
    main, other = recorded("likelihood"), recorded("likelihood_unseen")
    for name in ("unseen", "trained_on", "every_t"):
        assert set(other["results"][name]) == set(main["results"]["test"])
    for row in main["results"]["test"].values():
        parts = sum(row[part][0] for part in ("prior", "steps", "last"))
        assert parts == pytest.approx(row["total"][0], abs=1e-5)
    by_class = main["results"]["by_class"]
    assert min(by_class)[0] < main["results"]["test"]["posterior, clipped"]["total"][0]
