"""How long each stage takes from a camera's JPEG to people, by the very pipeline that the node runs."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from time import perf_counter
from typing import Any

import cv2
import numpy as np

from ..pipeline import PosePipeline
from ..poses import Poses

FRAME_RATE = 30.0  # of the pretended cameras


@dataclass(frozen=True)
class StageProfile:
    """What was measured.

    Attributes:
        model, backend, device: of the pipeline.
        input_size: (height, width) of the network's input.
        cameras: images of a step.
        steps: that were measured.
        people: found in an image, on average.
        stages: {stage: (median, 95th percentile)} in milliseconds of a step, all cameras together.
        total: likewise of a whole step.
        parts: {part: (median, 95th percentile)} of the network stage, where the backend can tell.
    """

    model: str
    backend: str
    device: str
    input_size: tuple[int, int]
    cameras: int
    steps: int
    people: float
    stages: Mapping[str, tuple[float, float]]
    total: tuple[float, float]
    parts: Mapping[str, tuple[float, float]]

    @property
    def fps(self) -> float:
        """Frames a second of each camera that one thread keeps up with, by the median."""
        return 1e3 / self.total[0]

    @property
    def outside_network(self) -> float:
        """Pre-processing and decoding as a share of the network's time."""
        return (self.stages["preprocess"][0] + self.stages["decode"][0]) / self.stages["network"][0]


def profile_stages(
    pipeline: PosePipeline,
    images: Sequence[np.ndarray],
    *,
    cameras: int = 1,
    steps: int = 100,
    warm_up: int = 10,
    outputs: Mapping[str, Callable[[np.ndarray, Poses], object]] | None = None,
    on_step: Callable[[], object] = lambda: None,
) -> StageProfile:
    """Run a pipeline on images as if cameras sent them, and measure.

    Args:
        pipeline: its options stay as they are.
        images: uint8 [h, w, 3] BGR, taken in turn; they are decoded from JPEG each time.
        cameras: how many send an image at each step.
        steps: to measure.
        warm_up: steps before that.
        outputs: further stages, each called with every image and the people in it.
        on_step: called after each step.

    Raises:
        ValueError: no image, or numbers below 1.
    """
    for name, value in (("cameras", cameras), ("steps", steps), ("images", len(images))):
        if value < 1:
            raise ValueError(f"{name} is {value}, must be at least 1")
    encoded = [cv2.imencode(".jpg", image)[1] for image in images]
    names = [f"camera{i}" for i in range(cameras)]
    measured: list[dict[str, float]] = []
    people = 0
    for step in range(warm_up + steps):
        begun = perf_counter()
        frames = [_decoded(encoded[(step + i) % len(encoded)]) for i in range(cameras)]
        times = {"decode image": perf_counter() - begun}
        found = pipeline(frames, names, [step / FRAME_RATE] * cameras)
        times |= pipeline.times
        for name, output in (outputs or {}).items():
            output_begun = perf_counter()
            for frame, poses in zip(frames, found, strict=True):
                output(frame, poses)
            times[name] = perf_counter() - output_begun
        times["total"] = perf_counter() - begun
        if step >= warm_up:
            measured.append(times)
            people += sum(map(len, found))
        on_step()
    stages = {name: _percentiles([times[name] for times in measured]) for name in measured[0]}
    total = stages.pop("total")
    return StageProfile(
        model=pipeline.model.manifest.name,
        backend=pipeline.backend.name,
        device=pipeline.backend.device,
        input_size=pipeline.input_size,
        cameras=cameras,
        steps=steps,
        people=people / (steps * cameras),
        stages=stages,
        total=total,
        parts=_parts(pipeline.backend, min(cameras, pipeline.backend.max_batch), steps),
    )


def table_row(profile: StageProfile, board: str) -> tuple[str, str]:
    """Head and row of the table of boards in Markdown: medians in milliseconds, and of the whole p95, too."""
    head = ["board", "backend", "model", "cameras", *profile.stages, "all p50 / p95", "fps"]
    row = [
        board,
        profile.backend,
        f"{profile.model} {profile.input_size[0]}x{profile.input_size[1]}",
        str(profile.cameras),
        *(f"{median:.2f}" for median, _ in profile.stages.values()),
        f"{profile.total[0]:.1f} / {profile.total[1]:.1f}",
        f"{profile.fps:.1f}",
    ]
    return f"| {' | '.join(head)} |\n|{'---|' * len(head)}", f"| {' | '.join(row)} |"


def plot(profile: StageProfile, path: str) -> None:
    """Draw medians and 95th percentiles of the stages as bars into a file.

    Raises:
        ImportError: matplotlib is not installed.
    """
    from matplotlib.figure import Figure

    figure = Figure(figsize=(7, 3), layout="constrained")
    axes = figure.subplots()
    names = list(profile.stages)[::-1]
    axes.barh(names, [profile.stages[n][1] for n in names], color="#c8d3e0", label="95th percentile")
    axes.barh(names, [profile.stages[n][0] for n in names], color="#33658a", label="median")
    axes.set_xlabel("milliseconds")
    axes.set_title(f"{profile.model}, {profile.backend}, {profile.cameras} cameras on {profile.device}", fontsize=9)
    axes.legend(fontsize=8)
    figure.savefig(path, dpi=120)


def _decoded(jpeg: np.ndarray) -> np.ndarray:
    image = cv2.imdecode(jpeg, cv2.IMREAD_COLOR)
    assert image is not None  # we have made it
    return image


def _parts(backend: Any, count: int, steps: int) -> dict[str, tuple[float, float]]:
    """Parts of the network's stage, of a backend that has ``timed``."""
    if not hasattr(backend, "timed"):
        return {}
    measured = [backend.timed(count) for _ in range(steps)]
    return {name: _percentiles([times[name] for times in measured]) for name in measured[0]}


def _percentiles(seconds: Sequence[float]) -> tuple[float, float]:
    median, high = np.percentile(seconds, (50, 95))
    return 1e3 * float(median), 1e3 * float(high)
