"""Draw zones, and what is going on, into an image."""

from __future__ import annotations

import cv2
import numpy as np

from ..events.event import Event
from ..events.situation import Situation
from ..poses import NO_TRACK
from .labels import draw_labels

QUIET, BUSY = (200, 160, 60), (0, 140, 255)  # BGR: blue, and orange where something is going on
_FILL = 0.25  # how much of its colour a busy zone takes
_FAR = 16000  # pixels: what lies further outside must not overflow OpenCV's fixed-point coordinates
_WIDTH = 240  # shorter side of an image for each pixel of a line's width


def draw_events(image: np.ndarray, situation: Situation) -> np.ndarray:
    """Draw into ``image`` (uint8 [h, w, 3] BGR), in place.

    Whoever takes part in an event gets a frame, who does it with its name and, in a video, the seconds that it has gone
    on. A zone in which something is going on is orange. What somebody out of sight does is written at the top.
    """
    width = max(1, round(min(image.shape[:2]) / _WIDTH))
    _draw_zones(image, situation, width)
    boxes = situation.poses.boxes()
    seen = np.isfinite(boxes).all(axis=1)
    rows = {i: row for row, i in enumerate(situation.poses.track_ids.tolist()) if seen[row] and i != NO_TRACK}
    for row in {rows[i] for event in situation.events for i in event.track_ids if i in rows}:
        left, top, right, bottom = (round(float(v)) for v in np.clip(boxes[row], -_FAR, _FAR))
        cv2.rectangle(image, (left, top), (right, bottom), BUSY, width, cv2.LINE_AA)
    texts = [_told(event, situation.stamp) for event in situation.events]
    doers = [rows.get(event.track_ids[0]) if event.track_ids else None for event in situation.events]
    edges = [(0, 0, image.shape[1], 0) if row is None else _lower_edge(boxes[row]) for row in doers]
    draw_labels(image, texts, np.array(edges, np.float32).reshape(-1, 4))
    return image


def _draw_zones(image: np.ndarray, situation: Situation, width: int) -> None:
    busy = situation.busy_zones
    corners = {n: np.rint(np.clip(points, -_FAR, _FAR)).astype(np.int32) for n, points in situation.zones.items()}
    filled = [points for name, points in corners.items() if name in busy and len(points) > 2]
    if filled:
        colored = cv2.fillPoly(image.copy(), filled, BUSY)
        cv2.addWeighted(colored, _FILL, image, 1 - _FILL, 0, image)
    for name, points in corners.items():
        cv2.polylines(image, [points], len(points) > 2, BUSY if name in busy else QUIET, width, cv2.LINE_AA)
    names = [_words(name) for name in corners]
    tops = [(p[:, 0].min(), p[:, 1].min(), p[:, 0].max(), p[:, 1].min()) for p in corners.values()]
    draw_labels(image, names, np.array(tops, np.float32).reshape(-1, 4))


def _lower_edge(box: np.ndarray) -> tuple[float, float, float, float]:
    """Where the text is: over the head stands who it is, and under the feet there may be no image."""
    left, _, right, bottom = box.tolist()
    return left, bottom, right, bottom


def _told(event: Event, now: float) -> str:
    where = f" ({_words(event.zone)})" if event.zone else ""
    seconds = f" {now - event.began:.1f} s" if now > event.began else ""  # a picture has no time
    return f"{_words(event.kind)}{where}{seconds}"


def _words(name: str) -> str:
    return name.replace("_", " ")
