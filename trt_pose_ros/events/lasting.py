"""When something that is true, false or unknown from image to image has begun, and when it is over."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import NamedTuple

import numpy as np

from .. import native


class Changes(NamedTuple):
    """Indices of what has changed with one image: started, was over, could not be seen any more."""

    started: Sequence[int]
    over: Sequence[int]
    lost: Sequence[int]


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
        return Changes(*native.advance(truth, stamp, lasts, until, gap, *self.arrays()))
