import threading
from types import SimpleNamespace

import pytest

from trt_pose_ros.ros.runtime.cameras import CameraStream, NewestFrames


def test_the_newest_frame_of_each_camera_is_taken():
    frames = NewestFrames()
    assert frames.put("a", 1) is None
    assert frames.put("b", 2) is None
    assert frames.put("a", 3) == 1
    assert frames.take() == {"a": 3, "b": 2}
    frames.put("b", 4)
    assert frames.close() == ["b"]
    assert frames.take() is None


def test_taking_waits_for_a_frame_or_the_end():
    frames, taken = NewestFrames(), []
    taker = threading.Thread(target=lambda: taken.extend([frames.take(), frames.take()]))
    taker.start()
    frames.put("a", 1)
    frames.close()
    taker.join(10)
    assert taken in ([{"a": 1}, None], [None, None])


class Clockwork:
    """A camera whose messages and time the test makes; a node and outputs just large enough for it."""

    def __init__(self):
        self.now, self.rate, self.wanted, self.subscriptions = 0.0, 0.0, True, []
        self.space = SimpleNamespace(subscribe=lambda node, clock: None)
        self.camera, self.frames = CameraStream("front", self, self.space, self.space), NewestFrames()
        self.outputs_wanted = True
        settings = SimpleNamespace(image_transport="raw", image_qos="sensor_data")
        live = lambda: SimpleNamespace(max_rate=self.rate)  # noqa: E731
        self.camera.outputs = SimpleNamespace(wanted=lambda: self.outputs_wanted)
        self.camera.subscribe(self, settings, self.frames, live, lambda: self.now)

    def create_subscription(self, kind, topic, callback, qos, event_callbacks=None):
        self.subscriptions.append((topic, callback))
        return topic

    def arrive(self, times):
        """Number of frames, of those that arrive at these times, that are processed; each is taken at once."""
        before = self.camera.counts["rate_limited"] + self.camera.counts["skipped"]
        for self.now in times:
            self.subscriptions[0][1]("message")
            self.frames._frames.clear()
        return len(times) - (self.camera.counts["rate_limited"] + self.camera.counts["skipped"] - before)


def test_topics():
    assert [topic for topic, _ in Clockwork().subscriptions] == ["front/image", "front/camera_info"]
    assert CameraStream("", None, None, None).topic("compressed") == "image/compressed"


def test_nothing_is_processed_that_nobody_wants():
    clockwork = Clockwork()
    clockwork.outputs_wanted = False
    assert clockwork.arrive([0, 1, 2]) == 0
    assert clockwork.camera.counts == {"received": 3, "skipped": 3}


@pytest.mark.parametrize(("rate", "expected"), [(0.0, 300), (10.0, 100), (12.5, 125), (29.0, 290), (40.0, 300)])
def test_the_rate_is_kept_on_average(rate, expected):
    clockwork = Clockwork()
    clockwork.rate = rate
    assert abs(clockwork.arrive([i / 30 for i in range(300)]) - expected) <= 2


def test_missing_frames_are_not_caught_up_in_a_burst():
    clockwork = Clockwork()
    clockwork.rate = 10.0
    clockwork.arrive([0.0, 0.1])
    assert clockwork.arrive([50 + i / 100 for i in range(20)]) <= 3


def test_a_new_rate_holds_at_once():
    clockwork = Clockwork()
    clockwork.rate = 0.01
    assert clockwork.arrive([0.0, 1.0, 2.0]) == 1
    clockwork.rate = 10.0
    assert clockwork.arrive([2.1, 2.3]) == 2
