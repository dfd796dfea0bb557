"""How the networks of this family lay out people in their arrays.

Each reader takes the arrays of one image and gives the people in them as :class:`Rows`. Coordinates are those of the
network: pixels of its input. Sources of the layouts: Ultralytics' exporter and its guide on end-to-end detection,
mmdeploy's configurations of RTMO, TensorFlow Hub's model card of MoveNet MultiPose.
"""

from collections.abc import Callable, Sequence
from typing import NamedTuple

import numpy as np

Shape = Sequence[int | None]


class Rows(NamedTuple):
    """People that a network proposes for one image.

    Attributes:
        boxes: float32 [M, 4], x1, y1, x2, y2 in pixels of the input.
        scores: float32 [M].
        keypoints: float32 [M, K, 3], x, y in pixels of the input, score.
    """

    boxes: np.ndarray
    scores: np.ndarray
    keypoints: np.ndarray


class Facts(NamedTuple):
    """What a reader must know besides the arrays.

    Attributes:
        keypoints: number of them.
        classes: number of kinds of bodies that the network tells apart.
        min_score: score that a person must have.
        size: (height, width) of the input in pixels.
    """

    keypoints: int
    classes: int
    min_score: float
    size: tuple[int, int]


class Kind(NamedTuple):
    """A layout.

    Attributes:
        outputs: how many tensors there are.
        layout: their shapes in words.
        repeats: whether a person may come several times, so that the best must be chosen.
        read: the reader.
        fits: whether outputs of these shapes are such ones, for K keypoints and C classes.
    """

    outputs: int
    layout: str
    repeats: bool
    read: Callable[[Sequence[np.ndarray], Facts], Rows]
    fits: Callable[[Sequence[Shape], int, int], bool]


def _yolo(arrays: Sequence[np.ndarray], facts: Facts) -> Rows:
    (columns,) = arrays
    first = 4 + facts.classes
    scores = columns[4:first].max(axis=0)
    chosen = np.flatnonzero(scores >= facts.min_score)
    rows = columns[:, chosen].T
    centre, half = rows[:, :2], rows[:, 2:4] / 2
    with np.errstate(invalid="ignore"):  # infinite ones
        boxes = np.concatenate([centre - half, centre + half], axis=1)
    return Rows(boxes, scores[chosen], _points(rows[:, first:], scores[chosen], facts))


def _yolo_nms(arrays: Sequence[np.ndarray], facts: Facts) -> Rows:
    (rows,) = arrays
    rows = rows[rows[:, 4] >= facts.min_score]
    return Rows(rows[:, :4], rows[:, 4], _points(rows[:, 6:], rows[:, 4], facts))


def _rtmo(arrays: Sequence[np.ndarray], facts: Facts) -> Rows:
    people, keypoints = arrays
    chosen = people[:, 4] >= facts.min_score
    return Rows(people[chosen, :4], people[chosen, 4], keypoints[chosen])


def _movenet(arrays: Sequence[np.ndarray], facts: Facts) -> Rows:
    (rows,) = arrays
    rows = rows[rows[:, -1] >= facts.min_score]
    height, width = facts.size
    points = rows[:, : 3 * facts.keypoints].reshape(-1, facts.keypoints, 3)[:, :, [1, 0, 2]]
    boxes = rows[:, [-4, -5, -2, -3]] * np.array([width, height, width, height], np.float32)
    return Rows(boxes, rows[:, -1], points * np.array([width, height, 1], np.float32))


def _points(values: np.ndarray, scores: np.ndarray, facts: Facts) -> np.ndarray:
    """[M, 3 K], or [M, 2 K] without scores, as [M, K, 3]; keypoints without a score get the person's."""
    points = values.reshape(len(values), facts.keypoints, values.shape[1] // facts.keypoints)
    if points.shape[2] == 3:
        return points
    return np.concatenate([points, np.broadcast_to(scores[:, None, None], (*points.shape[:2], 1))], axis=2)


def _is(count: int | None, *wanted: int) -> bool:
    return count is None or count in wanted


def _rank(shapes: Sequence[Shape], *ranks: int) -> bool:
    return tuple(map(len, shapes)) == ranks


KINDS = {
    "yolo": Kind(
        1,
        "[N, 4 + classes + 3 K (or 2 K), anchors]",
        True,
        _yolo,
        lambda shapes, k, c: _rank(shapes, 3) and _is(shapes[0][1], 4 + c + 2 * k, 4 + c + 3 * k),
    ),
    "yolo_nms": Kind(
        1,
        "[N, people, 6 + 3 K (or 2 K)]",
        False,
        _yolo_nms,
        lambda shapes, k, c: _rank(shapes, 3) and _is(shapes[0][2], 6 + 2 * k, 6 + 3 * k),
    ),
    "rtmo": Kind(
        2,
        "[N, people, 5] and [N, people, K, 3]",
        True,
        _rtmo,
        lambda shapes, k, c: (
            _rank(shapes, 3, 4) and _is(shapes[0][2], 5) and _is(shapes[1][2], k) and _is(shapes[1][3], 3)
        ),
    ),
    "movenet": Kind(
        1,
        "[N, people, 3 K + 5]",
        False,
        _movenet,
        lambda shapes, k, c: _rank(shapes, 3) and _is(shapes[0][2], 3 * k + 5),
    ),
}
