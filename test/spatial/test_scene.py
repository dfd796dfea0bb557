"""What a scene refuses."""

import numpy as np
import pytest

from trt_pose_ros.geometry import CameraModel
from trt_pose_ros.spatial import DepthImage


@pytest.mark.parametrize(
    ("depths", "unit", "camera", "what"),
    [
        (np.zeros((4, 6), np.uint8), 0.001, None, "type uint8"),
        (np.zeros((4, 6, 1), np.float32), 1.0, None, "shape"),
        (np.zeros((0, 6), np.float32), 1.0, None, "shape"),
        (np.zeros((4, 6), np.float32), 0.0, None, "units of 0.0 m"),
        (np.zeros((4, 6), np.float32), 1.0, CameraModel.from_field_of_view(6, 4, 60), "only one of"),
    ],
)
def test_a_depth_image_that_is_none(depths, unit, camera, what):
    with pytest.raises(ValueError, match=what):
        DepthImage(depths, unit, camera)
