"""Which images make a moment."""

import pytest

from trt_pose_ros.spatial.views import InstantOptions, Instants, Stamped


def play(events, cameras="abc", **options):
    """[[(camera, stamp)]] of the moments made of ``events``, (camera, stamp, arrived), and the Instants after that."""
    instants = Instants(cameras, InstantOptions(**options))
    moments = []
    for camera, stamp, arrived in events:
        instants.add(camera, Stamped(stamp, arrived, None))
        moments += list(instants.ready(arrived))
    moments += list(instants.ready(events[-1][2] + 1))
    return [sorted((camera, item.stamp) for camera, item in moment.items()) for moment in moments], instants


def steady(cameras, count=20, delay=0.0, phase=0.0):
    return [(c, 0.04 * n + phase, 0.04 * n + phase + delay) for n in range(count) for c in cameras]


def test_equal_stamps():
    moments, instants = play(steady("abc"))
    assert moments == [[(c, 0.04 * n) for c in "abc"] for n in range(20)]
    assert all(counts == {"used": 20} for counts in instants.counts.values())


def test_free_running_cameras_within_tolerance():
    events = sorted(steady("a") + steady("b", phase=0.013) + steady("c", phase=-0.006), key=lambda e: e[2])
    moments, _ = play(events)
    assert [len(moment) for moment in moments] == [3] * 20


@pytest.mark.parametrize("tolerance", [0.02, 0.005])
def test_stamps_further_apart_are_not_of_one_moment(tolerance):
    moments, _ = play(sorted(steady("a") + steady("b", phase=0.015), key=lambda e: e[2]), "ab", tolerance=tolerance)
    assert {len(moment) for moment in moments} == {2 if tolerance > 0.015 else 1}


def test_a_dead_camera_is_waited_for_once():
    instants = Instants("ab", InstantOptions(max_wait=0.1))
    waited = []
    for n in range(10):
        instants.add("a", Stamped(0.04 * n, 0.04 * n, None))
        waited.append(len(list(instants.ready(0.04 * n))))
    # nothing for the first 0.1 s, then all at once, then each at its arrival
    assert waited == [0, 0, 0, 4, 1, 1, 1, 1, 1, 1]
    assert instants.counts["b"] == {"missed": 10}


def test_a_late_camera_takes_only_itself_away_and_comes_back():
    early, late = steady("a", 30), steady("b", 30, delay=0.3)
    moments, instants = play(sorted(early + late, key=lambda e: e[2]), "ab")
    assert instants.counts["b"]["late"] >= 25
    assert sum(("a" in dict(moment)) for moment in moments) == 30
    # from now on b is in time, though after a
    for n in range(30, 50):
        instants.add("a", Stamped(0.04 * n, 0.04 * n, None))
        list(instants.ready(0.04 * n))
        instants.add("b", Stamped(0.04 * n, 0.04 * n + 0.02, None))
        list(instants.ready(0.04 * n + 0.02))
    assert instants.counts["b"]["used"] >= 18


def test_a_slower_camera_joins_where_it_can():
    events = sorted(steady("a", 20) + [("b", 0.08 * n, 0.08 * n) for n in range(10)], key=lambda e: e[2])
    moments, _ = play(events, "ab")
    assert [len(moment) for moment in moments] == [2, 1] * 10


def test_a_recording_that_starts_again():
    moments, _ = play(steady("ab", 100) + [(c, s, 10 + s) for c, s, _ in steady("ab", 10)], "ab")
    assert [len(moment) for moment in moments] == [2] * 110


def test_an_image_that_comes_twice():
    moments, instants = play([*steady("a", 2), ("a", 0.04, 0.05), *steady("b", 2)], "ab", max_wait=1.0)
    assert [len(moment) for moment in moments] == [2, 2]
    assert instants.counts["a"]["late"] == 1
