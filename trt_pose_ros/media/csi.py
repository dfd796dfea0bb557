"""CSI cameras of Jetsons as sources: ``csi://0?width=1280&height=720&rate=30`` is the first one, through GStreamer.

NVIDIA's nvarguscamerasrc runs the image processor of the board; the picture then leaves the GPU's memory once, and only
the newest one is kept. Written from NVIDIA's "Accelerated GStreamer" guide; no test here has such a camera.
"""

from __future__ import annotations

from urllib.parse import parse_qsl, urlsplit

import cv2

SCHEME = "csi://"
# option -> (default, lowest, highest)
_OPTIONS = {"width": (1280, 16, 8192), "height": (720, 16, 8192), "rate": (30, 1, 240), "flip": (0, 0, 7)}
_PIPELINE = (
    "nvarguscamerasrc sensor-id={sensor} ! "
    "video/x-raw(memory:NVMM), width={width}, height={height}, framerate={rate}/1 ! "
    "nvvidconv flip-method={flip} ! video/x-raw, format=BGRx ! "
    "videoconvert ! video/x-raw, format=BGR ! appsink drop=true max-buffers=1 sync=false"
)


def pipeline(url: str) -> str:
    """The GStreamer pipeline of a CSI camera, which ends in BGR images for OpenCV.

    Args:
        url: ``csi://SENSOR``, with ``width``, ``height`` (pixels), ``rate`` (frames a second) and ``flip`` (nvvidconv's
            flip-method, 2 turns by 180 degrees) as a query; the camera must have a mode of that size and rate.

    Raises:
        ValueError: not such an URL.
    """
    parts = urlsplit(url)
    if not (parts.netloc.isascii() and parts.netloc.isdigit()) or parts.path.strip("/"):
        raise ValueError(f"{url!r} is no CSI camera: write csi://0 for the first one, csi://1 for the second")
    values = {name: default for name, (default, _, _) in _OPTIONS.items()}
    for name, text in parse_qsl(parts.query, keep_blank_values=True):
        if name not in _OPTIONS:
            raise ValueError(f"{url!r} has the unknown option {name!r}: possible are {', '.join(_OPTIONS)}")
        _, low, high = _OPTIONS[name]
        if not (text.isascii() and text.isdigit() and len(text) < 9 and low <= int(text) <= high):
            raise ValueError(f"{name} of {url!r} is {text!r}, must be a whole number from {low} to {high}")
        values[name] = int(text)
    return _PIPELINE.format(sensor=int(parts.netloc), **values)


def open_csi(url: str) -> cv2.VideoCapture:
    """Open a CSI camera; ValueError, with what to do, where that can't be."""
    text = pipeline(url)
    if not cv2.videoio_registry.hasBackend(cv2.CAP_GSTREAMER):
        raise ValueError(
            f"cannot open {url}: this OpenCV was built without GStreamer, as those of pip are; use the one of the "
            "system (apt install python3-opencv, pip uninstall opencv-python-headless)"
        )
    capture = cv2.VideoCapture(text, cv2.CAP_GSTREAMER)
    if not capture.isOpened():
        raise ValueError(
            f"cannot open {url}: no such camera, in use, or without such a mode (see v4l2-ctl --list-formats-ext); try "
            f"gst-launch-1.0 {text.rpartition(' ! ')[0]} ! fakesink, and sudo systemctl restart nvargus-daemon"
        )
    return capture
