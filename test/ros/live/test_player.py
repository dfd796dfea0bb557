import itertools

import numpy as np
import pytest

pytest.importorskip("rosbags", reason="bags need the extra [replay]")

from trt_pose_ros.bags.images import Camera, write_image
from trt_pose_ros.bags.reader import BagReader
from trt_pose_ros.bags.types import message_types, typestore
from trt_pose_ros.bags.writer import BagWriter
from trt_pose_ros.media.calibration import Calibration
from trt_pose_ros.messages.header import header, stamp_ns
from trt_pose_ros.messages.images import bgr_to_image, encoded_image
from trt_pose_ros.messages.serialised import stamp_of, stamped
from trt_pose_ros.ros.live.player import at_rate, at_recorded_times, shots

TYPES, STORE = message_types(), typestore()
SECOND = 10**9
LENS = Calibration(8, 6, "plumb_bob", (0.5,) * 5, (9.0,) * 9, (1.0,) * 9, (2.0,) * 12)


def picture(number):
    return np.full((6, 8, 3), number, np.uint8)


@pytest.fixture(scope="module")
def bag(tmp_path_factory):
    """Two cameras, left with 5 raw images and a calibration at 10 Hz, right with 3 PNGs without one at 4 Hz."""
    path = tmp_path_factory.mktemp("bag") / "bag"
    with BagWriter(path) as writer:
        for number in range(5):
            write_image(writer, Camera("/left/image", "lens", "raw", LENS), picture(number), SECOND + number * 10**8)
        for number in range(3):
            message = bgr_to_image(picture(100 + number), header(3, "lens", TYPES), TYPES)
            writer.write("/right/image", message, SECOND + number * 25 * 10**7 + 1)
    return path


@pytest.fixture
def found(bag):
    with BagReader(bag) as reader:
        yield list(shots(reader, ["/left/image", "/right/image"]))


def value(shot):
    return int(encoded_image(STORE.deserialize_cdr(shot.data, "sensor_msgs/msg/Image")).bgr[0, 0, 0])


@pytest.mark.parametrize("little_endian", [True, False])
@pytest.mark.parametrize("stamp", [0, 1, 1795857345 * SECOND + 123456789])
def test_a_stamp_is_changed_and_nothing_else(little_endian, stamp):
    name = "sensor_msgs/msg/Image"
    data = STORE.serialize_cdr(
        bgr_to_image(picture(7), header(5, "lens", TYPES), TYPES), name, little_endian=little_endian
    )
    assert stamp_of(data) == 5
    changed = stamped(bytes(data), stamp)
    assert stamp_of(changed) == stamp
    message = STORE.deserialize_cdr(changed, name)
    assert stamp_ns(message) == stamp
    assert message.header.frame_id == "lens"
    np.testing.assert_array_equal(encoded_image(message).bgr, picture(7))


def test_images_come_with_their_number_and_calibration(found):
    assert [(s.camera, s.number, value(s)) for s in found] == [
        (0, 0, 0), (1, 0, 100), (0, 1, 1), (0, 2, 2), (1, 1, 101), (0, 3, 3), (0, 4, 4), (1, 2, 102),
    ]  # fmt: skip
    assert all(s.info is None for s in found if s.camera == 1)
    # that of an image is recorded just after it, so the first image has none
    infos = [STORE.deserialize_cdr(s.info, "sensor_msgs/msg/CameraInfo") for s in found if s.camera == 0 and s.info]
    assert [info.k[0] for info in infos] == [9.0] * 4


def test_recorded_times_at_twice_the_speed(found):
    due = [(round(1000 * seconds), s.camera) for seconds, s in at_recorded_times(iter(found), 2.0)]
    assert due == [(0, 0), (0, 1), (50, 0), (100, 0), (125, 1), (150, 0), (200, 0), (250, 1)]


def test_at_a_rate_all_cameras_go_together_and_images_are_repeated(found):
    plan = list(at_rate(iter(found), 2, rate=20.0, count=7))
    assert [(round(1000 * seconds), value(s)) for seconds, s in plan] == [
        (1000 * n // 20, shown) for n in range(7) for shown in (n % 5, 100 + n % 3)
    ]


def test_at_a_rate_no_more_is_read_than_needed(found):
    source = iter(found)
    assert len(list(at_rate(source, 2, rate=20.0, count=1))) == 2
    assert len(list(source)) == len(found) - 2


def test_a_camera_without_images_plays_nothing(found):
    assert list(at_rate((s for s in found if s.camera == 0), 2, rate=20.0, count=7)) == []
    assert list(itertools.islice(at_recorded_times(iter([]), 1.0), 1)) == []
