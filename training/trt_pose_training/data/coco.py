"""COCO keypoint JSON, of any category, as samples to train on."""

from __future__ import annotations

import os
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import cv2
import numpy as np
from pycocotools import mask as rle

from trt_pose_ros.evaluation.annotations import AnnotationFile
from trt_pose_ros.evaluation.entries import is_ignored, person_area, person_box
from trt_pose_ros.topology import Topology

# Keypoints that a data set may lack but that follow from two others, when both are labelled: their midpoint.
DERIVED = {
    "neck": ("left_shoulder", "right_shoulder"),
    "mid_hip": ("left_hip", "right_hip"),
}
_BODY = 0.15  # half the width of what belongs to a limb, relative to the root of the person's area


@dataclass(frozen=True)
class Sample:
    """One image and what is known of the people in it.

    Pixel coordinates are of the image file, the centre of its top-left pixel being (0, 0).

    Attributes:
        file: the image.
        width, height: its size in pixels; None where only the file knows.
        keypoints: float32 [P, K, 3] x, y and COCO's visibility: 0 not labelled, 1 labelled but hidden, 2 visible.
        areas: float32 [P] square pixels.
        ignore: regions that say nothing (crowds, people without keypoints), each a polygon float32 [n, 2] or a
            compressed RLE as pycocotools makes them.
        labelled: bool [K]; False: the data set doesn't have this keypoint at all, which says nothing about the image.
        image_id: the data set's number of the image.
        boxes: float32 [P, 4] x_min, y_min, x_max, y_max around each person.
    """

    file: Path
    width: int | None
    height: int | None
    keypoints: np.ndarray
    areas: np.ndarray
    ignore: tuple
    labelled: np.ndarray
    image_id: int
    boxes: np.ndarray


@dataclass(frozen=True)
class KeypointData:
    """The samples of one annotation file, and the topology whose keypoints theirs are."""

    topology: Topology
    samples: list[Sample]

    @classmethod
    def load(
        cls, annotations: str | Path, images: str | Path, topology: Topology | None = None, category: str | None = None
    ) -> KeypointData:
        """Load a COCO keypoint JSON.

        Args:
            annotations: path of the JSON.
            images: folder that its file names are relative to.
            topology: a Topology whose keypoints the samples shall have, matched by name; those that the data lack are
                derived where :data:`DERIVED` says how, else marked as not labelled. None: the category's own.
            category: name of the category, needed where several have keypoints.

        Annotations of other categories are left out. Images without people are samples, too. A person without
        keypoints and a crowd are regions to ignore: their segmentation where they have one, else their box, less the
        bodies of labelled people in it (a crowd's box may be the whole image).

        Raises:
            OSError: the JSON can't be read, or images are missing.
            ValueError: the file is not such a JSON; the message names the annotation and what is wrong with it.
        """
        file = AnnotationFile(annotations, category)
        file.require_valid()
        topology = topology or file.topology
        people = defaultdict(list)
        for annotation in file.annotations:
            people[annotation["image_id"]].append(annotation)
        select = Selection(file.category["keypoints"], topology)
        samples = [_sample(image, Path(images), people[image["id"]], select) for image in file.images]
        missing = [s.file for s in samples if not os.path.isfile(s.file)]
        if missing:
            raise FileNotFoundError(f"{len(missing)} of {len(samples)} images of {file.path} are missing: {missing[0]}")
        return cls(topology, samples)


def _sample(image, folder, annotations, select):
    people = [a for a in annotations if not is_ignored(a)]
    keypoints = [select(np.reshape(a["keypoints"], (-1, 3))) for a in people]
    areas = [person_area(a) for a in people]
    bodies = list(zip(keypoints, areas, strict=True))
    return Sample(
        folder / image["file_name"],
        image["width"],
        image["height"],
        np.asarray(keypoints, np.float32).reshape(-1, len(select.labelled), 3),
        np.asarray(areas, np.float32),
        tuple(r for a in annotations if is_ignored(a) for r in _regions(a, image, bodies, select.links)),
        select.labelled,
        image["id"],
        _boxes(people),
    )


def _boxes(people):
    """COCO's boxes count from the corner of the top-left pixel."""
    boxes = np.array([person_box(a) for a in people], np.float32).reshape(-1, 4)
    return np.concatenate([boxes[:, :2], boxes[:, :2] + boxes[:, 2:]], axis=1) - 0.5


def _regions(annotation, image, bodies, links):
    """What an annotation covers; COCO's polygons and boxes count from the corner of the top-left pixel."""
    segmentation = annotation.get("segmentation")
    if isinstance(segmentation, dict):
        if isinstance(segmentation["counts"], list):
            return [rle.frPyObjects(segmentation, image["height"], image["width"])]
        return [segmentation]
    if segmentation:
        return [np.asarray(polygon, np.float32).reshape(-1, 2) - 0.5 for polygon in segmentation]
    x, y, w, h = annotation["bbox"]
    corners = np.float32([[x, y], [x + w, y], [x + w, y + h], [x, y + h]]) - 0.5
    inside = ((p[:, :2] >= corners[0]) & (p[:, :2] <= corners[2]) & (p[:, 2:] > 0) for p, _ in bodies)
    if not any(i.all(1).any() for i in inside):
        return [corners]
    mask = np.zeros((image["height"], image["width"]), np.uint8)
    cv2.fillPoly(mask, [np.rint(corners).astype(np.int32)], 1)
    for points, area in bodies:
        _erase_body(mask, points, np.sqrt(area), links)
    return [rle.encode(np.asfortranarray(mask))]


def _erase_body(mask, points, size, links):
    """Set ``mask`` to 0 along the limbs of a person of ``size`` (the root of its area, pixels) and at its keypoints."""
    radius = max(1, round(_BODY * float(size)))
    places = np.rint(points[:, :2]).astype(int).tolist()
    known = points[:, 2] > 0
    for i in np.flatnonzero(known):
        cv2.circle(mask, places[i], radius, 0, -1)
    for a, b in links:
        if known[a] and known[b]:
            cv2.line(mask, places[a], places[b], 0, 2 * radius)


class Selection:
    """From the keypoints of a category to those of a topology, by name."""

    def __init__(self, names: Sequence[str], topology: Topology) -> None:
        self.links = topology.links
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

    def __call__(self, points: np.ndarray) -> np.ndarray:
        first, second = points[self._first], points[self._second]
        visibility = np.minimum(first[:, 2], second[:, 2]) * self.labelled
        chosen = np.column_stack([(first[:, :2] + second[:, :2]) / 2, visibility])
        return np.where(visibility[:, None] > 0, chosen, 0).astype(np.float32)
