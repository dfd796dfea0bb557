"""Zones: named polygons and lines in the image of a camera, or on the floor, as a YAML file.

zones:
  rear_left:                       # its name
    kind: seat                     # what rules can ask for instead of the name; left out: none
    camera: cabin                  # left out: every camera
    unit: fractions                # of the image's width and height; or pixels, or metres
    polygon: [[0.1, 0.5], [0.4, 0.5], [0.4, 0.9], [0.1, 0.9]]
  left_window:
    kind: edge
    unit: pixels
    size: [1280, 720]              # of the image in which they were measured; left out: that of the camera
    line: [[100, 50], [110, 700]]
    beyond: left                   # what lies across it: left, right, above or below it in the image
  booth:
    unit: metres                   # in the frame of the people's positions
    polygon: [[0, 1], [2, 1], [2, 3]]
    plane: xz                      # of these points: xz, the floor of an optical frame, or xy, that of a fixed one
    between: [-1, 2]               # along the third axis; left out: anything
"""

from __future__ import annotations

import math
import os
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from .checks import Where, choice, mapping, named, number, numbers, read_yaml, text

PIXELS, FRACTIONS, METRES = "pixels", "fractions", "metres"
POLYGON, LINE = "polygon", "line"
SIDES = {"left": (-1.0, 0.0), "right": (1.0, 0.0), "above": (0.0, -1.0), "below": (0.0, 1.0)}
_PLANES = {"xz": (0, 2, 1), "xy": (0, 1, 2)}  # the two axes of the points, and the third
_MOST_POINTS = 100


@dataclass(frozen=True)
class Zone:
    """A polygon or a line.

    Attributes:
        name: unique among those of its camera.
        shape: POLYGON or LINE.
        points: (x, y) in ``unit``.
        unit: PIXELS, FRACTIONS of the image's width and height, or METRES in the frame of people's positions.
        kind: what rules can ask for instead of the name; empty for none.
        camera: that sees it; empty for every camera.
        size: (width, height) of the image that pixels were measured in; None for that of the camera.
        beyond: of a line, the direction in the image of what lies across it: a vector (x, y).
        plane: of METRES, the axes of ``points``: (0, 2) for x and z, (0, 1) for x and y.
        between: of METRES, what is meant along the third axis.
    """

    name: str
    shape: str
    points: tuple[tuple[float, float], ...]
    unit: str = FRACTIONS
    kind: str = ""
    camera: str = ""
    size: tuple[float, float] | None = None
    beyond: tuple[float, float] = (0.0, 0.0)
    plane: tuple[int, int] = (0, 2)
    between: tuple[float, float] = (-math.inf, math.inf)

    def is_called(self, name: str) -> bool:
        """Is ``name`` its name or its kind?"""
        return name in (self.name, self.kind)

    def pixels(self, width: float, height: float) -> np.ndarray | None:
        """float [N, 2]: the points in pixels of an image of this size; None for a zone in metres, or without size."""
        if self.unit == METRES or not (width > 0 and height > 0):
            return None
        points = np.array(self.points)
        if self.unit == PIXELS and self.size is None:
            return points
        if self.unit == PIXELS and self.size is not None:
            points = (points + 0.5) / self.size
        return points * [width, height] - 0.5  # the centre of the top-left pixel is (0, 0)


def load_zones(path: str | os.PathLike[str]) -> tuple[Zone, ...]:
    """Read a file of zones.

    Raises:
        ImportError: PyYAML is not installed.
        OSError: the file can't be read.
        ValueError: it is no such file; the message says where and what is wrong.
    """
    where = Where(str(path))
    return parse_zones(mapping(read_yaml(path), where, ("zones",)).get("zones"), where)


def parse_zones(value: Any, where: Where) -> tuple[Zone, ...]:
    """The zones of what stands under ``zones:``."""
    zones = [
        _zone(name, fields, Where(f"{where.source}: zone {name!r}"))
        for name, fields in named(value, where / "zones", "zone").items()
    ]
    return tuple(zones)


def check_names(zones: Iterable[Zone]) -> None:
    """Raise ValueError where two zones that a camera sees have the same name."""
    seen: dict[str, list[str]] = {}
    for zone in zones:
        cameras = seen.setdefault(zone.name, [])
        if zone.camera in cameras or (cameras and "" in (zone.camera, *cameras)):
            raise ValueError(f"zone {zone.name!r} is there twice: give every zone of a camera a name of its own")
        cameras.append(zone.camera)


_FIELDS = ("kind", "camera", "unit", "polygon", "line", "size", "beyond", "plane", "between")


def _zone(name: str, value: Any, where: Where) -> Zone:
    fields = mapping(value, where, _FIELDS)
    if (POLYGON in fields) == (LINE in fields):
        raise where.error("needs polygon: [[x, y], ...] or line: [[x, y], [x, y]]")
    shape = POLYGON if POLYGON in fields else LINE
    unit = choice(fields.get("unit", FRACTIONS), where / "unit", (PIXELS, FRACTIONS, METRES))
    for field, unit_of_field in (("size", PIXELS), ("plane", METRES), ("between", METRES)):
        if field in fields and unit != unit_of_field:
            raise where.error(f"{field} goes with unit: {unit_of_field}")
    if shape == LINE and unit == METRES:
        raise where.error("a line in metres is not possible: use a polygon for what lies beyond it")
    points = _points(fields[shape], where / shape, shape)
    size = numbers(fields["size"], where / "size", 2) if "size" in fields else None
    if size is not None and min(size) < 1:
        raise (where / "size").wrong(fields["size"], "width and height in pixels")
    plane = _PLANES[choice(fields.get("plane", "xz"), where / "plane", tuple(_PLANES))]
    return Zone(
        name,
        shape,
        points,
        unit,
        text(fields["kind"], where / "kind") if "kind" in fields else "",
        text(fields["camera"], where / "camera") if "camera" in fields else "",
        None if size is None else (size[0], size[1]),
        _beyond(fields, points, where),
        plane[:2],
        _between(fields, where),
    )


def _points(value: Any, where: Where, shape: str) -> tuple[tuple[float, float], ...]:
    wanted = "two points [x, y]" if shape == LINE else f"three to {_MOST_POINTS} points [x, y]"
    least, most = (2, 2) if shape == LINE else (3, _MOST_POINTS)
    if not isinstance(value, (list, tuple)) or not least <= len(value) <= most:
        raise where.wrong(value, wanted)
    points = [numbers(point, where / i, 2) for i, point in enumerate(value)]
    if shape == LINE and points[0] == points[1]:
        raise where.wrong(value, "two different points")
    if shape == POLYGON and abs(_area(points)) < 1e-9:
        raise where.wrong(value, "the corners of a polygon, in their order around it")
    return tuple((x, y) for x, y in points)


def _area(points: Sequence[tuple[float, ...]]) -> float:
    return sum(a[0] * b[1] - a[1] * b[0] for a, b in zip(points, [*points[1:], points[0]], strict=True)) / 2


def _beyond(fields: Mapping[str, Any], points: Sequence[tuple[float, float]], where: Where) -> tuple[float, float]:
    if LINE not in fields:
        if "beyond" in fields:
            raise where.error("beyond goes with a line")
        return (0.0, 0.0)
    side = choice(fields.get("beyond"), where / "beyond", tuple(SIDES))
    along = (points[1][0] - points[0][0], points[1][1] - points[0][1])
    x, y = SIDES[side]
    if along[0] * y - along[1] * x == 0:
        raise (where / "beyond").error(f"{side} is the direction of the line itself, nothing of it lies beyond")
    return (x, y)


def _between(fields: Mapping[str, Any], where: Where) -> tuple[float, float]:
    if "between" not in fields:
        return (-math.inf, math.inf)
    low, high = numbers(fields["between"], where / "between", 2)
    number(high, where / "between" / 1, low)
    return (low, high)


def zones_of(value: str | os.PathLike[str] | Mapping[str, Any] | Iterable[Zone] | None) -> tuple[Zone, ...]:
    """The zones of a file, of what stands under ``zones`` in one, or those that are given."""
    if value is None:
        return ()
    if isinstance(value, Mapping):
        return parse_zones(dict(value), Where("zones"))
    return load_zones(value) if isinstance(value, (str, os.PathLike)) else tuple(value)
