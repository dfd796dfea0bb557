"""A subscriber that tells what it sees: skeletons as text, annotated images as a clip."""

from __future__ import annotations

import os
from collections.abc import Callable, Sequence
from typing import Any

import cv2
from rclpy.node import Node
from sensor_msgs.msg import Image

from ...msg import Skeleton, SkeletonArray
from ..convert.image import image_to_bgr
from ..runtime.qos import PROFILES


class Recorder(Node):
    """Prints each SkeletonArray in a line and keeps the annotated images.

    Args:
        clip: path of the video that the annotated images go into.
        image: path of the annotated image whose people have the highest scores together, so far.
        rate: frames a second of the clip.
        done: function that tells whether no more will come.

    Attributes:
        frames, people: how many came.
    """

    def __init__(
        self,
        clip: str | os.PathLike[str],
        image: str | os.PathLike[str],
        rate: float,
        done: Callable[[], bool],
        **kwargs: Any,
    ) -> None:
        super().__init__("recorder", **kwargs)
        self._done = done
        self.frames = self.people = 0
        self._clip, self._image, self._rate = clip, image, rate
        self._writer: cv2.VideoWriter | None = None
        self._best, self._scores = 0.0, dict[float, float]()
        self.create_subscription(SkeletonArray, "skeletons", self._on_skeletons, PROFILES["reliable"])
        self.create_subscription(Image, "annotated", self._on_annotated, PROFILES["reliable"])

    @property
    def finished(self) -> bool:
        """Whether no more will come."""
        return self._done()

    def _on_skeletons(self, message: SkeletonArray) -> None:
        self.frames += 1
        self.people += len(message.skeletons)
        self._scores = {_stamp(message): sum(s.score for s in message.skeletons)}
        people = ", ".join(_describe(s, message.keypoint_names) for s in message.skeletons) or "nobody"
        print(f"{_stamp(message):.3f} {message.header.frame_id}: {people}", flush=True)

    def _on_annotated(self, message: Image) -> None:
        image = image_to_bgr(message)
        if self._writer is None:
            fourcc = cv2.VideoWriter.fourcc(*"mp4v")
            self._writer = cv2.VideoWriter(str(self._clip), fourcc, self._rate, image.shape[1::-1])
        self._writer.write(image)
        # skeletons are published before the annotated image of the same frame
        score = self._scores.get(_stamp(message), 0.0)
        if score > self._best:
            self._best = score
            cv2.imwrite(str(self._image), image)

    def close(self) -> None:
        """Finish the clip."""
        if self._writer is not None:
            self._writer.release()


def _stamp(message: SkeletonArray | Image) -> float:
    return message.header.stamp.sec + 1e-9 * message.header.stamp.nanosec


def _describe(skeleton: Skeleton, names: Sequence[str]) -> str:
    nose = skeleton.keypoints[names.index("nose")] if "nose" in names else None
    where = f" nose ({nose.x:.0f}, {nose.y:.0f})" if nose is not None and nose.score > 0 else ""
    found = sum(k.score > 0 for k in skeleton.keypoints)
    return f"person {skeleton.score:.2f} {found}/{len(skeleton.keypoints)} keypoints{where}"
