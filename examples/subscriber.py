#!/usr/bin/env python3
"""Print where everybody's nose is, while `ros2 launch trt_pose_ros pose.launch.py` runs."""

import contextlib

import rclpy
from rclpy.executors import ExternalShutdownException
from rclpy.qos import qos_profile_sensor_data

from trt_pose_ros.msg import SkeletonArray


def on_skeletons(array):
    nose = array.keypoint_names.index("nose")
    for person in array.skeletons:
        print(f"person {person.track_id}: nose at ({person.keypoints[nose].x:.0f}, {person.keypoints[nose].y:.0f})")


rclpy.init()
node = rclpy.create_node("subscriber")
node.create_subscription(SkeletonArray, "skeletons", on_skeletons, qos_profile_sensor_data)
with contextlib.suppress(KeyboardInterrupt, ExternalShutdownException):
    rclpy.spin(node)
