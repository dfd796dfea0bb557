"""The images of a report in the order of time, thinned to what a plot can show."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Any

import numpy as np

from .plots import Axis

_POINTS = 240  # of a curve: more are not told apart on a page


@dataclass(frozen=True)
class Recording:
    """The images of one topic of a bag, of a video, or of a folder.

    Attributes:
        name: of it; empty where it is the only one.
        frames: its entries of the report's ``frames``.
        times: float64 [N], seconds since its first image; the number of each image where their times are not known, or
            don't go up.
        timed: whether they are seconds.
    """

    name: str
    frames: list[dict[str, Any]]
    times: np.ndarray
    timed: bool

    @property
    def period(self) -> float:
        """The time from an image to the next, the median."""
        return float(np.median(np.diff(self.times))) if len(self.times) > 1 else 1.0

    @property
    def axis(self) -> Axis:
        """The axis of its times, until the last image would have been followed by another."""
        end = float(self.times[-1]) + self.period if len(self.times) else 1.0
        return Axis.over("Time [s]" if self.timed else "Image", 0.0, end)

    def values(self, key: str) -> np.ndarray:
        """float64 [N]: what the frames have as ``key``, NaN where they have none."""
        return numbers(frame.get(key) for frame in self.frames)


def processed(frames: Sequence[dict[str, Any]]) -> list[dict[str, Any]]:
    """The frames that were not dropped: nothing is known of the others."""
    return [frame for frame in frames if not frame.get("dropped")]


def whole(frames: Sequence[dict[str, Any]]) -> Recording:
    """All frames as one recording: over time where they are of one, else by number."""
    apart = recordings(frames)
    return apart[0] if len(apart) == 1 else Recording("", list(frames), np.arange(len(frames), dtype=np.float64), False)


def recordings(frames: Sequence[dict[str, Any]]) -> list[Recording]:
    """The frames by bag and topic, in the order in which these come."""
    groups: dict[tuple[Any, Any], list[dict[str, Any]]] = {}
    for frame in frames:
        groups.setdefault((frame.get("bag"), frame.get("topic")), []).append(frame)
    names = [" ".join(str(part) for part in key if part) if len(groups) > 1 else "" for key in groups]
    return [_recording(name, group) for name, group in zip(names, groups.values(), strict=True)]


def _recording(name: str, frames: list[dict[str, Any]]) -> Recording:
    stamps = [frame.get("stamp") for frame in frames]
    if all(isinstance(stamp, int) for stamp in stamps):
        # before they become floats, which have no room for the nanoseconds of today
        times = np.array([stamp - stamps[0] for stamp in stamps], np.float64) / 1e9  # type: ignore[operator]
        if len(times) > 1 and (np.diff(times) >= 0).all() and times[-1] > 0:
            return Recording(name, frames, times, True)
    return Recording(name, frames, np.arange(len(frames), dtype=np.float64), False)


def numbers(values: Any) -> np.ndarray:
    """float64 [N], NaN for None."""
    return np.array([np.nan if value is None else value for value in values], np.float64)


def thinned(length: int) -> list[slice]:
    """Neighbours to be shown as one point, in pieces that are alike in size."""
    edges = np.unique(np.linspace(0, length, min(length, _POINTS) + 1).astype(int))
    return [slice(a, b) for a, b in pairwise(edges.tolist())]


def means(values: np.ndarray, pieces: Sequence[slice]) -> np.ndarray:
    """float64 [M]: the mean of each piece of ``values`` without its NaN; NaN where there is nothing else."""
    return np.array([_over(values[piece], np.mean) for piece in pieces])


def highest(values: np.ndarray, pieces: Sequence[slice]) -> np.ndarray:
    """As :func:`means`, the maximum."""
    return np.array([_over(values[piece], np.max) for piece in pieces])


def _over(values: np.ndarray, measure: Any) -> float:
    known = values[np.isfinite(values)]
    return float(measure(known)) if len(known) else float("nan")


def runs(places: Sequence[int], times: np.ndarray, gap: float) -> Iterator[tuple[float, float]]:
    """Times of the first and the last of each stretch of images that follow each other.

    Args:
        places: the images, as rising indices of ``times``.
        times: float64 [N], of all images, sorted.
        gap: a shorter one divides nothing.
    """
    there = times[list(places)]
    cuts = np.flatnonzero((np.diff(places) > 1) & (np.diff(there) > gap))
    yield from zip(there[[0, *(cuts + 1)]].tolist(), there[[*cuts, -1]].tolist(), strict=True)
