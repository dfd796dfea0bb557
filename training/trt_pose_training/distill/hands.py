"""What a trained hand network says of images without labels, as labelled pictures of single hands.

As with people (:mod:`.labels`), only that is kept on which the teacher agrees with itself: it looks at each hand three
times, at one of them in the mirror image, the square turned, moved and of another size. The pictures that come out show
the square around a hand (:mod:`trt_pose_ros.hands`) upright and as much again around it, so that training can turn and
move them. Squares in which there is no hand are pictures without labels: from them a network learns to see none.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import cv2
import numpy as np

from trt_pose_ros.finders.network import Network
from trt_pose_ros.geometry import rotation
from trt_pose_ros.hands.squares import Squares, palm_squares
from trt_pose_ros.poses import Poses, stacked
from trt_pose_ros.preprocess import Region
from trt_pose_ros.topology import Topology

CONTEXT = 2.0  # side of a picture in sides of the hand's square
_EMPTY_CONTEXT = 1.4  # the same where there is no hand, lest one shows at the edge that nobody has found
_LARGEST, _SMALLEST = 256, 32  # sides of a picture in pixels
# How the square is changed for each look: turned (radians), grown, moved (shares of its side), and of the mirror image
_LOOKS = ((0.0, 1.0, 0.0, False), (0.26, 1.12, 0.03, True), (-0.26, 0.95, -0.03, False))
_SAME = 0.35  # shares of the larger square by which two hands are at least apart
_ABSENT = 0.05  # presence below which there is no hand
_EMPTY_SIDES = (50.0, 260.0)  # pixels, of squares without a hand


@dataclass(frozen=True)
class Picture:
    """A hand, or none, upright in the middle.

    Attributes:
        image: uint8 [n, n, 3] BGR.
        keypoints: float [K, 3], x, y in its pixels and 2, or 0 three times where the teacher is not sure;
            None: there is no hand.
    """

    image: np.ndarray
    keypoints: np.ndarray | None


class HandLabeller:
    """Finds hands and the joints that the teacher is sure of.

    Args:
        finders: each says where hands may be in an image: uint8 [h, w, 3] BGR to Poses of the teacher's topology.
        teacher: the :class:`~trt_pose_ros.finders.network.Network` that finds the joints in a crop.
        min_score: of a hand, in all looks.
        max_difference: of a joint's places from their mean, in sides of the square.
        min_side: of the square in pixels; smaller hands say little.
        min_joints: with fewer, a hand is left out.
        seed: of the squares without a hand.

    Raises:
        ValueError: the teacher is of another kind.
    """

    def __init__(
        self,
        finders: Sequence[Callable[[np.ndarray], Poses]],
        teacher: Network,
        min_score: float = 0.8,
        max_difference: float = 0.045,
        min_side: float = 44.0,
        min_joints: int = 13,
        seed: int = 0,
    ) -> None:
        manifest = teacher.model.manifest
        if manifest.family != "hand_landmarks":
            raise ValueError(f"{teacher.model.path} is of family {manifest.family!r}, must be of hand_landmarks")
        self.topology = manifest.topology
        self._finders, self._teacher = finders, teacher
        self._min_score, self._max_difference = min_score, max_difference
        self._min_side, self._min_joints = min_side, min_joints
        self._rng = np.random.default_rng(seed)

    def __call__(self, image: np.ndarray) -> Iterator[Picture]:
        """The hands of an image, uint8 [h, w, 3] BGR, and up to one place without any."""
        found = stacked(self.topology, [finder(image) for finder in self._finders])
        squares = palm_squares(found)
        rows = [row for row in _apart(squares) if squares.sides[row] >= self._min_side]
        for row in rows:
            square = squares[row]
            points = self._agreed(image, square)
            if points is not None:
                yield cut(image, square, points, CONTEXT)
        empty = self._empty(image.shape[:2], squares)
        if self._teacher([empty.region(image)])[0].scores.max(initial=0) < _ABSENT:
            yield cut(image, empty, None, _EMPTY_CONTEXT)

    def _agreed(self, image: np.ndarray, square: Squares) -> np.ndarray | None:
        """float [K, 3] of a hand in the image, as in a :class:`Picture`; None where the teacher is not sure of it."""
        last = image.shape[1] - 1
        mirrored = np.ascontiguousarray(image[:, ::-1])
        found = self._teacher([_look(mirrored if look[3] else image, square, last, *look) for look in _LOOKS])
        if any(len(hand) == 0 or hand.scores[0] < self._min_score for hand in found):
            return None
        places = np.stack([hand.keypoints[0, :, :2].astype(float) for hand in found])
        turned = [look[3] for look in _LOOKS]
        places[turned, :, 0] = last - places[turned, :, 0]
        mean = places.mean(axis=0)
        difference = np.linalg.norm(places - mean, axis=2).max(axis=0) / square.sides[0]
        inside = ((mean > -0.5) & (mean < np.array(image.shape[1::-1]) - 0.5)).all(axis=1)
        sure = (difference <= self._max_difference) & inside
        if sure.sum() < self._min_joints:
            return None
        return np.where(sure[:, None], np.column_stack([mean, np.full(len(mean), 2)]), 0)

    def _empty(self, size: tuple[int, int], hands: Squares) -> Squares:
        """A random square of an image of ``size`` (height, width), away from all hands if there is such a place."""
        for _ in range(10):
            side = float(np.exp(self._rng.uniform(*np.log(_EMPTY_SIDES))))
            middle = self._rng.uniform((0, 0), size[::-1])
            far = np.abs(hands.middles - middle).max(axis=1) > (hands.sides + _EMPTY_CONTEXT * side) / 2
            if far[hands.known].all():
                break
        return Squares(middle[None], np.array([side]), self._rng.uniform(-np.pi, np.pi, 1))


def cut(image: np.ndarray, square: Squares, keypoints: np.ndarray | None, context: float) -> Picture:
    """The picture of a square, the first of ``square``, and what lies around it.

    Args:
        image: uint8 [h, w, 3] BGR.
        square: in it.
        keypoints: float [K, 3] in the image, as in a :class:`Picture`.
        context: side of the picture in sides of the square.
    """
    whole = float(square.sides[0]) * context
    size = int(np.clip(round(whole), _SMALLEST, _LARGEST))
    zoom = whole / size  # pixels of the image in one of the picture
    turn = rotation(float(square.angles[0]))
    offset = square.middles[0] - turn @ np.full(2, zoom * (size - 1) / 2)
    # what is shrunk a lot is blurred first: what is warped takes single pixels
    source = cv2.GaussianBlur(image, (0, 0), 0.45 * zoom) if zoom > 1.5 else image
    matrix = np.column_stack([turn * zoom, offset])
    picture = cv2.warpAffine(source, matrix, (size, size), flags=cv2.INTER_LINEAR | cv2.WARP_INVERSE_MAP)
    if keypoints is None:
        return Picture(picture, None)
    moved = np.column_stack([(keypoints[:, :2] - offset) @ turn / zoom, keypoints[:, 2]])
    inside = (np.abs(moved[:, :2] - (size - 1) / 2) < size / 2).all(axis=1) & (keypoints[:, 2] > 0)
    return Picture(picture, np.where(inside[:, None], moved, 0))


def to_coco(pictures: Sequence[tuple[str, int, np.ndarray | None]], topology: Topology) -> dict[str, Any]:
    """A COCO keypoint file's content; a hand's box is its square, so crops of scale 1 are those of the run time.

    Args:
        pictures: of each its file name, its side in pixels and the keypoints of a :class:`Picture`.
        topology: the :class:`~trt_pose_ros.topology.Topology` of the hands.
    """
    images, annotations = [], []
    for name, size, keypoints in pictures:
        images.append({"id": len(images) + 1, "file_name": name, "width": size, "height": size})
        if keypoints is None:
            continue
        side = size / CONTEXT
        annotations.append(
            {
                "id": len(annotations) + 1,
                "image_id": len(images),
                "category_id": 1,
                "iscrowd": 0,
                "keypoints": keypoints.round(2).ravel().tolist(),
                "num_keypoints": int((keypoints[:, 2] > 0).sum()),
                "bbox": [(size - side) / 2, (size - side) / 2, side, side],
                "area": side * side,
            }
        )
    return {"images": images, "annotations": annotations, "categories": [{"id": 1, **topology.to_category()}]}


def _apart(squares: Squares) -> list[int]:
    """Rows of known squares, each hand once."""
    rows: list[int] = []
    for row in np.flatnonzero(squares.known).tolist():
        off = [np.linalg.norm(squares.middles[row] - squares.middles[other]) for other in rows]
        sides = [max(squares.sides[row], squares.sides[other]) for other in rows]
        if all(distance >= _SAME * side for distance, side in zip(off, sides, strict=True)):
            rows.append(row)
    return rows


def _look(image: np.ndarray, square: Squares, last: int, turn: float, size: float, move: float, mirror: bool) -> Region:
    """The region of a changed square in an image, or in the mirror image of one whose last column is ``last``."""
    x, y = square.middles[0] + move * square.sides[0] * np.array([1, -1])
    side, angle = float(square.sides[0]) * size, float(square.angles[0]) + turn
    x, angle = (last - x, -angle) if mirror else (x, angle)
    return Region(image, (x - side / 2, y - side / 2, x + side / 2, y + side / 2), angle)
