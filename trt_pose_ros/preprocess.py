"""From images to the network's input.

Pixel coordinates count centres: (0, 0) is the centre of the top-left pixel, so resizing by ``s`` maps x to
``(x + 0.5) * s - 0.5``, which is what OpenCV's resize does.
"""

import math
import os
import re
from collections.abc import Sequence
from typing import Any, NamedTuple

import cv2
import numpy as np

from .geometry import Placement, rotation
from .media.encodings import EncodedImage
from .model_file import InputSpec
from .native import resize_into

# what our native code takes as it is
_NATIVE = {"bgr8", "rgb8", "bgra8", "rgba8", "mono8", "yuv422_yuy2", "yuyv", "yuv422", "uyvy", "nv12", "nv21"}

Image = np.ndarray | EncodedImage


class Region(NamedTuple):
    """A part of an image that fills the whole input.

    Attributes:
        image: the image.
        box: x_min, y_min, x_max, y_max in its pixels, whose centres are whole numbers; may reach beyond it, where the
            input gets its padding.
        angle: by which the box is turned clockwise about its middle, in radians; the input shows its content upright.
    """

    image: Image
    box: tuple[float, float, float, float]
    angle: float = 0.0

    @property
    def middle(self) -> tuple[float, float]:
        """x, y in pixels of the image."""
        x_min, y_min, x_max, y_max = self.box
        return (x_min + x_max) / 2, (y_min + y_max) / 2


class Preprocessor:
    """Writes images, or regions of images, into an input batch.

    Args:
        spec: the network's :class:`~trt_pose_ros.model_file.InputSpec`.
        height, width: size of the input in pixels.

    Raises:
        ValueError: the network cannot be run at this size.
    """

    def __init__(self, spec: InputSpec, height: int, width: int) -> None:
        spec.check_size(height, width)
        self.spec, self.height, self.width = spec, height, width

    def __call__(
        self, images: Sequence[Image | Region], batch: np.ndarray | None = None
    ) -> tuple[np.ndarray, list[Placement]]:
        """Resize images into a batch.

        Args:
            images: uint8 [h, w, 3] BGR arrays, or images as cameras send them, of any sizes; or regions of them.
            batch: uint8 [N, height, width, 3] of the network's tensor, with N at least ``len(images)``, whose first
                entries are overwritten; None: a new one.

        Returns:
            (batch, placements): the images in the network's colour order, and a Placement of each; that of a region is
            where it lies before it is turned.

        Raises:
            ValueError: an array is empty or not uint8 [h, w, 3], or has not the size of the InputSpec's frames; or a
                region is empty.
        """
        if batch is None:
            batch = np.empty((len(images), *self.spec.tensor_size(self.height, self.width), 3), np.uint8)
        if any(isinstance(image, Region) for image in images):
            return batch, [self._place(image, canvas) for image, canvas in zip(images, batch, strict=False)]
        return batch, self._fit(images, batch)

    def _place(self, image: Image | Region, canvas: np.ndarray) -> Placement:
        """One image or region into its part of the batch."""
        if not isinstance(image, Region):
            return self._fit([image], canvas[None])[0]
        if self.spec.frame:
            raise ValueError("this model takes whole camera images only: crops need the model that it was made of")
        x_min, y_min, x_max, y_max = map(float, image.box)
        if not (math.isfinite(x_min + y_min + x_max + y_max) and x_max > x_min and y_max > y_min):
            raise ValueError(f"region {image.box} is empty: x_max and y_max must lie beyond x_min and y_min")
        if not math.isfinite(image.angle):
            raise ValueError(f"region {image.box} is turned by {image.angle}, must be an angle in radians")
        scale = (x_max - x_min) / self.width, (y_max - y_min) / self.height
        offset = x_min + 0.5 * scale[0], y_min + 0.5 * scale[1]
        turn, middle = rotation(image.angle), np.array(image.middle)
        cv2.warpAffine(
            _as_encoded(image.image).bgr,
            np.column_stack([turn * scale, turn @ (offset - middle) + middle]),
            (self.width, self.height),
            dst=canvas,
            flags=cv2.INTER_LINEAR | cv2.WARP_INVERSE_MAP,
            borderMode=cv2.BORDER_CONSTANT,
            borderValue=self.spec.pad_bgr,
        )
        if self.spec.color == "rgb":
            cv2.cvtColor(canvas, cv2.COLOR_BGR2RGB, dst=canvas)
        return Placement(scale, offset)

    def _fit(self, images: Sequence[Any], batch: np.ndarray) -> list[Placement]:
        """Whole images into the batch."""
        frames = [_as_encoded(image) for image in images]
        fitted = [fitted_size(f.width, f.height, self.width, self.height, self.spec.resize) for f in frames]
        origins = [self._origin(size) for size in fitted]
        sizes = fitted if self.spec.frame is None else [self._whole(frame) for frame in frames]
        if any(frame.encoding in _NATIVE - {"bgr8"} for frame in frames):
            self._resize_natively(frames, sizes, batch)
            for size, origin, canvas in zip(sizes, origins, batch, strict=False):
                self._move(canvas, size, origin)
        else:  # from BGR, OpenCV's resize is the faster one
            for frame, size, origin, canvas in zip(frames, sizes, origins, batch, strict=False):
                self._resize(frame.bgr, size, origin, canvas)
        return [_placement(*item) for item in zip(frames, fitted, origins, strict=True)]

    def _origin(self, size: tuple[int, int]) -> tuple[int, int]:
        """(x, y) of the input's pixel at which the image's top left comes to lie."""
        if self.spec.align == "top_left":
            return 0, 0
        return (self.width - size[0]) // 2, (self.height - size[1]) // 2

    def _whole(self, frame: EncodedImage) -> tuple[int, int]:
        """(width, height) of a frame that the network fits into its input itself."""
        if (frame.height, frame.width) != self.spec.frame:
            height, width = self.spec.frame or (0, 0)
            raise ValueError(
                f"an image of {frame.width}x{frame.height} pixels, but this model takes camera images of "
                f"{width}x{height} only: make one for this camera, or run the model that it was made of"
            )
        return frame.width, frame.height

    def _resize_natively(self, frames: list[EncodedImage], sizes: list[tuple[int, int]], batch: np.ndarray) -> None:
        """Of what the camera sent only the pixels that count are read; one thread a camera."""
        sources = [frame if frame.encoding in _NATIVE else EncodedImage(frame.bgr) for frame in frames]
        resize_into(
            [source.data for source in sources],
            [source.encoding for source in sources],
            batch,
            [(height, width) for width, height in sizes],
            color=self.spec.color,
            pad=self.spec.pad,
            threads=min(len(sources), os.cpu_count() or 1),
        )

    def _move(self, canvas: np.ndarray, size: tuple[int, int], origin: tuple[int, int]) -> None:
        """Move an image from the top left to where it belongs; where it does not reach there is padding already."""
        (width, height), (left, top) = size, origin
        if origin != (0, 0):
            canvas[top : top + height, left : left + width] = canvas[:height, :width].copy()
            canvas[:top] = canvas[:, :left] = self.spec.pad

    def _resize(self, image: np.ndarray, size: tuple[int, int], origin: tuple[int, int], canvas: np.ndarray) -> None:
        (width, height), (left, top) = size, origin
        pad = self.spec.pad_bgr
        canvas[:top] = canvas[top + height :] = pad
        canvas[top : top + height, :left] = canvas[top : top + height, left + width :] = pad
        # resize first, swap colours on the small image: at 720p half the cost of the reverse order
        place = canvas[top : top + height, left : left + width]
        cv2.resize(image, size, dst=place, interpolation=cv2.INTER_LINEAR)
        if self.spec.color == "rgb":
            cv2.cvtColor(canvas, cv2.COLOR_BGR2RGB, dst=canvas)


def _placement(frame: EncodedImage, size: tuple[int, int], origin: tuple[int, int]) -> Placement:
    scale = frame.width / size[0], frame.height / size[1]
    x, y = (s * (0.5 - start) - 0.5 for s, start in zip(scale, origin, strict=True))
    return Placement(scale, (x, y))


def _as_encoded(image: np.ndarray | EncodedImage) -> EncodedImage:
    if isinstance(image, EncodedImage):
        return image
    check_image(image)
    return EncodedImage(image if image.strides[1:] == (3, 1) else np.ascontiguousarray(image))


def fitted_size(width: int, height: int, input_width: int, input_height: int, resize: str) -> tuple[int, int]:
    """(width, height) in pixels that an image gets in the input; ``resize`` as in the network's InputSpec."""
    if resize == "stretch":
        return input_width, input_height
    scale = min(input_width / width, input_height / height)
    return max(1, round(width * scale)), max(1, round(height * scale))


def check_image(image: Any) -> None:
    """Raise ValueError unless ``image`` is an EncodedImage or a non-empty uint8 [h, w, 3] array."""
    if isinstance(image, EncodedImage):
        return
    if not isinstance(image, np.ndarray) or image.dtype != np.uint8 or image.ndim != 3 or image.shape[2] != 3:
        got = f"{image.dtype} {list(image.shape)}" if isinstance(image, np.ndarray) else type(image).__name__
        raise ValueError(f"an image must be a uint8 [h, w, 3] BGR array, got {got}")
    if image.size == 0:
        raise ValueError(f"image is empty: {list(image.shape)}")


def parse_size(text: str) -> tuple[int, int]:
    """(height, width) in pixels of a text like ``256x456``; ValueError if it is not of that form."""
    match = re.fullmatch(r"([0-9]{1,5})x([0-9]{1,5})", text)
    if not match:
        raise ValueError(f"input size {text!r} is not HEIGHTxWIDTH, such as 256x456")
    return int(match[1]), int(match[2])
