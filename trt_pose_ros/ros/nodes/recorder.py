"""A subscriber that tells what it sees: skeletons as text, annotated images as a clip."""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import numpy as np
from rclpy.node import Node
from sensor_msgs.msg import Image

from ...media.video import VideoWriter
from ...media.writers import write_image
from ...messages.images import encoded_image
from ...msg import Skeleton, SkeletonArray
from ...poses import NO_TRACK
from ..runtime.qos import PROFILES


class Recorder(Node):
    """Prints each SkeletonArray in a line and keeps the annotated images.

    Args:
        clip: the video that the annotated images go into, at the times of their stamps.
        image: file of the annotated image whose people with an identity have the highest scores together, so far.
        rate: images a second of the clip.
        done: function that tells whether no more will come.
        patience: seconds without a message after which none is waited for any more.

    Attributes:
        counts: number of images by how many people were found in them.
        seconds: from the first of these images to the newest.
        identities: the track ids that the people had.
        notes: what the user should know about the clip, in sentences.
    """

    def __init__(
        self, clip: Path, image: Path, rate: float, done: Callable[[], bool], patience: float, **kwargs: Any
    ) -> None:
        super().__init__("recorder", **kwargs)
        self._done, self._patience, self._heard = done, patience, time.monotonic()
        self.counts: Counter[int] = Counter()
        self.seconds = 0.0
        self.identities: set[int] = set()
        self._clip, self._image, self._best = VideoWriter(clip, rate), image, 0.0
        self._first: float | None = None
        self._scores: dict[float, float] = {}
        self.create_subscription(SkeletonArray, "skeletons", self._on_skeletons, PROFILES["reliable"])
        self.create_subscription(Image, "annotated", self._on_annotated, PROFILES["reliable"])

    @property
    def finished(self) -> bool:
        """Whether no more will come."""
        return self._done() or time.monotonic() - self._heard > self._patience

    @property
    def frames(self) -> int:
        """Images that people were looked for in."""
        return self.counts.total()

    @property
    def people(self) -> int:
        """People found in them, one of ten images counted ten times."""
        return sum(people * images for people, images in self.counts.items())

    @property
    def notes(self) -> Sequence[str]:
        """See the class."""
        return self._clip.notes

    def _on_skeletons(self, message: SkeletonArray) -> None:
        self._heard = time.monotonic()
        stamp = _stamp(message)
        self._first = stamp if self._first is None else self._first
        self.seconds = stamp - self._first
        self.counts[len(message.skeletons)] += 1
        self.identities |= {s.track_id for s in message.skeletons} - {NO_TRACK}
        self._scores = {stamp: sum(s.score for s in message.skeletons if s.track_id != NO_TRACK)}
        people = ", ".join(_describe(s, message.keypoint_names) for s in message.skeletons) or "nobody"
        print(f"{self.seconds:5.1f} s: {people}", flush=True)

    def _on_annotated(self, message: Image) -> None:
        image: np.ndarray = encoded_image(message).bgr
        self._clip.write(image, _stamp(message))
        # skeletons are published before the annotated image of the same frame
        score = self._scores.get(_stamp(message), 0.0)
        if score > self._best:
            self._best = score
            write_image(self._image, image)

    def close(self) -> None:
        """Finish the clip."""
        self._clip.close()


def _stamp(message: Any) -> float:
    return float(message.header.stamp.sec + 1e-9 * message.header.stamp.nanosec)


def _describe(skeleton: Skeleton, names: Sequence[str]) -> str:
    who = f"#{skeleton.track_id} " if skeleton.track_id != NO_TRACK else ""
    found = sum(k.score > 0 for k in skeleton.keypoints)
    nose = skeleton.keypoints[names.index("nose")] if "nose" in names else None
    where = f", nose at ({nose.x:.0f}, {nose.y:.0f})" if nose is not None and nose.score > 0 else ""
    return f"person {who}{100 * skeleton.score:.0f} % ({found} of {len(names)} keypoints{where})"
