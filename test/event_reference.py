"""Measures of events, one person and one joint at a time, as slow and plain as possible."""

import math

import numpy as np

from trt_pose_ros.events.language import MEANS

LIMBS = [("shoulder", "hip", 1.0), ("hip", "knee", 0.85), ("knee", "ankle", 0.85)]
WIDTHS = [("shoulder", 0.72), ("ear", 0.3), ("eye", 0.126)]


class Somebody:
    """One person: ``at(name)`` is an array (x, y), or None where unknown; ``size`` NaN where unknown."""

    def __init__(self, names, keypoints, min_score):
        self._names, self._keypoints, self._min_score = names, keypoints.astype(float), min_score
        self.size = self._size()

    def at(self, name):
        if name in self._names:
            x, y, score = self._keypoints[self._names.index(name)]
            fine = all(map(math.isfinite, (x, y, score))) and self._min_score <= score <= 1 and abs(x) + abs(y) < 1e6
            return np.array([x, y]) if fine else None
        parts = [part for part in map(self.at, MEANS.get(name, ())) if part is not None]
        return sum(parts) / len(parts) if parts else None

    def _length(self, a, b):
        a, b = self.at(a), self.at(b)
        return None if a is None or b is None else math.dist(a, b)

    def _size(self):
        found = []
        for upper, lower, relative in LIMBS:
            sides = [self._length(f"{side}_{upper}", f"{side}_{lower}") for side in ("left", "right")]
            sides = [length / relative for length in sides if length is not None]
            found += [sum(sides) / len(sides)] if sides else []
        if not found:
            widths = [(self._length(f"left_{joint}", f"right_{joint}"), relative) for joint, relative in WIDTHS]
            found = [length / relative for length, relative in widths if length is not None]
        return max(found) if found and max(found) >= 8 else math.nan


def distance(point, limb, size):
    """From a point to a joint or limb, a list of one or two points."""
    if point is None or any(end is None for end in limb):
        return math.nan
    start, way = limb[0], limb[-1] - limb[0]
    along = 0.0 if not way.any() else float(np.clip((point - start) @ way / (way @ way), 0, 1))
    return math.dist(point, start + along * way) / size


def angle(at, start, end):
    """Degrees at a joint."""
    if at is None or start is None or end is None:
        return math.nan
    a, b = start - at, end - at
    if not (a.any() and b.any()):
        return math.nan
    return abs(math.degrees(math.atan2(a[0] * b[1] - a[1] * b[0], a @ b)))


def depth(point, corners):
    """In a polygon, by the winding of the way around it as seen from the point; its border's nearest of many points."""
    if point is None:
        return math.nan
    turn, nearest = 0.0, math.inf
    for a, b in zip(corners, np.roll(corners, -1, axis=0), strict=True):
        nearest = min(nearest, distance(point, [a, b], 1.0))
        u, v = a - point, b - point
        turn += math.atan2(u[0] * v[1] - u[1] * v[0], u @ v)
    return nearest if abs(turn) > math.pi else -nearest
