"""Messages beside a camera's images: which of them belongs to an image, and how long to wait for it.

The executor's thread puts them in, the thread that runs the network asks for the one of its image.
"""

from __future__ import annotations

import threading
from collections import deque
from collections.abc import Callable
from typing import Any

_KEPT = 16  # messages: those that come while an image waits for its turn
SILENCE = 1.0  # seconds without a message after which nobody waits for it any more


class NearestInTime:
    """See the module.

    Args:
        clock: function that returns seconds, monotonic.

    Attributes:
        offset: seconds from the image's stamp to that of the nearest message, of the last request; NaN before.
    """

    def __init__(self, clock: Callable[[], float]) -> None:
        self._clock = clock
        self._condition = threading.Condition()
        self._messages: deque[tuple[float, Any]] = deque(maxlen=_KEPT)
        self._arrived = -float("inf")
        self._wanted: float | None = None
        self._nearest: tuple[float, Any] | None = None
        self.offset = float("nan")

    def put(self, stamp: float, message: Any) -> None:
        """Take in a message, or what was made of it, of ``stamp`` (seconds)."""
        entry = stamp, message
        with self._condition:
            self._arrived = self._clock()
            self._messages.append(entry)
            self._consider(entry)
            self._condition.notify()

    def expect(self, stamp: float) -> None:
        """Begin to look for that of the image of ``stamp`` (seconds); what was looked for before is forgotten."""
        with self._condition:
            self._wanted, self._nearest = stamp, None
            for entry in self._messages:
                self._consider(entry)

    def take(self, max_offset: float, until: float) -> Any | None:
        """That which belongs to the expected image, None where there is none in time.

        Args:
            max_offset: seconds that their stamps may be apart.
            until: seconds of the clock at which the waiting ends. Nobody waits for a source that is silent.
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
        return nearest[1] if abs(self.offset) <= max_offset + 1e-9 else None

    def is_silent(self) -> bool:
        """Whether no message has come for a while."""
        return self._clock() - self._arrived > SILENCE

    def _consider(self, entry: tuple[float, Any]) -> None:
        if self._wanted is None:
            return
        if self._nearest is None or abs(entry[0] - self._wanted) < abs(self._nearest[0] - self._wanted):
            self._nearest = entry

    def _is_decided(self) -> bool:
        """A stream's stamps grow: behind one that is not older than the image comes none that is nearer."""
        return bool(self._messages) and self._wanted is not None and self._messages[-1][0] >= self._wanted
