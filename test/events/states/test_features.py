"""Features are the same wherever somebody is and however large; what is missing is unknown, never zero."""

import numpy as np
import pytest
from events.states.people_in_states import TOPOLOGY, body
from hypothesis import given, settings
from hypothesis import strategies as st

from trt_pose_ros.events.states import Features
from trt_pose_ros.events.states.features import MOMENTS, all_keypoints, mirrored
from trt_pose_ros.events.states.layouts import BODY, HAND, LAYOUTS, layout_of
from trt_pose_ros.topology import Topology

BODIES = Features("body", BODY.keypoints, window=1.0)
STILL = Features("body", BODY.keypoints, window=0.0)
HANDS = Features("hand", all_keypoints(HAND), window=0.0)
INDEX = [TOPOLOGY.keypoints.index(name) for name in BODY.keypoints]
numbers = st.floats(-1e5, 1e5)


def window(state="waving", moments=MOMENTS):
    return np.stack([body(state, 0.7 * i)[INDEX] for i in range(moments)])[None]


def hand(seed):
    points = np.random.default_rng(seed).normal(0, 30, (1, 1, 21, 3))
    points[..., 2] = 1.0
    return points


def moved(keypoints, scale, x, y):
    return np.concatenate([keypoints[..., :2] * scale + (x, y), keypoints[..., 2:]], axis=-1)


@settings(deadline=None)
@given(st.floats(0.05, 50), numbers, numbers)
def test_the_same_wherever_and_however_large(scale, x, y):
    for features, keypoints in ((BODIES, window()), (STILL, window(moments=1)), (HANDS, hand(0))):
        there = features(moved(keypoints, scale, x, y))
        np.testing.assert_allclose(there, features(keypoints), atol=1e-4)


@settings(deadline=None)
@given(st.floats(0, 2 * np.pi), st.booleans(), st.integers(0, 100))
def test_a_hand_is_the_same_turned_and_mirrored(angle, mirror, seed):
    turn = np.array([[np.cos(angle), -np.sin(angle)], [np.sin(angle), np.cos(angle)]]) @ np.diag(
        [-1 if mirror else 1, 1]
    )
    turned = hand(seed)
    turned[..., :2] = turned[..., :2] @ turn.T
    np.testing.assert_allclose(HANDS(turned), HANDS(hand(seed)), atol=1e-4)


def test_a_body_is_another_one_lying_and_mirrored():
    lying = window()
    lying[..., :2] = lying[..., 1::-1]
    assert np.abs(BODIES(lying) - BODIES(window())).max() > 0.5
    assert np.abs(BODIES(mirrored(window(), BODY.keypoints)) - BODIES(window())).max() > 0.5


def test_mirrored_twice_is_the_same():
    once = mirrored(window(), BODY.keypoints)
    np.testing.assert_allclose(mirrored(once, BODY.keypoints), window())
    # the left wrist that waves is the right one in the mirror
    right, left = BODY.keypoints.index("right_wrist"), BODY.keypoints.index("left_wrist")
    np.testing.assert_allclose(once[..., right, 0], -window()[..., left, 0])


def test_how_many_there_are():
    for features, keypoints in ((BODIES, window()), (STILL, window(moments=1)), (HANDS, hand(0))):
        assert features(keypoints).shape == (1, features.count)
        assert np.isfinite(features(keypoints)).all()
    assert BODIES(np.empty((0, MOMENTS, 13, 3))).shape == (0, BODIES.count)


@settings(deadline=None)
@given(st.lists(st.integers(0, 12), max_size=3, unique=True), st.integers(0, 3))
def test_a_missing_keypoint_leaves_the_features_of_the_others_as_they_are(missing, how):
    whole, partly = BODIES(window()), window()
    for k in missing:
        partly[:, :, k] = [(np.nan, np.nan, 0), (0, 0, 0), (5, 5, 0.05), (np.inf, 0, 0.9)][how]
    told = BODIES(partly)
    np.testing.assert_array_equal(np.isnan(told).any(), bool(missing))
    assert not np.isnan(told).all()
    names = [BODY.keypoints[k] for k in missing]
    if not {"left_hip", "right_hip", "left_shoulder", "right_shoulder"} & set(names):
        known = ~np.isnan(told)
        np.testing.assert_allclose(told[known], whole[known], atol=1e-5)


def test_too_much_that_is_missing_makes_all_unknown():
    few = window()
    few[:, :, :4, 2] = 0  # 4 of 13 are more than 0.3
    assert np.isnan(BODIES(few)).all()
    assert not np.isnan(BODIES.changed(max_missing=0.5)(few)).all()


def test_somebody_seen_for_less_than_half_of_the_window_is_unknown():
    new = window()
    new[:, : MOMENTS // 2 + 1, :, 2] = 0
    assert np.isnan(BODIES(new)).all()
    new = window()
    new[:, : MOMENTS // 2, :, 2] = 0
    assert not np.isnan(BODIES(new)).all()


def test_a_hand_without_size_is_unknown():
    points = hand(0)
    missing = [HANDS.keypoints.index(name) for name in ("wrist", "index_mcp")]  # no limb is whole
    points[:, :, missing, 2] = 0
    assert np.isnan(HANDS(points)).all()


def test_everything_in_one_place_has_no_size_and_is_unknown():
    flat = window()
    flat[..., :2] = 3.0
    assert np.isnan(BODIES(flat)).all()


@settings(max_examples=40, deadline=None)
@given(st.data())
def test_whatever_comes_is_finite_or_unknown(data):
    value = st.floats(width=32) | st.sampled_from([np.nan, np.inf, -np.inf, 3.4e38, 1e-40])
    flat = data.draw(st.lists(value, min_size=39, max_size=39))
    told = STILL(np.array(flat).reshape(1, 1, 13, 3))
    assert not np.isinf(told).any()


def test_the_mean_over_the_window_takes_out_noise():
    rng = np.random.default_rng(1)
    noisy = np.repeat(window("standing"), 200, axis=0)
    noisy[..., :2] += rng.normal(0, 2, noisy[..., :2].shape)
    still = STILL(noisy[:, :1])[:, :78].std(axis=0).mean()
    assert BODIES(noisy)[:, :78].std(axis=0).mean() < 0.6 * still


@pytest.mark.parametrize(
    ("wrong", "told"),
    [
        ({"keypoints": ("left_hip", "tail")}, "tail"),
        ({"keypoints": ("nose", "left_wrist")}, "left_hip and right_hip"),
        ({"layout": "cat"}, "one of body, hand"),
        ({"window": -1.0}, "at least 0"),
        ({"keypoints": ("left_hip", "right_hip", "left_hip")}, "different"),
    ],
)
def test_wrong_options_are_named(wrong, told):
    with pytest.raises(ValueError, match=told):
        BODIES.changed(**wrong)


def test_another_shape_is_refused():
    with pytest.raises(ValueError, match="expected"):
        BODIES(window()[:, :3])


def test_layouts_fit_the_topologies():
    for name in ("coco_17", "human_pose", "openpose_18", "blazepose_33"):
        assert layout_of(Topology.load(name)) == "body"
    assert layout_of(Topology("hand_21", all_keypoints(HAND), ())) == "hand"
    with pytest.raises(ValueError, match="neither a body's nor a hand's"):
        layout_of(Topology("box", ("top", "bottom"), ()))
    for layout in LAYOUTS.values():
        named = {n for limb in layout.limbs for n in limb[:2]} | {n for angle in layout.angles for n in angle}
        assert named <= set(all_keypoints(layout))
