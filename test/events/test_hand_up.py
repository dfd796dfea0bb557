import math

import pytest
from following import BODY, CAMERA, array, seen
from hypothesis import given
from hypothesis import strategies as st

from trt_pose_ros.events.hand_up import HandUp, Raising
from trt_pose_ros.events.people import as_poses, people_in
from trt_pose_ros.geometry import CameraModel

pytest.importorskip("yaml", reason="rules are YAML")

UP, DOWN, UNKNOWN = 1, -1, 0


def people(*skeletons, camera=CAMERA):
    return people_in(array(*skeletons), 0.2, camera)


def hand(skeleton, margin=0.4, without=()):
    for name, keypoint in zip(BODY, skeleton.keypoints, strict=True):
        if name.endswith(tuple(without)):
            keypoint.score = 0.0
    return HandUp(margin)(people(skeleton))[0]


@pytest.mark.parametrize("raised", [True, False])
@pytest.mark.parametrize("without", [(), ("hip", "knee", "ankle")])
@pytest.mark.parametrize("x", [1.5, 4.0])
def test_a_hand_is_up_or_down(raised, without, x):
    assert hand(seen(x, raised=raised), without=without) == (UP if raised else DOWN)


@pytest.mark.parametrize("without", [("wrist",), ("shoulder",), ("right_wrist",)])
def test_what_cannot_be_seen_is_unknown(without):
    assert hand(seen(1.5, raised=True), without=without) == UNKNOWN


def test_the_hand_that_is_seen_up_is_enough():
    assert hand(seen(1.5, raised=True), without=("left_wrist",)) == UP


def test_one_hand_that_is_seen_down_is_not_enough_to_know():
    assert hand(seen(1.5), without=("left_wrist",)) == UNKNOWN


def test_the_margin_decides():
    assert hand(seen(1.5, raised=True), margin=1.5) == DOWN
    assert hand(seen(1.5), margin=0.0) == DOWN


def test_everybody_has_their_own_and_nobody_none():
    assert HandUp(0.4)(people(seen(2.0), seen(2.0, 0.8, 8, raised=True))) == [DOWN, UP]
    assert HandUp(0.4)([]) == []


@pytest.mark.parametrize("value", [math.nan, math.inf, 1e30])
def test_keypoints_that_are_none_tell_nothing(value):
    broken = seen(1.5, raised=True)
    for keypoint in broken.keypoints:
        keypoint.x = value
    assert hand(broken) == UNKNOWN


def test_a_distorting_lens_changes_little():
    bent = CameraModel(
        CAMERA.width, CAMERA.height, CAMERA.fx, CAMERA.fy, CAMERA.cx, CAMERA.cy, "plumb_bob", (-0.2, 0.05, 0, 0, 0)
    )
    skeleton = seen(2.0, 0.4, raised=True)
    for keypoint in skeleton.keypoints:
        keypoint.x, keypoint.y = bent.project(CAMERA.rays([keypoint.x, keypoint.y])).tolist()
    straight, through_lens = (
        as_poses(people(s, camera=c)) for s, c in ((seen(2.0, 0.4, raised=True), CAMERA), (skeleton, bent))
    )
    found = straight.found[0] & through_lens.found[0]
    assert found.sum() > 8
    assert abs(straight.keypoints[0, found, :2] - through_lens.keypoints[0, found, :2]).max() < 1.0


@given(st.integers(1, 6))
def test_it_goes_up_once_in_the_image_that_makes_the_row_long_enough(images):
    raising = Raising(False)
    told = [raising.update(UP, images) for _ in range(3 * images)]
    assert [i for i, up in enumerate(told) if up] == [images - 1]
    assert not any(raising.update(DOWN, images) for _ in range(images))
    assert [raising.update(UP, images) for _ in range(images)][-1]


@pytest.mark.parametrize("between", [DOWN, UNKNOWN])
def test_a_row_must_not_be_interrupted(between):
    raising = Raising(False)
    assert not any(raising.update(hand, 3) for hand in [UP, UP, between] * 10)


def test_a_hand_that_was_only_out_of_sight_does_not_go_up_again():
    raising = Raising(True)
    assert not any(raising.update(hand, 3) for hand in [UNKNOWN] * 10 + [UP] * 10)
