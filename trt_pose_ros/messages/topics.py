"""Which topics belong together: an image, its compressed twin and the calibration of its camera."""

from __future__ import annotations

import re

DEPTH_TRANSPORTS = ("off", "raw", "compressed")  # how depth comes: not, as Image, as CompressedImage
RECTIFIED = ("auto", "always", "never")  # what can be said of a camera's images
_RECTIFIED = re.compile(r"(^|[/_])rect(ified)?($|[/_])")


def camera_topic(camera: str, topic: str) -> str:
    """A topic of a camera: its name is the namespace; that of the only camera is empty."""
    return f"{camera}/{topic}" if camera else topic


def camera_info_topic(image: str) -> str:
    """The calibration of the images on the topic ``image``: `camera_info` beside it, as image_transport has it."""
    return image.rpartition("/")[0] + "/camera_info" if "/" in image else "camera_info"


def camera_remappings(image: str, camera_info: str = "", depth: str = "") -> list[tuple[str, str]]:
    """Pairs (from, to) that make a node with one camera use these topics.

    Args:
        image: of the images; `image/compressed` becomes its twin.
        camera_info: of the calibration; empty: the one beside the images.
        depth: of the depth images, whose calibration is beside them; empty: as they are.
    """
    topics = {"image": image, "image/compressed": f"{image}/compressed"}
    topics["camera_info"] = camera_info or camera_info_topic(image)
    if depth:
        topics |= {"depth": depth, "depth/camera_info": camera_info_topic(depth)}
    return list(topics.items())


def is_rectified(image: str, said: str = "auto") -> bool:
    """Whether the images on the topic ``image`` are rectified, to go by what is ``said``, one of RECTIFIED.

    ``auto`` goes by the topic's name, in which image_proc writes `rect`: `image_rect`, `image_rect_color`.
    """
    return said == "always" or (said == "auto" and _RECTIFIED.search(image) is not None)
