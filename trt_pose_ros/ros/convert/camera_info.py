"""CameraInfo messages: from calibration files, and as camera models."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

import yaml
from sensor_msgs.msg import CameraInfo

from ...geometry import CameraModel


def camera_model(info: CameraInfo, rectified: bool) -> CameraModel | None:
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


def read_camera_info(path: str | os.PathLike[str]) -> CameraInfo:
    """The CameraInfo of a calibration file, the YAML that ROS's camera_calibration writes.

    Without a path, that of an uncalibrated camera: all matrices zero, as the message's definition has it.

    Raises:
        OSError: the file can't be read.
        ValueError: it is no such file; the message says what is missing.
    """
    if not path:
        return CameraInfo()
    try:
        data = yaml.safe_load(Path(path).expanduser().read_text())
        return CameraInfo(
            width=_size(data["image_width"]),
            height=_size(data["image_height"]),
            distortion_model=str(data["distortion_model"]),
            d=_numbers(data["distortion_coefficients"]),
            k=_numbers(data["camera_matrix"], 9),
            r=_numbers(data["rectification_matrix"], 9),
            p=_numbers(data["projection_matrix"], 12),
        )
    except KeyError as error:
        raise ValueError(f"calibration file {path} has no {error}") from None
    except (yaml.YAMLError, UnicodeDecodeError, TypeError, ValueError) as error:
        raise ValueError(f"{path} is not a calibration file: {error}") from None


def _size(value: Any) -> int:
    if not 0 < int(value) < 2**32:
        raise ValueError(f"an image of {value} pixels")
    return int(value)


def _numbers(matrix: Any, count: int | None = None) -> list[float]:
    numbers = [float(v) for v in matrix["data"]]
    if count is not None and len(numbers) != count:
        raise ValueError(f"a matrix has {len(numbers)} numbers, expected {count}")
    return numbers
