import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from trt_pose_ros import Topology
from trt_pose_ros.tracking.oks import body_sizes, distinct, oks, tolerances

SIGMAS = Topology.load("coco_17").sigmas
few = settings(max_examples=30, deadline=None, derandomize=True)


@few
@given(seed=st.integers(0, 10_000), most=st.floats(0.05, 0.95))
def test_distinct_people_by_the_definition(seed, most):
    """One by one, best first: out goes who is too much like one of those who stay."""
    random = np.random.default_rng(seed)
    bodies = random.uniform(0, 100, (3, 17, 2))
    xy = bodies[random.integers(0, 3, 8)] + random.normal(0, 6, (8, 17, 2))
    xy[random.random((8, 17)) < 0.2] = np.nan
    scores = random.random(8)
    kept = []
    for i in np.argsort(-scores):
        alike = [max(similarity(xy[i], xy[j]), similarity(xy[j], xy[i])) for j in kept]
        if not alike or max(alike) <= most:
            kept.append(i)
    assert distinct(xy, scores, SIGMAS, most).tolist() == kept


def similarity(one, other):
    return oks(one[None], other[None], tolerances(np.maximum(body_sizes(one[None]), 1), SIGMAS))[0, 0]


def test_nobody_and_people_without_keypoints():
    assert distinct(np.empty((0, 17, 2)), np.empty(0), SIGMAS, 0.5).tolist() == []
    assert distinct(np.full((2, 17, 2), np.nan), np.array([0.1, 0.2]), SIGMAS, 0.5).tolist() == [1, 0]
