"""video_source_node: a webcam, a video, a folder or one picture as a camera.

Every frame of the source is published exactly once, in order: where publishing falls behind the rate, frames come late
rather than not at all. The process ends after the last frame, unless it loops.
"""

import sys
import threading
import time
from dataclasses import dataclass, fields

from rclpy.node import Node
from sensor_msgs.msg import CameraInfo, CompressedImage, Image
from std_msgs.msg import Header

from ...options import Options, option
from ...sources import open_source
from ..convert.camera_info import read_camera_info
from ..convert.image import bgr_to_compressed, bgr_to_image
from ..runtime.parameters import declare
from ..runtime.process import run
from ..runtime.qos import PROFILES

_PICTURES_RATE = 10.0  # Hz, of sources without a rate of their own
_LATE = 1.0  # seconds: what publishing may be behind and still catch up
_GREETING = 0.5  # seconds from knowing of a subscriber to the first frame
_LINGER = 0.5  # seconds that a best-effort subscriber gets to read the last frame


@dataclass(frozen=True)
class SourceSettings(Options):
    """What the node publishes, and how."""

    source: str = option("", "picture, folder of pictures, video file, or the number of a webcam")
    rate: float = option(0.0, "frames a second; 0: the source's own, 10 for pictures", low=0.0, high=1000.0)
    loop: bool = option(False, "start again after the last frame")
    frame_id: str = option("camera", "frame_id of the images")
    camera_info: str = option("", "calibration file (YAML of camera_calibration); empty: an uncalibrated camera")
    wait_for_subscriber: bool = option(True, "publish nothing before somebody subscribes to the images")
    image_qos: str = option("sensor_data", "quality of service of the images", choices=tuple(PROFILES))


class VideoSourceNode(Node):
    """See the module.

    Attributes:
        finished: True after the last frame.
        exit_code: 1 where the source could not be opened, held no frame or failed.
    """

    def __init__(self, **kwargs):
        super().__init__("video_source_node", **kwargs)
        self.finished, self.exit_code = False, 0
        self._published = 0
        try:
            self._settings = SourceSettings(
                **{f.name: declare(self, f.name, f, "Read at the start.") for f in fields(SourceSettings)}
            )
            if not self._settings.source:
                raise ValueError("parameter 'source' is empty: name a picture, folder, video or webcam")
            self._source = open_source(self._settings.source)
            self._camera_info = read_camera_info(self._settings.camera_info)
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

    def close(self):
        """Stop publishing."""
        if hasattr(self, "_thread"):
            self._ending.set()
            self._thread.join()

    def _play(self):
        try:
            self._publish_all()
        except Exception as error:  # whatever it is: the process has to end, not to stand still
            self.get_logger().error(f"source {self._settings.source!r} failed: {error}")
            self.exit_code = 1
        self.get_logger().info(f"{self._published} frames published")
        self.finished = True

    def _publish_all(self):
        settings = self._settings
        while settings.wait_for_subscriber and not self._listened() and not self._ending.wait(0.05):
            pass
        # we know of the subscriber before it knows of us: what is sent at once, best effort, it would not hear
        self._ending.wait(_GREETING)
        period = 1 / (settings.rate or self._source.rate or _PICTURES_RATE)
        due, before = time.monotonic(), -1
        # a source that gives nothing is not asked again and again
        while self._published != before and (settings.loop or self._published == 0):
            before = self._published
            for frame in self._source:
                if self._ending.wait(max(0.0, due - time.monotonic())):
                    return
                self._publish(frame.image)
                self._published += 1
                due = max(due + period, time.monotonic() - _LATE)
        for name in self._source.skipped:
            self.get_logger().warning(f"{name} is not a readable picture, left out")
        if not self._published:
            raise ValueError("it holds no picture that can be read")
        self._ending.wait(_LINGER)

    def _listened(self):
        return any(p.get_subscription_count() for p in (self._image, self._compressed))

    def _publish(self, image):
        height, width = image.shape[:2]
        header = Header(stamp=self.get_clock().now().to_msg(), frame_id=self._settings.frame_id)
        if self._image.get_subscription_count():
            self._image.publish(bgr_to_image(image, header))
        if self._compressed.get_subscription_count():
            self._compressed.publish(bgr_to_compressed(image, header))
        if self._info.get_subscription_count():
            info = self._camera_info
            if info.width == 0:
                info = CameraInfo(width=width, height=height)
            info.header = header
            self._info.publish(info)


def main(args=None):
    """Run the node as a process; returns its exit code."""
    return run(VideoSourceNode, args=args)


if __name__ == "__main__":
    sys.exit(main())
