"""Which message belongs to an image, and how long it is waited for; the clock is the test's."""

import threading
import time

import pytest

from trt_pose_ros.ros.runtime.nearest import NearestInTime

OFFSET = 0.02


class Stream(NearestInTime):
    """A stream that is told the time."""

    def __init__(self):
        self.now = 0.0
        super().__init__(lambda: self.now)

    def find(self, stamp, until=0.0):
        """The message of an image, which is its stamp, None without; nothing comes any more."""
        self.expect(stamp)
        return self.take(OFFSET, until)


@pytest.mark.parametrize(
    ("stamps", "found"),
    [
        ([4.9, 5.0, 5.1], 5.0),  # exact
        ([4.985, 5.01], 5.01),  # the nearest
        ([5.01, 4.995], 4.995),  # in any order
        ([4.97, 5.03], None),  # none is near enough
        ([], None),
    ],
)
def test_the_nearest_within_the_offset(stamps, found):
    stream = Stream()
    for stamp in stamps:
        stream.put(stamp, stamp)
    assert stream.find(5.0) == found
    assert (stream.offset == pytest.approx((found or 4.97) - 5.0, abs=1e-6)) or not stamps


def test_what_comes_while_the_network_runs_counts():
    stream = Stream()
    stream.expect(5.0)
    for i in range(100):  # more than are kept
        stream.put(5.0 + i, 5.0 + i)
    assert stream.take(OFFSET, 0.0) == 5.0


def test_it_is_waited_for_until_it_comes():
    stream = NearestInTime(time.monotonic)
    stream.put(4.9, 4.9)
    stream.expect(5.0)
    threading.Timer(0.2, lambda: stream.put(5.0, 5.0)).start()
    assert stream.take(OFFSET, time.monotonic() + 60) == 5.0


@pytest.mark.parametrize("stamp", [5.1, 9.0])
def test_a_newer_one_tells_that_none_will_come(stamp):
    stream = NearestInTime(time.monotonic)
    stream.put(stamp, stamp)
    stream.expect(5.0)
    assert stream.take(OFFSET, time.monotonic() + 3600) is None  # returns at once


def test_nobody_waits_for_a_silent_camera():
    stream = Stream()
    assert stream.is_silent()
    assert stream.find(5.0, until=3600.0) is None
    stream.put(4.0, 4.0)
    assert not stream.is_silent()
    stream.now = 2.0
    assert stream.is_silent()
    assert stream.find(5.0, until=3600.0) is None


def test_the_waiting_ends():
    stream = NearestInTime(time.monotonic)
    stream.put(4.0, 4.0)
    stream.expect(5.0)
    assert stream.take(OFFSET, time.monotonic() + 0.05) is None
