"""What trt_pose's parser does with one image, told from its behaviour: the second opinion that the tests compare with.

Peaks are cells with nothing higher in the 5 x 5 cells around, equal ones all count, the first ``max_parts`` in reading
order are kept. They are moved to the centroid of those cells, mirrored at the border. A pair scores the mean of the
field at the cells that hold seven points of its segment. Each link is matched to the highest sum of scores, connections
of too low a score are then dropped, and whatever hangs together is one object. So two people with one common peak are
one object, and a lone peak is an object.
"""

import numpy as np
from scipy.optimize import linear_sum_assignment

WINDOW = 2


def parse(topology, cmap, paf, peak_threshold=0.1, link_threshold=0.1, samples=7, max_parts=100):
    """cmap [K, H, W], paf [2L, H, W] in (x, y) -> keypoints [P, K, 3] in cells, missing ones (NaN, NaN, 0)."""
    parts = [_parts(heatmap.astype(np.float64), peak_threshold, max_parts) for heatmap in cmap]
    neighbours = {}
    for i, (a, b) in enumerate(topology.links):
        if not len(parts[a]) or not len(parts[b]):
            continue
        scores = _scores(paf[2 * i : 2 * i + 2], parts[a], parts[b], samples)
        for start, end in zip(*linear_sum_assignment(-scores), strict=True):
            if scores[start, end] > link_threshold:
                neighbours.setdefault((a, start), []).append((b, end))
                neighbours.setdefault((b, end), []).append((a, start))
    objects, seen = [], set()
    for k in range(len(parts)):
        for i in range(len(parts[k])):
            if (k, i) in seen:
                continue
            keypoints = np.full((len(parts), 3), (np.nan, np.nan, 0))
            queue = [(k, i)]
            while queue:
                part = queue.pop(0)
                if part not in seen:
                    seen.add(part)
                    keypoints[part[0]] = parts[part[0]][part[1]]
                    queue += neighbours.get(part, [])
            objects.append(keypoints)
    return np.array(objects).reshape(-1, len(parts), 3)


def _parts(heatmap, threshold, max_parts):
    lowest = np.pad(heatmap, WINDOW, constant_values=-np.inf)
    windows = np.lib.stride_tricks.sliding_window_view(lowest, (2 * WINDOW + 1,) * 2)
    found = np.argwhere((heatmap >= threshold) & (heatmap >= windows.max(axis=(2, 3))))[:max_parts]
    reflected = np.pad(heatmap, WINDOW, mode="reflect")
    offsets = np.arange(-WINDOW, WINDOW + 1)
    parts = []
    for y, x in found:
        weights = reflected[y : y + 2 * WINDOW + 1, x : x + 2 * WINDOW + 1]
        parts.append(
            (
                x + (weights.sum(axis=0) * offsets).sum() / weights.sum(),
                y + (weights.sum(axis=1) * offsets).sum() / weights.sum(),
                heatmap[y, x],
            )
        )
    return np.array(parts).reshape(-1, 3)


def _scores(field, starts, ends, samples):
    limbs = ends[None, :, :2] - starts[:, None, :2]
    units = limbs / (np.linalg.norm(limbs, axis=2, keepdims=True) + 1e-5)
    total = np.zeros(limbs.shape[:2])
    for t in np.linspace(0, 1, samples):
        x, y = np.floor(np.moveaxis(starts[:, None, :2] + t * limbs, 2, 0) + 0.5).astype(int)
        inside = (x >= 0) & (x < field.shape[2]) & (y >= 0) & (y < field.shape[1])
        read = field[:, np.where(inside, y, 0), np.where(inside, x, 0)]
        total += np.where(inside, read[0] * units[..., 0] + read[1] * units[..., 1], 0)
    return total / samples
