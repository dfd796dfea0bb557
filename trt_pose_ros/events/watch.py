"""Watch: tells the events of all cameras from who is seen in image after image."""

from __future__ import annotations

import itertools
import math
from collections.abc import Mapping, Sequence

from ..poses import Poses
from .event import STOPPED, Event
from .language import HAND
from .loading import changed
from .population import Population
from .rule import Rule
from .zones import Zone

_LATE = 1.0  # seconds that an image may be older than the newest one and still only be late
_AHEAD = 10.0  # seconds from one image to the next from which on time has jumped


class Watch:
    """Watches for events by some rules.

    An image that is not newer than the last one of its camera is ignored and counted, unless it is so much older that
    time itself was set back: then all that this camera has seen ends and is forgotten, and so it is if time jumps far
    ahead.

    Args:
        rules: of :func:`~trt_pose_ros.events.load_rules`.

    Attributes:
        late: images that were ignored.
    """

    def __init__(self, rules: Sequence[Rule]) -> None:
        self._rules = tuple(rules)
        self._ids = itertools.count(1)
        self._cameras: dict[str, tuple[Population, Population]] = {}
        self._stamps: dict[str, float] = {}
        self._pending: list[Event] = []  # ends that were not told yet
        self.late = self._dropped = 0

    @property
    def rules(self) -> tuple[Rule, ...]:
        """What is watched for.

        It may be replaced: what goes on by a rule whose name stays goes on; the other ends come with the next image.
        """
        return self._rules

    @rules.setter
    def rules(self, rules: Sequence[Rule]) -> None:
        self._rules = tuple(rules)
        for camera, populations in self._cameras.items():
            for population, own in zip(populations, self._split(), strict=True):
                self._pending += population.change(own, self._stamps[camera])

    @property
    def zones(self) -> tuple[Zone, ...]:
        """All zones that the rules know."""
        return tuple(dict.fromkeys(zone for rule in self._rules for zone in rule.zones))

    @property
    def dropped(self) -> int:
        """People who were not watched, since there were too many."""
        return self._dropped + sum(population.dropped for both in self._cameras.values() for population in both)

    def set(self, parameters: Mapping[str, float]) -> None:
        """Change parameters of the rules, by ``RULE.PARAMETER``; what goes on goes on.

        Raises:
            ValueError: no such parameter, or a value that it can't have; nothing is changed.
        """
        self.rules = changed(self._rules, parameters)

    def update(
        self,
        poses: Poses,
        stamp: float,
        camera: str = "",
        size: tuple[float, float] = (0, 0),
        hands: Poses | None = None,
    ) -> list[Event]:
        """Take in the people of the next image of a camera.

        Args:
            poses: the people; those without an identity are followed by where they are.
            stamp: when the image was taken, in seconds.
            camera: that took it.
            size: (width, height) of the image in pixels; zones in fractions and sizes of boxes are unknown without.
            hands: the hands in the image, for rules of hands.

        Returns:
            what has changed: ends, updates and starts.

        Raises:
            ValueError: the stamp is not a finite number.
        """
        if not math.isfinite(stamp):
            raise ValueError(f"stamp must be a finite number of seconds, got {stamp}")
        told, self._pending = self._pending, []
        last = self._stamps.get(camera)
        if last is not None and not -_LATE <= stamp - last <= _AHEAD:
            told += self.close(max(stamp, last), camera)
        elif last is not None and stamp <= last:
            self.late += 1
            return told
        if camera not in self._cameras:
            people, of_hands = (Population(rules, camera, self._ids.__next__) for rules in self._split())
            self._cameras[camera] = (people, of_hands)
        self._stamps[camera] = stamp
        people, of_hands = self._cameras[camera]
        told += people.update(poses, stamp, size)
        if of_hands.rules:
            told += of_hands.update(hands if hands is not None else poses[:0], stamp, size)
        return told

    def current(self) -> list[Event]:
        """All that goes on, each event as it was told last."""
        return [event for both in self._cameras.values() for population in both for event in population.current()]

    def close(self, stamp: float, camera: str | None = None, reason: str = STOPPED) -> list[Event]:
        """End all that goes on, and forget everybody.

        Args:
            stamp: of the ends, in seconds.
            camera: that is meant; None for all.
            reason: of the ends, such as UNKNOWN where a camera is silent.
        """
        ends, self._pending = self._pending, []
        for name in list(self._cameras) if camera is None else [camera] * (camera in self._cameras):
            for population in self._cameras.pop(name):
                ends += population.close(stamp, reason)
                self._dropped += population.dropped
            self._stamps.pop(name)
        return ends

    def _split(self) -> tuple[list[Rule], list[Rule]]:
        """The rules of people, and those of hands."""
        return [r for r in self._rules if r.who != HAND], [r for r in self._rules if r.who == HAND]
