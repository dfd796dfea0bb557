"""Zones as the YAML that :mod:`zones` reads."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable

from .zones import FRACTIONS, LINE, METRES, PIXELS, SIDES, Zone


def zones_text(zones: Iterable[Zone]) -> str:
    """The file of some zones in pixels or fractions, one line each.

    Raises:
        ValueError: a zone in metres.
    """
    lines = [f"  {_quoted(zone.name)}: {{{', '.join(_fields(zone))}}}\n" for zone in zones]
    return "zones:\n" + "".join(lines)


def _quoted(name: str) -> str:
    """The name, in quotes where YAML would take it for something else."""
    plain = re.fullmatch(r"(?!(?:y|n|yes|no|on|off|true|false|null)$)[a-z_][\w-]*", name, re.IGNORECASE | re.ASCII)
    return name if plain else json.dumps(name)


def _fields(zone: Zone) -> Iterable[str]:
    if zone.unit == METRES:
        raise ValueError(f"zone {zone.name!r} is in metres, only those in an image can be written")
    if zone.kind:
        yield f"kind: {_quoted(zone.kind)}"
    if zone.camera:
        yield f"camera: {_quoted(zone.camera)}"
    yield f"unit: {zone.unit}"
    if zone.unit == PIXELS and zone.size is not None:
        yield f"size: [{zone.size[0]:g}, {zone.size[1]:g}]"
    digits = 4 if zone.unit == FRACTIONS else 1
    points = ", ".join(f"[{round(x, digits):g}, {round(y, digits):g}]" for x, y in zone.points)
    yield f"{zone.shape}: [{points}]"
    if zone.shape == LINE:
        yield f"beyond: {next(side for side, way in SIDES.items() if way == zone.beyond)}"
