import math
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from trt_pose_ros import Poses, Topology
from trt_pose_ros.tracking import Tracker, TrackerOptions

TOPOLOGY = Topology.load("human_pose")
KEYPOINTS = len(TOPOLOGY.keypoints)
# Somebody 100 px high and 40 px wide, around (0, 0).
BODY = np.random.default_rng(7).uniform((-20, -50), (20, 50), (KEYPOINTS, 2))


def person(x, y=0.0, scale=1.0, seed=None):
    """[K, 3] at (x, y); ``seed`` shifts the keypoints a little, each in its own way."""
    xy = BODY * scale + (x, y)
    if seed is not None:
        xy = xy + np.random.default_rng(seed).normal(0, 0.5 * scale, xy.shape)
    return np.column_stack([xy, np.full(KEYPOINTS, 0.8)])


def people(*keypoints, scores=None):
    keypoints = np.array(keypoints, np.float32).reshape(-1, KEYPOINTS, 3)
    return Poses(TOPOLOGY, keypoints, np.full(len(keypoints), 0.8) if scores is None else scores)


def ids(tracker, poses, stamp):
    return tracker.update(poses, stamp).track_ids.tolist()


def follow(tracker, *places, frames=5, start=0.0, step=1 / 30):
    """People stand at ``places``; the ids in the last of ``frames`` images."""
    for frame in range(frames):
        given = ids(tracker, people(*(person(x) for x in places)), start + frame * step)
    return given


def test_an_identity_comes_after_min_hits_images_in_a_row_and_stays():
    tracker = Tracker(TOPOLOGY, min_hits=3)
    seen = [ids(tracker, people(person(0)), frame / 30) for frame in range(6)]
    assert seen == [[-1], [-1], [0], [0], [0], [0]]


def test_min_hits_of_one_gives_the_identity_at_once():
    assert ids(Tracker(TOPOLOGY, min_hits=1), people(person(0), person(300)), 0) == [0, 1]


def test_a_ghost_of_one_image_gets_no_identity_and_is_forgotten():
    tracker = Tracker(TOPOLOGY, min_hits=2)
    assert ids(tracker, people(person(0)), 0.0) == [-1]
    assert ids(tracker, people(), 0.1) == []
    assert ids(tracker, people(person(0)), 0.2) == [-1]


@pytest.mark.parametrize(("gap", "same"), [(1.9, True), (2.1, False)])
def test_max_age_counts_seconds(gap, same):
    tracker = Tracker(TOPOLOGY, max_age=2.0, min_hits=1)
    first = follow(tracker, 0, frames=10, step=0.1)
    last = ids(tracker, people(person(0)), 0.9 + gap)
    assert (first == last) is same


@pytest.mark.parametrize("images_in_between", [0, 40])
def test_max_age_does_not_depend_on_the_images_in_between(images_in_between):
    tracker = Tracker(TOPOLOGY, max_age=2.0, min_hits=1)
    follow(tracker, 0, frames=10, step=0.1)
    for stamp in np.linspace(0.95, 2.75, images_in_between):
        tracker.update(people(), stamp)
    assert ids(tracker, people(person(0)), 2.8) == [0]
    assert ids(tracker, people(person(0)), 5.0) == [1]


def test_ids_are_never_given_twice():
    tracker = Tracker(TOPOLOGY, min_hits=1, max_age=0.5)
    seen = []
    for start in range(0, 10, 2):
        seen += follow(tracker, 0, 300, start=start)
    tracker.reset()
    seen += follow(tracker, 0, 300, start=11)
    assert seen == list(range(12))


def test_two_who_cross_keep_their_identities_while_one_hides_the_other():
    tracker = Tracker(TOPOLOGY)
    for frame in range(60):
        left, right = -150 + 5 * frame, 150 - 5 * frame
        front = person(left, seed=frame)
        hidden = abs(left - right) < 60
        given = ids(tracker, people(front) if hidden else people(front, person(right, 8, seed=-frame % 99)), frame / 30)
        if frame == 5:
            before = given
    assert given == before == [0, 1]


def test_weak_people_continue_an_identity_but_get_none():
    tracker = Tracker(TOPOLOGY, confident=0.5, min_hits=1)
    assert ids(tracker, people(person(0), person(300), scores=[0.9, 0.2]), 0.0) == [0, -1]
    assert ids(tracker, people(person(0), person(300), scores=[0.2, 0.2]), 0.1) == [0, -1]
    assert tracker.counts == (0, 1, 0)


def test_the_confident_choose_first():
    tracker = Tracker(TOPOLOGY, confident=0.5, min_hits=1)
    tracker.update(people(person(0)), 0.0)
    assert ids(tracker, people(person(1), person(8), scores=[0.3, 0.9]), 0.1) == [-1, 0]


def test_missing_keypoints_are_normal():
    tracker = Tracker(TOPOLOGY, min_hits=1)
    rng = np.random.default_rng(0)
    for frame in range(30):
        both = np.array([person(0), person(200)])
        both[rng.random((2, KEYPOINTS)) < 0.5] = (np.nan, np.nan, 0)
        assert ids(tracker, people(*both), frame / 30) == [0, 1]


def test_people_of_too_few_keypoints_stay_in_the_output_without_identity():
    tracker = Tracker(TOPOLOGY, min_hits=1)
    nobody = np.full((KEYPOINTS, 3), (np.nan, np.nan, 0))
    speck = nobody.copy()
    speck[0] = (5, 5, 0.9)
    assert ids(tracker, people(nobody, person(0), speck), 0.0) == [-1, 0, -1]


@pytest.mark.parametrize("broken", [(np.nan, 3, 0.8), (np.inf, 3, 0.8), (3, -np.inf, 0.8), (1e6, 1e6, 0)])
def test_a_keypoint_without_a_place_or_a_score_is_a_missing_one(broken):
    tracker = Tracker(TOPOLOGY, min_hits=1)
    for frame in range(3):
        somebody = person(0)
        somebody[frame] = broken
        assert ids(tracker, people(somebody, person(300)), frame / 30) == [0, 1]


def test_somebody_of_another_size_is_somebody_else():
    tracker = Tracker(TOPOLOGY, min_hits=1)
    follow(tracker, 0)
    assert ids(tracker, people(person(0, scale=2.5)), 0.3) == [1]


def test_a_camera_cut_gives_nobody_the_identity_of_another():
    tracker = Tracker(TOPOLOGY, min_hits=1)
    before = follow(tracker, 0, 200, 400)
    after = ids(tracker, people(*(person(x + 30, 10, scale=1.2) for x in (0, 200, 400))), 0.2)
    assert not set(before) & set(after)


@pytest.mark.parametrize("back", [0.0, 0.05])
def test_a_late_image_and_the_same_again_are_recognised_but_teach_nothing(back):
    tracker = Tracker(TOPOLOGY)
    follow(tracker, 0)
    counts = tracker.counts
    late = 4 / 30 - back
    assert [ids(tracker, people(person(0), person(300)), late) for _ in range(9)] == [[0, -1]] * 9
    assert tracker.counts == counts


@pytest.mark.parametrize("back", [0.2, 1.0, 1.8])
def test_a_clock_that_is_set_back_costs_nobody_the_identity(back):
    tracker = Tracker(TOPOLOGY)
    assert follow(tracker, 0, 300, start=100.0) == [0, 1]
    given = [ids(tracker, people(person(0), person(300)), 100.0 - back + frame / 30) for frame in range(30)]
    assert given == [[0, 1]] * 30


def test_images_that_change_places_on_their_way_cost_nobody_the_identity():
    tracker = Tracker(TOPOLOGY)
    follow(tracker, 0, 300, start=0.0)
    for order in ((5, 7, 6, 8), (11, 9, 10, 12), (13, 13, 14, 13)):
        assert [ids(tracker, people(person(0), person(300)), frame / 30) for frame in order] == [[0, 1]] * 4


def test_a_recording_that_starts_again_starts_new_identities():
    tracker = Tracker(TOPOLOGY)
    assert follow(tracker, 0, start=100.0) == [0]
    assert follow(tracker, 0, start=0.0) == [1]
    assert tracker.counts == (0, 1, 0)


def test_counts_follow_the_states():
    tracker = Tracker(TOPOLOGY, min_hits=2, max_age=1.0)
    assert tracker.counts == (0, 0, 0)
    tracker.update(people(person(0)), 0.0)
    assert tracker.counts == (1, 0, 0)
    tracker.update(people(person(0), person(300)), 0.1)
    assert tracker.counts == (1, 1, 0)
    tracker.update(people(person(300)), 0.2)
    assert tracker.counts == (0, 1, 1)
    tracker.update(people(), 1.5)
    assert tracker.counts == (0, 0, 0)


def test_options_change_live_without_losing_identities():
    tracker = Tracker(TOPOLOGY)
    before = follow(tracker, 0, 200)
    tracker.options = replace(tracker.options, max_age=10.0, agility=1.0)
    assert ids(tracker, people(person(0), person(200)), 5.0) == before


@pytest.mark.parametrize("name", ["max_age", "min_hits", "confident", "min_similarity", "agility"])
@pytest.mark.parametrize("value", [-1, 1e9, math.nan, "2"])
def test_a_wrong_option_is_refused_by_name_and_value(name, value):
    with pytest.raises(ValueError, match=f"{name} is {value!r}, must be"):
        TrackerOptions.of(**{name: value})


@pytest.mark.parametrize("stamp", [math.nan, math.inf, -math.inf])
def test_a_stamp_that_is_no_time_is_refused(stamp):
    with pytest.raises(ValueError, match="stamp must be a finite number"):
        Tracker(TOPOLOGY).update(people(person(0)), stamp)


def test_another_topology_is_refused():
    with pytest.raises(ValueError, match=r"human_pose.*coco_17"):
        Tracker(TOPOLOGY).update(Poses.empty(Topology.load("coco_17")), 0.0)


def test_a_topology_of_one_keypoint_has_no_size_but_an_identity():
    point = Topology("point", ("tip",), ())
    tracker = Tracker(point, min_hits=1)
    given = [tracker.update(Poses(point, [[(3, 4, 1)], [(500, 9, 1)]], [1, 1]), x / 30) for x in range(5)]
    assert [poses.track_ids.tolist() for poses in given] == [[0, 1]] * 5


def random_walk(seed, crowd=5, frames=12):
    """Images of ``crowd`` people who walk about, miss keypoints and are missed."""
    rng = np.random.default_rng(seed)
    places, velocities = rng.uniform(0, 300, (crowd, 2)), rng.normal(0, 4, (crowd, 2))
    images = []
    for frame in range(frames):
        keypoints = np.array(
            [person(*(p + v * frame), seed=seed + frame) for p, v in zip(places, velocities, strict=True)]
        )
        keypoints[rng.random(keypoints.shape[:2]) < 0.1] = (np.nan, np.nan, 0)
        seen = rng.random(crowd) > 0.15
        images.append(people(*keypoints[seen], scores=rng.uniform(0.2, 1, seen.sum())))
    return images


def track(images, fps=10):
    tracker = Tracker(TOPOLOGY, min_hits=2)
    return [ids(tracker, poses, frame / fps) for frame, poses in enumerate(images)]


@settings(max_examples=25, deadline=None)
@given(st.integers(0, 10_000))
def test_identities_do_not_depend_on_the_order_of_the_people(seed):
    images = random_walk(seed)
    rng = np.random.default_rng(seed)
    orders = [rng.permutation(len(poses)) for poses in images]
    shuffled = track([poses[order] for poses, order in zip(images, orders, strict=True)])
    expected = [np.array(given)[order].tolist() for given, order in zip(track(images), orders, strict=True)]
    assert shuffled == expected


@settings(max_examples=25, deadline=None)
@given(st.integers(0, 10_000), st.sampled_from([0.25, 0.5, 2.0, 8.0]), st.integers(-500, 500), st.integers(-500, 500))
def test_identities_do_not_depend_on_where_and_how_large_the_scene_is(seed, scale, x, y):
    images = random_walk(seed)
    assert track([poses.transformed((scale, scale), (x, y)) for poses in images]) == track(images)


@settings(max_examples=25, deadline=None)
@given(st.integers(0, 10_000))
def test_the_same_people_come_out_in_the_same_rows(seed):
    tracker = Tracker(TOPOLOGY, min_hits=2)
    for frame, poses in enumerate(random_walk(seed)):
        before = poses.keypoints.copy()
        tracked = tracker.update(poses, frame / 10)
        np.testing.assert_array_equal(tracked.keypoints, before)
        np.testing.assert_array_equal(tracked.scores, poses.scores)
        given = tracked.track_ids[tracked.track_ids >= 0]
        assert len(set(given.tolist())) == len(given)
        assert poses.track_ids.tolist() == [-1] * len(poses)


# --- whom it expects ---


def test_people_are_expected_where_they_go_and_nothing_is_learned():
    tracker = Tracker(TOPOLOGY)
    for frame in range(10):
        tracker.update(people(person(100 + 5 * frame), scores=np.float32([0.6])), frame / 30)
    poses, unseen = tracker.expected(10 / 30)
    np.testing.assert_allclose(poses.keypoints[0, :, :2], BODY + np.array([150, 0]), atol=1.5)
    assert poses.track_ids.tolist() == [0]
    assert poses.scores.tolist() == pytest.approx([0.6])
    assert unseen.tolist() == pytest.approx([1 / 30])
    assert tracker.counts.confirmed == 1  # still as in the last image
    later, unseen = tracker.expected(1.0)
    assert np.nanmean(later.keypoints[0, :, 0]) > np.nanmean(poses.keypoints[0, :, 0]) + 50
    assert unseen.tolist() == pytest.approx([1.0 - 9 / 30])


def test_nobody_is_expected_too_late_or_in_the_past():
    tracker = Tracker(TOPOLOGY)
    assert len(tracker.expected(0.0).poses) == 0
    follow(tracker, 0, 100, start=100.0)
    assert len(tracker.expected(100.0).poses) == 2
    assert len(tracker.expected(103.0).poses) == 0
    assert len(tracker.expected(90.0).poses) == 0


def test_people_without_an_identity_are_expected_too():
    tracker = Tracker(TOPOLOGY)
    tracker.update(people(person(0)), 0.0)
    assert tracker.expected(0.1).poses.track_ids.tolist() == [-1]


def test_who_was_not_looked_for_is_not_given_up():
    def seen_in_turns(partial):
        tracker, given = Tracker(TOPOLOGY, min_hits=2), set()
        for frame in range(12):
            places = ((0, 150), (300, 450))[frame % 2]
            poses = tracker.update(people(*(person(x) for x in places)), frame / 30, partial=partial)
            given |= set(poses.track_ids.tolist()) - {-1}
        return given

    assert seen_in_turns(partial=True) == {0, 1, 2, 3}
    assert seen_in_turns(partial=False) == set()  # ghosts, all of them


def away(poses, *metres, stddev=0.03, frame=""):
    """The people that far from the camera, straight ahead."""
    positions = np.zeros((len(poses), KEYPOINTS, 3))
    positions[:, :, 2] = np.reshape(metres, (-1, 1))
    stddevs = np.full(positions.shape[:2], stddev)
    return replace(poses, positions=positions, position_stddevs=stddevs, position_frame=frame)


def crossing(tracker, measured):
    """Two people, as large as each other in the image, meet behind a pillar and turn back there.

    ``measured(poses, near, far)`` gives them positions. Returns the ids of the near and the far one, before and after.
    """
    seen = []
    for frame in range(60):
        x = 2 * abs(frame - 30)
        both = people(person(-x, seed=2 * frame), person(x, seed=2 * frame + 1))
        poses = measured(both, 3.0, 4.0)
        seen.append(ids(tracker, poses[:0] if x < 16 else poses, frame / 30))
    return seen[20], seen[-1]


def test_who_meets_at_another_distance_stays_who_he_is():
    before, after = crossing(Tracker(TOPOLOGY), away)
    assert before == after == [0, 1]
    # the image alone takes those who turn back for those who walk on
    assert crossing(Tracker(TOPOLOGY), lambda poses, near, far: poses) == ([0, 1], [1, 0])


@pytest.mark.parametrize("frame", ["map", "root_relative"])
def test_positions_in_other_frames_say_nothing_of_the_distance(frame):
    flat = crossing(Tracker(TOPOLOGY), lambda poses, near, far: poses)
    assert crossing(Tracker(TOPOLOGY), lambda poses, near, far: away(poses, near, far, frame=frame)) == flat


@settings(max_examples=20, deadline=None)
@given(st.integers(0, 10_000), st.sampled_from(["none", "nan", "wild"]))
def test_positions_that_tell_nothing_change_nothing(seed, kind):
    rng = np.random.default_rng(seed)
    flat, deep = Tracker(TOPOLOGY), Tracker(TOPOLOGY)
    for frame in range(8):
        crowd = people(*(person(150 * i + 5 * frame, seed=seed + i) for i in range(rng.integers(0, 4))))
        positions = np.full((len(crowd), KEYPOINTS, 3), np.nan if kind == "nan" else 3.0)
        known = replace(crowd, positions=positions) if kind != "none" else crowd
        if kind == "wild":  # so unsure that they could be anywhere
            known = away(crowd, *rng.uniform(1, 9, len(crowd)), stddev=1e6)
        assert ids(deep, known, frame / 30) == ids(flat, crowd, frame / 30)


def test_positions_may_come_and_go():
    tracker = Tracker(TOPOLOGY)
    for frame in range(30):
        both = people(person(0, seed=frame), person(300, seed=frame))
        poses = away(both, 3.0 + frame / 30, 5.0) if frame % 7 < 4 else both
        given = ids(tracker, poses, frame / 30)
    assert given == [0, 1]
