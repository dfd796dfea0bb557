"""Images as cameras send them: how the bytes of an encoding lie, and how they become BGR.

The names are those of ``sensor_msgs/image_encodings``. YUV is video range BT.601, what webcams send. Grey of 16 bits,
thermal and depth images (``16UC1``) included, is shown by the range of the values in it: cameras of 10, 12 or 14 bits
fill a part of the 16 only.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property
from typing import Any, NamedTuple

import cv2
import numpy as np

from .errors import ImageError

Rows = Callable[[np.ndarray], np.ndarray]


class Encoding(NamedTuple):
    """One encoding.

    Attributes:
        to_bgr: makes uint8 [h, w, 3] BGR of [rows, w, channels] in ``dtype``; may return a view.
        channels: values a pixel, in the rows that ``step`` counts.
        dtype: of a value, uint8 or uint16.
        planes: rows of data a row of pixels: 1.5 where planes of half the resolution follow.
        multiple: (height, width) are multiples of this, as neighbours share their colour.
        smallest: height and width from which on OpenCV fills the whole image.
    """

    to_bgr: Rows
    channels: int
    dtype: type[np.unsignedinteger] = np.uint8
    planes: float = 1
    multiple: tuple[int, int] = (1, 1)
    smallest: int = 1


def stretch(image: np.ndarray) -> np.ndarray:
    """uint16 of any range as uint8: the lowest value becomes 0, the highest 255; all 16 bits where all are equal."""
    low, high = (float(v) for v in cv2.minMaxLoc(image.reshape(image.shape[0], -1))[:2])
    if low == high:
        low, high = 0.0, 65535.0
    scale = 255 / (high - low)
    return cv2.convertScaleAbs(image, alpha=scale, beta=-low * scale)


def _as_it_is(image: np.ndarray) -> np.ndarray:
    return image


def _with(code: int) -> Rows:
    return lambda image: cv2.cvtColor(image, code)


def _colour16(code: int | None) -> Rows:
    """Colour of 16 bits uses them all; a stretch of its own would take the colour's brightness away."""

    def convert(image: np.ndarray) -> np.ndarray:
        narrow = cv2.convertScaleAbs(image, alpha=255 / 65535)
        return narrow if code is None else cv2.cvtColor(narrow, code)

    return convert


def _grey16(image: np.ndarray) -> np.ndarray:
    return cv2.cvtColor(stretch(image), cv2.COLOR_GRAY2BGR)


def _bayer16(code: int) -> Rows:
    return lambda image: stretch(cv2.cvtColor(image, code))


def _nv24(image: np.ndarray) -> np.ndarray:
    """Colour for every pixel; OpenCV knows the kind with colour for every fourth, so each pixel is made four."""
    rows, width = image.shape[:2]
    height = rows // 3
    luma = image[:height, :, 0].repeat(2, axis=0).repeat(2, axis=1)
    chroma = image[height:, :, 0].reshape(height, 2 * width)
    return cv2.cvtColor(np.concatenate([luma, chroma]), cv2.COLOR_YUV2BGR_NV12)[::2, ::2]


def _bayer() -> dict[str, Encoding]:
    # OpenCV names a pattern by the second row's second and third pixel, ROS by the first two rows
    codes = {
        "rggb": cv2.COLOR_BayerBG2BGR,
        "bggr": cv2.COLOR_BayerRG2BGR,
        "gbrg": cv2.COLOR_BayerGR2BGR,
        "grbg": cv2.COLOR_BayerGB2BGR,
    }
    table = {f"bayer_{name}8": Encoding(_with(code), 1, multiple=(2, 2), smallest=4) for name, code in codes.items()}
    table |= {
        f"bayer_{name}16": Encoding(_bayer16(code), 1, np.uint16, multiple=(2, 2), smallest=4)
        for name, code in codes.items()
    }
    return table


_UYVY = Encoding(_with(cv2.COLOR_YUV2BGR_UYVY), 2, multiple=(1, 2))
_YUYV = Encoding(_with(cv2.COLOR_YUV2BGR_YUY2), 2, multiple=(1, 2))

ENCODINGS: dict[str, Encoding] = {
    "bgr8": Encoding(_as_it_is, 3),
    "8UC3": Encoding(_as_it_is, 3),
    "rgb8": Encoding(_with(cv2.COLOR_RGB2BGR), 3),
    "bgra8": Encoding(_with(cv2.COLOR_BGRA2BGR), 4),
    "8UC4": Encoding(_with(cv2.COLOR_BGRA2BGR), 4),
    "rgba8": Encoding(_with(cv2.COLOR_RGBA2BGR), 4),
    "mono8": Encoding(_with(cv2.COLOR_GRAY2BGR), 1),
    "8UC1": Encoding(_with(cv2.COLOR_GRAY2BGR), 1),
    "bgr16": Encoding(_colour16(None), 3, np.uint16),
    "16UC3": Encoding(_colour16(None), 3, np.uint16),
    "rgb16": Encoding(_colour16(cv2.COLOR_RGB2BGR), 3, np.uint16),
    "bgra16": Encoding(_colour16(cv2.COLOR_BGRA2BGR), 4, np.uint16),
    "16UC4": Encoding(_colour16(cv2.COLOR_BGRA2BGR), 4, np.uint16),
    "rgba16": Encoding(_colour16(cv2.COLOR_RGBA2BGR), 4, np.uint16),
    "mono16": Encoding(_grey16, 1, np.uint16),
    "16UC1": Encoding(_grey16, 1, np.uint16),
    "yuv422": _UYVY,
    "uyvy": _UYVY,
    "yuv422_yuy2": _YUYV,
    "yuyv": _YUYV,
    "nv12": Encoding(_with(cv2.COLOR_YUV2BGR_NV12), 1, planes=1.5, multiple=(2, 2)),
    "nv21": Encoding(_with(cv2.COLOR_YUV2BGR_NV21), 1, planes=1.5, multiple=(2, 2)),
    "nv24": Encoding(_nv24, 1, planes=3),
    **_bayer(),
}


@dataclass(frozen=True, eq=False)
class EncodedImage:
    """An image as its camera sent it, which becomes BGR only where somebody asks for it.

    Attributes:
        data: [rows, width, channels] in the encoding's dtype; a pixel's channels and the pixels of a row have no gaps
            between them, rows may have.
        encoding: one of :data:`ENCODINGS`.
    """

    data: np.ndarray
    encoding: str = "bgr8"

    @classmethod
    def of(cls, height: int, width: int, step: int, encoding: str, data: Any, big_endian: bool = False) -> EncodedImage:
        """The image that the fields of a ``sensor_msgs/Image`` describe: where its bytes allow, a view of ``data``.

        Raises:
            ImageError: size, step, data and encoding contradict each other, or the encoding is not supported.
        """
        if height == 0 or width == 0:
            raise ImageError("empty", f"image of {width}x{height} pixels is empty")
        if encoding not in ENCODINGS:
            raise ImageError("encoding", f"encoding {encoding!r} is not supported, only {', '.join(ENCODINGS)}")
        kind = ENCODINGS[encoding]
        _check_size(height, width, encoding)
        dtype = np.dtype(kind.dtype)
        pixel = kind.channels * dtype.itemsize
        if step < width * pixel:
            raise ImageError(
                "step", f"step {step} is too small for {width} pixels of {encoding}, at least {width * pixel}"
            )
        rows = int(height * kind.planes)
        content = np.frombuffer(data, np.uint8)
        if content.size != step * rows:
            raise ImageError(
                "truncated",
                f"{content.size} bytes of data, step {step} and height {height} need {step * rows} in {encoding}",
            )
        if dtype.itemsize > 1:
            dtype = dtype.newbyteorder(">" if big_endian else "<")
        image = np.ndarray((rows, width, kind.channels), dtype, content, strides=(step, pixel, dtype.itemsize))
        # OpenCV takes neither the other order of bytes nor values at odd addresses
        return cls(np.ascontiguousarray(image, kind.dtype) if dtype.itemsize > 1 else image, encoding)

    @property
    def height(self) -> int:
        """Pixels."""
        return int(len(self.data) / ENCODINGS[self.encoding].planes)

    @property
    def width(self) -> int:
        """Pixels."""
        return self.data.shape[1]

    @cached_property
    def bgr(self) -> np.ndarray:
        """uint8 [h, w, 3] BGR; for bgr8 a view."""
        kind = ENCODINGS[self.encoding]
        # OpenCV takes no planes with gaps between rows
        return kind.to_bgr(np.ascontiguousarray(self.data) if kind.planes > 1 else self.data)


def _check_size(height: int, width: int, encoding: str) -> None:
    kind = ENCODINGS[encoding]
    if height % kind.multiple[0] or width % kind.multiple[1]:
        raise ImageError(
            "size",
            f"image of {width}x{height} pixels in {encoding}: neighbours share their colour, width and height must be "
            f"multiples of {kind.multiple[1]} and {kind.multiple[0]}",
        )
    if min(height, width) < kind.smallest:
        raise ImageError(
            "size", f"image of {width}x{height} pixels in {encoding} is too small, at least {kind.smallest}"
        )
