"""Where the time goes: one pass after another through all stages, from a compressed image to what is drawn.

The pipeline's own stages are those that it tells in ``PosePipeline.times``; what the node does before and after them is
timed around it. What a GPU's copies take of ``network`` is asked of backends that can tell, in runs of their own.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass, field
from time import perf_counter
from typing import Any

import cv2
import numpy as np

from ..finders.top_down import of_all_networks
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
        parts: likewise of what ``network`` is made of, where the backend can tell; each with a wait after it.
        people: found in an image, on average.
    """

    batch: int
    passes: int
    stages: Mapping[str, tuple[float, float]]
    parts: Mapping[str, tuple[float, float]] = field(default_factory=dict)
    people: float = 0.0

    @property
    def rate(self) -> float:
        """Images a second, of all cameras together, by the median."""
        return 1e3 / self.stages[TOTAL][0]

    @property
    def outside_network(self) -> float:
        """Pre-processing and decoding as a share of the networks' time, by the medians."""
        medians = of_all_networks({stage: median for stage, (median, _) in self.stages.items()})
        return (medians["preprocess"] + medians["decode"]) / medians["network"]

    def rows(self) -> dict[str, str]:
        """Names of the stages and parts, in order -> p50 / p95 as text."""
        rows = {}
        for stage, figures in self.stages.items():
            rows[stage.replace("_", " ")] = figures
            if stage == "network":
                rows |= {f"of it {part}": of for part, of in self.parts.items()}
        return {name: f"{p50:.2f} / {p95:.2f}" for name, (p50, p95) in rows.items()}


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
        heads = [f"batch {profile.batch}" for profile in self.profiles]
        lines = [
            f"{self._model()}, {self.backend} on {self.device}. Processor: {self.processor}.",
            f"JPEG images of {self.images}; p50 / p95 in ms an image, over {first.passes} passes after warming up.",
            "",
            f"| stage | {' | '.join(heads)} |",
            f"|---|{'---|' * len(heads)}",
        ]
        for name in first.rows():
            lines.append(f"| {name} | {' | '.join(profile.rows()[name] for profile in self.profiles)} |")
        lines.append(f"| images a second | {' | '.join(f'{profile.rate:.1f}' for profile in self.profiles)} |")
        shares = (f"{100 * profile.outside_network:.0f} %" for profile in self.profiles)
        lines.append(f"| preprocess and decode, of network | {' | '.join(shares)} |")
        return "\n".join(lines)

    def boards_table(self, board: str) -> str:
        """The same for a table of boards in Markdown, a row for each batch size: medians, and of all p95, too."""
        stages = [stage for stage in self.profiles[0].stages if stage != TOTAL]
        names = (stage.replace("_", " ") for stage in stages)
        heads = ["board", "backend", "model", "batch", *names, "all p50 / p95", "images a second"]
        lines = [f"| {' | '.join(heads)} |", f"|{'---|' * len(heads)}"]
        for profile in self.profiles:
            medians = (f"{profile.stages[stage][0]:.2f}" for stage in stages)
            all_of_it = profile.rows()[TOTAL]
            row = [board, self.backend, self._model(), str(profile.batch), *medians, all_of_it, f"{profile.rate:.1f}"]
            lines.append(f"| {' | '.join(row)} |")
        return "\n".join(lines)

    def _model(self) -> str:
        height, width = self.input_size
        return f"{self.model} at {height}x{width}"

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
    times, people = StageTimes(window=passes), 0
    for number in range(-max(1, passes // 10), passes):
        chosen = [encoded[(number * batch + i) % len(encoded)] for i in range(batch)]
        taken, found = _one_pass(pipeline, chosen, number * _PERIOD, stages)
        if number >= 0:
            times.add(taken)
            people += found
    parts = _parts(pipeline.backend, min(batch, pipeline.backend.max_batch), passes)
    return Profile(batch, passes, _of_an_image(times, batch), parts, people / (batch * passes))


def _parts(backend: Any, count: int, passes: int) -> dict[str, tuple[float, float]]:
    """Copies and network of a run of ``count`` images, by a backend that has ``timed``."""
    times = StageTimes(window=passes)
    if hasattr(backend, "timed"):
        for _ in range(passes):
            times.add(backend.timed(count))
    return _of_an_image(times, count)


def _of_an_image(times: StageTimes, count: int) -> dict[str, tuple[float, float]]:
    """Milliseconds an image of what took seconds for ``count`` of them."""
    scale = 1e3 / count
    return {stage: (p50 * scale, p95 * scale) for stage, (p50, p95) in times.percentiles().items()}


def _one_pass(
    pipeline: PosePipeline, encoded: Sequence[bytes], stamp: float, stages: Mapping[str, Stage]
) -> tuple[dict[str, float], int]:
    """Seconds of each stage for these images, and the number of people found."""
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
    return taken | {TOTAL: perf_counter() - begun}, sum(map(len, people))


def _decoded(file: bytes) -> np.ndarray:
    image = cv2.imdecode(np.frombuffer(file, np.uint8), cv2.IMREAD_COLOR)
    if image is None:
        raise ValueError(f"{len(file)} bytes that are no image are among the images")
    return image
