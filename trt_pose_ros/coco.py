"""COCO keypoint results: the JSON that ``trt-pose run`` writes and pycocotools reads."""

import re
from pathlib import Path

import numpy as np

from .topology import Topology

PERSON = 1  # COCO's category id


def image_id(name, index):
    """The number that a file name like COCO's (``000000123456.jpg``) consists of, else ``index``."""
    stem = Path(name).stem
    return int(stem) if re.fullmatch(r"[0-9]+", stem) else index


def results(poses, image, category_id=PERSON):
    """COCO keypoint results of the people in image ``image`` (its id), a list of dicts ready for JSON.

    A topology that has COCO's 17 keypoints is reported in COCO's order (so a neck is left out), any other as it is.
    x, y are pixels; a keypoint that was not found is (0, 0, 0), its third number the score otherwise.
    """
    coco = Topology.load("coco_17")
    if set(coco.keypoints) <= set(poses.topology.keypoints):
        poses = poses.as_topology(coco)
    keypoints = np.where(poses.found[:, :, None], poses.keypoints, 0).astype(float)
    return [
        {
            "image_id": image,
            "category_id": category_id,
            "keypoints": [round(v, 3) for v in person.ravel().tolist()],
            "score": round(float(score), 5),
        }
        for person, score in zip(keypoints, poses.scores, strict=True)
    ]
