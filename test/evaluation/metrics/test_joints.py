"""Distances of keypoints, PCK and PCKh by hand."""

import numpy as np
import pytest

from trt_pose_ros import Topology
from trt_pose_ros.evaluation.metrics.joints import JointErrors, by_joint, joint_errors

BODY = Topology("body", ("head_top", "neck", "hand"), ((0, 1), (1, 2)))


def entry(*points, **fields):
    return {"keypoints": [v for point in points for v in point], "bbox": [0, 0, 60, 100], **fields}


def test_distances_by_hand():
    person = entry((10, 0, 2), (10, 20, 2), (0, 0, 0))
    report = entry((13, 4, 0.9), (0, 0, 0), (5, 5, 0.4))
    errors = joint_errors(BODY, [person, person], [report, None])
    np.testing.assert_array_equal(errors.pixels, [[5, np.nan, np.nan], [np.nan] * 3])
    assert errors.labelled.tolist() == [[True, True, False]] * 2
    assert (errors.boxes.tolist(), errors.heads.tolist()) == ([100, 100], [20, 20])
    assert errors.counts() == {
        "labelled": 4, "measured": 1, "error_px": 5, "within_0.1": 1, "within_0.2": 1, "labelled_with_head": 4,
        "within_head": 1,
    }  # fmt: skip


def test_limits_are_shares_of_box_and_head():
    person = entry((0, 0, 2), (0, 20, 2), (50, 50, 2))
    report = entry((11, 0, 1), (0, 30, 1), (50, 70.5, 1))
    errors = joint_errors(BODY, [person], [report])
    assert errors.near(0.1).tolist() == [[False, True, False]]  # 11, 10 and 20.5 pixels of 100
    assert errors.near(0.2).tolist() == [[True, True, False]]
    assert errors.near_by_head().tolist() == [[False, True, False]]  # of 20


def test_a_heads_box_goes_before_its_keypoints_and_without_either_there_is_no_length():
    person = entry((0, 0, 2), (0, 20, 2), (0, 0, 0))
    boxed, headless = person | {"bbox_head": [0, 0, 30, 40]}, entry((0, 0, 0), (0, 20, 2), (0, 0, 0))
    heads = joint_errors(BODY, [boxed, person, headless], [None] * 3).heads
    assert heads[:2].tolist() == pytest.approx([30, 20])
    assert np.isnan(heads[2])


def test_by_joint_has_none_where_nothing_is_known():
    person = entry((10, 0, 2), (10, 20, 2), (0, 0, 0))
    near, far = entry((13, 4, 0.9), (0, 0, 0), (5, 5, 1)), entry((10, 25, 0.9), (0, 0, 0), (5, 5, 1))
    table = by_joint(BODY, joint_errors(BODY, [person, person, person], [near, far, None]))
    head = table["head_top"]
    assert (head["labelled"], head["count"], head["median"], head["mean"]) == (3, 2, 15, 15)
    assert head["pck"] == pytest.approx(1 / 3)
    assert table["neck"] == {"labelled": 3, "count": 0, "median": None, "mean": None, "pck": 0}
    assert table["hand"]["pck"] is None


def test_nobody_is_no_error():
    nobody = joint_errors(BODY, [], [])
    assert JointErrors.joined([nobody, nobody]).counts()["labelled"] == 0
    assert by_joint(BODY, nobody)["neck"]["mean"] is None
