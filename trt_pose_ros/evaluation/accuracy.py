"""Accuracy and speed of models on COCO keypoint data, through the whole deployed path."""

from __future__ import annotations

import os
from collections import Counter
from collections.abc import Sequence
from typing import Any

from ..pipeline import PosePipeline
from .ground_truth import GroundTruth
from .measure import Report, measure
from .runs import run_models


def evaluate(
    model_path: str | os.PathLike[str] | None,
    annotations: str | os.PathLike[str],
    images: str | os.PathLike[str],
    backend: str = "auto",
    input_size: tuple[int, int] | None = None,
    threads: int = 0,
    limit: int | None = None,
) -> Report:
    """Measure one model file.

    Args:
        model_path: model file; None for the default one.
        annotations, images, limit: see :class:`~.ground_truth.GroundTruth`.
        backend, input_size, threads: see :meth:`~trt_pose_ros.pipeline.PosePipeline.open`.

    Returns:
        the report, see :func:`~.measure.measure`.

    Raises:
        OSError, ValueError, ImportError: what is wrong with model, data or installation.
    """
    pipeline = PosePipeline.open(model_path, backend, input_size=input_size, threads=threads)
    (report,) = compare([pipeline], GroundTruth(annotations, images, limit=limit))
    return report


def compare(pipelines: Sequence[PosePipeline], truth: GroundTruth) -> list[Report]:
    """Measure several pipelines, which take turns at every image; see :func:`~.runs.run_models`."""
    return [measure(run, truth) for run in run_models(pipelines, truth)]


def describe(pipelines: Sequence[PosePipeline], truth: GroundTruth, threads: int) -> str:
    """In one line, what a comparison was made with."""
    runtimes: Counter[Any] = Counter((p.backend.name, p.backend.device) for p in pipelines)
    where = ", ".join(f"{name} on {device}" for name, device in runtimes)
    official = f", {len(truth.official)} of them with official annotations only" if truth.official else ""
    return f"{len(truth.images)} images{official}; {where}, threads: {threads or 'the runtime chooses'}"
