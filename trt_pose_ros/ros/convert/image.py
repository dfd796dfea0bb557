"""sensor_msgs images from and to NumPy arrays."""

from __future__ import annotations

import array

import cv2
import numpy as np
from sensor_msgs.msg import CompressedImage, Image
from std_msgs.msg import Header

from ...media.encodings import EncodedImage
from ...media.errors import ImageError
from ...media.images import decode_image


def encoded_image(message: Image | CompressedImage) -> EncodedImage:
    """The content of an Image, for most encodings a view of its data, or of a CompressedImage.

    The latter (jpeg, png, whatever OpenCV reads) is never turned, whatever its EXIF data ask for: it must fit the
    camera's calibration.

    Raises:
        ImageError: see :meth:`EncodedImage.of` and :func:`~trt_pose_ros.media.images.decode_image`.
    """
    if isinstance(message, CompressedImage):
        try:
            return EncodedImage(decode_image(message.data, upright=False))
        except ImageError as error:
            raise ImageError(error.cause, f"compressed image ({message.format!r}): {error}") from None
    return EncodedImage.of(
        message.height, message.width, message.step, message.encoding, message.data, message.is_bigendian
    )


def bgr_to_image(image: np.ndarray, header: Header) -> Image:
    """An Image (bgr8) of a uint8 [h, w, 3] BGR array."""
    height, width = image.shape[:2]
    # the only way to fill data that rclpy neither copies byte by byte nor checks byte by byte
    data = array.array("B")
    data.frombytes(np.ascontiguousarray(image).data.cast("B"))
    return Image(header=header, height=height, width=width, encoding="bgr8", step=3 * width, data=data)


def bgr_to_compressed(image: np.ndarray, header: Header, quality: int = 80) -> CompressedImage:
    """A CompressedImage (jpeg) of a uint8 [h, w, 3] BGR array."""
    encoded = cv2.imencode(".jpg", image, [cv2.IMWRITE_JPEG_QUALITY, quality])[1]
    data = array.array("B")
    data.frombytes(encoded.data.cast("B"))
    return CompressedImage(header=header, format="bgr8; jpeg compressed bgr8", data=data)
