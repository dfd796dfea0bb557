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


def results(poses, image, category_id=PERSON, topology=None):
    """COCO keypoint results of the people in image ``image`` (its id), a list of dicts ready for JSON.

    Reported are the keypoints of ``topology`` in its order, matched by name. Without one, poses that have COCO's 17 are
    reported in COCO's order (so a neck is left out), any others as they are.
    x, y are pixels; a keypoint that was not found is (0, 0, 0), its third number the score otherwise.
    """
    if topology is None:
        coco = Topology.load("coco_17")
        topology = coco if set(coco.keypoints) <= set(poses.topology.keypoints) else poses.topology
    poses = poses.as_topology(topology)
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
