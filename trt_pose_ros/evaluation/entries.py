"""The entries of a COCO keypoint JSON: what each may hold, and what its fields mean together.

Coordinates and lengths are in pixels, areas in square pixels.
"""

from __future__ import annotations

import reprlib
from collections.abc import Iterator
from typing import Any, TypeGuard

import numpy as np

from . import rle

Entry = dict[str, Any]
_MAX_SIDE = 65535  # pixels of an image; no JPEG has more
_MAX_COORDINATE = 1e6
_MAX_AREA = 1e10  # pycocotools leaves out whoever is larger
_VISIBILITIES = {0, 1, 2}  # not labelled, labelled but hidden, visible

_repr = reprlib.Repr()
_repr.maxstring, _repr.maxlist, _repr.maxdict, _repr.maxlevel, _repr.maxother = 60, 6, 4, 3, 60


def shown(value: Any) -> str:
    """A value of a file as an error shows it: short, whatever it is."""
    return "missing" if value is None else _repr.repr(value)


def is_number(value: Any, limit: float = _MAX_COORDINATE) -> bool:
    """Whether a value is a number between -limit and limit."""
    return isinstance(value, (int, float)) and not isinstance(value, bool) and -limit <= value <= limit


def is_numbers(values: Any, limit: float = _MAX_COORDINATE) -> TypeGuard[list[float]]:
    """Whether a value is a flat list of such numbers."""
    return (
        isinstance(values, list)
        and set(map(type, values)) <= {int, float}
        and all(-limit <= v <= limit for v in values)
    )


def is_name(value: Any) -> bool:
    """Whether a value is text that can be printed."""
    return isinstance(value, str) and value != "" and value.isprintable()


def is_id(value: Any) -> bool:
    """Whether a value can identify an entry: a whole number, also one like 7.0, or text; True is none."""
    return (isinstance(value, int) and not isinstance(value, bool)) or (
        value.is_integer() if isinstance(value, float) else is_name(value)
    )


def id_order(number: Any) -> tuple[bool, Any]:
    """A key to sort ids by: numbers first, then text."""
    return isinstance(number, str), number


def labelled_keypoints(annotation: Entry) -> int:
    """How many keypoints of an annotation are labelled, whatever its ``num_keypoints`` says."""
    return sum(visibility > 0 for visibility in (annotation.get("keypoints") or [])[2::3])


def is_ignored(annotation: Entry) -> bool:
    """Whether an annotation is a region that says nothing: a crowd, or a person without keypoints."""
    return bool(annotation.get("iscrowd")) or not labelled_keypoints(annotation)


def person_box(annotation: Entry) -> list[float]:
    """x, y, width, height of an annotation; that of the labelled keypoints where it has no box."""
    if annotation.get("bbox"):
        return list(annotation["bbox"])
    points = np.reshape(annotation.get("keypoints") or [], (-1, 3))
    points = points[points[:, 2] > 0, :2]
    if not len(points):
        return [0.0, 0.0, 0.0, 0.0]
    return [float(v) for v in (*points.min(axis=0), *np.ptp(points, axis=0))]


def person_area(annotation: Entry) -> float:
    """The area of an annotation; that of the box where it has none, or of the box of the keypoints."""
    if annotation.get("area"):
        return float(annotation["area"])
    _, _, width, height = person_box(annotation)
    return float(width * height)


def image_errors(image: Entry, sized: bool = True) -> Iterator[tuple[str, str]]:
    """Yield (kind, detail) of what is wrong with the entry of an image, which must have a size if ``sized``."""
    has_size = sized or "width" in image or "height" in image
    lacking = sorted({"id", "file_name", *(("width", "height") if has_size else ())} - image.keys())
    if lacking:
        yield "images that lack an entry", f"has no {', '.join(lacking)}"
        return
    if not is_id(image["id"]):
        yield "ids that are none", f"its id is {shown(image['id'])}, must be a whole number or text"
    if not is_name(image["file_name"]):
        yield "file names that are none", f"its file_name is {shown(image['file_name'])}, must be the name of a file"
    sides = [image.get("width"), image.get("height")]
    if has_size and not all(map(_is_side, sides)):
        detail = (
            f"is {' x '.join(map(shown, sides))} pixels, width and height must be whole numbers from 1 to {_MAX_SIDE}"
        )
        yield "images of impossible sizes", detail


def _is_side(side: Any) -> TypeGuard[int]:
    return type(side) is int and 0 < side <= _MAX_SIDE


def annotation_errors(annotation: Entry, image: Entry | None, count: int) -> Iterator[tuple[str, str]]:
    """Yield (kind, detail) of what is wrong with the entry of a person or a region.

    Args:
        annotation: the entry.
        image: that of its image, None if there is no such image.
        count: keypoints of its category.
    """
    number = annotation.get("id")
    if not is_id(number):
        yield "ids that are none", f"its id is {shown(number)}, must be a whole number or text"
    if image is None:
        detail = f"image_id {shown(annotation.get('image_id'))} is not among the images"
        yield "annotations of images that are not there", detail
        return
    wrong = next(_keypoint_errors(annotation.get("keypoints"), count), None)
    if wrong:
        yield wrong
        return
    places = position_error(annotation, count)
    if places:
        yield "positions that are none", places
    fields = list(_field_errors(annotation))
    yield from fields
    if not fields and is_ignored(annotation):
        wrong_region = _region_error(annotation, image)
        if wrong_region:
            yield "regions to ignore that are no regions", wrong_region


def position_error(entry: Entry, count: int) -> str:
    """What is wrong with the positions in space of an entry, empty if nothing; ``count`` keypoints has its category."""
    positions, frame = entry.get("positions"), entry.get("position_frame", "")
    if not isinstance(frame, str):
        return f"its position_frame {shown(frame)} must be the name of a coordinate frame"
    if positions is None:
        return ""
    if not isinstance(positions, list) or len(positions) != count:
        return f"its positions {shown(positions)} must be a list of one for each of {count} keypoints"
    wrong = [p for p in positions if p is not None and not (isinstance(p, list) and len(p) == 3 and is_numbers(p))]
    return f"its position {shown(wrong[0])} must be null, or x, y, z in metres" if wrong else ""


def _keypoint_errors(keypoints: Any, count: int) -> Iterator[tuple[str, str]]:
    if keypoints is None or keypoints == []:
        return
    if not isinstance(keypoints, list) or set(map(type, keypoints)) - {int, float}:
        detail = f"its keypoints {shown(keypoints)} are not numbers: x, y, visibility of one keypoint after the other"
        yield "keypoints that are not numbers", detail
    elif len(keypoints) != 3 * count:
        detail = f"{len(keypoints)} keypoint numbers, must be 3 for each of {count} keypoints: x, y, visibility"
        yield "wrong numbers of keypoints", detail
    elif set(keypoints[2::3]) - _VISIBILITIES:
        found = sorted(set(keypoints[2::3]) - _VISIBILITIES)
        detail = f"visibility {shown(found)}, must be 0 (not labelled), 1 (hidden) or 2 (visible)"
        yield "visibilities other than 0, 1, 2", detail
    elif not is_numbers(keypoints):
        wrong = next(v for v in keypoints if not is_number(v))
        detail = f"a keypoint is not finite, or beyond {_MAX_COORDINATE:.0f} pixels: {shown(wrong)}"
        yield "keypoints that are not finite", detail


def _field_errors(annotation: Entry) -> Iterator[tuple[str, str]]:
    box, area = annotation.get("bbox"), annotation.get("area")
    if box not in (None, []) and not (is_numbers(box) and len(box) == 4):
        yield "boxes of other than four numbers", f"its box {shown(box)} must be x, y, width, height in pixels"
    elif box and (box[2] < 0 or box[3] < 0):
        yield "boxes of negative sizes", f"its box {shown(box)} must have a width and a height of 0 or more"
    if area is not None and not (is_number(area, _MAX_AREA) and area >= 0):
        detail = f"its area {shown(area)} must be a number of square pixels from 0 to {_MAX_AREA:.0e}"
        yield "areas that are not numbers", detail
    crowd, labelled = annotation.get("iscrowd"), annotation.get("num_keypoints")
    if not isinstance(crowd, (int, type(None))) or crowd not in (None, 0, 1):
        yield "iscrowd other than 0 and 1", f"its iscrowd is {shown(crowd)}, must be 0 or 1"
    if labelled is not None and not (is_number(labelled) and labelled >= 0):
        yield "num_keypoints that are no numbers", f"its num_keypoints is {shown(labelled)}, must be 0 or more"
    if not isinstance(annotation.get("segmentation"), (list, dict, type(None))):
        detail = f"its segmentation {shown(annotation['segmentation'])} must be a list of polygons or an RLE"
        yield "segmentations that are none", detail


def _region_error(annotation: Entry, image: Entry) -> str | None:
    segmentation = annotation.get("segmentation")
    size = height, width = [image.get("height"), image.get("width")]
    if not _is_side(height) or not _is_side(width):
        return None  # told of the image
    if isinstance(segmentation, dict):
        if segmentation.get("size") != size:
            return f"its RLE is for {shown(segmentation.get('size'))} (height, width), the image is {shown(size)}"
        if not rle.fills(segmentation, height, width):
            return f"the counts of its RLE are no compressed text, nor numbers that sum to {height} x {width}"
    elif segmentation:
        if any(not is_numbers(polygon) or len(polygon) < 6 or len(polygon) % 2 for polygon in segmentation):
            return "a polygon of its segmentation must be x, y of at least three corners"
    elif not annotation.get("bbox"):
        return "a crowd or a person without keypoints needs a segmentation or a box (x, y, width, height)"
    return None
