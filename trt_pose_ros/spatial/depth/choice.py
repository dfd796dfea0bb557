"""Choice: of each joint's candidates the one with which all joints together are most like a body.

The joints form a tree along the bones, so the best choice of all together is found exactly by dynamic programming, as
in pictorial structures (Felzenszwalb and Huttenlocher, 2005).
"""

from __future__ import annotations

import numpy as np

from ..anatomy import Anatomy

_TOLERANCE = 0.04  # metres, of distances between joints: keypoints are off by some pixels
_WORST = 30.0  # cost of two joints that cannot belong together


def parents(found: np.ndarray, body: Anatomy) -> tuple[np.ndarray, np.ndarray]:
    """The tree of each person's joints.

    Args:
        found: bool [P, K].
        body: its anatomy.

    Returns:
        order [K], in which every joint comes after its parent, and parents [P, K], the joint itself for a root.
    """
    order = np.argsort(np.where(body.known, body.farthest.sum(axis=1), np.inf), kind="stable")
    rank = np.empty_like(order)
    rank[order] = np.arange(len(order))
    possible = (rank[None, :] < rank[:, None])[None] & found[:, None, :]
    far = np.where(possible, body.farthest, np.inf)
    best = far.argmin(axis=2)
    own = np.arange(len(order))
    return order, np.where(np.isfinite(far.min(axis=2, initial=np.inf)), best, own)


def choose(
    points: np.ndarray, costs: np.ndarray, order: np.ndarray, parent: np.ndarray, body: Anatomy, statures: np.ndarray
) -> np.ndarray:
    """float64 [P, K, C]: cost of the best choice for the whole body in which a joint takes that candidate.

    Args:
        points: [P, K, C, 3], candidates in space, metres; not finite where there is none.
        costs: [P, K, C] of each by itself; infinite where there is none.
        order, parent: of :func:`parents`.
        body: anatomy of the joints.
        statures: [P] metres.
    """
    people, joints, _ = costs.shape
    row = np.arange(people)
    pairs = _pairs(np.nan_to_num(points), parent, body, statures)
    # joints without any candidate say nothing
    there = np.isfinite(costs).any(axis=2)[..., None]
    costs, pairs = np.where(there, costs, 0.0), np.where(there[..., None], pairs, 0.0)
    messages = np.zeros_like(costs)
    for joint in order[::-1]:
        up = parent[:, joint]
        message = (costs[:, joint, :, None] + pairs[:, joint]).min(axis=1)
        messages[:, joint] = np.where((up != joint)[:, None], message, 0.0)
        costs[row, up] += messages[:, joint]
    for joint in order:
        up = parent[:, joint]
        rest = costs[row, up] - messages[:, joint]
        message = (np.nan_to_num(rest, nan=np.inf)[:, None] + pairs[:, joint]).min(axis=2)
        costs[:, joint] += np.where((up != joint)[:, None], message, 0.0)
    return costs


def _pairs(points: np.ndarray, parent: np.ndarray, body: Anatomy, statures: np.ndarray) -> np.ndarray:
    """float64 [P, K, C, C]: cost of each candidate together with each of the parent's."""
    row, own = np.arange(len(points))[:, None], np.arange(points.shape[1])
    above = points[row, parent]
    square = (points**2).sum(axis=3)[..., None] + (above**2).sum(axis=3)[:, :, None]
    length = np.sqrt(np.maximum(square - 2 * points @ above.swapaxes(2, 3), 0))
    low = (body.nearest[own, parent] * statures[:, None])[..., None, None]
    high = (np.where(parent == own, 1e9, body.farthest[own, parent]) * statures[:, None])[..., None, None]
    off = np.maximum(np.maximum(low - length, length - high), 0) / _TOLERANCE
    return np.minimum(off * off, _WORST)
