"""The follower against simulated people; the robot, camera and people are those of examples/follow_person."""

import itertools
import math
from dataclasses import replace
from types import SimpleNamespace

import numpy as np
import pytest
from following import BODY, CAMERA, WIDTH, array, limits, seen, watch
from hypothesis import given, settings
from hypothesis import strategies as st
from simulation import Walker, simulate, stroll

from trt_pose_ros.follow import FOLLOWING, LOST, STALE, STOPPED, WAITING, Follower, FollowOptions

OPTIONS = FollowOptions()


class TestFollowing:
    @pytest.mark.parametrize("seed", range(3))
    @pytest.mark.parametrize("track_id", [7, -1])
    def test_keeps_the_distance_to_somebody_who_walks(self, seed, track_id):
        trace = simulate([Walker(stroll, track_id=track_id)], 50.0, seed=seed)
        walking = trace.between(25, 40, lambda i: trace.distances[i][0])
        # it trails by what the gain needs to keep up with 0.25 m/s
        expected = OPTIONS.distance + OPTIONS.tolerance + 0.25 / OPTIONS.speed_gain
        assert np.abs(walking - expected).max() < 0.15
        standing_still = trace.between(47, 50, lambda i: trace.distances[i][0])
        assert np.abs(standing_still - OPTIONS.distance).max() < OPTIONS.tolerance + 0.1

    def test_keeps_them_in_the_middle_of_the_image(self):
        trace = simulate([Walker(stroll, track_id=7)], 40.0)
        bearings = []
        for t, (x, y, heading) in zip(trace.time, trace.robot, strict=True):
            px, py = stroll(t)
            bearings.append(math.atan2(py - y, px - x) - heading)
        assert np.abs(bearings[20:]).max() < math.radians(10)

    def test_without_calibration_the_field_of_view_tells_the_distance(self):
        degrees = math.degrees(2 * math.atan(WIDTH / 2 / CAMERA.fx))
        trace = simulate([Walker(stroll, track_id=7)], 50.0, FollowOptions(field_of_view=degrees), calibrated=False)
        assert abs(trace.distances[-1][0] - OPTIONS.distance) < OPTIONS.tolerance + 0.1

    @pytest.mark.parametrize(("y", "sign"), [(0.8, 1), (-0.8, -1)])
    def test_turns_to_the_left_for_somebody_on_the_left(self, y, sign):
        command, _ = watch(Follower(OPTIONS), seen(2.5, y), start=0.0, images=5)
        assert sign * command.turn_rate > 0

    def test_backs_off_only_where_allowed(self):
        for speed in (0.0, 0.2):
            options = FollowOptions(max_reverse_speed=speed)
            command, _ = watch(Follower(options), seen(0.9), start=0.0, images=20)
            assert command.speed == -speed

    def test_stands_before_it_reverses(self):
        follower = Follower(FollowOptions(max_reverse_speed=0.2, acceleration=10.0, deceleration=10.0))
        command, now = watch(follower, seen(3.0), start=0.0, images=10)
        assert command.speed > 0.2
        speeds = [watch(follower, seen(0.9), start=now + 0.1 * i, images=1)[0].speed for i in range(2)]
        assert speeds == [0.0, -0.2]

    def test_is_slower_where_it_has_to_turn_first(self):
        speeds = []
        for y in (0.0, 1.4):
            follower = Follower(FollowOptions(max_speed=2.0, speed_gain=0.5))
            speeds.append(watch(follower, seen(math.sqrt(3.0**2 - y**2), y), start=0.0, images=30)[0].speed)
        assert speeds[1] < 0.95 * speeds[0]

    def test_turns_but_stays_where_the_distance_cannot_be_told(self):
        follower = Follower(OPTIONS)
        _, now = watch(follower, seen(2.5, 0.5), start=0.0, images=1)
        head = seen(2.5, 0.5)
        for name, keypoint in zip(BODY, head.keypoints, strict=True):
            if name not in ("nose", "left_eye", "right_eye"):
                keypoint.score = 0.0
        command, _ = watch(follower, head, start=now, images=10)
        assert command.state == FOLLOWING
        assert math.isnan(command.distance)
        assert command.speed == 0.0
        assert command.turn_rate > 0.0

    def test_drives_towards_nobody_who_is_too_near(self):
        follower = Follower(FollowOptions(clearance=1.2))
        command, now = watch(follower, seen(3.0), start=0.0, images=10)
        assert command.speed > 0.2
        command, _ = watch(follower, seen(3.0), seen(1.1, 0.3, track_id=8), start=now, images=1)
        assert (command.state, command.speed, command.blocked) == (FOLLOWING, 0.0, True)


class TestWhom:
    def test_the_nearest_first(self):
        command, _ = watch(Follower(OPTIONS), seen(3.0, track_id=1), seen(2.0, 0.5, track_id=2), start=0.0, images=2)
        assert command.track_id == 2

    @pytest.mark.parametrize("seed", range(3))
    def test_two_who_cross_are_not_confused(self, seed):
        chosen = Walker(lambda t: (2.2, -1.0 + 0.25 * t), track_id=1)
        other = Walker(lambda t: (3.2, 1.5 - 0.3 * t), track_id=2)
        trace = simulate([chosen, other], 10.0, seed=seed)
        assert {c.track_id for c in trace.commands[4:]} == {1}
        assert {c.state for c in trace.commands[4:]} == {FOLLOWING}
        x, y, heading = trace.robot[-1]
        px, py = chosen.path(10.0)
        assert abs(math.atan2(py - y, px - x) - heading) < 0.15

    def test_two_who_cross_without_track_ids_make_it_stop(self):
        chosen = Walker(lambda t: (2.2, -0.9 + 0.2 * t))
        other = Walker(lambda t: (2.5, 0.9 - 0.2 * t))
        trace = simulate([chosen, other], 10.0)
        assert FOLLOWING in {c.state for c in trace.commands}
        assert {c.state for c in trace.commands[-80:]} == {LOST}
        assert all(c.speed == c.turn_rate == 0.0 for c in trace.commands[-80:])

    @pytest.mark.parametrize("others", [[(2.5, 0.0), (2.6, 0.1)], [(2.5, 0.9)], [(1.6, 0.0)]])
    def test_without_track_ids_who_could_be_another_is_not_followed(self, others):
        follower = Follower(OPTIONS)
        _, now = watch(follower, seen(2.5, track_id=-1), start=0.0, images=3)
        _, now = watch(follower, *(seen(x, y, track_id=-1) for x, y in others), start=now, images=1)
        command, _ = watch(follower, seen(*others[0], track_id=-1), start=now, images=10)
        assert command.state == LOST

    def test_takes_on_the_track_id_that_the_chosen_person_gets(self):
        follower = Follower(OPTIONS)
        _, now = watch(follower, seen(2.5, track_id=-1), start=0.0, images=2)
        _, now = watch(follower, seen(2.5, 0.05, track_id=4), start=now, images=2)
        command, _ = watch(follower, seen(2.5, -0.5, track_id=4), seen(2.4, 0.1, track_id=5), start=now, images=2)
        assert (command.state, command.track_id) == (FOLLOWING, 4)

    def test_a_person_chosen_by_track_id_is_the_only_one(self):
        follower = Follower(OPTIONS)
        follower.choose(9)
        command, now = watch(follower, seen(track_id=8, raised=True), start=0.0, images=10)
        assert (command.state, command.speed) == (WAITING, 0.0)
        command, now = watch(follower, seen(2.0, track_id=8), seen(3.0, 0.5, track_id=9), start=now, images=2)
        assert (command.state, command.track_id) == (FOLLOWING, 9)
        # the tracker may have started anew meanwhile
        command, _ = watch(follower, seen(track_id=9), seen(2.0, 0.5, 8, raised=True), start=now + 10.0, images=10)
        assert command.state == LOST

    def test_two_with_the_same_track_id_are_nobody(self):
        follower = Follower(OPTIONS)
        _, now = watch(follower, seen(), start=0.0, images=10)
        command, _ = watch(follower, seen(), seen(2.5, 0.9), start=now, images=10)
        assert (command.state, command.speed) == (LOST, 0.0)

    def test_can_wait_for_a_raised_hand(self):
        follower = Follower(FollowOptions(choose="hand"))
        command, now = watch(follower, seen(2.0, track_id=1), start=0.0, images=20)
        assert command.state == WAITING
        people = seen(2.0, track_id=1), seen(3.0, 0.5, 2, raised=True)
        command, now = watch(follower, *people, start=now, images=OPTIONS.hand_frames - 1)
        assert command.state == WAITING
        command, _ = watch(follower, *people, start=now, images=1)
        assert (command.state, command.track_id) == (FOLLOWING, 2)

    def test_choosing_anew_takes_the_nearest_again(self):
        follower = Follower(OPTIONS)
        _, now = watch(follower, seen(3.0, track_id=1), start=0.0, images=2)
        follower.choose()
        command, _ = watch(follower, seen(3.0, track_id=1), seen(2.0, 0.5, track_id=2), start=now, images=1)
        assert command.track_id == 2


class TestHand:
    def test_stops_and_goes_on(self):
        walker = Walker(stroll, raises_hand=lambda t: 15 < t < 16 or 20 < t < 21, track_id=7)
        trace = simulate([walker], 25.0)
        states = [c.state for c in trace.commands]
        changes = [b for a, b in itertools.pairwise(states) if a != b]
        assert changes == [FOLLOWING, STOPPED, FOLLOWING]
        assert trace.between(16, 20, lambda i: trace.commands[i].speed).max() == 0.0
        assert trace.between(22, 25, lambda i: trace.commands[i].speed).min() > 0.1

    def test_a_hand_that_stays_up_counts_once(self):
        follower = Follower(OPTIONS)
        _, now = watch(follower, seen(), start=0.0, images=3)
        command, now = watch(follower, seen(raised=True), start=now, images=40)
        assert command.state == STOPPED
        command, _ = watch(follower, seen(), start=now, images=20)
        assert command.state == STOPPED

    def test_must_be_seen_often_enough(self):
        follower = Follower(OPTIONS)
        now = 0.0
        for _ in range(10):
            _, now = watch(follower, seen(raised=True), start=now, images=OPTIONS.hand_frames - 1)
            command, now = watch(follower, seen(), start=now, images=1)
            assert command.state == FOLLOWING

    def test_that_of_another_person_does_nothing(self):
        follower = Follower(OPTIONS)
        _, now = watch(follower, seen(2.0), start=0.0, images=3)
        command, _ = watch(follower, seen(2.0), seen(3.0, 0.6, 8, raised=True), start=now, images=20)
        assert (command.state, command.track_id) == (FOLLOWING, 7)


class TestLoss:
    def test_stops_and_drives_to_nobody_else(self):
        chosen = Walker(stroll, visible=lambda t: t < 10, track_id=1)
        # steps right into the place where the chosen one was
        other = Walker(lambda t: stroll(10.0), visible=lambda t: t > 10.5, track_id=2)
        trace = simulate([chosen, other], 30.0)
        after = trace.between(10 + OPTIONS.lost_timeout + 1.0, 30, lambda i: trace.commands[i].speed)
        assert len(after) > 100
        assert np.all(after == 0.0)
        assert {c.state for c in trace.commands[-300:]} == {LOST}

    @pytest.mark.parametrize("track_id", [7, -1])
    def test_blind_way_is_short(self, track_id):
        trace = simulate([Walker(stroll, visible=lambda t: t < 10, track_id=track_id)], 15.0)
        before, after = (trace.between(t, t + 0.05, lambda i: trace.robot[i][0])[0] for t in (10.1, 14.9))
        o = OPTIONS
        assert after - before < o.max_speed * (o.lost_timeout + 0.3) + o.max_speed**2 / 2 / o.deceleration

    def test_goes_on_with_the_same_person(self):
        trace = simulate([Walker(stroll, visible=lambda t: not 10 < t < 14, track_id=7)], 20.0)
        states = [c.state for c in trace.commands]
        assert [b for a, b in itertools.pairwise(states) if a != b] == [FOLLOWING, LOST, FOLLOWING]

    def test_without_track_id_nobody_is_the_same_person_after_a_while(self):
        follower = Follower(OPTIONS)
        _, now = watch(follower, seen(track_id=-1), start=0.0, images=3)
        _, now = watch(follower, start=now, images=10)
        command, _ = watch(follower, seen(track_id=-1), start=now, images=10)
        assert (command.state, command.speed) == (LOST, 0.0)

    @pytest.mark.parametrize("track_id", [8, -1])
    def test_who_raises_a_hand_then_is_followed(self, track_id):
        follower = Follower(OPTIONS)
        _, now = watch(follower, seen(), start=0.0, images=3)
        command, now = watch(follower, seen(2.8, 0.4, track_id), start=now, images=20)
        assert command.state == LOST
        command, now = watch(follower, seen(2.8, 0.4, track_id, raised=True), start=now, images=20)
        assert (command.state, command.track_id) == (FOLLOWING, track_id)

    def test_a_stop_by_hand_outlasts_a_loss(self):
        follower = Follower(OPTIONS)
        _, now = watch(follower, seen(), start=0.0, images=3)
        _, now = watch(follower, seen(raised=True), start=now, images=6)
        _, now = watch(follower, start=now, images=20)
        command, _ = watch(follower, seen(), start=now, images=10)
        assert command.state == STOPPED


class TestInput:
    def test_its_end_stops_at_once(self):
        trace = simulate([Walker(stroll, track_id=7)], 12.0, camera_ends=8.0)
        # 0.1 s from image to skeletons
        stopped = 8.1 + OPTIONS.input_timeout
        assert trace.between(7.5, 8.1, lambda i: trace.commands[i].speed).min() > 0.1
        assert {(c.speed, c.state) for c, t in zip(trace.commands, trace.time, strict=True) if t > stopped + 0.06} == {
            (0.0, STALE)
        }

    def test_a_track_id_is_not_believed_after_a_long_pause(self):
        follower = Follower(OPTIONS)
        watch(follower, seen(), start=0.0, images=3)
        command, _ = watch(follower, seen(), start=10.0, images=10)
        assert (command.state, command.speed) == (LOST, 0.0)

    def test_there_is_no_command_before_it(self):
        command = Follower(OPTIONS).command(5.0)
        assert (command.speed, command.turn_rate, command.state) == (0.0, 0.0, STALE)

    @pytest.mark.parametrize("change", [{"image_width": 0}, {"image_height": 0}, {"keypoint_names": ["nose"]}])
    def test_nonsense_stops_at_once_and_is_told(self, change):
        follower = Follower(OPTIONS)
        command, now = watch(follower, seen(), start=0.0, images=10)
        assert command.speed > 0.2
        nonsense = array(seen())
        vars(nonsense).update(change)
        with pytest.raises(ValueError, match=r"pixels|keypoint"):
            follower.update(nonsense, now)
        assert follower.command(now).speed == 0.0
        command, _ = watch(follower, seen(), start=now + 0.1, images=10)
        assert (command.state, command.track_id) == (FOLLOWING, 7)

    def test_a_skeleton_without_keypoints_is_nobody(self):
        follower = Follower(OPTIONS)
        _, now = watch(follower, seen(), start=0.0, images=10)
        empty = seen()
        for keypoint in empty.keypoints:
            keypoint.x = keypoint.y = math.nan
        command, _ = watch(follower, empty, start=now, images=10)
        assert (command.state, command.speed) == (LOST, 0.0)

    @pytest.mark.parametrize(("scale", "offset"), [(0.01, 300.0), (1.0, 1e6)])
    def test_a_skeleton_that_cannot_be_is_not_driven_to(self, scale, offset):
        person = seen()
        for keypoint in person.keypoints:
            keypoint.x, keypoint.y = scale * keypoint.x + offset, scale * keypoint.y + offset
        command, _ = watch(Follower(OPTIONS), person, start=0.0, images=10)
        assert (command.speed, command.turn_rate) == (0.0, 0.0)


anything = st.one_of(st.floats(), st.floats(0, 700))
keypoint = st.builds(SimpleNamespace, x=anything, y=anything, score=st.one_of(st.floats(), st.floats(0, 1)))
skeleton = st.builds(
    SimpleNamespace,
    track_id=st.integers(-1, 2),
    keypoints=st.lists(keypoint, min_size=len(BODY), max_size=len(BODY)),
)
upright = st.builds(seen, st.floats(0.5, 6), st.floats(-1.0, 1.0), st.integers(-1, 2), st.booleans()).filter(
    lambda person: person is not None
)
people = st.lists(st.one_of(upright, skeleton), max_size=2)


@settings(max_examples=150, deadline=None)
@given(limits, st.lists(st.tuples(st.floats(0.0, 0.7), st.one_of(st.none(), people)), min_size=1, max_size=12))
def test_no_input_breaks_the_limits(o, events):
    follower = Follower(o)
    follower.command(0.0)
    now, speed, turn_rate = 0.0, 0.0, 0.0
    for wait, seen_people in events:
        now += wait
        if seen_people is not None:
            follower.update(array(*seen_people), now)
        c = follower.command(now)
        assert -o.max_reverse_speed <= c.speed <= o.max_speed
        assert abs(c.turn_rate) <= o.max_turn_rate
        if c.blocked:
            assert c.speed <= 0.0
        if c.state == STALE:
            assert c.speed == c.turn_rate == 0.0
        else:
            assert abs(c.turn_rate - turn_rate) <= o.turn_acceleration * wait + 1e-9
            gained, lost = max(0.0, abs(c.speed) - abs(speed)), max(0.0, abs(speed) - abs(c.speed))
            assert gained <= o.acceleration * wait + 1e-9
            assert c.blocked or lost <= o.deceleration * wait + 1e-9
            assert c.speed * speed >= 0, "it must stand before it reverses"
        speed, turn_rate = c.speed, c.turn_rate


def test_a_lowered_limit_holds_at_once():
    follower = Follower(OPTIONS)
    command, now = watch(follower, seen(), start=0.0, images=20)
    assert command.speed > 0.2
    follower.options = replace(OPTIONS, max_speed=0.1)
    assert follower.command(now).speed <= 0.1


@pytest.mark.parametrize("change", [{"distance": 0.0}, {"max_speed": math.nan}, {"choose": "best"}, {"hand_frames": 0}])
def test_wrong_options_are_refused_by_name(change):
    with pytest.raises(ValueError, match=next(iter(change))):
        FollowOptions(**change)
