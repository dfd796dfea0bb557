"""How far away people are, to go by the positions in a SkeletonArray: only by those that are sure."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from statistics import median
from typing import Any

import numpy as np

_SURE = 0.1  # metres, the standard deviation of a position from which on it is not believed: it was only inferred
_FEWEST = 3  # joints without which nobody's distance is known
_TRUNK = tuple(f"{side}_{joint}" for side in ("left", "right") for joint in ("shoulder", "hip"))


@dataclass(frozen=True)
class Ranges:
    """Measured metres over the ground from the camera to a person; NaN where they are not known.

    Attributes:
        middle: to their trunk, or where it is not seen to their joints' middle.
        nearest: to the nearest of their joints.
    """

    middle: float = math.nan
    nearest: float = math.nan

    @classmethod
    def of(cls, metres: Mapping[str, float]) -> Ranges:
        """Of the metres to a person's joints, by name; NaN where unknown."""
        known = {name: m for name, m in metres.items() if math.isfinite(m)}
        if len(known) < _FEWEST:
            return cls()
        trunk = [known[name] for name in _TRUNK if name in known]
        return cls(median(trunk or known.values()), min(known.values()))


def joint_ranges(array: Any) -> np.ndarray:
    """float64 [P, K]: metres over the ground to each keypoint of a SkeletonArray, NaN where that is not sure.

    Nothing is sure without a small standard deviation, behind the camera, or in another frame than the camera's own.
    """
    people, names = array.skeletons, array.keypoint_names
    unknown = np.full((len(people), len(names)), np.nan)
    if getattr(array, "position_frame", None) not in ("", array.header.frame_id if hasattr(array, "header") else ""):
        return unknown
    values = [
        [(k.position.x, k.position.y, k.position.z, k.position_stddev) for k in person.keypoints] for person in people
    ]
    x, y, z, stddev = np.moveaxis(np.reshape(np.array(values, np.float64), (*unknown.shape, 4)), 2, 0)
    # comparisons that NaN fails
    sure = (stddev >= 0) & (stddev < _SURE) & (z > 0) & np.isfinite(x) & np.isfinite(y) & np.isfinite(z)
    return np.where(sure, np.hypot(np.where(sure, x, 0.0), np.where(sure, z, 0.0)), unknown)
