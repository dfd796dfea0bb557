"""Candidates: how far away each joint may be, by what depth was measured around it and by what may hide it."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from ..anatomy import LONG, TALLEST, Anatomy
from .reading import Reader

_COARSE = 12  # samples a joint of the first look
_FINE = 32  # and of the second
_QUANTILES = np.array([0.1, 0.3, 0.5, 0.7, 0.9])
_FIRST_LOOK = 0.008  # radius of the first look at z = 1: four pixels of a camera with f = 500
_BODY = 0.35  # metres: most of a body's joints lie so close to its middle
_AROUND = 0.015  # metres around a joint's flesh to look at, since keypoints are a bit off
_FACE = 0.025  # metres to look at least
_SLACK = 0.03  # metres that something hidden may lie before what hides it
_HIDDEN = np.linspace(-0.6, 0.6, 16)  # metres from a body's middle, where hidden joints may be


class Measured(NamedTuple):
    """M depths that were measured around each of P x K joints, the joints' radii added.

    Attributes:
        depths: float64 [P, K, M], metres; NaN where there is none.
        costs: float64 [P, K, M], how implausible each is by itself; infinite where there is none.
        spreads: float64 [P, K, M], standard deviation of what was measured around it.
        surfaces: float64 [P, K], depth of the nearest that was measured, the joint's radius added; NaN where nothing.
        middles: float64 [P], depth of the people's middles, NaN for those whom nothing was measured of.
    """

    depths: np.ndarray
    costs: np.ndarray
    spreads: np.ndarray
    surfaces: np.ndarray
    middles: np.ndarray


def _disc(count: int) -> np.ndarray:
    """float64 [count, 2]: points spread evenly over the unit disc (Vogel's spiral)."""
    i = np.arange(count)
    angle, radius = i * np.pi * (3 - np.sqrt(5)), np.sqrt((i + 0.5) / count)
    return np.stack([radius * np.cos(angle), radius * np.sin(angle)], axis=1)


_COARSE_DISC, _FINE_DISC = _FIRST_LOOK * _disc(_COARSE), _disc(_FINE)


def measured(
    read: Reader, pixels: np.ndarray, rays: np.ndarray, radii: np.ndarray, nearest: float, farthest: np.ndarray
) -> Measured:
    """What was measured around joints.

    Args:
        read: reads the depth image.
        pixels: [P, K, 2], NaN where a joint was not found.
        rays: [P, K, 3] of the pixels.
        radii: [K], from skin to joint, metres.
        nearest, farthest: a number and [P], metres, what is measured outside is not used.
    """
    guesses = 1 / np.linspace(1 / nearest, 1 / farthest.max(), _COARSE)
    coarse = _within(read(pixels, rays, _COARSE_DISC[None, None], guesses[None, None]), nearest, farthest)
    # of everything in a direction the nearest is seen, if another camera measured it
    middles = commonest(np.sort(coarse, axis=2)[..., : _COARSE // 2].reshape(len(coarse), -1))
    reach = np.maximum(radii + _AROUND, _FACE)[None, :] / middles[:, None]
    fine = read(pixels, rays, reach[..., None, None] * _FINE_DISC, middles[:, None, None])
    samples = np.sort(_within(fine, nearest, farthest), axis=2)
    depths, spreads, share, nearer = _modes(samples, middles)
    with np.errstate(divide="ignore", invalid="ignore"):
        costs = -np.log(share) + 2.0 * nearer
    depths = depths + radii[None, :, None]
    return Measured(
        depths,
        np.where(np.isfinite(depths), costs, np.inf),
        spreads,
        np.fmin(depths[..., 0], depths[..., 1]),
        middles,
    )


def hidden(middles: np.ndarray, surfaces: np.ndarray, scores: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Where joints may be that the camera does not see: depths [P, K, H] in metres and their costs.

    Args:
        middles: [P], depth of the people's middles.
        surfaces: [P, K], of :class:`Measured`: what is hidden lies behind.
        scores: [P, K] of the keypoints: what networks are sure of is seldom hidden.
    """
    depths = np.broadcast_to((middles[:, None] + _HIDDEN)[:, None], (*scores.shape, len(_HIDDEN)))
    with np.errstate(invalid="ignore"):
        # where the keypoint lies beside the body, what is seen there hides nothing
        before = depths < (surfaces - _SLACK)[..., None]
        beside = (surfaces > middles[:, None] + 0.8)[..., None]
    costs = 1.0 + 5.0 * scores[..., None] + before * np.where(beside, 2.0, 8.0)
    return depths, np.where(np.isfinite(depths), costs, np.inf)


def reaches(rays: np.ndarray, body: Anatomy, farthest: float) -> np.ndarray:
    """float64 [P]: depths beyond which people would be taller than anybody is, at most ``farthest``.

    However it is turned, a bone is at least as long as it looks. The second of these bounds is taken, in case a
    keypoint is far off.
    """
    long = body.lengths > LONG
    apart = rays[:, body.bones[long, 0]] - rays[:, body.bones[long, 1]]
    with np.errstate(divide="ignore"):
        bounds = TALLEST * body.lengths[long] * (1 + body.freedoms[long]) / np.linalg.norm(apart, axis=2)
    bounds = np.sort(np.concatenate([bounds, np.full((len(rays), 2), np.inf)], axis=1), axis=1)[:, 1]
    return np.fmin(bounds, farthest)


def _within(depths: np.ndarray, nearest: float, farthest: np.ndarray) -> np.ndarray:
    with np.errstate(invalid="ignore"):
        return np.where((depths >= nearest) & (depths <= farthest[:, None, None]), depths, np.nan)


def commonest(depths: np.ndarray) -> np.ndarray:
    """float64 [P]: the depth that most of [P, N] are close to, NaN where all are."""
    with np.errstate(invalid="ignore", divide="ignore"):
        number = (np.abs(depths[:, :, None] - depths[:, None]) < _BODY).sum(axis=2)
        best = depths[np.arange(len(depths)), number.argmax(axis=1)]
        close = np.abs(depths - best[:, None]) < _BODY
        return np.where(close, depths, 0.0).sum(axis=1) / close.sum(axis=1)


def _modes(samples: np.ndarray, middles: np.ndarray) -> tuple[np.ndarray, ...]:
    """Of sorted samples [P, K, S], NaN last: M depths, their spread, shares of samples close by, and nearer ones."""
    count = (samples == samples).sum(axis=2)[..., None]
    index = np.maximum(_QUANTILES * (count - 1), 0).astype(np.intp)
    at = np.take_along_axis(samples, index, axis=2)
    width = (0.05 + 0.005 * middles**2)[:, None, None, None]
    with np.errstate(invalid="ignore", divide="ignore"):
        off = samples[:, :, None] - at[..., None]
        close = np.abs(off) < width
        number = close.sum(axis=3)
        shift = np.where(close, off, 0.0).sum(axis=3) / number
        square = np.where(close, off * off, 0.0).sum(axis=3) / number
        spread = np.sqrt(np.maximum(square - shift**2, 0))
        return at + shift, spread, number / count, (off <= -width).sum(axis=3) / count
