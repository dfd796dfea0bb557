"""How deep points are in zones, for many points and zones at once."""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np

from .. import native
from .zones import METRES, POLYGON, Zone


class Polygons:
    """Q polygons, each asked about points of its own.

    Args:
        corners: Q arrays float [N, 2] with N of at least 3.
    """

    def __init__(self, corners: Sequence[np.ndarray]) -> None:
        most = max(map(len, corners), default=1)
        # the last corner again and again: edges without length change nothing
        padded = [np.concatenate([c, np.repeat(c[-1:], most - len(c), axis=0)]) for c in corners]
        self._corners = np.ascontiguousarray(np.array(padded).reshape(-1, most, 2).transpose(2, 0, 1))

    def depth(self, points: np.ndarray) -> np.ndarray:
        """float64 [Q, S]: how deep the points [2, Q, S] are inside: their distances to the border, outside negative."""
        return native.depths_in_polygons(points, self._corners)


class Lines:
    """Q lines, each with the strip that lies beyond it.

    Args:
        ends: float [Q, 2, 2]: of each line both ends (x, y).
        beyond: float [Q, 2]: a direction that points across it.
    """

    def __init__(self, ends: np.ndarray, beyond: np.ndarray) -> None:
        start, way = ends[:, 0], ends[:, 1] - ends[:, 0]
        self._length = np.maximum(np.hypot(way[:, 0], way[:, 1]), 1e-6)[:, None]
        along = way / self._length
        across = np.stack([-along[:, 1], along[:, 0]], axis=1)
        across *= np.where((across * beyond).sum(axis=1) < 0, -1.0, 1.0)[:, None]
        self._start, self._along, self._across = (a.T[:, :, None] for a in (start, along, across))

    def depth(self, points: np.ndarray) -> np.ndarray:
        """float64 [Q, S]: how deep the points [2, Q, S] are in the strips beyond; negative before and beside them."""
        offset = points - self._start
        along, across = offset * self._along, offset * self._across
        at = along[0] + along[1]
        return np.minimum(across[0] + across[1], np.minimum(at, self._length - at))


class Depths:
    """How deep joints are in zones of one camera: pairs of a row of points and a zone.

    Args:
        rows: of the points, one a pair.
        zones: of the pairs.
    """

    def __init__(self, rows: Sequence[int], zones: Sequence[Zone]) -> None:
        self._pairs = list(zip(rows, zones, strict=True))
        self._image: tuple[float, float] | None = None
        self._groups: list[tuple[Polygons | Lines, np.ndarray, np.ndarray]] = []
        metric = [i for i, zone in enumerate(zones) if zone.unit == METRES]
        self._metric = np.array(metric, np.intp)
        self._on_floor = [self._floor(zones[i]) for i in metric]

    @staticmethod
    def _floor(zone: Zone) -> tuple[Polygons, list[int], int, tuple[float, float]]:
        plane = list(zone.plane)
        return Polygons([np.array(zone.points)]), plane, 3 - sum(plane), zone.between

    def update(self, points: np.ndarray, metres: np.ndarray | None, width: float, height: float) -> np.ndarray:
        """float64 [Q, S]: depths in pixels, or in metres in zones that are in metres; NaN where unknown.

        Args:
            points: float64 [2, J, S].
            metres: float64 [3, J, S], None without positions.
            width, height: of the image; 0 where unknown, which leaves zones in fractions unknown.
        """
        if self._image != (width, height):
            self._place(width, height)
        of_groups = [shapes.depth(points.take(rows, axis=1)) for shapes, _, rows in self._groups]
        if len(of_groups) == 1 and len(of_groups[0]) == len(self._pairs):
            return of_groups[0]
        depths = np.full((len(self._pairs), points.shape[2]), math.nan)
        for (_, which, _), found in zip(self._groups, of_groups, strict=True):
            depths[which] = found
        if metres is not None:
            for i, (polygon, plane, third, (low, high)) in zip(self._metric, self._on_floor, strict=True):
                place = metres[:, self._pairs[i][0]]
                height_in = np.minimum(place[third] - low, high - place[third])
                deep = np.minimum(polygon.depth(place[plane][:, None])[0], height_in)
                depths[i] = deep
        return depths

    @property
    def is_metric(self) -> np.ndarray:
        """bool [Q]: the depth is one in metres."""
        flags = np.zeros(len(self._pairs), bool)
        flags[self._metric] = True
        return flags

    def _place(self, width: float, height: float) -> None:
        """Lay the zones out on an image of this size."""
        self._image, self._groups = (width, height), []
        for shape in {zone.shape for _, zone in self._pairs}:
            of_shape = [(i, *pair) for i, pair in enumerate(self._pairs) if pair[1].shape == shape]
            placed = [(*entry, p) for entry in of_shape if (p := entry[2].pixels(width, height)) is not None]
            if not placed:
                continue
            which, rows, zones, points = zip(*placed, strict=True)
            beyond = np.array([zone.beyond for zone in zones])
            shapes = Polygons(points) if shape == POLYGON else Lines(np.array(points), beyond)
            self._groups.append((shapes, np.array(which, np.intp), np.array(rows, np.intp)))
