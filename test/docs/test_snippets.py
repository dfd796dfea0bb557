"""The Python in the documents runs as it stands."""

import cv2
import numpy as np
import pytest
from documents import DOCUMENTS, blocks, name

from trt_pose_ros import Poses, Topology

SNIPPETS = [block for document in DOCUMENTS for block in blocks(document) if block.language == "python"]


def given():
    """What the words around a snippet say that there is."""
    topology = Topology.load("openpose_18")
    picture, depth = np.zeros((480, 640, 3), np.uint8), np.full((480, 640), 2000, np.uint16)
    cmap, paf = (np.zeros((1, n, 8, 8), np.float32) for n in (len(topology.keypoints), 2 * len(topology.links)))
    people = {"topology": topology, "poses": Poses.empty(topology), "cmap": cmap, "paf": paf}
    return {"image": picture, "picture": picture, "depth": depth, "depth_picture": depth, "stamp": 1.0, **people}


# those that wait for messages are tested in test/ros/test_examples.py
@pytest.mark.parametrize("block", [pytest.param(b, id=name(b.document)) for b in SNIPPETS if "rclpy" not in b.code])
def test_runs(block, tmp_path, monkeypatch):
    code = compile(block.code, name(block.document), "exec")
    if block.needs:
        pytest.skip("needs " + ", ".join(block.needs))
    monkeypatch.chdir(tmp_path)
    cv2.imwrite("photo.jpg", np.zeros((120, 160, 3), np.uint8))
    exec(code, given())
