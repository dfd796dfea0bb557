"""BlazePose on labelled pictures, where it was fetched (trt-pose models get blazepose-full) and these are there."""

import json
from pathlib import Path

import cv2
import numpy as np
import pytest

pytest.importorskip("openvino", reason="BlazePose is a TFLite network, which only OpenVINO runs")

from trt_pose_ros import PosePipeline, Topology
from trt_pose_ros.boxes import box_poses
from trt_pose_ros.model_file.known import folder
from trt_pose_ros.poses import RAY_RELATIVE
from trt_pose_ros.tracking.oks import oks

DATA = Path(__file__).parents[3] / "shared" / "data"
DETECTOR = DATA / "models" / "rtmdet-nano-person" / "rtmdet-nano-person.onnx"
PERSON = folder() / "blazepose-full.tflite"
LABELS = DATA / "coco" / "dev" / "person_keypoints.json"
COCO = Topology.load("coco_17")
_BONES = {  # metres; of half-grown people as well
    ("left_hip", "left_knee"): (0.25, 0.5), ("right_knee", "right_ankle"): (0.25, 0.5),
    ("right_shoulder", "right_elbow"): (0.15, 0.35), ("left_hip", "right_hip"): (0.12, 0.3),
    ("left_shoulder", "right_shoulder"): (0.2, 0.45),
}  # fmt: skip

pytestmark = [
    pytest.mark.skipif(not (DETECTOR.exists() and LABELS.exists()), reason="../shared/data is not there"),
    pytest.mark.skipif(not PERSON.exists(), reason="blazepose-full was not fetched"),
]


def test_a_person_has_a_body_of_human_size_where_it_is_labelled():
    data = json.loads(LABELS.read_text())
    names = {image["id"]: image["file_name"] for image in data["images"]}
    whole = [a for a in data["annotations"] if a["num_keypoints"] >= 16 and a["bbox"][3] > 300 > a["bbox"][2]][:4]
    pipeline = PosePipeline.open(DETECTOR, "openvino", person=PERSON, threads=1, crop_scale=1.25)
    bones = []
    for label in whole:
        x, y, width, height = label["bbox"]
        image = cv2.imread(str(LABELS.parent / "images" / names[label["image_id"]]))
        (poses,) = pipeline([image], detections=[box_poses(np.array([[x, y, x + width, y + height]]), np.ones(1))])
        assert len(poses) == 1
        assert poses.position_frame == RAY_RELATIVE
        truth = np.reshape(label["keypoints"], (17, 3)).astype(float)
        truth = np.where(truth[:, 2:] > 0, truth[:, :2], np.nan)
        variances = label["area"] * np.square(2 * np.asarray(COCO.sigmas))[None]
        found = poses.as_topology(COCO).keypoints[:, :, :2].astype(float)
        assert oks(truth[None], found, variances)[0, 0] > 0.5
        joints = dict(zip(poses.topology.keypoints, poses.positions[0], strict=True))
        bones.append([np.linalg.norm(joints[a] - joints[b]) for a, b in _BONES])
    assert len(bones) == 4
    for (bone, (least, most)), length in zip(_BONES.items(), np.median(bones, axis=0), strict=True):
        assert least < length < most, bone  # the network may be wrong about one limb of one person
