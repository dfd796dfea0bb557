"""The worker's threads, with a pipeline and outputs that fail as they are told."""

import threading
import time
from types import SimpleNamespace

import cv2
import numpy as np
import pytest
from builtin_interfaces.msg import Time
from std_msgs.msg import Header

from trt_pose_ros.ros.convert.image import bgr_to_compressed, bgr_to_image
from trt_pose_ros.ros.runtime.cameras import CameraStream
from trt_pose_ros.ros.runtime.sync import DepthSync
from trt_pose_ros.ros.runtime.worker import Worker
from trt_pose_ros.spatial import Scene
from trt_pose_ros.tracking import UnionOptions

IMAGE = np.zeros((8, 8, 3), np.uint8)
PATIENCE = 20.0  # seconds


class Bench:
    """A worker and one camera; it refuses options that say so."""

    options = property(lambda self: None)

    @options.setter
    def options(self, value):
        if value == "wrong":
            raise ValueError("an option that the decoder refuses")

    def __init__(self):
        self.logged, self.people, self.hands = [], ["somebody"], None
        self.times, self.deferred = {"network": 0.001}, [0]
        self.networks, self.tracking, self.smoothing, self.live = "right", None, None, None
        self.following, self.locating = SimpleNamespace(), SimpleNamespace()
        self.depth, self.ground, self.depth_sync, self.union = None, None, DepthSync(), UnionOptions()
        self.outputs = SimpleNamespace(publish=self.publish)
        space = SimpleNamespace(expect=lambda stamp: None, scene=lambda *_: Scene(), problem=None)
        detections = SimpleNamespace(expect=lambda *_: None, take=lambda arrived: None, count=lambda poses: None)
        self.camera = CameraStream("front", self.outputs, space, detections)
        self.output_error = None
        logger = SimpleNamespace(error=self.logged.append)
        self.worker = Worker(self, self, time.monotonic, lambda: 100.0, logger)

    def __call__(self, images, cameras, stamps, detections, scenes):
        assert all(isinstance(scene(), Scene) for scene in scenes)
        if isinstance(self.people, Exception):
            raise self.people
        return self.people * len(images)

    def publish(self, *_):
        if self.output_error:
            raise self.output_error

    def process(self, message):
        """Put a message in and wait until its fate is known; returns the counts."""
        before = self.camera.counts.total()
        self.worker.frames.put(self.camera, (message, time.monotonic()))
        end = time.monotonic() + PATIENCE
        while self.camera.counts.total() == before:
            assert time.monotonic() < end, "a frame was lost"
            time.sleep(0.002)
        return dict(self.camera.counts)

    def stop(self):
        """Stop it; fails where that does not return."""
        stopping = threading.Thread(target=self.worker.stop, daemon=True)
        stopping.start()
        stopping.join(PATIENCE)
        assert not stopping.is_alive()


@pytest.fixture
def bench():
    made = Bench()
    yield made
    made.stop()


def message():
    return bgr_to_image(IMAGE, Header(stamp=Time(sec=99)))


def test_no_error_ends_the_threads(bench):
    assert bench.process(message()) == {"processed": 1}
    bench.networks = "wrong"
    assert bench.process(message()) == {"processed": 1, "failed": 1}
    bench.networks, bench.people = "right", MemoryError("no memory")
    assert bench.process(message())["failed"] == 2
    bench.people = []  # fewer results than images
    assert bench.process(message())["failed"] == 3
    bench.people = ["somebody"]
    assert bench.process("no message at all")["failed"] == 4
    bench.output_error = OSError("no publisher")
    assert bench.process(message())["unsent"] == 1
    bench.output_error = None
    assert bench.process(message())["processed"] == 2
    assert "an option that the decoder refuses" in bench.logged[0]
    assert len(bench.logged) == 2  # each cause once in a while


def test_decoding_is_not_counted_as_waiting(bench):
    large = np.random.default_rng(0).integers(0, 256, (1200, 1600, 3), np.uint8)
    for _ in range(3):
        bench.process(bgr_to_compressed(cv2.GaussianBlur(large, (0, 0), 2), Header(stamp=Time(sec=99)), quality=95))
    stages = bench.camera.times.percentiles()
    assert list(stages) == ["decode_image", "age_at_arrival", "wait", "publish", "age"]
    assert stages["decode_image"][0] > 3 * stages["wait"][0]


def test_stop_counts_what_is_still_waiting(bench):
    bench.worker.frames.close()
    bench.worker.frames.put(bench.camera, (message(), 0.0))
    bench.stop()
    assert bench.camera.counts["skipped"] == 1
