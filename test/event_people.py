"""People for tests of events: upright bodies whose joints can be put elsewhere."""

import numpy as np

from trt_pose_ros.poses import Poses
from trt_pose_ros.topology import Topology

TOPOLOGY = Topology.load("human_pose")
SIZE = (640, 480)
# in body sizes from the middle of the hips, y down
UPRIGHT = {
    "nose": (0, -1.5),
    "neck": (0, -1),
    **{
        f"{side}_{joint}": (sign * x, y)
        for side, sign in (("left", 1), ("right", -1))
        for joint, x, y in (
            ("eye", 0.063, -1.55),
            ("ear", 0.15, -1.5),
            ("shoulder", 0.3, -1),
            ("elbow", 0.4, -0.4),
            ("wrist", 0.4, 0.1),
            ("hip", 0.2, 0),
            ("knee", 0.2, 0.85),
            ("ankle", 0.2, 1.7),
        )
    },
}


def body(x=300.0, y=240.0, size=80.0, score=0.9, without=(), **joints):
    """float32 [K, 3]: somebody whose hips are at (x, y) and whose shoulders are ``size`` pixels above.

    ``joints`` are put elsewhere, in body sizes from the hips; those in ``without`` are not seen.
    """
    places = {**UPRIGHT, **joints}
    made = np.array([[x + size * places[k][0], y + size * places[k][1], score] for k in TOPOLOGY.keypoints], np.float32)
    made[[TOPOLOGY.index(k) for k in without]] = (np.nan, np.nan, 0)
    return made


def people(*bodies, ids=None, **more):
    """Poses of some bodies, with identities that count up from 0."""
    ids = np.arange(len(bodies)) if ids is None else ids
    keypoints = np.array(bodies, np.float32).reshape(-1, len(TOPOLOGY.keypoints), 3)
    return Poses(TOPOLOGY, keypoints, np.full(len(keypoints), 0.9), np.asarray(ids), **more)


def seen(watch, images, start=0.0, step=0.1, **more):
    """All that a watch tells of images that follow each other."""
    told = []
    for i, poses in enumerate(images):
        told += watch.update(poses, start + i * step, size=SIZE, **more)
    return told
