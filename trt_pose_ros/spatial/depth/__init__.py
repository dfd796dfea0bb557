"""Depth: where people's joints are in space, by a depth image.

What a depth camera sees around a joint can be its flesh, something before it, the wall behind it, or nothing. So every
joint gets several candidates (:mod:`.candidates`), and the skeleton decides between them (:mod:`.choice`).
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from ...options import Options, option
from ...poses import Poses
from ...geometry import CameraModel
from ..anatomy import LONG, SMALLEST, STATURE, TALLEST, anatomy
from ..scene import DepthImage
from . import candidates, choice, claims
from .reading import reader

INFERRED = 0.1  # metres: position_stddevs from which on a joint was not seen but completed from the skeleton


@dataclass(frozen=True)
class DepthOptions(Options):
    """How positions are read off depth images."""

    nearest: float = option(0.3, "metres; what is measured nearer is not used", low=0.01, high=10.0)
    farthest: float = option(8.0, "metres; what is measured farther away is not used", low=0.1, high=100.0)
    max_stddev: float = option(
        0.15, "metres; positions less sure than that are left out; less than 0.1 leaves out hidden joints", low=0.0, high=2.0
    )


def locate(poses: Poses, depth: DepthImage, camera: CameraModel, options: DepthOptions) -> Poses:
    body = anatomy(poses.topology)
    found = poses.found & body.known
    if not found.any():
        return poses
    pixels = np.where(found[..., None], poses.keypoints[..., :2], np.nan).astype(np.float64)
    rays = camera.rays(pixels)
    found &= np.isfinite(rays[..., 0])
    read = reader(depth, camera)
    radii = np.nan_to_num(body.radii) * STATURE
    scores = np.clip(poses.keypoints[..., 2].astype(np.float64), 0, 1)
    seen = candidates.measured(read, pixels, rays, radii, options.nearest, candidates.reaches(rays, body, options.farthest))
    order, parent = choice.parents(found, body)
    points = seen.depths[..., None] * rays[:, :, None]
    which, z, total, statures, sd = _choose(points, seen, seen.middles, rays, scores, order, parent, body, found)
    M = points.shape[2]
    joints = np.where(((which < M) & np.isfinite(z))[..., None], z[..., None] * rays, np.nan)
    rank = total / np.maximum(found.sum(1), 1) - 5 * np.log(statures)
    extra = claims.penalties(points, joints, scores, rank, seen.middles, statures, body, radii)
    again = seen._replace(costs=seen.costs + extra)
    middles = candidates.commonest(np.where(again.costs < 8, again.depths, np.nan).reshape(len(poses), -1))
    middles = np.where(np.isnan(middles), seen.middles, middles)
    which, z, total, statures, sd = _choose(points, again, middles, rays, scores, order, parent, body, found)
    chosen = np.take_along_axis(again.costs, np.minimum(which, M - 1)[..., None], 2)[..., 0]
    measured = (which < M) & np.isfinite(z) & found & (chosen < 8)
    certain = measured & (sd < INFERRED)
    way = np.where(certain[:, None, :], body.farthest, np.inf).min(axis=2) * statures[:, None]
    stddev = np.where(measured, np.hypot(0.02, sd), np.maximum(np.hypot(sd, 0.2 * way), INFERRED))
    enough = (certain.sum(1) >= np.maximum(3, 0.4 * found.sum(1)))[:, None]
    q = z[..., None] * rays
    a, b = body.bones.T
    length = np.linalg.norm(q[:, a] - q[:, b], axis=-1)
    there = np.isfinite(length) & found[:, a] & found[:, b]
    low, high = body.nearest[a, b] * statures[:, None], body.farthest[a, b] * statures[:, None]
    bad = there & ((length > 1.1 * high + 0.08) | (length < 0.9 * low - 0.12))
    K = q.shape[1]
    ends = np.zeros((len(a), K)); ends[np.arange(len(a)), a] = 1; ends[np.arange(len(a)), b] = 1
    share = (bad @ ends) / np.maximum(there @ ends, 1) - 0.1 * scores
    blamed = np.where(share[:, a] > share[:, b], a, b)
    blame = np.zeros(found.shape, bool)
    pp, bb = np.nonzero(bad)
    blame[pp, blamed[pp, bb]] = True
    long = blame
    ok = np.isfinite(z) & found & ~long & enough & (total < 8 * found.sum(1))[:, None] & (stddev <= options.max_stddev)
    pos = np.where(ok[..., None], z[..., None] * rays, np.nan)
    return replace(poses, positions=pos, position_stddevs=np.where(ok, stddev, np.nan))


def _choose(points, seen, middles, rays, scores, order, parent, body, found):
    statures = _statures(points, seen.costs, body)
    hidden, unseen = candidates.hidden(middles, seen.surfaces, scores)
    all_points = np.concatenate([points, hidden[..., None] * rays[:, :, None]], axis=2)
    costs = np.concatenate([seen.costs, unseen], axis=2)
    costs = np.where(found[..., None], costs, np.inf)
    marginals = choice.choose(all_points, costs, order, parent, body, statures)
    which = marginals.argmin(axis=2)
    least = marginals.min(axis=2)
    weights = np.exp(-0.5 * (marginals - least[..., None]))
    weights = np.where(np.isfinite(costs), weights, 0)
    depths = np.nan_to_num(all_points[..., 2])
    ok = np.isfinite(np.take_along_axis(costs, which[..., None], 2)[..., 0])
    best = np.take_along_axis(depths, which[..., None], 2)[..., 0]
    mean = (weights * depths).sum(2) / weights.sum(2)
    M = seen.depths.shape[2]
    spread = np.sqrt((weights * (depths - mean[..., None]) ** 2).sum(2) / weights.sum(2))
    z = np.where((which < M) & (spread < INFERRED), best, mean)
    sd = np.sqrt((weights * (depths - z[..., None]) ** 2).sum(2) / weights.sum(2))
    return which, np.where(ok, z, np.nan), np.where(ok, least, 0).max(axis=1), statures, sd


def _statures(points, costs, body):
    best = costs.argmin(axis=2)
    p = np.take_along_axis(points, best[..., None, None], 2)[:, :, 0]
    p = np.where(np.isfinite(costs.min(axis=2))[..., None], p, np.nan)
    lengths = np.linalg.norm(p[:, body.bones[:, 0]] - p[:, body.bones[:, 1]], axis=-1)
    ratio = lengths / body.lengths
    with np.errstate(invalid="ignore"):
        good = (ratio > SMALLEST) & (ratio < TALLEST) & (body.lengths > LONG)
    ratio = np.where(good, ratio, np.nan)
    ratio = np.concatenate([ratio, np.full((len(ratio), 3), STATURE)], axis=1)
    return np.nanmedian(ratio, axis=1)
