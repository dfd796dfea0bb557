"""The skeletons that events_node watches, each with the hands of the same image where hands are wanted."""

from __future__ import annotations

import time
from collections.abc import Callable

from rclpy.node import Node

from ...messages.skeletons import read_skeletons, topology_of
from ...msg import SkeletonArray
from ...poses import PERSON, Poses
from ...topology import Topology
from .qos import PROFILES

_WAIT = 0.1  # seconds that people wait for the hands of their image
_KEPT = 8  # messages of hands that came before their people

Arrived = Callable[[str, SkeletonArray, Poses, Poses | None], None]  # (source, message, people, hands)


class PeopleSource:
    """One topic of skeletons.

    Args:
        node: that subscribes.
        name: of the camera; empty for the only one.
        topic: of its skeletons.
        hands: topic of its hands, for which people wait; None: they don't.
        topologies: that are known by their names; is added to.
        arrived: is called with each image's people and hands; None where no hands came.
        failed: is called with the reason why a message can't be used.

    Attributes:
        heard: monotonic seconds of the last message; that of the start before.
    """

    def __init__(
        self,
        node: Node,
        name: str,
        topic: str,
        hands: str | None,
        topologies: dict[str, Topology],
        arrived: Arrived,
        failed: Callable[[str], None],
    ) -> None:
        self.name, self.heard = name, time.monotonic()
        self._topologies, self._arrived, self._failed = topologies, arrived, failed
        self._waits = hands is not None
        self._hands: dict[tuple[int, int], Poses] = {}
        self._people: tuple[SkeletonArray, Poses, float] | None = None  # that wait for hands, since when
        self.topic = node.resolve_topic_name(topic)
        node.create_subscription(SkeletonArray, self.topic, self._on_people, PROFILES["sensor_data"])
        if hands is not None:
            node.create_subscription(SkeletonArray, hands, self._on_hands, PROFILES["sensor_data"])

    def look(self) -> None:
        """Let people go on without hands that don't come; to be called regularly."""
        if self._people is not None and time.monotonic() - self._people[2] > _WAIT:
            self._hand_on()

    def _on_people(self, message: SkeletonArray) -> None:
        self.heard = time.monotonic()
        if self._people is not None:
            self._hand_on()
        poses = self._read(message)
        if poses is not None:
            self._people = message, poses[poses.kinds == PERSON], self.heard
            if not self._waits or _key(message) in self._hands:
                self._hand_on()

    def _on_hands(self, message: SkeletonArray) -> None:
        poses = self._read(message)
        if poses is not None:
            self._hands[_key(message)] = poses
            while len(self._hands) > _KEPT:
                del self._hands[next(iter(self._hands))]
            if self._people is not None and _key(self._people[0]) == _key(message):
                self._hand_on()

    def _hand_on(self) -> None:
        assert self._people is not None
        (message, poses, _), self._people = self._people, None
        try:
            self._arrived(self.name, message, poses, self._hands.pop(_key(message), None))
        except Exception as error:  # whatever was in it: the next image is another
            self._failed(f"{type(error).__name__}: {error}")

    def _read(self, message: SkeletonArray) -> Poses | None:
        try:
            return read_skeletons(message, topology_of(message, self._topologies))
        except Exception as error:  # whatever arrives: the node goes on with the next message
            self._failed(f"unusable skeletons on {self.topic}: {error}")
            return None


def _key(message: SkeletonArray) -> tuple[int, int]:
    return message.header.stamp.sec, message.header.stamp.nanosec
