"""Image files and compressed images as arrays, and a word for each reason why one is none."""

from __future__ import annotations

import os
import stat
from pathlib import Path

import cv2
import numpy as np

from . import jpeg
from .errors import ImageError
from .formats import image_format, image_size

MAX_PIXELS = 2**27  # 134 million, 0.4 GB of BGR: more than any camera has in one image, less than ends a small computer
_MAX_BYTES = 2**30
_UNSUPPORTED = "OpenCV {} cannot read this {}: it is damaged, or not supported here; convert it to JPEG or PNG"


def read_image(path: str | os.PathLike[str], *, upright: bool = True) -> np.ndarray:
    """The image of a file as uint8 [h, w, 3] BGR; see :func:`decode_image`.

    Raises:
        ImageError: why it can't be had; ``unreadable`` where the file itself is the reason.
    """
    return read_image_with_note(path, upright=upright)[0]


def read_image_with_note(path: str | os.PathLike[str], *, upright: bool = True) -> tuple[np.ndarray, str]:
    """:func:`read_image`, and what its user should know about it, empty if nothing."""
    try:
        status = os.stat(path)
        # opening a pipe would wait for its other end
        if not stat.S_ISREG(status.st_mode):
            raise ImageError("unreadable", "not a file")
        if status.st_size > _MAX_BYTES:
            raise ImageError("too_large", f"{status.st_size} bytes, at most {_MAX_BYTES} are read")
        data = Path(path).read_bytes()
    except OSError as error:
        raise ImageError("unreadable", f"cannot be read: {error.strerror or error}") from None
    return _decode(data, upright)


def decode_image(data: bytes | bytearray | memoryview, *, upright: bool = True) -> np.ndarray:
    """Decode a JPEG, PNG or whatever else OpenCV reads, as uint8 [h, w, 3] BGR.

    Grey becomes three equal channels, transparency is left out. Grey of more than 8 bits is stretched over its own
    range, colour over the bits that are used: a camera of 12 bits fills a sixteenth of a 16-bit file only.

    Args:
        data: the whole file, as bytes or anything with their buffer (``array.array``, a NumPy array of uint8).
        upright: turn the image as its EXIF orientation asks. Not for a camera's images: they must fit its calibration.

    Raises:
        ImageError: its ``cause`` is ``empty``, ``truncated`` (cut short, however well a decoder hides it),
            ``too_large`` (more than ``MAX_PIXELS``) or ``undecodable``.
    """
    return _decode(bytes(data), upright)[0]


def _decode(data: bytes, upright: bool) -> tuple[np.ndarray, str]:
    if not data:
        raise ImageError("empty", "no data")
    name = image_format(data)
    markers = jpeg.parse(data) if name == "jpeg" else None
    _check_size((markers.width, markers.height) if markers else image_size(data, name))
    flags = cv2.IMREAD_COLOR | cv2.IMREAD_ANYDEPTH | (0 if upright else cv2.IMREAD_IGNORE_ORIENTATION)
    image = _decoded(data, flags, name)
    if markers and _may_miss_blocks(image, markers):
        longer = jpeg.padded(data, markers.end)
        if not np.array_equal(image, _decoded(longer, flags, name)):
            raise ImageError("truncated", f"{len(data)} bytes of JPEG end amid the image: it is cut short")
    return _to_8_bits(image)


def _check_size(size: tuple[int, int] | None) -> None:
    if size is not None and size[0] * size[1] > MAX_PIXELS:
        raise ImageError(
            "too_large", f"{size[0]}x{size[1]} pixels, at most {MAX_PIXELS / 1e6:.0f} million are read: make it smaller"
        )


def _decoded(data: bytes, flags: int, name: str | None) -> np.ndarray:
    try:
        image = cv2.imdecode(np.frombuffer(data, np.uint8), flags)
    except cv2.error as error:
        limits = ("CV_IO_MAX_IMAGE", "Insufficient memory", "Failed to allocate")
        if any(limit in str(error) for limit in limits):
            raise ImageError("too_large", "more pixels than OpenCV reads: make it smaller") from None
        image = None
    except MemoryError:
        raise ImageError("too_large", "more pixels than there is memory for: make it smaller") from None
    if image is not None and image.size:
        # grey floats stay one channel whatever the flags say
        return image if image.ndim == 3 else np.dstack([image] * 3)
    if name is None:
        raise ImageError("undecodable", f"{len(data)} bytes that begin like no image format")
    raise ImageError("undecodable", _UNSUPPORTED.format(cv2.__version__, name.upper()))


def _may_miss_blocks(image: np.ndarray, markers: jpeg.Jpeg) -> bool:
    """Whether it is worth a look: missing blocks of a JPEG are the grey 128 and last, in a corner however turned.

    Where only a part of the very last block is missing nothing shows, and nobody is misled.
    """
    if markers.progressive or markers.components > 3:
        return True
    corners = (image[rows, columns] for rows in (slice(4), slice(-4, None)) for columns in (slice(4), slice(-4, None)))
    return any((corner == 128).all() for corner in corners)


def _to_8_bits(image: np.ndarray) -> tuple[np.ndarray, str]:
    """[h, w, 3] of any type as uint8, and what was done to it, empty if nothing."""
    if image.dtype == np.uint8:
        return image, ""
    grey = bool((image[:, :, :1] == image).all())
    if image.dtype == np.uint16 and not grey:
        bits = max(8, int(image.max()).bit_length())
        note = f"uses {bits} of its 16 bits: made {2 ** (16 - bits)} times as bright" if bits < 16 else ""
        return (image >> (bits - 8)).astype(np.uint8), note
    with np.errstate(invalid="ignore"):  # what a file holds may be any NaN
        values = image.astype(np.float64)
    finite = values[np.isfinite(values)]
    values = np.nan_to_num(values, posinf=finite.max(initial=0), neginf=finite.min(initial=0))
    full = 65535.0 if image.dtype == np.uint16 else 1.0
    low, high = (float(values.min()), float(values.max())) if grey else (0.0, max(full, float(values.max())))
    if low == high:
        low, high = 0.0, full
    stretched = np.clip((values - low) * (255 / (high - low)), 0, 255)
    dim = grey and high - low < full / 2
    note = f"values from {low:g} to {high:g} are stretched over the whole range of brightness" if dim else ""
    return np.rint(stretched).astype(np.uint8), note
