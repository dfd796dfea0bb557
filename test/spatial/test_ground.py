"""People are where their feet are on the floor."""

from dataclasses import replace

import numpy as np
import pytest
from spatial import shots

from trt_pose_ros.geometry import CameraModel
from trt_pose_ros.poses import MISSING
from trt_pose_ros.spatial import GroundOptions, Locating, Scene
from trt_pose_ros.spatial.ground import heights, scale, standing

CAMERA = CameraModel.from_field_of_view(640, 480, 75.0)
LEFT, RIGHT = 15, 16  # ankles


def shot(height=1.4, down=0.1, kinds=("stand",), camera=CAMERA, seed=5, **faults):
    crowd = shots.crowd(seed=seed, people=6, times=[0.0], kinds=kinds)
    perfect = {"noise": 0, "missed": 0, "wild": 0}
    (taken,) = shots.film(crowd, camera, shots.looking(height=height, down=down), **perfect | faults)
    keypoints = np.concatenate([taken.pixels, np.full((*taken.pixels.shape[:2], 1), 0.9)], -1)
    return replace(taken, poses=replace(taken.poses, keypoints=keypoints)) if not faults else taken


def placed(taken, **options):
    return standing(taken.poses, taken.scene.camera, taken.scene.in_world, GroundOptions(**options))


def level(positions, taken):
    """Distance over the floor from the camera."""
    return np.hypot(*(taken.scene.in_world(positions) - taken.scene.in_world.translation)[..., :2].T)


@pytest.mark.parametrize("down", [0.0, 0.1, 0.4])
@pytest.mark.parametrize("height", [0.5, 1.4, 2.5])
def test_feet_stand_where_they_are(height, down):
    taken = shot(height, down)
    there = placed(taken)
    known = np.isfinite(there.positions[:, LEFT, 0])
    assert known.sum() >= 4 or height < 1
    off = np.linalg.norm(there.positions - taken.positions, axis=-1)[known]
    assert (off[:, [LEFT, RIGHT]] < 3 * there.position_stddevs[known][:, [LEFT, RIGHT]]).all()
    assert (off < 3 * there.position_stddevs[known]).mean() > 0.95


def test_heights_are_those_of_people():
    taken = shot()
    there = placed(taken)
    true = taken.scene.in_world(taken.positions)[:, :5, 2].max(axis=1)
    found = heights(there, taken.scene.in_world)
    assert np.nanmax(np.abs(found - true)) < 0.25
    assert np.isnan(heights(replace(there, positions=None), taken.scene.in_world)).all()


def test_a_raised_foot_moves_nobody():
    taken = shot()
    before = placed(taken)
    raised = taken.poses.keypoints.copy()
    lifted = taken.positions.copy()
    lifted[:, RIGHT] += taken.scene.in_world.rotation[2] * 0.4  # up
    raised[:, RIGHT, :2] = CAMERA.project(lifted[:, RIGHT])
    after = placed(replace(taken, poses=replace(taken.poses, keypoints=raised)))
    known = np.isfinite(before.positions[:, LEFT, 0]) & np.isfinite(after.positions[:, LEFT, 0])
    assert known.sum() >= 4
    assert np.abs(level(after.positions[known, LEFT], taken) - level(before.positions[known, LEFT], taken)).max() < 0.25


def test_without_feet_nobody_is_placed():
    taken = shot()
    keypoints = taken.poses.keypoints.copy()
    keypoints[:, [LEFT, RIGHT]] = MISSING
    there = placed(replace(taken, poses=replace(taken.poses, keypoints=keypoints)))
    assert np.isnan(there.positions).all()
    assert np.isnan(there.position_stddevs).all()


def test_feet_over_the_horizon_or_too_far_away_tell_nothing():
    taken = shot()
    up = shots.looking(height=1.4, down=-1.0)
    assert np.isnan(standing(taken.poses, CAMERA, up, GroundOptions()).positions).all()
    assert np.isnan(placed(taken, max_distance=1.0).positions).all()


def test_people_of_no_height_are_refused():
    """The camera is said to hang at 8 m, so all would be giants."""
    taken = shot()
    assert np.isnan(standing(taken.poses, CAMERA, shots.looking(height=8.0), GroundOptions()).positions).all()


def test_nobody():
    taken = shot()
    assert standing(taken.poses[:0], CAMERA, taken.scene.in_world, GroundOptions()).positions.shape == (0, 17, 3)


def test_scale_brings_feet_onto_the_floor():
    taken = shot()
    ankles = taken.positions[:, [LEFT, RIGHT]] * 1.25  # as if everybody were a quarter taller and farther away
    factor, stddev = scale(ankles, taken.scene.in_world, GroundOptions())
    np.testing.assert_allclose(factor, 0.8, rtol=0.06)
    assert ((stddev > 0) & (stddev < 0.1)).all()
    factor, _ = scale(np.full((2, 2, 3), np.nan), taken.scene.in_world, GroundOptions())
    assert np.isnan(factor).all()


def test_locating_uses_the_floor_where_it_is_known():
    taken = shot()
    locating = Locating()
    assert np.isfinite(locating.infer(taken.poses, taken.scene, "front", 0.0).positions).any()
    assert locating.infer(taken.poses, Scene(CAMERA), "front", 0.0).positions is None
    assert locating.infer(taken.poses, Scene(), "front", 0.0).positions is None
    locating.ground = None
    assert locating.infer(taken.poses, taken.scene, "front", 0.0).positions is None
