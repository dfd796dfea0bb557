"""People as a robot has to know them: where they stand, who is who from image to image, whether they raise a hand.

Pixels have their origin at the top left, angles are positive to the left as in REP 103.
"""

import math
from dataclasses import dataclass
from statistics import fmean, median

from .poses import NO_TRACK

# Limbs by which a person's size is seen, with their lengths relative to shoulder-hip; from the segment lengths of
# Drillis and Contini (1966): trunk 0.288, thigh 0.245, shank 0.246 of the stature.
_LIMBS = [("shoulder", "hip", 1.0), ("hip", "knee", 0.85), ("knee", "ankle", 0.85)]
_SHOULDERS = 0.72  # distance between the shoulders, likewise
_SIDES = ("left", "right")
_SMALLEST = 8.0  # pixels; a skeleton with a smaller torso is noise, and would seem far away with free way ahead

_MATCH_REACH = 0.5  # torso lengths between two frames within which a person without track id is taken for the same
_MATCH_GROWTH = 1.25  # ... and how many times larger or smaller it may be


@dataclass(frozen=True)
class Camera:
    """The part of a pinhole camera that matters here, in pixels.

    Attributes:
        focal: focal length.
        centre: x of the optical axis.
        width: of the image.

    Raises:
        ValueError: no such camera can be.
    """

    focal: float
    centre: float
    width: int

    def __post_init__(self):
        if not (0 < self.focal < math.inf and math.isfinite(self.centre) and self.width > 0):
            raise ValueError(
                f"a camera of focal length {self.focal}, centre {self.centre} and width {self.width} px: calibrate it"
            )

    @classmethod
    def of_field_of_view(cls, width, degrees):
        """The camera whose images are ``width`` pixels and ``degrees`` wide."""
        return cls(width / 2 / math.tan(math.radians(degrees) / 2), (width - 1) / 2, width)

    def resized(self, width):
        """The camera of the same images made ``width`` pixels wide."""
        scale = width / self.width
        # the centre of the left pixel, not its edge, is 0
        return Camera(self.focal * scale, (self.centre + 0.5) * scale - 0.5, width)


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
        # a limb that points at the camera seems shorter and none seems longer, so the longest tells most
        size = max(self._length(*limb) for limb in _LIMBS)
        self.size = size if size >= _SMALLEST else 0.0

    def _length(self, upper, lower, relative):
        """Pixels of the torso, to go by this limb; the mean of both sides."""
        ends = [(self._points.get(f"{side}_{upper}"), self._points.get(f"{side}_{lower}")) for side in _SIDES]
        lengths = [math.dist(a, b) / relative for a, b in ends if a and b]
        return fmean(lengths) if lengths else 0.0

    def raises_hand(self, margin):
        """Is a wrist more than ``margin`` torso lengths above the shoulder of its side?"""
        shoulders, wrists = (
            [self._points.get(f"{side}_{joint}") for side in _SIDES] for joint in ("shoulder", "wrist")
        )
        size = self.size
        if not size and all(shoulders):
            # from the side they seem too near each other, which makes a hand count too early rather than too late
            size = math.dist(*shoulders) / _SHOULDERS
        return size > 0 and any(s[1] - w[1] > margin * size for s, w in zip(shoulders, wrists, strict=True) if s and w)

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
