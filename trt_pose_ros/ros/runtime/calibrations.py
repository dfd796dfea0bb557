"""The newest calibration of a camera, as a camera model for its images."""

from __future__ import annotations

from sensor_msgs.msg import CameraInfo

from ...geometry import CameraModel
from ...messages.camera_info import camera_model


class Calibration:
    """Reads the CameraInfo messages of one camera; drivers send the same one with every image.

    Args:
        topic: on which they come, for error messages.
        rectified: the images are rectified already.

    Attributes:
        topic: see above.
    """

    def __init__(self, topic: str, rectified: bool) -> None:
        self.topic, self._rectified = topic, rectified
        self._known: tuple[object, CameraModel] | None = None  # what the last model was made of, and that model

    def model(self, info: CameraInfo | None, width: int, height: int) -> CameraModel:
        """The camera for images of ``width`` x ``height`` pixels.

        Raises:
            ValueError: there is no such calibration; the message names the topic and what is wrong.
        """
        if info is None:
            raise ValueError(f"nothing came on {self.topic}")
        key = (_content(info), width, height)
        if self._known is None or self._known[0] != key:
            self._known = key, self._made(info).scaled_to(width, height)
        return self._known[1]

    def _made(self, info: CameraInfo) -> CameraModel:
        try:
            camera = camera_model(info, self._rectified)
        except ValueError as error:
            raise ValueError(f"{self.topic} is unusable: {error}") from None
        if camera is None:
            raise ValueError(f"{self.topic} is of an uncalibrated camera")
        return camera


def _content(info: CameraInfo) -> tuple:
    roi = info.roi
    return (
        info.width,
        info.height,
        info.distortion_model,
        *(bytes(memoryview(numbers)) for numbers in (info.k, info.d, info.r, info.p)),
        info.binning_x,
        info.binning_y,
        (roi.x_offset, roi.y_offset, roi.width, roi.height),
    )
