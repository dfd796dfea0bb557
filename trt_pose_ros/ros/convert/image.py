"""sensor_msgs images of rclpy: :mod:`trt_pose_ros.messages.images`."""

from functools import partial

from ...messages import images
from .types import ROS_TYPES

bgr_to_image = partial(images.bgr_to_image, types=ROS_TYPES)
bgr_to_compressed = partial(images.bgr_to_compressed, types=ROS_TYPES)
