import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from trt_pose_ros import Poses, Topology
from trt_pose_ros.boxes import body_boxes, box_poses
from trt_pose_ros.tracking import Following, TrackerOptions, UnionOptions, united

TOPOLOGY = Topology.load("human_pose")
KEYPOINTS = len(TOPOLOGY.keypoints)
BODY = np.random.default_rng(7).uniform((-20, -50), (20, 50), (KEYPOINTS, 2))
OPTIONS = UnionOptions()


def people(*places, score=0.8):
    """Somebody at each place (x, y)."""
    keypoints = [np.column_stack([BODY + place, np.full(KEYPOINTS, 0.8)]) for place in places]
    return Poses(TOPOLOGY, np.reshape(keypoints, (-1, KEYPOINTS, 3)), np.full(len(places), score))


def boxed(*places, score=0.8):
    """Detections of somebody at each place."""
    return box_poses(body_boxes(people(*places)), np.full(len(places), score))


NOBODY = people()


def test_who_is_seen_by_both_is_one_person():
    poses = people((100, 100), (300, 100))
    union = united(poses, boxed((302, 98), (101, 100)), OPTIONS)
    assert len(union) == 2
    np.testing.assert_array_equal(union.keypoints, poses.keypoints)
    np.testing.assert_allclose(union.detected_boxes, boxed((101, 100), (302, 98)).boxes(), rtol=1e-6)


def test_who_is_seen_by_one_is_there_too():
    detections = box_poses(boxed((300, 100), (500, 100)).boxes(), np.array([0.6, 0.9]))
    union = united(people((100, 100)), detections, OPTIONS)
    assert union.found.any(axis=1).tolist() == [True, False, False]
    assert union.scores.tolist() == pytest.approx([0.8, 0.9, 0.6])  # boxes best first
    assert np.isnan(union.detected_boxes[0]).all()
    np.testing.assert_allclose(union.boxes()[1:], detections.boxes()[::-1])


def test_a_body_within_a_box_far_too_large_is_somebody_else():
    large = box_poses(np.array([[0.0, 0.0, 600.0, 600.0]]), np.ones(1))
    assert len(united(people((100, 100)), large, OPTIONS)) == 2


def test_the_upper_half_of_a_body_belongs_to_the_box_of_the_whole():
    poses = people((100, 100))
    keypoints = poses.keypoints.copy()
    keypoints[:, BODY[:, 1] > 10] = (np.nan, np.nan, 0)
    half = Poses(TOPOLOGY, keypoints, poses.scores)
    assert len(united(half, boxed((100, 100)), OPTIONS)) == 1


@pytest.mark.parametrize("box", [(np.nan,) * 4, (10, 10, 10, 50), (0, 0, np.inf, np.nan)])
def test_what_is_no_box_is_left_out(box):
    detections = box_poses(np.array([box], float), np.ones(1))
    assert len(united(people((100, 100)), detections, OPTIONS)) == 1
    assert len(united(NOBODY, detections, OPTIONS)) == 0


def test_doubtful_detections_are_left_out():
    assert len(united(NOBODY, boxed((100, 100), score=0.29), OPTIONS)) == 0
    assert len(united(NOBODY, boxed((100, 100), score=0.29), UnionOptions(min_score=0.2))) == 1


def test_positions_stay_and_boxes_have_none():
    poses = people((100, 100))
    placed = Poses(TOPOLOGY, poses.keypoints, poses.scores, positions=np.ones((1, KEYPOINTS, 3)), camera="front")
    union = united(placed, boxed((100, 100), (300, 100)), OPTIONS)
    assert np.isfinite(union.positions).all(axis=(1, 2)).tolist() == [True, False]
    assert union.camera == "front"


@settings(max_examples=60, deadline=None, derandomize=True)
@given(seed=st.integers(0, 10_000), bodies=st.integers(0, 5), boxes=st.integers(0, 5))
def test_everybody_is_in_the_union_once(seed, bodies, boxes):
    random = np.random.default_rng(seed)
    poses = people(*random.uniform(0, 300, (bodies, 2)))
    detections = boxed(*random.uniform(0, 300, (boxes, 2)))
    union = united(poses, detections, OPTIONS)
    np.testing.assert_array_equal(union.keypoints[:bodies], poses.keypoints)
    there = union.detected_boxes[np.isfinite(union.detected_boxes).all(axis=1)]
    assert sorted(map(tuple, there)) == sorted(map(tuple, detections.boxes()))


class Film:
    """Follows somebody who walks to the right, 10 images a second."""

    def __init__(self, **union):
        self.following, self.image = Following(TOPOLOGY), 0
        self.following.tracking = TrackerOptions(min_hits=2)
        self.following.union = UnionOptions(**union)
        self.detections = None

    def show(self, seen, images=1):
        """``seen``: which of "skeleton", "box", "old box" (that of the image before); the ids of the last image."""
        for _ in range(images):
            place = (100 + 4 * self.image, 100)
            if "old" not in seen:
                self.detections = boxed(place) if "box" in seen else boxed() if "nothing" in seen else None
            poses = people(place) if "skeleton" in seen else NOBODY
            self.people = self.following(poses, "", self.image / 10, detections=self.detections)
            self.image += 1
        return self.people.track_ids.tolist()


@pytest.mark.parametrize("first", ["skeleton box", "skeleton", "box"])
@pytest.mark.parametrize("then", ["skeleton box", "skeleton and nothing", "box", "old box"])
def test_one_identity_whatever_it_is_seen_by(first, then):
    film = Film()
    assert film.show(f"{first} nothing" if first == "skeleton" else first, 3) == [0]
    if then == "old box":
        film.show("box")
    assert film.show(then, 2 if then == "old box" else 15) == [0]
    assert film.show("skeleton box", 3) == [0]


def test_a_box_alone_carries_the_pose_along():
    film = Film()
    film.show("skeleton box", 5)
    film.show("box", 15)
    expected = film.following.expected("", film.image / 10).poses
    np.testing.assert_allclose(expected.keypoints[0, :, 0], BODY[:, 0] + 100 + 4 * film.image, atol=4)
    assert film.people.found.sum() == 0  # but no keypoint is made up


def test_without_the_box_a_long_absence_costs_the_identity():
    """What the union is there for: the same film with nothing but skeletons."""
    film = Film()
    film.show("skeleton", 5)
    film.show("", 25)
    assert film.show("skeleton", 3) == [1]
    film = Film()
    film.show("skeleton box", 5)
    film.show("box", 25)
    assert film.show("skeleton", 3) == [0]


def test_a_box_that_was_given_before_starts_nobody():
    film = Film()
    assert film.show("box") == [-1]
    assert film.show("old box", 5) == [-1]
    assert film.show("box") == [0]  # seen in two messages in a row, whatever was between them


def test_a_false_box_of_one_message_gets_no_identity():
    film = Film()
    film.show("box")
    film.show("nothing", 3)
    assert film.show("box") == [-1]


def test_people_known_by_a_box_may_be_left_out():
    film = Film(box_only=False)
    film.show("skeleton box", 5)
    assert film.show("box", 5) == []
    assert film.show("skeleton") == [0]


def test_without_detections_all_is_as_it_was():
    with_none, plain = Film(), Following(TOPOLOGY)
    plain.tracking = TrackerOptions(min_hits=2)
    for image in range(10):
        ids = with_none.show("skeleton")
        assert plain(people((100 + 4 * image, 100)), "", image / 10).track_ids.tolist() == ids
    assert with_none.people.detected_boxes is None


def test_a_crowd_of_boxes_and_bodies_never_shares_an_identity():
    random = np.random.default_rng(0)
    following = Following(TOPOLOGY)
    for image in range(200):
        some = random.uniform(0, 300, (random.integers(0, 4), 2))
        others = random.uniform(0, 300, (random.integers(0, 4), 2))
        stamp = image / 10 - 5 * (image > 120)  # time is set back once
        ids = following(people(*some), "", stamp, detections=boxed(*others)).track_ids
        given_ids = ids[ids >= 0].tolist()
        assert len(set(given_ids)) == len(given_ids)
