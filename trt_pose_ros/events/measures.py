"""What can be measured of the bodies in one image, for all people or all pairs of people at once.

Every class measures quantities of one kind. Its values are float64 [M, S], of pairs [M, S, S] with A along the second
axis and B along the third; NaN where unknown.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence

import numpy as np

from .body import Bodies, Frame, Points
from .parsing import TORSO
from .regions import Depths
from .rule import A, B, Joint, Quantity
from .zones import Zone


class Measuring:
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

    def update(self, frame: Frame, bodies: Bodies) -> np.ndarray:
        """The values in the next image."""
        raise NotImplementedError


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
        joint, of = (ends.of(bodies.points)[0][1] for ends in self._ends)
        return (of - joint) / _larger(bodies.size)


class Distance(Measuring):
    """How far a joint is from a joint or limb of the same person, in body sizes."""

    def __init__(self, quantities: Sequence[Quantity], zones: Sequence[Sequence[Zone]], points: Points) -> None:
        super().__init__(quantities, zones, points)
        self._ends = [self.rows(0), self.rows(1)]
        if any(len(q.joints[1].names) > 1 for q in quantities):
            self._ends.append(self.rows(1, -1))

    def update(self, frame: Frame, bodies: Bodies) -> np.ndarray:
        return _in_sizes(lambda table: _to_limb(*(table.take(rows, axis=1) for rows in self._ends)), bodies)


class DistancePair(Measuring):
    """How far a joint of one person is from a joint or limb of another, in body sizes of the larger one."""

    def __init__(self, quantities: Sequence[Quantity], zones: Sequence[Sequence[Zone]], points: Points) -> None:
        super().__init__(quantities, zones, points)
        self._joint, self._limb = _Ends(self, 0), _Ends(self, 1)

    def update(self, frame: Frame, bodies: Bodies) -> np.ndarray:
        return _in_sizes(lambda table: _to_limb(*self._joint.of(table), *self._limb.of(table)), bodies, of_pairs=True)


class Nearer(Measuring):
    """How much nearer a joint is to one limb than to another: the difference of two distances."""

    def __init__(self, quantities: Sequence[Quantity], zones: Sequence[Sequence[Zone]], points: Points) -> None:
        super().__init__(quantities, zones, points)
        pairs = [tuple(Quantity("distance", (q.joints[0], q.joints[i])) for q in quantities) for i in (1, 2)]
        distances = list(dict.fromkeys(pairs[0] + pairs[1]))
        ones, twos = ([q for q in distances if len(q.people) == count] for count in (1, 2))
        self._ones = Distance(ones, [], points)
        self._twos = DistancePair(twos, [], points) if twos else None
        self._of_b = np.array([q.people == B for q in ones], bool)[:, None, None]
        row_of = {quantity: row for row, quantity in enumerate(ones + twos)}
        self._to, self._than = (np.array([row_of[q] for q in of], np.intp) for of in pairs)

    def update(self, frame: Frame, bodies: Bodies) -> np.ndarray:
        found = self._ones.update(frame, bodies)
        if self._twos is not None:
            of_pairs = self._twos.update(frame, bodies)
            lifted = np.where(self._of_b, found[:, None, :], found[:, :, None])
            found = np.concatenate([lifted, of_pairs])
        return found.take(self._than, axis=0) - found.take(self._to, axis=0)


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
    """Both ends of the joints or limbs at one place of M quantities, each of person A or B."""

    def __init__(self, measuring: Measuring, index: int) -> None:
        joints: list[Joint] = [q.joints[index] for q in measuring.quantities]
        self._rows = [measuring.rows(index)]
        if any(len(joint.names) > 1 for joint in joints):
            self._rows.append(measuring.rows(index, -1))
        self._of_a = np.array([joint.of == A for joint in joints])[:, None, None]
        self._mixed = 0 < self._of_a.sum() < len(joints)

    def of(self, table: np.ndarray) -> list[np.ndarray]:
        """The joints, or both ends of limbs, in a table [C, J, S]: each [C, M, S, 1], [C, M, 1, S], or [C, M, S, S]."""
        ends = [table.take(rows, axis=1) for rows in self._rows]
        if self._mixed:
            return [np.where(self._of_a, end[..., :, None], end[..., None, :]) for end in ends]
        return [end[..., :, None] if self._of_a[0] else end[..., None, :] for end in ends]


def _to_limb(point: np.ndarray, start: np.ndarray, end: np.ndarray | None = None) -> np.ndarray:
    """Distances from points to others, or to the nearest points of limbs to ``end``; coordinates first."""
    offset = point - start
    if end is not None:  # a joint among limbs is one without length
        way = end - start
        part = np.add.reduce(offset * way, axis=0) / np.maximum(np.add.reduce(way * way, axis=0), 1e-12)
        offset = offset - np.minimum(np.maximum(part, 0.0), 1.0) * way
    return np.sqrt(np.add.reduce(offset * offset, axis=0))


def _larger(size: np.ndarray) -> np.ndarray:
    """float64 [S, S]: of each two, the larger body size, or the one that is known."""
    return np.fmax(size[:, None], size)


def _in_sizes(length: Callable[[np.ndarray], np.ndarray], bodies: Bodies, of_pairs: bool = False) -> np.ndarray:
    """Lengths, made of a table of places, in body sizes: in space where they are known there, else in the image."""
    size = _larger(bodies.size) if of_pairs else bodies.size
    in_image = length(bodies.points) / size
    return in_image if bodies.metres is None else _known(length(bodies.metres) / TORSO, in_image)


def _known(first: np.ndarray, second: np.ndarray) -> np.ndarray:
    """``first`` where it is known, else ``second``."""
    return np.where(first == first, first, second)
