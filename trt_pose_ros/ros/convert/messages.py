"""Poses and Topology as messages of rclpy: :mod:`trt_pose_ros.messages`."""

from functools import partial

from ...messages import markers, skeletons
from .types import ROS_TYPES

skeleton_array = partial(skeletons.skeleton_array, types=ROS_TYPES)
skeleton_topology = partial(skeletons.skeleton_topology, types=ROS_TYPES)
marker_array = partial(markers.marker_array, types=ROS_TYPES)
