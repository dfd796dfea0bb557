"""Webcams and network streams: they don't wait, and they go away and come back."""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Iterator

import cv2
import numpy as np

from .csi import SCHEME, open_csi
from .frame import Frame

_LOG = logging.getLogger(__name__)
_FIRST_PAUSE, _LONGEST_PAUSE = 0.5, 8.0  # seconds between attempts to connect again; each pause is twice the one before
_TIMEOUT = 10.0  # seconds that connecting, and then each image, may take
_PATIENCE = 60.0  # seconds without an image after which a stream is given up
_POLL = 0.2  # seconds after which a waiting reader looks whether it shall end, so that Ctrl-C is heard


class Live:
    """A webcam or a network stream, read by a thread of its own: the newest image wins, older ones are dropped.

    A stream that breaks off is connected to again, at growing intervals, until ``patience`` has passed.

    Args:
        source: number of a webcam, path of a video device, or URL.
        timeout: seconds that connecting, and then each image, may take.
        patience: seconds without an image after which the stream is given up.
        capture: the source, where it has been opened already.

    Attributes:
        rate: images a second, as driver or server tell; None where they don't.
        name: ``webcam 0``, or the URL without user and password.
        dropped: images that came while the one before was still being worked on.
        skipped, ignored, notes: empty; so that all sources look alike.

    Raises:
        ValueError: it can't be opened.
    """

    def __init__(
        self,
        source: int | str,
        timeout: float = _TIMEOUT,
        patience: float = _PATIENCE,
        capture: cv2.VideoCapture | None = None,
    ) -> None:
        self._source, self._timeout, self._patience = source, timeout, patience
        self.name = f"webcam {source}" if isinstance(source, int) else without_password(source)
        self._first: cv2.VideoCapture | None = capture if capture is not None else open_capture(source, timeout)
        rate = self._first.get(cv2.CAP_PROP_FPS)
        self.rate: float | None = rate if 0 < rate <= 240 else None
        self.dropped = 0
        self.skipped: dict[str, str] = {}
        self.ignored: dict[str, str] = {}
        self.notes: dict[str, str] = {}
        self._changed = threading.Condition()
        self._newest: tuple[np.ndarray, float] | None = None
        self._ended = threading.Event()  # no more images will come
        self._closing = threading.Event()  # nobody wants any more

    def __len__(self) -> int:
        """0: nobody knows how many there will be."""
        return 0

    def __iter__(self) -> Iterator[Frame]:
        self._ended.clear()
        self._closing.clear()
        # a daemon: a driver or a server that never answers must not keep the process alive
        thread = threading.Thread(target=self._read, name=f"read {self.name}", daemon=True)
        thread.start()
        index, begin = 0, None
        try:
            while (taken := self._take()) is not None:
                image, arrived = taken
                begin = arrived if begin is None else begin
                yield Frame(image, self.name, index, arrived - begin, arrived)
                index += 1
        finally:
            self._closing.set()
            thread.join(2.0)

    def close(self) -> None:
        """End an iteration, from any thread."""
        self._closing.set()

    def _take(self) -> tuple[np.ndarray, float] | None:
        """The newest image and when it came, once there is one; None when none will come."""
        with self._changed:
            while self._newest is None and not self._ended.is_set() and not self._closing.is_set():
                self._changed.wait(_POLL)
            taken, self._newest = self._newest, None
        return None if self._closing.is_set() else taken

    def _read(self) -> None:
        capture, self._first = self._first, None
        last, pause = time.monotonic(), _FIRST_PAUSE
        while not self._closing.is_set():
            there, image = capture.read() if capture is not None else (False, None)
            now = time.monotonic()
            if there and image is not None:
                last, pause = now, _FIRST_PAUSE
                with self._changed:
                    self.dropped += self._newest is not None
                    self._newest = image, now
                    self._changed.notify()
                continue
            if capture is not None:
                capture.release()
                capture = None
            if now - last > self._patience:
                _LOG.warning("%s: no image for %.0f s, given up", self.name, now - last)
                break
            _LOG.warning("%s: no image, trying again in %g s", self.name, pause)
            self._closing.wait(pause)
            pause = min(2 * pause, _LONGEST_PAUSE)
            try:
                capture = open_capture(self._source, self._timeout)
            except ValueError:
                continue
        if capture is not None:
            capture.release()
        self._ended.set()


def open_capture(source: int | str, timeout: float = _TIMEOUT) -> cv2.VideoCapture:
    """Open a webcam or a stream.

    Args:
        source: number of a webcam, path of a video device, or URL.
        timeout: seconds that a network may take to answer.

    Raises:
        ValueError: it can't be opened.
    """
    if isinstance(source, str) and source.lower().startswith(SCHEME):
        return open_csi(source)
    if isinstance(source, str) and "://" in source and cv2.CAP_FFMPEG in cv2.videoio_registry.getBackends():
        milliseconds = round(1e3 * timeout)
        limits = [cv2.CAP_PROP_OPEN_TIMEOUT_MSEC, milliseconds, cv2.CAP_PROP_READ_TIMEOUT_MSEC, milliseconds]
        capture = cv2.VideoCapture(source, cv2.CAP_FFMPEG, limits)
    else:
        capture = cv2.VideoCapture(source)
    if capture.isOpened():
        return capture
    if isinstance(source, int):
        raise ValueError(f"cannot open webcam {source}: not there, in use, or not permitted (group video)")
    raise ValueError(
        f"cannot open stream {without_password(source)}: no answer within {timeout:g} s, refused, or a format OpenCV "
        "cannot read; check it with another player"
    )


def without_password(url: str) -> str:
    """The URL as it may be shown and stored."""
    scheme, separator, rest = url.partition("://")
    address, slash, path = rest.partition("/")
    return scheme + separator + address.rpartition("@")[2] + slash + path
