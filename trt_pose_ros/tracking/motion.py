"""Motion: bodies that move as a whole with a nearly constant velocity, in the image or in space.

A Kalman filter of the displacement, driven by random acceleration ("constant velocity model": Bar-Shalom, Li and
Kirubarajan, "Estimation with Applications to Tracking and Navigation", 2001). Axes are independent and alike.
"""

from __future__ import annotations

from dataclasses import dataclass, fields
from typing import Any

import numpy as np

DISPLACEMENT_VARIANCE = 0.001  # of a body's displacement as measured from its keypoints, squared body sizes
_FIRST_VELOCITY_VARIANCE = 0.3  # of somebody new


@dataclass
class Motion:
    """Where the keypoints of T bodies are and how fast they move, in D dimensions.

    Attributes:
        points: float [T, K, D], where each keypoint should be now; NaN if it was never seen.
        velocity: float [T, D], of the whole body, a second.
        covariance: float [T, 3], of place and velocity along any axis, in body sizes and seconds: place with place,
            place with velocity, velocity with velocity.
    """

    points: np.ndarray
    velocity: np.ndarray
    covariance: np.ndarray

    @classmethod
    def starting(cls, points: np.ndarray) -> Motion:
        """Bodies seen for the first time, with keypoints ``points`` [T, K, D]."""
        return cls(points, np.zeros((len(points), points.shape[2])), _uncertain(len(points)))

    def __len__(self) -> int:
        return len(self.points)

    def __getitem__(self, rows: Any) -> Motion:
        return Motion(*(getattr(self, f.name)[rows] for f in fields(self)))

    def __add__(self, other: Motion) -> Motion:
        return Motion(*(np.concatenate([getattr(self, f.name), getattr(other, f.name)]) for f in fields(self)))

    def predict(self, seconds: float, agility: float) -> None:
        """Move everybody on by ``seconds``; ``agility`` is of :class:`~.tracker.TrackerOptions`."""
        noise = agility**2
        place, both, velocity = self.covariance.T
        self.points = self.points + (self.velocity * seconds)[:, None]
        self.covariance = np.stack(
            [
                place + 2 * seconds * both + seconds**2 * velocity + noise * seconds**3 / 3,
                both + seconds * velocity + noise * seconds**2 / 2,
                velocity + noise * seconds,
            ],
            axis=1,
        )

    def observe(
        self, rows: np.ndarray, points: np.ndarray, variances: np.ndarray | float, moved: np.ndarray | None = None
    ) -> None:
        """Take in that the bodies in ``rows`` [M] were seen at ``points`` [M, K, D].

        Args:
            rows: which bodies.
            points: NaN where a keypoint was not seen; a body without a keypoint that it had before moves on as
                predicted.
            variances: of the measured displacements, in squared body sizes; one for each, or one for all.
            moved: float [M, D], displacements of bodies without any point; NaN where unknown.
        """
        strangers = np.isnan(self.points[rows, :, 0]).all(axis=1)
        self.velocity[rows[strangers]] = 0.0
        self.covariance[rows[strangers]] = _uncertain(int(strangers.sum()))
        place, both, velocity = self.covariance[rows].T
        displacement = medians(points - self.points[rows])
        if moved is not None:
            displacement = np.where(np.isnan(displacement), moved, displacement)
        known = np.isfinite(displacement[:, 0])
        gains = np.where(known, np.stack([place, both]) / (place + variances), 0.0)
        displacement = np.where(known[:, None], displacement, 0.0)
        self.velocity[rows] += gains[1][:, None] * displacement
        self.covariance[rows] = np.stack(
            [(1 - gains[0]) * place, (1 - gains[0]) * both, velocity - gains[1] * both], axis=1
        )
        as_predicted = self.points[rows] + (gains[0][:, None] * displacement)[:, None]
        self.points[rows] = np.where(np.isnan(points), as_predicted, points)


def medians(values: np.ndarray) -> np.ndarray:
    """float [..., D]: medians of ``values`` [..., K, D] without NaN, NaN where there is none.

    Keypoints taken from somebody else don't move them.
    """
    ordered = np.sort(values, axis=-2)  # NaN last
    count = np.isfinite(values[..., :1]).sum(axis=-2, keepdims=True)
    below, above = (np.take_along_axis(ordered, np.maximum(i, 0), axis=-2) for i in ((count - 1) // 2, count // 2))
    return (below + above)[..., 0, :] / 2


def _uncertain(count: int) -> np.ndarray:
    return np.tile((DISPLACEMENT_VARIANCE, 0.0, _FIRST_VELOCITY_VARIANCE), (count, 1))
