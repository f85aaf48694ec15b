"""The states of a chain whose data are a mixture, an axis for each averaged one."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from functools import lru_cache
from typing import Any

import numpy as np

from .field import CannotDecide

STEPS = 4  # of the chain
SHOWN = "0.4 N(-0.9, 0.4) + 0.6 N(0.6, 0.5), of mean 0 and variance 1"
REACH = 8.5  # of the nodes, in standard deviations
Array = Any  # a float, or a float array with one axis for each averaged state
Data = tuple[tuple[float, float, float], ...]  # weight, mean, variance of each part


@lru_cache(maxsize=8)
def rule(n: int) -> tuple[Array, Array]:
    """Nodes and weights for a standard normal variable."""
    nodes = np.linspace(-REACH, REACH, n)
    weights = np.exp(-(nodes**2) / 2)
    return nodes, weights / weights.sum()


class Cloud:
    """One law of the data, one schedule, and where the states are."""

    def __init__(
        self, data: Data, alphas: list[float], place: tuple[float, ...], nodes: int
    ) -> None:
        self.data, self.nodes = data, nodes
        self.bars = np.cumprod([1.0, *alphas])
        self.states: dict[int, Array] = dict(enumerate(place))
        self.axes = 0

    def part(self, k: int, times: list[int]) -> tuple[Array, Array]:
        """Means and covariance of several states in one part of the data."""
        _, centre, spread = self.data[k]
        bars = self.bars[times]
        var = bars * spread + 1 - bars
        low = np.minimum.outer(times, times)
        ratio = np.sqrt(np.minimum.outer(bars, bars) / np.maximum.outer(bars, bars))
        cov = ratio * (self.bars[low] * spread + 1 - self.bars[low])
        assert np.allclose(np.diag(cov), var)
        return np.sqrt(bars) * centre, cov

    def log_weights(self, times: list[int]) -> list[Array]:
        """log of weight times density of these states, part by part."""
        out = []
        for k, (weight, _, _) in enumerate(self.data):
            total: Array = float(np.log(weight))
            if times:
                mean, cov = self.part(k, times)
                inverse = np.linalg.inv(cov)
                gaps = [self.states[a] - m for a, m in zip(times, mean, strict=True)]
                for i, u in enumerate(gaps):
                    for j, v in enumerate(gaps):
                        total = total - 0.5 * inverse[i, j] * u * v
                total = total - 0.5 * np.linalg.slogdet(2 * np.pi * cov)[1]
            out.append(total)
        return out

    def log_joint(self, times: list[int]) -> Array:
        parts = self.log_weights(times)
        top = np.maximum.reduce([np.real(p) for p in np.broadcast_arrays(*parts)])
        return top + np.log(sum(np.exp(p - top) for p in parts))

    @contextmanager
    def drawn(self, a: int, given: list[int]) -> Iterator[Array]:
        """x_a averaged given others, on a new last axis; yields the weights."""
        nodes, weights = rule(self.nodes)
        logs = self.log_weights(given)
        total = self.log_joint(given)
        points, mass = [], []
        for k, own in enumerate(logs):
            mean, cov = self.part(k, [a, *given])
            gain: Array = np.linalg.solve(cov[1:, 1:], cov[1:, 0]) if given else []
            centre: Array = mean[0]
            for g, c, m in zip(given, gain, mean[1:], strict=True):
                centre = centre + c * (self.states[g] - m)
            var = cov[0, 0] - sum(c * v for c, v in zip(gain, cov[1:, 0], strict=True))
            share = np.exp(own - total)
            points.append(np.asarray(centre)[..., None] + np.sqrt(var) * nodes)
            mass.append(np.asarray(share)[..., None] * weights)
        keep, axes = self.states, self.axes
        if axes >= 2:
            raise CannotDecide("averages nested too deeply")
        self.states = {
            k: np.asarray(v)[..., None] if np.ndim(v) else v for k, v in keep.items()
        }
        shape = np.broadcast_shapes(*(np.shape(p) for p in (*points, *mass)))
        half = [np.broadcast_to(p, shape) for p in points]
        own_mass = [np.broadcast_to(m, shape) for m in mass]
        values = np.concatenate(half, axis=-1)
        self.states[a] = values.reshape((1,) * (axes + 1 - values.ndim) + values.shape)
        self.axes = axes + 1
        try:
            yield np.concatenate(own_mass, axis=-1)
        finally:
            self.states, self.axes = keep, axes

    @contextmanager
    def nudged(self, k: int, by: complex) -> Iterator[None]:
        """One state moved a little."""
        keep = self.states
        self.states = {**keep, k: keep[k] + by}
        try:
            yield
        finally:
            self.states = keep

    def shown(self, used: set[int]) -> dict[str, Any]:
        """The schedule, the data and the states, for a counterexample."""
        out: dict[str, Any] = {}
        for k in range(1, max(used, default=1) + 1):
            out[f"alpha_{k}"] = round(float(self.bars[k] / self.bars[k - 1]), 6)
        out["data"] = SHOWN
        return out | {f"x_{k}": float(self.states[k]) for k in sorted(used)}
