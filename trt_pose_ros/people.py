"""People as a robot has to know them: where they stand, who is who from image to image, whether they raise a hand.

Pixels have their origin at the top left, angles are positive to the left as in REP 103.
"""

import math
from dataclasses import dataclass
from statistics import median

from .poses import NO_TRACK

# Limbs by which a person's size is seen, relative to shoulder-hip; from the segment lengths of Drillis and Contini
# (1966): trunk 0.288, thigh 0.245, shank 0.246 of the stature.
_LIMBS = [
    (f"{side}_{upper}", f"{side}_{lower}", length)
    for side in ("left", "right")
    for upper, lower, length in (("shoulder", "hip", 1.0), ("hip", "knee", 0.85), ("knee", "ankle", 0.85))
]
# Seen from the side they tell nothing, so only a hand is measured by them, and only where no limb is seen.
_SHOULDERS = [("left_shoulder", "right_shoulder", 0.72)]

_MATCH_REACH = 0.5  # torso lengths between two frames within which a person without track id is taken for the same
_MATCH_GROWTH = 1.25  # ... and how many times larger or smaller it may be


@dataclass(frozen=True)
class Camera:
    """The part of a pinhole camera that matters here; pixels of the image that the skeletons were found in.

    Raises:
        ValueError: no such camera can be.
    """

    focal: float
    centre: float  # x of the optical axis

    def __post_init__(self):
        if not (0 < self.focal < math.inf and math.isfinite(self.centre)):
            raise ValueError(f"a camera of focal length {self.focal} px and centre {self.centre} px: calibrate it")

    @classmethod
    def of_field_of_view(cls, width, degrees):
        """The camera whose images are ``width`` pixels and ``degrees`` wide."""
        return cls(width / 2 / math.tan(math.radians(degrees) / 2), (width - 1) / 2)


class Person:
    """One skeleton as far as it was found.

    Attributes:
        track_id: -1 without an identity.
        x, y: pixels, the median of the keypoints: an arm held out hardly moves it.
        size: shoulder to hip in pixels; 0 where no limb shows it.
    """

    def __init__(self, track_id, points):
        self.track_id = track_id
        self._points = points  # name -> (x, y), only those found
        self.x, self.y = (median(axis) for axis in zip(*points.values(), strict=True))
        self.size = self._measure(_LIMBS)

    def _measure(self, limbs):
        # a limb that points at the camera seems shorter and none seems longer, so the longest tells most
        lengths = (
            math.dist(self._points[a], self._points[b]) / length
            for a, b, length in limbs
            if a in self._points and b in self._points
        )
        return max(lengths, default=0.0)

    def raises_hand(self, margin):
        """Is a wrist more than ``margin`` torso lengths above the shoulder of its side?"""
        needed = margin * (self.size or self._measure(_SHOULDERS) or math.inf)
        arms = [("left_shoulder", "left_wrist"), ("right_shoulder", "right_wrist")]
        points = self._points
        return any(points[s][1] - points[w][1] > needed for s, w in arms if s in points and w in points)

    def place(self, camera, torso_length):
        """Metres to the person over the ground (NaN where no limb is seen) and the angle in rad, left positive."""
        across = (self.x - camera.centre) / camera.focal
        distance = camera.focal * torso_length / self.size * math.hypot(1, across) if self.size else math.nan
        return distance, -math.atan(across)


def people_in(array, min_score):
    """The Persons of a SkeletonArray, without those of whom nothing was found.

    Raises:
        ValueError: the message contradicts itself.
    """
    width, height, names = array.image_width, array.image_height, array.keypoint_names
    if not (width > 0 and height > 0):
        raise ValueError(f"skeletons of an image of {width}x{height} pixels")
    people = []
    for skeleton in array.skeletons:
        if len(skeleton.keypoints) != len(names):
            raise ValueError(f"a skeleton of {len(skeleton.keypoints)} keypoints, but {len(names)} keypoint_names")
        points = {
            name: (k.x, k.y)
            for name, k in zip(names, skeleton.keypoints, strict=True)
            # NaN compares false
            if min_score <= k.score <= 1 and -1 <= k.x <= width and -1 <= k.y <= height
        }
        if points:
            people.append(Person(skeleton.track_id, points))
    return people


class Identity:
    """Tells one person from the others in frame after frame."""

    def __init__(self, person):
        self._last = person

    @property
    def track_id(self):
        return self._last.track_id

    def find(self, people):
        """The person among ``people``, or None where they are not there or where it could be more than one."""
        same = self._candidates(people)
        if len(same) != 1:
            return None
        self._last = same[0]
        return same[0]

    def is_ambiguous(self, people):
        return len(self._candidates(people)) > 1

    def _candidates(self, people):
        if self.track_id == NO_TRACK:
            return [p for p in people if self._is_near(p)]
        return [p for p in people if p.track_id == self.track_id]

    def _is_near(self, person):
        last = self._last
        moved = math.dist((person.x, person.y), (last.x, last.y))
        grown = person.size / last.size if last.size else math.inf
        return moved <= _MATCH_REACH * last.size and 1 / _MATCH_GROWTH <= grown <= _MATCH_GROWTH


class Hand:
    """Tells when a hand goes up: once each time, after so many images in a row, and only after it was down as long."""

    def __init__(self, raised):
        self._up, self._changed = raised, 0

    def goes_up(self, raised, frames):
        self._changed = self._changed + 1 if raised != self._up else 0
        if self._changed < frames:
            return False
        self._up, self._changed = raised, 0
        return raised
