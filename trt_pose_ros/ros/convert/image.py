"""sensor_msgs images from and to NumPy arrays."""

from __future__ import annotations

import numpy as np
from sensor_msgs.msg import CompressedImage, Image
from std_msgs.msg import Header

from ...media.errors import ImageError
from ...media.images import decode_image
from ...messages import images
from .encodings import ENCODINGS
from .types import ROS_TYPES


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

    It is never turned, whatever its EXIF data ask for: it must fit the camera's calibration.

    Raises:
        ImageError: no data, cut short, or not an image; see :func:`~trt_pose_ros.media.images.decode_image`.
    """
    try:
        return decode_image(message.data, upright=False)
    except ImageError as error:
        raise ImageError(error.cause, f"compressed image ({message.format!r}): {error}") from None


def to_bgr(message: Image | CompressedImage) -> np.ndarray:
    """:func:`image_to_bgr` or :func:`compressed_to_bgr`, as the message's type wants."""
    return compressed_to_bgr(message) if isinstance(message, CompressedImage) else image_to_bgr(message)


def bgr_to_image(image: np.ndarray, header: Header) -> Image:
    """An Image (bgr8) of a uint8 [h, w, 3] BGR array."""
    return images.bgr_to_image(image, header, ROS_TYPES)


def bgr_to_compressed(image: np.ndarray, header: Header, quality: int = images.JPEG_QUALITY) -> CompressedImage:
    """A CompressedImage (jpeg) of a uint8 [h, w, 3] BGR array."""
    return images.bgr_to_compressed(image, header, ROS_TYPES, quality=quality)
