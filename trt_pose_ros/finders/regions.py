"""Boxes around people, and which part of an image a per-person network gets to see."""

from __future__ import annotations

import numpy as np

from ..families.boxes import KEYPOINTS
from ..poses import Poses


def person_boxes(poses: Poses, margins: tuple[float, float, float]) -> np.ndarray:
    """float [P, 4]: x_min, y_min, x_max, y_max of each person in pixels, NaN for those without keypoints.

    Args:
        poses: people, or boxes as detectors find them (topology ``person_box``), which stay as they are.
        margins: what a body reaches beyond its keypoints at the left and right, top and bottom, as shares of the longer
            side of the box around them.
    """
    boxes = poses.boxes().astype(float)
    if poses.topology.keypoints == KEYPOINTS:
        return boxes
    longer = np.maximum(boxes[:, 2] - boxes[:, 0], boxes[:, 3] - boxes[:, 1])[:, None]
    side, top, bottom = margins
    return boxes + longer * np.array([-side, -top, side, bottom])


def crops(boxes: np.ndarray, aspect: float, scale: float) -> np.ndarray:
    """float [M, 4]: boxes [M, 4] grown to an aspect ratio (width / height) and by ``scale`` around their centres."""
    centres, sizes = (boxes[:, :2] + boxes[:, 2:]) / 2, boxes[:, 2:] - boxes[:, :2]
    widths = np.maximum(np.maximum(sizes[:, 0], sizes[:, 1] * aspect), 1.0) * scale
    halves = np.stack([widths, widths / aspect], axis=1) / 2
    return np.concatenate([centres - halves, centres + halves], axis=1)


def overlaps(boxes: np.ndarray, others: np.ndarray) -> np.ndarray:
    """float [A, B]: intersection over union of each of ``boxes`` [A, 4] with each of ``others`` [B, 4]."""
    low = np.maximum(boxes[:, None, :2], others[None, :, :2])
    high = np.minimum(boxes[:, None, 2:], others[None, :, 2:])
    common = np.maximum(high - low, 0).prod(axis=2)
    areas, other_areas = ((b[:, 2:] - b[:, :2]).prod(axis=1) for b in (boxes, others))
    return common / np.maximum(areas[:, None] + other_areas[None] - common, 1e-9)
