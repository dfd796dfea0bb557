"""Features: what a state is told by, free of where in the image somebody is and how large.

All lengths are told in torso lengths (of a hand: in lengths of the palm). Segments between keypoints are averaged over
a window of time before lengths and angles are taken of them, so noise of single images matters little.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from itertools import combinations

import numpy as np

from ...options import Options, option
from .layouts import LAYOUTS, Layout

MOMENTS = 8  # at which a window is looked at
_OFTEN = 0.5  # of the moments in which a keypoint has to be known
_FAR = 1e6  # pixels, or torso lengths: what is farther is an error, and would lose the others' digits


@dataclass(frozen=True)
class Features(Options):
    """Turns the keypoints of a window of time into numbers. Options are checked; ValueError names what is wrong.

    Attributes:
        keypoints: names, in the order in which they are given; others of the layout are not used.
    """

    layout: str = option("body", "what is measured", choices=tuple(LAYOUTS))
    keypoints: tuple[str, ...] = option((), "that are used")
    window: float = option(1.0, "seconds that are looked at; 0: each image by itself", low=0.0, high=10.0)
    min_score: float = option(0.1, "of a keypoint; those below are missing", low=0.0, high=1.0)
    max_missing: float = option(0.3, "share of the keypoints that may be missing", low=0.0, high=0.9)

    def __post_init__(self) -> None:
        super().__post_init__()
        layout = self._layout
        possible = all_keypoints(layout)
        unknown = [name for name in self.keypoints if name not in possible]
        if unknown or len(set(self.keypoints)) != len(self.keypoints):
            raise ValueError(
                f"Features: keypoints are {list(self.keypoints)}, must be different ones of {', '.join(possible)}"
            )
        if self._origin is None or not self._limbs:
            raise ValueError(
                f"Features: keypoints are {list(self.keypoints)}, at least "
                f"{' or '.join(' and '.join(group) for group in layout.origins)} are needed, to tell place and size by"
            )

    @property
    def moments(self) -> int:
        """Moments of a window."""
        return MOMENTS if self.window else 1

    @property
    def count(self) -> int:
        """How many features there are."""
        keypoints = len(self.keypoints)
        places = 2 * keypoints if self._layout.upright else 0
        motion = 3 * keypoints if self.window else 0
        return len(self._distances) + len(self._angles) + places + motion

    def __call__(self, keypoints: np.ndarray) -> np.ndarray:
        """The features of P people.

        Args:
            keypoints: float [P, T, K, 3]: x, y, score of :attr:`keypoints` at :attr:`moments` moments, from the oldest
                to the newest. In pixels of any image; what has no score, or is not finite, is missing.

        Returns:
            float32 [P, F]; NaN where keypoints are missing. All of a row is NaN where more than ``max_missing`` of them
            are, in at least half of the moments, or nothing tells the size: nothing is known of that person.
        """
        points, known = self._known(keypoints)
        segments = self._mean_segments(points, known)
        lengths = np.linalg.norm(segments, axis=2)
        size = self._size(lengths)[:, None]
        distances = lengths[:, self._distance_index] / size
        a, b = segments[:, self._angle_index[:, 0]], segments[:, self._angle_index[:, 1]]
        norms = lengths[:, self._angle_index[:, 0]] * lengths[:, self._angle_index[:, 1]]
        with np.errstate(invalid="ignore", divide="ignore"):
            angles = (a * b).sum(axis=2) / norms
        parts = [distances, angles]
        if self._layout.upright:
            parts.append((segments[:, self._place_index] / size[:, None]).reshape(len(points), 2 * len(self.keypoints)))
        if self.window:
            parts += self._motion(points, known, size)
        features = np.concatenate(parts, axis=1)
        enough = 1 - known[:, :, :-1].any(axis=1).mean(axis=1) <= self.max_missing + 1e-9
        features[~enough | np.isnan(size[:, 0])] = np.nan
        return np.clip(np.where(np.isfinite(features), features, np.nan), -_FAR, _FAR).astype(np.float32)

    def _known(self, keypoints: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """Places [P, T, K + 1, 2], the last one the origin, and bool [P, T, K + 1]: they are known."""
        keypoints = np.asarray(keypoints, np.float64)
        if keypoints.ndim != 4 or keypoints.shape[1:] != (self.moments, len(self.keypoints), 3):
            raise ValueError(
                f"keypoints have shape {list(keypoints.shape)}, expected "
                f"[people, {self.moments}, {len(self.keypoints)}, 3]"
            )
        xy, scores = keypoints[..., :2], keypoints[..., 2]
        # comparisons that NaN fails
        known = (scores > 0) & (scores >= self.min_score) & (np.abs(xy) < _FAR).all(axis=3)
        known &= (known.mean(axis=1) >= _OFTEN)[:, None]
        xy = np.where(known[..., None], xy, 0.0)
        group = known[:, :, self._origin_index]
        there = group.sum(axis=2)
        middle = xy[:, :, self._origin_index].sum(axis=2) / np.maximum(there, 1)[..., None]
        points = np.concatenate([xy, middle[:, :, None]], axis=2)
        return points, np.concatenate([known, (there > 0)[..., None]], axis=2)

    def _mean_segments(self, points: np.ndarray, known: np.ndarray) -> np.ndarray:
        """float64 [P, S, 2]: each segment's mean over the moments in which both ends are known; NaN without any."""
        a, b = self._ends
        both = known[:, :, a] & known[:, :, b]
        total = ((points[:, :, b] - points[:, :, a]) * both[..., None]).sum(axis=1)
        times = both.sum(axis=1)
        return total / np.where(times, times, np.nan)[..., None]

    def _size(self, lengths: np.ndarray) -> np.ndarray:
        """float64 [P]: what the longest of the limbs tells; NaN where none is known."""
        told = lengths[:, self._limb_index] / self._limb_lengths
        size = np.where(np.isnan(told), 0.0, told).max(axis=1)
        return np.where(size > 0, size, np.nan)

    def _motion(self, points: np.ndarray, known: np.ndarray, size: np.ndarray) -> list[np.ndarray]:
        """How far each keypoint strays from its mean place, and how its place changes from half to half."""
        places = (points[:, :, :-1] - points[:, :, -1:]) / size[:, None, None]
        there = (known[:, :, :-1] & known[:, :, -1:])[..., None]
        places = np.where(there, places, 0.0)

        def mean(part: slice) -> np.ndarray:
            times = there[:, part].sum(axis=1)
            return places[:, part].sum(axis=1) / np.where(times, times, np.nan)

        half = MOMENTS // 2
        middle, change = mean(slice(None)), mean(slice(half, None)) - mean(slice(half))
        strays = np.where(there, places - middle[:, None], 0.0)
        times = there[..., 0].sum(axis=1)
        spread = np.sqrt((strays**2).sum(axis=(1, 3)) / np.where(times, times, np.nan))
        return [spread, change.reshape(len(points), 2 * len(self.keypoints))]

    @property
    def _layout(self) -> Layout:
        return LAYOUTS[self.layout]

    @cached_property
    def _origin(self) -> tuple[str, ...] | None:
        """The first group of which all keypoints are used."""
        return next((group for group in self._layout.origins if set(group) <= set(self.keypoints)), None)

    @cached_property
    def _limbs(self) -> list[tuple[str, str, float]]:
        return [limb for limb in self._layout.limbs if {*limb[:2]} <= set(self.keypoints)]

    @cached_property
    def _distances(self) -> list[tuple[str, str]]:
        return list(combinations([name for name in self._layout.keypoints if name in self.keypoints], 2))

    @cached_property
    def _angles(self) -> list[tuple[str, str, str]]:
        return [angle for angle in self._layout.angles if set(angle) <= set(self.keypoints)]

    @cached_property
    def _segments(self) -> list[tuple[str, str]]:
        """All that is measured, each once; the origin is called ``""``."""
        wanted = [*self._distances, *((a, b) for a, b, _ in self._limbs)]
        wanted += [(at, end) for a, at, c in self._angles for end in (a, c)]
        wanted += [("", name) for name in self.keypoints if self._layout.upright]
        return list(dict.fromkeys(wanted))

    @cached_property
    def _ends(self) -> tuple[np.ndarray, np.ndarray]:
        names = [*self.keypoints, ""]
        ends = np.array([[names.index(a), names.index(b)] for a, b in self._segments])
        return ends[:, 0], ends[:, 1]

    def _index(self, segments: list[tuple[str, str]]) -> np.ndarray:
        places = {segment: i for i, segment in enumerate(self._segments)}
        return np.array([places[segment] for segment in segments], np.intp)

    @cached_property
    def _origin_index(self) -> np.ndarray:
        return np.array([self.keypoints.index(name) for name in self._origin or ()], np.intp)

    @cached_property
    def _limb_index(self) -> np.ndarray:
        return self._index([(a, b) for a, b, _ in self._limbs])

    @cached_property
    def _limb_lengths(self) -> np.ndarray:
        return np.array([relative for _, _, relative in self._limbs])

    @cached_property
    def _distance_index(self) -> np.ndarray:
        return self._index(self._distances)

    @cached_property
    def _angle_index(self) -> np.ndarray:
        """[A, 2]: the two segments of each angle."""
        first = self._index([(at, a) for a, at, _ in self._angles])
        return np.stack([first, self._index([(at, c) for _, at, c in self._angles])], axis=1)

    @cached_property
    def _place_index(self) -> np.ndarray:
        return self._index([("", name) for name in self.keypoints])


def all_keypoints(layout: Layout) -> tuple[str, ...]:
    """The keypoints that a layout can use."""
    return layout.keypoints + layout.further


def mirrored(keypoints: np.ndarray, names: tuple[str, ...]) -> np.ndarray:
    """Keypoints [..., K, 3] of the mirror image: left becomes right, and x is negated."""
    swap = {"left": "right", "right": "left"}
    order = []
    for name in names:
        side, _, joint = name.partition("_")
        other = f"{swap[side]}_{joint}" if side in swap else name
        order.append(names.index(other) if other in names else names.index(name))
    return keypoints[..., order, :] * np.array([-1.0, 1.0, 1.0])
