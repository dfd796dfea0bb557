"""What the node publishes is what a bag holds of it: recorded as bytes off DDS, read back without ROS."""

import numpy as np
import pytest
import tiny_model
from harness import Camera, keypoints

pytest.importorskip("rosbags", reason="bags need the extra [replay]")

from rclpy.serialization import deserialize_message

from trt_pose_ros.bags.reader import BagReader
from trt_pose_ros.bags.writer import BagWriter
from trt_pose_ros.messages.header import stamp_ns
from trt_pose_ros.messages.skeletons import read_skeletons, read_topology
from trt_pose_ros.msg import SkeletonArray, SkeletonTopology
from trt_pose_ros.ros.runtime.qos import PROFILES

COUNT = 5


@pytest.mark.parametrize("storage", ["mcap", "sqlite3"])
def test_topics_of_the_node_recorded_and_read_back(tester, pose_node, tmp_path, storage):
    raw = {"skeletons": [], "topology": []}
    with Camera(pose_node) as camera:
        for name, kind, qos in (
            ("skeletons", SkeletonArray, "reliable"),
            ("topology", SkeletonTopology, "latched"),
        ):
            tester.node.create_subscription(kind, pose_node.topic(name), raw[name].append, PROFILES[qos], raw=True)
        tester.spin_until(lambda: raw["topology"], "the topology, which was published long ago")
        sent = [camera.detect(tiny_model.picture([tiny_model.person(80 + 20 * i, 100, 90)])) for i in range(COUNT)]
        tester.spin_until(lambda: len(raw["skeletons"]) >= COUNT, "all skeletons")
    with BagWriter(tmp_path / "bag", storage) as bag:
        bag.write_raw("/topology", "trt_pose_ros/msg/SkeletonTopology", raw["topology"][0], 1)
        for number, data in enumerate(raw["skeletons"]):
            bag.write_raw("/skeletons", "trt_pose_ros/msg/SkeletonArray", data, 2 + number)
    with BagReader(tmp_path / "bag") as bag:
        (latched,) = bag.messages(["/topology"])
        topology = read_topology(bag.decode(latched))
        records = list(bag.messages(["/skeletons"]))
        read = [bag.decode(record) for record in records]
    assert topology == tiny_model.TOPOLOGY
    assert [stamp_ns(message) for message in read[-COUNT:]] == [stamp_ns(message) for message in sent]
    for message, record, ours in zip(read[-COUNT:], records[-COUNT:], sent, strict=True):
        poses = read_skeletons(message, topology)
        assert len(poses) == 1
        np.testing.assert_array_equal(poses.keypoints, keypoints(ours))
        assert str(deserialize_message(bytes(record.data), SkeletonArray)) == str(ours)  # as NaN equals nothing
