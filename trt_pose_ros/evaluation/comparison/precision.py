"""COCO's average precision of what became of each report, with images counted any number of times.

What :class:`~trt_pose_ros.evaluation.metrics.coco.Outcome` says of an image does not depend on the others, so AP of
images drawn anew needs no matching: an image that is drawn three times counts threefold in the sums that precision and
recall are ratios of. Of images counted once each it is pycocotools' AP to the last bit.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from ..metrics.coco import MOST, THRESHOLDS

_RECALLS = np.linspace(0, 1, 101)
_BITS = np.arange(len(THRESHOLDS))


class Precision:
    """AP of people of one size.

    Args:
        detections: of each image, ``detections`` of its frame in a report.
        size: one of :data:`~trt_pose_ros.evaluation.metrics.coco.SIZES`.
    """

    def __init__(self, detections: Sequence[Mapping[str, Any]], size: str) -> None:
        scores = [some["scores"][:MOST] for some in detections]
        everybody = np.array([score for some in scores for score in some], float)
        order = np.argsort(-everybody, kind="mergesort")  # pycocotools', for the order of equal scores

        def bits(name: str) -> np.ndarray:
            masks = np.array([mask for some in detections for mask in some[size][name][:MOST]], int)
            return (masks[order] >> _BITS[:, None] & 1).astype(bool)

        right = bits("right")
        false = ~right & ~bits("ignored")
        image = np.repeat(np.arange(len(scores)), [len(some) for some in scores])[order]
        counted = (right | false).any(axis=0)
        self._right, self._false = right[:, counted].astype(float), false[:, counted].astype(float)
        self._image = image[counted]
        self._people = np.array([some[size]["people"] for some in detections], float)

    def __call__(self, times: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """Precision [10, 101] at each threshold of OKS and each recall, and recall [10]; NaN with nobody to find.

        Args:
            times: int [images], how often each image counts.
        """
        people = float(times @ self._people)
        if not people:
            return np.full((len(THRESHOLDS), len(_RECALLS)), np.nan), np.full(len(THRESHOLDS), np.nan)
        table = np.zeros((len(THRESHOLDS), len(_RECALLS)))
        if not len(self._image):
            return table, np.zeros(len(THRESHOLDS))
        each = times[self._image]
        right, false = np.cumsum(self._right * each, axis=1), np.cumsum(self._false * each, axis=1)
        recall = right / people
        precision = right / (false + right + np.spacing(1))
        best = np.maximum.accumulate(precision[:, ::-1], axis=1)[:, ::-1]  # at this recall or more
        for row, reached, values in zip(table, recall, best, strict=True):
            at = np.searchsorted(reached, _RECALLS, side="left")
            there = at < len(values)
            row[there] = values[at[there]]
        return table, recall[:, -1]
