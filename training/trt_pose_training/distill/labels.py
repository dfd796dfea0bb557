"""What a trained detector and a trained per-person network say of images without labels, as labels.

A teacher is wrong at times, and knows it not. Of a mirror image it sees something else: where it then says the same,
it is right far more often (the consistency filter of *Data Distillation*, Radosavovic et al. 2018). Only that is kept.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from trt_pose_ros.finders.network import Network
from trt_pose_ros.finders.regions import crops
from trt_pose_ros.poses import Poses
from trt_pose_ros.preprocess import Region
from trt_pose_ros.topology import Topology

EVERYBODY = {
    "min_box_score": 0.3,
    "min_height": 24.0,
    "min_keypoint_score": 0.2,
    "max_difference": 0.06,
    "min_keypoints": 4,
    "max_people": 12,
}  # of a Labeller: more and smaller people, and less sure; measured in docs/models/light.md


class Labeller:
    """Finds people and the keypoints that the teacher is sure of.

    Args:
        detector: the :class:`~trt_pose_ros.finders.network.Network` that finds boxes.
        teacher: the one that finds the keypoints of a crop.
        min_box_score: of a person.
        min_height: of a person in pixels; smaller ones say little.
        min_keypoint_score: of a keypoint, in both images.
        max_difference: of a keypoint's places in both images, in heights of the crop.
        min_keypoints: with fewer, a person is left out.
        max_people: of an image, the surest.

    Raises:
        ValueError: a network is of another kind.
    """

    def __init__(
        self,
        detector: Network,
        teacher: Network,
        min_box_score: float = 0.5,
        min_height: float = 64.0,
        min_keypoint_score: float = 0.3,
        max_difference: float = 0.035,
        min_keypoints: int = 5,
        max_people: int = 6,
    ) -> None:
        for network, families in ((detector, ("boxes",)), (teacher, ("heatmap", "simcc"))):
            if network.model.manifest.family not in families:
                raise ValueError(
                    f"{network.model.path} is of family {network.model.manifest.family!r}, must be of "
                    f"{' or '.join(families)}"
                )
        self.detector, self.teacher = detector, teacher
        self.topology = teacher.model.manifest.topology
        self._min_box_score, self._min_height = min_box_score, min_height
        self._min_keypoint_score, self._max_difference = min_keypoint_score, max_difference
        self._min_keypoints, self._max_people = min_keypoints, max_people

    def __call__(self, image: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """The people of an image, uint8 [h, w, 3] BGR.

        Returns:
            (boxes, keypoints): float [P, 4], x_min, y_min, x_max, y_max, and float [P, K, 3], x, y and 2, or 0 three
            times where the teacher is not sure.
        """
        boxes = self._boxes(image)
        if not len(boxes):
            return boxes, np.zeros((0, len(self.topology.keypoints), 3))
        height, width = self.teacher.input_size
        regions = crops(boxes, width / height, 1.25)
        last = image.shape[1] - 1
        mirrored = np.ascontiguousarray(image[:, ::-1])
        mirrors = [Region(mirrored, (last - r[2], r[1], last - r[0], r[3])) for r in regions]
        found = _joined(self.teacher([*(Region(image, tuple(r)) for r in regions), *mirrors]))
        straight, turned = found[: len(boxes)], found[len(boxes) :, list(self.topology.swap)]
        turned = np.concatenate([last - turned[:, :, :1], turned[:, :, 1:]], axis=2)
        difference = (
            np.hypot(*(straight - turned)[:, :, :2].transpose(2, 0, 1)) / (regions[:, 3] - regions[:, 1])[:, None]
        )
        sure = (np.minimum(straight, turned)[:, :, 2] >= self._min_keypoint_score) & (
            difference <= self._max_difference
        )
        keypoints = np.where(
            sure[:, :, None], np.dstack([(straight + turned)[:, :, :2] / 2, np.full(sure.shape, 2.0)]), 0
        )
        kept = sure.sum(axis=1) >= self._min_keypoints
        return boxes[kept], keypoints[kept]

    def _boxes(self, image):
        (found,) = self.detector([image])
        boxes = found.boxes().astype(float)
        heights = np.maximum(boxes[:, 3] - boxes[:, 1], boxes[:, 2] - boxes[:, 0])
        good = (found.scores >= self._min_box_score) & (heights >= self._min_height)
        order = np.argsort(-found.scores[good], kind="stable")[: self._max_people]
        return boxes[good][order]


def to_coco(found: Sequence[tuple[str, tuple[int, int], np.ndarray, np.ndarray]], topology: Topology) -> dict[str, Any]:
    """A COCO keypoint file's content.

    Args:
        found: of each image its file name, its width and height, and what :class:`Labeller` says. Images of which it
            says nothing are left out: that the teacher saw nobody is no label.
        topology: of the keypoints.
    """
    images, annotations = [], []
    for name, (width, height), boxes, keypoints in found:
        if not len(boxes):
            continue
        images.append({"id": len(images) + 1, "file_name": name, "width": width, "height": height})
        for (x_min, y_min, x_max, y_max), points in zip(boxes.round(1), keypoints.round(1), strict=True):
            box = [x_min + 0.5, y_min + 0.5, x_max - x_min, y_max - y_min]  # COCO's count from the pixel's corner
            annotations.append(
                {
                    "id": len(annotations) + 1,
                    "image_id": len(images),
                    "category_id": 1,
                    "iscrowd": 0,
                    "keypoints": points.ravel().tolist(),
                    "num_keypoints": int((points[:, 2] > 0).sum()),
                    "bbox": [round(float(value), 1) for value in box],
                    "area": round(float(box[2] * box[3]), 1),
                }
            )
    return {"images": images, "annotations": annotations, "categories": [{"id": 1, **topology.to_category()}]}


def _joined(found: list[Poses]) -> np.ndarray:
    """float [N, K, 3] of one person a crop; a keypoint that was not found has score 0."""
    return np.nan_to_num(np.concatenate([poses.keypoints for poses in found]).astype(float))
