"""Labels of people in an image: outlined, as large as the image asks for, and apart where there is room."""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache
from typing import NamedTuple

import cv2
import numpy as np

_FONT = cv2.FONT_HERSHEY_SIMPLEX
_PIXELS = 720  # shorter side of an image in which text has scale 1, about 22 pixels high
_SMALLEST, _LARGEST = 0.55, 4.0  # scale


class _Box(NamedTuple):
    left: float
    top: float
    right: float
    bottom: float

    def shared(self, other: _Box) -> float:
        """Pixels that both cover."""
        width = min(self.right, other.right) - max(self.left, other.left)
        height = min(self.bottom, other.bottom) - max(self.top, other.top)
        return max(0.0, width) * max(0.0, height)


def draw_labels(image: np.ndarray, texts: Sequence[str], boxes: np.ndarray) -> None:
    """Write each text beside its box (float [P, 4]: x_min, y_min, x_max, y_max), in place.

    Above the middle of the box where nothing else is written, else at another of its sides, and where all are taken
    where least of another label is covered.
    """
    height, width = image.shape[:2]
    scale = float(np.clip(min(height, width) / _PIXELS, _SMALLEST, _LARGEST))
    placed: list[_Box] = []
    for text, box in zip(texts, np.clip(boxes, -16000, 16000), strict=True):
        letters, outline = _rendered(text, scale)
        size = outline.shape[1], outline.shape[0]
        candidates = [_inside(spot, size, width, height) for spot in _spots(box, size)]
        best = min(candidates, key=lambda spot: sum(spot.shared(other) for other in placed))
        placed.append(best)
        region = image[round(best.top) :, round(best.left) :][: size[1], : size[0]]
        rows, columns = region.shape[:2]
        darkened = region * (1 - outline[:rows, :columns, None] / 255)
        region[:] = np.maximum(darkened, letters[:rows, :columns, None])


@lru_cache(256)
def _rendered(text: str, scale: float) -> tuple[np.ndarray, np.ndarray]:
    """Letters and their outline, uint8 [h, w] each, 255 where they cover.

    The outline is made of the letters: since version 5 OpenCV's fonts have weights where they had widths of lines, so
    that thicker letters no longer surround thinner ones.
    """
    thickness, margin = max(2, round(2 * scale)), max(2, round(2.5 * scale))
    (width, height), below = cv2.getTextSize(text, _FONT, scale, thickness)
    pad = height + margin  # more than any version's letters stand out of their own size
    canvas = np.zeros((2 * pad + height + below, 2 * pad + width), np.uint8)
    cv2.putText(canvas, text, (pad, pad + height), _FONT, scale, 255, thickness, cv2.LINE_AA)
    disc = cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (2 * margin + 1, 2 * margin + 1))
    outline = cv2.dilate(canvas, disc)
    left, top, columns, rows = cv2.boundingRect(outline)
    return canvas[top : top + rows, left : left + columns], outline[top : top + rows, left : left + columns]


def _spots(box: np.ndarray, size: tuple[int, int]) -> list[tuple[float, float]]:
    """Top left corners for a label of (width, height), the best first."""
    left, top, right, bottom = (float(value) for value in box)
    width, height = size
    centre, middle = (left + right - width) / 2, (top + bottom - height) / 2
    return [
        (centre, top - height),
        (left, top - height),
        (right - width, top - height),
        (centre, bottom),
        (right, top),
        (left - width, top),
        (right, middle),
        (left - width, middle),
        (centre, top - 2 * height),
        (centre, bottom + height),
        (centre, middle),
    ]


def _inside(spot: tuple[float, float], size: tuple[int, int], width: int, height: int) -> _Box:
    """The label's box, moved into an image of ``width`` x ``height``."""
    left = min(max(0.0, spot[0]), max(0.0, width - size[0]))
    top = min(max(0.0, spot[1]), max(0.0, height - size[1]))
    return _Box(left, top, left + size[0], top + size[1])
