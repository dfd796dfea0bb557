"""Found people as a COCO keypoint JSON for CVAT and others, and its corrected version as truth.

What the tools need beyond the format: CVAT reads no annotation without ``segmentation`` and ``iscrowd``, and keeps
identities as ``track_id`` among an annotation's ``attributes``. Image entries also tell where an image is from
(``bag``, ``topic``, ``camera``, ``index``, ``stamp``); tools drop that, so it comes back from the file first exported.
"""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator
from pathlib import PurePosixPath
from typing import Any

from ...media.coco import PERSON as CATEGORY
from ...media.coco import reported_topology
from ...media.coco import results as coco_results
from ...poses import PERSON, Poses
from ..annotations import AnnotationFile
from ..entries import Entry, labelled_keypoints, person_area, person_box
from ..results import Image, Results

_VISIBLE = 2
_NAME = "person"
_PLACE = ("bag", "topic", "camera", "index", "stamp")


def export_labels(results: Results, every: int = 1, min_score: float = 0.0) -> Entry:
    """The people of every ``every``-th image of each topic whose score is at least ``min_score``, hands left out.

    Keypoints that were found are visible (2), the others not labelled (0). The topology is COCO's where it has all of
    COCO's keypoints, so necks are left out.
    """
    topology = reported_topology(results.topology)
    category = {"id": CATEGORY, **topology.to_category(), "name": _NAME, "supercategory": ""}
    images: list[Entry] = []
    annotations: list[Entry] = []
    for image, poses in results:
        if image.index % every:
            continue
        number = len(images) + 1
        images.append(_image(number, image))
        people = poses[(poses.kinds == PERSON) & (poses.scores >= min_score)]
        annotations += _annotations(people, number, len(annotations), results)
    return {"images": images, "annotations": annotations, "categories": [category]}


def _image(number: int, image: Image) -> Entry:
    name = f"{image.bag}{image.topic}_{image.index:06}.png".replace("/", ".")  # which no topic has in its name
    size = {"id": number, "file_name": name, "width": image.width, "height": image.height}
    return size | {key: getattr(image, key) for key in _PLACE}


def _annotations(people: Poses, image: int, count: int, results: Results) -> Iterator[Entry]:
    for entry in coco_results(people, image, CATEGORY, reported_topology(results.topology)):
        keypoints = [_VISIBLE * (v > 0) if i % 3 == 2 else v for i, v in enumerate(entry["keypoints"])]
        labelled = labelled_keypoints({"keypoints": keypoints})
        if not labelled:
            continue
        count += 1
        person = {"id": count, "image_id": image, "category_id": CATEGORY, "keypoints": keypoints}
        box = [round(v, 3) for v in person_box(person)]
        track = {"track_id": entry["track_id"]} if "track_id" in entry else {}
        yield person | {
            "num_keypoints": labelled,
            "bbox": box,
            "area": round(box[2] * box[3], 3),
            "iscrowd": 0,
            "segmentation": [],
            "score": entry["score"],
            "attributes": track,
            **track,
        }


def import_labels(corrected: Entry, path: str | os.PathLike[str], exported: Entry) -> tuple[Entry, list[str]]:
    """The truth that corrected labels are.

    Images are matched by the last part of their file names; their own entries are the exported ones. Keypoints are
    those of the export, in its order, matched by name. Boxes and areas of people are made anew of the keypoints, to fit
    whatever was moved.

    Args:
        corrected: a COCO keypoint JSON, as the tool has written it.
        path: its file, for errors.
        exported: the JSON that :func:`export_labels` made.

    Returns:
        the truth, a COCO keypoint JSON with track ids, and what the user should know, in sentences.

    Raises:
        ValueError: it is no such JSON, its keypoints are others, or an image is not of the export.
    """
    file = AnnotationFile(path, data=corrected)
    file.require_valid()
    (category,) = exported["categories"]
    order = _order(file.category["keypoints"], category["keypoints"], path)
    images = {entry["file_name"]: entry for entry in exported["images"]}
    numbers = {}
    for entry in file.images:
        ours = images.get(PurePosixPath(entry["file_name"].replace("\\", "/")).name)
        if ours is None:
            raise ValueError(f"{path}: image {entry['file_name']} is not of the export")
        if (entry["width"], entry["height"]) != (ours["width"], ours["height"]):
            raise ValueError(
                f"{path}: image {entry['file_name']} has {entry['width']}x{entry['height']} pixels, it was exported "
                f"with {ours['width']}x{ours['height']}"
            )
        numbers[entry["id"]] = ours["id"]
    annotations = [
        _person(annotation, number, numbers[annotation["image_id"]], category["id"], order)
        for number, annotation in enumerate(file.annotations, 1)
    ]
    kept = set(numbers.values())
    truth = {
        "images": [entry for entry in exported["images"] if entry["id"] in kept],
        "annotations": annotations,
        "categories": [category],
    }
    return truth, list(_notes(exported, kept, annotations))


def _order(theirs: list[str], ours: list[str], path: str | os.PathLike[str]) -> list[int]:
    """Where each of our keypoints is among theirs."""
    if set(theirs) != set(ours):
        different = ", ".join(sorted(set(theirs) ^ set(ours)))
        raise ValueError(f"{path}: its keypoints are not those of the export, they differ in {different}")
    return [theirs.index(name) for name in ours]


def _person(annotation: Entry, number: int, image: int, category: int, order: list[int]) -> Entry:
    given = annotation.get("keypoints") or []
    keypoints = [round(v, 3) for i in order for v in given[3 * i : 3 * i + 3]]
    entry: Entry = {"id": number, "image_id": image, "category_id": category, "keypoints": keypoints}
    entry["num_keypoints"] = labelled_keypoints(entry)
    entry["iscrowd"] = int(annotation.get("iscrowd") or 0)
    if entry["num_keypoints"]:
        entry["bbox"] = [round(v, 3) for v in person_box(entry)]
        entry["area"] = round(person_area(entry), 3)
    else:  # a region to ignore
        entry |= {key: annotation[key] for key in ("bbox", "area", "segmentation") if annotation.get(key)}
    track = _track(annotation)
    return entry if track is None else entry | {"track_id": track}


def _track(annotation: Entry) -> int | None:
    attributes = annotation.get("attributes")
    for where in (attributes if isinstance(attributes, dict) else {}, annotation):
        value = where.get("track_id")
        if isinstance(value, (int, str)) and str(value).isdecimal():
            return int(value)
    return None


def _notes(exported: Entry, kept: Iterable[Any], annotations: list[Entry]) -> Iterator[str]:
    missing = len(exported["images"]) - len(set(kept))
    if missing:
        yield f"{missing} of {len(exported['images'])} exported images are not among the corrected ones, and left out"
    tracked = sum("track_id" in annotation for annotation in annotations)
    if 0 < tracked < len(annotations):
        yield f"{len(annotations) - tracked} of {len(annotations)} people have no track id: identities will count wrong"
