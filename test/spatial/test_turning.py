from dataclasses import replace

import cv2
import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from trt_pose_ros import Poses, Topology
from trt_pose_ros.geometry import CameraModel
from trt_pose_ros.poses import RAY_RELATIVE, ROOT_RELATIVE
from trt_pose_ros.spatial import Locating, Scene
from trt_pose_ros.spatial.turning import turned

COCO = Topology.load("coco_17")
CAMERA = CameraModel.from_field_of_view(640, 480, 70.0)


def seen(roots, bodies):
    """People of ``bodies`` [P, 17, 3] about ``roots`` [P, 3], with positions as cameras see them that look at each."""
    left, right = COCO.index("left_hip"), COCO.index("right_hip")
    bodies = bodies - (bodies[:, [left]] + bodies[:, [right]]) / 2
    positions = []
    for root, body in zip(roots, bodies, strict=True):
        axis = np.cross((0, 0, 1), root)
        angle = np.arctan2(np.linalg.norm(axis), root[2])
        rotation = cv2.Rodrigues(angle * axis / max(np.linalg.norm(axis), 1e-12))[0]
        positions.append(body @ rotation)  # the inverse rotation
    keypoints = np.concatenate([CAMERA.project(bodies + roots[:, None]), np.ones((len(roots), 17, 1))], axis=2)
    poses = Poses(COCO, keypoints, np.ones(len(roots)), positions=positions, position_frame=RAY_RELATIVE)
    return poses, bodies


@settings(max_examples=30, deadline=None, derandomize=True)
@given(seed=st.integers(0, 10_000))
def test_bodies_are_turned_back_by_the_direction_in_which_their_roots_are_seen(seed):
    random = np.random.default_rng(seed)
    roots = random.uniform((-2, -1, 3), (2, 1, 6), (4, 3))
    poses, bodies = seen(roots, random.normal(0, 0.05, (4, 17, 3)))  # so small that perspective hardly shows
    found = turned(poses, CAMERA)
    assert found.position_frame == ROOT_RELATIVE
    np.testing.assert_allclose(found.positions, bodies, atol=2e-3)


def test_without_hips_the_middle_of_the_box_counts_and_without_anything_nothing_is_turned():
    roots = np.array([(1.5, 0.2, 3.0)])
    poses, bodies = seen(roots, np.random.default_rng(0).normal(0, 0.02, (1, 17, 3)))
    hips = [COCO.index("left_hip"), COCO.index("right_hip")]
    keypoints = poses.keypoints.copy()
    keypoints[:, hips] = (np.nan, np.nan, 0)
    found = turned(replace(poses, keypoints=keypoints), CAMERA)
    np.testing.assert_allclose(found.positions, bodies, atol=3e-3)
    keypoints[:] = (np.nan, np.nan, 0)
    np.testing.assert_allclose(
        turned(replace(poses, keypoints=keypoints), CAMERA).positions, poses.positions, atol=1e-6
    )


def test_locating_tells_where_such_bodies_are():
    random = np.random.default_rng(0)
    roots = np.array([(1.6, 0.1, 3.0), (-0.5, 0.0, 4.0)])
    poses, bodies = seen(roots, random.uniform((-0.3, -0.8, -0.2), (0.3, 0.8, 0.2), (2, 17, 3)))
    found = Locating().measure(poses, Scene(CAMERA))
    assert found.position_frame == ""
    errors = np.linalg.norm(found.positions - bodies - roots[:, None], axis=2)
    assert errors.max() < 0.15  # where the hips are in the image is not quite the direction of their middle
    assert Locating().measure(poses, Scene()).positions is None


def test_without_a_camera_the_axes_are_taken_for_the_cameras_own_and_others_stay():
    poses, _ = seen(np.array([(1.0, 0.0, 3.0)]), np.zeros((1, 17, 3)))
    assert turned(poses, None).position_frame == ROOT_RELATIVE
    absolute = replace(poses, position_frame="")
    assert turned(absolute, CAMERA) is absolute
    nothing = replace(poses, positions=None)
    assert turned(nothing, CAMERA) is nothing
    assert len(turned(poses[[]], CAMERA)) == 0
