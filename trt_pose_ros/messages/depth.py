"""Depth images from messages: sensor_msgs/Image (REP 118) and image_transport's compressedDepth."""

from __future__ import annotations

import struct
from typing import Any

import cv2
import numpy as np

from ..media.errors import ImageError

MILLIMETRE, METRE = 0.001, 1.0
_UNITS = {"16UC1": (np.uint16, MILLIMETRE), "mono16": (np.uint16, MILLIMETRE), "32FC1": (np.float32, METRE)}
_HEADER = struct.Struct("<iff")  # of compressedDepth: a number that means nothing, and two of the quantisation
_NAME = "compressedDepth"


def depth_values(message: Any) -> tuple[np.ndarray, float]:
    """The distances along the optical axis that an Image or CompressedImage holds, and their unit.

    Args:
        message: an Image of ``16UC1`` (mm) or ``32FC1`` (m) with any step and order of bytes, or a CompressedImage of
            the transport ``compressedDepth`` with PNG inside.

    Returns:
        uint16 or float32 [h, w], for an image without gaps a view of the message's data; the unit in metres.

    Raises:
        ImageError: the message holds no depth image.
    """
    return _compressed(message) if hasattr(message, "format") else _raw(message)


def _raw(message: Any) -> tuple[np.ndarray, float]:
    height, width, step, encoding = message.height, message.width, message.step, message.encoding
    if height == 0 or width == 0:
        raise ImageError("empty", f"depth image of {width}x{height} pixels is empty")
    dtype, unit = _units(encoding)
    kind = np.dtype(dtype).newbyteorder(">" if message.is_bigendian else "<")
    if step < width * kind.itemsize:
        least = width * kind.itemsize
        raise ImageError(
            "step", f"step {step} is too small for {width} pixels of depth in {encoding}, at least {least}"
        )
    content = np.frombuffer(message.data, np.uint8)
    if content.size != step * height:
        raise ImageError(
            "truncated", f"{content.size} bytes of depth, step {step} and height {height} need {step * height}"
        )
    values = np.ndarray((height, width), kind, content, strides=(step, kind.itemsize))
    return np.ascontiguousarray(values, dtype), unit


def _units(encoding: str) -> tuple[type, float]:
    if encoding not in _UNITS:
        raise ImageError("encoding", f"encoding {encoding!r} is no depth, only {', '.join(_UNITS)} are")
    return _UNITS[encoding]


def _compressed(message: Any) -> tuple[np.ndarray, float]:
    """PNG of 16 bits behind a header of 12 bytes: millimetres, or for 32FC1 numbers v of depth a / (v - b)."""
    encoding, _, how = message.format.partition(";")
    encoding = encoding.strip()
    if _NAME not in how or "rvl" in how.lower():
        raise ImageError(
            "encoding", f"depth of format {message.format!r}, must be '16UC1; {_NAME} png' or '32FC1; {_NAME} png'"
        )
    dtype, unit = _units(encoding)
    content = np.frombuffer(message.data, np.uint8)
    try:
        values = cv2.imdecode(content[_HEADER.size :], cv2.IMREAD_UNCHANGED)
    except cv2.error:  # nothing behind the header
        values = None
    if values is None or values.dtype != np.uint16 or values.ndim != 2:
        raise ImageError("truncated", f"{content.size} bytes of depth ({message.format!r}) hold no PNG of 16 bits")
    if dtype is np.uint16:
        return values, unit
    _, a, b = _HEADER.unpack_from(content.data)
    with np.errstate(divide="ignore"):
        metres = np.float32(a) / (values.astype(np.float32) - np.float32(b))
    return np.where(values > 0, metres, np.float32(np.nan)), unit
