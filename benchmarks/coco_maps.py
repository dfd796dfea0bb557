"""COCO pictures as network maps, and people back as COCO results: what the decoder's accuracy is measured on.

Every decoder must be compared on the *same* maps, so the network runs once and its output is kept as float16 files.
"""

import json
import sys
from dataclasses import dataclass
from pathlib import Path

import cv2
import numpy as np

ROOT = Path(__file__).resolve().parents[1]
sys.path[:0] = [str(ROOT), str(ROOT / "training")]

from trt_pose_ros import Poses, Topology  # noqa: E402
from trt_pose_ros.evaluation.ground_truth import GroundTruth  # noqa: E402

STRIDE = 8  # input pixels a map cell, of the reference network
COCO = Topology.load("coco_17")


@dataclass(frozen=True)
class Maps:
    """One picture's network output.

    Attributes:
        image_id: its id in the annotation file.
        cmap: float32 [K, H, W] heatmaps, the background dropped.
        paf: float32 [2L, H, W] part affinity fields.
        scale: network-input pixels per picture pixel.
    """

    image_id: int
    cmap: np.ndarray
    paf: np.ndarray
    scale: float

    def to_picture(self, xy):
        """Map cells [..., 2] to picture pixels, centres of cells and pixels being whole numbers."""
        return ((np.asarray(xy) + 0.5) * STRIDE) / self.scale - 0.5


class CocoMaps:
    """The maps of every picture of one COCO folder (``images/`` and ``person_keypoints.json``) at one input size.

    Args:
        folder: the COCO folder.
        model: OpenVINO ``.xml`` of a PAF network with 18 keypoints in OpenPose's order.
        size: network input (width, height); pictures keep their aspect and are padded at the right and below.
        cache: folder for the float16 files; filled at the first use.

    Attributes:
        truth: the :class:`~trt_pose_ros.evaluation.ground_truth.GroundTruth`.
    """

    def __init__(self, folder, model, size, cache):
        self.annotations = Path(folder) / "person_keypoints.json"
        self.truth = GroundTruth(self.annotations, Path(folder) / "images")
        self._images = json.loads(self.annotations.read_text())["images"]
        self._model = model
        self._size = size
        self._cache = Path(cache) / f"{Path(folder).name}_{size[0]}x{size[1]}"

    def __len__(self):
        return len(self._images)

    def __iter__(self):
        self._fill()
        for image in self._images:
            data = np.load(self._cache / f"{image['id']}.npy").astype(np.float32)
            yield Maps(image["id"], data[:18], data[18:], self._scale(image))

    def results(self, image_id, keypoints, scores):
        """COCO results of people with ``keypoints`` float [P, 17, 3] in picture pixels, NaN where missing."""
        return self.truth.results(Poses(COCO, keypoints, scores), image_id)

    def average_precision(self, results, official_only=False):
        """COCO keypoint AP of ``results``, or that on the pictures whose annotations are all COCO's own."""
        return self.truth.average_precision(results, self.truth.official if official_only else None)[0]

    def _scale(self, image):
        return min(self._size[0] / image["width"], self._size[1] / image["height"])

    def _fill(self):
        missing = [image for image in self._images if not (self._cache / f"{image['id']}.npy").exists()]
        if not missing:
            return
        import openvino

        self._cache.mkdir(parents=True, exist_ok=True)
        width, height = self._size
        model = openvino.Core().read_model(self._model)
        model.reshape([1, 3, height, width])
        network = openvino.Core().compile_model(model, "CPU")
        for image in missing:
            picture = self.truth.read(image["id"])
            scale = self._scale(image)
            size = round(image["width"] * scale), round(image["height"] * scale)
            canvas = np.zeros((height, width, 3), np.uint8)
            canvas[: size[1], : size[0]] = cv2.resize(picture, size, interpolation=cv2.INTER_LINEAR)
            outputs = network(canvas.transpose(2, 0, 1)[None])
            cmap, paf = outputs["Mconv7_stage2_L2"][0], outputs["Mconv7_stage2_L1"][0]
            np.save(self._cache / f"{image['id']}.npy", np.concatenate([cmap[:18], paf]).astype(np.float16))
