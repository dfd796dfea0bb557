"""When something that is true, false or unknown from image to image has begun, and when it is over."""

from __future__ import annotations

import math
from typing import NamedTuple

import numpy as np


class Changes(NamedTuple):
    """Indices, int [n] each, of what has changed with one image: started, was over, could not be seen any more."""

    started: np.ndarray
    over: np.ndarray
    lost: np.ndarray


class Lasting:
    """N somethings, each of which goes on or doesn't.

    Evidence for a change (true while it doesn't go on, false while it does) is summed up in seconds, evidence against
    it takes them away again; what is unknown does neither, but if nothing is known for longer than the gap, whatever
    goes on ends and everything is forgotten.

    Args:
        count: N.

    Attributes:
        active: bool [N]: it goes on.
        began: float64 [N], stamp of the image that was the first evidence of it.
    """

    def __init__(self, count: int) -> None:
        self.active = np.zeros(count, bool)
        self.began = np.full(count, math.nan)
        self._level = np.zeros(count)  # seconds of evidence for a change
        self._agreed = np.zeros(count, bool)  # the last thing that was known was evidence for a change
        self._known = np.full(count, -math.inf)  # stamp of that
        self._is_idle = False  # nothing goes on, and there is no evidence that anything would

    def arrays(self) -> tuple[np.ndarray, ...]:
        """All that is remembered, one entry each."""
        return self.active, self.began, self._level, self._agreed, self._known

    def update(self, truth: np.ndarray, stamp: float, lasts: np.ndarray, until: np.ndarray, gap: np.ndarray) -> Changes:
        """Take in the next image.

        Args:
            truth: int8 [N], 1 true, 0 unknown, -1 false.
            stamp: of the image in seconds, later than the one before.
            lasts, until, gap: float64 [N], seconds of evidence for a start and for an end, and of knowing nothing.
        """
        known = truth != 0
        if self._is_idle and not (truth > 0).any():
            self._agreed[known] = False
            self._known[known] = stamp
            return _NOTHING
        active, level = self.active, self._level
        elapsed = stamp - self._known
        forgotten = elapsed > gap
        lost = np.flatnonzero(active & forgotten)
        active[lost] = False
        agrees = (truth < 0) == active
        agrees &= known
        # the first image is a moment, not a time that it has lasted
        counts = agrees & (self._agreed | (level > 0)) | (known & ~agrees)
        counts &= ~forgotten
        level[forgotten] = 0
        np.add(level, np.where(agrees, elapsed, -elapsed), out=level, where=counts)
        np.maximum(level, 0.0, out=level)
        first = agrees & ~active & (level == 0)
        self.began[first] = stamp
        changes = agrees & (level >= np.where(active, until, lasts))
        ends = changes & active
        over = np.flatnonzero(ends)
        started = np.flatnonzero(changes & ~active)
        active ^= changes
        level[changes] = 0
        np.copyto(self._agreed, agrees & ~changes, where=known)
        self._known[known] = stamp
        self._is_idle = not (active.any() or level.any() or self._agreed.any())
        return Changes(started, over, lost)


_NOTHING = Changes(*(np.empty(0, np.intp),) * 3)
