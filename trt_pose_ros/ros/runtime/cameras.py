"""Cameras: each one's subscription, its newest frame, and the account of what became of every frame."""

from __future__ import annotations

import math
import threading
from collections import Counter
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from rclpy.node import Node
from rclpy.subscription import Subscription
from sensor_msgs.msg import CameraInfo, CompressedImage, Image

from ...stage_times import StageTimes
from .qos import PROFILES

try:
    from rclpy.event_handler import SubscriptionEventCallbacks
except ImportError:  # Humble
    from rclpy.qos_event import SubscriptionEventCallbacks

if TYPE_CHECKING:
    from .detections import DetectionStream
    from .outputs import Outputs
    from .settings import FixedSettings, LiveSettings
    from .space import CameraSpace

Arrived = tuple[Any, float]  # a message, and when it arrived in monotonic seconds


class NewestFrames:
    """The newest unprocessed frame of each camera: what the subscriptions hand to the inference thread.

    One place a camera: a newer frame replaces an older one, which is counted, so a slow network drops frames and never
    queues them.
    """

    def __init__(self) -> None:
        self._condition = threading.Condition()
        self._frames: dict[CameraStream, Arrived] = {}
        self._closed = False

    def put(self, camera: CameraStream, frame: Arrived) -> Arrived | None:
        """Offer a camera's frame; returns the frame that it replaced, or None."""
        with self._condition:
            replaced = self._frames.pop(camera, None)
            self._frames[camera] = frame
            self._condition.notify()
            return replaced

    def take(self) -> dict[CameraStream, Arrived] | None:
        """Wait for frames and take all of them, {camera: frame}; None after :meth:`close`."""
        with self._condition:
            self._condition.wait_for(lambda: self._frames or self._closed)
            if self._closed:
                return None
            frames, self._frames = self._frames, {}
            return frames

    def close(self) -> list[CameraStream]:
        """Wake the taker for the last time; returns the cameras whose frame was still waiting."""
        with self._condition:
            self._closed = True
            self._condition.notify_all()
            return list(self._frames)


class CameraStream:
    """The images of one camera, as they come.

    Every frame that arrives is counted as ``received`` and, when its fate is known, under exactly one of:
    ``processed``; ``skipped`` (nobody subscribes to any output, or the node was deactivated before its turn);
    ``rate_limited``; ``replaced`` (a newer one came before its turn); ``bad`` (not a usable image, also counted by its
    cause in ``bad``); ``failed`` (the pipeline raised an error); ``unsent`` (an output did). Each of these is counted
    by one thread only, so they need no lock. ``lost`` counts frames that the middleware lost on the way; they never
    arrived.

    Args:
        name: its topics' namespace; empty for the only camera.
        outputs: its :class:`~trt_pose_ros.ros.runtime.outputs.Outputs`.
        space: its :class:`~trt_pose_ros.ros.runtime.space.CameraSpace`.
        detections: its :class:`~trt_pose_ros.ros.runtime.detections.DetectionStream`.

    Attributes:
        counts, bad: see above.
        times: StageTimes of a frame before and after the pipeline: ``age_at_arrival`` (since its stamp), ``wait`` (for
            its turn), ``decode_image``, with depth ``wait_depth`` and ``decode_depth``, ``publish``, and ``age`` (from
            its stamp until everything is published).
        info: its newest CameraInfo, None before there is one.
        deferred: people whom the pipeline knew of, but had no time to look at closely; each is counted in every frame
            in which it had to wait.
    """

    def __init__(self, name: str, outputs: Outputs, space: CameraSpace, detections: DetectionStream) -> None:
        self.name = name
        self.outputs, self.space, self.detections = outputs, space, detections
        self.counts: Counter[str] = Counter()
        self.bad: Counter[str] = Counter()
        self.times = StageTimes()
        self.info: CameraInfo | None = None
        self.deferred = 0
        self._subscriptions: list[Subscription] = []
        self._beat = -math.inf

    def topic(self, transport: str) -> str:
        """The topic of its images."""
        return self._named("image/compressed" if transport == "compressed" else "image")

    def _named(self, topic: str) -> str:
        return f"{self.name}/{topic}" if self.name else topic

    def subscribe(
        self,
        node: Node,
        settings: FixedSettings,
        frames: NewestFrames,
        live: Callable[[], LiveSettings],
        clock: Callable[[], float],
    ) -> None:
        """Start listening.

        Args:
            node: that the subscription belongs to.
            settings: the FixedSettings.
            frames: NewestFrames to put frames into.
            live: function that returns the LiveSettings.
            clock: function that returns seconds, monotonic.
        """

        def arrived(message: Image | CompressedImage) -> None:
            self.counts["received"] += 1
            now = clock()
            if not self.outputs.wanted():
                self.counts["skipped"] += 1
                return
            rate = live().max_rate
            if rate > 0:
                due = self._beat + 1 / rate
                if now < due:
                    self.counts["rate_limited"] += 1
                    return
                # keep the beat where frames come in time, start anew where they were missing
                self._beat = due if now < due + 1 / rate else now
            if frames.put(self, (message, now)) is not None:
                self.counts["replaced"] += 1

        def lost(event: Any) -> None:
            self.counts["lost"] += event.total_count_change

        def informed(message: CameraInfo) -> None:
            self.info = message

        transport = settings.image_transport
        kind = CompressedImage if transport == "compressed" else Image
        qos = PROFILES[settings.image_qos]
        subscriptions = self._subscriptions  # one by one: what an error leaves can be unsubscribed
        events = SubscriptionEventCallbacks(message_lost=lost)
        subscriptions.append(
            node.create_subscription(kind, self.topic(transport), arrived, qos, event_callbacks=events)
        )
        subscriptions.append(node.create_subscription(CameraInfo, self._named("camera_info"), informed, qos))
        self.space.subscribe(node, clock)
        self.detections.subscribe(node, clock)

    def unsubscribe(self, node: Node) -> None:
        """Stop listening."""
        for subscription in self._subscriptions:
            node.destroy_subscription(subscription)
        self._subscriptions = []
        self.space.unsubscribe(node)
        self.detections.unsubscribe(node)
