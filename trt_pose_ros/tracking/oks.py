"""Object keypoint similarity (OKS): how alike poses are, on the scale of the body."""

from collections.abc import Sequence

import numpy as np

# A body's area over its squared size, the diagonal of the box around its keypoints; the decoder gets it from here too.
# Of 2657 people of COCO with five keypoints or more the median is 0.32, of 689 whole ones 0.28. The diagonal and not
# the box: the box of somebody upright with hanging arms has hardly any width.
BODY_AREA = 0.3


def body_sizes(xy: np.ndarray) -> np.ndarray:
    """float [P]: diagonal of the box around each person's keypoints ``xy`` [P, K, D]; 0 for a person without any."""
    missing = np.isnan(xy)
    low = np.where(missing, np.inf, xy).min(axis=1)
    high = np.where(missing, -np.inf, xy).max(axis=1)
    return np.linalg.norm(np.where(low <= high, high - low, 0.0), axis=1)


def tolerances(sizes: np.ndarray, sigmas: Sequence[float]) -> np.ndarray:
    """float [P, K]: variance that OKS allows each keypoint, in squared pixels, by body sizes [P] and ``sigmas`` [K]."""
    return BODY_AREA * np.square(sizes)[:, None] * np.square(2 * np.asarray(sigmas))


def oks(xy: np.ndarray, others: np.ndarray, variances: np.ndarray, prior: float = 0.0) -> np.ndarray:
    """Similarity in [0, 1] of every pose to every other one: the mean of exp(-d² / 2v) over the keypoints both have.

    COCO's keypoint similarity (https://cocodataset.org/#keypoints-eval) where ``variances`` are :func:`tolerances`;
    larger ones allow for places that are known only roughly.

    Args:
        xy: float [A, K, 2], NaN where missing.
        others: float [B, K, 2], NaN where missing.
        variances: float [A, K], positive, in squared pixels.
        prior: so many keypoints are counted as unlike, so that few common keypoints prove less than many.

    Returns:
        float [A, B]; 0 for two poses without a common keypoint.
    """
    distances = np.square(xy[:, None] - others[None]).sum(axis=-1)
    common = ~np.isnan(distances)
    kernel = np.exp(np.where(common, distances, 0) / (-2 * variances[:, None]))
    count = common.sum(axis=-1)
    return np.where(common, kernel, 0).sum(axis=-1) / np.where(count, count + prior, 1)


def distinct(xy: np.ndarray, scores: np.ndarray, sigmas: Sequence[float], most: float) -> np.ndarray:
    """int [D]: the people that are not the same as a better one, best first.

    Args:
        xy: float [P, K, 2], NaN where missing.
        scores: float [P].
        sigmas: of the keypoints.
        most: similarity above which two are the same.
    """
    order = np.argsort(-scores, kind="stable")
    xy = xy[order]
    alike = oks(xy, xy, tolerances(np.maximum(body_sizes(xy), 1.0), sigmas))
    alike = np.maximum(alike, alike.T) > most
    kept: list[int] = []
    for i in range(len(order)):
        if not alike[i, kept].any():
            kept.append(i)
    return order[kept]
