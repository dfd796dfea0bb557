"""A camera's images in a bag, with its calibration."""

from __future__ import annotations

import heapq
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np

from ..media.calibration import Calibration
from ..media.frame import Frame
from ..media.sources import IMAGES_RATE, Source
from ..messages.camera_info import camera_info
from ..messages.header import header
from ..messages.images import bgr_to_compressed, bgr_to_image
from ..messages.topics import camera_info_topic
from .types import message_types
from .writer import BagWriter

FORMATS = ("raw", "png", "jpeg")
_QUALITY = 95  # of a JPEG that is to be looked at by a network later


@dataclass(frozen=True)
class Camera:
    """Where and how a camera's images are written.

    Attributes:
        topic: of raw images; compressed ones go to ``topic/compressed``, the calibration to ``camera_info`` beside it.
        frame_id: the camera's optical frame.
        kind: one of FORMATS; raw ones are bgr8, a JPEG loses a little.
        calibration: None for a camera without: its CameraInfo tells the size of the images and nothing else.
    """

    topic: str
    frame_id: str = "camera"
    kind: str = "raw"
    calibration: Calibration | None = None


def stamped(source: Source, start_ns: int, rate: float = 0.0) -> Iterator[tuple[int, Frame]]:
    """The frames of a source with the time of each, in nanoseconds since 1970.

    A picture that can't be read leaves a gap.

    Args:
        source: a video, or pictures.
        start_ns: the time of its beginning.
        rate: frames a second; 0: at the times that the video tells, pictures at IMAGES_RATE.
    """
    for frame in source:
        if rate or frame.time is None:
            yield start_ns + round(frame.index * 1e9 / (rate or IMAGES_RATE)), frame
        else:
            yield start_ns + round(frame.time * 1e9), frame


def interleaved(frames: Sequence[Iterator[tuple[int, Frame]]]) -> Iterator[tuple[int, int, Frame]]:
    """What :func:`stamped` gives of several sources, in the order of time: (stamp, number of the source, frame)."""

    def numbered(number: int) -> Iterator[tuple[int, int, Frame]]:
        return ((stamp, number, frame) for stamp, frame in frames[number])

    return heapq.merge(*map(numbered, range(len(frames))), key=lambda item: item[:2])


def write_image(bag: BagWriter, camera: Camera, image: np.ndarray, stamp_ns: int) -> None:
    """Write an image, uint8 [h, w, 3] BGR, and the camera's calibration, both received when they were taken.

    Raises:
        OSError: they can't be written.
        ValueError: the calibration is of images of another size.
    """
    height, width = image.shape[:2]
    calibration = camera.calibration or Calibration(width, height)
    if (calibration.width, calibration.height) != (width, height):
        raise ValueError(
            f"{camera.topic}: an image of {width}x{height} pixels, but the calibration is of "
            f"{calibration.width}x{calibration.height}: calibrate the camera at that size, or leave the file out"
        )
    types = message_types()
    head = header(stamp_ns, camera.frame_id, types)
    if camera.kind == "raw":
        bag.write(camera.topic, bgr_to_image(image, head, types), stamp_ns)
    else:
        message = bgr_to_compressed(image, head, types, camera.kind, _QUALITY)
        bag.write(f"{camera.topic}/compressed", message, stamp_ns)
    bag.write(camera_info_topic(camera.topic), camera_info(calibration, head, types), stamp_ns)
