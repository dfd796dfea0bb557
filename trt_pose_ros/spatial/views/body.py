"""Whether what rays make is a human body: tells people from wrong pairs of sightings, and finds misplaced keypoints."""

from __future__ import annotations

import numpy as np

from ...topology import Topology
from ..anatomy import SMALLEST, TALLEST, anatomy

_LONG = 0.1  # of the stature: shorter bones tell a body's size badly
_FEWEST = 3  # bones that tell it
_SLACK = 1.3  # times the size that a human has, for keypoints that are off


def statures(places: np.ndarray, topology: Topology) -> np.ndarray:
    """float [...]: metres that people with keypoints at ``places`` [..., K, 3] are tall; NaN if unknown.

    The median over the bones, so that one wrong keypoint does not matter.
    """
    known = anatomy(topology)
    ends, lengths = known.bones[known.lengths > _LONG], known.lengths[known.lengths > _LONG]
    told = np.linalg.norm(places[..., ends[:, 0], :] - places[..., ends[:, 1], :], axis=-1) / lengths
    count = np.isfinite(told).sum(axis=-1)
    if not len(ends):
        return np.full(places.shape[:-2], np.nan)
    ordered = np.sort(np.where(np.isfinite(told), told, np.inf), axis=-1)
    low, high = (
        np.take_along_axis(ordered, np.maximum(middle, 0)[..., None], -1)[..., 0]
        for middle in ((count - 1) // 2, np.minimum(count // 2, len(ends) - 1))
    )
    return np.where(count >= _FEWEST, (low + high) / 2, np.nan)


def human_sized(places: np.ndarray, topology: Topology) -> np.ndarray:
    """bool [...]: bodies at ``places`` [..., K, 3] metres are not known to be of a size that no human has."""
    tall = statures(places, topology)
    return ~((tall < SMALLEST / _SLACK) | (tall > TALLEST * _SLACK))


def misplaced(places: np.ndarray, topology: Topology) -> np.ndarray:
    """bool [P, K]: the fewest keypoints of bodies at ``places`` [P, K, 3] without which no two are too far apart."""
    tall = np.fmin(np.nan_to_num(statures(places, topology), nan=TALLEST), TALLEST)
    with np.errstate(invalid="ignore"):
        apart = np.linalg.norm(places[:, :, None] - places[:, None], axis=-1)
        conflicts = apart > _SLACK * tall[:, None, None] * anatomy(topology).farthest
    wrong = np.zeros(places.shape[:2], bool)
    while conflicts.any():
        rows = np.flatnonzero(conflicts.any(axis=(1, 2)))
        worst = conflicts[rows].sum(axis=2).argmax(axis=1)
        wrong[rows, worst] = True
        conflicts[rows, worst] = False
        conflicts[rows, :, worst] = False
    return wrong
