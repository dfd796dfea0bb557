"""The generated episodes: that they are what they say, since figures are drawn from them."""

import numpy as np
import pytest
from events.episodes import SCENES, cabin
from events.episodes.actor import two_bones
from events.episodes.filming import PERFECT, Faults
from spatial.bodies import J


def lengths(joints, a, b):
    return np.linalg.norm(joints[:, :, J[a]] - joints[:, :, J[b]], axis=-1)


@pytest.mark.parametrize("scene", SCENES.values(), ids=SCENES)
def test_bones_keep_their_lengths(scene):
    joints = scene.episode(5, PERFECT).joints
    for bone in (("elbow", "wrist"), ("shoulder", "elbow"), ("hip", "knee"), ("knee", "ankle")):
        for side in ("left_", "right_"):
            of = lengths(joints, side + bone[0], side + bone[1])
            assert np.ptp(of, axis=0).max() < 1e-6


@pytest.mark.parametrize("scene", SCENES.values(), ids=SCENES)
def test_everything_follows_from_the_seed(scene):
    one, again, other = scene.episode(7), scene.episode(7), scene.episode(8)
    assert np.array_equal(one.joints, again.joints)
    for (_, a), (_, b) in zip(one.views[0].frames, again.views[0].frames, strict=True):
        assert np.array_equal(a.keypoints, b.keypoints, equal_nan=True)
    assert one.joints.shape != other.joints.shape or not np.array_equal(one.joints, other.joints)


def test_faults_have_their_shares():
    seen, found, errors = 0, 0, []
    for seed in range(6):
        view = cabin.episode(seed, Faults(lost=0, switched=0)).views[0]
        for t, (_, poses) in enumerate(view.frames):
            for person, track in enumerate(view.ids[t]):
                (rows,) = np.nonzero(poses.track_ids == track)
                keypoints = poses.keypoints[rows[0]] if len(rows) else np.zeros((17, 3))
                there = view.seen[t, person]
                seen += there.sum()
                found += (there & (keypoints[:, 2] > 0)).sum()
                errors += list(np.linalg.norm(keypoints[:, :2] - view.pixels[t, person], axis=1)[there])
    assert 0.17 < 1 - found / seen < 0.25
    errors = np.array(errors)
    errors = errors[np.isfinite(errors)]
    assert np.median(errors) > 1.0
    assert np.quantile(errors, 0.995) > 8 * np.median(errors)  # there are outliers


def test_perfect_joints_are_where_they_are():
    view = cabin.episode(3, PERFECT).views[1]
    for t, (_, poses) in enumerate(view.frames):
        for row, track in enumerate(poses.track_ids):
            at = view.seen[t, list(view.ids[t]).index(track)]
            assert np.allclose(poses.keypoints[row, at, :2], view.pixels[t, track - 1, at], atol=1e-3)
            assert not (poses.keypoints[row, ~at, 2] > 0).any()


def test_every_kind_happens_and_is_seen():
    happened = {}
    for scene in SCENES.values():
        for seed in range(30):
            episode = scene.episode(seed, PERFECT)
            for truth in episode.truths:
                for first, last in truth.intervals(episode.times, 1.0):
                    seen = any(truth.seen_by(view, first, last) for view in episode.views)
                    happened[truth.kind] = happened.get(truth.kind, 0) + seen
    assert set(happened) == {rule for scene in SCENES.values() for rule in scene.RULES}
    assert min(happened.values()) >= 2


def test_a_limb_that_cannot_reach_is_stretched():
    root, goal, pole = np.zeros((1, 3)), np.array([[5.0, 0, 0]]), np.array([[0, 0, -1.0]])
    middle, end = two_bones(root, goal, 0.3, 0.25, pole)
    assert np.linalg.norm(middle) == pytest.approx(0.3)
    assert np.linalg.norm(end - middle) == pytest.approx(0.25)
    assert np.linalg.norm(end) == pytest.approx(0.55, rel=0.01)
