"""Rigid transforms: where one coordinate frame lies in another. Metres and rotation matrices.

camera_in_world = Transform.from_quaternion((0.0, 0.0, 1.2), (-0.5, 0.5, -0.5, 0.5))
places = camera_in_world(poses.positions)      # from the camera's optical frame to the world's
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

_OFF = 1e-3  # that a rotation's columns may be from length 1 and from each other's right angles


@dataclass(frozen=True, eq=False)
class Transform:
    """Takes points of the frame ``child`` to the frame ``parent``: ``rotation @ point + translation``.

    Attributes:
        rotation: float64 [3, 3], its columns are the child's axes in the parent.
        translation: float64 [3], the child's origin in the parent, metres.

    Raises:
        ValueError: the values make no rigid transform; the message names them.
    """

    rotation: np.ndarray
    translation: np.ndarray

    def __post_init__(self) -> None:
        for name, shape in (("rotation", (3, 3)), ("translation", (3,))):
            value = np.asarray(getattr(self, name), np.float64)
            if value.shape != shape or not np.isfinite(value).all():
                raise ValueError(
                    f"a transform's {name} is {value.tolist()}, must be finite numbers of shape {list(shape)}"
                )
            object.__setattr__(self, name, value)
        off = np.abs(self.rotation @ self.rotation.T - np.eye(3)).max()
        if not (off < _OFF and np.linalg.det(self.rotation) > 0):
            raise ValueError(f"the matrix {self.rotation.round(6).tolist()} is not a rotation")

    @classmethod
    def identity(cls) -> Transform:
        """Both frames are the same."""
        return cls(np.eye(3), np.zeros(3))

    @classmethod
    def from_quaternion(cls, translation: Sequence[float], quaternion: Sequence[float]) -> Transform:
        """Of a translation and a quaternion (x, y, z, w), as tf carries them.

        Raises:
            ValueError: the quaternion is not of length 1.
        """
        x, y, z, w = map(float, quaternion)
        if not abs(math.hypot(x, y, z, w) - 1) < _OFF:
            raise ValueError(f"the quaternion x, y, z, w = {[x, y, z, w]} is not of length 1, so it is no rotation")
        rotation = [
            [1 - 2 * (y * y + z * z), 2 * (x * y - z * w), 2 * (x * z + y * w)],
            [2 * (x * y + z * w), 1 - 2 * (x * x + z * z), 2 * (y * z - x * w)],
            [2 * (x * z - y * w), 2 * (y * z + x * w), 1 - 2 * (x * x + y * y)],
        ]
        return cls(np.array(rotation), np.asarray(translation, np.float64))

    @property
    def quaternion(self) -> tuple[float, float, float, float]:
        """The rotation as x, y, z, w with w >= 0 (from the largest of the four: Shepperd 1978)."""
        m, trace = self.rotation, float(np.trace(self.rotation))
        squares = [*(1 + 2 * m[i, i] - trace for i in range(3)), 1 + trace]
        largest = int(np.argmax(squares))
        if largest == 3:
            q = [m[2, 1] - m[1, 2], m[0, 2] - m[2, 0], m[1, 0] - m[0, 1], squares[3]]
        else:
            i, j, k = largest, (largest + 1) % 3, (largest + 2) % 3
            q = [0.0, 0.0, 0.0, m[k, j] - m[j, k]]
            q[i], q[j], q[k] = squares[i], m[j, i] + m[i, j], m[k, i] + m[i, k]
        length = math.copysign(math.hypot(*q), q[3])
        x, y, z, w = (float(v) / length for v in q)
        return x, y, z, w

    def __call__(self, points: np.ndarray) -> np.ndarray:
        """float64 [..., 3]: the ``points`` [..., 3] of the child in the parent; NaN stay NaN."""
        return np.asarray(points, np.float64) @ self.rotation.T + self.translation

    def __matmul__(self, other: Transform) -> Transform:
        """The transform that does ``other`` first, then this one."""
        return Transform(self.rotation @ other.rotation, self(other.translation))

    @property
    def inverse(self) -> Transform:
        """From the parent to the child."""
        return Transform(self.rotation.T, -self.rotation.T @ self.translation)


def camera_above_floor(height: float, down: float = 0.0) -> Transform:
    """From the optical frame of a camera to the floor below it: z up, x where it looks, metres.

    Args:
        height: of the camera above the floor, metres.
        down: radians that it looks downwards.
    """
    ahead = np.array([math.cos(down), 0.0, -math.sin(down)])
    right = np.array([0.0, -1.0, 0.0])
    return Transform(np.stack([right, np.cross(ahead, right), ahead], axis=1), np.array([0.0, 0.0, height]))
