"""Who is who from image to image: everybody who is watched has a slot of their own."""

from __future__ import annotations

import math

import numpy as np

from ..assignment import assign
from ..poses import NO_TRACK
from .body import FARTHEST

MOST = 64  # people watched by one camera; of pairs there are the square of it
_REACH = 0.5  # of the extent of somebody without an identity, within which they are found again
_GROWTH = 1.5  # ... and how many times larger or smaller they may be


class Presence:
    """Slots of people.

    Who has an identity keeps the slot as long as it is remembered. Who has none is taken for the nearest of those
    without one in the image before, if near and of a similar size; so is who has just got an identity.

    Attributes:
        ids: int64 [S], identities; -1 for people without one, and for free slots.
        seen: float64 [S], stamp of the last image that each was in; -inf for a free slot.
        dropped: people there was no slot for.
    """

    def __init__(self) -> None:
        self.dropped = 0
        self.ids = np.empty(0, np.int64)
        self.seen = np.empty(0)
        self._slot_of: dict[int, int] = {}
        self._places = np.empty((0, 3))  # x, y and extent in pixels
        self._last: tuple[bytes, np.ndarray] | None = None

    def __len__(self) -> int:
        return len(self.ids)

    def update(self, ids: np.ndarray, keypoints: np.ndarray, stamp: float) -> tuple[np.ndarray, list[int]]:
        """Give the people of an image their slots.

        Args:
            ids: int [P], -1 for people without an identity.
            keypoints: float [P, K, 3].
            stamp: of the image, in seconds.

        Returns:
            rows: int [S], whose row of ``keypoints`` each slot is about; P where its person is not in the image.
            fresh: slots that somebody new has.
        """
        key = ids.tobytes()
        if self._last is not None and self._last[0] == key and NO_TRACK not in ids:
            rows = self._last[1]  # the same people as in the image before
            self.seen[rows < len(ids)] = stamp
            return rows, []
        slots, fresh = self._slots(ids, keypoints, stamp)
        rows = np.full(len(self), len(ids), np.intp)
        for row, slot in enumerate(slots):
            if slot >= 0:
                rows[slot] = row
        self.seen[rows < len(ids)] = stamp
        self._last = (key, rows)
        return rows, fresh

    def forget(self, before: float) -> None:
        """Free the slots of all who were last seen before that stamp; slots at the end that are free are no more."""
        gone = np.flatnonzero((self.seen < before) & (self.seen > -math.inf))
        if not len(gone):
            return
        for slot in gone:
            self._slot_of.pop(int(self.ids[slot]), None)
        self.ids[gone], self.seen[gone] = NO_TRACK, -math.inf
        used = np.flatnonzero(self.seen > -math.inf)
        self._resize(used[-1] + 1 if len(used) else 0)
        self._last = None

    def _slots(self, ids: np.ndarray, keypoints: np.ndarray, stamp: float) -> tuple[list[int], list[int]]:
        slots, taken = [-1] * len(ids), set()
        strangers = []
        for row, identity in enumerate(ids.tolist()):
            slot = self._slot_of.get(identity, -1) if identity != NO_TRACK else -1
            if slot < 0 or slot in taken:
                strangers.append(row)
            else:
                slots[row] = slot
                taken.add(slot)
        places = _places(keypoints[strangers]) if strangers else np.empty((0, 3))
        fresh = []
        for row, slot in zip(strangers, self._familiar(places), strict=True):
            identity = int(ids[row])
            if identity != NO_TRACK and identity in self._slot_of:
                identity = NO_TRACK  # two people of one identity: one of them has none
            if slot < 0:
                slot = self._free()
                if slot < 0:
                    self.dropped += 1
                    continue
                fresh.append(slot)
            slots[row] = slot
            self.seen[slot] = stamp
            self.ids[slot] = identity
            if identity != NO_TRACK:
                self._slot_of[identity] = slot
        for place, row in zip(places, strangers, strict=True):
            if slots[row] >= 0:
                self._places[slots[row]] = place
        return slots, fresh

    def _familiar(self, places: np.ndarray) -> list[int]:
        """The slot of each of some people whom no identity tells, -1 for somebody new."""
        found = [-1] * len(places)
        free = np.flatnonzero((self.ids == NO_TRACK) & (self.seen > -math.inf))
        if not len(free) or not len(places):
            return found
        x, y, extent = (self._places[free].T)[:, :, None]
        reach = _REACH * extent
        with np.errstate(invalid="ignore", divide="ignore"):
            nearness = 1 - np.hypot(x - places[:, 0], y - places[:, 1]) / reach
            growth = np.abs(np.log(places[:, 2] / extent))
        alike = np.where((growth <= math.log(_GROWTH)) & (nearness > 0), nearness, 0.0)
        for slot, person in zip(*assign(alike), strict=True):
            found[person] = int(free[slot])
        return found

    def _free(self) -> int:
        """A free slot, or -1."""
        free = np.flatnonzero(self.seen == -math.inf)
        if len(free):
            return int(free[0])
        if len(self) == MOST:
            return -1
        self._resize(len(self) + 1)
        return len(self) - 1

    def _resize(self, count: int) -> None:
        kept = min(count, len(self))
        ids, seen, places = np.full(count, NO_TRACK, np.int64), np.full(count, -math.inf), np.full((count, 3), math.nan)
        ids[:kept], seen[:kept], places[:kept] = self.ids[:kept], self.seen[:kept], self._places[:kept]
        self.ids, self.seen, self._places = ids, seen, places


def _places(keypoints: np.ndarray) -> np.ndarray:
    """float [P, 3]: the middle of the found keypoints and their extent; NaN without any."""
    found = (keypoints[:, :, 2:] > 0) & (np.abs(keypoints[:, :, :2]) < FARTHEST)
    x_y = np.where(found, keypoints[:, :, :2], math.nan)
    low, high = (way.reduce(x_y, axis=1) for way in (np.fmin, np.fmax))
    middle = (low + high) / 2
    return np.column_stack([middle, np.hypot(*(high - low).T)])
