"""pose_node publishes the hands of the people it finds."""

from dataclasses import replace

import numpy as np
import pytest
import tiny_model
from harness import Camera, PoseNodeProcess, keypoints
from sensor_msgs.msg import Image
from tiny_top_down import write_hand
from visualization_msgs.msg import MarkerArray

from trt_pose_ros import Topology
from trt_pose_ros.messages.images import encoded_image
from trt_pose_ros.messages.skeletons import read_topology
from trt_pose_ros.msg import Skeleton, SkeletonArray, SkeletonTopology

# a body whose left forearm is there: hands are looked for beyond it
BODY = replace(tiny_model.TOPOLOGY, keypoints=("nose", "left_elbow", "left_wrist", "right_wrist", "left_ankle", "x"))


@pytest.fixture(scope="module")
def node(tester, tmp_path_factory):
    folder = tmp_path_factory.mktemp("hands")
    model = tiny_model.write_model(folder / "body.onnx", topology=BODY)
    hands = write_hand(folder / "hand.onnx")
    parameters = {"model": str(model), "find_hands": True, "hands_model": str(hands), "hands.max_hands": 3}
    with PoseNodeProcess(tester, parameters) as process:
        yield process


def test_hands_come_with_their_people(tester, node):
    _, hands = tester.messages(SkeletonArray, node.topic("hands"))
    _, markers = tester.messages(MarkerArray, node.topic("hands/markers"))
    _, annotated = tester.messages(Image, node.topic("annotated"))
    _, topologies = tester.messages(SkeletonTopology, node.topic("hands/topology"), "latched")
    person = tiny_model.person(150, 100, 160)
    picture = tiny_model.picture([person])
    with Camera(node) as camera:

        def seen():
            people = camera.detect(picture)
            return [s.track_id for s in people.skeletons] == [0] and hands and hands[-1].skeletons

        tester.spin_until(seen, lambda: f"a hand: {node.output}")
        last = camera.skeletons[-1]
        tester.spin_until(lambda: hands[-1].header.stamp == last.header.stamp, "the hands of the last image")
        (hand,) = hands[-1].skeletons
        assert hands[-1].topology == "hand_21"
        assert (hands[-1].image_width, hands[-1].header.frame_id) == (320, "camera")
        assert (hand.kind, hand.owner_id) == (Skeleton.LEFT_HAND, 0)
        np.testing.assert_allclose(keypoints(hands[-1])[0, 0, :2], person[2], atol=8)
        tester.spin_until(lambda: markers and annotated and topologies, "markers, images and the topology")
        assert read_topology(topologies[-1]).links == Topology.load("hand_21").links
        assert {m.header.frame_id for m in markers[-1].markers} == {"camera"}
        # drawn over the body, whose own wrist has another colour
        finger = Topology.load("hand_21").keypoint_colors[0]
        x, y = np.rint(keypoints(hands[-1])[0, 0, :2]).astype(int)
        np.testing.assert_allclose(encoded_image(annotated[-1]).bgr[y, x], finger, atol=3)
        assert node.set_parameters(hands__max_hands=1).successful
        assert "hand_network_ms" in node.diagnostics()


def test_a_model_without_wrists_is_refused(processes, tester, tmp_path):
    names = (f"k{i}" for i in range(len(BODY.keypoints)))
    model = tiny_model.write_model(tmp_path / "body.onnx", topology=replace(BODY, keypoints=tuple(names)))
    parameters = {"model": str(model), "find_hands": True, "hands_model": str(write_hand(tmp_path / "hand.onnx"))}
    with PoseNodeProcess(tester, parameters, active=False) as process:
        assert process.wait() == 1
        assert "finds no wrists" in process.output
