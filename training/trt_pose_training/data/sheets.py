"""Sheets of images of a data set: what is wrong with it, what is in it, and what the network gets of it."""

from __future__ import annotations

import contextlib
import re
from collections.abc import Iterator
from pathlib import Path

import cv2
import numpy as np

from trt_pose_ros.evaluation.annotations import AnnotationFile, Problem
from trt_pose_ros.evaluation.entries import is_name, is_numbers
from trt_pose_ros.media.drawing import draw_poses
from trt_pose_ros.media.errors import ImageError
from trt_pose_ros.media.images import read_image
from trt_pose_ros.model_file import InputSpec
from trt_pose_ros.poses import Poses

from .augment import AugmentOptions
from .coco import KeypointData
from .dataset import PoseDataset, Source

_TILES = 16  # images a sheet, in a square
_TILE = 320  # pixels
_TITLE = 20  # pixels
_STRIDE = 8
_RED = np.uint8([0, 0, 160])  # BGR


def draw_sheets(
    folder: Path,
    file: AnnotationFile,
    images: Path,
    problems: dict[str, list[Problem]],
    size: tuple[int, int],
    seed: int = 0,
) -> Iterator[str]:
    """Write the sheets into ``folder`` as PNG files.

    Args:
        folder: is made if need be.
        file: :class:`~trt_pose_ros.evaluation.annotations.AnnotationFile`.
        images: folder of the images.
        problems: {kind: list of :class:`~trt_pose_ros.evaluation.annotations.Problem`}.
        size: (height, width) of the augmented samples.
        seed: of the choice of samples and their augmentation.

    Yields:
        str: a line about each sheet.
    """
    folder.mkdir(parents=True, exist_ok=True)
    for kind, cases in problems.items():
        tiles = [t for t in (_offender(p, images, file) for p in cases[:_TILES]) if t is not None]
        if tiles:
            yield _write(folder / f"{re.sub('[^a-z0-9]+', '_', kind.lower())}.png", tiles)
    try:
        samples = KeypointData.load(file.path, images, category=file.category["name"]).samples
        topology = file.topology
    except (ValueError, OSError) as error:
        yield f"no sheets of samples: {error}"
        return
    if not samples:
        yield "no sheets of samples: there are none"
        return
    order = np.random.default_rng(seed).permutation(len(samples))[:_TILES]
    chosen = [samples[i] for i in order]
    for name, options in (("samples", AugmentOptions.none()), ("augmented", AugmentOptions())):
        spec = InputSpec("input", *(-(-side // _STRIDE) * _STRIDE for side in size), multiple=_STRIDE)
        dataset = PoseDataset([Source(chosen)], topology, spec, _STRIDE, options, seed)
        tiles = [_titled(_shaded(*dataset[i][:3], topology), sample.file.name) for i, sample in enumerate(chosen)]
        yield _write(folder / f"{name}.png", tiles)


def _offender(problem, images, file):
    """The image of a problem with the person and the box that it is about; None if there's nothing to be seen."""
    name = problem.image and problem.image.get("file_name")
    if not is_name(name):
        return None
    try:
        image = read_image(images / name)
    except ImageError:
        return None
    scale = _TILE / max(image.shape[:2])
    image = cv2.resize(image, None, fx=scale, fy=scale, interpolation=cv2.INTER_AREA)
    annotation = problem.annotation or {}
    box, keypoints = annotation.get("bbox"), annotation.get("keypoints")
    if is_numbers(box) and len(box) == 4:
        x, y, w, h = (round(scale * float(v)) for v in box)
        cv2.rectangle(image, (x, y), (x + w, y + h), (255, 255, 255), 1)
    if is_numbers(keypoints) and len(keypoints) == 3 * len(file.category["keypoints"]):
        points = np.reshape(keypoints, (1, -1, 3)).astype(np.float32)
        points[:, :, :2] = (points[:, :, :2] + 0.5) * scale - 0.5
        with contextlib.suppress(ValueError):  # a wrong skeleton, which is one of the problems
            _draw(image, points, file.topology)
    return _titled(image, problem.where)


def _shaded(image, keypoints, mask, topology):
    image = image.copy()
    ignored = cv2.resize(mask, image.shape[1::-1], interpolation=cv2.INTER_NEAREST) == 0
    image[ignored] = image[ignored] // 2 + _RED // 2
    return _draw(image, keypoints, topology)


def _draw(image, keypoints, topology):
    known = keypoints[:, :, 2:] > 0
    people = np.where(known, keypoints, np.nan).astype(np.float32)
    people[:, :, 2] = known[:, :, 0]
    return draw_poses(image, Poses(topology, people, np.ones(len(people))), labels=False)


def _titled(image, title):
    canvas = np.zeros((image.shape[0] + _TITLE, image.shape[1], 3), np.uint8)
    canvas[_TITLE:] = image
    cv2.putText(canvas, title, (2, _TITLE - 6), cv2.FONT_HERSHEY_SIMPLEX, 0.4, (255, 255, 255), 1, cv2.LINE_AA)
    return canvas


def _write(path, tiles):
    columns = int(np.ceil(np.sqrt(len(tiles))))
    height, width = (max(t.shape[axis] for t in tiles) for axis in (0, 1))
    rows = -(-len(tiles) // columns)
    sheet = np.zeros((rows * height, columns * width, 3), np.uint8)
    for i, tile in enumerate(tiles):
        y, x = i // columns * height, i % columns * width
        sheet[y : y + tile.shape[0], x : x + tile.shape[1]] = tile
    if not cv2.imwrite(str(path), sheet):
        raise ValueError(f"cannot write {path}")
    return f"{path}: {len(tiles)} images"
