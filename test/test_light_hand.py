"""The bundled hand network: what the file says, and that it finds hands in photographs."""

import json
import os
from pathlib import Path

import cv2
import numpy as np
import pytest

from trt_pose_ros.finders.network import Network
from trt_pose_ros.hands import HandOptions
from trt_pose_ros.hands.squares import arm_squares, joint
from trt_pose_ros.model_file import ModelFile
from trt_pose_ros.poses import Poses
from trt_pose_ros.topology import Topology

ROOT = Path(__file__).parents[1]
MODEL = ROOT / "trt_pose_ros" / "models" / "light_hand.onnx"
PHOTOGRAPHS = Path(os.environ.get("TRT_POSE_SHARED") or ROOT.parent / "shared") / "data" / "coco" / "dev"
COCO = Topology.load("coco_17")
ARM = ("shoulder", "elbow", "wrist")


def test_the_file_is_small_and_tells_what_it_is():
    assert MODEL.stat().st_size <= 4e6
    manifest = ModelFile.load("light_hand").manifest
    assert manifest.family == "heatmap"
    assert manifest.topology.keypoints == Topology.load("hand_21").keypoints
    assert manifest.input.height == manifest.input.width
    assert "8 bits" in manifest.accuracy["quantised"]


def arms():
    """(picture, person, side) of the longest labelled arms of the photographs."""
    data = json.loads((PHOTOGRAPHS / "person_keypoints.json").read_text())
    names = {image["id"]: image["file_name"] for image in data["images"]}
    found = []
    for annotation in data["annotations"]:
        keypoints = np.reshape(np.float32(annotation["keypoints"]), (1, 17, 3))
        seen = keypoints[:, :, 2] > 1
        person = Poses(COCO, np.where(seen[:, :, None], keypoints, 0), np.ones(1, np.float32))
        for side in ("left", "right"):
            if seen[0, [COCO.index(f"{side}_{name}") for name in ARM]].all():
                found.append((arm_squares(person, side, 0.5).sides[0], names[annotation["image_id"]], person, side))
    return [arm[1:] for arm in sorted(found, key=lambda arm: -arm[0])[:60]]


def test_it_finds_hands_at_the_wrists_of_people_and_fewer_elsewhere():
    if not PHOTOGRAPHS.is_dir():
        pytest.skip(f"the photographs are not at {PHOTOGRAPHS}")
    network = Network.open(ModelFile.load("light_hand"), "auto", None, {}, batch=16)
    near, elsewhere = [], []
    for name, person, side in arms():
        image = cv2.imread(str(PHOTOGRAPHS / "images" / name))
        square = arm_squares(person, side, 0.5)
        shoulder = joint(person, f"{side}_shoulder")[0] - joint(person, f"{side}_wrist")[0]
        hand, other = network([square.region(image), square.moved(shoulder).region(image)])
        off = np.linalg.norm(joint(hand, "wrist") - joint(person, f"{side}_wrist"), axis=1)[0] / square.sides[0]
        near.append(hand.scores[0] >= HandOptions().min_hand_score and off < 0.35)
        elsewhere.append(other.scores[0] >= HandOptions().min_hand_score)
    assert np.mean(near) > 0.3  # 0.45, of hands that may be hidden
    assert np.mean(elsewhere) < np.mean(near) / 2
