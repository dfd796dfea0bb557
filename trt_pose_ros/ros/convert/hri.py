"""Poses as REP-155 bodies (ROS4HRI), below /humans/bodies; imported only where hri_msgs is installed.

Keypoints go by their names: hri_msgs counts the left eye and ear before the right ones, OpenPose the other way round.
"""

from __future__ import annotations

import numpy as np
from hri_msgs.msg import IdsList, NormalizedPointOfInterest2D, NormalizedRegionOfInterest2D, Skeleton2D
from rclpy.node import Node
from rclpy.publisher import Publisher
from rclpy.qos import QoSProfile
from std_msgs.msg import Header

from ...poses import Poses
from ...topology import Topology
from .body_ids import BodyIds

_NAMES = {
    "nose", "neck", "right_shoulder", "right_elbow", "right_wrist", "left_shoulder", "left_elbow", "left_wrist",
    "right_hip", "right_knee", "right_ankle", "left_hip", "left_knee", "left_ankle",
    "left_eye", "right_eye", "left_ear", "right_ear",
}  # fmt: skip
_INDEX = {name: getattr(Skeleton2D, name.upper()) for name in _NAMES}


class Bodies:
    """Publishes ``tracked``, the list of ids, and for each tracked person ``skeleton2d`` and ``roi``.

    The list holds the people of all cameras of the node. One node of a robot should have subscribers here: two would
    take turns in telling their own people to be all. A person without a track id has no place in REP-155.

    Args:
        node: that the publishers belong to.
        qos: QoSProfile of all topics.
    """

    def __init__(self, node: Node, qos: QoSProfile) -> None:
        self._node, self._qos = node, qos
        self._ids = BodyIds(node.get_fully_qualified_name())
        self._tracked = node.create_publisher(IdsList, "/humans/bodies/tracked", qos)
        self._bodies: dict[str, tuple[Publisher, Publisher]] = {}  # id -> (skeleton publisher, region publisher)

    @property
    def publisher(self) -> Publisher:
        """The publisher of the list; nothing is made while nobody subscribes to it."""
        return self._tracked

    def publish(self, camera: str, poses: Poses, header: Header, width: int, height: int) -> None:
        """Publish the people of a camera's image of ``width`` x ``height`` pixels; ``header`` is the image's."""
        people = self._ids.update(camera, poses.track_ids.tolist())
        tracked = self._ids.tracked()
        for gone in set(self._bodies) - set(tracked):
            self._remove(gone)
        boxes = poses.boxes()
        for identity, row in people.items():
            skeletons, regions = self._publishers(identity)
            skeletons.publish(skeleton2d(poses.topology, poses.keypoints[row], header, width, height))
            regions.publish(_region(boxes[row].tolist(), float(poses.scores[row]), header, width, height))
        self._tracked.publish(IdsList(header=header, ids=tracked))

    def destroy(self) -> None:
        """Remove the publishers from the node."""
        for identity in list(self._bodies):
            self._remove(identity)
        self._node.destroy_publisher(self._tracked)

    def _publishers(self, identity: str) -> tuple[Publisher, Publisher]:
        if identity not in self._bodies:
            topic = f"/humans/bodies/{identity}"
            self._bodies[identity] = (
                self._node.create_publisher(Skeleton2D, f"{topic}/skeleton2d", self._qos),
                self._node.create_publisher(NormalizedRegionOfInterest2D, f"{topic}/roi", self._qos),
            )
        return self._bodies[identity]

    def _remove(self, identity: str) -> None:
        for publisher in self._bodies.pop(identity):
            self._node.destroy_publisher(publisher)


def skeleton2d(topology: Topology, keypoints: np.ndarray, header: Header, width: int, height: int) -> Skeleton2D:
    """A Skeleton2D of one person's keypoints, float [K, 3] in pixels; what was not found is (0, 0) with c = 0."""
    points = [NormalizedPointOfInterest2D() for _ in _INDEX]
    for name, (x, y, score) in zip(topology.keypoints, keypoints.tolist(), strict=True):
        if score > 0 and name in _INDEX:
            points[_INDEX[name]] = NormalizedPointOfInterest2D(
                x=_normalised(x, width), y=_normalised(y, height), c=score
            )
    return Skeleton2D(header=header, skeleton=points)


def _region(box: list[float], score: float, header: Header, width: int, height: int) -> NormalizedRegionOfInterest2D:
    x_min, y_min, x_max, y_max = box
    return NormalizedRegionOfInterest2D(
        header=header,
        xmin=_normalised(x_min, width),
        ymin=_normalised(y_min, height),
        xmax=_normalised(x_max, width),
        ymax=_normalised(y_max, height),
        c=score,
    )


def _normalised(pixel: float, size: int) -> float:
    return min(1.0, max(0.0, (pixel + 0.5) / size))
