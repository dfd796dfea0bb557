"""How far keypoints are from where they should be in space.

MPJPE: the mean distance of a joint, as it is; with the middle of the hips laid upon the truth's; and PA-MPJPE, with the
whole body moved, turned and scaled to fit best (Umeyama, "Least-squares estimation of transformation parameters between
two point patterns", 1991).
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from ...topology import Topology
from ..entries import Entry, position_error, shown

KINDS = ("mpjpe", "root_mpjpe", "pa_mpjpe")
SUMS = tuple(name for kind in KINDS for name in (kind, f"{kind}_joints"))  # that these are ratios of
_FEWEST = 3  # keypoints that say how a body is turned
_MM = 1e3


def space_counts(
    topology: Topology, people: Sequence[Entry], reports: Sequence[Entry | None]
) -> dict[str, float] | None:
    """Sums over the people of an image: {kind: millimetres} and {kind_joints: how many joints}.

    Args:
        topology: of both.
        people, reports: as of :func:`~.joints.joint_errors`; ``positions`` are [x, y, z] in metres of each keypoint,
            None where it is not known. Those in different frames (``position_frame``) are not compared.

    Returns:
        None where there is nobody who has a position on both sides.

    Raises:
        ValueError: positions are none.
    """
    sums: dict[str, float] = dict.fromkeys(SUMS, 0)
    for person, report in zip(people, reports, strict=True):
        truth, found = (_positions(topology, entry) for entry in (person, report))
        if truth is None or found is None or frames_differ(person, report):
            continue
        both = np.isfinite(truth).all(axis=1) & np.isfinite(found).all(axis=1)
        pairs = {"mpjpe": (truth, found), "root_mpjpe": _rooted(topology, truth, found, both)}
        if both.sum() >= _FEWEST:
            pairs["pa_mpjpe"] = (truth[both], aligned(found[both], truth[both]))
        for kind, pair in pairs.items():
            if pair is not None:
                distances = np.linalg.norm(pair[0] - pair[1], axis=1)
                distances = distances[np.isfinite(distances)]
                sums[kind] += _MM * float(distances.sum())
                sums[f"{kind}_joints"] += len(distances)
    return sums if sums["mpjpe_joints"] else None


def aligned(points: np.ndarray, target: np.ndarray) -> np.ndarray:
    """Points [N, 3] moved, turned and scaled, never mirrored, so that they lie as close to ``target`` as can be."""
    centred, goal = points - points.mean(axis=0), target - target.mean(axis=0)
    left, stretch, right = np.linalg.svd(goal.T @ centred)
    signs = np.array([1, 1, np.linalg.det(left @ right)])
    scale = (stretch * signs).sum() / max(np.square(centred).sum(), np.finfo(float).tiny)
    return scale * centred @ (left * signs @ right).T + target.mean(axis=0)


def frames_differ(person: Entry, report: Entry | None) -> bool:
    """Whether both have positions, but in different coordinate frames."""
    entries = [entry for entry in (person, report) if entry is not None and entry.get("positions")]
    return len({entry.get("position_frame", "") for entry in entries}) > 1


def _positions(topology: Topology, entry: Entry | None) -> np.ndarray | None:
    places: Any = None if entry is None else entry.get("positions")
    if entry is None or not places:
        return None
    wrong = position_error(entry, len(topology.keypoints))
    if wrong:
        raise ValueError(f"a person in image {shown(entry.get('image_id'))}: {wrong}")
    return np.array([place or [np.nan] * 3 for place in places], float).reshape(len(topology.keypoints), 3)


def _rooted(
    topology: Topology, truth: np.ndarray, found: np.ndarray, both: np.ndarray
) -> tuple[np.ndarray, np.ndarray] | None:
    """The two with the middle of their hips at the origin; None where it is not known."""
    if not {"left_hip", "right_hip"} <= set(topology.keypoints):
        return None
    hips = [topology.index(f"{side}_hip") for side in ("left", "right")]
    if not both[hips].all():
        return None
    return truth - truth[hips].mean(axis=0), found - found[hips].mean(axis=0)
