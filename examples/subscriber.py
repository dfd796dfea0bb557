#!/usr/bin/env python3
"""Print where everybody's nose is, while `ros2 launch trt_pose_ros pose.launch.py` runs."""

import signal

import rclpy
from rclpy.qos import qos_profile_sensor_data
from rclpy.signals import SignalHandlerOptions

from trt_pose_ros.msg import SkeletonArray


def on_skeletons(array):
    nose = array.keypoint_names.index("nose")
    for person in array.skeletons:
        print(f"person {person.track_id}: nose at ({person.keypoints[nose].x:.0f}, {person.keypoints[nose].y:.0f})")


signal.signal(signal.SIGINT, signal.SIG_DFL)  # Ctrl-C ends it at once; rclpy's handlers may raise anywhere
rclpy.init(signal_handler_options=SignalHandlerOptions.NO)
node = rclpy.create_node("subscriber")
node.create_subscription(SkeletonArray, "skeletons", on_skeletons, qos_profile_sensor_data)
rclpy.spin(node)
