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


def oks(
    xy: np.ndarray,
    others: np.ndarray,
    variances: np.ndarray,
    prior: float = 0.0,
    weights: np.ndarray | None = None,
) -> np.ndarray:
    """Similarity in [0, 1] of every pose to every other one: the mean of exp(-d² / 2v) over the keypoints both have.

    COCO's keypoint similarity (https://cocodataset.org/#keypoints-eval) where ``variances`` are :func:`tolerances`;
    larger ones allow for places that are known only roughly.

    Args:
        xy: float [A, K, 2], NaN where missing.
        others: float [B, K, 2], NaN where missing.
        variances: float [A, K], positive, in squared pixels.
        prior: so many keypoints are counted as unlike, so that few common keypoints prove less than many.
        weights: float [A, B, K], how much each keypoint counts; None: all alike.

    Returns:
        float [A, B]; 0 for two poses without a common keypoint.
    """
    distances = np.square(xy[:, None] - others[None]).sum(axis=-1)
    common = ~np.isnan(distances)
    kernel = np.exp(np.where(common, distances, 0) / (-2 * variances[:, None]))
    counts = common if weights is None else np.where(common, weights, 0)
    count = counts.sum(axis=-1)
    return (kernel * counts).sum(axis=-1) / np.where(count > 0, count + prior, 1)


def distinct(keypoints: np.ndarray, scores: np.ndarray, sigmas: Sequence[float], most: float) -> np.ndarray:
    """int [D]: the people that are not the same as a better one, best first.

    A keypoint counts by the squares of both its scores: where a network has to name a place for each, as those for one
    person do, the doubtful ones are anywhere and say nothing of who it is.

    Args:
        keypoints: float [P, K, 3], x, y (NaN where missing) and score.
        scores: float [P].
        sigmas: of the keypoints.
        most: similarity above which two are the same.
    """
    order = np.argsort(-scores, kind="stable")
    xy, certainty = keypoints[order, :, :2].astype(float), np.square(keypoints[order, :, 2].astype(float))
    variances = tolerances(np.maximum(body_sizes(xy), 1.0), sigmas)
    alike = oks(xy, xy, variances, weights=certainty[:, None] * certainty)
    alike = np.maximum(alike, alike.T) > most
    kept: list[int] = []
    for i in range(len(order)):
        if not alike[i, kept].any():
            kept.append(i)
    return order[kept]
