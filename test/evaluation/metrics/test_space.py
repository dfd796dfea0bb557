"""Distances in space: by hand, and what alignment may change."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.optimize import minimize
from scipy.spatial.transform import Rotation

from trt_pose_ros import Topology
from trt_pose_ros.evaluation.entries import position_error
from trt_pose_ros.evaluation.metrics.space import aligned, frames_differ, space_counts

BODY = Topology("body", ("nose", "left_hip", "right_hip", "neck"), ())
PLACES = [[0, -1, 4], [0.1, 0, 4], [-0.1, 0, 4], [0, -0.7, 4.1]]


def moved(places, by):
    return [None if p is None else (np.array(p) + by).tolist() for p in places]


def test_a_body_too_near_is_wrong_as_it_is_but_not_in_shape():
    sums = space_counts(BODY, [{"positions": PLACES}], [{"positions": moved(PLACES, (0, 0, 0.2))}])
    assert sums["mpjpe"] / sums["mpjpe_joints"] == pytest.approx(200)
    assert sums["root_mpjpe"] == pytest.approx(0, abs=1e-9)
    assert sums["pa_mpjpe"] == pytest.approx(0, abs=1e-9)
    assert sums["mpjpe_joints"] == sums["root_mpjpe_joints"] == sums["pa_mpjpe_joints"] == 4


def test_only_joints_that_both_have_are_compared():
    truth = {"positions": [PLACES[0], None, None, PLACES[3]]}
    sums = space_counts(BODY, [truth], [{"positions": moved(PLACES, (0.3, 0, 0.4))}])
    assert (sums["mpjpe_joints"], sums["root_mpjpe_joints"], sums["pa_mpjpe_joints"]) == (2, 0, 0)
    assert sums["mpjpe"] == pytest.approx(2 * 500)


def test_without_positions_on_both_sides_there_is_no_figure():
    known = {"positions": PLACES}
    assert space_counts(BODY, [{}, known, known], [known, None, {"positions": [None] * 4}]) is None


@settings(max_examples=40, deadline=None)
@given(st.integers(0, 2**32 - 1))
def test_alignment_undoes_turns_shifts_and_scales(seed):
    rng = np.random.default_rng(seed)
    points = rng.normal(size=(rng.integers(4, 18), 3))
    turned = rng.uniform(0.2, 5) * points @ Rotation.random(random_state=seed).as_matrix() + rng.normal(size=3)
    np.testing.assert_allclose(aligned(turned, points), points, atol=1e-9)


def test_alignment_is_the_best_there_is_and_never_mirrors():
    rng = np.random.default_rng(3)
    target = rng.normal(size=(12, 3))
    points = target * (-1, 1, 1) + rng.normal(0, 0.1, target.shape)  # a mirror image would fit far better

    def error(how):
        turn = Rotation.from_rotvec(how[:3]).as_matrix()
        return np.square(np.exp(how[3]) * points @ turn.T + how[4:] - target).sum()

    starts = [np.concatenate([rng.normal(size=3), [0], np.zeros(3)]) for _ in range(8)]
    best = min(minimize(error, start).fun for start in starts)
    assert np.square(aligned(points, target) - target).sum() == pytest.approx(best, rel=1e-4)
    assert best > 1


def test_positions_in_different_frames_are_not_compared():
    here, map_frame = {"positions": PLACES}, {"positions": PLACES, "position_frame": "map"}
    assert space_counts(BODY, [here], [map_frame]) is None
    assert space_counts(BODY, [map_frame], [map_frame])["mpjpe"] == 0
    assert frames_differ(here, map_frame)
    assert not frames_differ(here, None)
    assert not frames_differ({}, map_frame)


@pytest.mark.parametrize(
    ("positions", "why"),
    [
        (PLACES[:3], "one for each of 4 keypoints"),
        ([*PLACES[:3], [1, 2]], "null, or x, y, z in metres"),
        ([*PLACES[:3], "here"], "null, or x"),
        ([*PLACES[:3], [1, 2, float("nan")]], "null, or x"),
        ("here", "one for each of 4 keypoints"),
    ],
)
def test_positions_that_are_none_are_named(positions, why):
    with pytest.raises(ValueError, match=f"a person in image 7: its position.*{why}"):
        space_counts(BODY, [{"positions": PLACES}], [{"positions": positions, "image_id": 7}])
    assert position_error({"positions": positions}, 4)
    assert not position_error({"positions": PLACES}, 4)
    assert "name of a coordinate frame" in position_error({"positions": PLACES, "position_frame": 3}, 4)
