"""Two cameras: where the second stands seen from the first, up to the scale, and the scale by the size of a body.

The essential matrix comes from OpenCV (five points, Nistér 2004, with RANSAC), which also says which of its four
meanings has the points before both cameras.
"""

from __future__ import annotations

import cv2
import numpy as np

from ...transforms import Transform
from ..anatomy import STATURE
from ..views.body import statures
from .moments import Moments

_THRESHOLD = 4.0  # pixels off the epipolar line at which a pair still counts
_FEWEST = 40  # pairs that agree, below which nothing is said
_MOST = 4000  # pairs that RANSAC looks at


def relative(moments: Moments, a: int, b: int, stature: float = STATURE) -> tuple[Transform, int] | None:
    """(from camera b's frame to camera a's, how many keypoints agree with it); None where too few do.

    Args:
        moments: of the person.
        a, b: numbers of the cameras.
        stature: metres that the person is tall, from which the scale comes.
    """
    both = moments.together(a, b)
    if both.sum() < _FEWEST:
        return None
    t, k = np.nonzero(both)
    chosen = np.unique(np.linspace(0, len(t) - 1, min(_MOST, len(t))).astype(int))
    first, second = moments.rays[a, t[chosen], k[chosen]], moments.rays[b, t[chosen], k[chosen]]
    threshold = _THRESHOLD * float(moments.pixel[[a, b]].mean())
    cv2.setRNGSeed(0)  # the same answer each time
    essential, _ = cv2.findEssentialMat(first, second, np.eye(3), cv2.RANSAC, 0.9999, threshold)
    if essential is None or essential.shape[0] < 3:
        return None
    agree, rotation, translation, _ = cv2.recoverPose(essential[:3], first, second, np.eye(3))
    if agree < _FEWEST:
        return None
    in_first = Transform(rotation, translation.ravel()).inverse
    places = np.full((*both.shape, 3), np.nan)
    places[t, k] = _depths(moments.rays[a, t, k], moments.rays[b, t, k], in_first)
    told = statures(places, moments.topology)
    told = told[np.isfinite(told) & (told > 0)]
    if not len(told):
        return None
    scale = stature / float(np.median(told))
    return Transform(in_first.rotation, scale * in_first.translation), int(agree)


def _depths(first: np.ndarray, second: np.ndarray, in_first: Transform) -> np.ndarray:
    """float [N, 3]: where rays [N, 2] of the first and the second camera meet, in the first one's frame; NaN behind."""
    d1 = np.column_stack([first, np.ones(len(first))])
    d2 = np.column_stack([second, np.ones(len(second))]) @ in_first.rotation.T
    c = in_first.translation
    a11, a12, a22 = (d1 * d1).sum(1), (d1 * d2).sum(1), (d2 * d2).sum(1)
    b1, b2 = d1 @ c, d2 @ c
    with np.errstate(all="ignore"):
        below = a11 * a22 - a12 * a12
        s1, s2 = (b1 * a22 - b2 * a12) / below, (b1 * a12 - b2 * a11) / below
        places = (s1[:, None] * d1 + c + s2[:, None] * d2) / 2
    return np.where(((s1 > 0) & (s2 > 0))[:, None], places, np.nan)
