"""DetectionStream: what a detector beside the network tells of the people in one camera's images.

Nothing of it is needed. Detections may come late, rarely, twice or not at all; what cannot be used is left out and
counted.
"""

from __future__ import annotations

from collections import Counter, deque
from collections.abc import Callable
from importlib.util import find_spec
from typing import Any

import numpy as np
from rclpy.node import Node
from rclpy.subscription import Subscription

from ...poses import Poses
from ..convert.detections_in import read_detections
from .nearest import NearestInTime
from .qos import PROFILES
from .settings import FixedSettings
from .sync import DetectionSync

TOPIC = "detections_in"
_REMEMBERED = 16  # stamps by which a message that comes twice is known


class DetectionStream:
    """See the module.

    Args:
        camera: name of the camera, the namespace of its topic; empty for the only one.
        settings: the FixedSettings.
        sync: function that returns the DetectionSync.

    Attributes:
        counts: messages: ``detections_received``, of these ``detections_late`` (older than any image still to come may
            use), ``detections_repeated`` and ``detections_unstamped``, which are dropped; boxes in them that are
            dropped: ``detections_bad`` (no numbers, no size, more than 100), ``detections_outside`` of the image,
            ``detections_other`` (no people); images, once there were detections: ``detections_used`` and
            ``detections_missing``; people in images with detections: ``people_matched``, ``people_box_only`` and
            ``people_skeleton_only``.
    """

    def __init__(self, camera: str, settings: FixedSettings, sync: Callable[[], DetectionSync]) -> None:
        self._topic = f"{camera}/{TOPIC}" if camera else TOPIC
        self._settings, self._sync = settings, sync
        self._stream: NearestInTime | None = None
        self._stamps: deque[float] = deque(maxlen=_REMEMBERED)
        self._newest_image = -np.inf  # stamp
        self._size: tuple[int, int] | None = None  # (width, height) of the images
        self._subscriptions: list[Subscription] = []
        self.counts: Counter[str] = Counter()

    def subscribe(self, node: Node, clock: Callable[[], float]) -> None:
        """Start to listen, where vision_msgs is installed; ``clock`` returns seconds, monotonic."""
        self._stream = NearestInTime(clock)
        if find_spec("vision_msgs"):
            from vision_msgs.msg import Detection2DArray

            qos = PROFILES[self._settings.image_qos]
            self._subscriptions.append(node.create_subscription(Detection2DArray, self._topic, self.put, qos))

    def unsubscribe(self, node: Node) -> None:
        """Stop listening."""
        for subscription in self._subscriptions:
            node.destroy_subscription(subscription)
        self._subscriptions = []

    def put(self, message: Any) -> None:
        """Take in a Detection2DArray."""
        stamp = message.header.stamp.sec + 1e-9 * message.header.stamp.nanosec
        self.counts["detections_received"] += 1
        if stamp == 0 or stamp in self._stamps:
            self.counts["detections_repeated" if stamp else "detections_unstamped"] += 1
            return
        self._stamps.append(stamp)
        if stamp < self._newest_image - self._sync().max_offset:
            self.counts["detections_late"] += 1
        people, bad, others = read_detections(message, self._settings.detections_class)
        boxes = people.boxes()
        middles, size = (boxes[:, :2] + boxes[:, 2:]) / 2, self._size or (np.inf, np.inf)
        inside = (middles >= 0).all(axis=1) & (middles < size).all(axis=1)
        for name, number in (("bad", bad), ("other", others), ("outside", int((~inside).sum()))):
            if number:
                self.counts[f"detections_{name}"] += number
        if self._stream is not None:
            self._stream.put(stamp, people[inside])

    def expect(self, stamp: float, size: tuple[int, int]) -> None:
        """Begin to look for the detections of the image of ``stamp`` seconds and ``size`` (width, height)."""
        self._size, self._newest_image = size, stamp
        if self._stream is not None:
            self._stream.expect(stamp)

    def take(self, arrived: float) -> Poses | None:
        """Boxes around the people of the image that was expected; None where none of its time are known.

        The same object as before where they are those of the image before.

        Args:
            arrived: seconds of the clock at which the image came.
        """
        sync = self._sync()
        found = None if self._stream is None else self._stream.take(sync.max_offset, arrived + sync.max_wait)
        if self.counts["detections_received"]:
            self.counts["detections_used" if found is not None else "detections_missing"] += 1
        return found

    def count(self, poses: Poses) -> None:
        """Count the people of an image by what they are known by."""
        if poses.detected_boxes is not None:
            boxed, has_body = np.isfinite(poses.detected_boxes).all(axis=1), poses.found.any(axis=1)
            for name, who in (
                ("matched", boxed & has_body),
                ("box_only", boxed & ~has_body),
                ("skeleton_only", ~boxed & has_body),
            ):
                self.counts[f"people_{name}"] += int(who.sum())
