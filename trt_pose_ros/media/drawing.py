"""Draw people into an image."""

from __future__ import annotations

import cv2
import numpy as np

from ..poses import NO_TRACK, Poses
from .labels import draw_labels

MIN_SCORE = 0.1  # of what is drawn: fainter people and keypoints are guesses

_FAR = 16000  # pixels: a keypoint further outside must not overflow OpenCV's fixed-point coordinates
_WHITE, _DARK = (255, 255, 255), (20, 20, 20)
_SUBPIXEL_BITS = 4  # OpenCV draws at 1/16 pixel: a smooth skeleton does not jump from pixel to pixel


def draw_poses(image: np.ndarray, poses: Poses, labels: bool = True, min_score: float = MIN_SCORE) -> np.ndarray:
    """Draw skeletons into ``image`` (uint8 [h, w, 3] BGR), in place.

    Line width follows the size of the image and each person. ``labels`` adds the track id (``#3``), or without one the
    score (``40 %``). People and keypoints whose score is below ``min_score`` are left out. Who is known by a box alone
    is a box.
    """
    topology, poses = poses.topology, poses.confident(min_score)
    boxes = poses.boxes()
    seen = np.isfinite(boxes).all(axis=1)
    poses, boxes = poses[seen], boxes[seen]
    for keypoints, box in zip(poses.keypoints, boxes, strict=True):
        width = _line_width(image, box)
        if not (keypoints[:, 2] > 0).any():
            cv2.rectangle(image, _fixed(box[:2]), _fixed(box[2:]), _WHITE, width, cv2.LINE_AA, _SUBPIXEL_BITS)
        for (a, b), color in zip(topology.links, topology.link_colors, strict=True):
            if keypoints[a, 2] > 0 and keypoints[b, 2] > 0:
                cv2.line(image, _fixed(keypoints[a]), _fixed(keypoints[b]), color, width, cv2.LINE_AA, _SUBPIXEL_BITS)
        for point, color in zip(keypoints, topology.keypoint_colors, strict=True):
            if point[2] > 0:
                radius = round(0.9 * width * 2**_SUBPIXEL_BITS)
                cv2.circle(image, _fixed(point), radius, color, -1, cv2.LINE_AA, _SUBPIXEL_BITS)
    if labels:
        texts = [
            f"#{track_id}" if track_id != NO_TRACK else f"{100 * score:.0f} %"
            for track_id, score in zip(poses.track_ids, poses.scores, strict=True)
        ]
        draw_labels(image, texts, boxes)
    return image


def draw_truth(image: np.ndarray, poses: Poses) -> np.ndarray:
    """Draw people as they should be into ``image`` (uint8 [h, w, 3] BGR), in place: dashed white with dark edges.

    Meant to lie over what :func:`draw_poses` has drawn, which shows through between the dashes.
    """
    boxes = poses.boxes()
    seen = np.isfinite(boxes).all(axis=1)
    for keypoints, box in zip(poses.keypoints[seen], boxes[seen], strict=True):
        width, found = max(2, _line_width(image, box) // 2), keypoints[:, 2] > 0
        links = [(a, b) for a, b in poses.topology.links if found[a] and found[b]]
        dashes = [ends for a, b in links for ends in _dashes(keypoints[a], keypoints[b], 6.0 * width)]
        alone = keypoints[[i for i in np.flatnonzero(found) if not any(i in link for link in links)]]
        for color, more in ((_DARK, 2), (_WHITE, 0)):  # all dark edges below all white
            for start, end in dashes:
                cv2.line(image, _fixed(start), _fixed(end), color, width + more, cv2.LINE_AA, _SUBPIXEL_BITS)
            for point in alone:
                radius = (2 * width + more) * 2 ** (_SUBPIXEL_BITS - 1)
                cv2.circle(image, _fixed(point), radius, color, -1, cv2.LINE_AA, _SUBPIXEL_BITS)
    return image


def _dashes(start: np.ndarray, end: np.ndarray, length: float) -> list[tuple[np.ndarray, np.ndarray]]:
    """Pieces [2, 2] of the way from one point to another, about as long as the gaps between them."""
    start, end = np.clip(start[:2], -_FAR, _FAR), np.clip(end[:2], -_FAR, _FAR)
    pieces = max(1, round(float(np.hypot(*(end - start))) / length)) // 2 * 2 + 1
    ends = start + np.linspace(0, 1, pieces + 1)[:, None] * (end - start)
    return list(zip(ends[0::2], ends[1::2], strict=True))


def _line_width(image: np.ndarray, box: np.ndarray) -> int:
    person = max(box[2] - box[0], box[3] - box[1])
    return int(np.clip(person / 80, 1, max(2, min(image.shape[:2]) / 120)))


def _fixed(point: np.ndarray) -> tuple[int, int]:
    x, y = np.clip(point[:2], -_FAR, _FAR)
    return round(float(x) * 2**_SUBPIXEL_BITS), round(float(y) * 2**_SUBPIXEL_BITS)
