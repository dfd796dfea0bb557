"""Bodies of known shape are put where the camera sees them."""

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from spatial import shots

from trt_pose_ros.geometry import CameraModel
from trt_pose_ros.poses import ROOT_RELATIVE
from trt_pose_ros.spatial import GroundOptions, Scene
from trt_pose_ros.spatial.place import placed, roots

CAMERA = CameraModel.from_field_of_view(640, 480, 65.0)


def people(seed, count=8):
    """Shapes [P, 17, 3], their roots [P, 3], and directions of the joints [P, 17, 3]."""
    rng = np.random.default_rng(seed)
    shapes = rng.normal(size=(count, 17, 3)) * (0.2, 0.4, 0.15)
    where = np.stack([rng.uniform(-1, 1, count), rng.uniform(-0.3, 0.3, count), rng.uniform(1.5, 8, count)], axis=-1)
    joints = shapes + where[:, None]
    return shapes, where, joints / joints[..., 2:]


def slow_root(shape, rays):
    """The plain least-squares solution of one person, joint by joint, for errors at unit depth (Gauss-Newton)."""
    place = np.array([0.0, 0.0, 4.0])
    for _ in range(50):
        rows, off = [], []
        for (x, y, z), (u, v, _) in zip(shape, rays, strict=True):
            depth = z + place[2]
            for axis, (value, seen) in enumerate(((x, u), (y, v))):
                row = np.zeros(3)
                row[axis], row[2] = 1 / depth, -(value + place[axis]) / depth**2
                rows.append(row)
                off.append(seen - (value + place[axis]) / depth)
        place = place + np.linalg.lstsq(np.array(rows), np.array(off), rcond=None)[0]
    return place


@settings(deadline=None, max_examples=50)
@given(st.integers(0, 2**32 - 1))
def test_people_are_found_where_they_are(seed):
    shapes, where, rays = people(seed)
    found = roots(shapes, rays, np.ones(shapes.shape[:2]))
    np.testing.assert_allclose(found.positions, where, atol=1e-6)
    assert (found.stddevs > 0).all()


def test_as_the_plain_solution_without_outliers():
    shapes, _, rays = people(1)
    rays[..., :2] += np.random.default_rng(2).uniform(-1e-3, 1e-3, rays[..., :2].shape)  # all below what counts less
    found = roots(shapes, rays, np.ones(shapes.shape[:2]))
    expected = [slow_root(shape, seen) for shape, seen in zip(shapes, rays, strict=True)]
    np.testing.assert_allclose(found.positions, expected, rtol=2e-3, atol=2e-3)


def test_wrong_joints_do_not_move_people():
    shapes, where, rays = people(3, 200)
    rng = np.random.default_rng(4)
    wrong = rng.random(rays.shape[:2]) < 0.1
    # on another limb
    rays[..., :2] += np.where(wrong[..., None], rng.normal(0, 0.4, (*wrong.shape, 2)), 0) / where[:, None, 2:]
    found = roots(shapes, rays, np.ones(wrong.shape))
    off = np.linalg.norm(found.positions - where, axis=-1) / where[:, 2]
    assert np.nanmedian(off) < 0.02
    assert np.mean(off < 0.1) > 0.9


def test_missing_joints_count_nothing_and_too_few_tell_nothing():
    shapes, where, rays = people(5)
    rays[:, ::2] = np.nan
    shapes[0, 1] = np.nan
    weights = np.ones(shapes.shape[:2])
    weights[1, 3] = 0
    shapes[1, 3] += 5
    rays[2, 4:] = np.nan  # which leaves two
    found = roots(shapes, rays, weights)
    np.testing.assert_allclose(found.positions[[0, 1, 3]], where[[0, 1, 3]], atol=1e-6)
    assert np.isnan(found.positions[2]).all()
    assert np.isnan(found.stddevs[2])


def test_bodies_that_fit_nothing_are_not_placed():
    shapes, _, rays = people(6)
    assert np.isnan(
        roots(shapes, rays[..., [1, 0, 2]] * (-1, 1, 1) + (0, 3, 0), np.ones(shapes.shape[:2])).stddevs
    ).any()
    assert np.isnan(roots(-shapes, rays, np.ones(shapes.shape[:2])).positions).any()  # upside down: behind the camera


def test_nobody():
    assert roots(np.empty((0, 17, 3)), np.empty((0, 17, 3)), np.empty((0, 17))).positions.shape == (0, 3)


@pytest.fixture(scope="module")
def scene():
    """Poses with true shapes relative to their roots, their Scene, and the true positions."""
    crowd = shots.crowd(seed=3, people=6, times=[0.0], kinds=("stand", "walk", "wave"))
    (shot,) = shots.film(crowd, CAMERA, shots.looking(height=1.4), noise=0.3, missed=0, wild=0)
    root = shot.positions[:, [11, 12]].mean(axis=1, keepdims=True)
    return replace(shot.poses, positions=shot.positions - root, position_frame=ROOT_RELATIVE), shot


def test_placed_in_the_camera(scene):
    poses, shot = scene
    there = placed(poses, shot.scene)
    assert there.position_frame == ""
    off = np.linalg.norm(there.positions - shot.positions, axis=-1)
    assert np.nanmean(off) < 0.1
    assert (off < 3 * there.position_stddevs).all()


def test_without_a_camera_nothing_relative_leaves(scene):
    poses, _ = scene
    there = placed(poses, Scene())
    assert there.positions is None
    assert there.position_stddevs is None
    assert there.position_frame == ""


def test_positions_in_a_frame_stay(scene):
    poses, shot = scene
    there = replace(poses, position_frame="map")
    assert placed(there, shot.scene) is there
    without = replace(poses, positions=None, position_frame="")
    assert placed(without, shot.scene) is without


def test_the_floor_tells_the_size(scene):
    """Everybody's shape is taken to be 20 % too large, as a child's is by a network that knows adults."""
    poses, shot = scene
    large = replace(poses, positions=poses.positions * np.float32(1.2))
    off = {
        ground: np.nanmedian(np.abs(placed(large, shot.scene, ground).positions - shot.positions)[..., 2])
        for ground in (None, GroundOptions())
    }
    assert off[None] > 0.4
    assert off[GroundOptions()] < 0.5 * off[None]


def test_a_floor_that_cannot_be_theirs_is_not_believed(scene):
    poses, shot = scene
    high = replace(shot.scene, in_world=shots.looking(height=5.0))
    np.testing.assert_allclose(
        placed(poses, high, GroundOptions()).positions, placed(poses, shot.scene).positions, equal_nan=True
    )
