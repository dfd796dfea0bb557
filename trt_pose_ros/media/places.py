"""Positions in space as the files of results tell them: one form for ``keypoints.json`` and ``results.jsonl``."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from ..poses import Poses

_DIGITS = 4  # after the point: tenths of a millimetre


def told_places(poses: Poses, row: int) -> dict[str, Any]:
    """Where one of the people is, ready for JSON; empty without positions.

    Returns:
        ``positions``, [x, y, z] in metres of each keypoint, None where unknown; ``position_stddevs``, metres of each,
        None where unknown, where anything is known of them; ``position_frame`` where it is not the camera's.
    """
    if poses.positions is None:
        return {}
    places = poses.positions[row]
    known = np.isfinite(places).all(axis=1)
    told: dict[str, Any] = {"positions": _rounded(places, known)}
    if poses.position_stddevs is not None:
        stddevs = poses.position_stddevs[row]
        told["position_stddevs"] = _rounded(stddevs, known & np.isfinite(stddevs))
    if poses.position_frame:
        told["position_frame"] = poses.position_frame
    return told


def read_places(people: Sequence[Mapping[str, Any]], keypoints: int) -> dict[str, Any]:
    """The fields of :class:`~trt_pose_ros.poses.Poses` that :func:`told_places` has told of the people of an image.

    Args:
        people: at least one.
        keypoints: of each.

    Raises:
        ValueError: the positions are none, or in several frames.
    """
    if not any("positions" in person for person in people):
        return {}
    frames = {person.get("position_frame", "") for person in people if "positions" in person}
    if len(frames) > 1:
        raise ValueError(f"positions of one image are in several frames: {', '.join(sorted(map(repr, frames)))}")
    fields: dict[str, Any] = {"position_frame": frames.pop()}
    for name, nothing in (("positions", [None] * 3), ("position_stddevs", None)):
        if any(name in person for person in people):
            rows = [person.get(name) or [None] * keypoints for person in people]
            fields[name] = np.array([[nothing if v is None else v for v in row] for row in rows], np.float32)
    return fields


def _rounded(values: np.ndarray, known: np.ndarray) -> list[Any]:
    rounded = np.round(values.astype(np.float64), _DIGITS).tolist()
    return [value if there else None for value, there in zip(rounded, known, strict=True)]
