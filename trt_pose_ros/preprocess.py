"""From pictures to the network's input, and back from its pixels to theirs.

Pixel coordinates count centres: (0, 0) is the centre of the top-left pixel, so resizing by ``s`` maps x to
``(x + 0.5) * s - 0.5``, which is what OpenCV's resize does.
"""

import re
from dataclasses import dataclass

import cv2
import numpy as np


@dataclass(frozen=True)
class Placement:
    """Where a picture lies in the network's input: input pixel (x, y) is picture pixel ``scale * (x, y) + offset``."""

    scale: tuple[float, float]
    offset: tuple[float, float]


class Preprocessor:
    """Writes pictures into one input batch.

    Args:
        spec: the network's :class:`~trt_pose_ros.model_file.InputSpec`.
        height, width: size of the input in pixels.
    """

    def __init__(self, spec, height, width):
        spec.check_size(height, width)
        self.spec, self.height, self.width = spec, height, width

    def __call__(self, images):
        """Resize pictures into a batch.

        Args:
            images: list of uint8 [h, w, 3] BGR arrays, of any sizes.

        Returns:
            (batch, placements): uint8 [N, height, width, 3] in the network's colour order, and a Placement a picture.

        Raises:
            ValueError: an image is empty or not uint8 [h, w, 3].
        """
        batch = np.empty((len(images), self.height, self.width, 3), np.uint8)
        return batch, [self._place(image, canvas) for image, canvas in zip(images, batch, strict=True)]

    def _place(self, image, canvas):
        check_image(image)
        h, w = image.shape[:2]
        width, height = fitted_size(w, h, self.width, self.height, self.spec.resize)
        canvas[height:] = self.spec.pad
        canvas[:height, width:] = self.spec.pad
        # resize first, swap colours on the small picture: at 720p half the cost of the reverse order
        cv2.resize(image, (width, height), dst=canvas[:height, :width], interpolation=cv2.INTER_LINEAR)
        if self.spec.color == "rgb":
            cv2.cvtColor(canvas, cv2.COLOR_BGR2RGB, dst=canvas)
        scale = w / width, h / height
        return Placement(scale, (0.5 * scale[0] - 0.5, 0.5 * scale[1] - 0.5))


def fitted_size(width, height, input_width, input_height, resize):
    """(width, height) in pixels that a picture gets in the input; ``resize`` as in the network's InputSpec."""
    if resize == "stretch":
        return input_width, input_height
    scale = min(input_width / width, input_height / height)
    return max(1, round(width * scale)), max(1, round(height * scale))


def check_image(image):
    """Raise ValueError unless ``image`` is a non-empty uint8 [h, w, 3] array."""
    if not isinstance(image, np.ndarray) or image.dtype != np.uint8 or image.ndim != 3 or image.shape[2] != 3:
        got = f"{image.dtype} {list(image.shape)}" if isinstance(image, np.ndarray) else type(image).__name__
        raise ValueError(f"an image must be a uint8 [h, w, 3] BGR array, got {got}")
    if image.size == 0:
        raise ValueError(f"image is empty: {list(image.shape)}")


def parse_size(text):
    """(height, width) in pixels of a text like ``256x456``; ValueError if it is not of that form."""
    match = re.fullmatch(r"([0-9]+)x([0-9]+)", text)
    if not match:
        raise ValueError(f"input size {text!r} is not HEIGHTxWIDTH, such as 256x456")
    return int(match[1]), int(match[2])


def to_float_nchw(batch, spec):
    """The batch as float32 [N, 3, H, W], normalised by mean and std, for networks that don't do it inside."""
    mean, std = np.asarray(spec.mean, np.float32), np.asarray(spec.std, np.float32)
    return np.ascontiguousarray(((batch - mean) / std).transpose(0, 3, 1, 2))
