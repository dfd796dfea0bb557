"""sensor_msgs images of rclpy."""

from __future__ import annotations

import numpy as np
from sensor_msgs.msg import CompressedImage, Image
from std_msgs.msg import Header

from ...messages import images
from .types import ROS_TYPES


def bgr_to_image(image: np.ndarray, header: Header) -> Image:
    """An Image (bgr8) of a uint8 [h, w, 3] BGR array."""
    return images.bgr_to_image(image, header, ROS_TYPES)


def bgr_to_compressed(image: np.ndarray, header: Header, quality: int = images.JPEG_QUALITY) -> CompressedImage:
    """A CompressedImage (jpeg) of a uint8 [h, w, 3] BGR array."""
    return images.bgr_to_compressed(image, header, ROS_TYPES, quality=quality)
