import math

import pytest
from following import BODY, CAMERA, array, seen

from trt_pose_ros.people import Camera, people_in

TORSO = 0.5


def person(*args, without=(), **kwargs):
    """The Person that stands at (x, y), whose keypoints that end in ``without`` are not found."""
    skeleton = seen(*args, **kwargs)
    for name, keypoint in zip(BODY, skeleton.keypoints, strict=True):
        if name.endswith(tuple(without)):
            keypoint.score = 0.0
    return people_in(array(skeleton), 0.2)[0]


@pytest.mark.parametrize(("x", "y"), [(2.0, 0.0), (2.0, 1.4), (4.0, -1.0)])
@pytest.mark.parametrize("without", [(), ("shoulder", "hip"), ("knee",)])
def test_place_is_that_over_the_floor(x, y, without):
    distance, bearing = person(x, y, without=without).place(CAMERA, TORSO)
    assert distance == pytest.approx(math.hypot(x, y), rel=0.05)
    assert bearing == pytest.approx(math.atan2(y, x), abs=0.02)


def test_distance_of_a_head_is_unknown():
    head = person(2.0, 0.5, without=("shoulder", "hip", "knee", "ankle"))
    distance, bearing = head.place(CAMERA, TORSO)
    assert math.isnan(distance)
    assert bearing > 0


@pytest.mark.parametrize("raised", [True, False])
@pytest.mark.parametrize("without", [(), ("hip", "knee", "ankle"), ("left_shoulder",)])
def test_raised_hand(raised, without):
    assert person(1.5, raised=raised, without=without).raises_hand(0.4) is raised


@pytest.mark.parametrize("without", [("wrist",), ("right_shoulder",), ("hip", "knee", "ankle", "left_shoulder")])
def test_no_hand_is_raised_where_it_cannot_be_seen(without):
    assert person(1.5, raised=True, without=without).raises_hand(0.4) is False


def test_score_decides_what_is_looked_at():
    skeleton = seen()
    assert len(people_in(array(skeleton), 0.9)) == 1
    assert people_in(array(skeleton), 0.91) == []


@pytest.mark.parametrize(
    "values", [(0.0, 320.0, 640), (math.nan, 320.0, 640), (400.0, math.inf, 640), (-1.0, 0.0, 640), (400.0, 320.0, 0)]
)
def test_a_camera_that_cannot_be_is_refused(values):
    with pytest.raises(ValueError, match="calibrate"):
        Camera(*values)


def test_field_of_view():
    camera = Camera.of_field_of_view(640, 90.0)
    assert camera.focal == pytest.approx(320.0)
    assert camera.centre == 319.5


def test_resized_camera_sees_the_same():
    resized = Camera.of_field_of_view(640, 70.0).resized(480)
    assert resized == Camera.of_field_of_view(480, 70.0)
