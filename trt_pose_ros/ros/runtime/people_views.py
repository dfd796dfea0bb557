"""The cameras of people_3d_node: what each sends, where it stands, and what is wrong with it."""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Callable

from rclpy.node import Node
from sensor_msgs.msg import CameraInfo

from ...messages.skeletons import read_skeletons, read_topology, topology_of
from ...msg import SkeletonArray, SkeletonTopology
from ...spatial.views import Seen, View
from ...topology import Topology
from ...transforms import Transform
from .calibrations import Calibration
from .qos import PROFILES

Place = Callable[[str, str, float], Transform]  # (camera, frame of its images, stamp) -> where it stands


class CameraView:
    """One camera's skeletons as what was seen from where it stands.

    Args:
        node: that subscribes.
        name: of the camera, the namespace of its topics.
        rectified: its skeletons are of rectified images.
        place: function that tells where the camera stands; ValueError where that is not known.
        topologies: that are known by their names; is added to.
        arrived: is called with the camera's name, its message and what it saw.

    Attributes:
        counts: ``received`` and ``bad``, which could not be used.
        problem: why the last one could not be used; empty if it could.
        heard: monotonic seconds of the last message; that of the start before.
    """

    def __init__(
        self,
        node: Node,
        name: str,
        rectified: bool,
        place: Place,
        topologies: dict[str, Topology],
        arrived: Callable[[str, SkeletonArray, Seen], None],
    ) -> None:
        self.name, self.counts, self.problem, self.heard = name, Counter[str](), "", time.monotonic()
        self._place, self._topologies, self._arrived = place, topologies, arrived
        topic = node.resolve_topic_name(f"{name}/camera_info")
        self._info: CameraInfo | None = None
        self._calibration = Calibration(topic, rectified)
        node.create_subscription(CameraInfo, topic, self._on_info, PROFILES["sensor_data"])
        node.create_subscription(SkeletonArray, f"{name}/skeletons", self._on_skeletons, PROFILES["sensor_data"])

    def _on_info(self, info: CameraInfo) -> None:
        self._info = info

    def _on_skeletons(self, message: SkeletonArray) -> None:
        self.counts["received"] += 1
        self.heard = time.monotonic()
        stamp = message.header.stamp.sec + 1e-9 * message.header.stamp.nanosec
        try:
            poses = read_skeletons(message, topology_of(message, self._topologies))
            camera = self._calibration.model(self._info, message.image_width, message.image_height)
            place = self._place(self.name, message.header.frame_id, stamp)
        except ValueError as error:
            self.counts["bad"] += 1
            self.problem = str(error)
            return
        self.problem = ""
        self._arrived(self.name, message, Seen(self.name, View(camera, place), poses, stamp))


def learn_topologies(node: Node, names: list[str], topologies: dict[str, Topology], log: Callable[[str], None]) -> None:
    """Take in the topologies that the pose nodes of the cameras tell, in our namespace or in the cameras'."""

    def learn(message: SkeletonTopology) -> None:
        try:
            topology = read_topology(message)
        except ValueError as error:
            log(f"unusable topology {message.name!r}: {error}")
            return
        topologies[topology.name] = topology

    for topic in ["topology", *(f"{name}/topology" for name in names)]:
        node.create_subscription(SkeletonTopology, topic, learn, PROFILES["latched"])
