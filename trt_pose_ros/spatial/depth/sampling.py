"""Sampling: the depths around each joint, in a window as large as the joint is at its distance."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from ... import native
from ...geometry import CameraModel
from ..anatomy import STATURE, TALLEST, Anatomy
from ..scene import DepthImage
from .reading import disc, reader, within

_AROUND = 0.015  # metres around a joint's flesh to look at, since keypoints are a bit off
_OFF = 0.04  # metres that a bone may look longer, since keypoints are a bit off
_LEAST = 0.025  # metres to look at least: eyes have no flesh


class Reach(NamedTuple):
    """Between which distances depth is used, metres."""

    nearest: float
    farthest: float


_DISC = disc(32)


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
    glimpse = within(read.glimpse(pixels, rays, reach.nearest, reach.farthest), reach.nearest, farthest)
    middles = native.commonest(glimpse.reshape(len(glimpse), glimpse.shape[1] * glimpse.shape[2]))
    radii = np.maximum(STATURE * np.nan_to_num(body.radii) + _AROUND, _LEAST) / middles[:, None]
    fine = read(pixels, rays, radii[..., None, None] * _DISC, middles[:, None, None])
    return within(fine, reach.nearest, farthest), middles


def _bounds(rays: np.ndarray, body: Anatomy, farthest: float) -> np.ndarray:
    """float64 [P]: depths beyond which people would be taller than anybody is, at most ``farthest``.

    However it is turned, a bone is at least as long as it looks. Of these bounds the second is taken, in case a
    keypoint is far off.
    """
    looks = np.linalg.norm(rays[:, body.bones[:, 0]] - rays[:, body.bones[:, 1]], axis=2)
    with np.errstate(divide="ignore"):
        bounds = (TALLEST * body.lengths * (1 + body.freedoms) + _OFF) / looks
    bounds = np.concatenate([bounds, np.full((len(rays), 2), np.inf)], axis=1)
    return np.fmin(np.sort(bounds, axis=1)[:, 1], farthest)
