"""Where hands are: squares in an image, turned so that the hand points up in them.

They come from a hand's own joints, as MediaPipe follows hands from one image to the next (Zhang et al., "MediaPipe
Hands", 2020), or from the arm of a body skeleton, beyond whose wrist a hand is, as OpenPose has it (Simon et al., "Hand
Keypoint Detection in Single Images using Multiview Bootstrapping", CVPR 2017).
"""

from __future__ import annotations

import math
from dataclasses import dataclass, replace

import numpy as np

from ..poses import LEFT_HAND, RIGHT_HAND, Poses
from ..preprocess import Image, Region

SIDES = {"left": LEFT_HAND, "right": RIGHT_HAND}

_PALM = ("wrist", "index_mcp", "middle_mcp", "little_mcp")
# A palm's length is that from the wrist to the knuckle of the middle finger, and so many times as much as from the
# index finger's knuckle to the little finger's: whichever is seen less from the side tells the hand's size.
_LENGTH_OF_WIDTH = 1.5
_SIDE, _MIDDLE = 2.8, 0.9  # of a square and from the wrist to its middle, in palms
# Lengths of a forearm in other lengths of the body, the longest of which is taken: those that point at the camera seem
# short. The upper arm's is OpenPose's.
_FOREARM = {("{}_shoulder", "{}_elbow"): 0.9, ("left_shoulder", "right_shoulder"): 0.7, ("{}_shoulder", "{}_hip"): 0.5}
_ARM_SIDE, _ARM_MIDDLE = 1.0, 0.3  # likewise, in forearms: MediaPipe's network finds most hands of COCO so


@dataclass(frozen=True, eq=False)
class Squares:
    """N squares in an image.

    Attributes:
        middles: float [N, 2], pixels.
        sides: float [N], pixels.
        angles: float [N], by which they are turned clockwise, radians; 0 of a hand that points up in the image.

    NaN where there is none.
    """

    middles: np.ndarray
    sides: np.ndarray
    angles: np.ndarray

    @property
    def known(self) -> np.ndarray:
        """bool [N]: there is one."""
        return np.isfinite(self.middles).all(axis=1) & np.isfinite(self.angles) & (self.sides > 0)

    def __getitem__(self, row: int) -> Squares:
        """The square of a row, alone."""
        return Squares(*(value[row : row + 1] for value in (self.middles, self.sides, self.angles)))

    def moved(self, by: np.ndarray) -> Squares:
        """The squares ``by`` [2] pixels farther; as they are where that is not known."""
        return replace(self, middles=self.middles + np.where(np.isfinite(by), by, 0.0))

    def region(self, image: Image) -> Region:
        """The part of an image that the first one shows."""
        (x, y), side, angle = self.middles[0].tolist(), float(self.sides[0]), float(self.angles[0])
        return Region(image, (x - side / 2, y - side / 2, x + side / 2, y + side / 2), angle)


def palm_squares(hands: Poses) -> Squares:
    """The square around each hand [H], of its palm, since fingers bend; NaN without the wrist and that knuckle."""
    wrist, index, middle, little = (joint(hands, name) for name in _PALM)
    along = middle - wrist
    lengths = np.fmax(_lengths(along), _LENGTH_OF_WIDTH * _lengths(index - little))
    return _squares(wrist, along, lengths, _SIDE, _MIDDLE)


def arm_squares(people: Poses, side: str, min_score: float) -> Squares:
    """The square in which each person's hand [P] should be; NaN where their wrist is not seen, or no arm leads to it.

    Args:
        people: of a topology with wrists, elbows and shoulders.
        side: ``left`` or ``right``, the person's own.
        min_score: of joints that count.
    """
    wrist, elbow, shoulder = (joint(people, f"{side}_{name}", min_score) for name in ("wrist", "elbow", "shoulder"))
    lengths = _lengths(wrist - elbow)
    for (one, other), share in _FOREARM.items():
        ends = (joint(people, name.format(side), min_score) for name in (one, other))
        lengths = np.fmax(lengths, share * _lengths(np.subtract(*ends)))
    return _squares(
        wrist, np.where(np.isfinite(elbow), wrist - elbow, wrist - shoulder), lengths, _ARM_SIDE, _ARM_MIDDLE
    )


def joint(poses: Poses, name: str, min_score: float = 0.0) -> np.ndarray:
    """float [P, 2]: where a keypoint is; NaN where it was not found, or the topology has none of that name."""
    if name not in poses.topology.keypoints:
        return np.full((len(poses), 2), np.nan)
    keypoints = poses.keypoint(name).astype(float)
    seen = (keypoints[:, 2] > 0) & (keypoints[:, 2] >= min_score) & np.isfinite(keypoints[:, :2]).all(axis=1)
    return np.where(seen[:, None], keypoints[:, :2], np.nan)


def _lengths(ways: np.ndarray) -> np.ndarray:
    return np.linalg.norm(ways, axis=1)


def _squares(wrists: np.ndarray, along: np.ndarray, lengths: np.ndarray, side: float, middle: float) -> Squares:
    """Squares of wrists [N, 2], directions [N, 2] in which hands point, and lengths [N] of palms or forearms."""
    with np.errstate(invalid="ignore", divide="ignore"):
        up = along / _lengths(along)[:, None]  # NaN of those without a direction
    middles = wrists + middle * lengths[:, None] * up
    return Squares(middles, side * lengths, np.arctan2(up[:, 0], -up[:, 1]) % (2 * math.pi))
