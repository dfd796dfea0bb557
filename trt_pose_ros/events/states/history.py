"""What was seen of each person in the last moments, in bounded memory."""

from __future__ import annotations

import numpy as np

_IMAGES = 32  # of a window that are kept; more frequent ones replace each other
_KEPT = 1.2  # windows, since an image shortly before the window may be the nearest to its first moment


def looked_at(stamps: np.ndarray, keypoints: np.ndarray, now: np.ndarray, window: float, moments: int) -> np.ndarray:
    """A window of time at evenly spaced moments, of each the image that is nearest to it in time.

    Args:
        stamps: float [P, R] in seconds, NaN where there is no image.
        keypoints: float [P, R, K, 3].
        now: float [P], the end of the window.
        window: seconds.
        moments: how many, two or more.

    Returns:
        float [P, moments, K, 3]; with score 0 where no image is as near as the next moment.
    """
    step = window / (moments - 1)
    wanted = now[:, None] - window + step * np.arange(moments)
    off = np.abs(stamps[:, :, None] - wanted[:, None, :])
    off[np.isnan(off)] = np.inf
    off[stamps > now[:, None]] = np.inf
    nearest = off.argmin(axis=1)
    seen = np.take_along_axis(keypoints, nearest[:, :, None, None], axis=1)
    seen[np.take_along_axis(off, nearest[:, None], axis=1)[:, 0] >= step] = 0.0
    return seen


class Histories:
    """The last images of the people that a camera, or several, have seen.

    Args:
        keypoints: how many there are.
        window: seconds that are kept.
        most: people that are kept; the ones not seen for longest go first.
    """

    def __init__(self, keypoints: int, window: float, most: int = 256) -> None:
        self._window, self._most = window, most
        self._stamps = np.full((0, _IMAGES), np.nan)
        self._keypoints = np.zeros((0, _IMAGES, keypoints, 3), np.float32)
        self._slots: dict[tuple[object, ...], int] = {}  # the ones not seen for longest first

    def __len__(self) -> int:
        return len(self._slots)

    def add(self, keys: list[tuple[object, ...]], stamp: float, keypoints: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """Take in one image.

        Args:
            keys: of the people in it, each its own.
            stamp: seconds.
            keypoints: float [P, K, 3].

        Returns:
            stamps [P, R] and keypoints [P, R, K, 3] of these people, in no order.
        """
        most = max(self._most, len(keys))
        slots = np.array([self._slot(key, most) for key in keys], np.intp)
        stamps = self._stamps[slots]
        with np.errstate(invalid="ignore"):
            # a clock that was set back, or a recording that begins anew: what was seen before is of another time
            stamps[(stamps > stamp).any(axis=1)] = np.nan
            stamps[stamps < stamp - _KEPT * self._window] = np.nan
        rows = np.arange(len(slots))
        places = self._place(stamps, stamp)
        stamps[rows, places] = stamp
        self._stamps[slots] = stamps
        self._keypoints[slots, places] = keypoints
        return stamps, self._keypoints[slots]

    def _place(self, stamps: np.ndarray, stamp: float) -> np.ndarray:
        """Where in the rings the image goes: over the newest one while that is too near the one before, else over the
        oldest.
        """
        filled = np.where(np.isnan(stamps), -np.inf, stamps)
        order = np.argsort(filled, axis=1)
        rows = np.arange(len(stamps))
        newest, before = order[:, -1], filled[rows, order[:, -2]]
        with np.errstate(invalid="ignore"):  # -inf - -inf: nothing is there
            crowded = (filled[rows, newest] - before) < self._window / _IMAGES
        return np.where(crowded, newest, order[:, 0])

    def _slot(self, key: tuple[object, ...], most: int) -> int:
        slot = self._slots.pop(key, None)
        if slot is None:
            full = len(self._slots) >= most
            slot = self._slots.pop(next(iter(self._slots))) if full else len(self._slots)
            if slot == len(self._stamps):
                self._grow()
            self._stamps[slot] = np.nan
        self._slots[key] = slot
        return slot

    def _grow(self) -> None:
        more = max(8, len(self._stamps))
        self._stamps = np.concatenate([self._stamps, np.full((more, _IMAGES), np.nan)])
        fresh = np.zeros((more, *self._keypoints.shape[1:]), np.float32)
        self._keypoints = np.concatenate([self._keypoints, fresh])
