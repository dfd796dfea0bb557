"""What must make the follower stand: people who are near or may be, clocks that jump, input that makes no sense."""

import math
from dataclasses import replace
from types import SimpleNamespace

import pytest
from following import CAMERA, HEAD_AND_SHOULDERS, HEIGHT, WIDTH, array, limits, only, seen, watch
from hypothesis import given, settings
from hypothesis import strategies as st

from trt_pose_ros.follow import FOLLOWING, LOST, STALE, Follower, FollowOptions

OPTIONS = FollowOptions()


class TestTheWayIsNotFree:
    """Somebody else is near, or may be: no speed forwards, at once."""

    def test_of_somebody_close_up_only_head_and_shoulders_are_seen(self):
        follower = Follower(OPTIONS)
        command, now = watch(follower, seen(4.6), start=0.0, images=10)
        assert command.speed == 0.3
        command, _ = watch(follower, seen(4.6), only(HEAD_AND_SHOULDERS, seen(1.2, 0.2, 8)), start=now, images=1)
        assert (command.state, command.speed, command.blocked) == (FOLLOWING, 0.0, True)

    @pytest.mark.parametrize("names", [HEAD_AND_SHOULDERS, {"nose"}, {"left_wrist"}, {"left_knee"}, {"left_shoulder"}])
    def test_whoever_is_at_an_unknown_distance(self, names):
        follower = Follower(OPTIONS)
        _, now = watch(follower, seen(4.6), start=0.0, images=10)
        command, _ = watch(follower, seen(4.6), only(names, seen(3.0, 0.8, 8)), start=now, images=1)
        assert (command.speed, command.blocked) == (0.0, True)

    @pytest.mark.parametrize(
        "change", [{"x": math.nan}, {"y": math.inf}, {"x": 1e9}, {"score": math.nan}, {"score": 2.0}]
    )
    def test_whoever_has_no_usable_keypoint(self, change):
        follower = Follower(OPTIONS)
        _, now = watch(follower, seen(4.6), start=0.0, images=10)
        broken = seen(0.5, track_id=8) or seen(1.0, track_id=8)
        for keypoint in broken.keypoints:
            vars(keypoint).update(change)
        command, _ = watch(follower, seen(4.6), broken, start=now, images=1)
        assert (command.speed, command.blocked) == (0.0, True)

    def test_when_the_followed_one_is_hidden_by_who_is_near(self):
        follower = Follower(OPTIONS)
        _, now = watch(follower, seen(4.6), start=0.0, images=10)
        command, _ = watch(follower, only(HEAD_AND_SHOULDERS, seen(1.2, track_id=8)), start=now, images=1)
        assert (command.speed, command.blocked) == (0.0, True)

    def test_also_in_the_image_in_which_they_are_missed(self):
        follower = Follower(OPTIONS)
        _, now = watch(follower, seen(4.6), start=0.0, images=10)
        _, now = watch(follower, seen(4.6), only({"nose"}, seen(1.2, 0.2, 8)), start=now, images=1)
        command, now = watch(follower, seen(4.6), start=now, images=1)
        assert (command.speed, command.blocked) == (0.0, True)
        command, _ = watch(follower, seen(4.6), start=now, images=10)
        assert command.speed > 0.0
        assert not command.blocked

    def test_it_may_back_off(self):
        follower = Follower(FollowOptions(max_reverse_speed=0.2, clearance=2.0))
        command, _ = watch(follower, seen(1.2), start=0.0, images=20)
        assert (command.speed, command.blocked) == (-0.2, True)


class TestClock:
    @pytest.mark.parametrize("later", [math.nan, math.inf, -math.inf, 0.0, -5.0, 100.0])
    def test_a_command_at_an_odd_time_is_zero(self, later):
        follower = Follower(OPTIONS)
        watch(follower, seen(4.6), start=50.0, images=10)
        command = follower.command(later)
        assert (command.speed, command.turn_rate, command.state) == (0.0, 0.0, STALE)
        # and goes on from there when its clock is right again
        command, _ = watch(follower, seen(4.6), start=51.0, images=10)
        assert (command.state, command.speed) == (FOLLOWING, 0.3)

    @pytest.mark.parametrize("now", [math.nan, math.inf, -math.inf])
    def test_skeletons_at_no_time_are_refused(self, now):
        follower = Follower(OPTIONS)
        watch(follower, seen(4.6), start=0.0, images=10)
        with pytest.raises(ValueError, match=f"at a time of {now} seconds"):
            follower.update(array(seen(4.6)), now)
        assert follower.command(1.0).speed == 0.0

    def test_no_track_id_is_believed_after_it_went_back(self):
        follower = Follower(OPTIONS)
        watch(follower, seen(4.6), start=50.0, images=10)
        command, _ = watch(follower, seen(4.6), start=10.0, images=10)
        assert (command.state, command.speed) == (LOST, 0.0)


class TestCamera:
    def test_of_another_size_is_scaled(self):
        larger = CAMERA.scaled_to(2 * WIDTH, 2 * HEIGHT)
        distances = []
        for camera in (CAMERA, larger):
            follower = Follower(OPTIONS)
            follower.update(array(seen(3.0, 0.5)), 0.0, camera)
            distances.append(follower.command(0.0).distance)
        assert distances[0] == pytest.approx(distances[1])

    def test_of_another_shape_is_refused(self):
        follower = Follower(OPTIONS)
        watch(follower, seen(4.6), start=0.0, images=10)
        with pytest.raises(ValueError, match="have another shape"):
            follower.update(array(seen(4.6)), 1.0, replace(CAMERA, height=360))
        assert follower.command(1.0).speed == 0.0


@pytest.mark.parametrize("nonsense", [None, SimpleNamespace(), array(None), array(SimpleNamespace(keypoints=[None]))])
def test_whatever_is_raised_the_next_command_is_zero(nonsense):
    follower = Follower(OPTIONS)
    watch(follower, seen(4.6), start=0.0, images=10)
    with pytest.raises((AttributeError, ValueError)):
        follower.update(nonsense, 1.0)
    command = follower.command(1.0)
    assert (command.speed, command.turn_rate, command.state) == (0.0, 0.0, STALE)


def test_after_a_halt_it_accelerates_from_zero():
    follower = Follower(OPTIONS)
    command, now = watch(follower, seen(4.6), start=0.0, images=10)
    assert command.speed == 0.3
    follower.halt()
    assert follower.command(now).speed <= OPTIONS.acceleration * 0.1 + 1e-9


# an image -> is somebody in it of whom it cannot be said that they are farther away than the clearance?
near = st.builds(seen, st.floats(0.45, 0.55), st.floats(-0.1, 0.1), st.integers(-1, 9)).filter(bool)
unknown = st.builds(
    only,
    st.sets(st.sampled_from(sorted(HEAD_AND_SHOULDERS | {"left_wrist", "right_elbow"})), min_size=1),
    st.builds(seen, st.floats(0.6, 6), st.floats(-0.3, 0.3), st.integers(-1, 9)),
).filter(lambda person: any(k.score for k in person.keypoints))
far = st.builds(seen, st.floats(2, 6), st.floats(-0.5, 0.5), st.integers(-1, 9), st.booleans())
images = st.one_of(
    st.tuples(st.lists(far, max_size=3), st.just(False)),
    st.tuples(
        st.tuples(st.lists(far, max_size=2), st.one_of(near, unknown)).map(lambda p: [*p[0], p[1]]), st.just(True)
    ),
)
moments = st.one_of(st.floats(0.0, 0.4), st.floats(0.6, 3.0), st.floats(-1.0, 0.0), st.just(math.nan))
events = st.lists(st.tuples(moments, st.one_of(st.none(), st.just("nonsense"), images)), min_size=1, max_size=15)


@settings(max_examples=150, deadline=None)
@given(limits, events)
def test_it_drives_forwards_only_while_all_is_known_to_be_well(o, events):
    follower = Follower(o)
    watch(follower, seen(4.0), start=0.0, images=10)
    heard = now = 0.9
    way_is_free = sound = True
    for wait, image in events:
        at = now + wait
        now = at if math.isfinite(at) else now
        if image == "nonsense":
            follower.distrust_input()
            sound = False
        elif image is not None:
            try:
                follower.update(array(*image[0]), at, CAMERA)
                heard, sound, way_is_free = at, True, not image[1]
            except ValueError:
                sound = False
        command = follower.command(at)
        assert math.isfinite(command.speed)
        assert math.isfinite(command.turn_rate)
        assert -o.max_reverse_speed <= command.speed <= o.max_speed
        assert abs(command.turn_rate) <= o.max_turn_rate
        fresh = 0 <= at - heard <= o.input_timeout
        if not (sound and fresh and way_is_free):
            assert command.speed <= 0.0
        if not (sound and fresh):
            assert command.speed == command.turn_rate == 0.0


def boxed(person):
    """The same person, known by a box alone."""
    for keypoint in person.keypoints:
        keypoint.x, keypoint.y, keypoint.score = math.nan, math.nan, 0.0
    person.bounding_box = (100.0, 100.0, 200.0, 400.0)
    return person


def test_nobody_drives_where_somebody_is_known_by_a_box_alone():
    follower = Follower(FollowOptions())
    command, now = watch(follower, seen(), start=0.0, images=20)
    assert command.speed > 0
    command, now = watch(follower, seen(), boxed(seen(4.0, 1.0, track_id=8)), start=now, images=3)
    assert command.blocked
    assert command.speed <= 0
    command, _ = watch(follower, seen(), start=now, images=20)
    assert command.speed > 0


def test_a_hand_that_stopped_the_robot_does_not_start_it_when_only_the_box_was_seen_between():
    follower = Follower(FollowOptions(hand_frames=3))
    _, now = watch(follower, seen(), start=0.0, images=10)
    command, now = watch(follower, seen(raised=True), start=now, images=5)
    assert command.state == "stopped"
    _, now = watch(follower, boxed(seen(raised=True)), start=now, images=5)
    command, _ = watch(follower, seen(raised=True), start=now, images=10)
    assert command.state == "stopped"
    assert command.speed == 0
