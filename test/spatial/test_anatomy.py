"""The anatomy of topologies against people as they are generated, whose proportions come from elsewhere."""

import numpy as np
import pytest
from spatial import shots
from spatial.bodies import TOPOLOGY

from trt_pose_ros import Topology
from trt_pose_ros.spatial.anatomy import anatomy


@pytest.mark.parametrize(("name", "bones"), [("coco_17", 22), ("human_pose", 25), ("openpose_18", 25)])
def test_bones_of_the_bundled_topologies(name, bones):
    topology = Topology.load(name)
    body = anatomy(topology)
    assert len(body.bones) == bones
    assert body.known.all()
    assert np.isfinite(body.farthest).all()
    assert (body.farthest == body.farthest.T).all()
    assert (body.nearest <= body.farthest).all()
    swap = list(topology.swap)
    np.testing.assert_allclose(body.farthest, body.farthest[swap][:, swap])
    assert sorted(body.order) == list(range(len(topology.keypoints)))


def test_generated_people_keep_to_it():
    body = anatomy(TOPOLOGY)
    crowd = shots.crowd(seed=0, people=60)
    statures = np.array([person.stature for person in crowd.bodies])[:, None]
    a, b = body.bones.T
    lengths = np.linalg.norm(crowd.joints[0][:, a] - crowd.joints[0][:, b], axis=-1) / statures
    assert ((lengths > 0.95 * body.nearest[a, b]) & (lengths < 1.05 * body.farthest[a, b])).mean() > 0.97
    np.testing.assert_allclose(np.median(lengths, axis=0), body.lengths, rtol=0.2)


def test_keypoints_of_no_body_are_left_out():
    body = anatomy(Topology("mixed", ("left_hip", "tail", "left_knee"), ((0, 2),)))
    assert body.known.tolist() == [True, False, True]
    assert body.order.tolist()[-1] == 1
    assert np.isinf(body.farthest[0, 1])
    assert not anatomy(Topology.load("person_box")).known.any()
