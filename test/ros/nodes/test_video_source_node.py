"""video_source_node as a process of its own."""

import signal
import time

import cv2
import numpy as np
import pytest
import yaml
from harness import node_command, stamp_in_seconds, unused_namespace
from mjpeg_server import serving
from sensor_msgs.msg import CameraInfo, CompressedImage, Image

from trt_pose_ros.messages.images import encoded_image

FRAMES = 12


def picture(number):
    """A grey picture whose brightness tells its number."""
    return np.full((48, 64, 3), 20 * number, np.uint8)


def number_of(message):
    return round(encoded_image(message).bgr.mean() / 20)


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    made = tmp_path_factory.mktemp("pictures")
    for number in range(FRAMES):
        cv2.imwrite(str(made / f"{number:02}.png"), picture(number))
    return made


@pytest.fixture(scope="module")
def video(tmp_path_factory):
    file = tmp_path_factory.mktemp("video") / "clip.avi"
    writer = cv2.VideoWriter(str(file), cv2.VideoWriter_fourcc(*"MJPG"), 50.0, (64, 48))
    for number in range(FRAMES):
        writer.write(picture(number))
    writer.release()
    return file


@pytest.fixture
def source(tester, processes):
    """Starts a video_source_node with parameters; returns its process and its namespace."""

    def start(**parameters):
        namespace = unused_namespace()
        command = node_command("video_source_node", namespace=namespace, parameters=parameters)
        return processes(*command), namespace

    return start


@pytest.mark.parametrize("kind", ["folder", "video"])
def test_every_frame_once_and_in_order(tester, source, request, kind):
    path = request.getfixturevalue(kind)
    process, namespace = source(source=str(path), rate=100.0, frame_id="lens", image_qos="reliable")
    _, images = tester.messages(Image, f"{namespace}/image")
    _, infos = tester.messages(CameraInfo, f"{namespace}/camera_info")
    tester.spin_until(lambda: process.exit_code is not None and len(images) >= FRAMES, "all frames and the end")
    assert process.wait() == 0
    assert [number_of(m) for m in images] == list(range(FRAMES))
    stamps = [stamp_in_seconds(m) for m in images]
    assert stamps == sorted(set(stamps))
    assert {m.header.frame_id for m in images} == {"lens"}
    assert all((i.width, i.height, i.k[0]) == (64, 48, 0) for i in infos)
    assert {stamp_in_seconds(i) for i in infos} <= set(stamps)


def test_a_loop_goes_on_until_it_is_ended(tester, source, folder):
    process, namespace = source(source=str(folder), rate=100.0, loop=True, image_qos="reliable")
    _, images = tester.messages(CompressedImage, f"{namespace}/image/compressed")
    tester.spin_until(lambda: len(images) >= 3 * FRAMES, "three rounds")
    process.send(signal.SIGTERM)
    assert process.wait() == 0
    assert [number_of(m) for m in images[: 3 * FRAMES]] == 3 * list(range(FRAMES))


def test_a_broken_picture_is_left_out_and_named(tester, source, folder, tmp_path):
    for number in (1, 3):
        (tmp_path / f"{number}.png").write_bytes((folder / f"0{number}.png").read_bytes())
    (tmp_path / "2.png").write_bytes(b"no picture")
    process, namespace = source(source=str(tmp_path), rate=100.0, image_qos="reliable")
    _, images = tester.messages(Image, f"{namespace}/image")
    tester.spin_until(lambda: process.exit_code is not None, "the end")
    assert process.wait() == 0
    assert [number_of(m) for m in images] == [1, 3]
    assert "2.png is left out: " in process.output
    assert "2 frames published" in process.output


def test_the_calibration_is_published(tester, source, folder, tmp_path):
    calibration = tmp_path / "camera.yaml"
    calibration.write_text(
        yaml.safe_dump(
            {
                "image_width": 64,
                "image_height": 48,
                "distortion_model": "plumb_bob",
                "distortion_coefficients": {"data": [0.0] * 5},
                "camera_matrix": {"data": [50.0, 0, 32, 0, 50, 24, 0, 0, 1]},
                "rectification_matrix": {"data": [1.0, 0, 0, 0, 1, 0, 0, 0, 1]},
                "projection_matrix": {"data": [50.0, 0, 32, 0, 0, 50, 24, 0, 0, 0, 1, 0]},
            }
        )
    )
    process, namespace = source(
        source=str(folder / "03.png"), loop=True, camera_info=str(calibration), wait_for_subscriber=False
    )
    _, infos = tester.messages(CameraInfo, f"{namespace}/camera_info", qos="sensor_data")
    tester.spin_until(lambda: infos, "a camera_info")
    assert infos[0].k[0] == 50
    assert infos[0].header.frame_id == "camera"
    process.send(signal.SIGINT)
    assert process.wait() == 0


@pytest.mark.parametrize(
    ("parameters", "sentence"),
    [
        ({}, "parameter 'source' is empty: name an image, folder, video or webcam"),
        ({"source": "nowhere.mp4"}, "source 'nowhere.mp4' is neither an image, a folder, a video, the number"),
        ({"source": __file__}, "cannot open video"),
        ({"source": "77"}, "cannot open webcam 77"),
        ({"source": "a.png", "rate": -1.0}, "parameter 'rate' is -1.0, must be a number"),
        ({"source": "a.png", "image_qos": "good"}, "parameter 'image_qos' is 'good', must be one of"),
    ],
)
def test_what_cannot_be_played_is_said(source, parameters, sentence):
    process, _ = source(**parameters)
    assert process.wait() == 1
    assert sentence in process.output
    assert "Traceback" not in process.output


def test_a_source_without_a_readable_picture_fails(tester, source, tmp_path):
    (tmp_path / "1.png").write_bytes(b"no picture")
    process, _ = source(source=str(tmp_path), wait_for_subscriber=False)
    assert process.wait() == 1
    assert "it holds no image that can be read" in process.output


@pytest.fixture
def stream():
    """A camera of 50 images a second. ``sent`` tells when each was sent, their halves tell which it was."""

    def halves(_):
        server.sent.append(time.time())
        return np.hstack([picture(digit) for digit in divmod((len(server.sent) - 1) % FRAMES**2, FRAMES)])

    with serving(halves) as server:
        server.sent = []
        yield server


def test_a_stream_is_stamped_when_its_images_come_and_thinned_out_to_the_rate(tester, source, stream):
    process, namespace = source(source=stream.url, rate=10.0, image_qos="reliable")
    _, images = tester.messages(Image, f"{namespace}/image")
    tester.spin_until(lambda: len(images) >= 15, "images")
    process.send(signal.SIGTERM)
    assert process.wait() == 0
    stamps = np.array([stamp_in_seconds(m) for m in images])
    assert np.median(np.diff(stamps)) > 0.08  # not 0.02, the camera's own
    # each is the newest one, not one of a queue: it was sent just before its stamp
    sent, delays = np.array(stream.sent), []
    for message, stamp in zip(images, stamps, strict=True):
        high, low = (round(half.mean() / 20) for half in np.hsplit(encoded_image(message).bgr, 2))
        same = np.arange(len(sent)) % FRAMES**2 == FRAMES * high + low
        delays.append(np.min(np.abs(stamp - sent[same])))
    assert np.median(delays) < 0.3  # in a queue that fills five times as fast as it empties it would be seconds
    assert "Traceback" not in process.output


def test_an_unreadable_image_is_named_once_in_a_loop(tester, source, folder, tmp_path):
    (tmp_path / "1.png").write_bytes((folder / "01.png").read_bytes())
    (tmp_path / "2.png").write_bytes(b"no image")
    process, namespace = source(source=str(tmp_path), rate=100.0, loop=True, image_qos="reliable")
    _, images = tester.messages(Image, f"{namespace}/image")
    tester.spin_until(lambda: len(images) >= 5, "some rounds")
    process.send(signal.SIGTERM)
    assert process.wait() == 0
    assert process.output.count("2.png is left out: ") == 1
