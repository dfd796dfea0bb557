"""How much of the video one viewer's link can carry: found out by how long pictures take to arrive."""

from __future__ import annotations

import math
from typing import NamedTuple


class Level(NamedTuple):
    """What is sent: ``width`` in pixels at most, JPEG ``quality``, pictures a second (``rate``) of each camera."""

    width: int
    quality: int
    rate: float


# from a network cable to a phone at the edge of the field; about 100, 50, 25, 12, 5 kB a picture
LEVELS = (Level(1280, 80, 30.0), Level(960, 70, 20.0), Level(640, 65, 15.0), Level(480, 55, 8.0), Level(320, 40, 4.0))

_SLOW, _QUICK = 0.5, 0.15  # seconds that a picture takes from here until the browser has drawn it
_PATIENCE = 5.0  # seconds of quick pictures before better ones are tried
_LONGEST = 120.0  # seconds: the same after many vain tries
_SETTLING = 1.0  # seconds after a change in which old pictures are still on their way
_WEIGHT = 0.3  # of the newest delay in their moving mean


class Link:
    """The level that suits a viewer.

    Args:
        now: seconds, of a monotonic clock.

    Attributes:
        fixed: number of the level that the viewer has chosen; None: the one that suits the link.
        delay: seconds, moving mean of those that pictures took; NaN before the first.
    """

    def __init__(self, now: float) -> None:
        self.fixed: int | None = None
        self.delay = math.nan
        self._number = 1
        self._changed, self._since, self._patience = now, now, _PATIENCE

    @property
    def number(self) -> int:
        """Of the level in LEVELS."""
        return self._number if self.fixed is None else self.fixed

    @property
    def level(self) -> Level:
        """What to send."""
        return LEVELS[self.number]

    def arrived(self, delay: float, now: float) -> None:
        """Take notice of a picture that took ``delay`` seconds."""
        self.delay = delay if math.isnan(self.delay) else (1 - _WEIGHT) * self.delay + _WEIGHT * delay
        if now - self._changed < _SETTLING:
            return
        if self.delay > _QUICK:
            self._since = now
        if self.delay > _SLOW and self._number + 1 < len(LEVELS):
            # the longer a better level has held, the less it says about the next try
            tried_in_vain = now - self._changed < 2 * _PATIENCE
            self._patience = min(2 * self._patience, _LONGEST) if tried_in_vain else _PATIENCE
            self._move(+1, now)
        elif now - self._since > self._patience and self._number > 0:
            self._move(-1, now)

    def _move(self, step: int, now: float) -> None:
        self._number += step
        self._changed = self._since = now
        self.delay = math.nan
