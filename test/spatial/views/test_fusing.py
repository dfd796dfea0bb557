"""People among cameras: found, told apart, followed, whatever becomes of a camera."""

from dataclasses import replace

import numpy as np
import pytest
from multiview_scene import FPS, Scene, score
from spatial import shots

from trt_pose_ros.poses import Poses
from trt_pose_ros.spatial.views import Fusing
from trt_pose_ros.spatial.views.matching import grouped


@pytest.fixture(scope="module")
def scene():
    return Scene(4, people=4, frames=30, seed=1)


@pytest.fixture(scope="module")
def walkers():
    return Scene(4, frames=100, seed=2, crowd=shots.crowd(2, 3, np.arange(101) / FPS, kinds=("walk",)))


@pytest.mark.parametrize(("cameras", "millimetres", "found"), [(2, 70, 0.9), (3, 55, 0.97), (4, 45, 0.99)])
def test_people_are_found_and_keep_their_identities(scene, cameras, millimetres, found):
    fewer = Scene.__new__(Scene)
    fewer.__dict__ = scene.__dict__ | {"views": scene.views[:cameras], "films": scene.films[:cameras]}
    result = score(fewer)
    assert result.mpjpe < millimetres
    assert result.found > found
    assert result.identities == 4
    assert result.strangers == 0


def test_a_dead_camera_takes_its_view_and_nothing_else(scene):
    result = score(scene, dead=1)
    assert result.found > 0.98
    assert result.identities == 4
    assert result.mpjpe < 55


def test_one_camera_is_none(scene):
    fusing = Fusing(scene.topology, "world")
    people = fusing(scene.seen(0)[:1], 0.0)
    assert len(people) == 0
    assert people.position_frame == "world"
    assert len(fusing([], 0.04)) == 0


def test_a_clock_that_is_off_costs_little_and_is_noticed(walkers):
    right, late = score(walkers), score(walkers, late=0.04)
    assert right.mpjpe < late.mpjpe < right.mpjpe + 25
    assert abs(right.clock) < 0.015
    assert late.clock == pytest.approx(0.04, abs=0.015)
    assert late.identities == right.identities == 3


def test_what_is_told_of_a_person(scene):
    fusing = Fusing(scene.topology, "hall", min_hits=1)
    people = fusing(scene.seen(0), 0.0)
    known = np.isfinite(people.positions).all(axis=2)
    assert people.position_frame == "hall"
    assert np.isnan(people.keypoints[:, :, :2]).all()
    assert (people.keypoints[:, :, 2][known] > 0).all()
    assert (people.keypoints[:, :, 2][~known] == 0).all()
    assert (np.isfinite(people.position_stddevs) == known).all()
    assert not (np.linalg.norm(people.positions[known], axis=1) == 0).any()


def test_the_order_of_cameras_and_people_does_not_matter(scene):
    one, other = (Fusing(scene.topology, "world") for _ in range(2))
    for frame in range(5):
        seen = scene.seen(frame)
        mixed = [replace(s, poses=s.poses[np.arange(len(s.poses))[::-1]]) for s in seen[::-1]]
        a, b = one(seen, frame / 25), other(mixed, frame / 25)
        assert len(a) == len(b)
        middle_a, middle_b = (np.sort(np.nanmean(p.positions, axis=1), axis=0) for p in (a, b))
        np.testing.assert_allclose(middle_a, middle_b, atol=0.02)


def test_time_that_goes_back_begins_anew(scene):
    fusing = Fusing(scene.topology, "world", min_hits=1)
    first = fusing(scene.seen(0), 100.0).track_ids
    again = fusing(scene.seen(0), 1.0).track_ids
    assert not set(first) & set(again)


def test_wrong_input_is_refused(scene):
    fusing, seen = Fusing(scene.topology, "world"), scene.seen(0)
    with pytest.raises(ValueError, match="one image of each camera"):
        fusing([seen[0], seen[0]], 0.0)
    with pytest.raises(ValueError, match="finite number of seconds"):
        fusing(seen, np.nan)
    other = replace(scene.topology, name="other")
    poses = Poses(other, seen[0].poses.keypoints, seen[0].poses.scores)
    with pytest.raises(ValueError, match="'other'"):
        fusing([replace(seen[0], poses=poses)], 0.0)


def test_keypoints_of_nothing(scene):
    nothing = [replace(s, poses=Poses.empty(scene.topology)) for s in scene.seen(0)]
    wild = [
        replace(s, poses=replace(s.poses, keypoints=np.full_like(s.poses.keypoints, np.nan))) for s in scene.seen(0)
    ]
    fusing = Fusing(scene.topology, "world")
    for frame, seen in enumerate((nothing, wild, scene.seen(0), wild, nothing)):
        people = fusing(seen, frame / 25)
        assert (len(people) > 0) == (frame == 2)


def test_groups_never_hold_two_of_one_camera():
    random = np.random.default_rng(0)
    for _ in range(20):
        camera = random.integers(0, 3, 9)
        weights = random.normal(size=(9, 9))
        weights = weights + weights.T
        weights[camera[:, None] == camera] = -np.inf
        labels = grouped(weights)
        for label in set(labels) - {-1}:
            mine = camera[labels == label]
            assert len(set(mine)) == len(mine) > 1
    assert grouped(np.empty((0, 0))).tolist() == []
