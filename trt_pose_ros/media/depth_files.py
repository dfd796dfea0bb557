"""Depth images as files: which one belongs to which image, and what is in it."""

from __future__ import annotations

from pathlib import Path, PurePosixPath

import cv2
import numpy as np

from .errors import ImageError
from .images import MAX_PIXELS

SUFFIXES = (".png", ".tif", ".tiff", ".npy", ".pgm")


class DepthFiles:
    """The depth images of a folder.

    Args:
        folder: of files of 16 bits (PNG, TIFF, PGM), or of floating point numbers (TIFF, NumPy's ``.npy``).

    Raises:
        OSError: the folder can't be read.
        ValueError: it holds no depth images.
    """

    def __init__(self, folder: Path) -> None:
        if not folder.is_dir():
            raise NotADirectoryError(f"--depth {folder} is not a folder")
        names = [path.relative_to(folder) for path in sorted(folder.rglob("*")) if path.suffix.lower() in SUFFIXES]
        if not names:
            raise ValueError(f"--depth {folder} holds no depth images ({', '.join(SUFFIXES)})")
        self._folder = folder
        self._in_order = [folder / name for name in names]
        self._by_name: dict[str, list[Path]] = {}
        for name in names:
            self._by_name.setdefault(_stem(name.as_posix()), []).append(folder / name)

    def __len__(self) -> int:
        return len(self._in_order)

    def of_image(self, name: str) -> Path | None:
        """The file of the image of that name, which has the same but for its suffix; None without one.

        Raises:
            ValueError: there are several.
        """
        found = self._by_name.get(_stem(name), [])
        if len(found) > 1:
            raise ValueError(f"{name} has several depth images: {', '.join(file.name for file in found)}")
        return found[0] if found else None

    def of_frame(self, index: int) -> Path | None:
        """The file of the frame of that number of a video: the n-th by name, from 0; None beyond the last."""
        return self._in_order[index] if index < len(self._in_order) else None


def read_depth(path: Path) -> np.ndarray:
    """The values of a depth file as they are, uint16 or float32 [h, w].

    Raises:
        ImageError: why it can't be had.
    """
    try:
        data = path.read_bytes()
    except OSError as error:
        raise ImageError("unreadable", f"{path} cannot be read: {error.strerror or error}") from None
    depths = _loaded(path, data)
    if depths is None or depths.ndim != 2 or not 0 < depths.size <= MAX_PIXELS:
        raise ImageError("undecodable", f"{path} is no image of one channel")
    if depths.dtype in (np.float32, np.float64):
        return depths.astype(np.float32)
    if depths.dtype != np.uint16:
        raise ImageError(
            "undecodable", f"{path} holds {depths.dtype}: depth images are of 16 bits or floating point numbers"
        )
    return depths


def _loaded(path: Path, data: bytes) -> np.ndarray | None:
    if path.suffix.lower() != ".npy":
        try:
            return cv2.imdecode(np.frombuffer(data, np.uint8), cv2.IMREAD_UNCHANGED) if data else None
        except cv2.error:
            return None
    try:
        values = np.load(path, mmap_mode=None, allow_pickle=False)
    except (ValueError, OSError, EOFError):
        return None
    return values if isinstance(values, np.ndarray) else None


def _stem(name: str) -> str:
    return PurePosixPath(name).with_suffix("").as_posix()
