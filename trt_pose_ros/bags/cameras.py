"""Which topics of a bag are cameras."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import NamedTuple

from .reader import Topic

_IMAGES = {"sensor_msgs/msg/Image", "sensor_msgs/msg/CompressedImage"}
_COMPRESSED = "/compressed"
# depth images, and what pose_node draws
_NO_CAMERA = re.compile(r"(^|[/_])(depth|compressedDepth|disparity|annotated)($|[/_])")


class Camera(NamedTuple):
    """A camera of a bag: the topic of its images, and its name, empty for an only one."""

    topic: str
    name: str


def find_cameras(topics: Mapping[str, Topic], chosen: Sequence[str] = ()) -> list[Camera]:
    """The cameras of a bag.

    Without a choice they are all topics of images but those of depth and of our own annotated images; where a camera
    has raw and compressed images, the raw ones. The name is the namespace: ``front`` of ``/front/image``.

    Args:
        topics: of the bag, as its reader tells them.
        chosen: topics of images.

    Raises:
        ValueError: there is none, or a chosen one is not there or holds no images.
    """
    images = [topic for topic, found in topics.items() if found.type in _IMAGES and found.count]
    there = f"its images are on {', '.join(images)}" if images else "it holds no images"
    for topic in chosen:
        if topic not in images:
            raise ValueError(f"the bag has no images on {topic}, {there}")
    wanted = list(dict.fromkeys(chosen)) or [
        topic
        for topic in images
        if not _NO_CAMERA.search(topic)
        and not (topic.endswith(_COMPRESSED) and topic.removesuffix(_COMPRESSED) in images)
    ]
    if not wanted:
        raise ValueError(f"the bag has no camera: {there}{'; choose one with --topics' if images else ''}")
    if len(wanted) == 1:
        return [Camera(wanted[0], "")]
    names = [topic.removesuffix(_COMPRESSED).rpartition("/")[0].strip("/") for topic in wanted]
    if len(set(names)) < len(names) or "" in names:
        names = [topic.removesuffix(_COMPRESSED).strip("/") for topic in wanted]
    if len(set(names)) < len(names):  # raw and compressed of one camera, both chosen
        names = [topic.strip("/") for topic in wanted]
    return list(map(Camera, wanted, names))
