"""COCO keypoint JSON, of any category, as samples to train on."""

import json
from collections import defaultdict
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from pycocotools import mask as rle

from trt_pose_ros.topology import Topology

# Keypoints that a data set may lack but that follow from two others, when both are labelled: their midpoint.
DERIVED = {
    "neck": ("left_shoulder", "right_shoulder"),
    "mid_hip": ("left_hip", "right_hip"),
}


@dataclass(frozen=True)
class Sample:
    """One picture and what is known of the people in it.

    Pixel coordinates are of the picture file, the centre of its top-left pixel being (0, 0).

    Attributes:
        file: the picture.
        width, height: its size in pixels; None where only the file knows.
        keypoints: float32 [P, K, 3] x, y and COCO's visibility: 0 not labelled, 1 labelled but hidden, 2 visible.
        areas: float32 [P] square pixels.
        ignore: regions that say nothing (crowds, people without keypoints), each a polygon float32 [n, 2] or a
            compressed RLE as pycocotools makes them.
        labelled: bool [K]; False: the data set doesn't have this keypoint at all, which says nothing about the picture.
        image_id: the data set's number of the picture.
    """

    file: Path
    width: int | None
    height: int | None
    keypoints: np.ndarray
    areas: np.ndarray
    ignore: tuple
    labelled: np.ndarray
    image_id: int


@dataclass(frozen=True)
class KeypointData:
    """The samples of one annotation file, and the topology whose keypoints theirs are."""

    topology: Topology
    samples: list[Sample]

    @classmethod
    def load(cls, annotations, images, topology=None, category=None):
        """Load a COCO keypoint JSON.

        Args:
            annotations: path of the JSON.
            images: folder that its file names are relative to.
            topology: a Topology whose keypoints the samples shall have, matched by name; those that the data lack are
                derived where :data:`DERIVED` says how, else marked as not labelled. None: the category's own.
            category: name of the category, needed where several have keypoints.

        Annotations of other categories are left out. Pictures without people are samples, too. A person without
        keypoints and a crowd are regions to ignore: their segmentation where they have one, else their box.

        Raises:
            FileNotFoundError: the JSON or pictures are missing.
            ValueError: the file is not such a JSON; the message names the annotation and what is wrong with it.
        """
        reader = _Reader(Path(annotations), category)
        topology = topology or Topology.from_category(reader.category, source=str(annotations))
        return cls(topology, reader.samples(Path(images), topology))


class _Reader:
    def __init__(self, path, category):
        self.path = path
        try:
            data = json.loads(path.read_text())
        except FileNotFoundError:
            raise FileNotFoundError(f"no annotation file {path}") from None
        except ValueError as error:
            raise ValueError(f"{path} is not JSON: {error}") from None
        missing = {"images", "annotations", "categories"} - (data.keys() if isinstance(data, dict) else set())
        if missing:
            raise ValueError(f"{path} has no {', '.join(sorted(missing))}: it is not a COCO keypoint file")
        self.images, self.annotations = data["images"], data["annotations"]
        self.category = self._choose(data["categories"], category)

    def _choose(self, categories, name):
        possible = {c.get("name"): c for c in categories if c.get("keypoints")}
        if name is None and len(possible) == 1:
            return next(iter(possible.values()))
        if name in possible:
            return possible[name]
        names = ", ".join(map(repr, possible)) or "none"
        problem = "give the name of one" if name is None else f"there is no {name!r}"
        raise ValueError(f"{self.path}: categories with keypoints are {names}: {problem}")

    def samples(self, folder, topology):
        select = _Selection(self.category["keypoints"], topology)
        people = defaultdict(list)
        for image in self.images:
            lacking = {"id", "file_name", "width", "height"} - image.keys()
            if lacking:
                raise ValueError(f"{self.path}: image {image.get('id')} has no {', '.join(sorted(lacking))}")
        ids = {image["id"] for image in self.images}
        for a in self.annotations:
            if a.get("image_id") not in ids:
                raise self._error(a, f"image_id {a.get('image_id')} is not among the images")
            if a.get("category_id") == self.category["id"]:
                people[a["image_id"]].append(a)
        samples = [self._sample(image, folder, people[image["id"]], select) for image in self.images]
        missing = [s.file for s in samples if not s.file.is_file()]
        if missing:
            raise FileNotFoundError(
                f"{len(missing)} of {len(samples)} pictures of {self.path} are missing: {missing[0]}"
            )
        return samples

    def _sample(self, image, folder, annotations, select):
        keypoints, areas, ignore = [], [], []
        for a in annotations:
            points = self._keypoints(a)
            if a.get("iscrowd") or not a.get("num_keypoints", 1) or not points[:, 2].any():
                ignore += self._regions(a, image)
            else:
                keypoints.append(select(points))
                areas.append(self._area(a, points))
        return Sample(
            folder / image["file_name"],
            int(image["width"]),
            int(image["height"]),
            np.asarray(keypoints, np.float32).reshape(-1, len(select.labelled), 3),
            np.asarray(areas, np.float32),
            tuple(ignore),
            select.labelled,
            image["id"],
        )

    def _keypoints(self, a):
        count = len(self.category["keypoints"])
        try:
            values = np.asarray(a.get("keypoints") or np.zeros(3 * count), np.float32).reshape(-1)
        except (TypeError, ValueError):
            raise self._error(a, "its keypoints are not numbers") from None
        if values.size != 3 * count:
            raise self._error(a, f"{values.size} keypoint numbers, must be 3 for each of {count} keypoints")
        points = values.reshape(count, 3)
        if not np.isfinite(points).all():
            raise self._error(a, "a keypoint is not finite")
        if not np.isin(points[:, 2], (0, 1, 2)).all():
            wrong = sorted(set(points[:, 2].tolist()) - {0, 1, 2})
            raise self._error(a, f"visibility {wrong}, must be 0 (not labelled), 1 (hidden) or 2 (visible)")
        return points

    def _area(self, a, points):
        if a.get("area"):
            return a["area"]
        if a.get("bbox"):
            return a["bbox"][2] * a["bbox"][3]
        return np.prod(np.ptp(points[points[:, 2] > 0, :2], axis=0))

    def _regions(self, a, image):
        """What an annotation covers; COCO's polygons and boxes count from the corner of the top-left pixel."""
        segmentation, box = a.get("segmentation"), a.get("bbox")
        if isinstance(segmentation, dict):
            size = [image["height"], image["width"]]
            if list(segmentation["size"]) != size:
                raise self._error(a, f"its RLE is for {segmentation['size']}, the picture is {size}")
            return [rle.frPyObjects(segmentation, *size) if isinstance(segmentation["counts"], list) else segmentation]
        if segmentation:
            if any(len(polygon) < 6 or len(polygon) % 2 for polygon in segmentation):
                raise self._error(a, "a polygon of its segmentation must be x, y of at least three corners")
            return [np.asarray(polygon, np.float32).reshape(-1, 2) - 0.5 for polygon in segmentation]
        if box is None or len(box) != 4:
            raise self._error(a, "a person without keypoints needs a segmentation or a box (x, y, width, height)")
        x, y, w, h = box
        return [np.float32([[x, y], [x + w, y], [x + w, y + h], [x, y + h]]) - 0.5]

    def _error(self, a, problem):
        return ValueError(f"{self.path}: annotation {a.get('id')}: {problem}")


class _Selection:
    """From the keypoints of a category to those of a topology, by name."""

    def __init__(self, names, topology):
        index = {name: i for i, name in enumerate(names)}
        # each keypoint is the mean of one (itself) or two others
        parents = [(k,) if k in index else DERIVED.get(k, (None,)) for k in topology.keypoints]
        self.labelled = np.array([all(p in index for p in pair) for pair in parents])
        if not self.labelled.any():
            raise ValueError(
                f"no keypoint of topology {topology.name!r} ({', '.join(topology.keypoints)}) is among the data's: "
                f"{', '.join(names)}"
            )
        known = [pair if there else (names[0],) for pair, there in zip(parents, self.labelled, strict=True)]
        self._first = np.array([index[pair[0]] for pair in known])
        self._second = np.array([index[pair[-1]] for pair in known])

    def __call__(self, points):
        first, second = points[self._first], points[self._second]
        visibility = np.minimum(first[:, 2], second[:, 2]) * self.labelled
        chosen = np.column_stack([(first[:, :2] + second[:, :2]) / 2, visibility])
        return np.where(visibility[:, None] > 0, chosen, 0).astype(np.float32)
