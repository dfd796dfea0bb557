import math
from types import SimpleNamespace

import pytest
from rclpy.clock import Clock

from trt_pose_ros.engine.child import Progress
from trt_pose_ros.ros.runtime.cameras import CameraStream
from trt_pose_ros.ros.runtime.diagnostics import Diagnostics
from trt_pose_ros.ros.runtime.settings import DiagnosticsOptions

OK, WARN, ERROR = 0, 1, 2


class Reporter:
    """Diagnostics with a node just large enough, a camera and a clock that the test sets."""

    def __init__(self):
        self.now, self.published = 0.0, []
        self.wanted = True
        outputs = SimpleNamespace(
            wanted=lambda: self.wanted, idle=lambda: [] if self.wanted else ["/skeletons"], uncalibrated=""
        )
        self.space = SimpleNamespace(counts={}, offset=math.nan, problem=None)
        self.camera = CameraStream("front", outputs, self.space, SimpleNamespace(counts={}))
        self.worker = SimpleNamespace(times=SimpleNamespace(percentiles=lambda: {"network": (0.01, 0.02)}))
        self._diagnostics = Diagnostics(self)

    def create_publisher(self, kind, topic, qos):
        assert topic == "/diagnostics"
        return SimpleNamespace(publish=self.published.append)

    def get_fully_qualified_name(self):
        return "/robot/pose_node"

    def get_clock(self):
        return Clock()

    def report(self, worker=True, **counts):
        """(level, message, values) of the node and of the camera a second later, after these more counts."""
        self.now += 1.0
        self.camera.counts.update(counts)
        state = "active" if worker else "inactive"
        self._diagnostics.publish(
            DiagnosticsOptions(), state, None, self.worker if worker else None, [self.camera], lambda: self.now
        )
        return [(s.level[0], s.message, {pair.key: pair.value for pair in s.values}) for s in self.published[-1].status]


def test_names_and_values():
    reporter = Reporter()
    reporter.report()
    (level, message, values), camera = reporter.report(received=30, processed=29, replaced=1)
    assert [s.name for s in reporter.published[-1].status] == ["robot/pose_node", "robot/pose_node: front"]
    assert (level, message) == (OK, "running")
    assert values["network_ms"] == "p50 10.00, p95 20.00"
    assert camera[:2] == (OK, "running")
    assert (camera[2]["fps_in"], camera[2]["fps_out"], camera[2]["received"]) == ("30.0", "29.0", "30")


@pytest.mark.parametrize(
    ("counts", "level", "sentence"),
    [
        ({"received": 10, "processed": 10}, OK, "running"),
        ({"received": 10, "processed": 5, "replaced": 5}, WARN, "the network is slower than the camera"),
        ({"received": 10, "processed": 10, "lost": 5}, WARN, "images are lost on the way"),
        ({"received": 10, "processed": 9, "bad": 1}, ERROR, "images cannot be used"),
        ({"received": 10, "failed": 10}, ERROR, "images cannot be used"),
        ({"received": 10, "unsent": 10}, ERROR, "images cannot be used"),
    ],
)
def test_levels_of_a_camera(counts, level, sentence):
    reporter = Reporter()
    reporter.report()
    _, camera = reporter.report(**counts)
    assert camera[0] == level
    assert sentence in camera[1]
    # what was bad is over
    _, camera = reporter.report(received=10, processed=10)
    assert camera[:2] == (OK, "running")


@pytest.mark.parametrize(("age", "level"), [(0.1, OK), (0.6, WARN), (3.0, ERROR)])
def test_old_skeletons(age, level):
    reporter = Reporter()
    reporter.report()
    reporter.camera.times.add({"age": age})
    _, camera = reporter.report(received=10, processed=10)
    assert camera[0] == level
    assert ("older than their images" in camera[1]) == (level != OK)
    assert camera[2]["age_ms"] == f"p50 {1e3 * age:.2f}, p95 {1e3 * age:.2f}"


def test_stamps_of_another_clock():
    reporter = Reporter()
    reporter.report()
    reporter.camera.times.add({"age": 1.7e9})
    _, camera = reporter.report(received=10, processed=10)
    assert camera[0] == WARN
    assert "not of this clock" in camera[1]


def test_causes_of_bad_images():
    reporter = Reporter()
    reporter.camera.bad.update(step=2, encoding=1)
    _, camera = reporter.report(received=3, bad=3)
    assert (camera[2]["bad_step"], camera[2]["bad_encoding"]) == ("2", "1")


def test_a_silent_camera_is_an_error_until_it_returns():
    reporter = Reporter()
    levels = [reporter.report(received=n)[1][0] for n in (5, 5, 0, 0, 0, 5, 0)]
    assert levels == [OK, OK, OK, OK, ERROR, OK, OK]
    assert "is the camera running" in reporter.published[4].status[1].message


def test_silence_is_counted_from_activation():
    reporter = Reporter()
    reporter.report(received=1)
    for _ in range(5):
        (inactive,) = reporter.report(worker=False)
    assert inactive[0] == WARN
    assert inactive[1] == "inactive: configure and activate the node to start it"
    _, camera = reporter.report()
    assert camera[0] == OK


def test_what_is_not_made_is_said():
    reporter = Reporter()
    reporter.wanted = False
    _, camera = reporter.report(received=30, skipped=30)
    assert camera[0] == OK
    assert "nobody subscribes" in camera[1]
    assert camera[2]["not_made"] == "/skeletons"


def test_a_build_of_an_engine_warns_once_a_second_how_far_it_is():
    reporter = Reporter()
    diagnostics = Diagnostics(reporter)
    for i, now in enumerate((10.0, 10.2, 10.9, 11.1)):
        diagnostics.building(Progress("timing tactics", 40.0 + i, 60.0 + i), lambda now=now: now)
    first, second = (message.status[0] for message in reporter.published)
    assert (first.level[0], first.name) == (WARN, "robot/pose_node")
    assert first.message == "building the TensorRT engine, 40 % after 60 s: timing tactics"
    assert {pair.key: pair.value for pair in second.values} == {"state": "configuring", "build_percent": "43"}


def test_depth_is_counted_and_what_is_missing_is_told():
    reporter = Reporter()
    reporter.report()
    _, (level, _, values) = reporter.report(received=10, processed=10)
    assert level == OK
    assert not any(key.startswith("depth") for key in values)
    reporter.space.counts, reporter.space.offset = {"depth_used": 9, "depth_late": 1}, 0.0042
    reporter.space.problem = "depth_late", "no depth image of the image's time came in time"
    _, (level, message, values) = reporter.report(received=10, processed=10)
    assert (level, message) == (WARN, "people get no positions: no depth image of the image's time came in time")
    assert (values["depth_used"], values["depth_late"], values["depth_offset_ms"]) == ("9", "1", "4.2")
