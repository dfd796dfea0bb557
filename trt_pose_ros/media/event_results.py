"""Events as entries of a JSON file, beside the people of the same images."""

from __future__ import annotations

import math
from typing import Any

from ..events.event import Event, Evidence, Phase

_SECONDS, _DIGITS = 3, 6  # after the point


def event_result(event: Event, **where: Any) -> dict[str, Any]:
    """What is told of an event as a dict ready for JSON; what is not known of it is left out.

    Args:
        event: see :class:`~trt_pose_ros.events.event.Event`; times are those of its image, in seconds.
        **where: what to say of the image, such as ``file_name``; None is left out.
    """
    told: dict[str, Any] = {
        "event_id": event.id,
        "kind": event.kind,
        "phase": Phase(event.phase).name.lower(),
        "camera": event.camera or None,
        **where,
        "time": round(event.stamp, _SECONDS),
        "began": round(event.began, _SECONDS),
        "track_ids": list(event.track_ids),
        "zone": event.zone or None,
        "probability": _number(event.probability),
        "reason": event.reason or None,
        "evidence": [_evidence(evidence) for evidence in event.evidence],
    }
    return {key: value for key, value in told.items() if value is not None}


def _evidence(evidence: Evidence) -> dict[str, Any]:
    return {
        "track_id": evidence.track_id,
        "keypoints": list(evidence.keypoints),
        "quantity": evidence.quantity,
        "value": _number(evidence.value),
        "limit": _number(evidence.limit),
    }


def _number(value: float) -> float | None:
    """None for what JSON has no number for."""
    return round(float(value), _DIGITS) if math.isfinite(value) else None
