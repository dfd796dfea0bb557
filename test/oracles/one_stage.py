"""One-stage outputs to people, slowly and row by row: what the family must agree with."""

import numpy as np


def overlap(a, b):
    """Intersection over union of two boxes x1, y1, x2, y2."""
    width = min(a[2], b[2]) - max(a[0], b[0])
    height = min(a[3], b[3]) - max(a[1], b[1])
    inside = max(width, 0.0) * max(height, 0.0)
    areas = [(box[2] - box[0]) * (box[3] - box[1]) for box in (a, b)]
    return inside / (sum(areas) - inside) if inside else 0.0


def best_ones(boxes, scores, iou):
    """Indices of the boxes that no better one covers, the best first."""
    kept = []
    for i in sorted(range(len(scores)), key=lambda i: -scores[i]):
        if all(overlap(boxes[i], boxes[j]) <= iou for j in kept):
            kept.append(i)
    return kept


def yolo(columns, classes, keypoints, min_score, iou):
    """(keypoints [P, K, 3], scores [P]) of an array [4 + C + 3 K, anchors], in pixels of the input."""
    boxes, scores, points = [], [], []
    for column in columns.T:
        x, y, width, height = column[:4]
        score = max(column[4 : 4 + classes])
        if score >= min_score:
            boxes.append((x - width / 2, y - height / 2, x + width / 2, y + height / 2))
            scores.append(score)
            points.append(column[4 + classes :].reshape(keypoints, 3))
    kept = best_ones(boxes, scores, iou)
    return np.array([points[i] for i in kept]).reshape(-1, keypoints, 3), np.array([scores[i] for i in kept])
