"""sensor_msgs images from and to NumPy arrays."""

from __future__ import annotations

import array

import cv2
import numpy as np
from sensor_msgs.msg import CompressedImage, Image
from std_msgs.msg import Header

from .encodings import ENCODINGS

_JPEG_START, _JPEG_END = b"\xff\xd8", b"\xff\xd9"


class ImageError(ValueError):
    """An image message that can't be used.

    Attributes:
        cause: one of ``empty``, ``size``, ``step``, ``truncated``, ``encoding``, ``undecodable``; what drops are
            counted under.
    """

    def __init__(self, cause: str, text: str) -> None:
        super().__init__(text)
        self.cause = cause


def image_to_bgr(message: Image) -> np.ndarray:
    """The content of an Image as uint8 [h, w, 3] BGR; for bgr8 a view of the message's data.

    Raises:
        ImageError: size, step, data and encoding contradict each other, or the encoding is not supported.
    """
    height, width, step, name = message.height, message.width, message.step, message.encoding
    if height == 0 or width == 0:
        raise ImageError("empty", f"image of {width}x{height} pixels is empty")
    if name not in ENCODINGS:
        raise ImageError("encoding", f"encoding {name!r} is not supported, only {', '.join(ENCODINGS)}")
    encoding = ENCODINGS[name]
    if height % encoding.multiple[0] or width % encoding.multiple[1]:
        raise ImageError(
            "size",
            f"image of {width}x{height} pixels in {name}: neighbours share their colour, width and height must be "
            f"multiples of {encoding.multiple[1]} and {encoding.multiple[0]}",
        )
    if min(height, width) < encoding.smallest:
        raise ImageError(
            "size", f"image of {width}x{height} pixels in {name} is too small, at least {encoding.smallest}"
        )
    dtype = np.dtype(encoding.dtype)
    pixel = encoding.channels * dtype.itemsize
    if step < width * pixel:
        raise ImageError("step", f"step {step} is too small for {width} pixels of {name}, at least {width * pixel}")
    rows = int(height * encoding.planes)
    data = np.frombuffer(message.data, np.uint8)
    if data.size != step * rows:
        raise ImageError(
            "truncated",
            f"{data.size} bytes of data, step {step} and height {height} need {step * rows} in {name}",
        )
    if dtype.itemsize > 1:
        dtype = dtype.newbyteorder(">" if message.is_bigendian else "<")
    image = np.ndarray((rows, width, encoding.channels), dtype, data, strides=(step, pixel, dtype.itemsize))
    if dtype.itemsize > 1 or encoding.planes > 1:
        # OpenCV takes neither the other order of bytes, nor values at odd addresses, nor planes with gaps between rows
        image = np.ascontiguousarray(image, encoding.dtype)
    return encoding.to_bgr(image)


def compressed_to_bgr(message: CompressedImage) -> np.ndarray:
    """The content of a CompressedImage (jpeg, png, whatever OpenCV reads) as uint8 [h, w, 3] BGR.

    Raises:
        ImageError: no data, or not an image.
    """
    data = np.frombuffer(message.data, np.uint8)
    if data.size == 0:
        raise ImageError("empty", "compressed image without data")
    # before version 5 OpenCV fills up the missing part of a JPEG with grey
    if data[:2].tobytes() == _JPEG_START and _JPEG_END not in data.tobytes():
        raise ImageError("truncated", f"{data.size} bytes of JPEG without an end: the image is cut short")
    try:
        image = cv2.imdecode(data, cv2.IMREAD_COLOR | cv2.IMREAD_IGNORE_ORIENTATION)
    except cv2.error as error:
        raise ImageError("undecodable", f"compressed image ({message.format!r}): {error}") from None
    if image is None:
        raise ImageError("undecodable", f"{data.size} bytes ({message.format!r}) are not an image OpenCV can decode")
    return image


def to_bgr(message: Image | CompressedImage) -> np.ndarray:
    """:func:`image_to_bgr` or :func:`compressed_to_bgr`, as the message's type wants."""
    return compressed_to_bgr(message) if isinstance(message, CompressedImage) else image_to_bgr(message)


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
