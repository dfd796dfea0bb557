"""Annotated images of pose_node, with zones and events drawn into them: only while somebody subscribes."""

from __future__ import annotations

from collections import Counter, OrderedDict
from collections.abc import Callable
from typing import TypeVar

from builtin_interfaces.msg import Time
from rclpy.node import Node
from rclpy.subscription import Subscription
from sensor_msgs.msg import CompressedImage, Image

from ...events.situation import Situation
from ...media.event_drawing import draw_events
from ...messages.images import encoded_image
from ...messages.topics import camera_topic
from ..convert.image import bgr_to_compressed, bgr_to_image
from .newest import Newest
from .qos import PROFILES

_SITUATIONS, _IMAGES = 60, 4  # that wait for their counterpart: situations are small, images are not
_T = TypeVar("_T")


class EventImages:
    """The images of one camera.

    An image and what is known of it are put together by their stamp, whichever comes first.

    Args:
        node: that publishes.
        camera: namespace of the topics; empty for the only one.
        quality: function that tells the quality of compressed images, up to 100.
        complain: is told what went wrong.

    Attributes:
        counts: ``drawn``; ``bad``, that are no images.
    """

    def __init__(self, node: Node, camera: str, quality: Callable[[], int], complain: Callable[[str], None]) -> None:
        self.counts = Counter[str]()
        self._node, self._topic, self._quality, self._complain = (
            node,
            camera_topic(camera, "annotated"),
            quality,
            complain,
        )
        self._raw = node.create_publisher(Image, camera_topic(camera, "events/annotated"), PROFILES["reliable"])
        self._compressed = node.create_publisher(
            CompressedImage, camera_topic(camera, "events/annotated/compressed"), PROFILES["reliable"]
        )
        self._subscription: Subscription | None = None
        self._situations: OrderedDict[tuple[int, int], Situation] = OrderedDict()
        self._images: OrderedDict[tuple[int, int], Image] = OrderedDict()
        self._newest = Newest(self._draw)

    @property
    def wanted(self) -> bool:
        """Whether anybody subscribes."""
        return bool(self._raw.get_subscription_count() or self._compressed.get_subscription_count())

    def look(self) -> None:
        """Subscribe to pose_node's images where somebody subscribes to ours, and only then; to be called regularly."""
        if self.wanted and self._subscription is None:
            self._subscription = self._node.create_subscription(
                Image, self._topic, self._on_image, PROFILES["sensor_data"]
            )
        elif not self.wanted and self._subscription is not None:
            self._node.destroy_subscription(self._subscription)
            self._subscription = None
            self._situations.clear()
            self._images.clear()

    def know(self, stamp: Time, situation: Situation) -> None:
        """Take in what is known of the image of this stamp."""
        if self._subscription is not None:
            _put(self._situations, _key(stamp), situation, _SITUATIONS)
            self._match(_key(stamp))

    def stop(self) -> None:
        """Finish the image at hand and end."""
        self._newest.stop()

    def _on_image(self, message: Image) -> None:
        _put(self._images, _key(message.header.stamp), message, _IMAGES)
        self._match(_key(message.header.stamp))

    def _match(self, key: tuple[int, int]) -> None:
        if key in self._images and key in self._situations:
            self._newest.put((self._images.pop(key), self._situations.pop(key)))

    def _draw(self, item: tuple[Image, Situation]) -> None:
        message, situation = item
        try:
            image = draw_events(encoded_image(message).bgr.copy(), situation)
            if self._raw.get_subscription_count():
                self._raw.publish(bgr_to_image(image, message.header))
            if self._compressed.get_subscription_count():
                self._compressed.publish(bgr_to_compressed(image, message.header, quality=self._quality()))
        except Exception as error:  # whatever the image is: the next one is another
            self.counts["bad"] += 1
            self._complain(f"{self._topic}: an image can't be drawn into: {type(error).__name__}: {error}")
        else:
            self.counts["drawn"] += 1


def _key(stamp: Time) -> tuple[int, int]:
    return stamp.sec, stamp.nanosec


def _put(items: OrderedDict[tuple[int, int], _T], key: tuple[int, int], item: _T, most: int) -> None:
    items[key] = item
    while len(items) > most:
        items.popitem(last=False)
