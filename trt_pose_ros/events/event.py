"""Event: something that people do, from its start to its end."""

from __future__ import annotations

import math
from dataclasses import dataclass
from enum import IntEnum


class Phase(IntEnum):
    """What is told of an event."""

    START = 0
    UPDATE = 1
    END = 2


# Event.reason of an END: it is over; it could not be seen any more whether it is; the people have left; who watches
# for events stops.
OVER, UNKNOWN, GONE, STOPPED = "over", "unknown", "gone", "stopped"


@dataclass(frozen=True)
class Evidence:
    """One measured value that decided about an event.

    Attributes:
        track_id: of the person that it was measured on; -1 without an identity.
        keypoints: names of those that it was measured with.
        quantity: what was measured, with its unit.
        value: what was measured.
        limit: what it had to pass.
    """

    track_id: int
    keypoints: tuple[str, ...]
    quantity: str
    value: float
    limit: float


@dataclass(frozen=True)
class Event:
    """What is told of an event with one image.

    Attributes:
        kind: name of the rule.
        phase: START once, UPDATE while it goes on, END once.
        id: of the event, the same from its start to its end.
        camera: name of the camera; empty for the only one.
        stamp: of the image with which this is told, in seconds.
        began: stamp of the image in which it was first seen, in seconds. It starts later, since it has to last.
        track_ids: of the people: who does it first, to whom it is done after that.
        zone: name of the zone; empty where the rule has none.
        probability: how sure it is, 0 to 1; NaN where the rule does not tell.
        evidence: what decided, in the newest image.
        reason: of an END, OVER, UNKNOWN, GONE or STOPPED; else empty.
    """

    kind: str
    phase: Phase
    id: int
    camera: str
    stamp: float
    began: float
    track_ids: tuple[int, ...] = ()
    zone: str = ""
    probability: float = math.nan
    evidence: tuple[Evidence, ...] = ()
    reason: str = ""
