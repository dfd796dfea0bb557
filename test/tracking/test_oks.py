import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from trt_pose_ros import Topology
from trt_pose_ros.tracking.oks import body_sizes, distinct, tolerances

SIGMAS = Topology.load("coco_17").sigmas
few = settings(max_examples=30, deadline=None, derandomize=True)


@few
@given(seed=st.integers(0, 10_000), most=st.floats(0.05, 0.95))
def test_distinct_people_by_the_definition(seed, most):
    """One by one, best first: out goes who is too much like one of those who stay, to go by what both are sure of."""
    random = np.random.default_rng(seed)
    bodies = random.uniform(0, 100, (3, 17, 2))
    keypoints = np.dstack([bodies[random.integers(0, 3, 8)] + random.normal(0, 6, (8, 17, 2)), random.random((8, 17))])
    keypoints[random.random((8, 17)) < 0.2] = (np.nan, np.nan, 0)
    scores = random.random(8)
    kept = []
    for i in np.argsort(-scores):
        alike = [max(similarity(keypoints[i], keypoints[j]), similarity(keypoints[j], keypoints[i])) for j in kept]
        if not alike or max(alike) <= most:
            kept.append(i)
    assert distinct(keypoints, scores, SIGMAS, most).tolist() == kept


def similarity(one, other):
    variances = tolerances(np.maximum(body_sizes(one[None, :, :2]), 1), SIGMAS)[0]
    total = weight = 0.0
    for a, b, variance in zip(one, other, variances, strict=True):
        if not np.isnan(a + b).any():
            certainty = (a[2] * b[2]) ** 2
            total += certainty * np.exp(-((a - b)[:2] ** 2).sum() / (2 * variance))
            weight += certainty
    return total / weight if weight else 0.0


def test_doubtful_keypoints_say_nothing():
    """The same arm twice, the second time in a body that the network had to place somewhere."""
    body = np.dstack([np.random.default_rng(0).uniform(0, 100, (1, 17, 2)), np.full((1, 17), 0.9)])[0]
    ghost = body.copy()
    ghost[4:, 0] += 500
    ghost[4:, 2] = 0.1
    assert distinct(np.stack([body, ghost]), np.array([0.9, 0.6]), SIGMAS, 0.55).tolist() == [0]
    ghost[4:, 2] = 0.9
    assert distinct(np.stack([body, ghost]), np.array([0.9, 0.6]), SIGMAS, 0.55).tolist() == [0, 1]


def test_nobody_and_people_without_keypoints():
    assert distinct(np.empty((0, 17, 3)), np.empty(0), SIGMAS, 0.5).tolist() == []
    nothing = np.tile(np.float64((np.nan, np.nan, 0)), (2, 17, 1))
    assert distinct(nothing, np.array([0.1, 0.2]), SIGMAS, 0.5).tolist() == [1, 0]
