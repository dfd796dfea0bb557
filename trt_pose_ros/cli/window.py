"""A window on the screen in which images are seen as they come."""

from __future__ import annotations

import subprocess
import sys

import cv2
import numpy as np

_WIDTH, _HEIGHT = 1280, 720  # the largest window that is opened; the user can make it larger
_END = (27, ord("q"), ord("Q"))  # Esc
_LOOK = 50  # milliseconds between looks at the keyboard


class Window:
    """Shows images until the user presses q or Esc, or closes it.

    Args:
        title: of the window.

    Attributes:
        closed: whether the user has seen enough.

    Raises:
        ValueError: this OpenCV opens no windows, or there is no screen.
    """

    def __init__(self, title: str) -> None:
        _check()
        self._title, self._opened, self.closed = title, False, False

    def __call__(self, image: np.ndarray) -> None:
        """Show an image, uint8 [h, w, 3] BGR."""
        if self.closed:
            return
        if not self._opened:
            height, width = image.shape[:2]
            scale = min(1.0, _WIDTH / width, _HEIGHT / height)
            cv2.namedWindow(self._title, cv2.WINDOW_NORMAL | cv2.WINDOW_KEEPRATIO)
            cv2.resizeWindow(self._title, max(1, round(scale * width)), max(1, round(scale * height)))
            self._opened = True
        cv2.imshow(self._title, image)
        self._look(1)

    def hold(self) -> None:
        """Wait until the user has seen enough, where anything is shown."""
        while self._opened and not self.closed:
            self._look(_LOOK)

    def close(self) -> None:
        """Take the window away."""
        if self._opened:
            cv2.destroyWindow(self._title)
            self._opened = False

    def _look(self, milliseconds: int) -> None:
        pressed = cv2.waitKey(milliseconds) & 0xFF in _END
        self.closed = pressed or cv2.getWindowProperty(self._title, cv2.WND_PROP_VISIBLE) < 1


def _check() -> None:
    """Raise ValueError where no window can be opened.

    Tried in a process of its own: without a screen, OpenCV's Qt ends the process it is in.
    """
    tried = subprocess.run(
        [sys.executable, "-c", "import cv2; cv2.namedWindow('trial')"], capture_output=True, text=True, check=False
    )
    if tried.returncode:
        windowless = "not implemented" in tried.stderr
        why = (
            "OpenCV is installed without windows (opencv-python-headless)" if windowless else "no screen can be opened"
        )
        raise ValueError(
            f"--show: {why}; leave it out and look at the annotated images in the output folder, or see a node's work "
            "in a browser with `trt-pose view`"
        )
