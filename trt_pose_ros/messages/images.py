"""sensor_msgs images from and to arrays."""

from __future__ import annotations

from typing import Any

import cv2
import numpy as np

from ..media.encodings import EncodedImage
from ..media.errors import ImageError
from ..media.images import decode_image
from .types import MessageTypes

JPEG_QUALITY = 80  # what image_transport's compressed topics have by default


def encoded_image(message: Any) -> EncodedImage:
    """The content of an Image, for most encodings a view of its data, or of a CompressedImage.

    The latter (jpeg, png, whatever OpenCV reads) is never turned, whatever its EXIF data ask for: it must fit the
    camera's calibration.

    Raises:
        ImageError: see :meth:`EncodedImage.of` and :func:`~trt_pose_ros.media.images.decode_image`.
    """
    if hasattr(message, "format"):  # a CompressedImage
        try:
            return EncodedImage(decode_image(message.data, upright=False))
        except ImageError as error:
            raise ImageError(error.cause, f"compressed image ({message.format!r}): {error}") from None
    return EncodedImage.of(
        message.height, message.width, message.step, message.encoding, message.data, message.is_bigendian
    )


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
