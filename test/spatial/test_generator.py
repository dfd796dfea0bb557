"""The generator of people before cameras: its truth is consistent with itself."""

import numpy as np
import pytest
from spatial import motions, shots
from spatial.bodies import J
from spatial.depth_camera import Sensor

from trt_pose_ros.transforms import Transform

TIMES = np.arange(6) / 3
PERFECT = Sensor(noise=0, step=0, baseline=0, flying=0, holes=0, millimetres=False)


@pytest.mark.parametrize("kind", motions.KINDS)
def test_bones_keep_their_length_and_feet_stay_on_the_floor(kind):
    crowd = shots.crowd(seed=3, people=2, times=TIMES, kinds=[kind])
    for a, b in (("left_hip", "left_knee"), ("right_elbow", "right_wrist"), ("left_shoulder", "right_shoulder")):
        lengths = np.linalg.norm(crowd.joints[:, :, J[a]] - crowd.joints[:, :, J[b]], axis=-1)
        assert np.ptp(lengths, axis=0).max() < 1e-9
        assert (lengths > 0.1).all()
    assert (crowd.joints[..., 2] > 0).all()
    lowest = crowd.joints[..., [J["left_ankle"], J["right_ankle"]], 2].min(-1)
    assert np.ptp(lowest, axis=0).max() < 1e-9


def test_depth_and_visibility_agree_with_the_joints():
    crowd = shots.crowd(seed=1, people=4, times=TIMES)
    near, hidden, seen = [], 0, 0
    for shot in shots.film(crowd, shots.camera(), shots.looking(), depth=PERFECT):
        inside = ((shot.pixels > 0) & (shot.pixels < (639, 479))).all(-1)
        x, y = np.where(inside[..., None], np.round(shot.pixels), 0).astype(int).transpose(2, 0, 1)
        mine = shot.owner[y, x] == np.arange(len(shot.positions))[:, None]
        before = shot.positions[..., 2] - shot.depth[y, x]
        assert (mine | ~shot.visible)[inside].mean() > 0.93  # but for rounding at edges, where ears lie
        near.append(before[shot.visible & mine])
        hidden, seen = hidden + (~shot.visible).sum(), seen + shot.visible.sum()
        measured = shot.scene.depth.depths
        there = np.isfinite(measured)
        np.testing.assert_allclose(measured[there], shot.depth[there], rtol=1e-5)
    near = np.concatenate(near)
    assert -0.03 < near.min() < near.max() < 0.3
    assert 0.03 < np.median(near) < 0.1  # joints lie inside of bodies
    assert 0.2 < seen / (seen + hidden) < 0.95


def test_a_sensors_faults_are_there():
    crowd = shots.crowd(seed=1, people=3, times=[0.0])
    (shot,) = shots.film(crowd, shots.camera(), shots.looking(), depth=Sensor())
    depths = shot.scene.depth.depths
    assert depths.dtype == np.uint16
    lost = depths == 0
    assert 0.04 < lost.mean() < 0.3
    error = depths / 1000 - shot.depth
    wall = ~lost & (shot.owner < 0)
    assert 0.5 < np.std(error[wall] / shot.depth[wall] ** 2) / Sensor().noise < 3
    assert (np.abs(error[~lost]) > 0.3).mean() > 0.001  # flying pixels
    assert len(np.unique(depths[depths > 5000])) < 200  # steps


def test_an_unregistered_depth_camera_sees_the_same_people():
    crowd = shots.crowd(seed=2, people=2, times=[0.0])
    place = Transform(np.eye(3), np.array([0.06, 0.0, 0.0]))
    other = shots.camera(424, 240, 80.0)
    (shot,) = shots.film(crowd, shots.camera(), shots.looking(), PERFECT, other, place)
    assert shot.depth.shape == (240, 424)
    joints = place.inverse(shot.positions)
    x, y = np.round(other.project(joints)).astype(int).transpose(2, 0, 1)
    inside = shot.visible & (x >= 0) & (y >= 0) & (x < 424) & (y < 240)
    before = (joints[..., 2] - shot.depth[np.clip(y, 0, 239), np.clip(x, 0, 423)])[inside]
    assert 0.02 < np.median(before) < 0.12


def test_a_networks_keypoints_are_a_few_pixels_off():
    crowd = shots.crowd(seed=5, people=5, times=TIMES)
    off, seen = [], []
    for shot in shots.film(crowd, shots.camera(), shots.looking()):
        found = shot.poses.keypoints[..., 2] > 0
        off.append(np.linalg.norm(shot.poses.keypoints[..., :2] - shot.pixels, axis=-1)[found & shot.visible])
        seen.append(found[shot.visible].mean())
        assert shot.scene.depth is None
    assert 2 < np.sqrt(np.mean(np.concatenate(off) ** 2)) < 12
    assert 0.9 < np.mean(seen) < 0.99
