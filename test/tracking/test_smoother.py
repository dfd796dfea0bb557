import math
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from trt_pose_ros import Poses, Topology
from trt_pose_ros.tracking import Smoother, SmootherOptions

TOPOLOGY = Topology.load("human_pose")
KEYPOINTS = len(TOPOLOGY.keypoints)
WRIST = TOPOLOGY.index("left_wrist")
# Somebody whose box has a diagonal of 1.
BODY = np.random.default_rng(7).uniform((0, 0), (0.3, 1), (KEYPOINTS, 2))
BODY /= np.linalg.norm(np.ptp(BODY, axis=0))
NOISE = 0.005  # of a keypoint, in body sizes: 1.5 px for somebody 300 px high


def one(xy, track_id=0):
    return Poses(TOPOLOGY, np.column_stack([xy, np.full(KEYPOINTS, 0.8)])[None], [0.9], [track_id])


def film(truth, size=300.0, fps=30, noise=NOISE, **options):
    """Smoothed and unsmoothed keypoints [T, K, 2] in body sizes of somebody at ``truth`` [T, K, 2]."""
    rng = np.random.default_rng(1)
    smoother = Smoother(TOPOLOGY, **options)
    seen = truth + noise * rng.standard_normal(truth.shape)
    smooth = [smoother.update(one(xy * size), i / fps).keypoints[0, :, :2] / size for i, xy in enumerate(seen)]
    return np.array(smooth), seen


def still(frames):
    return np.tile(BODY, (frames, 1, 1))


def waving(frames, fps, amplitude=0.1, frequency=2.0):
    truth = still(frames)
    truth[:, WRIST, 0] += amplitude * np.sin(2 * np.pi * frequency * np.arange(frames) / fps)
    return truth


def lag(smooth, truth, fps, frequency=2.0):
    """How far ``smooth`` [T] is behind the sine ``truth``, in seconds, by the phase of that frequency."""
    wave = np.exp(-2j * np.pi * frequency * np.arange(len(truth)) / fps)
    return -np.angle(np.sum((smooth - smooth.mean()) * wave) / np.sum((truth - truth.mean()) * wave)) / (
        2 * np.pi * frequency
    )


@pytest.mark.parametrize("size", [40.0, 300.0, 1500.0])
def test_jitter_of_somebody_still_falls_to_less_than_a_third_near_and_far(size):
    smooth, seen = film(still(300), size)
    assert seen[30:].std(axis=0).mean() / smooth[30:].std(axis=0).mean() > 3.5


@pytest.mark.parametrize("size", [40.0, 1500.0])
def test_a_waving_wrist_lags_less_than_a_frame_and_keeps_its_reach(size):
    truth = waving(300, fps=30)
    smooth, _ = film(truth, size)
    assert abs(lag(smooth[30:, WRIST, 0], truth[30:, WRIST, 0], fps=30)) < 0.8 / 30
    assert np.ptp(smooth[30:, WRIST, 0]) > 0.9 * np.ptp(truth[30:, WRIST, 0])


@settings(max_examples=20, deadline=None)
@given(st.floats(0.0, 3.0))
def test_somebody_who_walks_is_not_dragged(speed):
    truth = still(120) + np.arange(120)[:, None, None] / 30 * (speed, 0.0)
    smooth, _ = film(truth)
    assert (truth - smooth)[30:, :, 0].mean() < 0.015


def test_far_and_near_people_are_treated_alike():
    near, _ = film(waving(60, fps=30), 1024.0)
    far, _ = film(waving(60, fps=30), 64.0)
    np.testing.assert_allclose(near, far, atol=1e-5)


def test_the_first_image_is_not_changed():
    poses = one(BODY * 300)
    np.testing.assert_array_equal(Smoother(TOPOLOGY).update(poses, 5.0).keypoints, poses.keypoints)


def test_people_without_identity_stay_as_they_are():
    smoother = Smoother(TOPOLOGY)
    smoother.update(one(BODY * 300, track_id=-1), 0.0)
    poses = one(BODY * 300 + 4, track_id=-1)
    np.testing.assert_array_equal(smoother.update(poses, 0.1).keypoints, poses.keypoints)


def test_each_identity_has_its_own_filter():
    smoother = Smoother(TOPOLOGY)
    for frame in range(5):
        both = Poses(TOPOLOGY, np.concatenate([one(BODY * 300).keypoints, one(BODY * 300 + 500).keypoints]), [1, 1])
        order = [0, 1] if frame % 2 else [1, 0]
        both = replace(both[order], track_ids=np.array([7, 3])[order])
        np.testing.assert_allclose(smoother.update(both, frame / 30).keypoints, both.keypoints, rtol=1e-6)


def smooth_with_gap(gap):
    """x of a wrist that jumps by 5 px while missing for ``gap`` seconds; the x before and after are 0 and 5."""
    smoother = Smoother(TOPOLOGY, max_gap=0.3)
    body = BODY * 300
    body[WRIST, 0] = 0
    smoother.update(one(body), 0.0)
    smoother.update(one(body), 0.1)
    poses = one(body)
    poses.keypoints[0, WRIST] = (np.nan, np.nan, 0)
    for stamp in np.arange(0.15, 0.1 + gap - 1e-6, 0.05):
        hidden = smoother.update(poses, stamp)
        np.testing.assert_array_equal(hidden.keypoints[0, WRIST], poses.keypoints[0, WRIST])
    body[WRIST, 0] = 5
    return smoother.update(one(body), 0.1 + gap).keypoints[0, WRIST, 0]


def test_a_missing_keypoint_stays_missing_and_its_filter_lives_through_a_short_gap():
    assert 0 < smooth_with_gap(0.2) < 4.9


@pytest.mark.parametrize("broken", [(np.nan, 3, 0.8), (np.inf, 3, 0.8), (5, 5, 0)])
def test_a_keypoint_without_a_place_or_a_score_is_a_missing_one(broken):
    smoother = Smoother(TOPOLOGY)
    for frame in range(3):
        poses = one(BODY * 300 + frame)
        poses.keypoints[0, WRIST] = broken
        smooth = smoother.update(poses, frame / 30)
        np.testing.assert_array_equal(smooth.keypoints[0, WRIST], poses.keypoints[0, WRIST])
        assert np.isfinite(np.delete(smooth.keypoints, WRIST, axis=1)).all()


def test_the_filter_starts_anew_after_a_long_gap():
    assert smooth_with_gap(0.4) == 5


def test_a_person_away_for_longer_starts_anew():
    smoother = Smoother(TOPOLOGY, max_gap=0.3)
    smoother.update(one(BODY * 300), 0.0)
    smoother.update(Poses.empty(TOPOLOGY), 0.2)
    smoother.update(Poses.empty(TOPOLOGY), 0.4)
    back = one(BODY * 300 + 5)
    np.testing.assert_array_equal(smoother.update(back, 0.5).keypoints, back.keypoints)


@pytest.mark.parametrize("stamp", [10.0, 9.99, 0.0])
def test_time_that_does_not_advance_starts_anew(stamp):
    smoother = Smoother(TOPOLOGY)
    smoother.update(one(BODY * 300), 10.0)
    poses = one(BODY * 300 + 5)
    np.testing.assert_array_equal(smoother.update(poses, stamp).keypoints, poses.keypoints)


def test_the_frame_rate_may_vary():
    """Seconds count, not images: two images at once as far as one of the same time."""
    smooth = []
    for stamps in ([0.0, 0.2], [0.0, 0.1, 0.2]):
        smoother = Smoother(TOPOLOGY, beta=0.0)
        for stamp in stamps:
            last = smoother.update(one(BODY * 300 + 5 * (stamp > 0)), stamp)
        smooth.append(last.keypoints[0, 0, 0] - BODY[0, 0] * 300)
    assert smooth[0] == pytest.approx(smooth[1], abs=0.6)


def test_options_change_live():
    smoother = Smoother(TOPOLOGY)
    smoother.update(one(BODY * 300), 0.0)
    smoother.options = replace(smoother.options, min_cutoff=100.0)
    assert smoother.update(one(BODY * 300 + 5), 0.1).keypoints[0, 0, 0] == pytest.approx(BODY[0, 0] * 300 + 5, abs=0.1)


@settings(max_examples=25, deadline=None)
@given(st.integers(0, 10_000))
def test_only_places_of_tracked_people_change(seed):
    rng = np.random.default_rng(seed)
    smoother = Smoother(TOPOLOGY)
    for frame in range(6):
        crowd = rng.integers(0, 5)
        keypoints = rng.uniform(0, 1, (crowd, KEYPOINTS, 3)) * (640, 480, 1)
        keypoints[rng.random((crowd, KEYPOINTS)) < 0.3] = (np.nan, np.nan, 0)
        track_ids = rng.permutation(9)[:crowd] - 1
        positions = rng.normal(size=keypoints.shape)
        positions[rng.random((crowd, KEYPOINTS)) < 0.3] = np.nan
        poses = Poses(TOPOLOGY, keypoints, rng.random(crowd), track_ids, positions)
        smooth = smoother.update(poses, frame / 10)
        np.testing.assert_array_equal(smooth.track_ids, poses.track_ids)
        np.testing.assert_array_equal(smooth.scores, poses.scores)
        np.testing.assert_array_equal(np.isnan(smooth.positions), np.isnan(poses.positions))
        np.testing.assert_array_equal(smooth.positions[track_ids < 0], poses.positions[track_ids < 0])
        np.testing.assert_array_equal(smooth.keypoints[..., 2], poses.keypoints[..., 2])
        np.testing.assert_array_equal(np.isnan(smooth.keypoints), np.isnan(poses.keypoints))
        np.testing.assert_array_equal(smooth.keypoints[track_ids < 0], poses.keypoints[track_ids < 0])


def test_positions_are_smoothed_as_the_image_is():
    # the same jitter, once in pixels and once in space, of a body of 300 pixels and of 1.5 m
    rng = np.random.default_rng(0)
    smoother, body = Smoother(TOPOLOGY), np.c_[BODY, np.zeros(len(BODY))]
    pixels, metres = [], []
    for frame in range(60):
        jitter = rng.normal(scale=0.005, size=BODY.shape)
        poses = one((BODY + jitter) * 300)
        positions = 1.5 * (body + np.c_[jitter, np.zeros(len(BODY))]) + (0, 0, 3)
        smooth = smoother.update(replace(poses, positions=positions[None]), frame / 30)
        pixels.append(smooth.keypoints[0, :, :2] / 300)
        metres.append(smooth.positions[0, :, :2] / 1.5)
    np.testing.assert_allclose(metres, pixels, atol=1e-4)
    assert np.std(metres[10:], axis=0).mean() < 0.5 * 0.005


@pytest.mark.parametrize("stddev", [0.03, 0.1])
def test_noise_of_the_depth_does_not_open_the_filter_and_costs_no_more_than_itself(stddev):
    """Somebody stands for three seconds, then walks on at 1 m/s; depth is noisy, and says so."""
    rng = np.random.default_rng(2)
    body = np.c_[1.5 * BODY, np.zeros(len(BODY))] + (0, 0, 3)
    told, silent, truth, seen = [], [], [], []
    smoothers = Smoother(TOPOLOGY), Smoother(TOPOLOGY)
    for frame in range(180):
        truth.append(body + np.array((0, 0, max(0, frame - 90) / 30)))
        seen.append(truth[-1] + rng.normal(size=body.shape) * (0.005, 0.005, stddev))
        poses = replace(one(BODY * 300), positions=seen[-1][None])
        known = replace(poses, position_stddevs=np.full((1, len(BODY)), stddev))
        for smoother, people, kept in zip(smoothers, (known, poses), (told, silent), strict=True):
            kept.append(smoother.update(people, frame / 30).positions[0])
    still, told, silent = slice(30, 90), np.array(told) - truth, np.array(silent) - truth
    noise = (np.array(seen) - truth)[still].std(axis=(0, 1))
    assert (told[still].std(axis=(0, 1)) < noise / 2.5).all()
    assert told[still, :, 2].std() < silent[still, :, 2].std() / 2
    assert np.abs(told[120:, :, 2].mean()) < stddev


@pytest.mark.parametrize(("missing", "starts_anew"), [(5, False), (12, True)])
def test_a_gap_in_space_alone_is_one_in_space_alone(missing, starts_anew):
    """The keypoint stays in the image while its depth is a hole for ``missing`` frames of 30 Hz; max_gap is 0.3 s."""
    rng = np.random.default_rng(1)
    smoother, places = Smoother(TOPOLOGY), np.c_[1.5 * BODY, np.zeros(len(BODY))] + (0, 0, 3)
    for frame in range(60):
        measured = places + rng.normal(scale=0.005, size=places.shape)
        if 30 <= frame < 30 + missing:
            measured[4] = np.nan
        poses = replace(one(BODY * 300), positions=measured[None], position_stddevs=np.full((1, len(BODY)), 0.005))
        smooth = smoother.update(poses, frame / 30)
        assert np.isnan(smooth.positions[0, 4]).all() == (30 <= frame < 30 + missing)
        np.testing.assert_array_equal(smooth.position_stddevs, poses.position_stddevs)
        if frame == 30 + missing:
            as_measured = np.abs(smooth.positions[0, 4] - measured[4]).max() < 1e-6
            assert as_measured == starts_anew
            assert np.abs(smooth.positions[0, 4] - places[4]).max() < 0.03


@pytest.mark.parametrize("name", ["min_cutoff", "beta", "still_speed", "derivative_cutoff", "max_gap"])
@pytest.mark.parametrize("value", [-1, 1e9, math.nan])
def test_a_wrong_option_is_refused_by_name_and_value(name, value):
    with pytest.raises(ValueError, match=f"{name} is {value!r}, must be"):
        SmootherOptions.of(**{name: value})


@pytest.mark.parametrize("stamp", [math.nan, math.inf])
def test_a_stamp_that_is_no_time_is_refused(stamp):
    with pytest.raises(ValueError, match="stamp must be a finite number"):
        Smoother(TOPOLOGY).update(one(BODY), stamp)


def test_another_topology_is_refused():
    with pytest.raises(ValueError, match=r"human_pose.*coco_17"):
        Smoother(TOPOLOGY).update(Poses.empty(Topology.load("coco_17")), 0.0)
