"""Tracks: what a tracker remembers of the people that it follows, and how alike somebody is to each of them."""

from __future__ import annotations

from dataclasses import dataclass, fields
from typing import Any

import numpy as np

from ..boxes import body_boxes
from ..poses import NO_TRACK, Poses
from .motion import DISPLACEMENT_VARIANCE, Motion, medians

BODY_METRES = 1.6  # size of a body in space, the diagonal of the box around all keypoints of somebody who stands
_STEADINESS = 0.6  # agility of distances over that in the image, which a turning camera adds to
_UNTOLD_STDDEV = 0.1  # metres, of a position of which no standard deviation is known
EVIDENCE = 1 / 6  # share of the keypoints below which a detection is too little to be matched or to start anybody
_BOX_VARIANCE = 0.01  # of a displacement as measured from a box, squared body sizes


@dataclass(frozen=True, eq=False)
class Seen:
    """P people of an image as a tracker looks at them.

    Attributes:
        xy: float [P, K, 2], pixels; NaN where a keypoint was not found.
        scores: float [P].
        ranges: float [P, K, 1], distances from the camera, metres; NaN where unknown.
        variances: float [P], of a whole person's range, squared metres.
        has_body: bool [P], there are enough keypoints to know somebody by; if not, a box may be there instead.
        boxes: float [P, 2, 2], corners of what the body fills in pixels; NaN where unknown, and for everybody where no
            detector looks beside the network.
    """

    xy: np.ndarray
    scores: np.ndarray
    ranges: np.ndarray
    variances: np.ndarray
    has_body: np.ndarray
    boxes: np.ndarray

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
        has_body = (~np.isnan(xy[:, :, 0])).sum(axis=1) >= EVIDENCE * xy.shape[1]
        boxes = np.full((len(xy), 2, 2), np.nan)
        if poses.detected_boxes is not None:
            boxed = np.isfinite(poses.detected_boxes).all(axis=1)
            boxes[has_body | boxed] = body_boxes(poses)[has_body | boxed].reshape(-1, 2, 2)
            xy[boxed & ~has_body] = np.nan  # known by the box alone
        return cls(xy, poses.scores, ranges, np.square(stddevs), has_body, boxes)

    @property
    def middles(self) -> np.ndarray:
        """float [P]: x of each one's middle."""
        middles = self.boxes[:, :, 0].mean(axis=1)
        middles[self.has_body] = np.nanmean(self.xy[self.has_body, :, 0], axis=1)
        return middles

    def __getitem__(self, people: Any) -> Seen:
        return Seen(*(getattr(self, f.name)[people] for f in fields(self)))


@dataclass
class Tracks:
    """T people.

    Attributes:
        image: where they should be, in pixels.
        away: how far from the camera, in metres.
        box: where the corners of their boxes should be, in pixels.
        ids: int [T].
        hits: int [T], images they were seen in.
        seen: float [T], stamp of the last of these.
        posed: float [T], stamp of the last one in which their keypoints were seen, not a box alone.
        scores: float [T], of the detection in it.
    """

    image: Motion
    away: Motion
    box: Motion
    ids: np.ndarray
    hits: np.ndarray
    seen: np.ndarray
    posed: np.ndarray
    scores: np.ndarray

    @classmethod
    def starting(cls, people: Seen, stamp: float) -> Tracks:
        """People seen for the first time."""
        count = len(people.xy)
        ids, hits = np.full(count, NO_TRACK), np.ones(count, int)
        image, away, box = (Motion.starting(points) for points in (people.xy, people.ranges, people.boxes))
        seen = np.full(count, stamp)
        return cls(image, away, box, ids, hits, seen, seen.copy(), people.scores.astype(float))

    def __len__(self) -> int:
        return len(self.ids)

    def __getitem__(self, rows: Any) -> Tracks:
        return Tracks(*(getattr(self, f.name)[rows] for f in fields(self)))

    def __add__(self, other: Tracks) -> Tracks:
        return Tracks(*(_joined(getattr(self, f.name), getattr(other, f.name)) for f in fields(self)))

    @property
    def has_body(self) -> np.ndarray:
        """bool [T]: keypoints of them were seen, not boxes alone."""
        return ~np.isnan(self.image.points[:, :, 0]).all(axis=1)

    def predict(self, seconds: float, agility: float) -> None:
        """Move everybody on by ``seconds``."""
        self.image.predict(seconds, agility)
        self.away.predict(seconds, _STEADINESS * agility)
        self.box.predict(seconds, agility)

    def observe(self, rows: np.ndarray, people: Seen, stamp: float) -> None:
        """Take in that those in ``rows`` [M] are the ``people``.

        The pose of somebody who is known by a box alone is the predicted one, moved as the box has.
        """
        moved = (people.boxes - self.box.points[rows]).mean(axis=1)
        variances = np.where(people.has_body, DISPLACEMENT_VARIANCE, _BOX_VARIANCE)
        self.image.observe(rows, people.xy, variances, moved)
        if np.isfinite(people.boxes).any():
            self.box.observe(rows, people.boxes, variances)
        self.away.observe(rows, people.ranges, DISPLACEMENT_VARIANCE + people.variances / BODY_METRES**2)
        self.hits[rows] += 1
        self.seen[rows] = stamp
        self.posed[rows[people.has_body]] = stamp
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
