"""What ``trt-pose run`` knows of the space around its images: the camera, how it stands, depth."""

from __future__ import annotations

import argparse
import math
from pathlib import Path

from ..geometry import CameraModel
from ..media.calibration import read_calibration
from ..media.depth_files import DepthFiles, read_depth
from ..media.frame import Frame
from ..media.sources import Images, Source
from ..spatial import DepthImage, Scene
from ..transforms import Transform, camera_above_floor
from .arguments import positive

_MILLIMETRES, _METRES = 1e-3, 1.0


def add_scene_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare what may be known of the space around the images."""
    group = parser.add_argument_group("people in space")
    camera = group.add_mutually_exclusive_group()
    camera.add_argument(
        "--camera-info",
        type=Path,
        metavar="FILE",
        help="calibration of the camera, the YAML of ROS's camera_calibration",
    )
    camera.add_argument("--fov", type=positive, metavar="DEGREES", help="how much the images show from left to right")
    group.add_argument(
        "--depth",
        type=Path,
        metavar="DIR",
        help="depth images of the same view: of an image the one of its name, of a video as many as frames",
    )
    group.add_argument(
        "--depth-unit",
        type=positive,
        metavar="M",
        help="metres that a step of them is; default: 0.001 of 16 bits, 1 of floating point numbers",
    )
    group.add_argument("--camera-height", type=positive, metavar="M", help="of the camera above the floor, metres")
    group.add_argument(
        "--camera-down", type=float, metavar="DEGREES", help="that it looks downwards, with --camera-height; default: 0"
    )
    group.add_argument(
        "--lift",
        nargs="?",
        const=True,
        default=False,
        metavar="FILE",
        help="find bodies in space by a lifting network; without FILE the bundled one",
    )
    group.add_argument("--plot-3d", action="store_true", help="beside each annotated image the people in space")


class Scenes:
    """The scene of each image.

    Args:
        arguments: of :func:`add_scene_arguments`.
        source: of the images.

    Attributes:
        known: whether there is anything to know; without, there are no scenes.
        in_room: from the camera's optical frame to the floor below it; None where that is not known.
        lacking: names of images without depth, each with the reason.

    Raises:
        OSError, ValueError, ImportError: a file can't be had, or arguments that don't go together.
    """

    def __init__(self, arguments: argparse.Namespace, source: Source) -> None:
        self._fov, self._unit = arguments.fov, arguments.depth_unit
        self._camera = None if arguments.camera_info is None else _camera(arguments.camera_info)
        self._stills = isinstance(source, Images)
        self.known = self._camera is not None or self._fov is not None
        for name in ("depth", "camera_height", "lift", "plot_3d"):
            if getattr(arguments, name) not in (None, False) and not self.known:
                option = f"--{name.replace('_', '-')}"
                raise ValueError(f"{option} needs the camera: give --camera-info FILE, or --fov DEGREES")
        self.in_room = _room(arguments.camera_height, arguments.camera_down)
        self._depth = None if arguments.depth is None else DepthFiles(arguments.depth)
        self.lacking: dict[str, str] = {}
        if self._fov is not None and self._fov >= 180:
            raise ValueError(f"--fov {self._fov:g}: an ideal camera sees less than 180 degrees; give --camera-info")

    def camera(self, width: int, height: int) -> CameraModel | None:
        """The camera for images of that size; None where it is not known.

        Raises:
            ValueError: the calibration is for images of another shape.
        """
        if self._camera is not None:
            return self._camera.scaled_to(width, height)
        return None if self._fov is None else CameraModel.from_field_of_view(width, height, self._fov)

    def of(self, frame: Frame) -> Scene | None:
        """The scene of an image; None where nothing is known.

        Raises:
            ValueError: the calibration is for images of another shape.
        """
        if not self.known:
            return None
        height, width = frame.image.shape[:2]
        return Scene(self.camera(width, height), self._depth_of(frame), self.in_room)

    def _depth_of(self, frame: Frame) -> DepthImage | None:
        if self._depth is None:
            return None
        try:
            file = self._depth.of_image(frame.name) if self._stills else self._depth.of_frame(frame.index)
            if file is None:
                raise ValueError("there is none")
            depths = read_depth(file)
            default = _MILLIMETRES if depths.dtype.kind == "u" else _METRES
            return DepthImage(depths, self._unit or default)
        except ValueError as error:
            self.lacking[frame.name if self._stills else f"frame {frame.index}"] = str(error)
            return None


def _camera(file: Path) -> CameraModel:
    calibration = read_calibration(file)
    try:
        return CameraModel.from_calibration(
            calibration.width,
            calibration.height,
            calibration.k,
            calibration.d,
            calibration.distortion_model,
            calibration.r,
            calibration.p,
        )
    except ValueError as error:
        raise ValueError(f"--camera-info {file}: {error}") from None


def _room(height: float | None, down: float | None) -> Transform | None:
    if height is None:
        if down is not None:
            raise ValueError(f"--camera-down {down:g} needs --camera-height M")
        return None
    if not -90 <= (down or 0.0) <= 90:
        raise ValueError(f"--camera-down {down:g}, must be from -90 to 90 degrees")
    return camera_above_floor(height, math.radians(down or 0.0))
