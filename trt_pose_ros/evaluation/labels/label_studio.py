"""COCO keypoint labels as tasks of Label Studio, and its JSON export as COCO.

Label Studio's own conversion of COCO forgets which keypoint is which, and its COCO export makes one person of all in an
image. Here a person is a rectangle, whose regions below it in the outliner are the keypoints, each with its name. An
identity is the text ``track N`` in the rectangle's meta information. Places are percent of the image.
"""

from __future__ import annotations

import os
import re
from collections.abc import Iterator
from typing import Any
from xml.sax.saxutils import quoteattr

from ...media.coco import PERSON as CATEGORY
from ..entries import Entry

_IMAGE, _BOX, _POINT = "image", "person", "keypoint"
_TRACK = re.compile(r"track\s*(\d{1,15})", re.IGNORECASE)
_WIDTH = 0.5  # percent of the image, of a drawn point


def label_config(coco: Entry) -> str:
    """The labelling interface, XML, for a project with these tasks."""
    (category,) = coco["categories"]
    labels = "".join(f"    <Label value={quoteattr(name)}/>\n" for name in category["keypoints"])
    return (
        "<View>\n"
        f'  <Image name="{_IMAGE}" value="$image"/>\n'
        f'  <RectangleLabels name="{_BOX}" toName="{_IMAGE}">\n    <Label value="{_BOX}"/>\n  </RectangleLabels>\n'
        f'  <KeyPointLabels name="{_POINT}" toName="{_IMAGE}" strokeWidth="1">\n{labels}  </KeyPointLabels>\n'
        "</View>\n"
    )


def to_tasks(coco: Entry, root: str) -> list[Entry]:
    """A task for each image, with its people as predictions; ``root`` goes before the file names."""
    (category,) = coco["categories"]
    regions: dict[Any, list[Entry]] = {image["id"]: [] for image in coco["images"]}
    sizes = {image["id"]: (image["width"], image["height"]) for image in coco["images"]}
    for person in coco["annotations"]:
        regions[person["image_id"]] += _regions(person, category["keypoints"], *sizes[person["image_id"]])
    return [
        {
            "data": {"image": f"{root}{image['file_name']}"},
            "predictions": [{"model_version": "trt_pose_ros", "result": regions[image["id"]]}],
        }
        for image in coco["images"]
    ]


def _regions(person: Entry, names: list[str], width: int, height: int) -> Iterator[Entry]:
    common = {"to_name": _IMAGE, "original_width": width, "original_height": height, "image_rotation": 0}
    x, y, w, h = person["bbox"]
    box = {"x": 100 * x / width, "y": 100 * y / height, "width": 100 * w / width, "height": 100 * h / height}
    own = f"person{person['id']}"
    track = {"meta": {"text": [f"track {person['track_id']}"]}} if "track_id" in person else {}
    value = {**box, "rotation": 0, "rectanglelabels": [_BOX]}
    yield {**common, **track, "id": own, "type": "rectanglelabels", "from_name": _BOX, "value": value}
    for name, x, y, v in zip(names, *(person["keypoints"][i::3] for i in range(3)), strict=True):
        if v:
            point = {"x": 100 * x / width, "y": 100 * y / height, "width": _WIDTH, "keypointlabels": [name]}
            what = {"id": f"{own}_{name}", "parentID": own, "type": "keypointlabels", "from_name": _POINT}
            yield {**common, **what, "value": point}


def from_tasks(tasks: list[Any], path: str | os.PathLike[str], exported: Entry) -> tuple[Entry, list[str]]:
    """The COCO keypoint JSON of an export of Label Studio (its format JSON), and what the user should know.

    Of each task the newest annotation counts that was not cancelled; tasks without one are left out.

    Raises:
        ValueError: it is no such export, or a keypoint belongs to nobody or is there twice.
    """
    (category,) = exported["categories"]
    coco: Entry = {"images": [], "annotations": [], "categories": [category]}
    open_tasks = 0
    for number, task in enumerate(tasks, 1):
        try:
            done = [a for a in task["annotations"] if not a.get("was_cancelled")]
            if not done:
                open_tasks += 1
                continue
            name = str(task["data"]["image"]).replace("\\", "/").rpartition("/")[2].rpartition("=")[2]
            image = next((i for i in exported["images"] if i["file_name"] == name), None)
            if image is None:
                raise ValueError(f"image {name} is not of the export")
            coco["images"].append(image)
            newest = max(done, key=lambda a: str(a.get("updated_at", "")))
            coco["annotations"] += _people(newest["result"], image, category["keypoints"], len(coco["annotations"]))
        except (KeyError, TypeError, AttributeError, OverflowError) as error:
            raise ValueError(f"{path}: task {number} is none of an export of Label Studio: {error!r}") from None
        except ValueError as error:
            raise ValueError(f"{path}: task {number}: {error}") from None
    notes = [f"{open_tasks} of {len(tasks)} tasks have no annotation yet, and are left out"] if open_tasks else []
    return coco, notes


def _people(result: list[Entry], image: Entry, names: list[str], count: int) -> Iterator[Entry]:
    width, height = image["width"], image["height"]
    boxes = {region["id"]: region for region in result if region["type"] == "rectanglelabels"}
    keypoints = {own: [0.0] * (3 * len(names)) for own in boxes}
    for region in result:
        if region["type"] != "keypointlabels":
            continue
        value, own = region["value"], region.get("parentID")
        labels = value["keypointlabels"]
        if not isinstance(labels, list) or len(labels) != 1:
            raise ValueError(f"a keypoint has the labels {labels!r}, must be one")
        (name,) = labels
        if own not in boxes:
            raise ValueError(f"a keypoint {name} belongs to nobody: drag it below a person in the outliner")
        if name not in names:
            raise ValueError(f"there is no keypoint {name!r} in the export")
        at = 3 * names.index(name)
        if keypoints[own][at + 2]:
            raise ValueError(f"a person has two keypoints {name}: remove one")
        keypoints[own][at : at + 3] = round(value["x"] * width / 100, 3), round(value["y"] * height / 100, 3), 2
    for own, region in boxes.items():
        count += 1
        value = region["value"]
        box = [
            value[key] * size / 100
            for key, size in zip(("x", "y", "width", "height"), 2 * (width, height), strict=True)
        ]
        found = _TRACK.search(" ".join(map(str, region.get("meta", {}).get("text", []))))
        yield {
            "id": count,
            "image_id": image["id"],
            "category_id": CATEGORY,
            "keypoints": keypoints[own],
            "bbox": box,
            "iscrowd": 0,
            **({"track_id": int(found[1])} if found else {}),
        }
