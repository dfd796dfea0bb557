"""COCO pictures as network maps, and people back as COCO results: what the decoder's accuracy is measured on.

Every decoder must be compared on the *same* maps, so the network runs once and its output is kept as float16 files.
"""

import contextlib
import io
import json
from dataclasses import dataclass
from pathlib import Path

import numpy as np

STRIDE = 8  # input pixels a map cell, of the reference network
COCO_KEYPOINTS = 17


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
    """

    def __init__(self, folder, model, size, cache):
        self.annotations = Path(folder) / "person_keypoints.json"
        self._images = json.loads(self.annotations.read_text())["images"]
        self._pictures = Path(folder) / "images"
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

    def _scale(self, image):
        return min(self._size[0] / image["width"], self._size[1] / image["height"])

    def _fill(self):
        missing = [image for image in self._images if not (self._cache / f"{image['id']}.npy").exists()]
        if not missing:
            return
        import cv2
        import openvino

        self._cache.mkdir(parents=True, exist_ok=True)
        width, height = self._size
        model = openvino.Core().read_model(self._model)
        model.reshape([1, 3, height, width])
        network = openvino.Core().compile_model(model, "CPU")
        for image in missing:
            picture = cv2.imread(str(self._pictures / image["file_name"]))
            scale = self._scale(image)
            size = round(image["width"] * scale), round(image["height"] * scale)
            canvas = np.zeros((height, width, 3), np.uint8)
            canvas[: size[1], : size[0]] = cv2.resize(picture, size, interpolation=cv2.INTER_LINEAR)
            outputs = network(canvas.transpose(2, 0, 1)[None])
            cmap, paf = outputs["Mconv7_stage2_L2"][0], outputs["Mconv7_stage2_L1"][0]
            np.save(self._cache / f"{image['id']}.npy", np.concatenate([cmap[:18], paf]).astype(np.float16))


def average_precision(annotations, results, official_only=False):
    """COCO keypoint AP of ``results`` (COCO results format) on an annotation file.

    With ``official_only``, on the pictures all whose annotations are COCO's own (``source`` says so).
    """
    from pycocotools.coco import COCO
    from pycocotools.cocoeval import COCOeval

    with contextlib.redirect_stdout(io.StringIO()):
        truth = COCO(str(annotations))
        if not results:
            return 0.0
        evaluation = COCOeval(truth, truth.loadRes(results), "keypoints")
        if official_only:
            sources = {}
            for annotation in truth.dataset["annotations"]:
                sources.setdefault(annotation["image_id"], set()).add(annotation["source"].startswith("official"))
            evaluation.params.imgIds = sorted(i for i, official in sources.items() if official == {True})
        evaluation.evaluate()
        evaluation.accumulate()
        evaluation.summarize()
    return float(evaluation.stats[0])


def coco_result(image_id, keypoints, score):
    """One person, ``keypoints`` float [17, 3] in picture pixels with NaN where missing, as a COCO result."""
    filled = np.nan_to_num(keypoints, nan=0.0)
    return {
        "image_id": image_id,
        "category_id": 1,
        "keypoints": [round(float(v), 2) for v in filled.reshape(-1)],
        "score": float(score),
    }
