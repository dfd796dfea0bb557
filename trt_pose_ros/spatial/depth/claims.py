"""Claims: whose flesh a measured point belongs to. A surface is one body part's, so it tells nothing of others."""

from __future__ import annotations

import numpy as np

from ..anatomy import LONG, Anatomy

_AROUND = 0.05  # metres
_OTHERS, _OWN = 10.0, 8.0


def penalties(
    points, joints, scores, rank, middles, statures, body: Anatomy, radii: np.ndarray
) -> np.ndarray:
    """float64 [P, K, M]: what candidates cost more that lie in flesh of other people or of other parts of the body."""
    long = body.lengths > LONG
    a, b = body.bones[long].T
    start, along = joints[:, a], joints[:, b] - joints[:, a]
    fits = np.linalg.norm(along, axis=-1) < body.farthest[a, b] * statures[:, None] + 0.1
    start = np.where(fits[..., None], start, np.nan)
    limit = (radii[a] + radii[b]) / 2 + _AROUND
    square = np.maximum((along**2).sum(-1), 1e-9)
    flat = points.reshape(-1, 3)
    people, count = points.shape[:2]
    with np.errstate(invalid="ignore"):
        off = flat[:, None, None] - start  # [N, P, B, 3]
        share = np.clip((off * along).sum(-1) / square, 0, 1)
        distance = np.linalg.norm(off - share[..., None] * along, axis=-1)
        inside = (distance < limit).reshape(*points.shape[:3], people, len(a))
    off = np.abs(points[..., 2, None] - middles)  # [P, K, M, P]
    own_off = np.abs(points[..., 2] - middles[:, None, None])[..., None]
    better = rank[None, :] < rank[:, None]
    with np.errstate(invalid="ignore"):
        theirs = (off < own_off - 0.15) | ((off < own_off + 0.15) & better[:, None, None, :])
    theirs[np.arange(people), :, :, np.arange(people)] = False
    others = (inside.any(-1) & theirs).any(-1)
    same = np.arange(people)
    own = inside[same, :, :, same]  # [P, K, M, B]
    j = np.arange(count)
    apart = (a[None] != j[:, None]) & (b[None] != j[:, None])
    mine = (own & apart[None, :, None]).any(-1)
    return _OTHERS * others + _OWN * (1 - scores[..., None]) * mine
