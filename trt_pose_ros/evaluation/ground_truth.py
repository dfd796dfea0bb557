"""Labelled people and the images that they are in, as COCO's evaluation wants them."""

from __future__ import annotations

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
from .metrics.coco import CocoEvaluation

_MAX_COORDINATE = 1e9  # pixels, of results


class GroundTruth:
    """The labelled people of a COCO keypoint JSON, or one of PoseTrack, and the images that they are in.

    Args:
        annotations: the JSON file, or what was read of one.
        images: folder that its file names are relative to; None where the images aren't needed.
        category: name of the category, needed where several have keypoints.
        limit: take only so many images, those with the smallest ids.

    Attributes:
        topology: the category's keypoints, in the data's order.
        category_id: as in the file.
        entries: {image id, as in the file: the image's entry there}.
        people: {image id: its people}, entries with keypoints, num_keypoints, iscrowd, bbox and area, whatever of it
            the file lacks; what else a file says of a person is kept.
        images: {image id: image file}; empty without a folder.
        official: ids of the images all of whose annotations are marked as official.

    Raises:
        OSError: the JSON can't be read, or an image is missing.
        ValueError: it is no such JSON, or has :meth:`~.annotations.AnnotationFile.errors`.
    """

    def __init__(
        self,
        annotations: str | os.PathLike[str] | AnnotationFile,
        images: str | os.PathLike[str] | None,
        category: str | None = None,
        limit: int | None = None,
    ) -> None:
        file = (
            annotations
            if isinstance(annotations, AnnotationFile)
            else AnnotationFile(annotations, category, sized=False)
        )
        file.require_valid()
        if limit is not None and limit < 1:
            raise ValueError(f"limit is {limit}, must be at least 1 image")
        self.topology, self.category_id = file.topology, file.category["id"]
        taken = sorted(file.images, key=lambda image: id_order(image["id"]))[:limit]
        if not taken:
            raise ValueError(f"{file.path} has no images")
        self.entries = {image["id"]: image for image in taken}
        self.images = {} if images is None else {i: Path(images) / e["file_name"] for i, e in self.entries.items()}
        missing = [path for path in self.images.values() if not os.path.isfile(path)]
        if missing:
            raise FileNotFoundError(f"{len(missing)} of {len(taken)} images of {file.path} are missing: {missing[0]}")
        self.people: dict[Any, list[Entry]] = {image["id"]: [] for image in file.images}
        for annotation in file.annotations:
            self.people[annotation["image_id"]].append(self._person(annotation))
        self.official = [image_id for image_id in self.entries if _is_official(self.people[image_id])]

    def size(self, image_id: Any) -> tuple[int, int] | None:
        """Annotated (width, height) of an image in pixels; None where the data do not tell."""
        entry = self.entries[image_id]
        return (entry["width"], entry["height"]) if entry.get("width") else None

    def read(self, image_id: Any) -> np.ndarray:
        """An image, uint8 [h, w, 3] BGR; ValueError, without its name, if it can't be read or has another size."""
        return read_labelled_image(self.images[image_id], self.size(image_id))

    def results(self, poses: Poses, image_id: Any) -> list[Entry]:
        """COCO results of the people in an image, in the data's own keypoint order; see :func:`.media.coco.results`."""
        return results(poses, image_id, self.category_id, self.topology)

    def evaluated(self, found: Sequence[Entry], image_ids: Iterable[Any] | None = None) -> CocoEvaluation:
        """COCO's evaluation of COCO results in the data's keypoint order.

        Args:
            found: the results.
            image_ids: the images that count, in the order in which they do; None: all.

        Raises:
            ValueError: a result that is none, or of an image that is not in the file.
        """
        counted = list(self.entries if image_ids is None else image_ids)
        by_image: dict[Any, list[Entry]] = {image_id: [] for image_id in self.people}
        for result in found:
            by_image[self._image_of(result)].append({key: result[key] for key in ("keypoints", "score")})
        return CocoEvaluation(
            [[{key: p[key] for key in _OF_PERSON} for p in self.people[i]] for i in counted],
            [by_image[i] for i in counted],
            self.topology.sigmas,
        )

    def average_precision(self, found: Sequence[Entry], image_ids: Iterable[Any] | None = None) -> np.ndarray:
        """The figures of :meth:`evaluated`: float [10], AP, AP50, AP75, AP medium, AP large, AR and its likes."""
        return self.evaluated(found, image_ids).figures

    def outcomes(self, found: Sequence[Entry]) -> tuple[np.ndarray, np.ndarray]:
        """Who of the people in COCO results is right: (scores, right), float and bool [n], best score first.

        Right is whom COCO's evaluation matches to a labelled person at an OKS above 0.5; whom it ignores, such as
        people in a crowd that is not labelled one by one, is left out. ValueError as of :meth:`evaluated`.
        """
        images = self.evaluated(found).outcomes()
        scores = np.concatenate([image.scores for image in images])
        right, ignored = (
            np.concatenate([getattr(image.sizes["all"], name)[0] for image in images]) for name in ("right", "ignored")
        )
        order = np.argsort(-scores[~ignored], kind="stable")
        return scores[~ignored][order], right[~ignored][order]

    def _person(self, annotation: Entry) -> Entry:
        """An annotation with all that pycocotools asks for, computed of the keypoints where the data lack it."""
        return annotation | {
            "keypoints": annotation.get("keypoints") or [0] * (3 * len(self.topology.keypoints)),
            "num_keypoints": labelled_keypoints(annotation),
            "iscrowd": int(annotation.get("iscrowd") or 0),
            "bbox": person_box(annotation),
            "area": person_area(annotation),
        }

    def _image_of(self, result: Entry) -> Any:
        """The id of the image of a result; ValueError if the result is none."""
        image_id, keypoints, score = (result.get(key) for key in ("image_id", "keypoints", "score"))
        count = 3 * len(self.topology.keypoints)
        if not isinstance(image_id, (int, float, str)) or image_id not in self.people:
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
        return image_id


_OF_PERSON = ("keypoints", "num_keypoints", "iscrowd", "bbox", "area")


def _is_official(people: Sequence[Entry]) -> bool:
    """Whether there are people in an image and all of them are marked as COCO's own."""
    return bool(people) and all(str(person.get("source", "")).startswith("official") for person in people)
