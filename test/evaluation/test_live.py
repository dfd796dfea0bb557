import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from trt_pose_ros.evaluation.live import LiveRun, highest_held, run_of


def run(rate, latencies, cameras=1, kept=None):
    """A run of images that were published in turn by as many cameras, each at ``kept`` (None: the asked-for) Hz."""
    latencies = np.array(latencies, float)
    numbers = np.arange(len(latencies)) % cameras
    published = (np.arange(len(latencies)) // cameras * 1e9 / (kept or rate)).astype(np.int64)
    return LiveRun(rate, published, latencies, numbers, cpu_seconds=0.5)


def test_the_figures_of_a_steady_run():
    found = run(10.0, [20.0, 22.0, math.nan, 21.0, 30.0]).as_dict()
    assert found["published"] == 5
    assert found["missed"] == 1
    assert (found["published_rate"], found["skeletons_rate"], found["seconds"]) == (10.0, 8.0, 0.5)
    assert (found["first_latency_ms"], found["last_latency_ms"]) == (20.0, 30.0)
    assert found["latency_ms"]["mean"] == 23.25
    assert found["latency_ms"]["max"] == 30.0
    assert found["jitter_ms"]["mean"] == pytest.approx((2 + 1 + 9) / 3)
    assert found["cpu_percent"] == 100.0


def test_jitter_is_of_each_camera_by_itself():
    # two cameras, one always slower: no jitter at all
    assert run(10.0, [5.0, 50.0] * 4, cameras=2).jitter().tolist() == [0.0] * 6
    assert run(10.0, [5.0, 50.0] * 4, cameras=2).published_rate == pytest.approx(10.0)


@pytest.mark.parametrize(
    ("given", "why"),
    [
        (run(30.0, [20.0] * 200), ""),
        (run(30.0, [20.0] * 199 + [math.nan]), ""),  # half a hundredth
        (run(30.0, [20.0] * 195 + [math.nan] * 5), "5 of 200 images dropped"),
        (run(30.0, [math.nan] * 100), "100 of 100 images dropped"),
        (run(30.0, np.linspace(20.0, 120.0, 200)), "the latency grew by 75 ms"),
        (run(30.0, [20.0] * 200, kept=20.0), "the player published 20.0 Hz only"),
        (run(30.0, []), "no image was published"),
    ],
)
def test_what_is_held(given, why):
    assert given.why_not_held().startswith(why)
    assert bool(given.why_not_held()) == bool(why)


def test_nothing_answered_is_null_and_no_error():
    found = run(10.0, [math.nan] * 3).as_dict()
    assert found["latency_ms"] is None
    assert found["jitter_ms"] is None
    assert found["first_latency_ms"] is None
    assert run(10.0, []).as_dict()["published_rate"] is None


@settings(deadline=None)
@given(st.floats(0.6, 900.0), st.floats(0.3, 900.0))
def test_the_search_ends_near_the_limit(limit, start):
    def measure(rate):
        return run(rate, [10.0] * 100 if rate <= limit else [math.nan] * 100)

    found, runs = highest_held(measure, start)
    assert found is not None
    assert limit / 1.06 <= found <= limit or found > 500  # doubling ends at 1000 Hz
    assert len(runs) < 40


@pytest.mark.parametrize("start", [0.0, math.nan, 1e9])
def test_the_search_begins_anywhere(start):
    found, _ = highest_held(lambda rate: run(rate, [10.0] * 100 if rate <= 50 else [math.nan] * 100), start)
    assert found == pytest.approx(48.8, rel=0.03)


def test_nothing_is_held():
    found, runs = highest_held(lambda rate: run(rate, [math.nan] * 10), 10.0)
    assert found is None
    assert min(r.rate for r in runs) < 0.5


def test_skeletons_are_matched_by_stamp_and_camera():
    made = run_of(None, [(0, 10**6), (1, 10**6), (0, 2 * 10**6)], {(0, 10**6): 3 * 10**6, (1, 5): 9}, 1.0)
    np.testing.assert_array_equal(made.latencies, [2.0, math.nan, math.nan])
    assert made.cameras.tolist() == [0, 1, 0]
    assert run_of(30.0, [], {}, 0.0).dropped == 0
