"""Where the time goes: one pass after another through all stages, from a compressed image to what is drawn.

The pipeline's own stages are those that it tells in ``PosePipeline.times``; what the node does before and after them is
timed around it. A runtime copies to and from a GPU within ``network``.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass
from time import perf_counter
from typing import Any

import cv2
import numpy as np

from ..media.drawing import draw_poses
from ..pipeline import PosePipeline
from ..poses import Poses
from ..stage_times import StageTimes

_JPEG_QUALITY = 90
_PERIOD = 1 / 30  # seconds between the images of a camera, for the tracker
TOTAL = "all"
# What further stages are given: the people of an image, and the image (uint8 [h, w, 3] BGR).
Stage = Callable[[Poses, np.ndarray], object]


@dataclass(frozen=True)
class Profile:
    """How long the stages took.

    Attributes:
        batch: images of a pass, one of each of as many cameras.
        passes: how many were timed.
        stages: {stage: (median, 95th percentile)} over the passes, in milliseconds **an image**; the last one, ``all``,
            is a whole pass, whose percentiles are not the sums of the others'.
    """

    batch: int
    passes: int
    stages: Mapping[str, tuple[float, float]]


@dataclass(frozen=True)
class Report:
    """Profiles of one model on one machine.

    Attributes:
        model: its name.
        input_size: (height, width) of the network's input in pixels.
        backend, device: the runtime, and where it ran.
        processor: the CPU and its instructions for 8 bits.
        images: sizes of the images, for example ``512x512, 600x512``.
        profiles: one a batch size.
    """

    model: str
    input_size: tuple[int, int]
    backend: str
    device: str
    processor: str
    images: str
    profiles: Sequence[Profile]

    def table(self) -> str:
        """What was measured, on what, as a table in Markdown."""
        first = self.profiles[0]
        height, width = self.input_size
        heads = [f"batch {profile.batch}" for profile in self.profiles]
        lines = [
            f"{self.model} at {height}x{width}, {self.backend} on {self.device}. Processor: {self.processor}.",
            f"JPEG images of {self.images}; p50 / p95 in ms an image, over {first.passes} passes after warming up.",
            "",
            f"| stage | {' | '.join(heads)} |",
            f"|---|{'---|' * len(heads)}",
        ]
        for stage in first.stages:
            cells = ["{:.2f} / {:.2f}".format(*profile.stages[stage]) for profile in self.profiles]
            lines.append(f"| {stage.replace('_', ' ')} | {' | '.join(cells)} |")
        return "\n".join(lines)

    def as_dict(self) -> dict[str, Any]:
        """All of it for JSON."""
        return asdict(self)


def jpegs(images: Sequence[np.ndarray]) -> list[bytes]:
    """The images (uint8 [h, w, 3] BGR) as a camera with compressed transport would send them."""
    parameters = [cv2.IMWRITE_JPEG_QUALITY, _JPEG_QUALITY]
    return [cv2.imencode(".jpg", image, parameters)[1].tobytes() for image in images]


def profile(
    pipeline: PosePipeline,
    encoded: Sequence[bytes],
    batch: int,
    passes: int,
    further: Mapping[str, Stage] | None = None,
) -> Profile:
    """Run a pipeline over images again and again, and time each stage.

    Args:
        pipeline: whose backend takes as many images at once, or fewer (then the network runs several times a pass).
        encoded: image files, at least one; pass after pass takes the next ``batch`` of them, round and round.
        batch: images a pass.
        passes: to be timed; a tenth as many, at least one, go before them.
        further: stages between tracking and drawing, by name, each called once an image.

    Raises:
        ValueError: no images, or what is none among them.
    """
    if not encoded or batch < 1 or passes < 1:
        raise ValueError(f"{len(encoded)} images, batch {batch} and {passes} passes: each must be at least 1")
    stages = {**(further or {}), "draw": lambda poses, image: draw_poses(image, poses)}
    times = StageTimes(window=passes)
    for number in range(-max(1, passes // 10), passes):
        chosen = [encoded[(number * batch + i) % len(encoded)] for i in range(batch)]
        taken = _one_pass(pipeline, chosen, number * _PERIOD, stages)
        if number >= 0:
            times.add(taken)
    an_image = 1e3 / batch
    found = {stage: (p50 * an_image, p95 * an_image) for stage, (p50, p95) in times.percentiles().items()}
    return Profile(batch, passes, found)


def _one_pass(
    pipeline: PosePipeline, encoded: Sequence[bytes], stamp: float, stages: Mapping[str, Stage]
) -> dict[str, float]:
    """Seconds of each stage for these images."""
    begun = perf_counter()
    images = [_decoded(file) for file in encoded]
    taken = {"decode_image": perf_counter() - begun}
    people = pipeline(images, cameras=range(len(images)), stamps=[stamp] * len(images))
    taken |= pipeline.times
    for name, stage in stages.items():
        started = perf_counter()
        for poses, image in zip(people, images, strict=True):
            stage(poses, image)
        taken[name] = perf_counter() - started
    return taken | {TOTAL: perf_counter() - begun}


def _decoded(file: bytes) -> np.ndarray:
    image = cv2.imdecode(np.frombuffer(file, np.uint8), cv2.IMREAD_COLOR)
    if image is None:
        raise ValueError(f"{len(file)} bytes that are no image are among the images")
    return image
