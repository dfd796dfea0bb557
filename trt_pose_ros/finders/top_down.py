"""Two networks that work together: one says where people are, the other one finds each one's keypoints in a crop.

Who says where people are does not matter: a detector, a bottom-up network, whose people the per-person network then
corrects, the tracker, or somebody else. So between two looks of the first network the tracker's boxes do.
"""

from __future__ import annotations

from collections.abc import Hashable, Mapping, Sequence
from dataclasses import dataclass, replace
from time import perf_counter
from typing import NamedTuple

import numpy as np

from ..boxes import KEYPOINTS, body_boxes, overlaps
from ..options import Options, option
from ..poses import MISSING, NO_TRACK, Poses, stacked
from ..preprocess import Image, Region
from ..topology import Topology
from ..tracking.oks import distinct
from . import Frame
from .network import STAGES, Network
from .regions import crops

PERSON_STAGES = dict(zip(STAGES, ("crop", "person_network", "person_decode"), strict=True))
_SAME = 0.5  # overlap of a box with the tracker's from which it is the same person
_BLIND = 0.5  # seconds for which somebody unseen is looked for where the tracker expects them
# Seconds that a box of somebody new seems to have waited, by the square of its score: sure ones come soon, and what is
# hardly anybody does not keep people waiting who are followed.
_NEW = 0.5
# Slope and offset of the logistic function that makes chances of scores: fitted on 260 images of COCO, where boxes come
# from RTMDet-nano or people from `light`, and keypoints from PP-TinyPose.
_CHANCE_OF_BOXES, _CHANCE_OF_PEOPLE = (4.8, 0.5), (1.1, 1.4)
_FAINTEST = 1e-6  # sum of two scores that is still divided by
_PACE = 0.2  # share of the newest measurement in the time that a crop takes


@dataclass(frozen=True)
class TopDownOptions(Options):
    """How the two networks work together."""

    detect_every: int = option(
        3,
        "the first network looks at every so many images of a camera, and whenever nobody is followed; between them "
        "the tracker says where people are; 0: only while nobody is followed",
        low=0,
        high=1000,
    )
    given_boxes: bool = option(False, "boxes come from elsewhere: the first network does not look at all")
    max_people: int = option(
        20,
        "most people of an image whose keypoints are found; those longest without an update go first",
        low=1,
        high=1000,
    )
    time_budget: float = option(
        0.0, "seconds that the per-person network may take for the images of a moment; 0: no limit", low=0.0, high=10.0
    )
    crop_scale: float = option(1.15, "size of a crop in sizes of the person's box", low=1.0, high=3.0)
    second_look: bool = option(
        False,
        "look at everybody twice, the second time around what the first look found, and take the mean: more accurate, "
        "in twice the time",
    )
    max_similarity: float = option(
        0.97,
        "keypoint similarity above which two are the same person, and the lower one is left out; keypoints count by "
        "their scores",
        low=0.0,
        high=1.0,
    )
    min_tracked_score: float = option(
        0.3,
        "score that somebody must have whom only the tracker expected; lower keeps up with people longer, and looks "
        "longer at places that they have left",
        low=0.0,
        high=1.0,
    )


class _Guess(NamedTuple):
    """M places in an image where people may be.

    Attributes:
        boxes: float [M, 4].
        scores: float [M], how sure it is that there is somebody.
        need: float [M], who goes first: the higher.
        rows: int [M], of the person among those found whom a correction replaces; -1: there is none.
    """

    boxes: np.ndarray
    scores: np.ndarray
    need: np.ndarray
    rows: np.ndarray


class TopDownFinder:
    """See :class:`trt_pose_ros.finders.Finder`.

    Args:
        network: that looks at whole images: a detector, or one that finds people with keypoints.
        person: that looks at crops of one person each.
        options: the TopDownOptions.
    """

    def __init__(self, network: Network, person: Network, options: TopDownOptions) -> None:
        self.network, self.person = network, person
        self.deferred: list[int] = []
        self.times: dict[str, float] = {}
        self._options = options
        self._corrects = network.model.manifest.topology.keypoints != KEYPOINTS
        self._turns: dict[Hashable, int] = {}  # camera -> number of images seen
        started = perf_counter()
        person.backend.run(1)
        self._pace = perf_counter() - started  # seconds a crop

    @property
    def topology(self) -> Topology:
        """Of the people found."""
        return (self.network if self._corrects else self.person).model.manifest.topology

    @property
    def options(self) -> Mapping[str, Options]:
        """See :class:`trt_pose_ros.finders.Finder`."""
        return {
            "decoder": self.network.family.options,
            "person": self.person.family.options,
            "top_down": self._options,
        }

    @options.setter
    def options(self, options: Mapping[str, Options]) -> None:
        self.network.family.options, self.person.family.options = options["decoder"], options["person"]
        self._options = options["top_down"]  # type: ignore[assignment]

    def __call__(self, frames: Sequence[Frame]) -> list[Poses]:
        """See :class:`trt_pose_ros.finders.Finder`."""
        found = self._look(frames)
        guesses = [self._guess(*item) for item in zip(frames, found, strict=True)]
        chosen = self._choose(guesses)
        self.deferred = [len(g.boxes) - len(rows) for g, rows in zip(guesses, chosen, strict=True)]
        closer = self._look_closer(frames, guesses, chosen)
        return [self._joined(*item) for item in zip(found, guesses, chosen, closer, strict=True)]

    def _look(self, frames: Sequence[Frame]) -> list[Poses | None]:
        """What the first network finds in each image, or was given; None where it was not this image's turn."""
        found: list[Poses | None] = [None if self._corrects else frame.detections for frame in frames]
        turns = [i for i, frame in enumerate(frames) if found[i] is None and self._is_turn(frame)]
        for i, poses in zip(turns, self.network([frames[i].image for i in turns]), strict=True):
            found[i] = poses
        self.times = {**self.network.times, **dict.fromkeys(PERSON_STAGES.values(), 0.0)}
        return found

    def _is_turn(self, frame: Frame) -> bool:
        every = self._options.detect_every
        if self._options.given_boxes:
            return False
        if frame.camera is None or frame.expected is None:
            return True
        # cameras take turns, so that the network has as much to do at any moment
        turn = self._turns.setdefault(frame.camera, len(self._turns))
        self._turns[frame.camera] = turn + 1
        nobody = not (frame.expected.unseen <= _BLIND).any()
        return nobody or (every > 0 and turn % every == 0)

    def _guess(self, frame: Frame, found: Poses | None) -> _Guess:
        """Where people may be: those found, and whom the tracker expects elsewhere."""
        if found is None:
            found = Poses.empty(self.network.model.manifest.topology)
        boxes = body_boxes(found)
        rows = np.flatnonzero(np.isfinite(boxes).all(axis=1))
        boxes, scores = boxes[rows], found.scores[rows].astype(float)
        # a second look is worth most where it is least certain that the first one was right; measured on COCO, and more
        # than by size, crowd or keypoints that are missing. Of boxes nothing is known but where, so sure ones go first.
        need = scores * (1 - scores) if self._corrects else _NEW * np.square(scores)
        if frame.expected is None or not len(frame.expected.poses):
            return _Guess(boxes, scores, need, rows)
        people, unseen = frame.expected
        expected = body_boxes(people)
        # whoever has no identity yet must be seen in every image; of the others who waited longest goes first
        waited = np.where(people.track_ids == NO_TRACK, np.inf, unseen)
        same = overlaps(boxes, expected)
        known = same.max(axis=1, initial=0) >= _SAME
        if not self._corrects:
            need[known] = waited[same[known].argmax(axis=1)]
        alone = (same.max(axis=0, initial=0) < _SAME) & (unseen <= _BLIND) & np.isfinite(expected).all(axis=1)
        return _Guess(
            np.concatenate([boxes, expected[alone]]),
            np.concatenate([scores, people.scores[alone]]),
            np.concatenate([need, waited[alone]]),
            np.concatenate([rows, np.full(alone.sum(), -1)]),
        )

    def _choose(self, guesses: Sequence[_Guess]) -> list[np.ndarray]:
        """The rows of each image's guesses that get a closer look, within what people and time allow."""
        options = self._options
        ranked = [np.lexsort((-guess.scores, -guess.need))[: options.max_people] for guess in guesses]
        if not options.time_budget:
            return ranked
        most = max(1, int(options.time_budget / self._pace))
        order = sorted(((-guesses[i].need[row], i, row) for i, rows in enumerate(ranked) for row in rows))[:most]
        return [np.array([row for _, image, row in order if image == i], int) for i in range(len(guesses))]

    def _look_closer(
        self, frames: Sequence[Frame], guesses: Sequence[_Guess], chosen: Sequence[np.ndarray]
    ) -> list[Poses]:
        """Whom the per-person network finds in each image, one person a chosen row; all crops in one batch."""
        images = [frame.image for frame, rows in zip(frames, chosen, strict=True) for _ in rows]
        boxes = np.concatenate([np.zeros((0, 4)), *(g.boxes[rows] for g, rows in zip(guesses, chosen, strict=True))])
        self.times |= dict.fromkeys(PERSON_STAGES.values(), 0.0)
        people = self._in_boxes(images, boxes)
        if self._options.second_look:
            found = body_boxes(people)
            people = _mean(people, self._in_boxes(images, np.where(np.isfinite(found), (boxes + found) / 2, boxes)))
        if images:
            spent = sum(self.times[stage] for stage in PERSON_STAGES.values())
            self._pace += _PACE * (spent / len(images) - self._pace)
        ends = np.cumsum([len(rows) for rows in chosen])
        return [people[end - len(rows) : end] for end, rows in zip(ends.tolist(), chosen, strict=True)]

    def _in_boxes(self, images: Sequence[Image], boxes: np.ndarray) -> Poses:
        """The person in each of the ``boxes`` [M, 4], one of each of M images."""
        height, width = self.person.input_size
        places = crops(boxes, width / height, self._options.crop_scale).tolist()
        people = self.person([Region(image, tuple(place)) for image, place in zip(images, places, strict=True)])
        for stage, seconds in self.person.times.items():
            self.times[PERSON_STAGES[stage]] += seconds
        return stacked(self.person.model.manifest.topology, [_best(poses) for poses in people])

    def _joined(self, found: Poses | None, guess: _Guess, chosen: np.ndarray, closer: Poses) -> Poses:
        """The people of an image: those looked at closely, and the others where keypoints are known of them."""
        rows = guess.rows[chosen]
        scores = self._person_scores(guess.scores[chosen], closer)
        counts = (rows >= 0) | (scores >= self._options.min_tracked_score)
        people = replace(closer, scores=scores).as_topology(self.topology)
        if self._corrects:
            people = _with_neck(people)
            if found is not None:
                others = np.setdiff1d(np.arange(len(found)), rows)
                people = stacked(self.topology, [people[counts], found[others]])
                counts = np.ones(len(people), bool)
        people = people[counts]
        return people[distinct(people.keypoints, people.scores, self.topology.sigmas, self._options.max_similarity)]

    def _person_scores(self, scores: np.ndarray, poses: Poses) -> np.ndarray:
        """float [M]: the chances that people with keypoints are right, of ``scores`` [M] of their boxes before.

        A logistic function of the geometric mean's logit, as a decoder's scores are calibrated.
        """
        slope, offset = _CHANCE_OF_PEOPLE if self._corrects else _CHANCE_OF_BOXES
        mean = np.clip(np.sqrt(scores * poses.scores), 1e-6, 1 - 1e-6)
        return 1 / (1 + np.exp(-(slope * np.log(mean / (1 - mean)) + offset)))


def of_all_networks(times: Mapping[str, float]) -> dict[str, float]:
    """{stage: time} of :data:`~.network.STAGES`, of a pipeline's networks together, of the times of each."""
    return {stage: times[stage] + times.get(PERSON_STAGES[stage], 0.0) for stage in STAGES}


def _best(poses: Poses) -> Poses:
    """The one person of a crop, without keypoints where the network found nobody."""
    if len(poses):
        return poses[:1]
    return Poses(poses.topology, np.tile(MISSING, (1, len(poses.topology.keypoints), 1)), np.zeros(1))


def _mean(first: Poses, second: Poses) -> Poses:
    """The same people seen twice: each keypoint where both looks say it is, the surer one counting more."""
    one, two = first.keypoints, second.keypoints
    weights = np.stack([one[:, :, 2], two[:, :, 2]])
    places = np.nan_to_num(np.stack([one[:, :, :2], two[:, :, :2]]))
    total = weights.sum(axis=0)
    xy = (weights[..., None] * places).sum(axis=0) / np.maximum(total, _FAINTEST)[:, :, None]
    keypoints = np.concatenate([xy, total[:, :, None] / 2], axis=2)
    return replace(
        first,
        keypoints=np.where(total[:, :, None] > 0, keypoints, MISSING),
        scores=(first.scores + second.scores) / 2,
    )


def _with_neck(poses: Poses) -> Poses:
    """The same people with a neck between their shoulders, as data sets without one define it."""
    names = poses.topology.keypoints
    if "neck" not in names or not {"left_shoulder", "right_shoulder"} <= set(names):
        return poses
    left, right = poses.keypoint("left_shoulder"), poses.keypoint("right_shoulder")
    neck = (left + right) / 2
    neck[:, 2] = np.minimum(left[:, 2], right[:, 2])
    keypoints = poses.keypoints.copy()
    both = neck[:, 2] > 0
    keypoints[both, poses.topology.index("neck")] = neck[both]
    return replace(poses, keypoints=keypoints)
