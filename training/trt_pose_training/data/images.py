"""Image files: a folder of unlabelled ones as samples, and reading them, at reduced size where that is enough."""

from __future__ import annotations

from pathlib import Path

import cv2
import numpy as np

from trt_pose_ros.media.sources import IMAGE_SUFFIXES
from trt_pose_ros.topology import Topology

from .coco import Sample

_REDUCED = {
    1: cv2.IMREAD_COLOR,
    2: cv2.IMREAD_REDUCED_COLOR_2,
    4: cv2.IMREAD_REDUCED_COLOR_4,
    8: cv2.IMREAD_REDUCED_COLOR_8,
}


def unlabelled(folder: str | Path, topology: Topology) -> list[Sample]:
    """Samples of all images below a folder, of which nothing is known: P = 0, no keypoint labelled.

    They are of use to a student that learns from a teacher network, and to no other.

    Raises:
        ValueError: the folder holds no images.
    """
    files = sorted(p for p in Path(folder).rglob("*") if p.suffix.lower() in IMAGE_SUFFIXES)
    if not files:
        raise ValueError(f"folder {folder} holds no images ({', '.join(sorted(IMAGE_SUFFIXES))})")
    count = len(topology.keypoints)
    none, no = np.zeros((0, count, 3), np.float32), np.zeros(count, bool)
    return [
        Sample(file, None, None, none, none[:, 0, 0], (), no, i, np.zeros((0, 4), np.float32))
        for i, file in enumerate(files)
    ]


def reduction(file: Path, scale: float) -> int:
    """The factor 1, 2, 4 or 8 by which ``file`` may be reduced while it is decoded, if it is then shrunk by ``scale``.

    Only JPEG decoders do this exactly: pixel u of the reduced image covers the pixels f u .. f u + f - 1.
    """
    if not str(file).lower().endswith((".jpg", ".jpeg")):
        return 1
    return max(factor for factor in _REDUCED if factor == 1 or factor * scale <= 1)


def read(file: Path, size: tuple[int, int] | None = None, factor: int = 1) -> np.ndarray:
    """Read an image as uint8 [ceil(height / factor), ceil(width / factor), 3] BGR.

    Args:
        size: (width, height) in pixels that it must have: an image that has them only as stored, without the
            orientation that its EXIF data ask for, is read as stored.
        factor: see :func:`reduction`.

    Raises:
        ValueError: it is no readable image, or has another size.
    """
    image = cv2.imread(str(file), _REDUCED[factor])
    if image is None:
        raise ValueError(f"cannot read image {file}: missing, damaged or of an unknown format")
    if size is None or _reduced(image, size, factor):
        return image
    stored = cv2.imread(str(file), _REDUCED[factor] | cv2.IMREAD_IGNORE_ORIENTATION)
    if not _reduced(stored, size, factor):
        height, width = cv2.imread(str(file)).shape[:2]
        raise ValueError(f"image {file} is {width}x{height} pixels, but {size[0]}x{size[1]} in its annotations")
    return stored


def _reduced(image, size, factor):
    return image.shape[1::-1] == tuple(-(-side // factor) for side in size)


class Reader:
    """Reads images as :func:`read` does, and keeps them for the next time.

    What comes once there is no more room is read from its file each time: which images come next is random, so those
    that are kept are as good as any others.

    Args:
        limit: bytes of images to keep.
    """

    def __init__(self, limit: int) -> None:
        self._room, self._kept = limit, {}

    def __call__(self, file: Path, size: tuple[int, int] | None = None, factor: int = 1) -> np.ndarray:
        """What :func:`read` returns, not to be written to."""
        key = file, size, factor
        image = self._kept.get(key)
        if image is None:
            image = read(file, size, factor)
            if image.nbytes <= self._room:
                self._room -= image.nbytes
                self._kept[key] = image
                image.flags.writeable = False
        return image
