import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from trt_pose_ros import Poses, Topology
from trt_pose_ros.boxes import body_boxes, box_poses, overlaps

few = settings(max_examples=50, deadline=None, derandomize=True)
SEEDS = st.integers(0, 10_000)


def boxes(random, count):
    low = random.uniform(-50, 500, (count, 2))
    return np.concatenate([low, low + random.uniform(0.1, 300, (count, 2))], axis=1)


@few
@given(seed=SEEDS)
def test_overlap_by_the_definition(seed):
    random = np.random.default_rng(seed)
    some, others = boxes(random, 4), boxes(random, 3)
    result = overlaps(some, others)
    for a, b in np.ndindex(4, 3):
        x0, y0 = np.maximum(some[a, :2], others[b, :2])
        x1, y1 = np.minimum(some[a, 2:], others[b, 2:])
        common = max(x1 - x0, 0) * max(y1 - y0, 0)
        areas = [(box[2] - box[0]) * (box[3] - box[1]) for box in (some[a], others[b])]
        np.testing.assert_allclose(result[a, b], common / (sum(areas) - common), rtol=1e-9, atol=1e-12)
    np.testing.assert_allclose(np.diag(overlaps(some, some)), 1)


def test_bodies_reach_beyond_their_keypoints_and_boxes_do_not():
    topology = Topology("t", ("a", "b", "c"), ())
    missing = (np.nan, np.nan, 0)
    people = Poses(topology, [[(10, 20, 1), (30, 60, 1), missing], [missing, missing, missing]], [1, 1])
    found = body_boxes(people)
    np.testing.assert_allclose(found[0], [10 - 3.2, 20 - 6, 30 + 3.2, 60 + 4])
    assert np.isnan(found[1]).all()
    given_box = np.array([[1.0, 2.0, 3.0, 4.0]])
    np.testing.assert_allclose(body_boxes(box_poses(given_box, np.ones(1))), given_box)


def test_the_detected_box_is_the_body_and_the_keypoints_stand_in():
    topology = Topology("t", ("a", "b"), ())
    missing = (np.nan, np.nan, 0)
    nothing = [np.nan] * 4
    people = Poses(
        topology,
        [[(10, 20, 1), (30, 60, 1)], [(10, 20, 1), (30, 60, 1)], [missing, missing], [missing, missing]],
        np.ones(4),
        detected_boxes=[[5, 5, 40, 70], nothing, [1, 2, 3, 4], nothing],
    )
    found = body_boxes(people)
    np.testing.assert_allclose(found[:3], [[5, 5, 40, 70], [6.8, 14, 33.2, 64], [1, 2, 3, 4]], rtol=1e-6)
    assert np.isnan(found[3]).all()
