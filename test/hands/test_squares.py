import numpy as np
import pytest
from hands_scene import HAND, IMAGE, body, hand, people
from hypothesis import given
from hypothesis import strategies as st

from trt_pose_ros import Poses
from trt_pose_ros.hands.squares import arm_squares, joint, palm_squares

angles = st.floats(-3.1, 3.1)


def hands(*joints):
    keypoints = np.concatenate([np.array(joints), np.ones((len(joints), 21, 1))], axis=2)
    return Poses(HAND, keypoints, np.ones(len(joints)))


@given(angles, st.floats(5, 300))
def test_a_palms_square_shows_the_whole_hand_upright(angle, palm):
    joints = hand((300, 200), palm, angle)
    squares = palm_squares(hands(joints))
    assert squares.known.all()
    assert np.cos(squares.angles[0] - angle) == pytest.approx(1, abs=1e-6)
    cosine, sine = np.cos(-squares.angles[0]), np.sin(-squares.angles[0])
    upright = (joints - squares.middles[0]) @ np.array([[cosine, -sine], [sine, cosine]]).T / squares.sides[0]
    assert np.abs(upright).max() < 0.5
    assert upright[HAND.index("middle_tip"), 1] < upright[HAND.index("wrist"), 1]


@given(angles)
def test_an_arms_square_is_about_the_one_of_the_hand_that_goes_on_from_it(angle):
    up = np.array([np.sin(angle), -np.cos(angle)])
    wrist = np.array([300.0, 200.0])
    arm = body(300, left_wrist=tuple(wrist), left_elbow=tuple(wrist - 100 * up))
    of_arm = arm_squares(people(arm), "left", 0.1)
    of_palm = palm_squares(hands(hand(wrist, 40, angle)))
    assert np.linalg.norm(of_arm.middles - of_palm.middles) < 0.15 * of_palm.sides[0]
    assert np.cos(of_arm.angles[0] - of_palm.angles[0]) > 0.99
    assert 0.7 < of_arm.sides[0] / of_palm.sides[0] < 2


def test_a_foreshortened_forearm_is_as_long_as_the_rest_of_the_body_says():
    long = body(300)
    short = body(300, left_elbow=(391, 225))  # right behind the wrist at (390, 220)
    one, other = (arm_squares(people(b), "left", 0.1).sides[0] for b in (long, short))
    assert other > 0.7 * one


def test_without_an_elbow_the_shoulder_tells_the_direction_and_without_a_wrist_nothing_does():
    squares = arm_squares(
        people(body(300, left_elbow=None), body(300, left_wrist=None), body(300, left_elbow=None, left_shoulder=None)),
        "left",
        0.1,
    )
    assert squares.known.tolist() == [True, False, False]


def test_faint_joints_do_not_count():
    faint = body(300)
    faint[:, 2] = 0.05
    assert not arm_squares(people(faint), "right", 0.1).known.any()
    assert arm_squares(people(faint), "right", 0.01).known.all()


def test_joints_that_a_topology_lacks_are_missing_and_nobody_has_no_squares():
    assert np.isnan(joint(people(body(300)), "left_thumb")).all()
    assert len(arm_squares(people(), "left", 0.1).sides) == 0
    assert len(palm_squares(Poses.empty(HAND)).sides) == 0


def test_hands_of_no_size_have_no_square():
    assert not palm_squares(hands(np.full((21, 2), 7.0))).known.any()


def test_a_region_is_the_square_of_the_first_row():
    squares = palm_squares(hands(hand((100, 100), 40, 0.5), hand((300, 200), 20)))
    region = squares[1].region(IMAGE)
    assert region.middle == pytest.approx((300, 182))
    assert region.box[2] - region.box[0] == pytest.approx(56)
    assert region.angle == pytest.approx(0, abs=0.3)
