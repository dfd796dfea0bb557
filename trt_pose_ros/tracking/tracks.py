"""Tracks: what a tracker remembers of the people that it follows, and how alike somebody is to each of them."""

from __future__ import annotations

from dataclasses import dataclass, fields
from typing import Any

import numpy as np

from ..poses import NO_TRACK, Poses
from .motion import DISPLACEMENT_VARIANCE, Motion, medians
from .oks import body_sizes

BODY_METRES = 1.6  # size of a body in space, the diagonal of the box around all keypoints of somebody who stands
_STEADINESS = 0.6  # agility of distances over that in the image, which a turning camera adds to
_UNTOLD_STDDEV = 0.1  # metres, of a position of which no standard deviation is known


@dataclass(frozen=True, eq=False)
class Seen:
    """P people of an image as a tracker looks at them.

    Attributes:
        xy: float [P, K, 2], pixels; NaN where a keypoint was not found.
        scores: float [P].
        ranges: float [P, K, 1], distances from the camera, metres; NaN where unknown.
        variances: float [P], of a whole person's range, squared metres.
    """

    xy: np.ndarray
    scores: np.ndarray
    ranges: np.ndarray
    variances: np.ndarray

    @classmethod
    def of(cls, poses: Poses) -> Seen:
        """The people of an image."""
        xy = poses.keypoints[:, :, :2].astype(np.float64)
        xy[~(poses.found & np.isfinite(xy).all(axis=2))] = np.nan
        ranges = np.full((*xy.shape[:2], 1), np.nan)
        if poses.positions is not None and not poses.position_frame:  # of other frames the camera's place is not known
            ranges = np.linalg.norm(poses.positions.astype(np.float64), axis=2, keepdims=True)
            ranges[~np.isfinite(ranges)] = np.nan
        stddevs = np.full(xy.shape[:2], np.nan) if poses.position_stddevs is None else poses.position_stddevs
        stddevs = np.where(np.isfinite(stddevs), stddevs, _UNTOLD_STDDEV)[:, :, None]
        stddevs = medians(np.where(np.isnan(ranges), np.nan, stddevs))[:, 0]
        return cls(xy, poses.scores, ranges, np.square(stddevs))

    def __getitem__(self, people: Any) -> Seen:
        return Seen(*(getattr(self, f.name)[people] for f in fields(self)))


@dataclass
class Tracks:
    """T people.

    Attributes:
        image: where they should be, in pixels.
        away: how far from the camera, in metres.
        ids: int [T].
        hits: int [T], images they were seen in.
        seen: float [T], stamp of the last of these.
        scores: float [T], of the detection in it.
    """

    image: Motion
    away: Motion
    ids: np.ndarray
    hits: np.ndarray
    seen: np.ndarray
    scores: np.ndarray

    @classmethod
    def starting(cls, people: Seen, stamp: float) -> Tracks:
        """People seen for the first time."""
        count = len(people.xy)
        ids, hits = np.full(count, NO_TRACK), np.ones(count, int)
        image, away = Motion.starting(people.xy), Motion.starting(people.ranges)
        return cls(image, away, ids, hits, np.full(count, stamp), people.scores.astype(float))

    def __len__(self) -> int:
        return len(self.ids)

    def __getitem__(self, rows: Any) -> Tracks:
        return Tracks(*(getattr(self, f.name)[rows] for f in fields(self)))

    def __add__(self, other: Tracks) -> Tracks:
        return Tracks(*(_joined(getattr(self, f.name), getattr(other, f.name)) for f in fields(self)))

    def sizes(self) -> np.ndarray:
        """float [T]: body sizes in pixels, at least 1."""
        return np.maximum(body_sizes(self.image.points), 1.0)

    def predict(self, seconds: float, agility: float) -> None:
        """Move everybody on by ``seconds``."""
        self.image.predict(seconds, agility)
        self.away.predict(seconds, _STEADINESS * agility)

    def observe(self, rows: np.ndarray, people: Seen, stamp: float) -> None:
        """Take in that those in ``rows`` [M] are the ``people``."""
        self.image.observe(rows, people.xy, DISPLACEMENT_VARIANCE)
        self.away.observe(rows, people.ranges, DISPLACEMENT_VARIANCE + people.variances / BODY_METRES**2)
        self.hits[rows] += 1
        self.seen[rows] = stamp
        self.scores[rows] = people.scores

    def nearness(self, people: Seen, tolerance: float) -> np.ndarray:
        """float [T, P]: how likely each of the ``people`` is as far away as each track should be; NaN if not known.

        What the image says already is left out: the direction in which somebody is seen. Nor does a camera that turns
        change how far people are. It goes by the median over the common keypoints.

        Args:
            people: of the image.
            tolerance: metres that people may be off besides what prediction and measurement are.
        """
        off = medians(people.ranges[None] - self.away.points[:, None])[:, :, 0]
        variances = BODY_METRES**2 * self.away.covariance[:, :1] + people.variances + tolerance**2
        return np.exp(np.square(off) / (-2 * variances))


def _joined(first: Any, second: Any) -> Any:
    return first + second if isinstance(first, Motion) else np.concatenate([first, second])
