"""Scene: what is known of the space around one image, besides its pixels."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from ..geometry import CameraModel
from ..transforms import Transform


@dataclass(frozen=True, eq=False)
class DepthImage:
    """Distances along the optical axis that a depth camera measured, as it sends them.

    Attributes:
        depths: [h, w], uint16 or float32, in units of ``unit``; 0, NaN and infinite where nothing was measured.
        unit: metres.
        camera: of the depth camera, for images of this size; None where the depth is registered: taken from the
            viewpoint of the image, pixel (x, y) of it scaled to the image's size.
        in_image_camera: from the depth camera's optical frame to that of the image; None for a registered one.

    Raises:
        ValueError: the array is none of these, or only one of ``camera`` and ``in_image_camera`` is given.
    """

    depths: np.ndarray
    unit: float
    camera: CameraModel | None = None
    in_image_camera: Transform | None = None

    def __post_init__(self) -> None:
        if self.depths.ndim != 2 or self.depths.dtype not in (np.uint16, np.float32) or not self.depths.size:
            raise ValueError(
                f"a depth image of shape {list(self.depths.shape)} and type {self.depths.dtype}, must be [height, "
                "width] of uint16 or float32"
            )
        if not 0 < self.unit < np.inf:
            raise ValueError(f"a depth image in units of {self.unit} m")
        if (self.camera is None) != (self.in_image_camera is None):
            raise ValueError("a depth image with only one of its camera and that camera's place: give both, or neither")


@dataclass(frozen=True, eq=False)
class Scene:
    """What is known of the space around one image. All of it is optional.

    Attributes:
        camera: that took the image, for images of its size.
        depth: measured at the same time.
        in_world: from the camera's optical frame to a frame whose xy plane is the floor and whose z axis points up.
    """

    camera: CameraModel | None = None
    depth: DepthImage | None = None
    in_world: Transform | None = None
