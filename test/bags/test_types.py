"""The types of bags are those that ROS 2 itself has."""

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
