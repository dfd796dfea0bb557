"""Triangulation: where the rays of several cameras meet, by those that agree.

Each point is tried as the meeting point of every pair of its rays. The pair with which most of the others agree wins
(as in RANSAC, Fischler and Bolles 1981, but with all pairs: there are few), and the point is then the weighted least
squares of the rays that agree with it. Errors are distances in metres between point and ray, not pixels: a network
errs in proportion to the size of the body in the image, so by the same metres near and far.
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import combinations

import numpy as np

from .view import Sightings

_AGREES = 3.0  # standard deviations
_REFINEMENTS = 2
_FLAT = 1e-9  # of what all rays together say in the direction in which they say least: below that they are parallel


@dataclass(frozen=True, eq=False)
class Points:
    """Keypoints of G people in space.

    Attributes:
        places: float64 [G, K, 3], metres in the common frame; NaN where fewer than two rays agree.
        stddevs: float64 [G, K], of the places, by the geometry of the rays; NaN likewise.
        scores: float64 [G, K], mean of the scores of the rays that agree; 0 likewise.
        agrees: bool [G, V, K], the ray of that view does.
    """

    places: np.ndarray
    stddevs: np.ndarray
    scores: np.ndarray
    agrees: np.ndarray

    def drop(self, which: np.ndarray) -> None:
        """Make the keypoints of ``which`` (bool [G, K]) unknown."""
        self.places[which] = np.nan
        self.stddevs[which] = np.nan
        self.scores[which] = 0.0


def triangulate(sightings: Sightings, groups: np.ndarray, spreads: np.ndarray) -> Points:
    """Triangulate people.

    Args:
        sightings: of one moment.
        groups: int [G, V], which of the sightings show the same person, -1 where a view shows none.
        spreads: float [K], standard deviation of a keypoint's place across its ray, metres.
    """
    people, views = groups.shape
    keypoints = len(spreads)
    if not people or not len(sightings):
        unknown = np.full((people, keypoints), np.nan)
        agrees = np.zeros((people, views, keypoints), bool)
        return Points(np.full((people, keypoints, 3), np.nan), unknown, np.zeros((people, keypoints)), agrees)
    there = groups >= 0
    rows = np.where(there, groups, 0)
    directions = np.where(there[:, :, None, None], sightings.directions[rows], np.nan)  # [G, V, K, 3]
    directions = np.moveaxis(directions, 1, 2).reshape(-1, views, 3)  # [M, V, 3], M = G * K points
    scores = np.where(there[:, :, None], sightings.scores[rows], 0.0)
    scores = np.moveaxis(scores, 1, 2).reshape(-1, views)
    scores = np.where(np.isnan(directions[:, :, 0]), 0.0, scores)
    origins = np.repeat(sightings.origins[rows], keypoints, axis=0)
    blur = np.repeat(sightings.blur[rows], keypoints, axis=0)
    spread = np.tile(spreads, people)[:, None]
    agrees = _agreeing(origins, directions, scores, spread, blur)
    places = _meeting(origins, directions, np.where(agrees, scores, 0.0))
    for _ in range(_REFINEMENTS):
        _, sigma = _errors(places[:, None], origins, directions, spread, blur)
        places = _meeting(origins, directions, np.where(agrees, scores / sigma[:, 0] ** 2, 0.0))
    _, sigma = _errors(places[:, None], origins, directions, spread, blur)
    stddevs = _stddevs(directions, np.where(agrees, sigma[:, 0] ** -2, 0.0))
    known = np.isfinite(stddevs) & np.isfinite(places).all(axis=1)
    agrees &= known[:, None]
    mean = np.where(agrees, scores, 0.0).sum(axis=1) / np.maximum(agrees.sum(axis=1), 1)
    shape = (people, keypoints)
    return Points(
        np.where(known[:, None], places, np.nan).reshape(*shape, 3),
        np.where(known, stddevs, np.nan).reshape(shape),
        mean.reshape(shape),
        np.moveaxis(agrees.reshape(*shape, views), 2, 1),
    )


def distances(points: np.ndarray, origins: np.ndarray, directions: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Of ``points`` from rays, broadcast [..., 3]: metres across (infinite behind the camera), and along the ray."""
    away = points - origins
    along = (away * directions).sum(axis=-1)
    across = np.linalg.norm(away - along[..., None] * directions, axis=-1)
    return np.where(along > 0, across, np.where(np.isnan(along), np.nan, np.inf)), along


def _agreeing(
    origins: np.ndarray, directions: np.ndarray, scores: np.ndarray, spread: np.ndarray, blur: np.ndarray
) -> np.ndarray:
    """bool [M, V]: the rays that agree with each other, the most that do; none where no two do."""
    there = scores > 0
    together = _meeting(origins, directions, scores)
    error, sigma = _errors(together[:, None], origins, directions, spread, blur)
    agrees = there & (error[:, 0] <= _AGREES * sigma[:, 0])  # False for NaN
    doubtful = np.flatnonzero((agrees != there).any(axis=1))
    agrees[doubtful] = _agreeing_with_a_pair(*(a[doubtful] for a in (origins, directions, scores, spread, blur)))
    agrees[agrees.sum(axis=1) < 2] = False
    return agrees


def _agreeing_with_a_pair(
    origins: np.ndarray, directions: np.ndarray, scores: np.ndarray, spread: np.ndarray, blur: np.ndarray
) -> np.ndarray:
    """The same by trying the meeting point of every pair."""
    count, views = scores.shape
    pairs = np.array(list(combinations(range(views), 2)), int).reshape(-1, 2)
    if not len(pairs) or not count:
        return np.zeros((count, views), bool)
    chosen = (pairs[:, :, None] == np.arange(views)).any(axis=1)  # [pairs, V]
    tried = _meeting(origins[:, None], directions[:, None], chosen & (scores > 0)[:, None])
    error, sigma = _errors(tried, origins, directions, spread, blur)
    fits = error <= _AGREES * sigma
    with np.errstate(all="ignore"):
        loss = scores[:, None] * np.where(fits, np.square(error / sigma), _AGREES**2)
    both = (fits | ~chosen).all(axis=2)
    best = np.where(both, loss.sum(axis=2), np.inf).argmin(axis=1)
    rows = np.arange(count)
    return fits[rows, best] & both[rows, best][:, None] & (scores > 0)


def _errors(
    places: np.ndarray, origins: np.ndarray, directions: np.ndarray, spread: np.ndarray, blur: np.ndarray
) -> tuple[np.ndarray, np.ndarray]:
    """Of H places each [M, H, 3]: distances from the rays [M, H, V] and the standard deviations to expect of them."""
    with np.errstate(all="ignore"):
        across, along = distances(places[:, :, None], origins[:, None], directions[:, None])
        return across, np.hypot(spread[:, :, None], blur[:, None] * along)


def _information(directions: np.ndarray, weights: np.ndarray) -> np.ndarray:
    """float [..., V, 3, 3]: what each ray says across itself, times its weight; 0 for rays that are none."""
    d = np.nan_to_num(directions)
    return weights[..., None, None] * (np.eye(3) - d[..., :, None] * d[..., None, :])


def _meeting(origins: np.ndarray, directions: np.ndarray, weights: np.ndarray) -> np.ndarray:
    """float [..., 3]: the point of the least weighted squared distances from rays; NaN where they don't say one."""
    information = _information(directions, weights)
    total = information.sum(axis=-3)
    wanted = (information @ np.broadcast_to(origins, (*information.shape[:-1],))[..., None])[..., 0].sum(axis=-2)
    return _solved(total, wanted)


def _solved(matrices: np.ndarray, vectors: np.ndarray) -> np.ndarray:
    sound = _sound(matrices)
    safe = np.where(sound[..., None, None], matrices, np.eye(3))
    return np.where(sound[..., None], np.linalg.solve(safe, vectors[..., None])[..., 0], np.nan)


def _sound(matrices: np.ndarray) -> np.ndarray:
    size = np.trace(matrices, axis1=-2, axis2=-1)
    with np.errstate(all="ignore"):
        return np.linalg.det(matrices) > _FLAT * size**3


def _stddevs(directions: np.ndarray, weights: np.ndarray) -> np.ndarray:
    """float [M]: the root of the mean variance along the axes."""
    total = _information(directions, weights).sum(axis=-3)
    sound = _sound(total)
    covariance = np.linalg.inv(np.where(sound[..., None, None], total, np.eye(3)))
    return np.where(sound, np.sqrt(np.trace(covariance, axis1=-2, axis2=-1) / 3), np.nan)
