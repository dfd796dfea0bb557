"""A COCO keypoint JSON as it is on disk, and what makes one impossible to train on."""

import json
from pathlib import Path
from typing import NamedTuple

import numpy as np
from pycocotools import mask as rle


class Problem(NamedTuple):
    """Something wrong with a data set.

    Attributes:
        kind: what is wrong in general, the same words for all cases.
        where: the picture or annotation, in words.
        detail: what is wrong there.
        image: the entry of the picture in the JSON, or None.
        annotation: the entry of the person in the JSON, or None.
    """

    kind: str
    where: str
    detail: str
    image: dict | None = None
    annotation: dict | None = None


class AnnotationFile:
    """The images of a COCO keypoint JSON, one category with keypoints, and its annotations.

    Args:
        path: of the JSON.
        category: name of the category, needed where several have keypoints.

    Attributes:
        path: of the file.
        category: the category's dict.
        images, annotations: lists of dicts; annotations of other categories are left out.

    Raises:
        FileNotFoundError: there is no such file.
        ValueError: it is not JSON, or no COCO keypoint file, or it's not clear which category is meant.
    """

    def __init__(self, path, category=None):
        self.path = Path(path)
        try:
            data = json.loads(self.path.read_text())
        except FileNotFoundError:
            raise FileNotFoundError(f"no annotation file {path}") from None
        except ValueError as error:
            raise ValueError(f"{path} is not JSON: {error}") from None
        for part in ("images", "annotations", "categories"):
            entries = data.get(part) if isinstance(data, dict) else None
            if not isinstance(entries, list) or not all(isinstance(e, dict) for e in entries):
                raise ValueError(f"{path} has no list of {part}: it is not a COCO keypoint file")
        self.images = data["images"]
        self.category = self._choose(data["categories"], category)
        self.annotations = [a for a in data["annotations"] if a.get("category_id") == self.category.get("id")]

    def _choose(self, categories, name):
        possible = {c.get("name"): c for c in categories if c.get("keypoints")}
        if name is None and len(possible) == 1:
            return next(iter(possible.values()))
        if name in possible:
            return possible[name]
        names = ", ".join(map(repr, possible)) or "none"
        problem = "give the name of one" if name is None else f"there is no {name!r}"
        raise ValueError(f"{self.path}: categories with keypoints are {names}: {problem}")

    def errors(self):
        """Yield a :class:`Problem` for each thing that makes it impossible to train on an entry."""
        images = {}
        for image in self.images:
            where = f"image {image.get('id')}"
            lacking = sorted({"id", "file_name", "width", "height"} - image.keys())
            if lacking:
                yield Problem("images that lack an entry", where, f"has no {', '.join(lacking)}")
            elif not all(isinstance(image[side], int) and image[side] > 0 for side in ("width", "height")):
                detail = f"is {image['width']} x {image['height']} pixels"
                yield Problem("images of impossible sizes", where, detail)
            elif image["id"] in images:
                yield Problem("image ids used twice", where, "is there twice", image)
            images[image.get("id")] = image
        seen = set()
        for annotation in self.annotations:
            number, image = annotation.get("id"), images.get(annotation.get("image_id"))
            found = list(_annotation_errors(annotation, image, len(self.category["keypoints"])))
            if number in seen:
                found.append(("annotation ids used twice", "is there twice"))
            seen.add(number)
            for kind, detail in found:
                yield Problem(kind, f"annotation {number}", detail, image, annotation)


def is_ignored(annotation):
    """Whether an annotation is a region that says nothing: a crowd, or a person without keypoints."""
    visibility = (annotation.get("keypoints") or [])[2::3]
    return bool(annotation.get("iscrowd")) or not annotation.get("num_keypoints", 1) or not any(visibility)


def _annotation_errors(annotation, image, count):
    if image is None:
        yield (
            "annotations of images that are not there",
            f"image_id {annotation.get('image_id')} is not among the images",
        )
        return
    try:
        values = np.asarray(annotation.get("keypoints") or np.zeros(3 * count), float).reshape(-1)
    except (TypeError, ValueError):
        yield "keypoints that are not numbers", "its keypoints are not numbers"
        return
    if values.size != 3 * count:
        yield "wrong numbers of keypoints", f"{values.size} keypoint numbers, must be 3 for each of {count} keypoints"
        return
    visibility = values[2::3]
    if not np.isfinite(values).all():
        yield "keypoints that are not finite", "a keypoint is not finite"
    elif not np.isin(visibility, (0, 1, 2)).all():
        wrong = sorted(set(visibility.tolist()) - {0, 1, 2})
        detail = f"visibility {wrong}, must be 0 (not labelled), 1 (hidden) or 2 (visible)"
        yield "visibilities other than 0, 1, 2", detail
    box, area = annotation.get("bbox"), annotation.get("area")
    if box and (not _numbers(box) or len(box) != 4):
        yield "boxes of other than four numbers", f"its box {box} must be x, y, width, height"
    elif area is not None and not _numbers([area]):
        yield "areas that are not numbers", f"its area {area!r} must be a number of square pixels"
    elif is_ignored(annotation):
        detail = _region_error(annotation, image)
        if detail:
            yield "regions to ignore that are no regions", detail


def _region_error(annotation, image):
    segmentation = annotation.get("segmentation")
    if isinstance(segmentation, dict):
        size = [image.get("height"), image.get("width")]
        if segmentation.get("size") != size:
            return f"its RLE is for {segmentation.get('size')}, the picture is {size}"
        if not _counts_are_right(segmentation):
            return f"the counts of its RLE are no compressed text, nor numbers that sum to {size[0]} x {size[1]}"
    elif segmentation:
        if any(not _numbers(polygon) or len(polygon) < 6 or len(polygon) % 2 for polygon in segmentation):
            return "a polygon of its segmentation must be x, y of at least three corners"
    elif not annotation.get("bbox"):
        return "a crowd or a person without keypoints needs a segmentation or a box (x, y, width, height)"
    return None


def _counts_are_right(segmentation):
    counts = segmentation.get("counts")
    if isinstance(counts, str):
        try:
            return rle.decode(segmentation).max() <= 1
        except ValueError:
            return False
    return _numbers(counts) and sum(counts) == np.prod(segmentation["size"])


def _numbers(values):
    return isinstance(values, list) and all(isinstance(v, int | float) and np.isfinite(v) for v in values)
