"""Boxes around people: what a body fills beyond its keypoints, and how much two boxes have in common.

A detector's box is a pose of two keypoints, of the topology ``person_box``: so boxes flow, are mapped and drawn like
people.
"""

from __future__ import annotations

import numpy as np

from .poses import Poses
from .topology import Topology

KEYPOINTS = ("top_left", "bottom_right")  # of the topology person_box
# What bodies reach beyond their keypoints at the left and right, top and bottom, as shares of the longer side of the
# box around them: medians of 2,559 people of COCO with six labelled keypoints or more.
_SIDE, _TOP, _BOTTOM = 0.08, 0.15, 0.1


def box_poses(boxes: np.ndarray, scores: np.ndarray) -> Poses:
    """Boxes [P, 4] (x_min, y_min, x_max, y_max in pixels, whose centres are whole numbers) with scores [P] as Poses."""
    scores = np.clip(scores, 0.0, 1.0)
    keypoints = np.concatenate([boxes.reshape(-1, 2, 2), np.repeat(scores, 2).reshape(-1, 2, 1)], axis=2)
    return Poses(Topology.load("person_box"), keypoints, scores)


def body_boxes(poses: Poses) -> np.ndarray:
    """float [P, 4]: x_min, y_min, x_max, y_max of each body in pixels; NaN for those of whom nothing tells.

    It is the detected box; where there is none, what a body reaches around its keypoints. Boxes of the topology
    ``person_box`` stay as they are.
    """
    boxes = poses.boxes().astype(float)
    if poses.topology.keypoints == KEYPOINTS:
        return boxes
    longer = np.maximum(boxes[:, 2] - boxes[:, 0], boxes[:, 3] - boxes[:, 1])[:, None]
    around = boxes + longer * np.array([-_SIDE, -_TOP, _SIDE, _BOTTOM])
    if poses.detected_boxes is None:
        return around
    return np.where(np.isfinite(poses.detected_boxes), poses.detected_boxes, around)


def overlaps(boxes: np.ndarray, others: np.ndarray) -> np.ndarray:
    """float [A, B]: intersection over union of each of ``boxes`` [A, 4] with each of ``others`` [B, 4]."""
    low = np.maximum(boxes[:, None, :2], others[None, :, :2])
    high = np.minimum(boxes[:, None, 2:], others[None, :, 2:])
    common = np.maximum(high - low, 0).prod(axis=2)
    areas, other_areas = ((b[:, 2:] - b[:, :2]).prod(axis=1) for b in (boxes, others))
    return common / np.maximum(areas[:, None] + other_areas[None] - common, 1e-9)
