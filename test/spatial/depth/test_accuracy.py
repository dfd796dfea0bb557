"""Positions read off depth images against the truth they were rendered from."""

import functools

import numpy as np
import pytest
from spatial import shots
from spatial.depth_camera import Sensor

from trt_pose_ros.spatial import Locating
from trt_pose_ros.spatial.depth import INFERRED, DepthOptions
from trt_pose_ros.transforms import Transform

METRES = Sensor(millimetres=False)
BAD = Sensor(noise=0.004, holes=0.15, flying=0.9, step=0.0016, baseline=0.1)
BESIDE = Transform(np.eye(3), np.array([0.05, 0.01, 0.0]))
FAR_BESIDE = Transform.from_quaternion((0.2, 0.0, 0.0), (0.0, np.sin(0.03), 0.0, np.cos(0.03)))
NETWORK = {"noise": 0.35, "wild": 0.0}  # 1 to 4.5 pixels off on each axis at 3 m, depending on the joint


@functools.cache
def filmed(people, seeds, sensor, width=640, height=480, times=(0.0, 1.0, 2.0), spread=1.2, **how):
    found = []
    for seed in range(seeds):
        crowd = shots.crowd(seed=500 + seed, people=people, times=times, spread=spread)
        camera, place = shots.camera(width, height), shots.looking()
        found += shots.film(crowd, camera, place, depth=sensor, seed=seed, **NETWORK, **how)
    return found


def measured(film, options=None):
    """Errors [N] in metres, whether visible, standard deviations, scores, of all joints with a keypoint."""
    locating = Locating()
    locating.depth = options or DepthOptions()
    rows = []
    for shot in film:
        poses = locating.measure(shot.poses, shot.scene)
        if poses.positions is None:  # nobody is in the image
            assert not poses.found.any()
            continue
        assert poses.position_frame == ""
        found = poses.found
        assert not np.isfinite(poses.positions[~found]).any()
        errors = np.linalg.norm(poses.positions - shot.positions, axis=2)
        assert (np.isfinite(errors) == np.isfinite(poses.position_stddevs)).all()
        rows.append(np.stack([errors[found], shot.visible[found], poses.position_stddevs[found]]))
    return np.concatenate(rows, axis=1)


@pytest.mark.parametrize(
    "how",
    [
        {},
        {"depth_size": (320, 240)},
        {"width": 1280, "height": 720},
        {"depth_camera": shots.camera(640, 480, 75.0), "depth_in_image": BESIDE},
        {"depth_camera": shots.camera(424, 240, 85.0), "depth_in_image": BESIDE},
        {"depth_camera": shots.camera(848, 480, 85.0), "depth_in_image": FAR_BESIDE},
        {"sensor": BAD},
    ],
    ids=["registered", "320x240", "1280x720", "unregistered", "424x240", "20 cm beside", "bad sensor"],
)
def test_one_person(how):
    sensor = how.pop("sensor", METRES if "depth_size" in how else Sensor())
    errors, visible, stddevs = measured(filmed(1, 6, sensor, **how))
    known, visible = np.isfinite(errors), visible.astype(bool)
    assert known[visible].mean() > 0.85
    assert errors[known & visible].mean() < 0.040
    assert errors[known].max() < 0.300
    # what is wrong by more than somebody's thickness is not said to be seen
    assert (stddevs[known & (errors > 0.2)] >= 0.9 * INFERRED).all()


def test_a_crowd_that_crosses():
    film = filmed(5, 3, Sensor(), spread=0.8)
    errors, visible, stddevs = measured(film)
    known, visible = np.isfinite(errors), visible.astype(bool)
    assert (~visible).mean() > 0.15  # it does
    assert known[visible].mean() > 0.8
    assert errors[known & visible].mean() < 0.040
    assert (errors[known] < 0.300).mean() > 0.99
    assert errors[known].max() < 0.600  # nobody is taken for somebody else
    inferred = known & (stddevs >= INFERRED)
    assert inferred[known & ~visible].mean() > 0.5 > 0.15 > inferred[known & visible].mean()


def test_without_hidden_joints():
    errors, visible, _ = measured(filmed(5, 3, Sensor(), spread=0.8), DepthOptions(max_stddev=0.07))
    known = np.isfinite(errors)
    assert visible[known].mean() > 0.93
    assert (errors[known] < 0.300).mean() > 0.998


def test_somebody_behind_somebody_keeps_the_own_distance():
    times = (0.0,)
    near = shots.crowd(seed=41, people=1, times=times, distance=(2.0, 2.01), spread=0.01, kinds=("stand",))
    far = shots.crowd(seed=42, people=1, times=times, distance=(3.2, 3.21), spread=0.01, kinds=("reach",))
    joints = np.concatenate([near.joints, far.joints + np.array([0, 0.25, 0])], axis=1)
    both = shots.Crowd(near.bodies + far.bodies, joints, near.times)
    (shot,) = shots.film(both, shots.camera(), shots.looking(), depth=Sensor(), **NETWORK)
    assert 0.2 < shot.visible[1].mean() < 0.9
    poses = Locating().measure(shot.poses, shot.scene)
    off = np.abs(poses.positions[..., 2] - shot.positions[..., 2])
    assert np.nanmax(off) < 0.3
    assert np.isfinite(off[1]).sum() > 4
    hidden = ~shot.visible[1] & np.isfinite(off[1])
    assert (poses.position_stddevs[1, hidden] >= 0.9 * INFERRED).mean() > 0.5


def test_certainty_says_how_far_off():
    errors, _, stddevs = measured(filmed(5, 3, Sensor(), spread=0.8))
    known = np.isfinite(errors)
    sure, unsure = known & (stddevs < 0.05), known & (stddevs >= INFERRED)
    assert np.sqrt(np.mean(errors[sure] ** 2)) < 0.05
    assert np.sqrt(np.mean(errors[unsure] ** 2)) > 2 * np.sqrt(np.mean(errors[sure] ** 2))
