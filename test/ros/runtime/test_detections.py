"""Detections as they come: late, rarely, twice, of another clock; the clock is the test's."""

from types import SimpleNamespace

import numpy as np
import pytest
from builtin_interfaces.msg import Time
from std_msgs.msg import Header

from trt_pose_ros import Poses, Topology
from trt_pose_ros.ros.runtime.detections import DetectionStream
from trt_pose_ros.ros.runtime.sync import DetectionSync

SIZE = (640, 480)


def detections(stamp, *boxes, person="person", score=0.9):
    """A message with boxes given as centre and size."""
    header = Header(stamp=Time(sec=int(stamp), nanosec=round(stamp % 1 * 1e9)))
    return SimpleNamespace(
        header=header,
        detections=[
            SimpleNamespace(
                bbox=SimpleNamespace(
                    center=SimpleNamespace(position=SimpleNamespace(x=x, y=y), theta=0.0), size_x=w, size_y=h
                ),
                results=[SimpleNamespace(hypothesis=SimpleNamespace(class_id=person, score=score))],
            )
            for x, y, w, h in boxes
        ],
    )


class Stream(DetectionStream):
    """A stream that is told the time, and subscribes to nothing."""

    def __init__(self, **sync):
        self.now, self.sync = 0.0, DetectionSync(**sync)
        super().__init__("", SimpleNamespace(detections_class="person", image_qos="sensor_data"), lambda: self.sync)
        node = SimpleNamespace(create_subscription=lambda *_: None, destroy_subscription=lambda _: None)
        self.subscribe(node, lambda: self.now)

    def find(self, stamp):
        """Number of detections of an image, None without."""
        self.expect(stamp, SIZE)
        found = self.take(0.0)
        return None if found is None else len(found)


BOX = (100.0, 200.0, 50.0, 150.0)


def test_detections_of_the_images_time():
    stream = Stream()
    assert stream.find(5.0) is None
    assert not stream.counts  # nobody publishes any: nothing is missing
    stream.put(detections(5.01, BOX, BOX))
    assert stream.find(5.033) == 2
    assert stream.find(5.2) is None
    assert stream.counts == {"detections_received": 1, "detections_used": 1, "detections_missing": 1}


def test_between_two_messages_the_same_object_serves():
    stream = Stream()
    stream.put(detections(5.0, BOX))
    stream.expect(5.0, SIZE)
    first = stream.take(0.0)
    stream.expect(5.033, SIZE)
    assert stream.take(0.0) is first
    stream.put(detections(5.066, BOX))
    stream.expect(5.066, SIZE)
    assert stream.take(0.0) is not first


def test_a_detector_that_found_nobody_is_not_one_that_is_silent():
    stream = Stream()
    stream.put(detections(5.0))
    assert stream.find(5.0) == 0


def test_late_repeated_and_unstamped_messages():
    stream = Stream()
    stream.find(5.0)
    stream.put(detections(4.95, BOX))  # of the next image yet
    assert "detections_late" not in stream.counts
    stream.put(detections(4.8, BOX))
    stream.put(detections(4.8, BOX, BOX))
    stream.put(detections(0.0, BOX))
    assert stream.counts == {
        "detections_received": 4,
        "detections_late": 1,
        "detections_repeated": 1,
        "detections_unstamped": 1,
    }
    assert stream.find(5.033) == 1
    stream.sync = DetectionSync(max_offset=0.01)
    assert stream.find(5.033) is None


def test_time_may_be_set_back():
    stream = Stream()
    stream.put(detections(100.0, BOX))
    assert stream.find(100.0) == 1
    stream.put(detections(5.0, BOX, BOX))
    assert stream.find(5.0) == 2


def test_what_is_of_no_use_is_counted():
    stream = Stream()
    stream.find(5.0)  # the size is known from the first image on
    stream.put(
        detections(5.1, BOX, (-5.0, 200.0, 50.0, 50.0), (700.0, 20.0, 50.0, 50.0), (float("nan"), 1.0, 1.0, 1.0))
    )
    stream.put(detections(5.2, BOX, person="dog"))
    assert stream.find(5.1) == 1
    assert stream.find(5.2) == 0
    counts = {key: stream.counts[f"detections_{key}"] for key in ("outside", "bad", "other")}
    assert counts == {"outside": 2, "bad": 1, "other": 1}


@pytest.mark.parametrize("boxes", [None, [[np.nan] * 4, [1, 2, 3, 4], [5, 6, 7, 8]]])
def test_people_are_counted_by_what_they_are_known_by(boxes):
    stream = Stream()
    keypoints = np.array([[[1, 2, 0.5]], [[1, 2, 0.5]], [[np.nan, np.nan, 0]]])
    stream.count(Poses(Topology("t", ("a",), ()), keypoints, np.ones(3), detected_boxes=boxes))
    expected = {"people_matched": 1, "people_box_only": 1, "people_skeleton_only": 1}
    assert stream.counts == ({} if boxes is None else expected)
