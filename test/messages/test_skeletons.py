"""Messages of rosbags' classes: written to CDR and read back they are the people that they were made of."""

import math
from dataclasses import replace

import numpy as np
import pytest

pytest.importorskip("rosbags", reason="bags need the extra [replay]")

from trt_pose_ros import Topology
from trt_pose_ros.bags.types import message_types, typestore
from trt_pose_ros.geometry import CameraModel
from trt_pose_ros.messages.header import header
from trt_pose_ros.messages.images import bgr_to_compressed, bgr_to_image, encoded_image
from trt_pose_ros.messages.markers import marker_array, plane
from trt_pose_ros.messages.skeletons import read_skeletons, read_topology, skeleton_array, skeleton_topology
from trt_pose_ros.poses import LEFT_HAND, PERSON, Poses

TYPES = message_types()
TOPOLOGY = Topology.load("coco_17")
HEADER = header(5, "lens", TYPES)


def through_cdr(message):
    store, name = typestore(), message.__msgtype__
    return store.deserialize_cdr(store.serialize_cdr(message, name), name)


def people(random, **fields):
    keypoints = random.uniform(0, 500, (3, 17, 3)).astype(np.float32)
    keypoints[:, :, 2] /= 500
    keypoints[1, 4:] = math.nan, math.nan, 0
    return Poses(TOPOLOGY, keypoints, np.float32([0.9, 0.5, 0.25]), [4, -1, 0], **fields)


@pytest.mark.parametrize("in_space", [False, True])
def test_people_come_back(in_space):
    random = np.random.default_rng(0)
    fields = {"kinds": [PERSON, LEFT_HAND, PERSON], "owner_ids": [-1, 4, -1], "camera": "front"}
    if in_space:
        places = random.normal(size=(3, 17, 3)).astype(np.float32)
        places[0, 0] = math.nan
        fields |= {"positions": places, "position_stddevs": np.abs(places[:, :, 0]), "position_frame": "map"}
    poses = people(random, **fields)
    read = read_skeletons(through_cdr(skeleton_array(poses, HEADER, 640, 480, TYPES)), TOPOLOGY)
    for name in ("keypoints", "scores", "track_ids", "kinds", "owner_ids", "positions", "position_stddevs"):
        if getattr(poses, name) is None:
            assert getattr(read, name) is None
        else:
            np.testing.assert_array_equal(getattr(read, name), getattr(poses, name))
    assert (read.camera, read.position_frame) == ("front", "map" if in_space else "")


def test_who_is_known_by_a_box_alone_comes_back():
    poses = people(np.random.default_rng(0))
    keypoints = poses.keypoints.copy()
    keypoints[2] = math.nan, math.nan, 0
    boxed = replace(poses, keypoints=keypoints, detected_boxes=[[1, 2, 3, 4], [math.nan] * 4, [5, 6, 7, 8]])
    read = read_skeletons(through_cdr(skeleton_array(boxed, HEADER, 640, 480, TYPES)), TOPOLOGY)
    assert read.boxes()[2].tolist() == [5, 6, 7, 8]
    np.testing.assert_array_equal(read.boxes(), boxed.boxes())
    assert np.isnan(read.detected_boxes[:2]).all()  # of the others only that of the keypoints is told


def test_nobody_comes_back():
    assert len(read_skeletons(through_cdr(skeleton_array(Poses.empty(TOPOLOGY), HEADER, 1, 1, TYPES)), TOPOLOGY)) == 0


def test_people_of_another_topology_are_refused():
    message = skeleton_array(Poses.empty(TOPOLOGY), HEADER, 640, 480, TYPES)
    with pytest.raises(ValueError, match="topology 'coco_17' have other keypoints than topology 'human_pose'"):
        read_skeletons(message, Topology.load("human_pose"))
    message.skeletons = skeleton_array(people(np.random.default_rng(0)), HEADER, 640, 480, TYPES).skeletons
    message.skeletons[0].keypoints.pop()
    with pytest.raises(ValueError, match="3 skeletons have 50 keypoints, 17 each are expected"):
        read_skeletons(message, TOPOLOGY)


def test_a_topology_comes_back():
    read = read_topology(through_cdr(skeleton_topology(TOPOLOGY, TYPES)))
    assert (read.name, read.keypoints, read.links, read.swap) == (
        TOPOLOGY.name,
        TOPOLOGY.keypoints,
        TOPOLOGY.links,
        TOPOLOGY.swap,
    )
    np.testing.assert_allclose(read.sigmas, TOPOLOGY.sigmas, rtol=1e-6)


def test_markers_and_images_are_whole():
    poses = people(np.random.default_rng(1))
    camera = plane(640, 480)
    assert isinstance(camera, CameraModel)
    message = through_cdr(marker_array(poses, camera.rays(poses.keypoints[:, :, :2]), HEADER, TYPES, rays=True))
    assert [m.ns for m in message.markers] == ["", *["joints", "links", "labels", "rays"] * 3]
    assert [len(m.points) for m in message.markers if m.ns == "joints"] == [17, 4, 17]
    picture = np.random.default_rng(2).integers(0, 256, (6, 8, 3), np.uint8)
    for make in (bgr_to_image, lambda *given: bgr_to_compressed(*given, kind="png")):
        np.testing.assert_array_equal(encoded_image(through_cdr(make(picture, HEADER, TYPES))).bgr, picture)
