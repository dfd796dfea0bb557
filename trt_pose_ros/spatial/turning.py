"""Turning: bodies that were looked at in crops, to the axes of the camera that took the whole image."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from ..geometry import CameraModel
from ..poses import RAY_RELATIVE, ROOT_RELATIVE, Poses

_HIPS = ("left_hip", "right_hip")


def turned(poses: Poses, camera: CameraModel | None) -> Poses:
    """The people without anything RAY_RELATIVE: their positions are ROOT_RELATIVE.

    Each body is turned by the smallest rotation that takes the optical axis to the direction in which its root is seen.

    Args:
        poses: people; positions in another frame stay.
        camera: that took the image; None: everybody counts as seen along the optical axis.
    """
    if poses.position_frame != RAY_RELATIVE or poses.positions is None:
        return poses
    positions = poses.positions
    if camera is not None:
        positions = np.einsum("pij,pkj->pki", _rotations(camera.rays(_roots(poses))), positions)
    return replace(poses, positions=positions, position_frame=ROOT_RELATIVE)


def _roots(poses: Poses) -> np.ndarray:
    """float64 [P, 2]: where the middle of each person's hips is in the image; of those without, of their box."""
    boxes = poses.boxes().astype(np.float64)
    middles = (boxes[:, :2] + boxes[:, 2:]) / 2
    if not set(_HIPS) <= set(poses.topology.keypoints):
        return middles
    left, right = (poses.keypoint(name)[:, :2].astype(np.float64) for name in _HIPS)
    hips = (left + right) / 2
    return np.where(np.isfinite(hips), hips, middles)


def _rotations(rays: np.ndarray) -> np.ndarray:
    """float64 [P, 3, 3]: the smallest rotations that take (0, 0, 1) to the rays [P, 3]; none where a ray is NaN."""
    x, y, z = (rays / np.linalg.norm(rays, axis=1, keepdims=True)).T
    share = 1 / (1 + z)  # Rodrigues' formula for an axis in the xy plane
    rows = np.array([[1 - x * x * share, -x * y * share, x], [-x * y * share, 1 - y * y * share, y], [-x, -y, z]])
    rotations = rows.transpose(2, 0, 1)
    return np.where(np.isfinite(rotations), rotations, np.eye(3))
