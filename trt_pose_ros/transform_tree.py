"""TransformTree: where coordinate frames lie in each other over time, of what /tf and /tf_static tell (REP 105)."""

from __future__ import annotations

import threading
from bisect import bisect_left, insort

import numpy as np
from scipy.spatial.transform import Rotation, Slerp

from .transforms import Transform

_MEMORY = 10.0  # seconds that are remembered of a moving frame
_REACH = 0.05  # seconds beyond the newest transform in which it still holds: tf comes a little later than images


class TransformTree:
    """The frames of a robot. Every frame has one parent; safe for use from several threads."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._parents: dict[str, str] = {}
        self._static: dict[str, Transform] = {}
        self._moving: dict[str, list[tuple[float, Transform]]] = {}  # by child: (seconds, transform), oldest first

    def add(self, child: str, parent: str, transform: Transform, stamp: float | None = None) -> None:
        """Take in where ``child`` lies in ``parent``.

        Args:
            child, parent: names of the frames; a slash at their beginning means nothing.
            transform: from child to parent.
            stamp: seconds at which it held; None: it holds always.
        """
        child, parent = child.lstrip("/"), parent.lstrip("/")
        with self._lock:
            if self._parents.get(child) != parent or stamp is None:
                self._moving.pop(child, None)
            self._parents[child] = parent
            if stamp is None:
                self._static[child] = transform
                return
            self._static.pop(child, None)
            known = self._moving.setdefault(child, [])
            if known and stamp < known[-1][0] - _MEMORY:  # a recording or simulation that begins again
                known.clear()
            # the newest one of a stamp counts
            at = bisect_left(known, stamp, key=lambda entry: entry[0])
            if at < len(known) and known[at][0] == stamp:
                known[at] = stamp, transform
            else:
                insort(known, (stamp, transform), key=lambda entry: entry[0])
            while known[-1][0] - known[0][0] > _MEMORY:
                known.pop(0)

    def find(self, child: str, parent: str, stamp: float) -> Transform:
        """The transform from ``child`` to ``parent``, whichever way the tree goes between them.

        Args:
            child, parent: names of the frames.
            stamp: seconds; what moves is interpolated between the transforms before and after. 0: the newest ones.

        Raises:
            ValueError: the frames are not connected, or not at that time; the message says which.
        """
        child, parent = child.lstrip("/"), parent.lstrip("/")
        with self._lock:
            up, down = self._ancestors(child), self._ancestors(parent)
            common = next((frame for frame in up if frame in down), None)
            if common is None:
                missing = [frame for frame in (child, parent) if frame not in self._frames()]
                why = f"nothing is known of {' and '.join(map(repr, missing))}" if missing else "they are not connected"
                raise ValueError(f"tf has no way from frame {child!r} to {parent!r}: {why}")
            to_common = self._climb(up[: up.index(common)], stamp)
            return self._climb(down[: down.index(common)], stamp).inverse @ to_common

    def _frames(self) -> set[str]:
        return set(self._parents) | set(self._parents.values())

    def _ancestors(self, frame: str) -> list[str]:
        """The frame, its parent and so on; ends where a loop closes."""
        found = [frame]
        while (parent := self._parents.get(found[-1])) is not None and parent not in found:
            found.append(parent)
        return found

    def _climb(self, frames: list[str], stamp: float) -> Transform:
        """From the first of the frames to the parent of the last one."""
        transform = Transform.identity()
        for frame in frames:
            transform = self._at(frame, stamp) @ transform
        return transform

    def _at(self, child: str, stamp: float) -> Transform:
        """From a frame to its parent."""
        if child in self._static:
            return self._static[child]
        known = self._moving[child]
        (first, _), (last, newest) = known[0], known[-1]
        if stamp == 0 or last <= stamp <= last + _REACH:
            return newest
        if not first <= stamp <= last:
            raise ValueError(
                f"tf knows where frame {child!r} is from {first:.3f} to {last:.3f} s, and not at {stamp:.3f} s: "
                "a slow publisher of /tf, or two clocks"
            )
        at = bisect_left(known, stamp, key=lambda entry: entry[0])
        if known[at][0] == stamp:
            return known[at][1]
        (before, a), (after, b) = known[at - 1], known[at]
        return _between(a, b, (stamp - before) / (after - before))


def _between(a: Transform, b: Transform, share: float) -> Transform:
    """On the way from ``a`` to ``b``: a straight line, and a steady turn (Shoemake 1985)."""
    turns = Slerp([0.0, 1.0], Rotation.from_matrix(np.stack([a.rotation, b.rotation])))
    return Transform(turns(share).as_matrix(), a.translation + share * (b.translation - a.translation))
