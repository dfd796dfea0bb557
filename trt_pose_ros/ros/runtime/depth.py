"""The depth images of one camera: which of them belongs to an image, and how long to wait for it.

The executor's thread puts them in, the thread that runs the network asks for the one of its image: after the network
has run, so that depth which comes a little later than the image costs nothing.
"""

from __future__ import annotations

import threading
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from ...options import Options, option

_KEPT = 16  # messages: those that come while an image waits for its turn
SILENCE = 1.0  # seconds without depth after which nobody waits for it any more


@dataclass(frozen=True)
class DepthSync(Options):
    """Which depth image belongs to an image."""

    max_offset: float = option(
        0.02,
        "seconds that the stamps of an image and its depth may be apart; of several the nearest",
        low=0.0,
        high=1.0,
    )
    max_wait: float = option(
        0.05,
        "seconds after an image's arrival until which its depth is waited for; the image goes on without it then. The "
        "network runs meanwhile",
        low=0.0,
        high=1.0,
    )


class DepthStream:
    """See the module.

    Args:
        clock: function that returns seconds, monotonic.

    Attributes:
        offset: seconds from the image's stamp to that of the nearest depth image, of the last request; NaN before.
    """

    def __init__(self, clock: Callable[[], float]) -> None:
        self._clock = clock
        self._condition = threading.Condition()
        self._messages: deque[tuple[float, Any]] = deque(maxlen=_KEPT)
        self._arrived = -float("inf")
        self._wanted: float | None = None
        self._nearest: tuple[float, Any] | None = None
        self.offset = float("nan")

    def put(self, message: Any) -> None:
        """Take in a depth image, of a type with a header."""
        entry = message.header.stamp.sec + 1e-9 * message.header.stamp.nanosec, message
        with self._condition:
            self._arrived = self._clock()
            self._messages.append(entry)
            self._consider(entry)
            self._condition.notify()

    def expect(self, stamp: float) -> None:
        """Begin to look for the depth of the image of ``stamp`` (seconds); what was looked for before is forgotten."""
        with self._condition:
            self._wanted, self._nearest = stamp, None
            for entry in self._messages:
                self._consider(entry)

    def take(self, sync: DepthSync, until: float) -> Any | None:
        """The depth image that belongs to the expected image, None where there is none in time.

        Args:
            sync: how near their stamps must be.
            until: seconds of the clock at which the waiting ends. Nobody waits for a camera that is silent.
        """
        with self._condition:
            left = until - self._clock()
            if left > 0 and not self.is_silent():
                self._condition.wait_for(self._is_decided, left)
            wanted, nearest = self._wanted, self._nearest
            self._wanted = self._nearest = None
        if wanted is None or nearest is None:
            self.offset = float("nan")
            return None
        self.offset = nearest[0] - wanted
        return nearest[1] if abs(self.offset) <= sync.max_offset + 1e-9 else None

    def is_silent(self) -> bool:
        """Whether no depth image has come for a while."""
        return self._clock() - self._arrived > SILENCE

    def _consider(self, entry: tuple[float, Any]) -> None:
        if self._wanted is None:
            return
        if self._nearest is None or abs(entry[0] - self._wanted) < abs(self._nearest[0] - self._wanted):
            self._nearest = entry

    def _is_decided(self) -> bool:
        """A stream's stamps grow: behind one that is not older than the image comes none that is nearer."""
        return bool(self._messages) and self._wanted is not None and self._messages[-1][0] >= self._wanted
