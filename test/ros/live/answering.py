"""A node that stands in for pose_node: it answers every second image of each camera, with nobody in it."""

import json
import sys

from rclpy.node import Node
from sensor_msgs.msg import Image

from trt_pose_ros.messages.skeletons import skeleton_array, skeleton_topology
from trt_pose_ros.msg import SkeletonArray, SkeletonTopology
from trt_pose_ros.poses import Poses
from trt_pose_ros.ros.convert.types import ROS_TYPES
from trt_pose_ros.ros.runtime.process import run
from trt_pose_ros.ros.runtime.qos import PROFILES
from trt_pose_ros.topology import Topology

TOPOLOGY = Topology.load("openpose_18")


class Answering(Node):
    def __init__(self):
        super().__init__("answering")
        for name in json.loads(sys.argv[1]):
            self._answer(f"{name}/" if name else "")
        self._topology = self.create_publisher(SkeletonTopology, "topology", PROFILES["latched"])
        self._topology.publish(skeleton_topology(TOPOLOGY, ROS_TYPES))

    def _answer(self, below):
        publisher = self.create_publisher(SkeletonArray, f"{below}skeletons", PROFILES["reliable"])
        seen = []

        def on_image(message):
            seen.append(message)
            if len(seen) % 2:
                nobody = Poses.empty(TOPOLOGY)
                publisher.publish(skeleton_array(nobody, message.header, message.width, message.height, ROS_TYPES))

        self.create_subscription(Image, f"{below}image", on_image, PROFILES["sensor_data"])


if __name__ == "__main__":
    sys.exit(run(Answering, args=[sys.argv[0], *sys.argv[2:]]))
