import cv2
import pytest
from hypothesis import given
from hypothesis import strategies as st

from trt_pose_ros.media.csi import pipeline
from trt_pose_ros.media.sources import open_source


def test_a_camera_in_its_usual_mode():
    assert pipeline("csi://0") == (
        "nvarguscamerasrc sensor-id=0 ! video/x-raw(memory:NVMM), width=1280, height=720, framerate=30/1 ! "
        "nvvidconv flip-method=0 ! video/x-raw, format=BGRx ! videoconvert ! video/x-raw, format=BGR ! "
        "appsink drop=true max-buffers=1 sync=false"
    )


def test_size_rate_and_flip():
    text = pipeline("csi://1?width=1920&height=1080&rate=60&flip=2")
    for part in ("sensor-id=1", "width=1920, height=1080, framerate=60/1", "flip-method=2"):
        assert part in text


@pytest.mark.parametrize(
    ("url", "complaint"),
    [
        ("csi://", "is no CSI camera"),
        ("csi://front", "is no CSI camera"),
        ("csi://-1", "is no CSI camera"),
        ("csi://0/1", "is no CSI camera"),
        ("csi://²", "is no CSI camera"),
        ("csi://0?size=3", "unknown option 'size': possible are width, height, rate, flip"),
        ("csi://0?rate=0", "rate of .* is '0', must be a whole number from 1 to 240"),
        ("csi://0?rate=30.0", "rate of .* is '30.0'"),
        ("csi://0?width=", "width of .* is ''"),
        ("csi://0?flip=9", "flip of .* from 0 to 7"),
    ],
)
def test_what_is_none_is_refused_before_anything_is_opened(url, complaint):
    for do in (pipeline, open_source):
        with pytest.raises(ValueError, match=complaint):
            do(url)


@given(st.text())
def test_no_text_gets_into_the_pipeline(text):
    try:
        made = pipeline(f"csi://0?{text}")
    except ValueError:
        return
    assert made.count("!") == 6


def test_without_gstreamer_or_camera_it_says_what_to_do():
    with_it = cv2.videoio_registry.hasBackend(cv2.CAP_GSTREAMER)
    with pytest.raises(ValueError, match="nvargus-daemon" if with_it else "apt install python3-opencv"):
        open_source("csi://0")
