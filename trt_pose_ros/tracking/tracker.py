"""Tracker: gives the people of one camera identities that last.

A person is a shape, the place where each keypoint was seen last, and moves as a whole with a constant velocity: a
Kalman filter of the displacement, driven by random acceleration. Detections go to the predicted shapes that they
resemble most by object keypoint similarity, widened by how uncertain the prediction is, by body scale and, where it is
known, by distance from the camera; first the confident ones, then the weak (ByteTrack, Zhang et al. 2022). Of whom
only a box is known, its sides are the keypoints.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any, NamedTuple

import numpy as np

from ..assignment import assign
from ..options import Options, option
from ..poses import NO_TRACK, Poses
from ..topology import Topology
from .motion import Motion
from .oks import body_sizes, oks, tolerances
from .tracks import EVIDENCE, Seen, Tracks

# Tuned with benchmarks/tracking.py. Lengths are in body sizes, the diagonal of the box around all keypoints.
_SCALE_TOLERANCE = 0.2  # standard deviation of the logarithm of how much larger a body looks than before
_LIMB_FREEDOM = 3.0  # growth per second of the places that a limb may have moved to
_STEP = 0.25  # metres that somebody may be nearer or further besides what prediction and measurement are
_WEAK_SIMILARITY = 0.5  # what a weak detection needs
_FAMILIAR = 0.3  # similarity that the same person almost always has from one image to the next
_SIDE_SIGMAS = (0.1,) * 4  # of a box's sides, as of keypoints in OKS


@dataclass(frozen=True)
class TrackerOptions(Options):
    """How a :class:`Tracker` decides."""

    max_age: float = option(
        2.0,
        "seconds that somebody may stay unseen and keep the identity; longer survives longer occlusions, and gives "
        "the identity to others more often; must be longer than the time between two images",
        low=0.1,
        high=60.0,
    )
    min_hits: int = option(
        3, "images in a row that somebody must be seen in to get an identity; more keeps ghosts out", low=1, high=100
    )
    confident: float = option(
        0.3,
        "score from which a person may get a new identity; weaker ones can only continue one",
        low=0.0,
        high=1.0,
    )
    min_similarity: float = option(
        0.08,
        "keypoint similarity to the predicted pose that a match needs; higher gives new identities more often, lower "
        "wrong ones",
        low=0.001,
        high=1.0,
    )
    agility: float = option(
        0.9,
        "how much people, or the camera, change their velocity within a second, in body sizes a second; higher follows "
        "a camera that turns, lower finds the right one after an occlusion",
        low=0.01,
        high=10.0,
    )


class TrackCounts(NamedTuple):
    """People without an identity yet, those seen with one in the last image, and those with one but out of sight."""

    tentative: int
    confirmed: int
    lost: int


class Expected(NamedTuple):
    """Whom a tracker expects in an image.

    Attributes:
        poses: T people, also those without an identity yet; keypoints where they should be, with a score of 1, and
            people's scores as they were last.
        unseen: float [T], seconds since each was seen.
    """

    poses: Poses
    unseen: np.ndarray


class Tracker:
    """Identities over time for one camera.

    Somebody new is *tentative* (track id -1) until seen in ``min_hits`` images in a row, then *confirmed*, *lost*
    while out of sight, and forgotten after ``max_age``. Ids count up from 0 and are never given twice, not even after
    :meth:`reset`. Who gets which does not depend on the order of the people in an image.

    Args:
        topology: the Topology of the poses to come.
        **options: of :class:`TrackerOptions`.

    Attributes:
        options: the TrackerOptions; may be replaced at any time, identities stay.
    """

    def __init__(self, topology: Topology, **options: Any) -> None:
        self.topology = topology
        self.options = TrackerOptions.of(**options)
        self._next_id = 0
        self.reset()

    def reset(self) -> None:
        """Forget everybody."""
        self._stamp = -math.inf  # of the newest image
        self._late = math.inf  # of the last image that was older than that
        self._tracks = Tracks.starting(Seen.of(Poses.empty(self.topology)), self._stamp)

    @property
    def counts(self) -> TrackCounts:
        """The TrackCounts after the last update."""
        identified, seen = self._tracks.ids != NO_TRACK, self._tracks.seen == self._stamp
        return TrackCounts(*(int(state.sum()) for state in (~identified, identified & seen, identified & ~seen)))

    def expected(self, stamp: float) -> Expected:
        """The people followed, as they should be at ``stamp`` (seconds); nobody where that is far in the past."""
        tracks, seconds = self._tracks, stamp - self._stamp
        if seconds < -self.options.max_age:
            tracks = tracks[:0]
        elif seconds > 0:
            tracks = tracks[stamp - tracks.seen <= self.options.max_age]
        xy = tracks.image.points + (tracks.image.velocity * max(seconds, 0.0))[:, None]
        keypoints = np.concatenate([xy, np.where(np.isnan(xy[:, :, :1]), 0.0, 1.0)], axis=2)
        boxes = (tracks.box.points + (tracks.box.velocity * max(seconds, 0.0))[:, None]).reshape(-1, 4)
        people = Poses(
            self.topology,
            keypoints,
            tracks.scores,
            tracks.ids,
            detected_boxes=boxes if np.isfinite(boxes).any() else None,
        )
        return Expected(people, np.maximum(stamp - tracks.seen, 0))

    def update(self, poses: Poses, stamp: float, partial: bool = False, new_boxes: bool = True) -> Poses:
        """Tell who the people of the next image are.

        An image may come again, or late: then people get the identities that they match and nothing is learned. If the
        next one is later than that but not later than the newest, time itself was set back (a clock, or a recording
        that starts again), and goes on from there with the same people. If it goes back by more than ``max_age``,
        everybody is forgotten first.

        Args:
            poses: Poses of this tracker's topology, in image pixels.
            stamp: when the image was taken, in seconds.
            partial: not everybody was looked for, so that somebody unseen may well be there.
            new_boxes: the detected boxes are new ones; false: they were given before, or there are none of this image.
                Then people who are known by a box alone can only continue an identity.

        Returns:
            The same Poses with ``track_ids``, -1 for people without an identity.

        Raises:
            ValueError: another topology, or a stamp that is not a finite number.
        """
        if poses.topology != self.topology:
            raise ValueError(f"this tracker is for topology {self.topology.name!r}, got {poses.topology.name!r}")
        if not math.isfinite(stamp):
            raise ValueError(f"stamp must be a finite number of seconds, got {stamp}")
        if stamp < self._stamp - self.options.max_age:
            self.reset()
        elif self._late < stamp < self._stamp:
            self._tracks.seen += self._late - self._stamp
            self._tracks.posed += self._late - self._stamp
            self._stamp = self._late
        people = Seen.of(poses)
        enough = people.has_body | np.isfinite(people.boxes).all(axis=(1, 2))
        confident = enough & (poses.scores >= self.options.confident) & (people.has_body | new_boxes)
        weak = enough & ~confident
        if stamp > self._stamp:
            self._tracks = self._tracks[stamp - self._tracks.seen <= self.options.max_age]
            self._tracks.predict(stamp - self._stamp, self.options.agility)
            present = (self._tracks.ids != NO_TRACK) & (self._tracks.seen == self._stamp)
            self._stamp, self._late = stamp, math.inf
            track_of, likeness = self._match(people, confident, weak)
            if not partial and _is_cut(present, track_of[likeness >= _FAMILIAR], confident):
                self._tracks = self._tracks[:0]
                track_of[:] = -1
            track_of = self._learn(people, confident, track_of)
        else:
            self._late = stamp
            track_of, _ = self._match(people, confident, weak)
        track_ids = np.where(track_of >= 0, np.append(self._tracks.ids, NO_TRACK)[track_of], NO_TRACK)
        if not partial:  # whoever is not seen again before the identity is given was a ghost
            kept = (self._tracks.ids != NO_TRACK) | (self._tracks.seen == self._stamp)
            self._tracks = self._tracks[kept if new_boxes else kept | ~self._tracks.has_body]
        return replace(poses, track_ids=track_ids)

    def _match(self, people: Seen, confident: np.ndarray, weak: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """The track of each person, int [P], -1 for none, and how alike they are in the image, float [P]."""
        tracks, xy = self._tracks, people.xy
        alike, sharpness = _likeness(tracks.image, xy, self.topology.sigmas, self._stamp - tracks.posed)
        alike *= np.exp(-np.square(_log_scales(tracks.image.points, xy) / _SCALE_TOLERANCE) / 2)
        if not people.has_body.all() or not tracks.has_body.all():
            by_box = ~(tracks.has_body[:, None] & people.has_body)
            boxes_alike, boxes_sharpness = _likeness(tracks.box, people.boxes, _SIDE_SIGMAS, self._stamp - tracks.seen)
            alike = np.where(by_box, boxes_alike, alike)
            sharpness = np.where(by_box, boxes_sharpness, sharpness)
        similarity = alike * np.nan_to_num(tracks.nearness(people, _STEP), nan=1.0)
        # A wide guess fits anybody: of two tracks that fit, the better known one shall win.
        values = similarity * sharpness

        identified = tracks.ids != NO_TRACK
        needed = self.options.min_similarity
        track_of, likeness, free = np.full(len(xy), -1), np.zeros(len(xy)), np.ones(len(tracks), bool)
        for among, who, least in (
            (identified, confident, needed),
            (identified, weak, max(needed, _WEAK_SIMILARITY)),
            (~identified, confident, needed),
        ):
            rows, columns = np.flatnonzero(among & free), np.flatnonzero(who & (track_of < 0))
            block = np.ix_(rows, columns)
            chosen, found = assign(np.where(similarity[block] >= least, values[block], 0))
            track_of[columns[found]] = rows[chosen]
            likeness[columns[found]] = alike[rows[chosen], columns[found]]
            free[rows[chosen]] = False
        return track_of, likeness

    def _learn(self, people: Seen, confident: np.ndarray, track_of: np.ndarray) -> np.ndarray:
        """Update the tracks by their people and start new ones; ``track_of`` with the new ones."""
        seen = np.flatnonzero(track_of >= 0)
        self._tracks.observe(track_of[seen], people[seen], self._stamp)
        new = np.flatnonzero(confident & (track_of < 0))
        new = new[np.argsort(people[new].middles)]  # ids go from left to right
        track_of[new] = len(self._tracks) + np.arange(len(new))
        self._tracks = self._tracks + Tracks.starting(people[new], self._stamp)
        due = np.flatnonzero((self._tracks.ids == NO_TRACK) & (self._tracks.hits >= self.options.min_hits))
        self._tracks.ids[due] = self._next_id + np.arange(len(due))
        self._next_id += len(due)
        return track_of


def _likeness(
    motion: Motion, points: np.ndarray, sigmas: Sequence[float], unseen: np.ndarray
) -> tuple[np.ndarray, np.ndarray]:
    """How alike the predictions [T] are to what is seen at ``points`` [P, K, 2], and how sharp they are.

    Args:
        motion: of the tracks.
        points: keypoints, or corners of boxes, whose sides are told apart; NaN where missing.
        sigmas: of these.
        unseen: float [T], seconds since these were seen of each track.

    Returns:
        (float [T, P], float [T, 1]).
    """
    sizes = np.maximum(body_sizes(motion.points), 1.0)
    exact = tolerances(sizes, sigmas)
    widened = exact * (1 + _LIMB_FREEDOM * unseen[:, None]) + np.square(sizes)[:, None] * motion.covariance[:, :1]
    dimensions = motion.points.shape[1] * motion.points.shape[2] // len(sigmas)
    places, seen = (xy.reshape(len(xy), len(sigmas), dimensions) for xy in (motion.points, points))
    alike = oks(places, seen, widened, prior=EVIDENCE * len(sigmas))
    return alike, np.sqrt((exact / widened).mean(axis=1))[:, None]


def _is_cut(present: np.ndarray, familiar: np.ndarray, confident: np.ndarray) -> bool:
    """Whether the camera shows other people at once, so that even a match is chance.

    Args:
        present: bool [T], tracks seen in the last image.
        familiar: int [M], tracks that somebody is very much like now.
        confident: bool [P], the people of this image.
    """
    strangers = confident.sum() - len(familiar)
    return bool(present.sum() > 1 and 2 * present[familiar].sum() < present.sum() and strangers > len(familiar))


def _log_scales(xy: np.ndarray, others: np.ndarray) -> np.ndarray:
    """float [A, B]: logarithm of how much larger each of ``others`` is, by the spread of the keypoints both have."""
    return np.log(_spreads(others, xy).T / _spreads(xy, others)) / 2


def _spreads(xy: np.ndarray, others: np.ndarray) -> np.ndarray:
    """float [A, B]: variance of the places of those keypoints that the other one has too, in squared pixels."""
    common = (~np.isnan(others[:, :, 0])).T.astype(float)
    own = np.nan_to_num(xy)
    count = np.maximum((~np.isnan(xy[:, :, 0])) @ common, 1)
    mean = np.moveaxis(own, 2, 0) @ common / count
    return np.maximum(np.square(own).sum(axis=2) @ common / count - np.square(mean).sum(axis=0), 1.0)
