"""PoseTrack's two kinds of label files as COCO keypoint files.

That of 2018 is COCO's, with ``is_labeled`` and ``ignore_regions_x/y`` of images, ``track_id`` and ``bbox_head`` of
people; that of 2017 is an ``annolist`` of images with an ``annorect`` for each person.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import PurePosixPath
from typing import Any

from .entries import Entry, shown

# of 2017, by the id of a point
_KEYPOINTS = (
    "right_ankle", "right_knee", "right_hip", "left_hip", "left_knee", "left_ankle", "right_wrist", "right_elbow",
    "right_shoulder", "left_shoulder", "left_elbow", "left_wrist", "head_bottom", "nose", "head_top",
)  # fmt: skip
_CATEGORY = 1


def is_posetrack(data: Entry) -> bool:
    """Whether the content of a label file is PoseTrack's."""
    images = data.get("images")
    first = images[0] if isinstance(images, list) and images and isinstance(images[0], dict) else {}
    return "annolist" in data or bool({"is_labeled", "ignore_regions_x"} & first.keys())


def as_coco(data: Entry) -> Entry:
    """The content of such a file as that of a COCO keypoint file.

    Images that are not labelled are left out, regions to ignore become crowds with a box. Each image gets ``video``,
    the folder that it is in, and ``index``, its number there from 0: of 2018 file names count so, of 2017 from 1.

    Raises:
        ValueError: an entry is none of PoseTrack's; the message says which.
    """
    old = "annolist" in data
    images, annotations, categories = _of_2017(data["annolist"]) if old else _of_2018(data)
    for image in images:
        name = PurePosixPath(str(image.get("file_name", "")))
        image["video"] = name.parent.name
        if re.fullmatch("[0-9]{1,15}", name.stem):
            image["index"] = int(name.stem) - old
    for number, annotation in enumerate(annotations, 1):
        annotation.setdefault("id", f"region {number}")
    return {"images": images, "annotations": annotations, "categories": categories}


def _of_2018(data: Entry) -> tuple[list[Entry], list[Entry], Any]:
    lists = [data.get(part) for part in ("images", "annotations")]
    if not all(isinstance(some, list) and all(isinstance(entry, dict) for entry in some) for some in lists):
        raise ValueError(
            f"images and annotations are {shown(lists[0])} and {shown(lists[1])}, must be lists of objects"
        )
    images = [dict(image) for image in lists[0] or () if image.get("is_labeled", True)]
    ids = [image.get("id") for image in images]
    category: Entry = next(iter(data.get("categories") or [{}]), {})
    annotations = [dict(annotation) for annotation in lists[1] or () if annotation.get("image_id") in ids]
    for image in images:
        regions = zip(image.pop("ignore_regions_x", ()), image.pop("ignore_regions_y", ()), strict=False)
        for x, y in regions:
            annotations.append(_region(x, y, image.get("id"), category.get("id")))
    return images, annotations, data.get("categories")


def _region(x: Any, y: Any, image_id: Any, category_id: Any) -> Entry:
    try:
        box = [min(x), min(y), max(x) - min(x), max(y) - min(y)]
    except (TypeError, ValueError):
        raise ValueError(f"image {shown(image_id)} has a region to ignore of {shown(x)} and {shown(y)}") from None
    return {"image_id": image_id, "category_id": category_id, "iscrowd": 1, "bbox": box, "area": box[2] * box[3]}


def _of_2017(annolist: Any) -> tuple[list[Entry], list[Entry], list[Entry]]:
    images: list[Entry] = []
    annotations: list[Entry] = []
    if not isinstance(annolist, list):
        raise ValueError(f"annolist is {shown(annolist)}, must be a list")
    for number, entry in enumerate(annolist):
        try:
            name = _one(entry["image"])["name"]
            images.append({"id": number, "file_name": _one(name)})
            annotations += _people(entry.get("annorect") or (), number)
        except (TypeError, KeyError, IndexError, AttributeError, ValueError) as error:
            raise ValueError(
                f"annolist[{number}] is not an image of PoseTrack: {type(error).__name__}: {error}"
            ) from None
    category = {"id": _CATEGORY, "name": "person", "keypoints": list(_KEYPOINTS), "skeleton": []}
    return images, annotations, [category]


def _people(rectangles: Any, image_id: int) -> Iterator[Entry]:
    for person in rectangles:
        keypoints = [0.0] * (3 * len(_KEYPOINTS))
        for points in person.get("annopoints") or ():
            for point in points["point"]:
                at = 3 * int(_one(point["id"]))
                keypoints[at : at + 3] = [float(_one(point["x"])), float(_one(point["y"])), 2]
        left, top, right, bottom = (float(_one(person[corner])) for corner in ("x1", "y1", "x2", "y2"))
        head = [left, top, right - left, bottom - top]
        # a rectangle is that of the head: somebody without points has no other
        yield {
            "image_id": image_id,
            "category_id": _CATEGORY,
            "keypoints": keypoints,
            "bbox_head": head,
            **({"track_id": int(_one(person["track_id"]))} if "track_id" in person else {}),
            **({} if any(keypoints) else {"bbox": head}),
        }


def _one(value: Any) -> Any:
    """PoseTrack's JSON of 2017 wraps single values in lists."""
    return value[0] if isinstance(value, list) else value
