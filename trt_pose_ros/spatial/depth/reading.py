"""Reading: what a depth image measured in the directions in which a camera sees things."""

from __future__ import annotations

from functools import lru_cache
from typing import Protocol

import numpy as np

from ...geometry import CameraModel
from ...transforms import Transform
from ..scene import DepthImage

_STEPS = 2  # in which a sample comes to rest on a surface, seen by a depth camera close to the image's
_GLIMPSE = 0.008  # radius of a glimpse at z = 1: four pixels of a camera with f = 500
_PACE = 8.0  # pixels of the depth image between two guesses: half as wide as a child far away
_FEWEST, _MOST = 12, 48  # guesses
_CLOSE = 1.5  # times how far around a sample was looked, that what is found may be off to the side


class Reader(Protocol):
    """Reads the depth around rays of the image's camera."""

    def __call__(self, pixels: np.ndarray, rays: np.ndarray, around: np.ndarray, guess: np.ndarray) -> np.ndarray:
        """float64 [P, K, S]: depths z in the image camera's optical frame, metres; NaN where nothing was measured.

        Args:
            pixels: [P, K, 2] of the image; NaN ones read nothing.
            rays: [P, K, 3], their directions, z = 1.
            around: [P or 1, K or 1, S, 2], the places to read around each, as offsets of the rays at z = 1.
            guess: [P or 1, K or 1, S], about how far what is looked for may be, metres.
        """
        ...

    def glimpse(self, pixels: np.ndarray, rays: np.ndarray, nearest: float, farthest: float) -> np.ndarray:
        """float64 [P, K, N]: depths around the keypoints, of what is nearest, when nothing is known of how far it is.

        Args:
            pixels, rays: as above.
            nearest, farthest: metres.
        """
        ...


def disc(count: int) -> np.ndarray:
    """float64 [count, 2]: points spread evenly over the unit disc (Vogel's spiral, 1979)."""
    i = np.arange(count)
    angle, radius = i * np.pi * (3 - np.sqrt(5)), np.sqrt((i + 0.5) / count)
    return np.stack([radius * np.cos(angle), radius * np.sin(angle)], axis=1)


def reader(depth: DepthImage, camera: CameraModel) -> Reader:
    """How to read a depth image beside images of ``camera``.

    Raises:
        ValueError: a depth camera whose calibration is for images of another shape.
    """
    if depth.camera is None or depth.in_image_camera is None:
        return _Registered(depth, camera)
    return _Unregistered(depth, depth.camera, depth.in_image_camera)


def within(depths: np.ndarray, nearest: float, farthest: float | np.ndarray) -> np.ndarray:
    """The same depths, NaN where they are not between the two."""
    with np.errstate(invalid="ignore"):
        return np.where((depths >= nearest) & (depths <= farthest), depths, np.nan)


def _values(depth: DepthImage, x: np.ndarray, y: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Metres [...] at pixels that need not be whole, or inside, NaN where nothing was measured; rows, columns."""
    height, width = depth.depths.shape
    with np.errstate(invalid="ignore"):
        inside = (x >= -0.5) & (x < width - 0.5) & (y >= -0.5) & (y < height - 0.5)
    column, row = (np.rint(np.where(inside, v, 0.0)).astype(np.intp) for v in (x, y))
    metres = depth.depths[row, column].astype(np.float64) * depth.unit
    return np.where(inside & (metres > 0) & (metres < np.inf), metres, np.nan), row, column


_LOOK = _GLIMPSE * disc(_FEWEST)[None, None]


class _Registered:
    """Depth from the image's viewpoint: its pixels are the image's, scaled."""

    def __init__(self, depth: DepthImage, camera: CameraModel) -> None:
        self._depth = depth
        height, width = depth.depths.shape
        self._scale = np.array([width / camera.width, height / camera.height])
        self._focal = np.array([camera.fx, camera.fy])

    def __call__(self, pixels: np.ndarray, rays: np.ndarray, around: np.ndarray, guess: np.ndarray) -> np.ndarray:
        at = (pixels[:, :, None] + around * self._focal + 0.5) * self._scale - 0.5
        return _values(self._depth, at[..., 0], at[..., 1])[0]

    def glimpse(self, pixels: np.ndarray, rays: np.ndarray, nearest: float, farthest: float) -> np.ndarray:
        depths = within(self(pixels, rays, _LOOK, np.ones((1, 1, 1))), nearest, farthest)
        return np.sort(depths, axis=2)[..., : _FEWEST // 2]


@lru_cache(8)
def _pixel_rays(camera: CameraModel) -> np.ndarray:
    y, x = np.mgrid[: camera.height, : camera.width]
    return camera.rays(np.stack([x, y], axis=-1))


class _Unregistered:
    """Depth from another camera's viewpoint.

    Where a ray of the image meets a surface is found by going back and forth: the point at the guessed depth is looked
    up in the depth image, and what was measured there gives the next guess.
    """

    def __init__(self, depth: DepthImage, camera: CameraModel, in_image_camera: Transform) -> None:
        height, width = depth.depths.shape
        self._depth, self._camera = depth, camera.scaled_to(width, height)
        self._to_image, self._to_depth = in_image_camera, in_image_camera.inverse

    def __call__(self, pixels: np.ndarray, rays: np.ndarray, around: np.ndarray, guess: np.ndarray) -> np.ndarray:
        table = _pixel_rays(self._camera)
        directions = rays[:, :, None] + np.concatenate([around, np.zeros((*around.shape[:-1], 1))], axis=-1)
        reach = _CLOSE * np.maximum(np.abs(around).max(axis=(2, 3), keepdims=True)[..., 0], 1.0 / self._camera.fx)
        z = np.broadcast_to(guess, directions.shape[:-1])
        with np.errstate(all="ignore"):
            for _ in range(_STEPS):
                pixel = self._camera.project(self._to_depth(z[..., None] * directions))
                measured, row, column = _values(self._depth, pixel[..., 0], pixel[..., 1])
                point = self._to_image(measured[..., None] * table[row, column])
                z = np.where(np.isnan(measured), z, point[..., 2])
            off = np.abs(point[..., :2] / point[..., 2:] - rays[:, :, None, :2]).max(axis=-1)
            return np.where((point[..., 2] > 0) & (off <= reach), point[..., 2], np.nan)

    def glimpse(self, pixels: np.ndarray, rays: np.ndarray, nearest: float, farthest: float) -> np.ndarray:
        # the farther the cameras are from each other, the more pixels a ray of the image may cross in the depth image
        across = self._camera.fx * np.linalg.norm(self._to_image.translation) * (1 / nearest - 1 / farthest)
        count = int(np.clip(np.ceil(across / _PACE), _FEWEST, _MOST))
        guesses = 1 / np.linspace(1 / nearest, 1 / farthest, count)
        depths = within(self(pixels, rays, _GLIMPSE * disc(count)[None, None], guesses[None, None]), nearest, farthest)
        # the depth camera may see farther surfaces in the same direction, which the image's camera does not
        return np.fmin.reduce(depths, axis=2, keepdims=True)
