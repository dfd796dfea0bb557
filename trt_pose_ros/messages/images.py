"""Images as sensor_msgs messages."""

from __future__ import annotations

from typing import Any

import cv2
import numpy as np

from .types import MessageTypes

JPEG_QUALITY = 80  # what image_transport's compressed topics have by default


def bgr_to_image(image: np.ndarray, header: Any, types: MessageTypes) -> Any:
    """A sensor_msgs/Image (bgr8) of a uint8 [h, w, 3] BGR array."""
    height, width = image.shape[:2]
    return types["sensor_msgs/msg/Image"](
        header=header,
        height=height,
        width=width,
        encoding="bgr8",
        is_bigendian=0,
        step=3 * width,
        data=types.numbers(image, np.uint8),
    )


def bgr_to_compressed(
    image: np.ndarray, header: Any, types: MessageTypes, kind: str = "jpeg", quality: int = JPEG_QUALITY
) -> Any:
    """A sensor_msgs/CompressedImage of a uint8 [h, w, 3] BGR array.

    Args:
        image: see above.
        header: the message's.
        types: of the library that the message is for.
        kind: ``jpeg``, or ``png``, which loses nothing.
        quality: of a JPEG, up to 100.
    """
    options = [cv2.IMWRITE_JPEG_QUALITY, quality] if kind == "jpeg" else []
    encoded = cv2.imencode(f".{kind}", image, options)[1]
    return types["sensor_msgs/msg/CompressedImage"](
        header=header, format=f"bgr8; {kind} compressed bgr8", data=types.numbers(encoded, np.uint8)
    )
