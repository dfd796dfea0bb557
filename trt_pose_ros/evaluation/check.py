"""What is wrong with a keypoint data set, or looks so: counted and named."""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import chain
from pathlib import Path

import numpy as np
from tqdm import tqdm

from ..media.errors import ImageError
from ..topology import Topology
from .annotations import AnnotationFile, Problem
from .entries import Entry, is_ignored, is_name
from .labelled_image import read_labelled_image
from .sides import exchanged_people, side_notes, side_warnings

_NAMED = 5  # cases of a kind that are named
_SLACK = 1.0  # pixels by which a keypoint or a box may lie outside its image, from rounding


@dataclass(frozen=True)
class Report:
    """What was found.

    Attributes:
        errors: what can't be trained on, nor measured with, by kind.
        warnings: what to look at, by kind; of the entries without errors.
        notes: facts, a line each.
    """

    errors: dict[str, list[Problem]]
    warnings: dict[str, list[Problem]]
    notes: list[str]

    def lines(self) -> Iterator[str]:
        """A counted line for each kind of problem, with the first cases, then the notes."""
        for level, kinds in (("error", self.errors), ("warning", self.warnings)):
            for kind, cases in kinds.items():
                named = "; ".join(f"{p.where}: {p.detail}" for p in cases[:_NAMED])
                yield f"{level:8}{len(cases)} {kind}: {named}{'; ...' if len(cases) > _NAMED else ''}"
        for note in self.notes:
            yield f"{'note':8}{note}"


def check(file: AnnotationFile, folder: str | os.PathLike[str]) -> Report:
    """Check the entries of a file, and the images that they name, below a folder."""
    problems = [*file.errors(), *image_file_errors(file, Path(folder))]
    wrong = {id(problem.image if problem.annotation is None else problem.annotation) for problem in problems}
    images = [image for image in file.images if id(image) not in wrong]
    known = {image["id"] for image in images}
    annotations = [a for a in file.annotations if id(a) not in wrong and a["image_id"] in known]
    errors = _by_kind(problems)
    if "skeletons that are none" in errors:
        return Report(errors, {}, [])
    topology = file.topology
    people = [a for a in annotations if not is_ignored(a)]
    keypoints = np.reshape([a["keypoints"] for a in people], (-1, len(topology.keypoints), 3))
    warnings = chain(
        skeleton_warnings(topology, keypoints),
        side_warnings(topology, keypoints),
        exchanged_people(topology, keypoints, people, images),
        image_warnings(images),
        annotation_warnings(topology, images, annotations),
    )
    notes = chain(file_notes(topology, images, annotations, keypoints), side_notes(topology, keypoints))
    return Report(errors, _by_kind(warnings), list(notes))


def _by_kind(problems: Iterable[Problem]) -> dict[str, list[Problem]]:
    kinds: dict[str, list[Problem]] = {}
    for problem in problems:
        kinds.setdefault(problem.kind, []).append(problem)
    return kinds


def image_file_errors(file: AnnotationFile, folder: Path) -> Iterator[Problem]:
    """Yield a Problem for each image file that is missing, unreadable or of another size."""
    for image in tqdm(file.images, "images", disable=None):
        name = image.get("file_name")
        if not is_name(name):
            continue  # one of the file's own errors
        path = folder / name
        if not os.path.isfile(path):
            yield Problem("images missing", path.name, f"not in {path.parent}", image)
            continue
        try:
            read_labelled_image(path, (image.get("width", 0), image.get("height", 0)))
        except ImageError as error:
            yield Problem("images that cannot be read", path.name, str(error), image)
        except ValueError as error:
            yield Problem("images of another size than in the JSON", path.name, str(error), image)


def image_warnings(images: Iterable[Entry]) -> Iterator[Problem]:
    """Yield a Problem for each image file that is listed twice."""
    seen: dict[str, object] = {}
    for image in images:
        first = seen.setdefault(image["file_name"], image["id"])
        if first != image["id"]:
            detail = f"image {first} is {image['file_name']}, too: it counts twice"
            yield Problem("image files listed twice", f"image {image['id']}", detail, image)


def annotation_warnings(topology: Topology, images: Iterable[Entry], annotations: Iterable[Entry]) -> Iterator[Problem]:
    """Yield a Problem for each suspicious thing about annotations without errors, of images without errors."""
    by_id = {image["id"]: image for image in images}
    for a in annotations:
        image, where = by_id[a["image_id"]], f"annotation {a['id']}"
        size = np.array([image["width"], image["height"]])
        points = np.reshape(a.get("keypoints") or np.zeros((0, 3)), (-1, 3))
        known = points[:, 2] > 0
        outside = known & ((points[:, :2] < -_SLACK) | (points[:, :2] > size - 1 + _SLACK)).any(1)
        names = ", ".join(topology.keypoints[i] for i in np.flatnonzero(outside))
        found = {"keypoints outside of their image": names}
        if a.get("num_keypoints") not in (None, known.sum()):
            found["wrong num_keypoints"] = f"{a['num_keypoints']}, but {known.sum()} are labelled"
        if not a.get("bbox"):
            found["annotations without a box"] = "has no bbox"
        else:
            x, y, w, h = a["bbox"]
            if w <= 0 or h <= 0:
                found["empty boxes"] = f"is {w} x {h}"
            elif x < -_SLACK or y < -_SLACK or x + w > size[0] + _SLACK or y + h > size[1] + _SLACK:
                found["boxes that reach outside of their image"] = f"{a['bbox']} in {size[0]}x{size[1]} pixels"
            elif known.any() and not is_ignored(a):
                middle = points[known, :2].mean(0)
                if ((middle < (x, y)) | (middle > (x + w, y + h))).any():
                    found["people whose keypoints lie outside of their box"] = f"around {middle.round().tolist()}"
        if not is_ignored(a) and not (a.get("area") or 0) > 0:
            found["people without an area"] = "has no area: that of its box is taken"
        for kind, detail in found.items():
            if detail:
                yield Problem(kind, where, detail, image, a)


def skeleton_warnings(topology: Topology, keypoints: np.ndarray) -> Iterator[Problem]:
    """Yield a Problem for each keypoint or link of the skeleton that looks wrong, or that nobody has."""
    for i, name in enumerate(topology.keypoints):
        if topology.swap[i] == i and {"left", "right"} & set(name.lower().replace("-", "_").split("_")):
            yield Problem("keypoints of one side without their partner", name, "will not be exchanged in mirror images")
        if not (keypoints[:, i, 2] > 0).any():
            yield Problem("keypoints that are never labelled", name, "will not be learnt")
    if not topology.links:
        yield Problem("no links", topology.name, "the skeleton is empty: people cannot be put together of keypoints")
    for a, b in topology.links:
        if not (keypoints[:, (a, b), 2] > 0).all(1).any():
            where = f"{topology.keypoints[a]}-{topology.keypoints[b]}"
            yield Problem("links that are never labelled at both ends", where, "will not be learnt")


def file_notes(
    topology: Topology, images: Sequence[Entry], annotations: Sequence[Entry], keypoints: np.ndarray
) -> Iterator[str]:
    """Lines of facts about entries without errors; ``keypoints`` [P, K, 3] of the people among the annotations."""
    used = {a["image_id"] for a in annotations if not is_ignored(a)}
    regions = sum(is_ignored(a) for a in annotations)
    yield f"{len(images) - len(used)} images without people, to be learnt as background"
    yield f"{regions} regions to ignore (crowds, people without keypoints)"
    share = (keypoints[:, :, 2] > 0).mean(0) if len(keypoints) else np.zeros(len(topology.keypoints))
    labelled = ", ".join(f"{n} {s:.0%}" for n, s in zip(topology.keypoints, share, strict=True))
    yield f"labelled: {labelled}"
