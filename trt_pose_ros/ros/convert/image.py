"""sensor_msgs images from and to NumPy arrays, without cv_bridge for the common encodings."""

import array
from importlib.util import find_spec

import cv2
import numpy as np
from sensor_msgs.msg import CompressedImage, Image

# encoding -> (channels, conversion to BGR; None: is BGR already)
_ENCODINGS = {
    "bgr8": (3, None),
    "8UC3": (3, None),
    "rgb8": (3, cv2.COLOR_RGB2BGR),
    "bgra8": (4, cv2.COLOR_BGRA2BGR),
    "rgba8": (4, cv2.COLOR_RGBA2BGR),
    "mono8": (1, cv2.COLOR_GRAY2BGR),
    "8UC1": (1, cv2.COLOR_GRAY2BGR),
}
_JPEG_START, _JPEG_END = b"\xff\xd8", b"\xff\xd9"


class ImageError(ValueError):
    """An image message that can't be used.

    Attributes:
        cause: one of ``empty``, ``step``, ``truncated``, ``encoding``, ``undecodable``; what drops are counted under.
    """

    def __init__(self, cause, text):
        super().__init__(text)
        self.cause = cause


def image_to_bgr(message):
    """The picture of an Image as uint8 [h, w, 3] BGR; for bgr8 a view of the message's data.

    Raises:
        ImageError: size, step, data and encoding contradict each other, or the encoding is not supported.
    """
    height, width, step = message.height, message.width, message.step
    if height == 0 or width == 0:
        raise ImageError("empty", f"image of {width}x{height} pixels is empty")
    if message.encoding not in _ENCODINGS:
        return _through_cv_bridge(message)
    channels, conversion = _ENCODINGS[message.encoding]
    if step < width * channels:
        raise ImageError(
            "step", f"step {step} is too small for {width} pixels of {message.encoding}, at least {width * channels}"
        )
    data = np.frombuffer(message.data, np.uint8)
    if data.size != step * height:
        raise ImageError(
            "truncated", f"{data.size} bytes of data, step {step} and height {height} need {step * height}"
        )
    image = np.ndarray((height, width, channels), np.uint8, data, strides=(step, channels, 1))
    return image if conversion is None else cv2.cvtColor(image, conversion)


def compressed_to_bgr(message):
    """The picture of a CompressedImage (jpeg, png, whatever OpenCV reads) as uint8 [h, w, 3] BGR.

    Raises:
        ImageError: no data, or not a picture.
    """
    data = np.frombuffer(message.data, np.uint8)
    if data.size == 0:
        raise ImageError("empty", "compressed image without data")
    # before version 5 OpenCV fills up the missing part of a JPEG with grey
    if data[:2].tobytes() == _JPEG_START and _JPEG_END not in data.tobytes():
        raise ImageError("truncated", f"{data.size} bytes of JPEG without an end: the picture is cut short")
    try:
        image = cv2.imdecode(data, cv2.IMREAD_COLOR)
    except cv2.error as error:
        raise ImageError("undecodable", f"compressed image ({message.format!r}): {error}") from None
    if image is None:
        raise ImageError("undecodable", f"{data.size} bytes ({message.format!r}) are not a picture OpenCV can decode")
    return image


def to_bgr(message):
    """:func:`image_to_bgr` or :func:`compressed_to_bgr`, as the message's type wants."""
    return compressed_to_bgr(message) if isinstance(message, CompressedImage) else image_to_bgr(message)


def bgr_to_image(image, header):
    """An Image (bgr8) of a uint8 [h, w, 3] BGR array."""
    height, width = image.shape[:2]
    # the only way to fill data that rclpy neither copies byte by byte nor checks byte by byte
    data = array.array("B")
    data.frombytes(np.ascontiguousarray(image).data.cast("B"))
    return Image(header=header, height=height, width=width, encoding="bgr8", step=3 * width, data=data)


def bgr_to_compressed(image, header, quality=80):
    """A CompressedImage (jpeg) of a uint8 [h, w, 3] BGR array."""
    encoded = cv2.imencode(".jpg", image, [cv2.IMWRITE_JPEG_QUALITY, quality])[1]
    data = array.array("B")
    data.frombytes(encoded.data.cast("B"))
    return CompressedImage(header=header, format="bgr8; jpeg compressed bgr8", data=data)


def _through_cv_bridge(message):
    if not find_spec("cv_bridge"):
        raise ImageError(
            "encoding",
            f"encoding {message.encoding!r} is not supported without cv_bridge, only {', '.join(_ENCODINGS)}",
        )
    from cv_bridge import CvBridge, CvBridgeError

    try:
        return CvBridge().imgmsg_to_cv2(message, "bgr8")
    except (CvBridgeError, ValueError, TypeError, cv2.error) as error:
        raise ImageError("encoding", f"cv_bridge cannot convert {message.encoding!r}: {error}") from None
