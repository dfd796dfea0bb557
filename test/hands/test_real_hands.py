"""MediaPipe's networks on hands with truth, where they were fetched (trt-pose models get) and the samples are there."""

import hand_samples
import numpy as np
import pytest

pytest.importorskip("openvino", reason="MediaPipe's are TFLite networks, which only OpenVINO runs")

from trt_pose_ros import ModelFile, PosePipeline, Poses, Topology
from trt_pose_ros.finders.network import Network
from trt_pose_ros.hands.squares import SIDES, palm_squares
from trt_pose_ros.model_file.known import folder

pytestmark = [
    pytest.mark.skipif(not hand_samples.FOLDER.exists(), reason="TRT_POSE_MULTIVIEW does not name mmpose's tests/data"),
    pytest.mark.skipif(not (folder() / "mediapipe-hand.tflite").exists(), reason="mediapipe-hand was not fetched"),
]
HAND = Topology.load("hand_21")
PALM = [HAND.index(name) for name in ("wrist", "index_mcp", "middle_mcp", "little_mcp")]


@pytest.fixture(scope="module")
def samples():
    return [s for s in hand_samples.samples() if np.isfinite(s.joints[PALM, 0]).all()]


def error(hand, sample):
    """Mean distance of the joints in sizes of the hand's box."""
    return np.nanmean(np.linalg.norm(hand.keypoints[0, :, :2] - sample.joints, axis=1)) / sample.size


def test_joints_are_where_they_are_labelled_and_hands_of_their_side(samples):
    network = Network.open(ModelFile.load("mediapipe-hand"), "openvino", None, {}, threads=1)
    truth = [Poses(HAND, np.column_stack([s.joints, np.isfinite(s.joints[:, 0])])[None], [1.0]) for s in samples]
    hands = network([palm_squares(t).region(s.image) for t, s in zip(truth, samples, strict=True)])
    found = [(hand, s) for hand, s in zip(hands, samples, strict=True) if hand.scores[0] >= 0.5]
    assert len(found) >= 0.8 * len(samples)
    assert np.median([error(hand, s) for hand, s in found]) < 0.12
    sides = [hand.kinds[0] == SIDES[s.side] for hand, s in found if s.side]
    assert np.mean(sides) >= 0.8


@pytest.mark.skipif(not (folder() / "mediapipe-palm.tflite").exists(), reason="mediapipe-palm was not fetched")
def test_hands_are_found_without_a_body(samples):
    pipeline = PosePipeline.open("hand", "openvino", threads=1)
    nearest = [
        min((error(hands[row], s) for row in range(len(hands))), default=np.inf)
        for s in samples
        for hands in pipeline([s.image])
    ]
    assert np.mean(np.array(nearest) < 0.25) >= 0.6
