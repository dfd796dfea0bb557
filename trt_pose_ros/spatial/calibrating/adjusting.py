"""Bundle adjustment: all cameras and all keypoints at once, so that the keypoints appear where they were seen.

The keypoints' places are not among the unknowns of the solver: for each try of the cameras they are the weighted least
squares of the rays (variable projection, Golub and Pereyra 1973). What is left are six numbers a camera, which scipy's
least squares finds with a robust loss.
"""

from __future__ import annotations

import numpy as np
from scipy.optimize import least_squares
from scipy.spatial.transform import Rotation

from ...transforms import Transform
from .moments import Moments

_LOSS = 3.0  # pixels of error from which on keypoints count less
_MOST = 3000  # keypoints
_BEHIND = 100.0  # pixels of error of a keypoint behind a camera
_OUTLIER = 8.0  # times the median error, from which on a keypoint is left out of the second round


def adjusted(moments: Moments, places: list[Transform]) -> tuple[list[Transform], np.ndarray]:
    """Better places of the cameras, the first one's kept and so the size of the distance to the second.

    Args:
        moments: of the person.
        places: from each camera's frame to that of the first.

    Returns:
        (places, float [N] pixels that the keypoints are off in the images).
    """
    rays, weights = _chosen(moments)
    pixel = moments.pixel
    scale = float(np.linalg.norm(places[1].translation))
    for _ in range(2):
        places = _solved(places, scale, rays, weights, pixel)
        errors = _errors(places, rays, np.where(weights > 0, 1.0, 0.0), pixel)
        off = np.hypot(errors[..., 0], errors[..., 1])
        seen = weights > 0
        weights = np.where(off > _OUTLIER * np.median(off[seen]), 0.0, weights)
        weights = np.where((weights > 0).sum(axis=0) > 1, weights, 0.0)
    return places, off[seen]


def _solved(
    places: list[Transform], scale: float, rays: np.ndarray, weights: np.ndarray, pixel: np.ndarray
) -> list[Transform]:
    start = np.concatenate([_numbers(place) for place in places[1:]])
    found = least_squares(
        lambda x: _errors(_placed(x, scale), rays, weights, pixel).ravel(), start, loss="soft_l1", f_scale=_LOSS
    )
    return _placed(found.x, scale)


def _chosen(moments: Moments) -> tuple[np.ndarray, np.ndarray]:
    """Rays [C, N, 3] and weights [C, N] of the keypoints that two cameras see, those seen by more first."""
    cameras = len(moments.names)
    rays = moments.rays.reshape(cameras, -1, 2)
    weights = moments.weights.reshape(cameras, -1)
    count = (weights > 0).sum(axis=0)
    order = np.argsort(-count, kind="stable")[: (count > 1).sum()]
    order = order[np.unique(np.linspace(0, len(order) - 1, min(_MOST, len(order))).astype(int))]
    rays = np.nan_to_num(rays[:, order])
    return np.concatenate([rays, np.ones((*rays.shape[:2], 1))], axis=2), weights[:, order]


def _numbers(place: Transform) -> np.ndarray:
    return np.concatenate([Rotation.from_matrix(place.rotation).as_rotvec(), place.translation])


def _placed(numbers: np.ndarray, scale: float) -> list[Transform]:
    """The cameras' places; all lengths are such that the second camera is ``scale`` from the first."""
    six = numbers.reshape(-1, 6)
    size = scale / max(float(np.linalg.norm(six[0, 3:])), 1e-9)
    return [
        Transform.identity(),
        *(Transform(Rotation.from_rotvec(row[:3]).as_matrix(), size * row[3:]) for row in six),
    ]


def _errors(places: list[Transform], rays: np.ndarray, weights: np.ndarray, pixel: np.ndarray) -> np.ndarray:
    """float [C, N, 2]: weighted pixels that the keypoints are off; 0 where not seen."""
    directions = np.stack([r @ place.rotation.T for r, place in zip(rays, places, strict=True)])
    directions /= np.linalg.norm(directions, axis=2, keepdims=True)
    origins = np.array([place.translation for place in places])
    across = weights[..., None, None] * (np.eye(3) - directions[..., :, None] * directions[..., None, :])
    total = across.sum(axis=0) + 1e-12 * np.eye(3)
    points = np.linalg.solve(total, (across @ origins[:, None, :, None]).sum(axis=0))[..., 0]
    errors = np.zeros((*weights.shape, 2))
    for camera, place in enumerate(places):
        there = place.inverse(points)
        before = there[:, 2] > 1e-6
        flat = there[:, :2] / np.where(before, there[:, 2], 1.0)[:, None]
        off = (flat - rays[camera, :, :2]) / pixel[camera]
        errors[camera] = np.where(before[:, None], off, _BEHIND)
    return np.where(weights[..., None] > 0, np.sqrt(weights)[..., None] * errors, 0.0)
