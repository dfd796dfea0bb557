"""Instants: the images of several cameras that belong to one moment, by their stamps."""

from __future__ import annotations

from collections import Counter, deque
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Generic, TypeVar

from ...options import Options, option

T = TypeVar("T")
_BACK = 1.0  # seconds that stamps go back where a clock was set or a recording starts again
_MOST = 100  # images of a camera that wait


@dataclass(frozen=True)
class InstantOptions(Options):
    """Which images belong together."""

    tolerance: float = option(
        0.02,
        "seconds between the stamps of images that count as taken at once; cameras without a common trigger need half "
        "the time between two of their images",
        low=0.0,
        high=1.0,
    )
    max_wait: float = option(
        0.1, "seconds that a moment waits for a camera that has been in time so far", low=0.0, high=5.0
    )


@dataclass(frozen=True, eq=False)
class Stamped(Generic[T]):
    """Something of an image that was taken at ``stamp`` and arrived at ``arrived``, both in seconds."""

    stamp: float
    arrived: float
    value: T


class Instants(Generic[T]):
    """Puts together what cameras send.

    A moment is complete once no camera can add to it: each has sent an image of it, or a later one. It waits for those
    that have been in time before, ``max_wait`` at most; one that was waited for in vain is not waited for again until
    one of its images comes so early that waiting would do. An image that comes after its moment has gone is late: it
    is counted and left out.

    Args:
        cameras: their names.
        **options: of :class:`InstantOptions`.

    Attributes:
        options: the InstantOptions; may be replaced at any time.
        counts: {camera: Counter of ``used``, ``late``, ``alone`` (no other camera had an image of that moment),
            ``missed`` (moments that others had and it had not)}.
    """

    def __init__(self, cameras: Iterable[str], options: InstantOptions | None = None) -> None:
        self.options = options or InstantOptions()
        self._waiting: dict[str, deque[Stamped[T]]] = {camera: deque(maxlen=_MOST) for camera in cameras}
        self.counts: dict[str, Counter[str]] = {camera: Counter() for camera in self._waiting}
        self._in_time = set(self._waiting)
        self._gone = float("-inf")  # stamp of the last image of the last moment
        self._begun: deque[tuple[float, float]] = deque(
            maxlen=_MOST
        )  # of moments: stamp and arrival of the first image

    def add(self, camera: str, item: Stamped[T]) -> None:
        """Take in what a camera has sent."""
        queue = self._waiting[camera]
        newest = max([self._gone, *(q[-1].stamp for q in self._waiting.values() if q)])
        if item.stamp < newest - _BACK - self.options.max_wait:
            for q in self._waiting.values():
                q.clear()
            self._gone = float("-inf")
        elif item.stamp <= self._gone or (queue and item.stamp <= queue[-1].stamp):
            self.counts[camera]["late"] += 1
            if self._worth_waiting(item):
                self._in_time.add(camera)
            return
        self._in_time.add(camera)
        queue.append(item)

    def ready(self, now: float) -> Iterator[dict[str, Stamped[T]]]:
        """The moments that are complete, or that waited long enough, oldest first: {camera: what it sent}."""
        while True:
            heads = {camera: queue[0] for camera, queue in self._waiting.items() if queue}
            if not heads:
                return
            first = min(item.stamp for item in heads.values())
            moment = {c: item for c, item in heads.items() if item.stamp <= first + self.options.tolerance}
            awaited = {camera for camera in self._in_time if not self._waiting[camera]}
            if awaited:
                if now - min(item.arrived for item in moment.values()) < self.options.max_wait:
                    return
                self._in_time -= awaited
            for camera in moment:
                self._waiting[camera].popleft()
            self._gone = max(item.stamp for item in moment.values())
            self._begun.append((first, min(item.arrived for item in moment.values())))
            self._count(moment)
            yield moment

    def _worth_waiting(self, late: Stamped[T]) -> bool:
        """Whether its moment, had it waited, would have had it."""
        begun = (arrived for stamp, arrived in self._begun if 0 <= late.stamp - stamp <= self.options.tolerance)
        return any(late.arrived - arrived < self.options.max_wait for arrived in begun)

    def _count(self, moment: dict[str, Stamped[T]]) -> None:
        for camera, counts in self.counts.items():
            if camera not in moment:
                counts["missed"] += 1
            else:
                counts["used" if len(moment) > 1 else "alone"] += 1
