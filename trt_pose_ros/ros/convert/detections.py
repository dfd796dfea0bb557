"""Poses as vision_msgs detections; imported only where vision_msgs is installed."""

from __future__ import annotations

import numpy as np
from std_msgs.msg import Header
from vision_msgs.msg import Detection2D, Detection2DArray, ObjectHypothesisWithPose

from ...poses import Poses


def detection_array(poses: Poses, header: Header) -> Detection2DArray:
    """A Detection2DArray with one box a person, in pixels; ``header`` is the image's.

    It is the detected box where there is one, and the one around the found keypoints otherwise.
    """
    detections, boxes = [], poses.boxes()
    if poses.detected_boxes is not None:
        boxes = np.where(np.isfinite(poses.detected_boxes), poses.detected_boxes, boxes)
    for box, score, track_id in zip(boxes.tolist(), poses.scores.tolist(), poses.track_ids.tolist(), strict=True):
        detection = Detection2D(header=header, id=str(track_id) if track_id >= 0 else "")
        x_min, y_min, x_max, y_max = box
        detection.bbox.center.position.x = (x_min + x_max) / 2
        detection.bbox.center.position.y = (y_min + y_max) / 2
        detection.bbox.size_x = x_max - x_min
        detection.bbox.size_y = y_max - y_min
        hypothesis = ObjectHypothesisWithPose()
        hypothesis.hypothesis.class_id = "person"
        hypothesis.hypothesis.score = score
        detection.results = [hypothesis]
        detections.append(detection)
    return Detection2DArray(header=header, detections=detections)
