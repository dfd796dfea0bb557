"""/tf and /tf_static as a TransformTree.

tf2_ros is not on PyPI, and these two subscriptions are all that is needed of it. The messages of tf2_msgs have to be
installed: every ROS distribution has them.
"""

from __future__ import annotations

from typing import Any

from rclpy.node import Node
from rclpy.qos import DurabilityPolicy, HistoryPolicy, QoSProfile, ReliabilityPolicy

from ...transform_tree import TransformTree
from ...transforms import Transform

_QUEUE = 100  # messages, what tf2 has
QOS = QoSProfile(history=HistoryPolicy.KEEP_LAST, depth=_QUEUE, reliability=ReliabilityPolicy.RELIABLE)
STATIC_QOS = QoSProfile(
    history=HistoryPolicy.KEEP_LAST,
    depth=_QUEUE,
    reliability=ReliabilityPolicy.RELIABLE,
    durability=DurabilityPolicy.TRANSIENT_LOCAL,
)
_LOG_PERIOD = 10.0  # seconds


def message_type() -> type:
    """tf2_msgs/TFMessage.

    Raises:
        ImportError: tf2_msgs is not installed; the message says what to do.
    """
    try:
        from tf2_msgs.msg import TFMessage
    except ImportError:
        raise ImportError(
            "tf needs tf2_msgs, which is not installed: it comes with ROS (ros-$ROS_DISTRO-tf2-msgs), not with pip"
        ) from None
    return TFMessage


class TransformListener:
    """Fills a TransformTree with what a robot tells of its frames.

    Args:
        node: that the subscriptions belong to.
        tree: to fill.

    Raises:
        ImportError: see :func:`message_type`.
    """

    def __init__(self, node: Node, tree: TransformTree) -> None:
        self._node, self._tree = node, tree
        kind = message_type()
        self._subscriptions = [
            node.create_subscription(kind, "/tf", lambda message: self._take(message, False), QOS),
            node.create_subscription(kind, "/tf_static", lambda message: self._take(message, True), STATIC_QOS),
        ]

    def _take(self, message: Any, static: bool) -> None:
        for stamped in message.transforms:
            header, moved, turned = stamped.header, stamped.transform.translation, stamped.transform.rotation
            try:
                transform = Transform.from_quaternion(
                    (moved.x, moved.y, moved.z), (turned.x, turned.y, turned.z, turned.w)
                )
            except ValueError as error:
                self._node.get_logger().warning(
                    f"tf of {stamped.child_frame_id!r} in {header.frame_id!r} is ignored: {error}",
                    throttle_duration_sec=_LOG_PERIOD,
                )
                continue
            stamp = None if static else header.stamp.sec + 1e-9 * header.stamp.nanosec
            self._tree.add(stamped.child_frame_id, header.frame_id, transform, stamp)

    def destroy(self) -> None:
        """Stop listening."""
        for subscription in self._subscriptions:
            self._node.destroy_subscription(subscription)
        self._subscriptions = []
