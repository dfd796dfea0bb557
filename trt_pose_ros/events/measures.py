"""What can be measured of the bodies in one image, for all people or all pairs of people at once.

Every class measures quantities of one kind. Its values are float64 [M, S], of pairs [M, S, S] with A along the second
axis and B along the third; NaN where unknown.
"""

from __future__ import annotations

import math
from abc import ABC, abstractmethod
from collections.abc import Sequence

import numpy as np

from .. import native
from .body import Bodies, Frame, Points
from .parsing import TORSO
from .regions import Depths
from .rule import A, B, Quantity
from .zones import Zone


class Measuring(ABC):
    """Measures M quantities of one kind.

    Args:
        quantities: of them.
        zones: of each; empty for those that have none.
        points: rows of the table of points.
    """

    def __init__(self, quantities: Sequence[Quantity], zones: Sequence[Sequence[Zone]], points: Points) -> None:
        self.quantities = quantities
        self._points = points

    def rows(self, index: int, end: int = 0) -> np.ndarray:
        """int [M]: the rows of the joints that stand at ``index``, of a limb those of its first or last end."""
        return np.array([self._points.row(q.joints[index].names[end]) for q in self.quantities], np.intp)

    @abstractmethod
    def update(self, frame: Frame, bodies: Bodies) -> np.ndarray:
        """The values in the next image."""


class Above(Measuring):
    """How much higher one joint of a person is than another, in body sizes."""

    def __init__(self, quantities: Sequence[Quantity], zones: Sequence[Sequence[Zone]], points: Points) -> None:
        super().__init__(quantities, zones, points)
        self._joint, self._of = self.rows(0), self.rows(1)

    def update(self, frame: Frame, bodies: Bodies) -> np.ndarray:
        y = bodies.points[1]
        return (y.take(self._of, axis=0) - y.take(self._joint, axis=0)) / bodies.size


class AbovePair(Measuring):
    """The same between two people."""

    def __init__(self, quantities: Sequence[Quantity], zones: Sequence[Sequence[Zone]], points: Points) -> None:
        super().__init__(quantities, zones, points)
        self._ends = [_Ends(self, index) for index in (0, 1)]

    def update(self, frame: Frame, bodies: Bodies) -> np.ndarray:
        joint, of = (ends.of(bodies.points[1]) for ends in self._ends)
        return (of - joint) / _larger(bodies.size)


class Distance(Measuring):
    """How far a joint is from a joint or limb of the same person or of another, in body sizes of the larger one."""

    def __init__(self, quantities: Sequence[Quantity], zones: Sequence[Sequence[Zone]], points: Points) -> None:
        super().__init__(quantities, zones, points)
        rows = zip(self.rows(0), self.rows(1), self.rows(1, -1), strict=True)
        whose = ([joint.of == B for joint in q.joints] for q in quantities)
        of_pairs = any(len(q.people) > 1 for q in quantities)
        self._reaches = native.Reaches([(*row, *of) for row, of in zip(rows, whose, strict=True)], of_pairs)

    def update(self, frame: Frame, bodies: Bodies) -> np.ndarray:
        """In space where they are known there, else in the image."""
        in_image = self._reaches.measure(bodies.points, bodies.size)
        if bodies.metres is None:
            return in_image
        return _known(self._reaches.measure(bodies.metres, np.full(len(bodies.size), TORSO)), in_image)


class Nearer(Measuring):
    """How much nearer a joint is to one limb than to another: the difference of two distances."""

    def __init__(self, quantities: Sequence[Quantity], zones: Sequence[Sequence[Zone]], points: Points) -> None:
        super().__init__(quantities, zones, points)
        distances = [Quantity("distance", (q.joints[0], q.joints[i])) for i in (1, 2) for q in quantities]
        self._distance = Distance(distances, [], points)

    def update(self, frame: Frame, bodies: Bodies) -> np.ndarray:
        found = self._distance.update(frame, bodies)
        return found[len(self.quantities) :] - found[: len(self.quantities)]


class Angle(Measuring):
    """The angle at a joint, in degrees."""

    def __init__(self, quantities: Sequence[Quantity], zones: Sequence[Sequence[Zone]], points: Points) -> None:
        super().__init__(quantities, zones, points)
        self._ends = [self.rows(index) for index in range(3)]

    def update(self, frame: Frame, bodies: Bodies) -> np.ndarray:
        in_image = self._angle(bodies.points)
        return in_image if bodies.metres is None else _known(self._angle(bodies.metres), in_image)

    def _angle(self, table: np.ndarray) -> np.ndarray:
        at, start, end = (table.take(rows, axis=1) for rows in self._ends)
        a, b = start - at, end - at
        lengths = np.sqrt(np.add.reduce(a * a, axis=0) * np.add.reduce(b * b, axis=0))
        cosine = np.add.reduce(a * b, axis=0) / np.where(lengths > 0, lengths, math.nan)
        return np.degrees(np.arccos(np.minimum(np.maximum(cosine, -1.0), 1.0)))


class Inclination(Measuring):
    """How far from upright the trunk is in the image, in degrees."""

    def __init__(self, quantities: Sequence[Quantity], zones: Sequence[Sequence[Zone]], points: Points) -> None:
        super().__init__(quantities, zones, points)
        self._from, self._to = self.rows(0), self.rows(1)

    def update(self, frame: Frame, bodies: Bodies) -> np.ndarray:
        way = bodies.points.take(self._to, axis=1) - bodies.points.take(self._from, axis=1)
        return np.degrees(np.arctan2(np.abs(way[0]), -way[1]))


class Inside(Measuring):
    """How deep joints are in zones, in body sizes; of several zones the deepest counts.

    Args:
        quantities, zones, points: see :class:`Measuring`.
    """

    def __init__(self, quantities: Sequence[Quantity], zones: Sequence[Sequence[Zone]], points: Points) -> None:
        super().__init__(quantities, zones, points)
        rows = self.rows(0)
        pairs = [(rows[i], zone) for i, seen in enumerate(zones) for zone in seen]
        self._depths = Depths([row for row, _ in pairs], [zone for _, zone in pairs])
        self._metric = self._depths.is_metric[:, None]
        self._any_metric = bool(self._metric.any())
        ends = np.cumsum([len(seen) for seen in zones])
        self._spans = list(zip(ends - [len(seen) for seen in zones], ends, strict=True))
        self._one_each = all(len(seen) == 1 for seen in zones)

    def update(self, frame: Frame, bodies: Bodies) -> np.ndarray:
        depths = self._depths.update(bodies.points, bodies.metres, frame.width, frame.height)
        depths /= np.where(self._metric, TORSO, bodies.size) if self._any_metric else bodies.size
        if self._one_each:
            return depths
        nowhere = np.full((1, depths.shape[1]), math.nan)  # no zone that this camera sees
        return np.concatenate(
            [np.maximum.reduce(depths[a:b], axis=0, keepdims=True) if b > a else nowhere for a, b in self._spans]
        )


class Box(Measuring):
    """Of the box around all joints, as fractions of the image."""

    def update(self, frame: Frame, bodies: Bodies) -> np.ndarray:
        low, high = (way.reduce(bodies.points, axis=1) for way in (np.fmin, np.fmax))
        width, height = high - low
        if not (frame.width > 0 and frame.height > 0):
            frame = frame._replace(width=math.nan, height=math.nan)
        of = {
            "width": width / frame.width,
            "height": height / frame.height,
            "area": width * height / (frame.width * frame.height),
            "aspect": np.where(height > 0, width / np.where(height > 0, height, 1.0), math.nan),
        }
        return np.stack([of[dict(q.options)["dimension"]] for q in self.quantities])


class Size(Measuring):
    """One body size as a fraction of the image's height."""

    def update(self, frame: Frame, bodies: Bodies) -> np.ndarray:
        return bodies.size[None] / (frame.height if frame.height > 0 else math.nan)  # there is one such quantity


class SizeRatio(Measuring):
    """The larger one's body size by the other's."""

    def update(self, frame: Frame, bodies: Bodies) -> np.ndarray:
        ratio = bodies.size[:, None] / bodies.size
        return np.maximum(ratio, 1 / ratio)[None]


class _Ends:
    """The joints at one place of M quantities, each of person A or B."""

    def __init__(self, measuring: Measuring, index: int) -> None:
        self._rows = measuring.rows(index)
        self._of_a = np.array([q.joints[index].of == A for q in measuring.quantities])[:, None, None]

    def of(self, table: np.ndarray) -> np.ndarray:
        """What stands in a table [J, S], [M, S, S]."""
        end = table.take(self._rows, axis=0)
        return np.where(self._of_a, end[:, :, None], end[:, None, :])


def _larger(size: np.ndarray) -> np.ndarray:
    """float64 [S, S]: of each two, the larger body size, or the one that is known."""
    return np.fmax(size[:, None], size)


def _known(first: np.ndarray, second: np.ndarray) -> np.ndarray:
    """``first`` where it is known, else ``second``."""
    return np.where(first == first, first, second)
