"""``trt-pose run --show``: what is asked of OpenCV's windows, and a real window where there are any."""

import json
import os
import shutil
import signal
import subprocess
import sys
import time

import cv2
import pytest
from tiny_model import person, picture, write_model

from trt_pose_ros.cli import window
from trt_pose_ros.cli.main import main

pytest.importorskip("onnx", reason="the tests' network is written with the onnx package")
pytest.importorskip("onnxruntime", reason="the tests' network runs on onnxruntime")
HEADLESS = not any("GUI:" in line and "NONE" not in line for line in cv2.getBuildInformation().splitlines())


@pytest.fixture
def model(tmp_path):
    return write_model(tmp_path / "tiny.onnx")


@pytest.fixture
def clip(tmp_path):
    writer = cv2.VideoWriter(str(tmp_path / "clip.avi"), cv2.VideoWriter.fourcc(*"MJPG"), 10.0, (320, 240))
    for x in range(100, 200, 10):
        writer.write(picture([person(x, 100, 120)], 320, 240))
    writer.release()
    return tmp_path / "clip.avi"


@pytest.fixture
def screen(monkeypatch):
    """A stand-in for OpenCV's windows; ``keys`` are pressed one after another, then none."""

    class Screen:
        images, size, keys, visible = [], None, [], 1.0  # new ones for each test

    monkeypatch.setattr(window, "_check", lambda: None)
    monkeypatch.setattr(cv2, "namedWindow", lambda *_: None)
    monkeypatch.setattr(cv2, "resizeWindow", lambda _, *size: setattr(Screen, "size", size))
    monkeypatch.setattr(cv2, "imshow", lambda _, image: Screen.images.append(image.copy()))
    monkeypatch.setattr(cv2, "waitKey", lambda _: Screen.keys.pop(0) if Screen.keys else -1)
    monkeypatch.setattr(cv2, "getWindowProperty", lambda *_: Screen.visible)
    monkeypatch.setattr(cv2, "destroyWindow", lambda *_: None)
    return Screen


def run(*arguments):
    return main(["run", *map(str, arguments)])


@pytest.mark.parametrize("key", [ord("q"), 27])
def test_a_key_ends_it_and_what_was_found_is_kept(clip, model, tmp_path, screen, key, capsys):
    screen.keys[:] = [-1, ord("x"), key]
    assert run(clip, "--model", model, "--output", tmp_path / "out", "--show") == 0
    assert len(screen.images) == 3
    assert {found["frame"] for found in json.loads((tmp_path / "out" / "keypoints.json").read_text())} == {0, 1, 2}
    assert "stopped" in capsys.readouterr().err


def test_the_people_are_drawn_whether_images_are_written_or_not(clip, model, tmp_path, screen):
    assert run(clip, "--model", model, "--output", tmp_path / "out", "--show", "--no-images") == 0
    assert len(screen.images) == 10
    assert not (tmp_path / "out" / "annotated.mp4").exists()
    assert (screen.images[0] != cv2.VideoCapture(str(clip)).read()[1]).any()


def test_pictures_stay_until_the_user_has_seen_enough(model, tmp_path, screen):
    cv2.imwrite(str(tmp_path / "large.png"), picture([person(150, 100, 120)], 3000, 2000))
    screen.keys[:] = [-1, -1, -1, ord("q")]
    assert run(tmp_path / "large.png", "--model", model, "--output", tmp_path / "out", "--show") == 0
    assert screen.keys == []
    assert screen.size == (1080, 720)


def test_a_window_that_is_closed_ends_it(clip, model, tmp_path, screen):
    screen.visible = 0.0
    assert run(clip, "--model", model, "--output", tmp_path / "out", "--show") == 0
    assert len(screen.images) == 1


@pytest.mark.skipif(not HEADLESS, reason="this OpenCV has windows")
def test_without_windows_a_sentence_comes_before_the_work(clip, model, tmp_path, capsys):
    assert run(clip, "--model", model, "--output", tmp_path / "out", "--show") == 2
    told = capsys.readouterr().err
    assert told.count("\n") == 1
    for words in ("opencv-python-headless", "output folder", "trt-pose view"):
        assert words in told
    assert not (tmp_path / "out").exists()


@pytest.mark.skipif(HEADLESS, reason="this OpenCV has no windows")
def test_without_a_screen_a_sentence_comes_before_the_work(clip, model, tmp_path):
    environment = {k: v for k, v in os.environ.items() if k not in ("DISPLAY", "WAYLAND_DISPLAY", "QT_QPA_PLATFORM")}
    done = subprocess.run(
        [sys.executable, "-m", "trt_pose_ros.cli.main", "run", clip, "--model", model, "--output", "out", "--show"],
        env=environment, cwd=tmp_path, capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert done.returncode == 2
    assert "no screen can be opened" in done.stderr
    assert not (tmp_path / "out").exists()


@pytest.mark.skipif(HEADLESS or not shutil.which("Xvfb"), reason="needs an OpenCV with windows, and Xvfb")
@pytest.mark.skipif(not shutil.which("xdotool"), reason="needs xdotool")
def test_q_ends_a_real_window(model, tmp_path):
    cv2.imwrite(str(tmp_path / "a.png"), picture([person(150, 100, 120)]))
    reading, writing = os.pipe()
    server = subprocess.Popen(["Xvfb", "-displayfd", str(writing)], pass_fds=[writing], stderr=subprocess.DEVNULL)
    os.close(writing)
    with os.fdopen(reading) as told:
        environment = os.environ | {"DISPLAY": f":{told.readline().strip()}"}
    line = [sys.executable, "-m", "trt_pose_ros.cli.main", "run", "a.png", "--model", model, "--show"]
    process = subprocess.Popen(line, env=environment, cwd=tmp_path)
    try:
        found = ["xdotool", "search", "--sync", "--onlyvisible", "--name", "^trt-pose$"]
        number = subprocess.run(found, env=environment, capture_output=True, text=True, check=True).stdout.split()[0]
        deadline = time.monotonic() + 60  # a window listens a moment after it is seen
        while process.poll() is None and time.monotonic() < deadline:
            subprocess.run(["xdotool", "key", "--window", number, "q"], env=environment, check=False)
            time.sleep(0.2)
        assert process.poll() == 0
    finally:
        process.send_signal(signal.SIGTERM)
        process.wait()
        server.terminate()
        server.wait()
