"""Labelled people as COCO's evaluation wants them, and AP by pycocotools.

pycocotools takes an annotation id of 0 for "no match" and keeps the last of several entries with the same id without a
word. So it never sees the ids of a file: images and annotations are numbered from 1, and a file in which an id is used
twice is refused.
"""

from __future__ import annotations

import contextlib
import io
import os
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from ..media.coco import results
from ..poses import Poses
from .annotations import AnnotationFile
from .entries import Entry, id_order, is_number, is_numbers, labelled_keypoints, person_area, person_box
from .labelled_image import read_labelled_image
from .pycoco import COCO, COCOeval

_CATEGORY = 1  # the number of the one category that is measured
_MAX_COORDINATE = 1e9  # pixels, of results


class GroundTruth:
    """The labelled people of a COCO keypoint JSON and the images that they are in.

    Args:
        annotations: the JSON file.
        images: folder that its file names are relative to.
        category: name of the category, needed where several have keypoints.
        limit: take only so many images, those with the smallest ids.

    Attributes:
        topology: the category's keypoints, in the data's order.
        category_id: as in the file.
        images: {image id, as in the file: image file}.
        official: ids of the images all of whose annotations are marked as official.

    Raises:
        OSError: the JSON can't be read, or an image is missing.
        ValueError: it is no such JSON, or has :meth:`~.annotations.AnnotationFile.errors`.
    """

    def __init__(
        self,
        annotations: str | os.PathLike[str],
        images: str | os.PathLike[str],
        category: str | None = None,
        limit: int | None = None,
    ) -> None:
        file = AnnotationFile(annotations, category)
        file.require_valid()
        if limit is not None and limit < 1:
            raise ValueError(f"limit is {limit}, must be at least 1 image")
        self.topology, self.category_id = file.topology, file.category["id"]
        self._numbers = {image["id"]: number for number, image in enumerate(file.images, 1)}
        taken = sorted(file.images, key=lambda image: id_order(image["id"]))[:limit]
        if not taken:
            raise ValueError(f"{annotations} has no images")
        self.images = {image["id"]: Path(images) / image["file_name"] for image in taken}
        self._sizes = {image["id"]: (image["width"], image["height"]) for image in taken}
        missing = [path for path in self.images.values() if not os.path.isfile(path)]
        if missing:
            raise FileNotFoundError(f"{len(missing)} of {len(taken)} images of {annotations} are missing: {missing[0]}")
        self._coco = _coco(self._numbers.values(), map(self._person, file.annotations))
        self.official = _official(file, self.images)

    def read(self, image_id: Any) -> np.ndarray:
        """An image, uint8 [h, w, 3] BGR; ValueError, without its name, if it can't be read or has another size."""
        return read_labelled_image(self.images[image_id], self._sizes[image_id])

    def results(self, poses: Poses, image_id: Any) -> list[Entry]:
        """COCO results of the people in an image, in the data's own keypoint order; see :func:`.media.coco.results`."""
        return results(poses, image_id, self.category_id, self.topology)

    def average_precision(self, found: Sequence[Entry], image_ids: Iterable[Any] | None = None) -> np.ndarray:
        """pycocotools' figures: float [10], AP, AP50, AP75, AP medium, AP large, AR, ...; NaN with nobody to find.

        Args:
            found: COCO results in the data's keypoint order.
            image_ids: the images that count; None: all.

        Raises:
            ValueError: a result that is none, or of an image that is not in the file.
        """
        with _silence():
            evaluation = self._evaluated(found, self.images if image_ids is None else image_ids)
            evaluation.accumulate()
            evaluation.summarize()
        return np.where(evaluation.stats < 0, np.nan, evaluation.stats)  # -1: nobody to find

    def outcomes(self, found: Sequence[Entry]) -> tuple[np.ndarray, np.ndarray]:
        """Who of the people in COCO results is right: (scores, right), float and bool [n], best score first.

        Right is whom COCO's evaluation matches to a labelled person at an OKS above 0.5; whom it ignores, such as
        people in a crowd that is not labelled one by one, is left out. ValueError as of :meth:`average_precision`.
        """
        if not found:
            return np.zeros(0), np.zeros(0, bool)
        with _silence():
            evaluation = self._evaluated(found, self.images)
        everybody = [e for e in evaluation.evalImgs if e and e["aRng"] == evaluation.params.areaRng[0]]
        scores = np.concatenate([e["dtScores"] for e in everybody])
        right, ignored = (
            np.concatenate([e[key][0] for e in everybody]).astype(bool) for key in ("dtMatches", "dtIgnore")
        )
        order = np.argsort(-scores[~ignored], kind="stable")
        return scores[~ignored][order], right[~ignored][order]

    def _evaluated(self, found: Sequence[Entry], image_ids: Iterable[Any]) -> Any:
        people = [self._result(result) for result in found]
        # pycocotools' loadRes does not take an empty list
        detections = self._coco.loadRes(people) if people else _coco(self._numbers.values(), ())
        evaluation = COCOeval(self._coco, detections, "keypoints")
        evaluation.params.imgIds = [self._numbers[image_id] for image_id in image_ids]
        evaluation.params.catIds = [_CATEGORY]
        evaluation.params.kpt_oks_sigmas = np.array(self.topology.sigmas)
        evaluation.evaluate()
        return evaluation

    def _person(self, annotation: Entry) -> Entry:
        """An annotation with all that pycocotools asks for, computed of the keypoints where the data lack it."""
        return {
            "image_id": self._numbers[annotation["image_id"]],
            "keypoints": annotation.get("keypoints") or [0] * (3 * len(self.topology.keypoints)),
            "num_keypoints": labelled_keypoints(annotation),
            "iscrowd": int(annotation.get("iscrowd") or 0),
            "bbox": person_box(annotation),
            "area": person_area(annotation),
        }

    def _result(self, result: Entry) -> Entry:
        """A result with the numbers that pycocotools knows images and category by."""
        image_id, keypoints, score = (result.get(key) for key in ("image_id", "keypoints", "score"))
        count = 3 * len(self.topology.keypoints)
        if not isinstance(image_id, (int, float, str)) or image_id not in self._numbers:
            raise ValueError(f"a result is of image {image_id!r}, which is not in the annotation file")
        if result.get("category_id") != self.category_id:
            raise ValueError(
                f"a result of image {image_id} has category_id {result.get('category_id')!r}, "
                f"must be {self.category_id!r}"
            )
        if not is_numbers(keypoints, _MAX_COORDINATE) or len(keypoints) != count:
            raise ValueError(f"a result of image {image_id} has other keypoints than {count} finite numbers")
        if not is_number(score):
            raise ValueError(f"a result of image {image_id} has the score {score!r}, must be a finite number")
        number = self._numbers[image_id]
        return {"image_id": number, "category_id": _CATEGORY, "keypoints": keypoints, "score": score}


def _coco(images: Iterable[int], people: Iterable[Entry]) -> Any:
    """pycocotools' index of one category, annotations numbered from 1."""
    coco = COCO()
    coco.dataset = {
        "images": [{"id": number} for number in images],
        "categories": [{"id": _CATEGORY}],
        "annotations": [{"id": n, "category_id": _CATEGORY} | person for n, person in enumerate(people, 1)],
    }
    with _silence():
        coco.createIndex()
    return coco


def _official(file: AnnotationFile, image_ids: Iterable[Any]) -> list[Any]:
    sources: dict[Any, set[bool]] = {}
    for annotation in file.annotations:
        official = str(annotation.get("source", "")).startswith("official")
        sources.setdefault(annotation["image_id"], set()).add(official)
    return [image_id for image_id in image_ids if sources.get(image_id) == {True}]


def _silence() -> contextlib.redirect_stdout[io.StringIO]:
    return contextlib.redirect_stdout(io.StringIO())  # pycocotools prints
