"""Which part of an image a per-person network gets to see."""

from __future__ import annotations

import numpy as np


def crops(boxes: np.ndarray, aspect: float, scale: float) -> np.ndarray:
    """float [M, 4]: boxes [M, 4] grown to an aspect ratio (width / height) and by ``scale`` around their centres."""
    centres, sizes = (boxes[:, :2] + boxes[:, 2:]) / 2, boxes[:, 2:] - boxes[:, :2]
    widths = np.maximum(np.maximum(sizes[:, 0], sizes[:, 1] * aspect), 1.0) * scale
    halves = np.stack([widths, widths / aspect], axis=1) / 2
    return np.concatenate([centres - halves, centres + halves], axis=1)
