import math

import numpy as np
import pytest
from builtin_interfaces.msg import Time
from std_msgs.msg import Header

from trt_pose_ros import Poses, Topology
from trt_pose_ros.messages.skeletons import color
from trt_pose_ros.msg import Skeleton
from trt_pose_ros.poses import LEFT_HAND, RIGHT_HAND
from trt_pose_ros.ros.convert.messages import skeleton_array, skeleton_topology
from trt_pose_ros.ros.convert.types import ROS_TYPES

TOPOLOGY = Topology.from_category(
    {"name": "pair", "keypoints": ["nose", "left_hand", "right_hand"], "skeleton": [[1, 2], [1, 3]]}
)
HEADER = Header(frame_id="lens", stamp=Time(sec=3, nanosec=4))
NAN = math.nan


def people(**fields):
    keypoints = [[[10, 20, 0.5], [NAN, NAN, 0], [30, 5, 1]], [[NAN, NAN, 0]] * 3]
    return Poses(TOPOLOGY, np.float32(keypoints), np.float32([0.75, 0.25]), **fields)


def test_everybody_is_in_one_message():
    message = skeleton_array(people(track_ids=np.int32([7, -1])), HEADER, 640, 480)
    assert message.header is HEADER
    assert (message.topology, list(message.keypoint_names)) == ("pair", ["nose", "left_hand", "right_hand"])
    assert (message.image_width, message.image_height) == (640, 480)
    first, second = message.skeletons
    assert (first.track_id, first.score) == (7, 0.75)
    assert second.track_id == second.NO_TRACK
    assert [(k.x, k.y, k.score) for k in first.keypoints[::2]] == [(10, 20, 0.5), (30, 5, 1)]
    assert (first.keypoints[1].score, second.keypoints[2].score) == (0, 0)
    assert all(math.isnan(v) for v in (first.keypoints[1].x, first.keypoints[1].y, first.keypoints[0].position.x))
    assert list(first.bounding_box) == [10, 5, 30, 20]
    assert all(math.isnan(v) for v in second.bounding_box)


def test_nobody():
    message = skeleton_array(Poses.empty(TOPOLOGY), HEADER, 640, 480)
    assert list(message.skeletons) == []
    assert message.header is HEADER


def test_positions_in_space():
    places = np.arange(18, dtype=np.float32).reshape(2, 3, 3)
    message = skeleton_array(people(positions=places), HEADER, 640, 480)
    position = message.skeletons[1].keypoints[2].position
    assert (position.x, position.y, position.z) == (15, 16, 17)
    assert math.isnan(message.skeletons[1].keypoints[2].position_stddev)
    assert message.position_frame == "lens"
    known = people(positions=places, position_stddevs=np.full((2, 3), 0.25), position_frame="map")
    message = skeleton_array(known, HEADER, 640, 480)
    assert message.skeletons[0].keypoints[1].position_stddev == 0.25
    assert message.position_frame == "map"


def test_hands_tell_their_side_and_owner_and_the_array_its_camera():
    hands = people(kinds=[LEFT_HAND, RIGHT_HAND], owner_ids=[7, -1], camera="front")
    message = skeleton_array(hands, HEADER, 640, 480)
    assert message.camera == "front"
    assert [s.kind for s in message.skeletons] == [Skeleton.LEFT_HAND, Skeleton.RIGHT_HAND]
    assert [s.owner_id for s in message.skeletons] == [7, Skeleton.NO_TRACK]
    assert [s.kind for s in skeleton_array(people(), HEADER, 640, 480).skeletons] == [Skeleton.PERSON] * 2


def test_the_topology():
    message = skeleton_topology(TOPOLOGY)
    assert message.name == "pair"
    assert list(zip(message.link_from, message.link_to, strict=True)) == [(0, 1), (0, 2)]
    assert list(message.swap) == [0, 2, 1]
    assert list(message.sigmas) == pytest.approx(TOPOLOGY.sigmas)
    assert len(message.link_colors) == 2
    assert len(message.keypoint_colors) == 3


def test_a_colour_is_red_green_blue():
    made = color((255, 51, 0), ROS_TYPES, alpha=0.5)
    assert (made.r, made.g, made.b, made.a) == (0.0, 0.2, 1.0, 0.5)
