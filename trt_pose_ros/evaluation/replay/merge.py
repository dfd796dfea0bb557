"""Put the parts of a bag together in order: identities and smoothing, and what is written of each image."""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from typing import Any

from ...events.event import Event
from ...events.situation import Situation
from ...poses import NO_TRACK, Poses
from ...tracking import Following
from ..results import Image
from .parts import Part, Seen

_NAMED = 20  # images that can't be read and are named


@dataclass(frozen=True)
class Frame:
    """An image and the people in it, with identities.

    Attributes:
        image: which it is.
        seen: what is known of it.
        poses: the people.
        ms: {stage: milliseconds} that it took, ``track`` included.
        changed: events that started, went on or ended with it.
        going_on: all events that do after it, of whichever camera.
        situation: its camera's; None where nothing is watched for.
    """

    image: Image
    seen: Seen
    poses: Poses
    ms: dict[str, float]
    changed: tuple[Event, ...] = ()
    going_on: tuple[Event, ...] = ()
    situation: Situation | None = None


@dataclass
class Counts:
    """The account of a replay.

    Attributes:
        read: images in which people were looked for.
        unreadable: {cause: images} in which they could not be.
        named: the first of these, in words.
        people, identities: found in all images; identities are those of different cameras and bags.
        events: {kind: how many of it have started}.
        jumps: {camera: (times that its stamps went back, seconds of the largest)}.
        unstamped: images without a stamp, for which the time of recording was taken.
        cpu_seconds: of the parts' work.
        worker_rss_mib: most memory of a process that worked on them.
        problems: of the bags, met while reading.
        backend, devices: what ran the network, and where.
    """

    read: int = 0
    unreadable: Counter[str] = field(default_factory=Counter)
    named: list[str] = field(default_factory=list)
    people: int = 0
    identities: int = 0
    events: Counter[str] = field(default_factory=Counter)
    jumps: dict[str, tuple[int, float]] = field(default_factory=dict)
    unstamped: int = 0
    cpu_seconds: float = 0.0
    worker_rss_mib: float = 0.0
    problems: list[str] = field(default_factory=list)
    backend: str = ""
    devices: set[str] = field(default_factory=set)


class Merger:
    """Follows the people through one bag.

    Args:
        bag: its name.
        cameras: {topic: name of the camera}.
        following: what gives identities; a new one for each bag.
        counts: the replay's, added to.
    """

    def __init__(self, bag: str, cameras: dict[str, str], following: Following, counts: Counts) -> None:
        self._bag, self._cameras, self._following, self._counts = bag, cameras, following, counts
        self._next: Counter[str] = Counter()
        self._newest: dict[str, int] = {}
        self._identities: set[tuple[str, int]] = set()

    def __call__(self, parts: Iterable[Part]) -> Iterator[Frame | Seen]:
        """The bag's images in order; those that could not be read as they are."""
        for part in parts:
            self._counts.backend = part.made_by.backend
            self._counts.devices.add(part.device)
            self._counts.cpu_seconds += part.usage["cpu_seconds"]
            self._counts.worker_rss_mib = max(self._counts.worker_rss_mib, part.usage["peak_rss_mib"])
            self._counts.problems += [p for p in part.problems if p not in self._counts.problems]
            for seen, poses in zip(part.seen, part.people, strict=True):
                index = self._next[seen.topic]
                self._next[seen.topic] += 1
                if seen.cause:
                    self._unreadable(seen, index)
                    yield seen
                else:
                    yield self._frame(seen, index, poses)

    def _unreadable(self, seen: Seen, index: int) -> None:
        self._counts.unreadable[seen.cause] += 1
        if len(self._counts.named) < _NAMED:
            self._counts.named.append(f"{self._bag}, {seen.topic}, image {index}: {seen.error}")

    def _frame(self, seen: Seen, index: int, poses: Poses) -> Frame:
        camera, counts = self._cameras[seen.topic], self._counts
        image = Image(self._bag, seen.topic, camera, index, seen.stamp, seen.width, seen.height)
        self._check_time(image)
        begun = time.perf_counter()
        poses = self._following(poses, camera, seconds(seen.stamp or seen.log_time))
        ms = seen.ms | {"track": 1e3 * (time.perf_counter() - begun)}
        counts.read += 1
        counts.people += len(poses)
        new = {(camera, i) for i in poses.track_ids.tolist() if i != NO_TRACK} - self._identities
        self._identities |= new
        counts.identities += len(new)
        return Frame(image, seen, poses, ms)

    def _check_time(self, image: Image) -> None:
        if not image.stamp:
            self._counts.unstamped += 1
            return
        back = self._newest.get(image.topic, image.stamp) - image.stamp
        self._newest[image.topic] = image.stamp
        if back > 0:
            name = f"{image.bag}, {image.topic}"
            times, largest = self._counts.jumps.get(name, (0, 0.0))
            self._counts.jumps[name] = times + 1, max(largest, back * 1e-9)


def seconds(stamp: int) -> float:
    """Nanoseconds as the node makes seconds of a stamp, to the last bit."""
    sec, nanosec = divmod(stamp, 10**9)
    return sec + 1e-9 * nanosec


def timing(frame: Frame) -> dict[str, Any]:
    """The line of ``timings.jsonl`` of an image."""
    image = frame.image
    ms = {stage: round(value, 4) for stage, value in frame.ms.items()}
    return {"bag": image.bag, "topic": image.topic, "index": image.index, "stamp": image.stamp, "ms": ms}
