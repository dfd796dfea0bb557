"""What the live page subscribes to, while somebody looks or records.

All but the latched topics best effort: a reliable subscriber that falls behind would have to be waited for.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import partial
from typing import Any, NamedTuple

from diagnostic_msgs.msg import DiagnosticArray
from rcl_interfaces.msg import ParameterEvent
from rclpy.node import Node
from rclpy.serialization import deserialize_message
from rclpy.subscription import Subscription
from sensor_msgs.msg import CameraInfo, CompressedImage, Image

from ...msg import EventArray, SkeletonArray, SkeletonTopology
from ...web.recording import LAYERS
from .qos import PROFILES
from .web_view import WebView


class Feed(NamedTuple):
    """A topic.

    Attributes:
        topic: as the node would write it, before its remappings.
        kind: class of its messages.
        take: called with each message, serialised.
        latched: it keeps its last message for late subscribers.
        kept: whether it is recorded.
    """

    topic: str
    kind: type
    take: Callable[[bytes], None]
    latched: bool = False
    kept: bool = True


class Feeds:
    """Subscribes to feeds and lets go of them.

    Args:
        node: that the subscriptions belong to.
        record: called with (topic, name of the type, data, latched) for what is recorded.
    """

    def __init__(self, node: Node, record: Callable[[str, str, bytes, bool], None]) -> None:
        self._node, self._record = node, record
        self._subscriptions: list[Subscription] = []

    def open(self, feeds: Sequence[Feed]) -> None:
        """Subscribe to these, and to nothing else."""
        self.close()
        for feed in feeds:
            qos = PROFILES["latched" if feed.latched else "sensor_data"]
            self._subscriptions.append(
                self._node.create_subscription(feed.kind, feed.topic, self._taker(feed), qos, raw=True)
            )

    def close(self) -> None:
        """Subscribe to nothing."""
        for subscription in self._subscriptions:
            self._node.destroy_subscription(subscription)
        self._subscriptions = []

    def _taker(self, feed: Feed) -> Callable[[bytes], None]:
        topic, name = self._node.resolve_topic_name(feed.topic), _type_name(feed.kind)

        def take(data: bytes) -> None:
            if feed.kept:
                self._record(topic, name, data, feed.latched)
            feed.take(data)

        return take


def feeds(cameras: Sequence[str], transport: str, view: WebView, changed: Callable[[Any], None]) -> list[Feed]:
    """All that there is to see of a pose_node.

    Args:
        cameras: names of its cameras, ``[""]`` for the only one.
        transport: raw or compressed: what it subscribes to.
        view: that takes what there is to see.
        changed: called with each ParameterEvent, of any node.
    """
    image, kind = ("image/compressed", CompressedImage) if transport == "compressed" else ("image", Image)
    found = [
        Feed("topology", SkeletonTopology, _decoded(SkeletonTopology, view.topology), latched=True),
        Feed("people_3d", SkeletonArray, _decoded(SkeletonArray, view.people_3d)),
        Feed("events", EventArray, _decoded(EventArray, view.events)),
        Feed("events/current", EventArray, _decoded(EventArray, view.current_events), latched=True),
        Feed("/diagnostics", DiagnosticArray, _decoded(DiagnosticArray, view.diagnostics)),
        Feed("/parameter_events", ParameterEvent, _decoded(ParameterEvent, changed), kept=False),
    ]
    for camera in cameras:
        below = f"{camera}/" if camera else ""
        found += [
            Feed(below + image, kind, partial(view.picture, camera, kind)),
            Feed(f"{below}camera_info", CameraInfo, _nothing),
            *(
                Feed(below + layer, SkeletonArray, _decoded(SkeletonArray, partial(view.people, camera, layer)))
                for layer in LAYERS
            ),
        ]
    return found


def _decoded(kind: type, take: Callable[[Any], None]) -> Callable[[bytes], None]:
    return lambda data: take(deserialize_message(data, kind))


def _nothing(data: bytes) -> None:
    """It is recorded only."""


def _type_name(kind: type) -> str:
    package = kind.__module__.partition(".msg")[0]
    return f"{package}/msg/{kind.__name__}"
