"""Matching: who in one camera's image is whom in the others', by geometry.

Two rays to the same joint meet, but for the error of the keypoints. How well the rays of two people meet, over all
joints both have, and whether the body that they make has a human size, says for each pair of sightings how likely they
are one person. Groups are then made by contracting the strongest pair again and again while the evidence between two
groups adds up to more for than against (greedy additive edge contraction, Keuper et al., ICCV 2015), never with two
people of one camera in a group.
"""

from __future__ import annotations

import numpy as np

from ...assignment import assign
from ...topology import Topology
from .body import human_sized
from .triangulation import distances
from .view import Sightings

_EVIDENCE = 3.0  # keypoints' worth of doubt that a pair or a match starts with
_EVEN = 0.5  # likeness at which a pair is as likely one person as two
_PARALLEL = 0.02  # sine of the angle of two rays that say nothing of where they meet


def pair_weights(sightings: Sightings, spreads: np.ndarray, topology: Topology) -> np.ndarray:
    """float [N, N]: evidence that two sightings are of one person; -inf for two of one camera.

    Args:
        sightings: of one moment.
        spreads: float [K], standard deviation of a keypoint's place across its ray, metres.
        topology: of the keypoints.
    """
    d, o = sightings.directions, sightings.origins
    first, second = d[:, None], d[None]
    between = np.broadcast_to((o[None] - o[:, None])[:, :, None], (len(d), *d.shape))
    with np.errstate(all="ignore"):
        cosine = (first * second).sum(axis=-1)
        sine2 = 1 - np.square(cosine)
        along1 = ((between * first).sum(axis=-1) - cosine * (between * second).sum(axis=-1)) / sine2
        along2 = -((between * second).sum(axis=-1) - cosine * (between * first).sum(axis=-1)) / sine2
        p1, p2 = o[:, None, None] + along1[..., None] * first, o[None, :, None] + along2[..., None] * second
        apart = np.linalg.norm(p1 - p2, axis=-1)
        blur = sightings.blur
        variance = (
            2 * np.square(spreads) + np.square(blur[:, None, None] * along1) + np.square(blur[None, :, None] * along2)
        )
        kernel = np.where((along1 > 0) & (along2 > 0), np.exp(-np.square(apart) / (2 * variance)), 0.0)
        known = sine2 > _PARALLEL**2  # False for NaN
        likeness = np.where(known, kernel, 0.0).sum(axis=-1)
        count = known.sum(axis=-1)
        meetings = np.where((known & (kernel > 0))[..., None], (p1 + p2) / 2, np.nan)
    weights = np.where(human_sized(meetings, topology), likeness, 0.0) - _EVEN * count
    weights = weights / (count + _EVIDENCE)
    return np.where(sightings.view[:, None] == sightings.view[None], -np.inf, weights)


def grouped(weights: np.ndarray) -> np.ndarray:
    """int [N]: the group of each of N things, numbered from 0; -1 for those that stay alone.

    Args:
        weights: float [N, N], symmetric: above 0 for two that belong together, -inf for two that must not.
    """
    weights = weights.astype(float)
    np.fill_diagonal(weights, -np.inf)
    labels = np.arange(len(weights))
    while weights.size:
        a, b = sorted(map(int, np.unravel_index(weights.argmax(), weights.shape)))
        if not weights[a, b] > 0:
            break
        labels[labels == b] = a
        weights[a] += weights[b]
        weights[:, a] = weights[a]
        weights[a, a] = -np.inf
        weights[b] = weights[:, b] = -np.inf
    kept, numbers, counts = np.unique(labels, return_inverse=True, return_counts=True)
    chosen = np.full(len(kept), -1)
    chosen[counts > 1] = np.arange((counts > 1).sum())
    return chosen[numbers]


def likeness(places: np.ndarray, sightings: Sightings, spreads: np.ndarray) -> np.ndarray:
    """float [T, N] in [0, 1]: how well each sighting is of each of T people whose keypoints should be at ``places``.

    Args:
        places: float [T, K, 3], metres in the common frame; NaN where not known.
        sightings: of one moment.
        spreads: float [T, K], standard deviation across the rays, metres.
    """
    with np.errstate(all="ignore"):
        across, along = distances(places[:, None], sightings.origins[None, :, None], sightings.directions[None])
        variance = np.square(spreads[:, None]) + np.square(sightings.blur[None, :, None] * along)
        kernel = np.exp(-np.square(across) / (2 * variance))
    known = ~np.isnan(across)
    return np.where(known, kernel, 0.0).sum(axis=-1) / (known.sum(axis=-1) + _EVIDENCE)


def assigned(values: np.ndarray, sightings: Sightings) -> np.ndarray:
    """int [N]: the row of ``values`` [T, N] that each sighting goes to, -1 for none; one at most of a view and row."""
    labels = np.full(len(sightings), -1)
    for view in np.unique(sightings.view):
        mine = np.flatnonzero(sightings.view == view)
        rows, found = assign(values[:, mine])
        labels[mine[found]] = rows
    return labels
