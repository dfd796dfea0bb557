"""Bodies of one image as arrays: where the joints of everybody are, and how large everybody is.

Arrays have the coordinate first and the person last: [2, J, S] for J points of S people.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from typing import NamedTuple

import numpy as np

from .. import native
from ..poses import RAY_RELATIVE, ROOT_RELATIVE, Poses
from ..topology import Topology
from .language import MEANS

# Limbs by which a body's size is seen: both sides' ends and the length relative to shoulder-hip; from the segment
# lengths of Drillis and Contini (1966): trunk 0.288, thigh 0.245, shank 0.246 of the stature.
_LIMBS = (("shoulder", "hip", 1.0), ("hip", "knee", 0.85), ("knee", "ankle", 0.85))
# Widths for where no limb is seen, as in people.py; people turned aside seem narrower.
_WIDTHS = (("shoulder", 0.72), ("ear", 0.3), ("eye", 0.126))
# A hand's size is the length of its palm, or by the breadth of the knuckles (the palm is about 1.35 times as long).
_PALM = (("wrist", "middle_mcp", 1.0), ("index_mcp", "little_mcp", 1 / 1.35))
_SMALLEST = 8.0  # pixels; a body with a smaller torso is noise
_SMALLEST_HAND = 4.0
_SETTLING = 0.5  # seconds, the time constant of sizes: joints tremble, bodies do not grow
FARTHEST = 1e6  # pixels or metres; what is farther away, or no number, is nowhere
_DOUBTFUL = 0.3  # metres, the standard deviation from which on a position is not believed


class Frame(NamedTuple):
    """One image's people in their slots.

    Attributes:
        keypoints: float64 [3, K, S], x, y, score; NaN for a slot whose person is not there.
        positions: float64 [3, K, S] metres, NaN where unknown; None without any.
        stamp, elapsed: seconds; of the image, and since the one before (0 at the first).
        fresh: bool [S], slots that somebody new has; None where nobody is new.
        width, height: of the image in pixels; 0 where unknown.
        poses: the people as they are.
        rows: int [S], the row in ``poses`` of each slot's person; P for nobody.
    """

    keypoints: np.ndarray
    positions: np.ndarray | None
    stamp: float
    elapsed: float
    fresh: np.ndarray | None
    width: float
    height: float
    poses: Poses
    rows: np.ndarray


class Points:
    """The rows of points that are made of a topology: its keypoints, means of some, and one that is nowhere.

    Args:
        topology: of the keypoints.
        names: of joints that are asked for.
    """

    def __init__(self, topology: Topology, names: Iterable[str]) -> None:
        self.topology = topology
        keypoints = topology.keypoints
        means = sorted(name for name in set(names) - set(keypoints) if set(MEANS.get(name, ())) & set(keypoints))
        self._weights = np.array([[float(k in MEANS[name]) for k in keypoints] for name in means]).reshape(
            -1, len(keypoints)
        )
        self._rows = {name: row for row, name in enumerate([*keypoints, *means])}
        self.nowhere = len(self._rows)

    def row(self, name: str) -> int:
        """The row of a joint; :attr:`nowhere` for one that this topology lacks."""
        return self._rows.get(name, self.nowhere)

    def of(self, places: np.ndarray, seen: np.ndarray, min_score: float) -> np.ndarray:
        """float64 [C, J, S] of the places [C, K, S] of keypoints [3, K, S]; NaN where those are not known."""
        return native.locate(places, seen, self._weights, min_score, FARTHEST)


class Bodies:
    """The people of image after image as one least score of joints shows them.

    Args:
        points: rows of the table.
        min_score: of a joint; below it is unknown.

    Attributes:
        points: float64 [2, J, S], pixels.
        metres: float64 [3, J, S]; None without positions.
        size: float64 [S], pixels from shoulder to hip, or of a hand from the wrist to the middle knuckle.
    """

    def __init__(self, points: Points, min_score: float) -> None:
        self._table, self._min_score = points, min_score
        keypoints = points.topology.keypoints
        is_hand = "middle_mcp" in keypoints
        if is_hand:
            ends = [((a, b), (a, b), relative) for a, b, relative in _PALM]
            limbs = len(ends)
        else:
            ends = [((f"left_{a}", f"left_{b}"), (f"right_{a}", f"right_{b}"), r) for a, b, r in _LIMBS]
            limbs = len(ends)
            ends += [((f"left_{a}", f"right_{a}"), (f"left_{a}", f"right_{a}"), r) for a, r in _WIDTHS]
        starts, ends_of = ([points.row(side[end]) for *sides, _ in ends for side in sides] for end in (0, 1))
        relative = [r for *_, r in ends for _ in range(2)]
        self._build = native.Build(starts, ends_of, relative, limbs, _SMALLEST_HAND if is_hand else _SMALLEST)
        self.points = np.empty((2, points.nowhere + 1, 0))
        self.metres: np.ndarray | None = None
        self.size = np.empty(0)

    def update(self, frame: Frame) -> None:
        """Take in the next image."""
        self.points = self._table.of(frame.keypoints[:2], frame.keypoints, self._min_score)
        self.metres = None
        if frame.positions is not None:
            self.metres = self._table.of(frame.positions, frame.keypoints, self._min_score)
        self.size = resized(self.size, self.points.shape[2], math.nan)
        if frame.fresh is not None:
            self.size[frame.fresh] = math.nan
        self._build.settle(self.points, -math.expm1(-frame.elapsed / _SETTLING), self.size)


def resized(array: np.ndarray, count: int, fill: float) -> np.ndarray:
    """The array with ``count`` entries along the last axis; new ones are ``fill``."""
    if array.shape[-1] == count:
        return array
    made = np.full((*array.shape[:-1], count), fill)
    kept = min(count, array.shape[-1])
    made[..., :kept] = array[..., :kept]
    return made


def frame_of(
    poses: Poses, rows: np.ndarray, stamp: float, elapsed: float, fresh: Sequence[int], size: tuple[float, float]
) -> Frame:
    """The Frame of some people.

    Args:
        poses: the people.
        rows: int [S], the row of each slot's person; P where they are not there.
        stamp, elapsed: in seconds, see :class:`Frame`.
        fresh: slots that somebody new has.
        size: of the image.
    """
    new = None
    if len(fresh):
        new = np.zeros(len(rows), bool)
        new[list(fresh)] = True
    positions = None
    # bodies that have no place yet are not measured in space
    if poses.positions is not None and poses.position_frame not in (ROOT_RELATIVE, RAY_RELATIVE):
        positions = _slotted(_believed(poses.positions, poses.position_stddevs), rows)
    return Frame(_slotted(poses.keypoints, rows), positions, stamp, elapsed, new, *size, poses, rows)


def _slotted(values: np.ndarray, rows: np.ndarray) -> np.ndarray:
    """float64 [C, K, S] of an array [P, K, C] of people."""
    people = np.empty((len(values) + 1, *values.shape[1:]))
    people[:-1] = values
    people[-1] = math.nan
    return people.take(rows, axis=0).transpose(2, 1, 0)


def _believed(positions: np.ndarray, stddevs: np.ndarray | None) -> np.ndarray:
    """float64 [P, K, 3]: the positions without the doubtful ones."""
    known = (np.abs(positions) < FARTHEST).all(axis=2)
    if stddevs is not None:
        known &= ~(stddevs > _DOUBTFUL)  # those without one are believed
    return np.where(known[:, :, None], positions, math.nan)
