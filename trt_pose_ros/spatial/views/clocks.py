"""Clocks: whether a camera's stamps are off, told by people who move.

A camera whose stamps are too small by dt shows people where they will be in dt: its keypoints are ahead of where the
other cameras have them. The others' bodies and their velocity are projected into its image, and dt is how far a
keypoint is ahead by how fast it moves there: the weighted median over the last keypoints that move. It takes two other
cameras. Where nobody moves nothing is told.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Sequence

import numpy as np

from .view import Seen

_KEPT = 3000  # keypoints of each camera, that an estimate goes by
_LEAST = 300  # without which there is none
_STEP = 0.01  # seconds over which a movement is projected
_MOVES = 30.0  # pixels a second, below which a keypoint tells nothing
_FAR = 0.5  # seconds: slopes beyond that are somebody else's keypoints


class Clocks:
    """Estimates by how much each camera's stamps are off.

    A positive offset: the camera's stamps are too small by so many seconds, its pictures are of later moments.
    """

    def __init__(self) -> None:
        self._slopes: dict[str, deque[tuple[float, float]]] = {}  # camera -> (seconds, pixels a second)

    def add(self, seen: Seen, places: np.ndarray, velocities: np.ndarray, pixels: np.ndarray) -> None:
        """Take in what a camera saw of M keypoints.

        Args:
            seen: of the camera.
            places: float [M, 3], where the other cameras have them at the stamp, metres in the common frame.
            velocities: float [M, 3], metres a second.
            pixels: float [M, 2], where this one sees them.
        """
        at = seen.view.project(places)
        speed = (seen.view.project(places + _STEP * velocities) - at) / _STEP
        fast = np.linalg.norm(speed, axis=1)
        with np.errstate(all="ignore"):
            slopes = ((pixels - at) * speed).sum(axis=1) / fast**2
        told = (fast > _MOVES) & (np.abs(slopes) < _FAR)
        kept = self._slopes.setdefault(seen.camera, deque(maxlen=_KEPT))
        kept.extend(zip(slopes[told].tolist(), fast[told].tolist(), strict=True))

    def offsets(self, cameras: Sequence[str]) -> dict[str, float]:
        """{camera: seconds} of those of ``cameras`` that enough is known of."""
        return {
            c: _weighted_median(np.array(self._slopes[c])) for c in cameras if len(self._slopes.get(c, ())) >= _LEAST
        }


def _weighted_median(slopes: np.ndarray) -> float:
    """The median of values, each weighted by its speed, with which the error of a slope falls."""
    order = np.argsort(slopes[:, 0])
    values, weights = slopes[order, 0], slopes[order, 1]
    return float(values[np.searchsorted(np.cumsum(weights), weights.sum() / 2)])
