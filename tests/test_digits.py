"""The digits: the ones we carry, exactly; files from elsewhere, with suspicion."""

import gzip
import hashlib
import struct

import pytest
import torch

from ddpm_lite import digits
from ddpm_lite.digits import Digits
from ddpm_lite.errors import DigitsError

EMBEDDED = "8679364f0b7153d2cb9471dfb9443c18ff1fd7662622c46b8214dd00e3c79162"


@pytest.fixture(scope="module")
def embedded():
    return digits.embedded()


def idx(values: torch.Tensor) -> bytes:
    head = struct.pack(">HBB", 0, 8, values.dim())
    return (
        head
        + struct.pack(f">{values.dim()}I", *values.shape)
        + bytes(values.flatten().tolist())
    )


def put(folder, images=None, labels=None):
    """A folder with a small training set in it."""
    g = torch.Generator().manual_seed(0)
    some = torch.randint(256, (20, 28, 28), generator=g, dtype=torch.uint8)
    images = idx(some) if images is None else images
    labels = idx(torch.arange(20, dtype=torch.uint8) % 10) if labels is None else labels
    (folder / "train-images-idx3-ubyte.gz").write_bytes(gzip.compress(images))
    (folder / "train-labels-idx1-ubyte").write_bytes(labels)
    return some


def test_the_embedded_digits_are_the_ones_we_know(embedded):
    assert embedded.images.shape == (5000, 1, 28, 28)
    assert embedded.images.dtype == torch.uint8
    assert embedded.labels.bincount().tolist() == [500] * 10
    content = embedded.images.numpy().tobytes() + embedded.labels.numpy().tobytes()
    assert hashlib.sha256(content).hexdigest() == EMBEDDED


def test_the_split_keeps_fifty_of_each_class_out(embedded):
    train, held_out = digits.split_embedded(embedded)
    assert train.labels.bincount().tolist() == [450] * 10
    assert held_out.labels.bincount().tolist() == [50] * 10
    seen = {image.numpy().tobytes() for image in train.images}
    assert not any(image.numpy().tobytes() in seen for image in held_out.images)


def test_without_embedded_goes_by_content(embedded):
    g = torch.Generator().manual_seed(1)
    strangers = torch.randint(256, (4, 1, 28, 28), generator=g, dtype=torch.uint8)
    nearly = embedded.images[7:8].clone()
    nearly[0, 0, 0, 0] ^= 1  # one pixel, one grey level
    images = torch.cat([embedded.images[100:103], strangers, nearly])
    mixed = Digits(images, torch.arange(8, dtype=torch.uint8), "mixed")
    left = digits.without_embedded(mixed)
    assert left.labels.tolist() == [3, 4, 5, 6, 7]
    assert torch.equal(left.images, images[3:])
    with pytest.raises(DigitsError, match="no digit is left"):
        digits.without_embedded(mixed[:3])


def test_pixels_survive_the_way_there_and_back():
    levels = torch.arange(256, dtype=torch.uint8)
    x = digits.to_unit(levels)
    assert (x[0], x[-1]) == (-1, 1)
    assert torch.equal(digits.to_pixels(x), levels)
    assert digits.to_pixels(torch.tensor([-3.0, 3.0])).tolist() == [0, 255]
    with pytest.raises(ValueError, match="uint8"):
        digits.to_unit(x)


@pytest.mark.parametrize(
    ("x", "words"),
    [
        (torch.zeros(2, 28, 28), r"\(B, 1, 28, 28\)"),
        (torch.zeros(2, 1, 28, 28, dtype=torch.uint8), "to_unit"),
        (torch.full((1, 1, 28, 28), 255.0), "255"),
        (torch.full((1, 1, 28, 28), torch.nan), "nan"),
    ],
)
def test_images_are_checked_at_the_door(x, words):
    with pytest.raises(ValueError, match=words):
        digits.check_range(x)


def test_a_folder_is_read_plain_or_gzipped(tmp_path, monkeypatch):
    images = put(tmp_path)
    monkeypatch.setenv("DDPM_LITE_DATA", str(tmp_path))
    read = digits.load("train")
    assert torch.equal(read.images[:, 0], images)
    assert read.labels.tolist() == [*range(10)] * 2


GOOD = idx(torch.zeros(20, 28, 28, dtype=torch.uint8))


@pytest.mark.parametrize(
    ("images", "labels", "words"),
    [
        (GOOD[:-1], None, "promises"),
        (GOOD + b"x", None, "promises"),
        (b"", None, "not an IDX file"),
        (b"\0\0\x0d\x03" + GOOD[4:], None, "not an IDX file"),  # floats
        (b"\0\0\x08\x01" + GOOD[4:], None, "not an IDX file"),
        (idx(torch.zeros(20, 14, 14, dtype=torch.uint8)), None, "28 × 28"),
        (b"\0\0\x08\x03" + b"\xff" * 12, None, "promises"),  # a size past all memory
        (None, idx(torch.zeros(19, dtype=torch.uint8)), "do not go with"),
        (None, idx(torch.full((20,), 10, dtype=torch.uint8)), "do not go with"),
    ],
)
def test_a_file_that_lies_is_refused(tmp_path, images, labels, words):
    put(tmp_path, images, labels)
    with pytest.raises(DigitsError, match=words):
        digits.from_folder(tmp_path, "train")


@pytest.mark.parametrize("damage", ["truncate", "flip", "empty", "html"])
def test_a_damaged_archive_is_refused_by_name(tmp_path, damage):
    put(tmp_path)
    path = tmp_path / "train-images-idx3-ubyte.gz"
    raw = bytearray(path.read_bytes())
    if damage == "truncate":
        raw = raw[: len(raw) // 2]
    elif damage == "flip":
        raw[len(raw) // 2] ^= 1
    else:
        raw = bytearray(b"" if damage == "empty" else b"<html>moved</html>")
    path.write_bytes(raw)
    with pytest.raises(DigitsError, match="train-images"):
        digits.from_folder(tmp_path, "train")


def test_a_missing_file_is_named(tmp_path):
    with pytest.raises(DigitsError, match=r"no train-images-idx3-ubyte\(\.gz\)"):
        digits.from_folder(tmp_path, "train")


def test_without_folder_and_network_the_embedded_digits_say_so(
    monkeypatch, capsys, tmp_path
):
    import pooch

    def unplugged(*args, **kwargs):
        raise OSError("Network is unreachable")

    monkeypatch.delenv("DDPM_LITE_DATA", raising=False)
    monkeypatch.setattr(pooch, "retrieve", unplugged)
    assert len(digits.load("train")) == 4500
    assert len(digits.load("test")) == 500
    assert "embedded digits; set DDPM_LITE_DATA" in capsys.readouterr().err
    with pytest.raises(ValueError, match="unknown split"):
        digits.load("validation")
