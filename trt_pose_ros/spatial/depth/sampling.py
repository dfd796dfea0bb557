"""Sampling: the depths around each joint, in a window as large as the joint is at its distance."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from ... import native
from ...geometry import CameraModel
from ..anatomy import LONG, STATURE, TALLEST, Anatomy
from ..scene import DepthImage
from .reading import reader

_FIRST_LOOK = 0.008  # radius of the first look at z = 1: four pixels of a camera with f = 500
_AROUND = 0.015  # metres around a joint's flesh to look at, since keypoints are a bit off
_LEAST = 0.025  # metres to look at least: eyes have no flesh


class Reach(NamedTuple):
    """Between which distances depth is used, metres."""

    nearest: float
    farthest: float


def _disc(count: int) -> np.ndarray:
    """float64 [count, 2]: points spread evenly over the unit disc (Vogel's spiral, 1979)."""
    i = np.arange(count)
    angle, radius = i * np.pi * (3 - np.sqrt(5)), np.sqrt((i + 0.5) / count)
    return np.stack([radius * np.cos(angle), radius * np.sin(angle)], axis=1)


_COARSE, _FINE = _FIRST_LOOK * _disc(12), _disc(32)


def sample(
    depth: DepthImage, camera: CameraModel, pixels: np.ndarray, rays: np.ndarray, body: Anatomy, reach: Reach
) -> tuple[np.ndarray, np.ndarray]:
    """Depths around joints.

    Args:
        depth: the depth image.
        camera: of the image.
        pixels: [P, K, 2], NaN where a joint was not found.
        rays: [P, K, 3] of the pixels.
        body: anatomy of the joints.
        reach: what is measured outside is not used.

    Returns:
        samples [P, K, S], metres, NaN where nothing was measured, and middles [P], the depth that most of what was
        measured of each person is close to, NaN where nothing was.
    """
    read = reader(depth, camera)
    farthest = _bounds(rays, body, reach.farthest)[:, None, None]
    guesses = 1 / np.linspace(1 / reach.nearest, 1 / reach.farthest, len(_COARSE))
    coarse = _within(read(pixels, rays, _COARSE[None, None], guesses[None, None]), reach.nearest, farthest)
    # the nearer half, since the image's camera sees the nearest of what another one measured in a direction
    nearer = np.sort(coarse, axis=2)[..., : len(_COARSE) // 2]
    middles = native.commonest(nearer.reshape(len(nearer), nearer.shape[1] * nearer.shape[2]))
    radii = np.maximum(STATURE * np.nan_to_num(body.radii) + _AROUND, _LEAST) / middles[:, None]
    fine = read(pixels, rays, radii[..., None, None] * _FINE, middles[:, None, None])
    return _within(fine, reach.nearest, farthest), middles


def _within(depths: np.ndarray, nearest: float, farthest: np.ndarray) -> np.ndarray:
    with np.errstate(invalid="ignore"):
        return np.where((depths >= nearest) & (depths <= farthest), depths, np.nan)


def _bounds(rays: np.ndarray, body: Anatomy, farthest: float) -> np.ndarray:
    """float64 [P]: depths beyond which people would be taller than anybody is, at most ``farthest``.

    However it is turned, a bone is at least as long as it looks. Of these bounds the second is taken, in case a
    keypoint is far off.
    """
    long = body.lengths > LONG
    looks = np.linalg.norm(rays[:, body.bones[long, 0]] - rays[:, body.bones[long, 1]], axis=2)
    with np.errstate(divide="ignore"):
        bounds = TALLEST * body.lengths[long] * (1 + body.freedoms[long]) / looks
    bounds = np.concatenate([bounds, np.full((len(rays), 2), np.inf)], axis=1)
    return np.fmin(np.sort(bounds, axis=1)[:, 1], farthest)
