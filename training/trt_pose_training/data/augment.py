"""Random changes to an image that keep what it shows: one affine warp, colours, covered parts."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import cv2
import numpy as np

from trt_pose_ros.options import Options, option
from trt_pose_ros.preprocess import fitted_size

_LEAST_WHOLE = 8  # keypoints of a person who is cut in halves


@dataclass(frozen=True)
class AugmentOptions(Options):
    """How much images are changed. ``AugmentOptions.none()`` changes nothing."""

    flip: float = option(0.5, "probability of a mirror image, left and right keypoints exchanged", low=0, high=1)
    rotation: float = option(30.0, "largest turn in degrees, either way", low=0, high=180)
    scale_min: float = option(0.7, "smallest size relative to the image fitted into the input", low=0.05, high=20)
    scale_max: float = option(2.0, "largest size relative to the image fitted into the input", low=0.05, high=20)
    translation: float = option(0.2, "largest shift as a fraction of the input's width and height", low=0, high=1)
    crop_around_person: float = option(0.5, "probability that a random person comes to the middle", low=0, high=1)
    brightness: float = option(0.2, "largest change of brightness, as a fraction of white", low=0, high=1)
    contrast: float = option(0.3, "largest relative change of contrast", low=0, high=1)
    saturation: float = option(0.4, "largest relative change of saturation", low=0, high=1)
    hue: float = option(10.0, "largest turn of the colour circle in degrees, either way", low=0, high=180)
    gain: float = option(0.1, "largest relative change of each colour channel by itself", low=0, high=1)
    half_body: float = option(0.0, "probability that a crop shows the upper or lower half of its person", low=0, high=1)
    occlusion: float = option(0.3, "probability that one to three rectangles of the input are covered", low=0, high=1)
    occlusion_size: float = option(0.3, "largest side of such a rectangle, as a fraction of the input", low=0, high=1)
    low_resolution: float = option(
        0.0, "probability that the input is shrunk and enlarged again, as something small or far away is", low=0, high=1
    )
    smallest: float = option(0.2, "least size that it is shrunk to, relative to the input", low=0.02, high=1)

    def __post_init__(self):
        super().__post_init__()
        if self.scale_min > self.scale_max:
            raise ValueError(f"AugmentOptions: scale_min {self.scale_min} is more than scale_max {self.scale_max}")

    @classmethod
    def none(cls) -> AugmentOptions:
        """Options that leave images as they are at run time."""
        zero = dict.fromkeys(cls.__dataclass_fields__, 0.0)
        return cls(**{**zero, "scale_min": 1.0, "scale_max": 1.0, "smallest": 1.0})


def base_matrix(width: int, height: int, input_width: int, input_height: int, resize: str) -> np.ndarray:
    """[3, 3] from pixels of an image to those of the input, as at run time (see trt_pose_ros.preprocess).

    What is warped with it is what the run time resizes, to a grey level; only the edge of an enlarged image differs,
    where half a source pixel fades into the padding.
    """
    fitted = fitted_size(width, height, input_width, input_height, resize)
    x, y = fitted[0] / width, fitted[1] / height
    return np.array([[x, 0, 0.5 * x - 0.5], [0, y, 0.5 * y - 0.5], [0, 0, 1]])


def crop_matrix(box: np.ndarray, input_width: int, input_height: int, scale: float) -> np.ndarray:
    """[3, 3] from pixels of an image to those of an input that shows one person, as the run time crops it.

    Args:
        box: [4] x_min, y_min, x_max, y_max around the person, in pixels.
        input_width, input_height: of the input, pixels.
        scale: size of the crop in sizes of the box, once that is grown to the input's aspect ratio.
    """
    x_min, y_min, x_max, y_max = box
    longest = max((x_max - x_min) / input_width, (y_max - y_min) / input_height, 1 / input_width)
    zoom = 1 / (scale * longest)
    x, y = (input_width - 1 - zoom * (x_min + x_max)) / 2, (input_height - 1 - zoom * (y_min + y_max)) / 2
    return np.array([[zoom, 0, x], [0, zoom, y], [0, 0, 1]])


def random_half(rng: np.random.Generator, keypoints: np.ndarray, box: np.ndarray) -> np.ndarray:
    """A box [4] around the upper or lower half of a person's known keypoints [K, 3]; of less than eight, ``box``."""
    known = keypoints[keypoints[:, 2] > 0, :2]
    if len(known) < _LEAST_WHOLE:
        return box
    order = known[np.argsort(known[:, 1])]
    half = order[: len(order) // 2] if rng.random() < 0.5 else order[len(order) // 2 :]
    low, high = half.min(0), half.max(0)
    margin = 0.15 * (high - low).max()
    return np.concatenate([low - margin, high + margin])


def random_matrix(
    rng: np.random.Generator,
    options: AugmentOptions,
    base: np.ndarray,
    pivot: tuple[float, float],
    size: tuple[int, int],
    keypoints: np.ndarray,
) -> tuple[np.ndarray, bool]:
    """Draw a warp.

    Args:
        rng: numpy Generator.
        options: AugmentOptions.
        base: [3, 3] from the image's pixels to the input's without augmentation.
        pivot: x, y of the place in the image that it is turned and scaled about: its middle, or a person's.
        size: (width, height) of the input.
        keypoints: [P, K, 3] in the image, for ``crop_around_person``.

    Returns:
        (matrix, mirrored): [3, 3] from the image's pixels to the input's, and whether it holds a mirror image.
    """
    mirrored = bool(rng.random() < options.flip)
    angle = np.deg2rad(options.rotation) * rng.uniform(-1, 1)
    scale = np.exp(rng.uniform(np.log(options.scale_min), np.log(options.scale_max)))
    shift = options.translation * rng.uniform(-1, 1, 2) * size
    # what comes to which place: the pivot to where it is at run time, or a person to the input's middle
    pivot = np.array([*pivot, 1])
    target = (base @ pivot)[:2]
    if rng.random() < options.crop_around_person and (keypoints[:, :, 2] > 0).any():
        centres = _centres(keypoints)
        pivot = np.append(centres[rng.integers(len(centres))], 1)
        target = (np.asarray(size) - 1) / 2
    turn = scale * np.array([[np.cos(angle), -np.sin(angle)], [np.sin(angle), np.cos(angle)]])
    if mirrored:
        turn = turn * (-1, 1)
    matrix = np.eye(3)
    matrix[:2, :2] = turn
    matrix = matrix @ base
    matrix[:2, 2] = target + shift - matrix[:2, :2] @ pivot[:2]
    return matrix, mirrored


def _centres(keypoints):
    """[n, 2] centres of the people that have keypoints."""
    known = keypoints[:, :, 2:] > 0
    there = known.any((1, 2))
    low = np.where(known, keypoints[:, :, :2], np.inf)[there].min(1)
    high = np.where(known, keypoints[:, :, :2], -np.inf)[there].max(1)
    return (low + high) / 2


def warp_keypoints(keypoints: np.ndarray, matrix: np.ndarray, mirrored: bool, swap: Sequence[int]) -> np.ndarray:
    """Keypoints [P, K, 3] of an image in the input that ``matrix`` makes of it.

    Those that come to lie outside the input keep coordinates and visibility: a limb that leaves the image is still to
    be drawn as far as it is inside.
    """
    moved = keypoints[:, list(swap)] if mirrored else keypoints.copy()
    moved[:, :, :2] = moved[:, :, :2] @ matrix[:2, :2].T.astype(np.float32) + matrix[:2, 2].astype(np.float32)
    moved[moved[:, :, 2] == 0] = 0
    return moved


def random_colors(rng: np.random.Generator, options: AugmentOptions, image: np.ndarray) -> np.ndarray:
    """The image, uint8 [h, w, 3] BGR, with brightness, contrast, saturation, hue and the channels' gains changed."""
    brightness, contrast, saturation, hue = rng.uniform(-1, 1, 4)
    gains = 1 + options.gain * rng.uniform(-1, 1, 3)
    matrix = color_matrix(
        gains,
        255 * options.brightness * brightness,
        1 + options.contrast * contrast,
        1 + options.saturation * saturation,
        options.hue * hue,
    )
    return image if np.array_equal(matrix, np.eye(3, 4)) else cv2.transform(image, matrix)


def color_matrix(gains: np.ndarray, brightness: float, contrast: float, saturation: float, hue: float) -> np.ndarray:
    """[3, 4]: all changes of colour as one linear map of BGR values, an order of magnitude faster than through HSV.

    Saturation stretches the colours from the grey axis, hue (degrees) turns them about it, contrast stretches them from
    the middle grey, each channel is multiplied by its gain, and brightness is added.
    """
    grey = np.full((3, 3), 1 / 3)
    across = np.array([[0, -1, 1], [1, 0, -1], [-1, 1, 0]]) / np.sqrt(3)  # turns about the grey axis by 90 degrees
    angle = np.deg2rad(hue)
    colors = grey + saturation * (np.cos(angle) * (np.eye(3) - grey) + np.sin(angle) * across)
    offset = 127.5 * (1 - contrast) + brightness
    return np.column_stack([contrast * np.reshape(gains, (3, 1)) * colors, np.full(3, offset)])


def random_occlusion(
    rng: np.random.Generator, options: AugmentOptions, image: np.ndarray, keypoints: np.ndarray
) -> None:
    """Cover rectangles of ``image`` in place, with noise, one colour or another part of it that shows no keypoint.

    Keypoints below them become hidden (visibility 1), in place: they are still to be found.
    """
    if rng.random() >= options.occlusion:
        return
    height, width = image.shape[:2]
    for _ in range(rng.integers(1, 4)):
        w, h = np.maximum(1, rng.uniform(0.2, 1, 2) * options.occlusion_size * (width, height)).astype(int)
        x, u = rng.integers(0, width - w + 1, 2)
        y, v = rng.integers(0, height - h + 1, 2)
        kind = rng.integers(3)
        if kind == 0:
            fill = rng.integers(0, 256, (h, w, 3), np.uint8)
        elif kind == 1 or _inside(keypoints, u, v, w, h).any():
            fill = rng.integers(0, 256, 3, np.uint8)
        else:
            fill = image[v : v + h, u : u + w].copy()
        image[y : y + h, x : x + w] = fill
        covered = _inside(keypoints, x, y, w, h)
        keypoints[covered, 2] = 1


def random_resolution(rng: np.random.Generator, options: AugmentOptions, image: np.ndarray) -> np.ndarray:
    """The image, uint8 [h, w, 3], or what is left of it after it was shrunk to a random size and enlarged again."""
    if rng.random() >= options.low_resolution:
        return image
    height, width = image.shape[:2]
    scale = np.exp(rng.uniform(np.log(options.smallest), 0))
    small = max(1, round(scale * width)), max(1, round(scale * height))
    return cv2.resize(cv2.resize(image, small, interpolation=cv2.INTER_AREA), (width, height))


def _inside(keypoints, x, y, w, h):
    """bool [P, K]: which labelled keypoints lie in a rectangle of pixels."""
    px, py, visibility = keypoints.transpose(2, 0, 1) + 0.5
    return (px >= x) & (px < x + w) & (py >= y) & (py < y + h) & (visibility > 0.5)
