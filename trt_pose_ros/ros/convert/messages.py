"""Poses, Topology and events as messages of rclpy: :mod:`trt_pose_ros.messages`."""

from functools import partial

from ...messages import event_markers as zones_and_events
from ...messages import events, markers, skeletons
from .types import ROS_TYPES

skeleton_array = partial(skeletons.skeleton_array, types=ROS_TYPES)
skeleton_topology = partial(skeletons.skeleton_topology, types=ROS_TYPES)
marker_array = partial(markers.marker_array, types=ROS_TYPES)
event_array = partial(events.event_array, types=ROS_TYPES)
event_markers = partial(zones_and_events.event_markers, types=ROS_TYPES)
