"""No window is opened, and no figure outlives its test."""

from collections.abc import Iterator

import matplotlib.pyplot as plt
import pytest


@pytest.fixture(autouse=True)
def _closed() -> Iterator[None]:
    plt.switch_backend("Agg")
    yield
    plt.close("all")
