"""HandFinder: the hands of people whose skeletons are known; all hands of all cameras in one batch."""

from __future__ import annotations

import math
import os
from collections.abc import Hashable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, NamedTuple

import numpy as np

from ..finders.network import STAGES, Network
from ..model_file import ModelFile
from ..options import Options, option
from ..poses import NO_TRACK, Poses, stacked
from ..preprocess import Image
from ..topology import Topology
from ..tracking.oks import distinct
from .squares import SIDES, Squares, arm_squares, joint, palm_squares

HAND_STAGES = dict(zip(STAGES, ("hand_crop", "hand_network", "hand_decode"), strict=True))
HAND_TOPOLOGY = "hand_21"
DEFAULT = "light_hand"
_BATCH = 16  # hands that the network looks at at once
# Similarity above which two hands are one that was found twice, and sigma of its joints, larger than labels': on COCO's
# pictures two looks at one hand are up to .13 of its box apart in the mean, and the nearest different hands .26, where
# the similarity is .4 at about .15.
_SAME, _SIGMA = 0.4, 0.08
_REACH = 0.5  # sides of the square by which a hand's wrist may lie off the body's wrist


@dataclass(frozen=True)
class HandOptions(Options):
    """Which hands are looked at, and what counts as one."""

    min_hand_score: float = option(
        0.5, "score that a hand must have; lower finds more, and more that are none", low=0.0, high=1.0
    )
    min_wrist_score: float = option(
        0.1, "score that a wrist, elbow or shoulder must have to say where a hand may be", low=0.0, high=1.0
    )
    min_hand_size: float = option(
        20.0, "pixels of the square around a hand below which it is too small to be looked at", low=1.0, high=10000.0
    )
    max_hands: int = option(
        20, "most hands of an image that are looked at; those longest without a look go first", low=1, high=1000
    )
    hand_memory: float = option(
        0.5,
        "seconds for which the place where a hand was seen last says where it is now; 0: the arm alone says so",
        low=0.0,
        high=10.0,
    )


class _Place(NamedTuple):
    """Where a hand may be.

    Attributes:
        owner: row of its owner among the people.
        kind: LEFT_HAND or RIGHT_HAND.
        square: Squares of one.
        wrist: float [2], where the body's wrist is, pixels; NaN where it is not seen.
        waited: seconds since it was last looked at.
    """

    owner: int
    kind: int
    square: Squares
    wrist: np.ndarray
    waited: float


class _Look(NamedTuple):
    """What is known of a hand since it was last looked at.

    Attributes:
        stamp: of the image, seconds.
        square: Squares of one, around the hand as it was found; None where none was.
        wrist: float [2], where the body's wrist was, pixels; NaN where it was not seen.
    """

    stamp: float
    square: Squares | None
    wrist: np.ndarray


_Looks = dict[tuple[int, int], _Look]  # by track id and kind


class HandFinder:
    """Finds the hands of people. Not for use from several threads at once.

    Where a hand was seen in the camera's last image says where it is, moved as the body's wrist has; the arm says so of
    others. Which side a hand is of, and whose, is told by the body.

    Args:
        network: that looks at crops of one hand each.
        options: the HandOptions; may be replaced at any time.

    Attributes:
        times: seconds that the last call spent in each of ``HAND_STAGES``.
        deferred: of each image of the last call, number of hands that were not looked at for want of time.

    Raises:
        ValueError: the network finds something else than hands.
    """

    def __init__(self, network: Network, options: HandOptions) -> None:
        self.network, self.options = network, options
        self.times = dict.fromkeys(HAND_STAGES.values(), 0.0)
        self.deferred: list[int] = []
        self._looks: dict[Hashable, _Looks] = {}
        if self.topology.keypoints != Topology.load(HAND_TOPOLOGY).keypoints:
            raise ValueError(
                f"{network.model.path} finds {self.topology.name!r}: a network for hands has topology {HAND_TOPOLOGY!r}"
            )

    @classmethod
    def open(
        cls,
        path: str | os.PathLike[str] | None,
        backend: str,
        options: Mapping[str, Any],
        spec: Mapping[str, Any],
    ) -> HandFinder:
        """Load a network.

        Args:
            path: of its file, or the name of a model, see :meth:`.ModelFile.load`; None: :data:`DEFAULT`.
            backend: see :func:`~trt_pose_ros.backends.open_backend`; likewise what it raises.
            options: of :class:`HandOptions`.
            spec: other fields of :class:`~trt_pose_ros.backends.RunSpec`.
        """
        model = ModelFile.load(path or DEFAULT)
        return cls(Network.open(model, backend, None, {}, **{**spec, "batch": _BATCH}), HandOptions.of(**options))

    @property
    def topology(self) -> Topology:
        """Of the hands."""
        return self.network.model.manifest.topology

    def __call__(
        self,
        images: Sequence[Image],
        people: Sequence[Poses],
        cameras: Sequence[Hashable] | None = None,
        stamps: Sequence[float] | None = None,
    ) -> list[Poses]:
        """The hands of the people in each image.

        Args:
            images: as of the pipeline.
            people: in each image.
            cameras, stamps: of each image, where people have identities.

        Returns:
            Poses, one an image: of the kinds LEFT_HAND and RIGHT_HAND, with the identities of their owners.
        """
        names = cameras if cameras is not None else [None] * len(images)
        times = stamps if stamps is not None else [0.0] * len(images)
        looks = [{} if name is None else self._looks.setdefault(name, {}) for name in names]
        wanted = [self._places(*item) for item in zip(people, looks, times, strict=True)]
        chosen = [places[: self.options.max_hands] for places in wanted]
        self.deferred = [len(all_) - len(some) for all_, some in zip(wanted, chosen, strict=True)]
        regions = [place.square.region(image) for image, places in zip(images, chosen, strict=True) for place in places]
        found = iter(self.network(regions))
        self.times = {HAND_STAGES[stage]: seconds for stage, seconds in self.network.times.items()}
        result = []
        for persons, places, known, stamp in zip(people, chosen, looks, times, strict=True):
            hands = stacked(self.topology, [next(found)[:1] for _ in places])
            kept = self._theirs(hands, places)
            self._remember(known, persons, places, hands, set(kept.tolist()), stamp)
            owners = np.array([places[row].owner for row in kept], int)
            kinds = np.array([places[row].kind for row in kept], np.uint8)
            result.append(replace(hands[kept], kinds=kinds, owner_ids=persons.track_ids[owners], camera=persons.camera))
        return result

    def _places(self, people: Poses, looks: _Looks, stamp: float) -> list[_Place]:
        """Where hands may be, those longest without a look first, and of these those of the surest people."""
        options, places = self.options, []
        for side, kind in SIDES.items():
            arms = arm_squares(people, side, options.min_wrist_score)
            wrists = joint(people, f"{side}_wrist", options.min_wrist_score)
            for owner, track_id in enumerate(people.track_ids.tolist()):
                look = looks.get((track_id, kind))
                age = stamp - look.stamp if look else math.inf
                age = age if age >= 0 else math.inf  # time has jumped
                square = arms[owner]
                if look and look.square is not None and age <= options.hand_memory:
                    square = look.square.moved(wrists[owner] - look.wrist)
                if square.known.all() and square.sides >= options.min_hand_size:
                    # nobody waits for people who may be none
                    waited = age if track_id != NO_TRACK else 0.0
                    places.append(_Place(owner, kind, square, wrists[owner], waited))
        return sorted(places, key=lambda place: (-place.waited, -people.scores[place.owner]))

    def _theirs(self, hands: Poses, places: Sequence[_Place]) -> np.ndarray:
        """int [H]: the rows of hands that are some, and belong to the body that led there; each hand once."""
        wrists = joint(hands, "wrist")
        off = np.array([np.linalg.norm(w - p.wrist) / p.square.sides[0] for w, p in zip(wrists, places, strict=True)])
        off = np.where(np.isfinite(off), off, 0.0)  # a wrist that is not seen says nothing
        rows = np.flatnonzero((hands.scores >= self.options.min_hand_score) & (off <= _REACH))
        return rows[distinct_hands(hands[rows], -off[rows])]

    def _remember(
        self,
        looks: _Looks,
        people: Poses,
        places: Sequence[_Place],
        hands: Poses,
        kept: set[int],
        stamp: float,
    ) -> None:
        """Keep where the hands of people who are there were found."""
        ids = people.track_ids.tolist()
        for key in [key for key in looks if key[0] not in ids]:
            del looks[key]
        squares = palm_squares(hands)
        for row, place in enumerate(places):
            if ids[place.owner] != NO_TRACK:
                square = squares[row] if row in kept and squares.known[row] else None
                looks[ids[place.owner], place.kind] = _Look(stamp, square, place.wrist)


def distinct_hands(hands: Poses, scores: np.ndarray) -> np.ndarray:
    """int [D]: the rows of hands that are not the same as one of a better score, best first."""
    sigmas = [_SIGMA] * len(hands.topology.keypoints)
    return distinct(hands.keypoints, scores, sigmas, _SAME)
