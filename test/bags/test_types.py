"""The types of bags are those that ROS 2 itself has."""

import json
import os
import subprocess
import sys
from importlib.util import find_spec
from pathlib import Path

import pytest

pytest.importorskip("rosbags", reason="bags need the extra [replay]")

from trt_pose_ros.bags.types import DISTROS, typestore

ROOT = Path(__file__).parents[2]
OURS = {f"trt_pose_ros/msg/{path.stem}" for path in (ROOT / "msg").glob("*.msg")}


def test_ours_are_there_with_their_constants():
    types = typestore().types
    assert types.keys() >= OURS
    skeleton = types["trt_pose_ros/msg/Skeleton"]
    assert (skeleton.NO_TRACK, skeleton.PERSON, skeleton.RIGHT_HAND) == (-1, 0, 2)


def test_their_hashes_are_those_that_the_middleware_announces():
    if find_spec("rclpy") is None or find_spec("trt_pose_ros.msg") is None:
        pytest.skip("needs ROS 2 and our generated messages")
    from trt_pose_ros.cli.ros_environment import set_up

    set_up()
    program = ROOT / "test" / "packaging" / "type_hashes.py"
    environment = os.environ | {"PYTHONPATH": str(ROOT), "ROS_DOMAIN_ID": str(os.getpid() % 100 + 1)}
    output = subprocess.run([sys.executable, program], env=environment, capture_output=True, text=True, check=True)
    announced = json.loads(output.stdout)
    assert announced.keys() == OURS
    for distro in DISTROS:
        assert {name: typestore(distro).hash_rihs01(name) for name in OURS} == announced


def test_what_we_write_is_the_same_in_all_distributions():
    written = {
        *OURS,
        "sensor_msgs/msg/Image",
        "sensor_msgs/msg/CompressedImage",
        "sensor_msgs/msg/CameraInfo",
        "visualization_msgs/msg/MarkerArray",
    }
    for name in written:
        assert len({typestore(distro).hash_rihs01(name) for distro in DISTROS}) == 1, name


def test_a_store_is_made_once():
    assert typestore("jazzy") is typestore("jazzy")


def test_an_unknown_distribution_is_named():
    with pytest.raises(ValueError, match="no ROS distribution 'foxy' here, only humble, iron"):
        typestore("foxy")
