"""Ranges: which values the 8 bits of a tensor span."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

import numpy as np
import onnx

from .observe import observe

STEPS = 127  # from 0 to the largest magnitude: what signed 8 bits have
_ODD = 4.0  # times the median over the images that a tensor's largest value may reach
_BINS = 8192  # a side
_CLIPS = np.geomspace(1, 1 / 64, 37)


def ordinary(network: onnx.ModelProto, tensors: Sequence[str], inputs: Iterable[dict[str, np.ndarray]]) -> list[bool]:
    """Which images are fit to decide on ranges: a list of bool.

    In one image of a hundred, such as a deep blue sky and little else, channels of a network that has seen little may
    reach twenty times what they usually do. Ranges that take them in leave the others a few steps.

    Args:
        network: ONNX model.
        tensors: names of tensors inside it.
        inputs: iterable of {input: array}, one image each.
    """
    largest = np.array([[np.abs(v).max() for v in seen.values()] for seen in observe(network, tensors, inputs)])
    usual = np.median(largest, axis=0)
    fit = ((largest <= _ODD * usual) | (usual == 0)).all(axis=1)
    return fit.tolist() if fit.any() else [True] * len(fit)


def best_ranges(
    network: onnx.ModelProto, tensors: Sequence[str], inputs: Iterable[dict[str, np.ndarray]]
) -> dict[str, tuple[np.float32, np.float32]]:
    """The range of each tensor that 127 steps from 0 to its largest magnitude render with the least mean squared error.

    A wide range has coarse steps, a narrow one clips what is rare and large.

    Args:
        network: ONNX model.
        tensors: names of tensors inside it.
        inputs: iterable of {input: array}, one image each.

    Returns:
        {tensor: (lowest, highest)}, float32; lowest is -highest where a tensor has negative values, and 0 elsewhere.
    """
    histograms = {name: Histogram() for name in tensors}
    for seen in observe(network, tensors, inputs):
        for name, values in seen.items():
            histograms[name].add(values)
    return {name: histogram.best_range() for name, histogram in histograms.items()}


class Histogram:
    """Counts of values, in steps that double whenever a value lies outside; 0 is in the middle of a bin."""

    def __init__(self) -> None:
        self._counts, self._step = np.zeros(2 * _BINS + 1), 0.0

    def add(self, values: np.ndarray) -> None:
        """Count an array of any shape; zeros alone, which are rendered as they are in any case, do not count."""
        largest = float(np.abs(values).max())
        if not largest:
            return
        self._step = self._step or largest / _BINS
        while largest > _BINS * self._step * (1 + 1e-6):
            self._double()
        bins = np.rint(values.ravel() / self._step).astype(int) + _BINS
        self._counts += np.bincount(bins, minlength=len(self._counts))

    def best_range(self) -> tuple[np.float32, np.float32]:
        """(lowest, highest) of the values that the steps should span, see :func:`best_ranges`."""
        used = np.flatnonzero(self._counts)
        values, counts = (used - _BINS) * self._step, self._counts[used]
        largest = np.abs(values).max(initial=0.0)
        highest = min(largest * _CLIPS, key=lambda limit: _squared_error(values, counts, limit))
        return np.float32(-highest if (values < 0).any() else 0), np.float32(highest)

    def _double(self):
        bins = np.rint(np.arange(-_BINS, _BINS + 1) / 2).astype(int) + _BINS
        self._counts = np.bincount(bins, self._counts, len(self._counts))
        self._step *= 2


def _squared_error(values, counts, highest):
    step = highest / STEPS or 1.0
    rendered = np.rint(np.clip(values, -highest, highest) / step) * step
    return (counts * (values - rendered) ** 2).sum()
