"""Situation: what is going on in one image, to be shown."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from ..poses import NO_TRACK, Poses
from .event import Event

if TYPE_CHECKING:
    from .watch import Watch


@dataclass(frozen=True)
class Situation:
    """See the module.

    Attributes:
        events: that are going on before the camera.
        poses: the people in its image.
        stamp: of the image, in seconds.
        zones: {name: float [N, 2]}: corners in pixels of the zones that it sees; two are a line.
        size: (width, height) of the image in pixels; 0 of people who are of no image.
    """

    events: tuple[Event, ...]
    poses: Poses
    stamp: float
    zones: Mapping[str, np.ndarray]
    size: tuple[int, int]

    @classmethod
    def of(cls, watch: Watch, poses: Poses, stamp: float, camera: str, size: tuple[int, int]) -> Situation:
        """That after ``watch`` has taken in the people of a camera's image."""
        corners = {zone.name: zone.pixels(*size) for zone in watch.zones if zone.camera in ("", camera)}
        zones = {name: points for name, points in corners.items() if points is not None}
        return cls(tuple(event for event in watch.current() if event.camera == camera), poses, stamp, zones, size)

    @property
    def busy_zones(self) -> set[str]:
        """Names of those in which something is going on."""
        return {event.zone for event in self.events} & set(self.zones)

    def kinds(self) -> list[list[str]]:
        """Of each of the people the kinds of events that they take part in, in order and each once."""
        kinds: dict[int, set[str]] = {}
        for event in self.events:
            for track_id in set(event.track_ids) - {NO_TRACK}:
                kinds.setdefault(track_id, set()).add(event.kind)
        return [sorted(kinds.get(track_id, ())) for track_id in self.poses.track_ids.tolist()]
