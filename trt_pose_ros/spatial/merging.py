"""Merging: of what several roads say of where people are, the best."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from ..poses import Poses

_SURE = 0.1  # metres: standard deviation of positions that others are shifted to
_ANCHORS = 3  # fewest of them
_SIZES = (0.6, 1.5)  # times as large as a body is taken to be


def merged(poses: Poses, others: Poses) -> Poses:
    """The people with those positions of ``others`` that are known better there, both in the camera's optical frame.

    Where a body's joints were measured, as by a depth camera, the other body is first shifted and scaled to
    those, so that it completes them and is not at another place.

    Args:
        poses: what is known; a position without a standard deviation counts as sure.
        others: the same people by another road.
    """
    if others.positions is None:
        return poses
    if poses.positions is None:
        return replace(poses, positions=others.positions, position_stddevs=others.position_stddevs,
                       position_frame=others.position_frame)  # fmt: skip
    known, new = np.isfinite(poses.positions).all(-1), np.isfinite(others.positions).all(-1)
    stddevs = _stddevs(poses, known, 0.0)
    positions, spread = _anchored(poses, others, known & new & (stddevs < _SURE))
    better = new & (~known | (spread < stddevs))
    return replace(
        poses,
        positions=np.where(better[..., None], positions, poses.positions),
        position_stddevs=np.where(better, spread, np.where(known, stddevs, np.nan)),
    )


def _anchored(poses: Poses, others: Poses, sure: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """The other people brought to what is sure, and their standard deviations."""
    positions, spread = others.positions, _stddevs(others, np.ones(sure.shape, bool), np.inf)
    assert positions is not None
    assert poses.positions is not None
    positions = positions.copy()
    for person in np.flatnonzero(sure.sum(axis=1) >= _ANCHORS):
        theirs, ours = positions[person, sure[person]], poses.positions[person, sure[person]]
        size = np.clip(_size(ours) / max(_size(theirs), 1e-6), *_SIZES)
        shift = np.median(ours - size * theirs, axis=0)
        positions[person] = size * positions[person] + shift
        rest = np.linalg.norm(ours - size * theirs - shift, axis=-1).mean()
        # what was not known of the place is gone, what is not known of the body stays
        within = spread[person] ** 2 - np.min(spread[person]) ** 2
        spread[person] = np.minimum(spread[person], np.sqrt(within + rest**2 + (_SURE / 2) ** 2))
    return positions, spread


def _stddevs(poses: Poses, known: np.ndarray, otherwise: float) -> np.ndarray:
    if poses.position_stddevs is None:
        return np.full(known.shape, otherwise)
    return np.where(np.isnan(poses.position_stddevs), otherwise, poses.position_stddevs).astype(np.float64)


def _size(joints: np.ndarray) -> float:
    """Of a body [n, 3]: how far its joints are from their middle."""
    return float(np.sqrt(np.mean(np.sum((joints - joints.mean(axis=0)) ** 2, axis=-1))))
