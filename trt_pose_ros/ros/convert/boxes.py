"""Boxes around people from the messages of other detectors (vision_msgs/Detection2DArray)."""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from ...boxes import box_poses
from ...poses import Poses


def person_boxes(message: Any, person: str = "person") -> Poses:
    """The people of a Detection2DArray as Poses of topology ``person_box``, in pixels of the image.

    Args:
        message: the Detection2DArray.
        person: what its class_id says of people; empty: every detection is one.

    A detection's most likely class counts; one without classes is a person. Those without a finite box are left out.
    """
    boxes, scores = [], []
    for detection in message.detections:
        best = max((r.hypothesis for r in detection.results), key=lambda h: h.score, default=None)
        box = detection.bbox
        x, y = box.center.position.x, box.center.position.y
        finite = math.isfinite(x + y + box.size_x + box.size_y) and box.size_x > 0 and box.size_y > 0
        if finite and (best is None or person in ("", best.class_id)):
            boxes.append((x - box.size_x / 2, y - box.size_y / 2, x + box.size_x / 2, y + box.size_y / 2))
            scores.append(1.0 if best is None else best.score)
    return box_poses(np.reshape(boxes, (-1, 4)), np.array(scores))
