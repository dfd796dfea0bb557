"""Extrinsics: where the cameras stand, as a YAML file.

frame: map                               # the common frame, z up
cameras:
  left:                                  # its optical frame (x right, y down, z forward) in the common one
    translation: [1.2, -3.0, 2.4]        # metres
    rotation: [-0.66, 0.12, -0.13, 0.73] # quaternion x, y, z, w
"""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from ...transforms import Transform


@dataclass(frozen=True, eq=False)
class Extrinsics:
    """Where cameras stand in a common frame.

    Attributes:
        frame: name of the common frame.
        cameras: from the optical frame of each to that.
    """

    frame: str
    cameras: Mapping[str, Transform]


def read_extrinsics(path: str | os.PathLike[str]) -> Extrinsics:
    """Read a file of extrinsics.

    Raises:
        ImportError: PyYAML is not installed; every ROS has it.
        OSError: the file can't be read.
        ValueError: it is no such file; the message says what is wrong.
    """
    yaml = _yaml()
    try:
        data = yaml.safe_load(Path(path).expanduser().read_text())
    except (yaml.YAMLError, UnicodeDecodeError) as error:
        raise ValueError(f"extrinsics {path} is not a YAML file: {' '.join(str(error).split())}") from None
    cameras = data.get("cameras") if isinstance(data, dict) else None
    if not isinstance(cameras, dict) or not cameras or not isinstance(data.get("frame"), str) or not data["frame"]:
        raise ValueError(f"extrinsics {path} must have `frame`, a name, and `cameras`, places by the cameras' names")
    return Extrinsics(data["frame"], {str(name): _transform(place, path, name) for name, place in cameras.items()})


def _transform(place: Any, path: str | os.PathLike[str], name: str) -> Transform:
    try:
        translation, rotation = ([float(v) for v in place[key]] for key in ("translation", "rotation"))
        if len(translation) != 3 or len(rotation) != 4:
            raise ValueError(f"{len(translation)} and {len(rotation)} numbers")
        return Transform.from_quaternion(translation, rotation)
    except (KeyError, TypeError, ValueError) as error:
        raise ValueError(
            f"extrinsics {path}: camera {name!r} must have translation: [x, y, z] in metres and rotation: [x, y, z, "
            f"w], a quaternion ({error})"
        ) from None


def extrinsics_text(extrinsics: Extrinsics, comment: str = "") -> str:
    """The file of extrinsics, with lines of ``comment`` at its beginning."""
    lines = [f"# {line}" for line in comment.splitlines()]
    lines += [f"frame: {_yaml().safe_dump(extrinsics.frame).splitlines()[0]}", "cameras:"]
    for name, place in extrinsics.cameras.items():
        lines += [
            f"  {_yaml().safe_dump(name).splitlines()[0]}:",
            f"    translation: [{', '.join(f'{v:.5f}' for v in place.translation)}]",
            f"    rotation: [{', '.join(f'{v:.7f}' for v in place.quaternion)}]",
        ]
    return "\n".join(lines) + "\n"


def _yaml() -> Any:
    try:
        import yaml
    except ImportError as error:
        raise ImportError(f"extrinsics need PyYAML: pip install 'trt_pose_ros[replay]' ({error})") from error
    return yaml
