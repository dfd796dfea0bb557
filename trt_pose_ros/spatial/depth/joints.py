"""Joints: positions of the people in one image by a depth image; the choice itself is native/depth."""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import lru_cache

import numpy as np

from ... import native
from ...geometry import CameraModel
from ...options import Options, option
from ...poses import Poses
from ...topology import Topology
from ..anatomy import LONG, SMALLEST, STATURE, TALLEST, anatomy
from ..scene import DepthImage
from .sampling import Reach, sample

INFERRED = 0.1  # metres: the standard deviation from which on a joint was not seen, but completed from the skeleton


@dataclass(frozen=True)
class DepthOptions(Options):
    """How positions are read off depth images."""

    nearest: float = option(
        0.3, "metres; what is measured nearer is not used: what the camera is mounted on, or noise", low=0.01, high=10.0
    )
    farthest: float = option(
        8.0, "metres; what is measured farther away is not used: depth cameras get poor there", low=0.5, high=100.0
    )
    max_stddev: float = option(
        0.15,
        "metres, standard deviation above which a joint gets no position; higher tells more hidden joints and is wrong "
        "about more of them, below 0.1 tells none",
        low=0.03,
        high=1.0,
    )


def locate(poses: Poses, depth: DepthImage, camera: CameraModel, options: DepthOptions) -> Poses:
    """The same people with positions in the camera's optical frame, and how sure they are.

    Positions are NaN of joints that were not found or are of no known body part, and of people of whom too little was
    seen. A standard deviation of :data:`INFERRED` or more says that a joint was not seen.

    Args:
        poses: the people, keypoints in pixels of the image.
        depth: the depth image.
        camera: that took the image.
        options: see there.

    Raises:
        ValueError: the depth camera's calibration is for images of another shape.
    """
    body = anatomy(poses.topology)
    pixels = np.where((poses.found & body.known)[..., None], poses.keypoints[..., :2], np.nan).astype(np.float64)
    rays = camera.rays(pixels)
    found = np.isfinite(rays).all(axis=2)
    if not found.any():
        nowhere = np.full((*found.shape, 3), np.nan)
        return replace(poses, positions=nowhere, position_stddevs=nowhere[..., 0], position_frame="")
    samples, middles = sample(depth, camera, pixels, rays, body, Reach(options.nearest, options.farthest))
    scores = np.clip(np.nan_to_num(poses.keypoints[..., 2]), 0.0, 1.0)
    depths, stddevs = _body(poses.topology).locate(found, rays, scores, samples, middles)
    with np.errstate(invalid="ignore"):
        depths = np.where(stddevs <= options.max_stddev, depths, np.nan)
    known = np.isfinite(depths)
    return replace(
        poses, positions=depths[..., None] * rays, position_stddevs=np.where(known, stddevs, np.nan), position_frame=""
    )


@lru_cache(16)
def _body(topology: Topology) -> native.Body:
    body = anatomy(topology)
    return native.Body(
        order=body.order.tolist(),
        radii=np.nan_to_num(body.radii),
        bones=[(int(a), int(b)) for a, b in body.bones],
        lengths=body.lengths,
        nearest=body.nearest,
        farthest=body.farthest,
        stature=STATURE,
        statures=(SMALLEST, TALLEST),
        long_bone=LONG,
    )
