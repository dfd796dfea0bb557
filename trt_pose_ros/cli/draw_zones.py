"""Print zones for rules of events as YAML: from points given here, or clicked in a page that shows a picture."""

from __future__ import annotations

import argparse
import base64
import json
import re
import sys
from pathlib import Path
from typing import Any

import numpy as np

from ..events.checks import Where
from ..events.zones import FRACTIONS, LINE, PIXELS, POLYGON, SIDES, Zone, check_names, parse_zones
from ..events.zones_text import zones_text
from .errors import NothingDone

_PAGE = Path(__file__).with_suffix(".html")
_NAME = r"(?P<name>[^:=\s./]+)(:(?P<kind>[^:=\s./]+))?"
_SHAPES = {
    POLYGON: (re.compile(_NAME + r"=(?P<points>.+)"), "NAME[:KIND]=x,y x,y x,y ..."),
    LINE: (re.compile(_NAME + rf"@(?P<beyond>{'|'.join(SIDES)})=(?P<points>.+)"), "NAME[:KIND]@left=x,y x,y"),
}


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the arguments."""
    parser.add_argument("picture", type=Path, help="a picture that the camera has taken")
    parser.add_argument(
        "--page",
        type=Path,
        metavar="FILE",
        help="write a page with the picture in it; open it in any browser, click zones, and copy their YAML",
    )
    parser.add_argument(
        "--polygon", action="append", default=[], metavar="P", help=f"{_SHAPES[POLYGON][1]}, in pixels of the picture"
    )
    parser.add_argument(
        "--line",
        action="append",
        default=[],
        metavar="L",
        help=f"{_SHAPES[LINE][1]}, with the side that lies beyond it: {', '.join(SIDES)}",
    )
    parser.add_argument(
        "--unit", choices=(FRACTIONS, PIXELS), default=FRACTIONS, help="of the YAML; default: fractions"
    )
    parser.add_argument("--camera", default="", metavar="NAME", help="whose zones they are; default: every camera's")


def main(arguments: argparse.Namespace) -> int:
    """Print the zones, or write the page."""
    from ..media.images import read_image

    image = read_image(arguments.picture)
    height, width = image.shape[:2]
    given = [(shape, text) for shape in (POLYGON, LINE) for text in getattr(arguments, shape)]
    zones = [_zone(shape, text, (width, height), arguments.unit, arguments.camera) for shape, text in given]
    check_names(zones)
    if not zones and arguments.page is None:
        raise NothingDone(
            "no zones: give --polygon or --line, or --page FILE to click them in a browser (there is no window of our "
            "own: the OpenCV that we use has none)"
        )
    if zones:
        sys.stdout.write(zones_text(zones))
    if arguments.page is not None:
        arguments.page.write_text(_page(image, zones, arguments), encoding="utf-8")
        print(f"open {arguments.page} in a browser, click the zones, copy the text below the picture", file=sys.stderr)
    return 0


def _zone(shape: str, text: str, size: tuple[int, int], unit: str, camera: str) -> Zone:
    pattern, form = _SHAPES[shape]
    found = pattern.fullmatch(text.strip())
    try:
        if found is None:
            raise ValueError
        points = [[float(v) for v in point.split(",")] for point in found["points"].split()]
        if any(len(point) != 2 for point in points):
            raise ValueError
    except ValueError:
        raise ValueError(f"--{shape} {text!r}, must be {form}") from None
    outside = [p for p in points if not (-0.5 <= p[0] <= size[0] and -0.5 <= p[1] <= size[1])]
    if outside:
        raise ValueError(
            f"--{shape} {text!r}: {outside[0]} is not in the picture, which has {size[0]} x {size[1]} pixels"
        )
    if unit == FRACTIONS:
        points = [[(x + 0.5) / size[0], (y + 0.5) / size[1]] for x, y in points]
    fields: dict[str, Any] = {"unit": unit, shape: points, "kind": found["kind"], "camera": camera}
    fields |= {"size": list(size)} if unit == PIXELS else {}
    fields |= {"beyond": found["beyond"]} if shape == LINE else {}
    (zone,) = parse_zones({found["name"]: {k: v for k, v in fields.items() if v}}, Where(f"--{shape}"))
    return zone


def _page(image: np.ndarray, zones: list[Zone], arguments: argparse.Namespace) -> str:
    """The page with the picture and the zones that there are already."""
    import cv2

    # as it is meant to be seen, whatever its format
    encoded, data = cv2.imencode(".png", image)
    if not encoded:
        raise ValueError("the picture can't be encoded for the page")
    known = [
        {"name": z.name, "kind": z.kind, "shape": z.shape, "points": corners.tolist(), "beyond": _side(z)}
        for z in zones
        if (corners := z.pixels(image.shape[1], image.shape[0])) is not None
    ]
    given = {"camera": arguments.camera, "unit": arguments.unit, "zones": known}
    text = json.dumps(given).replace("<", "\\u003c")
    address = "data:image/png;base64," + base64.b64encode(data.tobytes()).decode()
    return _PAGE.read_text("utf-8").replace("__PICTURE__", address).replace("__GIVEN__", text)


def _side(zone: Zone) -> str:
    return next((side for side, way in SIDES.items() if way == zone.beyond), "left")
