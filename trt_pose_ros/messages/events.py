"""Events as messages, and back."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import numpy as np

from ..events.event import Event, Evidence, Phase
from .types import MessageTypes

_SECOND = 10**9


def event_array(events: Iterable[Event], header: Any, types: MessageTypes) -> Any:
    """An EventArray of what is told with one image; ``header`` is the image's."""
    return types["trt_pose_ros/msg/EventArray"](header=header, events=[_event(event, types) for event in events])


def _event(event: Event, types: MessageTypes) -> Any:
    whole, rest = divmod(event.began, 1)  # apart, since nanoseconds of a date are more than a float holds exactly
    sec, nanosec = divmod(int(whole) * _SECOND + round(rest * _SECOND), _SECOND)
    return types["trt_pose_ros/msg/Event"](
        phase=int(event.phase),
        id=event.id,
        kind=event.kind,
        camera=event.camera,
        track_ids=types.numbers(event.track_ids, np.int32),
        zone=event.zone,
        began=types["builtin_interfaces/msg/Time"](sec=sec, nanosec=nanosec),
        probability=_float32(event.probability),
        reason=event.reason,
        evidence=[_evidence(evidence, types) for evidence in event.evidence],
    )


def _evidence(evidence: Evidence, types: MessageTypes) -> Any:
    return types["trt_pose_ros/msg/EventEvidence"](
        track_id=evidence.track_id,
        keypoints=list(evidence.keypoints),
        quantity=evidence.quantity,
        value=_float32(evidence.value),
        limit=_float32(evidence.limit),
    )


def _float32(value: float) -> float:
    """The nearest number that a float32 field takes; beyond their range that is infinite, not refused."""
    with np.errstate(over="ignore"):
        return float(np.float32(value))


def read_events(message: Any) -> list[Event]:
    """The events of an EventArray message, told at its stamp.

    Seconds of a date have steps of 0.24 microseconds: who needs a stamp to the nanosecond takes the message's.

    Raises:
        ValueError: a phase is none.
    """
    stamp = _seconds(message.header.stamp)
    return [
        Event(
            kind=event.kind,
            phase=Phase(event.phase),
            id=int(event.id),
            camera=event.camera,
            stamp=stamp,
            began=_seconds(event.began),
            track_ids=tuple(int(track_id) for track_id in event.track_ids),
            zone=event.zone,
            probability=float(event.probability),
            evidence=tuple(
                Evidence(int(e.track_id), tuple(e.keypoints), e.quantity, float(e.value), float(e.limit))
                for e in event.evidence
            ),
            reason=event.reason,
        )
        for event in message.events
    ]


def _seconds(stamp: Any) -> float:
    return stamp.sec + 1e-9 * stamp.nanosec
