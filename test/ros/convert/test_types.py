"""rclpy's message classes and those of bags are of the same types."""

import json
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

pytest.importorskip("rosbags", reason="bags need the extra [replay]")

from rclpy.serialization import deserialize_message, serialize_message

from trt_pose_ros import Poses
from trt_pose_ros.bags.types import DISTROS, message_types, typestore
from trt_pose_ros.media.calibration import Calibration
from trt_pose_ros.messages.camera_info import camera_info
from trt_pose_ros.messages.header import header
from trt_pose_ros.messages.images import bgr_to_compressed, bgr_to_image
from trt_pose_ros.messages.skeletons import skeleton_array, skeleton_topology
from trt_pose_ros.ros.convert.types import ROS_TYPES

ROOT = Path(__file__).parents[3]


def test_hashes_are_those_that_the_middleware_announces():
    program = ROOT / "test" / "packaging" / "type_hashes.py"
    announced = json.loads(subprocess.run([sys.executable, program], capture_output=True, text=True, check=True).stdout)
    assert announced.keys() == {f"trt_pose_ros/msg/{path.stem}" for path in (ROOT / "msg").glob("*.msg")}
    for distro in DISTROS:
        assert {name: typestore(distro).hash_rihs01(name) for name in announced} == announced


def people():
    from tiny_model import TOPOLOGY

    keypoints = np.random.default_rng(0).uniform(0, 1, (3, len(TOPOLOGY.keypoints), 3)).astype(np.float32)
    keypoints[1, 2] = np.nan, np.nan, 0
    return Poses(TOPOLOGY, keypoints, np.array([0.9, 0.5, 0.25], np.float32), np.array([4, -1, 7], np.int32))


MAKERS = {
    "trt_pose_ros/msg/SkeletonArray": lambda types: skeleton_array(people(), header(3, "lens", types), 64, 48, types),
    "trt_pose_ros/msg/SkeletonTopology": lambda types: skeleton_topology(people().topology, types),
    "sensor_msgs/msg/Image": lambda types: bgr_to_image(
        np.arange(36, dtype=np.uint8).reshape(3, 4, 3), header(5, "lens", types), types
    ),
    "sensor_msgs/msg/CompressedImage": lambda types: bgr_to_compressed(
        np.zeros((3, 4, 3), np.uint8), header(5, "lens", types), types, "png"
    ),
    "sensor_msgs/msg/CameraInfo": lambda types: camera_info(
        Calibration(64, 48, "plumb_bob", (0.1, 0.2), p=(1.5,) * 12), header(7 * 10**9 + 5, "lens", types), types
    ),
}


@pytest.mark.parametrize("name", MAKERS)
def test_a_message_is_the_same_bytes_for_ros_and_for_bags(name):
    of_bags = MAKERS[name](message_types())
    data = bytes(typestore().serialize_cdr(of_bags, name))
    # read and written by the other once: what the middleware leaves in the gaps between fields is left out
    of_ros = typestore().deserialize_cdr(serialize_message(MAKERS[name](ROS_TYPES)), name)
    assert bytes(typestore().serialize_cdr(of_ros, name)) == data
    again = typestore().deserialize_cdr(serialize_message(deserialize_message(data, ROS_TYPES[name])), name)
    assert bytes(typestore().serialize_cdr(again, name)) == data
