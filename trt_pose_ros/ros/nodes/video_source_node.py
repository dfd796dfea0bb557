"""video_source_node: a webcam, a video, a folder of images or one image as a camera.

Every frame of a file is published exactly once, in order: where publishing falls behind the rate, frames come late
rather than not at all. A webcam or stream is followed in its own time: its frames carry the time at which they came,
and those above the rate are left out. The process ends after the last frame, unless it loops.
"""

from __future__ import annotations

import sys
import threading
import time
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from builtin_interfaces.msg import Time
from rclpy.duration import Duration
from rclpy.node import Node
from sensor_msgs.msg import CameraInfo, CompressedImage, Image
from std_msgs.msg import Header

from ...media.calibration import Calibration, read_calibration
from ...media.sources import IMAGES_RATE, open_source
from ...messages.camera_info import camera_info
from ...options import Options, option
from ..convert.image import bgr_to_compressed, bgr_to_image
from ..convert.types import ROS_TYPES
from ..runtime.parameters import READ_ONLY, GivenParameters, Parameters
from ..runtime.process import run
from ..runtime.qos import PROFILES

_LATE = 1.0  # seconds: what publishing may be behind and still catch up
_GREETING = 0.5  # seconds from knowing of a subscriber to the first frame
_LINGER = 0.5  # seconds that a best-effort subscriber gets to read the last frame


@dataclass(frozen=True)
class SourceSettings(Options):
    """What the node publishes, and how."""

    source: str = option("", "image, folder of images, video file, number of a webcam, or URL of a stream")
    rate: float = option(0.0, "frames a second; 0: the source's own, 10 for image files", low=0.0, high=1000.0)
    loop: bool = option(False, "start again after the last frame")
    frame_id: str = option("camera", "frame_id of the images")
    camera_info: str = option("", "calibration file (YAML of camera_calibration); empty: an uncalibrated camera")
    wait_for_subscriber: bool = option(True, "publish nothing before somebody subscribes to the images")
    image_qos: str = option("sensor_data", "quality of service of the images", choices=tuple(PROFILES))


class VideoSourceNode(GivenParameters, Node):
    """See the module.

    Attributes:
        finished: True after the last frame.
        exit_code: 1 where the source could not be opened, held no frame or failed.
    """

    def __init__(self, **kwargs: Any) -> None:
        super().__init__("video_source_node", **kwargs)
        self.finished, self.exit_code = False, 0
        self._published = 0
        self._named: set[str] = set()  # files that could not be read
        self._thread: threading.Thread | None = None
        parameters = Parameters(self)
        parameters.declare(SourceSettings(), READ_ONLY)
        parameters.warn_of_unknown()
        try:
            parameters.check()
            self._settings = parameters[SourceSettings]
            if not self._settings.source:
                raise ValueError("parameter 'source' is empty: name an image, folder, video or webcam")
            self._source = open_source(self._settings.source)
            file = self._settings.camera_info
            self._calibration = read_calibration(file) if file else None
        except (OSError, ValueError) as error:
            self.get_logger().error(str(error))
            self.finished, self.exit_code = True, 1
            return
        qos = PROFILES[self._settings.image_qos]
        self._image = self.create_publisher(Image, "image", qos)
        self._compressed = self.create_publisher(CompressedImage, "image/compressed", qos)
        self._info = self.create_publisher(CameraInfo, "camera_info", qos)
        # its own thread: a webcam blocks until it has a frame, and other nodes may share the executor
        self._ending = threading.Event()
        self._thread = threading.Thread(target=self._play, name="play")
        self._thread.start()

    def close(self) -> None:
        """Stop publishing."""
        if self._thread is not None:
            self._ending.set()
            self._source.close()
            self._thread.join()

    def _play(self) -> None:
        try:
            self._publish_all()
        except Exception as error:  # whatever it is: the process has to end, not to stand still
            self.get_logger().error(f"source {self._settings.source!r} failed: {error}")
            self.exit_code = 1
        self.get_logger().info(f"{self._published} frames published")
        self.finished = True

    def _publish_all(self) -> None:
        settings = self._settings
        while settings.wait_for_subscriber and not self._listened() and not self._ending.wait(0.05):
            pass
        # we know of the subscriber before it knows of us: what is sent at once, best effort, it would not hear
        if self._ending.wait(_GREETING):
            return
        before = -1
        self._due = time.monotonic()
        # a source that gives nothing is not asked again and again
        while self._published != before and (settings.loop or self._published == 0):
            before = self._published
            self._publish_once()
            if self._ending.is_set():
                return
        if not self._published:
            raise ValueError("it holds no image that can be read")
        self._ending.wait(_LINGER)

    def _publish_once(self) -> None:
        """Publish the source from its beginning to its end."""
        settings = self._settings
        period = 1 / (settings.rate or self._source.rate or IMAGES_RATE)
        for frame in self._source:
            arrived = frame.arrived
            if arrived is None:
                if self._ending.wait(max(0.0, self._due - time.monotonic())):
                    return
                self._publish(frame.image, self.get_clock().now().to_msg())
                self._due = max(self._due + period, time.monotonic() - _LATE)
            elif self._ending.is_set():
                return
            elif not settings.rate or arrived >= self._due:
                age = Duration(seconds=time.monotonic() - arrived)
                self._publish(frame.image, (self.get_clock().now() - age).to_msg())
                self._due = max(self._due + period, arrived)
            self._name_unreadable()
        self._name_unreadable()

    def _name_unreadable(self) -> None:
        """Log which files could not be read, each once, however often the source is played."""
        for name in self._source.skipped.keys() - self._named:
            self._named.add(name)
            self.get_logger().warning(f"{name} is left out: {self._source.skipped[name]}")

    def _listened(self) -> bool:
        return any(p.get_subscription_count() for p in (self._image, self._compressed))

    def _publish(self, image: np.ndarray, stamp: Time) -> None:
        height, width = image.shape[:2]
        header = Header(stamp=stamp, frame_id=self._settings.frame_id)
        if self._image.get_subscription_count():
            self._image.publish(bgr_to_image(image, header))
        if self._compressed.get_subscription_count():
            self._compressed.publish(bgr_to_compressed(image, header))
        if self._info.get_subscription_count():
            calibration = self._calibration or Calibration(width, height)
            self._info.publish(camera_info(calibration, header, ROS_TYPES))
        self._published += 1


def main(args: Sequence[str] | None = None) -> int:
    """Run the node as a process, with ``args`` as in ``sys.argv``; returns its exit code."""
    return run(VideoSourceNode, args=sys.argv if args is None else args)


if __name__ == "__main__":
    sys.exit(main())
