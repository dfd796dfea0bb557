"""A COCO keypoint JSON as it is on disk, and what is wrong with it. PoseTrack's label files are read as such."""

from __future__ import annotations

import json
import os
from collections.abc import Iterator
from functools import cached_property
from pathlib import Path
from typing import Any, NamedTuple

from ..topology import Topology
from .entries import Entry, annotation_errors, image_errors, is_id, is_name, shown
from .posetrack import as_coco, is_posetrack


class Problem(NamedTuple):
    """Something wrong with a data set.

    Attributes:
        kind: what is wrong in general, the same words for all cases.
        where: the image or annotation, in words.
        detail: what is wrong there.
        image: the entry of the image in the JSON, or None.
        annotation: the entry of the person in the JSON, or None.
    """

    kind: str
    where: str
    detail: str
    image: Entry | None = None
    annotation: Entry | None = None


class AnnotationFile:
    """The images of a COCO keypoint JSON, one category with keypoints, and its annotations.

    Args:
        path: of the JSON.
        category: name of the category, needed where several have keypoints.
        sized: whether PoseTrack's images, too, must have a width and a height, which they usually lack.
        data: what the file would hold; None: it is read.

    Attributes:
        path: of the file.
        data: all of its content.
        category: the category's entry.
        images, annotations: lists of entries; annotations of other categories are left out.

    Raises:
        OSError: the file can't be read.
        ValueError: it is not JSON, or no COCO keypoint file, or it's not clear which category is meant. Whatever is
            wrong with a single entry is told by :meth:`errors`.
    """

    def __init__(
        self,
        path: str | os.PathLike[str],
        category: str | None = None,
        sized: bool = True,
        data: Entry | None = None,
    ) -> None:
        self.path, self._sized = Path(path), sized
        self.data: Entry = self._read() if data is None else data
        if is_posetrack(self.data):
            self.data = self._converted()
        else:
            self._sized = True
        self._misfits: list[Problem] = []
        categories = [entry for _, entry in self._entries("categories")]
        self._images = self._entries("images")
        self._all_annotations = self._entries("annotations")
        self.category = self._choose(categories, category)
        self._categories = [entry.get("id") for entry in categories]
        self.images = [entry for _, entry in self._images]
        self.annotations = [entry for _, entry in self._all_annotations if self._is_own(entry)]

    @cached_property
    def topology(self) -> Topology:
        """The category's keypoints and links, which are none where it has no skeleton; ValueError if they are wrong."""
        return Topology.from_category({"skeleton": []} | self.category, source=f"{self.path}: category")

    def errors(self) -> Iterator[Problem]:
        """Yield a :class:`Problem` for each thing that makes an entry unfit to train on and to measure with."""
        yield from self._misfits
        yield from self._category_errors()
        images: dict[Any, tuple[int, Entry]] = {}
        for index, image in self._images:
            number = image.get("id")
            where = f"image {number}" if is_id(number) else f"images[{index}]"
            for kind, detail in image_errors(image, self._sized):
                yield Problem(kind, where, detail, image)
            if is_id(number):
                first, _ = images.setdefault(number, (index, image))
                if first != index:
                    detail = f"images[{first}] and images[{index}] have this id: each needs its own"
                    yield Problem("image ids used twice", where, detail, image)
        yield from self._annotation_errors({number: image for number, (_, image) in images.items()})

    def require_valid(self) -> None:
        """Raise ValueError, with the first of the :meth:`errors` and their number, if there are any."""
        errors = list(self.errors())
        if errors:
            more = f"; {len(errors) - 1} more errors are named by: trt-pose check" if len(errors) > 1 else ""
            raise ValueError(f"{self.path}: {errors[0].where}: {errors[0].detail}{more}")

    def _read(self) -> Entry:
        try:
            data = json.loads(self.path.read_bytes())  # of bytes it finds out which Unicode they are
        except FileNotFoundError:
            raise FileNotFoundError(f"no annotation file {self.path}") from None
        except UnicodeDecodeError as error:
            raise ValueError(f"{self.path} is not JSON: it is no UTF-8 text: {error}") from None
        except RecursionError:
            raise ValueError(f"{self.path} is not JSON that can be read: it is nested too deeply") from None
        except ValueError as error:
            raise ValueError(f"{self.path} is not JSON: {error}") from None
        if not isinstance(data, dict):
            raise ValueError(
                f"{self.path} holds {shown(data)}, not an object with lists of images, annotations and categories: "
                "it is not a COCO keypoint file"
            )
        return data

    def _converted(self) -> Entry:
        try:
            return as_coco(self.data)
        except ValueError as error:
            raise ValueError(f"{self.path} is not a file of PoseTrack's labels: {error}") from None

    def _entries(self, part: str) -> list[tuple[int, Entry]]:
        """(position, entry) of a list of the file; what is no object is noted and left out."""
        entries = self.data.get(part)
        if not isinstance(entries, list):
            found = f"{part} is {shown(entries)}" if part in self.data else f"there is no {part!r}"
            raise ValueError(f"{self.path} has no list of {part}, {found}: it is not a COCO keypoint file")
        self._misfits += [
            Problem("entries that are no objects", f"{part}[{i}]", f"is {shown(entry)}, must be an object")
            for i, entry in enumerate(entries)
            if not isinstance(entry, dict)
        ]
        return [(i, entry) for i, entry in enumerate(entries) if isinstance(entry, dict)]

    def _choose(self, categories: list[Entry], name: str | None) -> Entry:
        possible = [c for c in categories if c.get("keypoints")]
        chosen = [c for c in possible if name is None or c.get("name") == name]
        if len(chosen) != 1:
            names = ", ".join(shown(c.get("name")) for c in possible) or "none"
            known = "several are called" if chosen else "there is no"
            problem = "give the name of one" if name is None else f"{known} {name!r}"
            raise ValueError(f"{self.path}: categories with keypoints are {names}: {problem}")
        (category,) = chosen
        keypoints = category["keypoints"]
        if not is_name(category.get("name")):
            raise ValueError(
                f"{self.path}: the name of a category with keypoints is {shown(category.get('name'))}, must be text"
            )
        if not isinstance(keypoints, list) or not all(map(is_name, keypoints)) or len(set(keypoints)) != len(keypoints):
            raise ValueError(
                f"{self.path}: keypoints of category {category['name']!r} are {shown(keypoints)}, must be a list of "
                "different names"
            )
        return category

    def _is_own(self, annotation: Entry) -> bool:
        number = annotation.get("category_id")
        return is_id(number) and number == self.category.get("id")

    def _category_errors(self) -> Iterator[Problem]:
        number, where = self.category.get("id"), f"category {self.category['name']!r}"
        if not is_id(number):
            yield Problem(
                "categories without an id", where, f"its id is {shown(number)}, must be a whole number or text"
            )
        elif self._categories.count(number) > 1:
            yield Problem("category ids used twice", where, f"another category has the id {shown(number)}, too")
        try:
            _ = self.topology
        except ValueError as error:
            yield Problem("skeletons that are none", where, str(error).removeprefix(f"{self.path}: "))

    def _annotation_errors(self, images: dict[Any, Entry]) -> Iterator[Problem]:
        known = [number for number in self._categories if is_id(number)]
        seen: dict[Any, int] = {}
        for index, annotation in self._all_annotations:
            number, category = annotation.get("id"), annotation.get("category_id")
            where = f"annotation {number}" if is_id(number) else f"annotations[{index}]"
            if not is_id(category) or category not in known:
                detail = f"category_id {shown(category)} is the id of no category"
                yield Problem("annotations of categories that are not there", where, detail, None, annotation)
            if not self._is_own(annotation):
                continue
            image_id = annotation.get("image_id")
            image = images.get(image_id) if is_id(image_id) else None
            for kind, detail in annotation_errors(annotation, image, len(self.category["keypoints"])):
                yield Problem(kind, where, detail, image, annotation)
            if is_id(number) and seen.setdefault(number, index) != index:
                detail = f"annotations[{seen[number]}] and annotations[{index}] have this id: each needs its own"
                yield Problem("annotation ids used twice", where, detail, image, annotation)
