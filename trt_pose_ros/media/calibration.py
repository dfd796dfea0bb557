"""Calibration files, the YAML that ROS's camera_calibration writes."""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path
from typing import Any


@dataclass(frozen=True)
class Calibration:
    """What such a file says, by the names of sensor_msgs/CameraInfo; as it is, an uncalibrated camera: all zero.

    Attributes:
        width, height: of the camera's images, pixels.
        distortion_model: ``plumb_bob``, ``rational_polynomial``, ``equidistant``.
        d: coefficients of the distortion.
        k, r, p: camera matrix 3x3, rectification matrix 3x3, projection matrix 3x4, in row order.
    """

    width: int = 0
    height: int = 0
    distortion_model: str = ""
    d: tuple[float, ...] = ()
    k: tuple[float, ...] = (0.0,) * 9
    r: tuple[float, ...] = (0.0,) * 9
    p: tuple[float, ...] = (0.0,) * 12


def read_calibration(path: str | os.PathLike[str]) -> Calibration:
    """Read a calibration file.

    Raises:
        ImportError: PyYAML is not installed; every ROS has it.
        OSError: the file can't be read.
        ValueError: it is no such file; the message says what is missing.
    """
    try:
        import yaml
    except ImportError as error:
        raise ImportError(f"calibration files need PyYAML: pip install 'trt_pose_ros[replay]' ({error})") from error
    try:
        data = yaml.safe_load(Path(path).expanduser().read_text())
        return Calibration(
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


def _numbers(matrix: Any, count: int | None = None) -> tuple[float, ...]:
    numbers = tuple(float(v) for v in matrix["data"])
    if count is not None and len(numbers) != count:
        raise ValueError(f"a matrix has {len(numbers)} numbers, expected {count}")
    return numbers
