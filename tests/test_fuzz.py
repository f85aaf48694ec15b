"""Properties on random input: Gaussians, names of schedules, files from outside."""

import gzip
import math
import struct

import numpy as np
import pytest
import torch
from hypothesis import example, given
from hypothesis import strategies as st

from ddpm_lite import checkpoints, digits, schedule
from ddpm_lite.checkpoints import load_tensors
from ddpm_lite.errors import CheckpointError, DigitsError
from ddpm_lite.gaussian import Gaussian
from ddpm_lite.unet import UNet
from fuzzing import examples

numbers = st.floats(-1e3, 1e3)
variances = st.floats(1e-6, 1e6)


def _is_one_sentence(error):
    assert str(error)
    assert "\n" not in str(error)


@examples(100)
@given(numbers, variances, numbers, variances, numbers)
def test_a_gaussian_agrees_with_the_formulas(m_1, v_1, m_2, v_2, x):
    def gaussian(mean, var):
        return Gaussian(
            *(torch.full((1, 1), v, dtype=torch.float64) for v in (mean, var))
        )

    p, q = gaussian(m_1, v_1), gaussian(m_2, v_2)
    log_p = -0.5 * math.log(2 * math.pi * v_1) - (x - m_1) ** 2 / (2 * v_1)
    at_x = p.log_prob(torch.full((1, 1), x, dtype=torch.float64))
    assert float(at_x) == pytest.approx(log_p, rel=1e-9, abs=1e-9)
    kl = 0.5 * (math.log(v_2 / v_1) + (v_1 + (m_1 - m_2) ** 2) / v_2 - 1)
    assert float(p.kl(q)) == pytest.approx(kl, rel=1e-9, abs=1e-9)
    assert float(p.kl(q)) >= -1e-12
    assert float(p.kl(p)) == pytest.approx(0, abs=1e-12)


@examples(150)
@example("log_snr", ["38.0"], 1)  # a step without any noise
@given(
    st.sampled_from(["linear", "cosine", "sigmoid", "log_snr", ""]),
    st.lists(st.one_of(numbers.map(str), st.text(max_size=3)), max_size=4),
    st.integers(-2, 30),
)
def test_a_schedule_is_sound_or_refused(kind, constants, T):
    name = ":".join([kind, *constants])
    try:
        s = schedule.make(name, T)
    except ValueError as error:
        return _is_one_sentence(error)
    assert s.T == T
    assert bool(((s.beta[1:] > 0) & (s.beta[1:] < 1)).all())
    assert bool((s.alpha_bar.diff() < 0).all())
    assert bool(torch.isfinite(s.posterior_variance).all())


def _damage(data, whole):
    """Cut, overwrite or lengthen: what happens to files on their way."""
    raw = bytearray(whole)
    for at, byte in data.draw(
        st.lists(
            st.tuples(st.integers(0, len(raw) - 1), st.integers(0, 255)), max_size=6
        )
    ):
        raw[at] = byte
    cut = data.draw(st.one_of(st.none(), st.integers(0, len(raw))))
    return bytes(raw[:cut]) + data.draw(st.binary(max_size=4))


@examples(60)
@given(st.data())
def test_a_damaged_idx_file_is_read_or_refused(tmp_path_factory, data):
    folder = tmp_path_factory.mktemp("idx")
    images = np.arange(3 * 784, dtype=np.uint8).tobytes()
    head = bytes([0, 0, 8, 3]) + struct.pack(">3I", 3, 28, 28)
    raw = _damage(data, head + images)
    path = folder / "train-images-idx3-ubyte"
    if data.draw(st.booleans()):
        path = path.with_suffix(".gz")
        raw = _damage(data, gzip.compress(raw))
    path.write_bytes(raw)
    labels = bytes([0, 0, 8, 1]) + struct.pack(">I", 3) + bytes([1, 2, 3])
    (folder / "train-labels-idx1-ubyte").write_bytes(labels)
    try:
        found = digits.from_folder(folder, "train")
    except DigitsError as error:
        return _is_one_sentence(error)
    assert found.images.shape == (3, 1, 28, 28)


@pytest.fixture(scope="module")
def whole(tmp_path_factory):
    path = tmp_path_factory.mktemp("whole") / "w.safetensors"
    checkpoints.save(path, UNet((16,)), {"schedule": "cosine", "T": 20}, half=True)
    return path.read_bytes()


@examples(60)
@given(st.data())
def test_a_damaged_checkpoint_is_as_it_was_or_refused(tmp_path_factory, whole, data):
    path = tmp_path_factory.mktemp("checkpoint") / "w.safetensors"
    path.write_bytes(whole)
    before = load_tensors(path)
    path.write_bytes(_damage(data, whole))
    try:
        after = load_tensors(path)
    except CheckpointError as error:
        return _is_one_sentence(error)
    assert after[1] == before[1]
    assert all(torch.equal(after[0][k], v) for k, v in before[0].items())
