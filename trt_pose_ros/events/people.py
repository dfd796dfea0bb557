"""People as a robot has to know them: where they stand, and who is who from image to image.

Places in the image are told at unit depth, free of the lens's distortion: x to the right and y down are tangents of
angles off the optical axis, a length is its metres divided by its depth. Angles are positive to the left (REP 103).
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from statistics import fmean, median
from typing import Any

import numpy as np

from ..geometry import CameraModel
from ..poses import MISSING, NO_TRACK, PERSON, Poses
from ..topology import Topology
from .ranges import Ranges, joint_ranges

# Limbs by which a person's size is seen, with their lengths relative to shoulder-hip; from the segment lengths of
# Drillis and Contini (1966): trunk 0.288, thigh 0.245, shank 0.246 of the stature.
_LIMBS = [("shoulder", "hip", 1.0), ("hip", "knee", 0.85), ("knee", "ankle", 0.85)]
# Distances from left to right, relative likewise. Who turns away seems narrower and so farther away than they are,
# never nearer. Ears and eyes by the breadth of an adult's head (0.15 m) and the distance of the pupils (0.063 m).
_WIDTHS = [("shoulder", 0.72), ("ear", 0.3), ("eye", 0.126)]
_SIDES = ("left", "right")
_SMALLEST = 8.0  # pixels; a skeleton with a smaller torso is noise, and would seem far away with free way ahead
_BORDER = 0.02  # of the image; a limb that ends there may be cut off, and would seem shorter and so farther away

# Limbs seem as long as they are or shorter, and hardly anybody's are twice what the options say: who is measured to be
# that much farther away than the limbs say is not what was measured, it was the wall behind.
_BEHIND = 2.0

_MATCH_REACH = 0.5  # torso lengths between two frames within which a person without track id is taken for the same
_MATCH_GROWTH = 1.25  # ... and how many times larger or smaller it may be

_Point = tuple[float, float]


class Person:
    """One skeleton as far as it was found.

    Args:
        track_id: -1 without an identity.
        points: name -> (x, y) at unit depth, of the keypoints that were found.
        whole: names of those that are not at the border of the image.
        pixel: length of a pixel at unit depth; a torso of few is noise.
        ranges: measured distances of the person.

    Attributes:
        track_id, points, pixel: see above.
        x, y: at unit depth, the median of the keypoints: an arm held out hardly moves it. NaN where none can be used.
        size: shoulder to hip at unit depth; 0 where no limb shows it.
    """

    def __init__(
        self,
        track_id: int,
        points: Mapping[str, _Point],
        whole: set[str],
        pixel: float,
        ranges: Ranges | None = None,
    ) -> None:
        self.track_id = track_id
        self._ranges = ranges or Ranges()
        self.points, self.pixel = points, pixel
        self.x, self.y = (median(p[axis] for p in points.values()) if points else math.nan for axis in (0, 1))
        # a limb that points at the camera seems shorter and none seems longer, so the longest tells most
        size = max(self._length(whole, *limb) for limb in _LIMBS)
        self.size = size if size >= _SMALLEST * pixel else 0.0

    def _length(self, whole: set[str], upper: str, lower: str, relative: float) -> float:
        """Size of the torso, to go by this limb; the mean of both sides."""
        ends = [(f"{side}_{upper}", f"{side}_{lower}") for side in _SIDES]
        lengths = [math.dist(self.points[a], self.points[b]) / relative for a, b in ends if {a, b} <= whole]
        return fmean(lengths) if lengths else 0.0

    def _sides(self, joint: str) -> list[_Point | None]:
        return [self.points.get(f"{side}_{joint}") for side in _SIDES]

    def _width(self, *widths: tuple[str, float]) -> float:
        """Size of the torso, to go by the largest of these widths; from the side all of them seem too small."""
        ends = [(self._sides(joint), relative) for joint, relative in widths]
        return max((math.dist(a, b) / relative for (a, b), relative in ends if a and b), default=0.0)

    def place(self, torso_length: float) -> tuple[float, float]:
        """Metres to the person over the ground (NaN where nothing tells) and the angle in rad, left positive.

        They are those that were measured, or else told by the limbs. Where both are known and the measured ones are
        many more than the limbs can tell, something behind the person was measured, and nothing is known.
        """
        told, measured = self._distance(self.size, torso_length), self._ranges.middle
        if math.isfinite(measured):
            told = math.nan if measured > _BEHIND * told else measured
        return told, -math.atan(self.x)

    def is_clear_of(self, clearance: float, torso_length: float) -> bool:
        """Are they known to be farther away than ``clearance`` metres?

        Not so where neither limbs nor the width of shoulders or head tell the distance, or limbs and measurements both
        don't (somebody so near that only their head is in the image): what was measured alone may be the wall behind
        somebody too near for a depth camera. Nor where any of limbs, widths and measurements says that they are nearer.
        """
        told, measured = self._distance(max(self.size, self._width(*_WIDTHS)), torso_length), self._ranges.nearest
        if math.isnan(told) or (not self.size and math.isnan(measured)):
            return False
        return min(told, measured if math.isfinite(measured) else told) > clearance

    def _distance(self, size: float, torso_length: float) -> float:
        return torso_length / size * math.hypot(1, self.x) if size else math.nan


def people_in(array: Any, min_score: float, camera: CameraModel) -> list[Person]:
    """The Persons of a SkeletonArray.

    A keypoint is used if its score is from ``min_score`` to 1 and it lies in the image. A skeleton with lower scores
    only is left out. One of which no keypoint can be used, though a score is high or no number, is a Person somewhere.
    So is somebody who is known by a box alone, and a hand whose owner is not in the image.

    Args:
        array: a SkeletonArray, or what has its attributes.
        min_score: of keypoints, 0 to 1.
        camera: that took the image, of the image's size.

    Raises:
        ValueError: the message contradicts itself.
    """
    names = list(array.keypoint_names)
    if not names or len(set(names)) != len(names):
        raise ValueError(f"skeletons with keypoint_names {names}: every keypoint needs a name of its own")
    for skeleton in array.skeletons:
        if len(skeleton.keypoints) != len(names):
            raise ValueError(f"a skeleton of {len(skeleton.keypoints)} keypoints, but {len(names)} keypoint_names")
    keypoints = np.array([[(k.x, k.y, k.score) for k in s.keypoints] for s in array.skeletons], np.float64)
    pixels, scores = np.split(keypoints.reshape(-1, len(names), 3), [2], axis=2)
    scores, size = scores[..., 0], np.array([camera.width, camera.height])
    rays = camera.rays(pixels)
    # comparisons that NaN fails
    usable = (scores >= min_score) & (scores <= 1) & np.isfinite(rays).all(axis=2)
    usable &= ((pixels >= -1) & (pixels <= size)).all(axis=2)
    hands = np.array([getattr(s, "kind", PERSON) != PERSON for s in array.skeletons], bool)
    usable[hands] = False
    ranges = joint_ranges(array)
    border = _BORDER * size
    whole = usable & ((pixels >= border) & (pixels <= size - 1 - border)).all(axis=2)
    owners = {s.track_id for s, is_hand in zip(array.skeletons, hands, strict=True) if not is_hand} - {NO_TRACK}
    return [
        Person(
            NO_TRACK if hands[i] else skeleton.track_id,
            {name: (x, y) for name, (x, y, _), ok in zip(names, rays[i].tolist(), usable[i], strict=True) if ok},
            {name for name, ok in zip(names, whole[i], strict=True) if ok},
            1 / camera.fx,
            Ranges.of({} if hands[i] else dict(zip(names, ranges[i].tolist(), strict=True))),
        )
        for i, skeleton in enumerate(array.skeletons)
        # written so that NaN is somebody
        if (_is_boxed(skeleton, scores[i]) or not (scores[i] < min_score).all())
        and not (hands[i] and skeleton.owner_id in owners)
    ]


def as_poses(people: Sequence[Person]) -> Poses:
    """The same people as Poses of COCO's keypoints, in pixels from the middle of an image without distortion."""
    topology = Topology.load("coco_17")
    keypoints = np.empty((len(people), len(topology.keypoints), 3))
    keypoints[:] = MISSING
    for row, person in enumerate(people):
        for column, name in enumerate(topology.keypoints):
            if name in person.points:
                x, y = person.points[name]
                keypoints[row, column] = x / person.pixel, y / person.pixel, 1
    return Poses(topology, keypoints, np.ones(len(people)), np.array([person.track_id for person in people], np.int32))


def _is_boxed(skeleton: Any, scores: np.ndarray) -> bool:
    """Whether somebody without any keypoint is known by a box alone."""
    box = getattr(skeleton, "bounding_box", ())
    return not scores.any() and any(side == side for side in box)


class Identity:
    """Tells one person from the others in frame after frame."""

    def __init__(self, person: Person) -> None:
        self._last = person

    @property
    def track_id(self) -> int:
        """Of the person; -1 without one."""
        return self._last.track_id

    def find(self, people: Sequence[Person]) -> Person | None:
        """The person among ``people``, or None where they are not there or where it could be more than one."""
        same = self._candidates(people)
        if len(same) != 1:
            return None
        self._last = same[0]
        return same[0]

    def is_ambiguous(self, people: Sequence[Person]) -> bool:
        """Could more than one of ``people`` be the person?"""
        return len(self._candidates(people)) > 1

    def _candidates(self, people: Sequence[Person]) -> list[Person]:
        if self.track_id == NO_TRACK:
            return [p for p in people if self._is_near(p)]
        return [p for p in people if p.track_id == self.track_id]

    def _is_near(self, person: Person) -> bool:
        last = self._last
        moved = math.dist((person.x, person.y), (last.x, last.y))
        grown = person.size / last.size if last.size else math.inf
        return moved <= _MATCH_REACH * last.size and 1 / _MATCH_GROWTH <= grown <= _MATCH_GROWTH
