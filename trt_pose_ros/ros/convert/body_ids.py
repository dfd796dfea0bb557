"""Ids of people that no two cameras or nodes share, as REP-155 (ROS4HRI) wants them."""

from __future__ import annotations

import time
import zlib
from collections.abc import Callable, Iterable

MAX_AGE = 1.0  # seconds: the people of a camera that has been silent for longer are no longer tracked


class BodyIds:
    """Names people and knows who is tracked, over all cameras of a node.

    Args:
        node_name: the node's fully qualified name.
        clock: function that returns seconds, monotonic.
    """

    def __init__(self, node_name: str, clock: Callable[[], float] = time.monotonic) -> None:
        self._node_name, self._clock = node_name, clock
        self._tracked: dict[str, tuple[float, list[str]]] = {}  # camera -> (seconds, ids)

    def identity(self, camera: str, track_id: int) -> str:
        """The id of a person: readable by its camera, and unlike those of other cameras and nodes by a checksum."""
        checksum = zlib.crc32(f"{self._node_name} {camera}".encode())
        return f"{camera.replace('/', '_') or 'body'}_{checksum:08x}_{track_id}"

    def update(self, camera: str, track_ids: Iterable[int]) -> dict[str, int]:
        """Take in who is in a camera's image; returns {id: row of ``track_ids``}, people without track id left out."""
        rows = {self.identity(camera, track_id): row for row, track_id in enumerate(track_ids) if track_id >= 0}
        self._tracked[camera] = self._clock(), list(rows)
        return rows

    def tracked(self) -> list[str]:
        """The ids of all cameras' people, sorted."""
        now = self._clock()
        self._tracked = {c: (then, ids) for c, (then, ids) in self._tracked.items() if now - then <= MAX_AGE}
        return sorted(identity for _, ids in self._tracked.values() for identity in ids)
