import math

import numpy as np
import pytest
from event_people import SIZE, body, people, seen

from trt_pose_ros.events import GONE, OVER, STOPPED, UNKNOWN, Phase, Watch, load_rules, motion, parsing
from trt_pose_ros.events.checks import Where

UP = {"left_wrist": (0.4, -1.9)}
RULES = load_rules("raised_hand", parameters={"raised_hand.gap": 0.5})


def raised(count, **more):
    return [people(body(**UP, **more))] * count


def phases(events):
    return [e.phase for e in events]


def test_a_hand_that_goes_up_and_down_is_one_event_with_evidence():
    told = seen(Watch(RULES), [people(body())] * 5 + raised(20) + [people(body())] * 5)
    assert phases(told) == [Phase.START, Phase.UPDATE, Phase.END]
    start, update, end = told
    assert {e.id for e in told} == {1}
    assert start.began == pytest.approx(0.5)
    assert start.stamp == pytest.approx(0.8)  # 0.3 s later
    assert update.stamp == pytest.approx(1.8)
    assert end.stamp == pytest.approx(2.8)
    assert (start.kind, start.track_ids, end.reason) == ("raised_hand", (0,), OVER)
    assert [e.keypoints for e in start.evidence] == [("left_wrist", "left_shoulder")]
    assert start.evidence[0].value == pytest.approx(0.9, abs=0.01)
    assert start.evidence[0].limit == 0.4
    assert {e.keypoints[0] for e in end.evidence} == {"left_wrist", "right_wrist"}


def test_a_hand_that_is_not_seen_is_unknown_not_down():
    watch = Watch(RULES)
    seen(watch, raised(6))
    hidden = raised(1, without=["left_wrist"])
    assert seen(watch, hidden * 4, start=0.6) == []  # bridged
    assert seen(watch, raised(1), start=1.0) == []
    end = seen(watch, hidden * 6, start=1.1)[-1]
    assert (end.phase, end.reason) == (Phase.END, UNKNOWN)
    assert watch.current() == []


def test_a_doubtful_joint_is_unknown():
    watch = Watch(RULES)
    assert seen(watch, raised(20, score=0.2)) == []
    seen(watch, raised(6), start=3.0)
    end = seen(watch, [people(body(score=0.2))] * 8, start=3.6)[-1]
    assert end.reason == UNKNOWN


def test_who_leaves_takes_their_event_along():
    watch = Watch(RULES)
    seen(watch, raised(6))
    end = seen(watch, [people()] * 8, start=0.6)[-1]
    assert (end.phase, end.reason, end.track_ids) == (Phase.END, GONE, (0,))
    assert end.stamp == pytest.approx(1.1)  # first image more than `gap` after the last sight, at 0.5


def test_closing_ends_all_that_goes_on():
    watch = Watch(RULES)
    seen(watch, [people(body(**UP), body(x=500, **UP))] * 6)
    assert [e.track_ids for e in watch.current()] == [(0,), (1,)]
    ends = watch.close(1.0)
    assert [(e.phase, e.reason, e.stamp) for e in ends] == [(Phase.END, STOPPED, 1.0)] * 2
    assert watch.close(2.0) == watch.current() == []


@pytest.mark.parametrize("jump", [-60.0, -1.5, 11.0, 1e9])
def test_a_jump_of_time_ends_everything_once(jump):
    watch = Watch(RULES)
    seen(watch, raised(6))
    told = seen(watch, raised(6), start=0.5 + jump)
    assert phases(told) == [Phase.END, Phase.START]
    assert told[0].reason == STOPPED
    assert told[0].id != told[1].id
    assert watch.late == 0


def test_late_images_are_ignored_and_counted():
    watch = Watch(RULES)
    seen(watch, raised(6))
    assert watch.update(people(), 0.5, size=SIZE) == watch.update(people(), 0.2, size=SIZE) == []
    assert watch.late == 2
    assert len(watch.current()) == 1


@pytest.mark.parametrize("stamp", [math.nan, math.inf, -math.inf])
def test_a_stamp_that_is_no_number_is_refused(stamp):
    with pytest.raises(ValueError, match="finite"):
        Watch(RULES).update(people(), stamp)


def test_people_without_identities_are_followed_by_place():
    watch = Watch(RULES)
    images = [people(body(x=500 - 5 * i), body(x=200 + 5 * i, **UP), ids=[-1, -1]) for i in range(10)]
    images = [poses if i % 2 else poses[[1, 0]] for i, poses in enumerate(images)]
    told = seen(watch, images)
    assert [(e.phase, e.track_ids) for e in told] == [(Phase.START, (-1,))]


def test_an_identity_that_comes_later_is_told():
    watch = Watch(RULES)
    told = seen(watch, [people(body(**UP), ids=[-1])] * 6 + [people(body(**UP), ids=[7])] * 2)
    assert [(e.phase, e.track_ids) for e in told] == [(Phase.START, (-1,)), (Phase.UPDATE, (7,))]


def test_a_single_image_is_enough_for_a_rule_that_does_not_wait():
    watch = Watch(load_rules("raised_hand", parameters={"raised_hand.for": 0}))
    (start,) = watch.update(people(body(**UP), ids=[-1]), 0.0)
    assert start.phase == Phase.START


def test_cameras_are_watched_on_their_own():
    watch = Watch(RULES)
    told = []
    for i in range(6):
        told += watch.update(people(body(**UP)), i / 10, "left")
        told += watch.update(people(body(**UP)), 100 - i / 10 * 0.1 + i / 10, "right")
    assert {(e.camera, e.id) for e in told} == {("left", 1), ("right", 2)}
    assert [e.camera for e in watch.close(7.0, "left")] == ["left"]
    assert [e.camera for e in watch.current()] == ["right"]


def test_live_parameters_leave_what_goes_on():
    watch = Watch(RULES)
    seen(watch, raised(6))
    watch.set({"raised_hand.margin": 0.2})
    assert watch.current()
    assert seen(watch, raised(3), start=0.6) == []
    with pytest.raises(ValueError, match="did you mean 'margin'"):
        watch.set({"raised_hand.magrin": 0.2})
    watch.set({"raised_hand.margin": 2.0, "raised_hand.keep": 2.0})
    assert phases(seen(watch, raised(6), start=0.9)) == [Phase.END]


def test_rules_that_are_replaced_end_what_they_began():
    watch = Watch(RULES)
    seen(watch, raised(6))
    watch.rules = load_rules("fallen")
    (end,) = watch.update(people(body(**UP)), 0.6, size=SIZE)
    assert (end.kind, end.phase, end.reason) == ("raised_hand", Phase.END, STOPPED)


def test_people_beyond_the_most_are_counted():
    watch = Watch(RULES)
    crowd = people(*(body(x=10 * i) for i in range(70)))
    watch.update(crowd, 0.0)
    assert watch.dropped == 70 - 64


def test_trained_states_are_conditions(monkeypatch):
    class Model:
        """Knows two states; who stands left of the middle is probably `left`."""

        classes = ("left", "right")
        features = type("Features", (), {"keypoints": ("nose",)})

        @staticmethod
        def load(_name):
            return Model()

        def watch(self):
            return self

        def update(self, poses, stamp):
            left = np.where(poses.keypoints[:, 0, 0] < SIZE[0] / 2, 0.9, 0.2)
            return np.stack([left, 1 - left], axis=1)

    for module in (parsing, motion):
        monkeypatch.setattr(module, "StateModel", Model)
    condition = {"state": {"model": "sides", "is": "left", "at_least": 0.8}}
    fields = {"description": "Left.", "when": condition, "for": 0}
    watch = Watch([parsing.parse_rule("left", fields, Where("test"))])
    (start,) = watch.update(people(body(x=500), body(x=100)), 0.0)
    assert (start.track_ids, start.probability) == ((1,), pytest.approx(0.9))
    fields["when"] = {"state": {**condition["state"], "is": "lift"}}
    with pytest.raises(ValueError, match="did you mean 'left'"):
        parsing.parse_rule("left", fields, Where("test"))


def test_nobody_is_nobody():
    assert seen(Watch(RULES), [people()] * 3) == []
    assert np.array_equal(Watch(RULES).close(0.0), [])
