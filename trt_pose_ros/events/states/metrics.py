"""How good probabilities of classes are: figures of a classifier on samples that it was not trained on."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

_BINS = 10
_LEAST = 1e-12  # a probability, so that its logarithm is finite


@dataclass(frozen=True, eq=False)
class Metrics:
    """Figures of N samples; unknown ones are counted and left out of all others.

    Attributes:
        classes: names.
        confusion: int [C, C], rows the truth, columns the most probable class.
        unknown: samples without probabilities.
        log_loss: mean of minus the logarithm of the truth's probability.
        calibration_error: expected difference between the probability of the most probable class and how often it is
            right, in 10 bins (Guo et al., 2017).
    """

    classes: tuple[str, ...]
    confusion: np.ndarray
    unknown: int
    log_loss: float
    calibration_error: float

    @classmethod
    def of(cls, probabilities: np.ndarray, truth: np.ndarray, classes: Sequence[str]) -> Metrics:
        """Of probabilities float [N, C], rows of NaN where unknown, and the true classes int [N]."""
        known = ~np.isnan(probabilities).any(axis=1)
        p, t = probabilities[known], np.asarray(truth)[known]
        told = p.argmax(axis=1) if len(p) else np.empty(0, int)
        confusion = np.zeros((len(classes), len(classes)), int)
        np.add.at(confusion, (t, told), 1)
        if not len(p):
            return cls(tuple(classes), confusion, len(truth), float("nan"), float("nan"))
        log_loss = float(-np.log(np.maximum(p[np.arange(len(t)), t], _LEAST)).mean())
        sure, right = p.max(axis=1), told == t
        bins = np.minimum((sure * _BINS).astype(int), _BINS - 1)
        gaps = np.bincount(bins, sure - right, _BINS)
        return cls(tuple(classes), confusion, int((~known).sum()), log_loss, float(np.abs(gaps).sum() / len(t)))

    @property
    def accuracy(self) -> float:
        """Share of the known samples that are told right; NaN without any."""
        return _share(np.trace(self.confusion), self.confusion.sum())

    @property
    def recall(self) -> list[float]:
        """Of each class."""
        return [_share(self.confusion[i, i], self.confusion[i].sum()) for i in range(len(self.classes))]

    @property
    def precision(self) -> list[float]:
        """Of each class."""
        return [_share(self.confusion[i, i], self.confusion[:, i].sum()) for i in range(len(self.classes))]

    def as_dict(self) -> dict[str, object]:
        """For JSON; what is not known is null."""
        return {
            "accuracy": _told(self.accuracy),
            "log_loss": _told(self.log_loss),
            "calibration_error": _told(self.calibration_error),
            "precision": dict(zip(self.classes, map(_told, self.precision), strict=True)),
            "recall": dict(zip(self.classes, map(_told, self.recall), strict=True)),
            "samples": int(self.confusion.sum()),
            "unknown": self.unknown,
        }

    def table(self) -> str:
        """Confusion matrix, precision and recall, for reading."""
        width = max(7, *(len(name) for name in self.classes)) + 2
        lines = [" " * width + "".join(f"{name:>{width}}" for name in (*self.classes, "recall"))]
        for name, row, recall in zip(self.classes, self.confusion, self.recall, strict=True):
            lines.append(f"{name:<{width}}" + "".join(f"{n:>{width}}" for n in row) + f"{recall:>{width}.3f}")
        lines.append(f"{'precision':<{width}}" + "".join(f"{p:>{width}.3f}" for p in self.precision))
        return "\n".join(lines)


def _share(part: float, whole: float) -> float:
    return float(part / whole) if whole else float("nan")


def _told(value: float) -> float | None:
    return None if np.isnan(value) else round(value, 4)
