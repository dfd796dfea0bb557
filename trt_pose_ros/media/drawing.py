"""Draw people into a picture."""

import cv2
import numpy as np

_SUBPIXEL_BITS = 4  # OpenCV draws at 1/16 pixel: a smooth skeleton does not jump from pixel to pixel


MIN_SCORE = 0.1  # of what is drawn: fainter people and keypoints are guesses


def draw_poses(image, poses, labels=True, min_score=MIN_SCORE):
    """Draw skeletons into ``image`` (uint8 [h, w, 3] BGR), in place.

    Line width follows the size of the picture and each person. ``labels`` adds the track id, or without one the score.
    People and keypoints whose score is below ``min_score`` are left out.
    """
    topology, poses = poses.topology, poses.confident(min_score)
    for keypoints, score, track_id, box in zip(
        poses.keypoints, poses.scores, poses.track_ids, poses.boxes(), strict=True
    ):
        if not np.isfinite(box).all():
            continue
        width = _line_width(image, box)
        for (a, b), color in zip(topology.links, topology.link_colors, strict=True):
            if keypoints[a, 2] > 0 and keypoints[b, 2] > 0:
                cv2.line(image, _fixed(keypoints[a]), _fixed(keypoints[b]), color, width, cv2.LINE_AA, _SUBPIXEL_BITS)
        for point, color in zip(keypoints, topology.keypoint_colors, strict=True):
            if point[2] > 0:
                radius = round(0.9 * width * 2**_SUBPIXEL_BITS)
                cv2.circle(image, _fixed(point), radius, color, -1, cv2.LINE_AA, _SUBPIXEL_BITS)
        if labels:
            _label(image, f"{track_id}" if track_id >= 0 else f"{score:.2f}", box)
    return image


def _line_width(image, box):
    person = max(box[2] - box[0], box[3] - box[1])
    return int(np.clip(person / 80, 1, max(2, min(image.shape[:2]) / 120)))


def _fixed(point):
    # a keypoint far outside the picture must not overflow OpenCV's fixed-point coordinates
    x, y = np.clip(point[:2], -16000, 16000)
    return round(float(x) * 2**_SUBPIXEL_BITS), round(float(y) * 2**_SUBPIXEL_BITS)


def _label(image, text, box):
    size = float(np.clip(min(image.shape[:2]) / 900, 0.4, 1.2))
    (width, height), _ = cv2.getTextSize(text, cv2.FONT_HERSHEY_SIMPLEX, size, 1)
    x = int(np.clip(box[0], 0, max(0, image.shape[1] - width)))
    y = int(np.clip(box[1] - 4, height, image.shape[0] - 1))
    for color, thickness in (((0, 0, 0), 3), ((255, 255, 255), 1)):
        cv2.putText(image, text, (x, y), cv2.FONT_HERSHEY_SIMPLEX, size, color, thickness, cv2.LINE_AA)
