"""The bundled per-person network: what the file says, and that it finds people in photographs."""

import json
import os
from pathlib import Path

import cv2
import numpy as np
import pytest

from trt_pose_ros.finders.network import Network
from trt_pose_ros.finders.regions import crops
from trt_pose_ros.model_file import ModelFile
from trt_pose_ros.preprocess import Region
from trt_pose_ros.topology import Topology

ROOT = Path(__file__).parents[1]
MODEL = ROOT / "trt_pose_ros" / "models" / "light_person.onnx"
PHOTOGRAPHS = Path(os.environ.get("TRT_POSE_SHARED") or ROOT.parent / "shared") / "data" / "coco" / "dev"
COCO = Topology.load("coco_17")


def test_the_file_is_small_and_tells_what_it_is():
    assert MODEL.stat().st_size <= 6e6
    manifest = ModelFile.load(MODEL).manifest
    assert manifest.family == "heatmap"
    assert manifest.topology.keypoints == COCO.keypoints
    assert (manifest.input.height, manifest.input.width) == (192, 144)
    assert "8 bits" in manifest.accuracy["quantised"]


def similarity(found, truth, area):
    """Object keypoint similarity of COCO, of the labelled keypoints."""
    known = truth[:, 2] > 0
    squares = np.square(found[known, :2] - truth[known, :2]).sum(axis=1)
    return np.exp(-squares / (2 * area * np.square(2 * np.array(COCO.sigmas)[known]))).mean()


def test_it_finds_the_keypoints_of_people_in_photographs():
    if not PHOTOGRAPHS.is_dir():
        pytest.skip(f"the photographs are not at {PHOTOGRAPHS}")
    data = json.loads((PHOTOGRAPHS / "person_keypoints.json").read_text())
    names = {image["id"]: image["file_name"] for image in data["images"]}
    people = [a for a in data["annotations"] if not a["iscrowd"] and a["num_keypoints"] >= 12][:40]
    network = Network.open(ModelFile.load(MODEL), "auto", None, {"min_keypoint_score": 0.0})
    similarities = []
    for person in people:
        image = cv2.imread(str(PHOTOGRAPHS / "images" / names[person["image_id"]]))
        x, y, width, height = person["bbox"]
        (region,) = crops(np.array([[x, y, x + width, y + height]]), 144 / 192, 1.25)
        (poses,) = network([Region(image, tuple(region))])
        truth = np.reshape(person["keypoints"], (17, 3))
        similarities.append(similarity(poses.keypoints[0], truth, person["area"]))
    assert np.mean(similarities) > 0.6
    assert np.mean(np.array(similarities) > 0.5) > 0.7
