"""Whatever comes in, no joint lands where the camera is, and nothing breaks."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from spatial import shots

from trt_pose_ros import Poses, Topology
from trt_pose_ros.geometry import CameraModel
from trt_pose_ros.spatial import DepthImage, Locating, Scene
from trt_pose_ros.spatial.depth import DepthOptions, locate
from trt_pose_ros.transforms import Transform

CAMERA = CameraModel.from_field_of_view(64, 48, 60.0)
FISHEYE = CameraModel(64, 48, 40.0, 40.0, 31.5, 23.5, "equidistant", (0.1, 0.01, 0.0, 0.0))
BESIDE = Transform(np.eye(3), np.array([0.05, 0.0, 0.01]))
TOPOLOGIES = [Topology.load(name) for name in ("coco_17", "human_pose", "openpose_18", "person_box")]


@st.composite
def depth_images(draw):
    rng = np.random.default_rng(draw(st.integers(0, 2**32 - 1)))
    height, width = draw(st.sampled_from([(48, 64), (24, 32), (1, 1), (3, 200), (240, 320)]))
    kind = draw(st.sampled_from(["zero", "nan", "inf", "negative", "noise", "wall", "largest"]))
    depths = {
        "zero": np.zeros((height, width)),
        "nan": np.full((height, width), np.nan),
        "inf": np.full((height, width), np.inf),
        "negative": -rng.uniform(0, 5, (height, width)),
        "noise": rng.uniform(0, 9, (height, width)),
        "wall": np.full((height, width), rng.uniform(0.2, 9)),
        "largest": np.full((height, width), 65.535),
    }[kind]
    if draw(st.booleans()):
        with np.errstate(invalid="ignore"):
            image = np.nan_to_num(np.clip(1000 * depths, 0, 65535), nan=0).astype(np.uint16)
    else:
        image = depths.astype(np.float32)
    unit = 0.001 if image.dtype == np.uint16 else 1.0
    if draw(st.booleans()):
        return DepthImage(image, unit)
    model = draw(st.sampled_from(["none", "equidistant"]))
    camera = CameraModel.from_field_of_view(width, height, 70.0)
    if model == "equidistant":
        camera = CameraModel(width, height, camera.fx, camera.fy, camera.cx, camera.cy, model, (0.05, 0.0, 0.0, 0.0))
    return DepthImage(image, unit, camera, BESIDE)


@st.composite
def people(draw):
    rng = np.random.default_rng(draw(st.integers(0, 2**32 - 1)))
    topology, count = draw(st.sampled_from(TOPOLOGIES)), draw(st.integers(0, 4))
    keypoints = rng.uniform(-20, 90, (count, len(topology.keypoints), 3))
    keypoints[..., 2] = rng.random(keypoints.shape[:2])
    for value in draw(st.lists(st.sampled_from([np.nan, np.inf, -np.inf, 1e30]), max_size=4)):
        keypoints[rng.random(keypoints.shape) < 0.1] = value
    keypoints[rng.random(keypoints.shape[:2]) < 0.2] = np.nan, np.nan, 0
    return Poses(topology, keypoints, rng.random(count))


@settings(max_examples=300, deadline=None)
@given(people(), depth_images(), st.sampled_from([CAMERA, FISHEYE]))
def test_positions_are_in_front_of_the_camera_or_unknown(poses, depth, camera):
    found = locate(poses, depth, camera, DepthOptions(max_stddev=1.0))
    assert len(found) == len(poses)
    if found.positions is None:
        return
    known = np.isfinite(found.positions).all(axis=2)
    assert (known == np.isfinite(found.positions).any(axis=2)).all()
    assert (known == np.isfinite(found.position_stddevs)).all()
    assert (found.position_stddevs[known] > 0.01).all()
    # further behind or before a surface than a body reaches there is no joint
    assert (found.positions[known][:, 2] > 0.05).all()
    assert (found.positions[known][:, 2] < 12).all()
    assert not known[~poses.found].any()


@pytest.mark.parametrize("empty", [0, np.nan, np.inf])
def test_nothing_measured_is_nothing_known(empty):
    crowd = shots.crowd(seed=3, people=2)
    (shot,) = shots.film(crowd, shots.camera(), shots.looking())
    depth = DepthImage(np.full((480, 640), empty, np.float32), 1.0)
    poses = locate(shot.poses, depth, shots.camera(), DepthOptions())
    assert poses.found.any()
    assert np.isnan(poses.positions).all()
    assert np.isnan(poses.position_stddevs).all()


def test_a_wall_is_nobody():
    """A poster, or a person of glass: bones at that distance would be those of a giant or a doll."""
    crowd = shots.crowd(seed=3, people=3, distance=(2.0, 2.5), kinds=("stand", "wave"))
    (shot,) = shots.film(crowd, shots.camera(), shots.looking(), noise=0.0, wild=0.0)
    for distance in (0.4, 8.0):
        depth = DepthImage(np.full((480, 640), distance, np.float32), 1.0)
        poses = locate(shot.poses, depth, shots.camera(), DepthOptions(farthest=10.0))
        assert np.isnan(poses.positions).mean() > 0.95


def test_what_is_too_near_or_too_far_is_not_used():
    crowd = shots.crowd(seed=8, people=1, distance=(2.5, 2.6), spread=0.1, kinds=("stand",))
    (shot,) = shots.film(crowd, shots.camera(), shots.looking(), noise=0.0, missed=0.0, wild=0.0)
    depth = DepthImage(np.full((480, 640), np.median(shot.positions[..., 2]) - 0.05, np.float32), 1.0)
    assert np.isfinite(locate(shot.poses, depth, shots.camera(), DepthOptions()).positions).any()
    for options in (DepthOptions(farthest=2.0), DepthOptions(nearest=4.0)):
        assert np.isnan(locate(shot.poses, depth, shots.camera(), options).positions).all()


def test_scenes_that_tell_nothing():
    crowd = shots.crowd(seed=3, people=1)
    (shot,) = shots.film(crowd, shots.camera(), shots.looking())
    depth = DepthImage(np.full((480, 640), 3.0, np.float32), 1.0)
    locating = Locating()
    for scene in (Scene(), Scene(camera=shots.camera()), Scene(depth=depth)):
        assert locating.measure(shot.poses, scene).positions is None
    locating.depth = None
    assert locating.measure(shot.poses, Scene(shots.camera(), depth)).positions is None


def test_a_calibration_for_images_of_another_shape():
    depth = DepthImage(np.zeros((480, 640), np.uint16), 0.001, CameraModel.from_field_of_view(640, 400, 60.0), BESIDE)
    poses = Poses(TOPOLOGIES[0], np.full((1, 17, 3), 20.0), np.ones(1))
    with pytest.raises(ValueError, match="another shape"):
        locate(poses, depth, CAMERA, DepthOptions())
