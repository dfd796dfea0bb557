"""People as frames of tf: `body_ID` of REP 155 (ROS4HRI), where hips and shoulders have a position."""

from __future__ import annotations

import numpy as np
from geometry_msgs.msg import TransformStamped
from rclpy.node import Node
from std_msgs.msg import Header

from ...poses import Poses
from ...transforms import Transform
from ..runtime.tf import QOS, message_type
from .body_ids import BodyIds

_CORNERS = ("left_hip", "right_hip", "left_shoulder", "right_shoulder")
_SMALLEST = 0.05  # metres between hips and shoulders, and between the sides, without which nobody has a direction


def body_transform(positions: dict[str, np.ndarray]) -> Transform | None:
    """Where a person's body is, from its own frame to that of the positions.

    The origin lies in the middle between the hips, x points where the person's front is, y to their left, z along the
    trunk to the head.

    Args:
        positions: float [3] of `left_hip`, `right_hip`, `left_shoulder` and `right_shoulder`, metres.

    Returns:
        None where one of them is missing or they lie in one place.
    """
    if not all(name in positions and np.isfinite(positions[name]).all() for name in _CORNERS):
        return None
    left_hip, right_hip, left_shoulder, right_shoulder = (np.asarray(positions[n], np.float64) for n in _CORNERS)
    origin = (left_hip + right_hip) / 2
    up = (left_shoulder + right_shoulder) / 2 - origin
    # both pairs tell which side is left; what of it goes along the trunk does not count
    left = left_hip - right_hip + left_shoulder - right_shoulder
    up_length = float(np.linalg.norm(up))
    if up_length < _SMALLEST:
        return None
    z = up / up_length
    left = left - (left @ z) * z
    left_length = float(np.linalg.norm(left))
    if left_length < _SMALLEST:
        return None
    y = left / left_length
    return Transform(np.stack([np.cross(y, z), y, z], axis=1), origin)


class BodyFrames:
    """Publishes the frames on /tf.

    Args:
        node: that the publisher belongs to.

    Raises:
        ImportError: see :func:`~trt_pose_ros.ros.runtime.tf.message_type`.
    """

    def __init__(self, node: Node) -> None:
        self._node, self._type = node, message_type()
        self._ids = BodyIds(node.get_fully_qualified_name())
        self.publisher = node.create_publisher(self._type, "/tf", QOS)

    def publish(self, camera: str, poses: Poses, header: Header) -> None:
        """Publish the frames of a camera's people, those without a track id or a place left out.

        Args:
            camera: its name.
            poses: the people.
            header: the image's; the parent is its frame, or that of the positions.
        """
        if poses.positions is None:
            return
        parent = Header(stamp=header.stamp, frame_id=poses.position_frame or header.frame_id)
        frames = []
        for track_id, positions in zip(poses.track_ids.tolist(), poses.positions, strict=True):
            body = body_transform(dict(zip(poses.topology.keypoints, positions, strict=True)))
            if body is not None and track_id >= 0:
                frames.append(_stamped(f"body_{self._ids.identity(camera, track_id)}", parent, body))
        if frames:
            self.publisher.publish(self._type(transforms=frames))

    def destroy(self) -> None:
        """Remove the publisher from the node."""
        self._node.destroy_publisher(self.publisher)


def _stamped(child: str, header: Header, transform: Transform) -> TransformStamped:
    made = TransformStamped(header=header, child_frame_id=child)
    moved, turned = made.transform.translation, made.transform.rotation
    moved.x, moved.y, moved.z = transform.translation.tolist()
    turned.x, turned.y, turned.z, turned.w = transform.quaternion
    return made
