import math
from types import SimpleNamespace

import pytest
from following import BODY, CAMERA, array, seen

from trt_pose_ros.events.people import people_in
from trt_pose_ros.geometry import CameraModel

TORSO = 0.5


def skeleton(*args, without=(), **kwargs):
    """Somebody at (x, y), whose keypoints that end in ``without`` are not found."""
    made = seen(*args, **kwargs)
    for name, keypoint in zip(BODY, made.keypoints, strict=True):
        if name.endswith(tuple(without)):
            keypoint.score = 0.0
    return made


def person(*args, camera=CAMERA, **kwargs):
    """The Person that stands there."""
    return people_in(array(skeleton(*args, **kwargs)), 0.2, camera)[0]


@pytest.mark.parametrize(("x", "y"), [(2.0, 0.0), (2.0, 1.4), (4.0, -1.0)])
@pytest.mark.parametrize("without", [(), ("shoulder", "hip"), ("knee",)])
def test_place_is_that_over_the_floor(x, y, without):
    distance, bearing = person(x, y, without=without).place(TORSO)
    assert distance == pytest.approx(math.hypot(x, y), rel=0.05)
    assert bearing == pytest.approx(math.atan2(y, x), abs=0.02)


def test_a_distorting_lens_changes_nothing_about_the_place():
    lens = CameraModel(640, 480, 400.0, 400.0, 319.5, 239.5, "plumb_bob", (-0.28, 0.07, 0.0, 0.0, 0.0))
    made = skeleton(2.0, 1.2)
    for keypoint in made.keypoints:
        keypoint.x, keypoint.y = lens.project(CAMERA.rays([keypoint.x, keypoint.y]))
    bent, straight = (people_in(array(made), 0.2, lens)[0].place(TORSO), person(2.0, 1.2).place(TORSO))
    assert bent == pytest.approx(straight, rel=1e-6)
    assert people_in(array(made), 0.2, CAMERA)[0].place(TORSO)[1] != pytest.approx(straight[1], rel=0.02)


def test_distance_of_a_head_is_unknown():
    head = person(2.0, 0.5, without=("shoulder", "hip", "knee", "ankle"))
    distance, bearing = head.place(TORSO)
    assert math.isnan(distance)
    assert bearing > 0


def test_a_limb_that_ends_at_the_border_is_not_measured():
    cut = skeleton(1.2, without=("knee", "ankle"))
    for name, keypoint in zip(BODY, cut.keypoints, strict=True):
        if name.endswith("hip"):
            keypoint.y = 475.0  # where the image ends, not where the hip is
    assert math.isnan(people_in(array(cut), 0.2, CAMERA)[0].place(TORSO)[0])


class TestClearance:
    @pytest.mark.parametrize(("x", "clear"), [(0.9, False), (1.1, True), (4.0, True)])
    def test_it_goes_by_the_distance(self, x, clear):
        assert person(x).is_clear_of(1.0, TORSO) is clear

    @pytest.mark.parametrize("without", [("hip", "knee", "ankle"), ("shoulder", "hip", "knee", "ankle")])
    def test_nobody_of_unknown_distance_is_clear(self, without):
        assert person(4.0, without=without).is_clear_of(0.0, TORSO) is False

    def test_wide_shoulders_are_near_whatever_the_hips_say(self):
        near = skeleton(0.8, without=("knee", "ankle", "hip"))
        for name, keypoint in zip(BODY, near.keypoints, strict=True):
            if name.endswith("hip"):
                shoulder = near.keypoints[list(BODY).index(name.replace("hip", "shoulder"))]
                keypoint.x, keypoint.y, keypoint.score = shoulder.x, shoulder.y + 60.0, 0.9
        guessed = people_in(array(near), 0.2, CAMERA)[0]
        assert guessed.place(TORSO)[0] > 2.5
        assert guessed.is_clear_of(1.0, TORSO) is False


class TestUnusableKeypoints:
    @pytest.mark.parametrize(
        "change",
        [{"x": math.nan}, {"y": math.inf}, {"x": -1e6}, {"score": math.nan}, {"score": 1.001}, {"score": math.inf}],
    )
    def test_who_has_no_others_is_there_but_nobody_knows_where(self, change):
        broken = seen()
        for keypoint in broken.keypoints:
            vars(keypoint).update(change)
        (somebody,) = people_in(array(broken), 0.2, CAMERA)
        assert math.isnan(somebody.x)
        assert somebody.size == 0
        assert not somebody.is_clear_of(0.0, TORSO)

    @pytest.mark.parametrize("box", [(10.0, 20.0, 30.0, 90.0), (math.nan, 20.0, 30.0, 90.0), (0.0, 0.0, 0.0, 0.0)])
    def test_who_is_known_by_a_box_alone_is_there_but_nobody_knows_how_near(self, box):
        boxed = seen()
        for keypoint in boxed.keypoints:
            keypoint.x, keypoint.y, keypoint.score = math.nan, math.nan, 0.0
        boxed.bounding_box = box
        (somebody,) = people_in(array(boxed), 0.2, CAMERA)
        assert somebody.track_id == boxed.track_id
        assert not somebody.points
        assert not somebody.is_clear_of(0.0, TORSO)
        boxed.bounding_box = [math.nan] * 4
        assert people_in(array(boxed), 0.2, CAMERA) == []

    @pytest.mark.parametrize("score", [0.0, 0.19, -1.0, -math.inf])
    def test_who_was_not_found_is_nobody(self, score):
        nobody = seen()
        for keypoint in nobody.keypoints:
            keypoint.x, keypoint.y, keypoint.score = math.nan, math.nan, score
        assert people_in(array(nobody), 0.2, CAMERA) == []

    def test_the_others_of_the_skeleton_and_of_the_image_are_used(self):
        broken = seen(2.0)
        broken.keypoints[0].score = math.nan
        people = people_in(array(broken, seen(3.0)), 0.2, CAMERA)
        assert [p.place(TORSO)[0] for p in people] == pytest.approx([2.0, 3.0], rel=0.05)


class TestHands:
    def hand(self, owner_id):
        return SimpleNamespace(kind=1, track_id=7, owner_id=owner_id, keypoints=seen(2.0).keypoints)

    def test_those_of_somebody_in_the_image_are_no_people(self):
        (person,) = people_in(array(seen(3.0, track_id=7), self.hand(7)), 0.2, CAMERA)
        assert person.place(TORSO)[0] == pytest.approx(3.0, rel=0.05)

    @pytest.mark.parametrize("owner_id", [-1, 8])
    def test_a_hand_alone_is_somebody_nobody_knows_where(self, owner_id):
        _, somebody = people_in(array(seen(3.0, track_id=7), self.hand(owner_id)), 0.2, CAMERA)
        assert (somebody.track_id, somebody.size) == (-1, 0.0)
        assert not somebody.is_clear_of(0.0, TORSO)


@pytest.mark.parametrize(
    ("change", "sentence"),
    [
        ({"keypoint_names": []}, "every keypoint needs a name of its own"),
        ({"keypoint_names": ["nose"] * len(BODY)}, "every keypoint needs a name of its own"),
        ({"keypoint_names": ["nose"]}, f"a skeleton of {len(BODY)} keypoints, but 1 keypoint_names"),
    ],
)
def test_a_message_that_contradicts_itself_is_refused(change, sentence):
    message = array(seen())
    vars(message).update(change)
    with pytest.raises(ValueError, match=sentence):
        people_in(message, 0.2, CAMERA)


def test_score_decides_what_is_looked_at():
    made = seen()
    assert len(people_in(array(made), 0.9, CAMERA)) == 1
    assert people_in(array(made), 0.91, CAMERA) == []
