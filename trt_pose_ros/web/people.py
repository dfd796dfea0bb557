"""Messages as JSON for the page: short, and without NaN, which JSON has not."""

from __future__ import annotations

import math
from typing import Any

from ..messages.skeletons import topology_of
from ..topology import Topology


def describe(message: Any, known: dict[str, Topology]) -> dict[str, Any]:
    """A SkeletonArray as a dict.

    ``skeleton`` is the name of its topology, ``optical`` tells whether places are in the camera's optical frame (else z
    is up), ``people`` is a list of dicts: ``kind``, ``id`` and ``owner`` (-1: none), ``score``, ``points`` ([x, y,
    score] or None for each keypoint) and ``places`` ([x, y, z] in metres or None for each keypoint; None without any).

    Args:
        message: the SkeletonArray.
        known: topologies by name; what is learnt is added.
    """
    topology_of(message, known)
    people = []
    for person in message.skeletons:
        places = [_place(k.position) for k in person.keypoints]
        people.append(
            {
                "kind": int(person.kind),
                "id": int(person.track_id),
                "owner": int(person.owner_id),
                "score": _number(person.score),
                "points": [_point(k) for k in person.keypoints],
                "places": places if any(places) else None,
            }
        )
    optical = message.position_frame == message.header.frame_id
    return {"skeleton": message.topology, "optical": optical, "people": people}


def describe_topology(topology: Topology) -> dict[str, Any]:
    """What is needed to draw a skeleton: names of ``keypoints``, ``links``, and colours in CSS's notation."""
    return {
        "keypoints": list(topology.keypoints),
        "links": [list(link) for link in topology.links],
        "link_colors": [_css(c) for c in topology.link_colors],
        "keypoint_colors": [_css(c) for c in topology.keypoint_colors],
    }


def describe_event(event: Any, stamp: float) -> dict[str, Any]:
    """An Event message; ``stamp`` of its image in seconds."""
    return {
        "id": int(event.id),
        "phase": int(event.phase),
        "kind": event.kind,
        "camera": event.camera,
        "people": [int(i) for i in event.track_ids],
        "zone": event.zone,
        "stamp": stamp,
        "began": event.began.sec + 1e-9 * event.began.nanosec,
        "probability": _number(event.probability),
        "reason": event.reason,
        "evidence": [
            {"quantity": e.quantity, "value": _number(e.value), "limit": _number(e.limit)} for e in event.evidence
        ],
    }


def _point(keypoint: Any) -> list[float] | None:
    if not (keypoint.score > 0 and math.isfinite(keypoint.x) and math.isfinite(keypoint.y)):
        return None
    return [round(keypoint.x, 2), round(keypoint.y, 2), round(keypoint.score, 3)]


def _place(point: Any) -> list[float] | None:
    place = point.x, point.y, point.z
    return [round(v, 4) for v in place] if all(map(math.isfinite, place)) else None


def _number(value: float) -> float | None:
    return round(float(value), 4) if math.isfinite(value) else None


def _css(bgr: tuple[int, int, int]) -> str:
    return "#{2:02x}{1:02x}{0:02x}".format(*bgr)
