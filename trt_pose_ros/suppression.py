"""Non-maximum suppression: of boxes that are the same thing several times, the best."""

import numpy as np


def best_boxes(boxes: np.ndarray, scores: np.ndarray, max_overlap: float, most: int = 0) -> np.ndarray:
    """Indices of the boxes that no better one covers, the best first.

    Args:
        boxes: float [n, 4], x_min, y_min, x_max, y_max; those that are no finite numbers are left out.
        scores: float [n], at least 0.
        max_overlap: intersection over union above which the lower of two boxes goes.
        most: only so many of the best are looked at, which bounds the time; 0 for all.
    """
    import cv2  # here: `trt-pose doctor` must run where OpenCV is broken

    usable = np.flatnonzero(np.isfinite(boxes).all(axis=1))
    if not len(usable):
        return usable
    boxes = boxes[usable].astype(float)
    boxes[:, 2:] -= boxes[:, :2]
    kept = cv2.dnn.NMSBoxes(boxes, scores[usable], 0.0, max_overlap, top_k=most)  # type: ignore[arg-type]  # it may
    return usable[np.asarray(kept, int).reshape(-1)]
