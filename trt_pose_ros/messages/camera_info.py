"""sensor_msgs/CameraInfo: of calibration files, and as camera models."""

from __future__ import annotations

from typing import Any

import numpy as np

from ..geometry import CameraModel
from ..media.calibration import Calibration
from .types import MessageTypes


def camera_info(calibration: Calibration, header: Any, types: MessageTypes) -> Any:
    """The CameraInfo of a calibration."""
    return types["sensor_msgs/msg/CameraInfo"](
        header=header,
        height=calibration.height,
        width=calibration.width,
        distortion_model=calibration.distortion_model,
        d=types.numbers(calibration.d, np.float64),
        k=np.array(calibration.k),
        r=np.array(calibration.r),
        p=np.array(calibration.p),
        binning_x=0,
        binning_y=0,
        roi=types["sensor_msgs/msg/RegionOfInterest"](x_offset=0, y_offset=0, height=0, width=0, do_rectify=False),
    )


def camera_model(info: Any, rectified: bool) -> CameraModel | None:
    """The camera that a CameraInfo describes; None for an uncalibrated one, which is one whose k begins with 0.

    Args:
        info: the message.
        rectified: the images have been rectified already.

    Raises:
        ValueError: the message describes no camera that can be; the message names the wrong value.
    """
    if info.k[0] == 0 and not (rectified and info.p[0]):
        return None
    roi = info.roi
    return CameraModel.from_calibration(
        info.width,
        info.height,
        info.k,
        info.d,
        info.distortion_model,
        info.r,
        info.p,
        rectified=rectified,
        binning=(info.binning_x, info.binning_y),
        roi=(roi.x_offset, roi.y_offset, roi.width, roi.height),
    )
