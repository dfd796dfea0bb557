import threading
import time

import cv2
import numpy as np
import pytest
from mjpeg_server import serving

from trt_pose_ros.media.sources import Video, open_source
from trt_pose_ros.media.streams import Live, without_password


def _colour(connection):
    """Tells by its brightness which connection it was."""
    return np.full((48, 64, 3), min(60 * connection, 250), np.uint8)


@pytest.fixture
def camera():
    """Each connection gives a few images and breaks off."""
    with serving(_colour, limit=40, pages={"/silent": None}) as server:
        yield server


def test_a_stream_that_breaks_off_is_connected_to_again(camera, caplog):
    source = open_source(f"{camera.url}/camera")
    assert isinstance(source, Live)
    assert len(source) == 0
    values = []
    times = []
    for frame in source:
        values.append(round(float(frame.image.mean()), -1))
        times.append(frame.time)
        assert frame.arrived <= time.monotonic()
        if len(set(values)) == 3:
            break
    assert values == sorted(values)
    assert times[0] == 0
    assert times == sorted(times)
    assert "trying again" in caplog.text


def test_the_newest_image_wins(camera):
    source = open_source(f"{camera.url}/camera")
    iterator = iter(source)
    next(iterator)
    time.sleep(0.5)
    next(iterator)
    assert source.dropped > 2
    iterator.close()


def test_a_stream_is_given_up_when_it_stays_away(camera):
    source = Live(f"{camera.url}/camera", timeout=1, patience=1)
    frames = 0
    for _ in source:
        frames += 1
        if frames == 1:
            camera.shutdown()
            camera.server_close()
            camera.closing.set()
    assert frames >= 1


def test_another_thread_can_end_it(camera):
    source = open_source(f"{camera.url}/camera")
    threading.Timer(0.3, source.close).start()
    assert sum(1 for _ in source) >= 1


def test_a_silent_server_is_named_within_the_timeout(camera):
    with pytest.raises(ValueError, match=rf"cannot open stream {camera.url}/silent: no answer within 1 s"):
        Live(f"{camera.url}/silent", timeout=1)


def test_nobody_there():
    with pytest.raises(ValueError, match=r"cannot open stream http://127\.0\.0\.1:1/x"):
        open_source("http://me:secret@127.0.0.1:1/x")


def test_a_video_on_a_server_is_a_video(camera, tmp_path):
    file = tmp_path / "clip.avi"
    writer = cv2.VideoWriter(str(file), cv2.VideoWriter.fourcc(*"MJPG"), 10.0, (64, 48))
    for _ in range(5):
        writer.write(np.zeros((48, 64, 3), np.uint8))
    writer.release()
    camera.pages["/clip.avi"] = file.read_bytes()
    source = open_source(f"{camera.url}/clip.avi")
    assert isinstance(source, Video)
    assert len(list(source)) == 5


@pytest.mark.parametrize(
    ("url", "shown"),
    [
        ("rtsp://me:p@ss@host:554/a@b", "rtsp://host:554/a@b"),
        ("rtsp://host/a", "rtsp://host/a"),
        ("http://host", "http://host"),
    ],
)
def test_passwords_are_not_shown(url, shown):
    assert without_password(url) == shown
