"""Place: from the shape of bodies to where they are, by the one camera that sees them.

A body whose joints are known relative to its root, in metres, fits what the camera sees at one place only: its size in
pixels tells how far away it is. As in Mehta et al. (VNect, 2017) that place is the least-squares solution of where the
joints would appear, here reweighted so that a few wrong joints do not move the body.
"""

from __future__ import annotations

from dataclasses import replace
from typing import NamedTuple

import numpy as np

from ..poses import ROOT_RELATIVE, Poses
from .ground import ANKLES, GroundOptions, scale
from .scene import Scene

_JOINTS = 4  # fewest that tell a place
_ITERATIONS = 8
_FLOOR = 2e-3  # at unit depth: no keypoint is better than this, about a pixel
_OUTLIER = 2.0  # typical errors at which a joint counts half (Cauchy)
_SIZE_STDDEV = 0.08  # of people's size about what a shape takes it to be, relative; so far off is their distance, too
_VAGUE = 0.5  # relative error of the distance from which on nothing is said
_SIZES = (0.55, 1.4)  # times as tall as their shape says: what the floor may ask for
_NEAREST = 0.1  # metres in front of the camera that every joint has to lie


class Roots(NamedTuple):
    """Where bodies are.

    Attributes:
        positions: float64 [P, 3], their roots in the camera's optical frame, metres; NaN where that is not to be told.
        stddevs: float64 [P], standard deviation of the distance's error, metres.
        fitting: bool [P, K], the joint is seen about where a body there would show it.
    """

    positions: np.ndarray
    stddevs: np.ndarray
    fitting: np.ndarray


def roots(shapes: np.ndarray, rays: np.ndarray, weights: np.ndarray) -> Roots:
    """Where bodies of known shape are.

    Args:
        shapes: [P, K, 3], joints relative to each body's root, metres, axes of the camera's optical frame.
        rays: [P, K, 3], directions in which the joints are seen, z = 1, see :meth:`.geometry.CameraModel.rays`.
        weights: [P, K], how far each is to be believed, 0 or more. Joints that are NaN in either count nothing.
    """
    known = np.isfinite(shapes).all(-1) & np.isfinite(rays).all(-1) & (weights > 0)
    shapes = np.where(known[..., None], shapes, 0.0).astype(np.float64)
    seen = np.where(known[..., None], rays[..., :2], 0.0).astype(np.float64)
    count = known.sum(axis=1)
    believed = np.where(known, weights, 0.0).astype(np.float64)
    believed *= (count / np.maximum(believed.sum(axis=1), 1e-12))[:, None]
    rows = np.zeros((*seen.shape, 3))  # of the linear system: x + tx - u (z + tz) = 0, and so for y
    rows[..., 0, 0] = rows[..., 1, 1] = 1.0
    rows[..., 2] = -seen
    wanted = seen * shapes[..., 2:] - shapes[..., :2]
    weight, depths = believed, np.ones(known.shape)
    for _ in range(_ITERATIONS):
        # the bit on the diagonal is felt only where there are too few joints, and those people are dropped below
        normal = np.einsum("pkir,pkis,pk->prs", rows, rows, weight / depths**2) + 1e-12 * np.eye(3)
        places = np.linalg.solve(normal, np.einsum("pkir,pki,pk->pr", rows, wanted, weight / depths**2)[..., None])
        places = places[..., 0]
        depths = np.maximum(shapes[..., 2] + places[:, None, 2], _NEAREST)
        errors = np.linalg.norm(np.einsum("pkir,pr->pki", rows, places) - wanted, axis=-1) / depths
        typical = np.maximum(_medians(errors, known), _FLOOR)
        weight = believed / (1 + (errors / (_OUTLIER * typical[:, None])) ** 2)
    variance = np.maximum((weight * errors**2).sum(axis=1) / np.maximum(2 * count - 3, 1), _FLOOR**2)
    stddevs = np.hypot(np.sqrt(np.linalg.inv(normal)[:, 2, 2] * variance), _SIZE_STDDEV * places[:, 2])
    nearest = np.where(known, shapes[..., 2] + places[:, None, 2], np.inf).min(axis=1, initial=np.inf)
    good = (count >= _JOINTS) & (nearest >= _NEAREST) & (stddevs < _VAGUE * places[:, 2])
    fitting = known & good[:, None] & (errors < _OUTLIER * typical[:, None])
    return Roots(np.where(good[:, None], places, np.nan), np.where(good, stddevs, np.nan), fitting)


def placed(poses: Poses, scene: Scene, ground: GroundOptions | None = None) -> Poses:
    """The people with their positions in the camera's optical frame.

    Args:
        poses: people; those with positions relative to their roots (:data:`.poses.ROOT_RELATIVE`) are placed, positions
            in another frame stay.
        scene: of their image; without a camera nobody can be placed.
        ground: how the floor, where the scene tells it, helps to find their distance; None: it does not.

    Returns:
        the people without anything ROOT_RELATIVE: positions NaN of those who could not be placed, None of all without
        a camera. Their standard deviations are those of the joints within the body and of the body's distance.
    """
    if poses.position_frame != ROOT_RELATIVE or poses.positions is None:
        return poses
    if scene.camera is None:
        return replace(poses, positions=None, position_stddevs=None, position_frame="")
    rays = scene.camera.rays(poses.keypoints[..., :2])
    found = roots(poses.positions, rays, poses.keypoints[..., 2])
    positions, stddevs = poses.positions + found.positions[:, None], found.stddevs
    # what is seen is where it is seen, only its distance is taken from the shape
    positions = np.where(found.fitting[..., None], rays * positions[..., 2:], positions)
    if ground is not None and scene.in_world is not None:
        ankles = [poses.topology.index(name) for name in ANKLES if name in poses.topology.keypoints]
        seen = np.where(poses.found[:, ankles, None], positions[:, ankles], np.nan)
        factor, unsure = _fused(*scale(seen, scene.in_world, ground), stddevs / found.positions[:, 2])
        positions, stddevs = positions * factor[:, None, None], unsure * found.positions[:, 2]
    within = poses.position_stddevs if poses.position_stddevs is not None else np.float32(0)
    stddevs = np.where(np.isfinite(positions[..., 0]), np.hypot(within, stddevs[:, None]), np.nan)
    return replace(poses, positions=positions, position_stddevs=stddevs, position_frame="")


def _fused(factor: np.ndarray, stddev: np.ndarray, before: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """The size that the floor asks for, and the usual one, each by how sure it is: [P] factors and relative errors.

    Args:
        factor, stddev: of the floor, NaN where it says nothing.
        before: relative error without the floor.
    """
    # nobody is half or twice as tall as they look: those jump, or it is not this floor that they stand on
    believed = (factor > _SIZES[0]) & (factor < _SIZES[1])
    weight = np.where(believed, before**2 / (before**2 + np.where(believed, stddev, 1.0) ** 2), 0.0)
    return 1 + weight * (np.where(believed, factor, 1.0) - 1), before * np.sqrt(1 - weight)


def _medians(values: np.ndarray, mask: np.ndarray) -> np.ndarray:
    """[P]: of each row's values that the mask keeps; 0 of none."""
    ordered = np.sort(np.where(mask, values, np.inf), axis=1)
    middle = np.take_along_axis(ordered, (np.maximum(mask.sum(axis=1) - 1, 0) // 2)[:, None], axis=1)[:, 0]
    return np.where(np.isfinite(middle), middle, 0.0)
