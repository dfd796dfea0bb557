"""Measured distances of people: believed where they are sure, and never to the robot's harm."""

import math
from types import SimpleNamespace

import numpy as np
import pytest
from following import BODY, CAMERA, array, seen

from trt_pose_ros.events.people import people_in
from trt_pose_ros.events.ranges import Ranges, joint_ranges
from trt_pose_ros.follow import Follower, FollowOptions

TORSO = 0.5
HEAD = ("nose", "eye", "ear")


def measured(x=2.5, y=0.0, depth=None, stddev=0.03, frame="camera", only=("",), **kwargs):
    """A message of somebody who stands at (x, y), whose joints are measured at ``depth`` metres."""
    person = seen(x, y, **kwargs)
    for name, keypoint in zip(BODY, person.keypoints, strict=True):
        known = keypoint.score > 0 and name.endswith(only)
        ray = CAMERA.rays([keypoint.x, keypoint.y]) if known else np.full(3, np.nan)
        keypoint.position = SimpleNamespace(**dict(zip("xyz", (x if depth is None else depth) * ray, strict=True)))
        keypoint.position_stddev = stddev
    message = array(person)
    message.header, message.position_frame = SimpleNamespace(frame_id="camera"), frame
    return message


def person(**kwargs):
    return people_in(measured(**kwargs), 0.2, CAMERA)[0]


@pytest.mark.parametrize(("x", "y"), [(2.0, 0.0), (3.0, 1.0)])
def test_the_place_is_what_was_measured(x, y):
    # a short person: the limbs alone would say that they are farther away
    distance, bearing = person(x=x, y=y).place(0.8)
    assert distance == pytest.approx(math.hypot(x, y), rel=0.02)
    assert bearing == pytest.approx(math.atan2(y, x), abs=0.02)
    assert person(x=x, y=y, stddev=np.nan).place(0.8)[0] > 1.4 * math.hypot(x, y)


@pytest.mark.parametrize(
    "changes",
    [
        {"stddev": 0.5},
        {"stddev": np.nan},
        {"stddev": -1.0},
        {"frame": "floor"},
        {"depth": np.nan},
        {"depth": -2.0},
        {"depth": np.inf},
    ],
    ids=str,
)
def test_what_is_not_sure_is_not_believed(changes):
    message = measured(**changes)
    assert np.isnan(joint_ranges(message)).all()
    told = people_in(array(*message.skeletons), 0.2, CAMERA)[0]
    assert people_in(message, 0.2, CAMERA)[0].place(TORSO) == told.place(TORSO)


def test_two_joints_are_not_enough():
    assert math.isnan(Ranges.of({"nose": 2.0, "left_hip": 2.0, "neck": math.nan}).middle)
    assert Ranges.of({"nose": 1.0, "left_hip": 2.0, "right_hip": 2.2}) == Ranges(pytest.approx(2.1), 1.0)


def test_the_wall_behind_is_not_the_person():
    assert math.isnan(person(x=1.5, depth=5.0).place(TORSO)[0])
    assert not person(x=0.9, depth=5.0).is_clear_of(1.0, TORSO)


def test_clearance_is_of_the_nearest_joint():
    assert person(x=2.5).is_clear_of(1.0, TORSO)
    near = measured(x=2.5)
    near.skeletons[0].keypoints[0].position.z = 0.5
    assert not people_in(near, 0.2, CAMERA)[0].is_clear_of(1.0, TORSO)


def test_a_measured_head_above_a_table_blocks_nobody():
    head = measured(x=2.5)
    for name, keypoint in zip(BODY, head.skeletons[0].keypoints, strict=True):
        if not name.endswith(HEAD):
            keypoint.x, keypoint.y, keypoint.score = math.nan, math.nan, 0.0
            keypoint.position.z = math.nan
    assert people_in(head, 0.2, CAMERA)[0].is_clear_of(1.0, TORSO)
    assert not people_in(array(*head.skeletons), 0.2, CAMERA)[0].is_clear_of(1.0, TORSO)


def test_a_face_in_profile_is_not_as_far_away_as_the_wall_that_was_measured():
    # nothing shows how near it is; too near for a depth camera, the wall would be measured instead
    head = measured(x=2.5, depth=4.0)
    for name, keypoint in zip(BODY, head.skeletons[0].keypoints, strict=True):
        if name not in ("nose", "left_eye", "left_ear", "neck"):
            keypoint.x, keypoint.y, keypoint.score = math.nan, math.nan, 0.0
            keypoint.position.z = math.nan
    assert (joint_ranges(head)[0] > 3.5).sum() >= 3
    assert not people_in(head, 0.2, CAMERA)[0].is_clear_of(1.0, TORSO)


def test_the_robot_keeps_the_measured_distance():
    follower = Follower(FollowOptions(distance=2.0, torso_length=0.8))
    for i in range(5):
        follower.update(measured(x=2.0), 0.1 * i, CAMERA)
        command = follower.command(0.1 * i)
    assert command.distance == pytest.approx(2.0, rel=0.02)
    assert command.speed == 0
