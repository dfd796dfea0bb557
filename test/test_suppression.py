import numpy as np
from hypothesis import given
from hypothesis import strategies as st
from oracles import one_stage as oracle

from trt_pose_ros.suppression import best_boxes


def crowd(seed, count):
    """``count`` boxes close together, and scores of which no two are alike."""
    random = np.random.default_rng(seed)
    corners = random.random((count, 2)) * 40
    return np.c_[corners, corners + 5 + random.random((count, 2)) * 40], random.permutation(count) / (count + 1) + 0.01


@given(st.integers(0, 2**32 - 1), st.integers(0, 80), st.floats(0.0, 1.0))
def test_agrees_with_the_slow_reference(seed, count, overlap):
    boxes, scores = crowd(seed, count)
    assert best_boxes(boxes, scores, overlap).tolist() == oracle.best_ones(boxes, scores, overlap)


def test_only_so_many_of_the_best_are_looked_at():
    boxes, scores = crowd(0, 80)
    assert best_boxes(boxes, scores, 1.0, most=10).tolist() == np.argsort(-scores)[:10].tolist()


def test_boxes_that_are_no_numbers_are_left_out():
    boxes, scores = crowd(1, 4)
    boxes[0, 2], boxes[3, 0] = np.nan, np.inf
    assert sorted(best_boxes(boxes, scores, 1.0).tolist()) == [1, 2]
    assert best_boxes(boxes[:1], scores[:1], 1.0).tolist() == []
