"""People from the messages of a detector beside the network (vision_msgs/Detection2DArray)."""

from __future__ import annotations

import math
from typing import Any, NamedTuple

import numpy as np

from ...boxes import box_poses
from ...poses import Poses

_MOST = 100  # people of a message: more are noise, and matching takes time


class Detected(NamedTuple):
    """What a message holds.

    Attributes:
        people: Poses of topology ``person_box``, the surest 100 at most, in pixels of the image.
        bad: number of detections whose box or score is no number, whose box has no size, or that are too many.
        others: number of detections that are no people.
    """

    people: Poses
    bad: int
    others: int


def read_detections(message: Any, person: str = "person") -> Detected:
    """The people of a Detection2DArray.

    Args:
        message: the Detection2DArray.
        person: what its class_id says of people; empty: every detection is one.

    A detection's most likely class counts; one without classes is a person. Of a turned box its upright hull is taken.
    """
    rows, bad, others = [], 0, 0
    for detection in message.detections:
        best = max((r.hypothesis for r in detection.results), key=lambda h: h.score, default=None)
        if any(math.isnan(r.hypothesis.score) for r in detection.results):  # which one is the best is not known
            bad += 1
        elif best is not None and person not in ("", best.class_id):
            others += 1
        else:
            rows.append((*_corners(detection.bbox), 1.0 if best is None else best.score))
    with np.errstate(over="ignore", under="ignore"):  # numbers that are none in 32 bits
        values = np.array(rows, float).reshape(-1, 5).astype(np.float32)
    boxes, scores = values[:, :4], values[:, 4]
    usable = np.flatnonzero((scores > 0) & np.isfinite(values).all(axis=1) & (boxes[:, 2:] > boxes[:, :2]).all(axis=1))
    best = usable[np.argsort(-scores[usable], kind="stable")[:_MOST]]
    return Detected(box_poses(boxes[best], scores[best]), bad + len(values) - len(best), others)


def _corners(box: Any) -> tuple[float, float, float, float]:
    """x_min, y_min, x_max, y_max of a BoundingBox2D; NaN where it has no size."""
    x, y, theta = box.center.position.x, box.center.position.y, box.center.theta
    width, height = box.size_x, box.size_y
    if not (math.isfinite(theta) and width > 0 and height > 0):
        return math.nan, math.nan, math.nan, math.nan
    cos, sin = abs(math.cos(theta)), abs(math.sin(theta))
    half_width, half_height = (cos * width + sin * height) / 2, (sin * width + cos * height) / 2
    return x - half_width, y - half_height, x + half_width, y + half_height
