"""States over time: by identity and camera, in bounded memory, unknown where too little was seen."""

import numpy as np
import pytest
from events.states.people_in_states import TOPOLOGY, body
from hypothesis import given, settings
from hypothesis import strategies as st

from trt_pose_ros.events.states import Features, StateModel
from trt_pose_ros.events.states.classifiers import Svm
from trt_pose_ros.events.states.history import Histories, looked_at
from trt_pose_ros.events.states.layouts import BODY
from trt_pose_ros.poses import LEFT_HAND, RIGHT_HAND, Poses
from trt_pose_ros.topology import Topology


def people(*states, ids=None, phase=0.0, offset=0.0):
    keypoints = np.array([body(state, phase) for state in states], np.float32).reshape(-1, 17, 3)
    keypoints[..., :2] += 200 + offset
    ids = range(len(states)) if ids is None else ids
    return Poses(TOPOLOGY, keypoints, np.ones(len(states), np.float32), np.array(list(ids), np.int32))


def watched(model, watch, state, seconds, begin=0.0, rate=10.0, **more):
    """What is told of one person after so many seconds."""
    told = None
    for i in range(round(seconds * rate)):
        t = begin + i / rate
        told = watch.update(people(state, phase=9 * t, **more), t)
    return model.classes[told[0].argmax()] if np.isfinite(told[0]).all() else None


def simple(window=0.0):
    """A model of a wrist's height alone: knows no scikit-learn."""
    features = Features("body", BODY.keypoints, window=window)
    count = features.count
    svm = Svm(
        {
            "mean": np.zeros(count),
            "std": np.ones(count),
            "vectors": np.zeros((1, count), np.float32),
            "weights": np.ones((1, 1)),
            "intercepts": np.zeros(1),
            "gamma": np.array(1e-3),
        }
    )
    return StateModel("simple", ("no", "yes"), features, "coco_17", svm, np.array([[0.0, 1.0]]), np.zeros(2))


def test_states_are_told_over_time(fitted):
    model, _ = fitted
    for state in model.classes:
        assert watched(model, model.watch(), state, 2.0) == state
        assert watched(model, model.watch(), state, 2.0, rate=25.0) == state


def test_a_change_is_told_within_the_window(fitted):
    model, _ = fitted
    watch = model.watch()
    assert watched(model, watch, "standing", 2.0) == "standing"
    assert watched(model, watch, "sitting", 1.0, begin=2.0) == "sitting"


def test_nothing_is_known_of_somebody_new(fitted):
    model, _ = fitted
    watch = model.watch()
    assert watched(model, watch, "standing", 0.3) is None
    assert watched(model, watch, "standing", 0.6, begin=0.3) == "standing"


def test_nobody_is_mixed_up(fitted):
    model, _ = fitted
    watch = model.watch()
    for i in range(15):
        t = i / 10
        order = [0, 1] if i % 2 else [1, 0]
        both = people("sitting", "standing", phase=9 * t)[order]
        told = watch.update(both, t, "left")
        watch.update(people("waving", ids=[0], phase=9 * t), t, "right")  # another camera's 0
    named = dict(zip(both.track_ids.tolist(), [model.classes[row.argmax()] for row in told], strict=True))
    assert named == {0: "sitting", 1: "standing"}


def test_without_identity_only_images_by_themselves_are_told():
    nobody = people("standing", ids=[-1])
    assert np.isnan(simple(1.0).watch().update(nobody, 0.0)).all()
    assert np.isfinite(simple().watch().update(nobody, 0.0)).all()


def test_time_that_is_set_back_is_a_new_beginning(fitted):
    model, _ = fitted
    watch = model.watch()
    assert watched(model, watch, "standing", 2.0, begin=1000.0) == "standing"
    assert watched(model, watch, "sitting", 0.2) is None
    assert watched(model, watch, "sitting", 1.2, begin=0.2) == "sitting"


def test_somebody_who_was_away_is_new(fitted):
    model, _ = fitted
    watch = model.watch()
    watched(model, watch, "standing", 2.0)
    assert watched(model, watch, "standing", 0.2, begin=60.0) is None


def test_too_many_missing_keypoints_are_unknown(fitted):
    model, _ = fitted
    watch = model.watch()
    for i in range(15):
        poses = people("standing")
        poses.keypoints[:, :10] = (np.nan, np.nan, 0)
        told = watch.update(poses, i / 10)
    assert np.isnan(told).all()


def test_a_neck_does_no_harm_and_another_order_neither(fitted):
    model, _ = fitted
    for name in ("human_pose", "openpose_18", "blazepose_33"):
        topology, watch = Topology.load(name), model.watch()
        for i in range(15):
            told = watch.update(people("sitting").as_topology(topology), i / 10)
        assert model.classes[told[0].argmax()] == "sitting"


def test_hands_are_told_by_owner_and_side():
    model = simple(1.0)
    watch = model.watch()
    for i in range(10):
        hands = people("standing", "standing", "standing", ids=[-1, -1, -1])
        hands.owner_ids[:] = (4, 4, -1)
        hands.kinds[:] = (LEFT_HAND, RIGHT_HAND, LEFT_HAND)
        told = watch.update(hands, i / 10)
    assert np.isfinite(told).all(axis=1).tolist() == [True, True, False]


@pytest.mark.parametrize("stamp", [np.nan, np.inf, -np.inf])
def test_a_stamp_that_is_none_is_refused(stamp):
    with pytest.raises(ValueError, match="finite number of seconds"):
        simple(1.0).watch().update(people("standing"), stamp)


def test_other_skeletons_are_refused():
    box = Topology("box", ("top", "bottom"), ())
    with pytest.raises(ValueError, match="topology 'box' has none"):
        simple().watch().update(Poses.empty(box), 0.0)


def test_nobody_is_fine():
    for window in (0.0, 1.0):
        assert simple(window).watch().update(Poses.empty(TOPOLOGY), 0.0).shape == (0, 2)


def test_memory_is_bounded():
    histories = Histories(2, 1.0, most=20)
    points = np.zeros((50, 2, 3))
    for i in range(200):
        histories.add([("", i * 50 + n) for n in range(50)], i / 10, points)
    assert len(histories) == 50  # of one image all are kept
    for i in range(200):
        histories.add([("", 10**6 + i)], 20 + i / 10, points[:1])
    assert len(histories) <= 50


@settings(deadline=None)
@given(st.lists(st.floats(0.0005, 3.0), min_size=1, max_size=150), st.floats(0.2, 5.0))
def test_the_ring_shows_what_all_images_would(steps, window):
    """Against the plain way: all images kept, and the nearest one taken for each moment."""
    stamps = np.cumsum(steps)
    histories = Histories(1, window)
    for stamp in stamps:
        kept, points = histories.add([("a",)], stamp, np.array([[[stamp, 0.0, 1.0]]]))
    now = stamps[-1]
    told = looked_at(kept, points, np.array([now]), window, 8)[0, :, 0]
    assert told[-1, 0] == np.float32(now)
    for moment, (x, _, score) in zip(now - window + window / 7 * np.arange(8), told, strict=True):
        nearest = np.abs(stamps - moment).min()
        # the ring leaves out images that follow each other within 1/32 of the window
        assert score == 0 or abs(x - moment) <= nearest + window / 31 + 1e-3
        assert score == 1 or nearest > window / 7 - window / 31 - 1e-3


def test_cost_does_not_grow_with_the_rate():
    """The ring's size is fixed: a second at 1,000 Hz is kept in as little as one at 30."""
    histories = Histories(1, 1.0)
    for i in range(3000):
        kept, _ = histories.add([("a",)], i / 1000, np.zeros((1, 1, 3)))
    assert kept.shape == (1, 32)
    assert np.nanmax(kept) - np.nanmin(kept) > 0.85
