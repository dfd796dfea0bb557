"""Accuracy and speed of pipelines on COCO keypoint data, through the whole deployed path."""

from __future__ import annotations

import os
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from tqdm import tqdm

from ..pipeline import PosePipeline
from .entries import Entry
from .ground_truth import GroundTruth

STAGES = ("preprocess", "network", "decode")
_NAMED = 5  # images that can't be read and are named


@dataclass(frozen=True)
class Evaluation:
    """What was measured of one model.

    Attributes:
        model: name of the model.
        size: (height, width) of its input in pixels.
        ap, ap50, ap75, ap_medium, ap_large, ar: COCO's figures in 0..1; NaN where the data has nobody to find.
        ap_official: AP on the images with official annotations only; NaN where none are marked.
        ms: {stage: median milliseconds an image}.
    """

    model: str
    size: tuple[int, int]
    ap: float
    ap50: float
    ap75: float
    ap_medium: float
    ap_large: float
    ar: float
    ap_official: float
    ms: dict[str, float]


def evaluate(
    model_path: str | os.PathLike[str] | None,
    annotations: str | os.PathLike[str],
    images: str | os.PathLike[str],
    backend: str = "auto",
    input_size: tuple[int, int] | None = None,
    threads: int = 0,
    limit: int | None = None,
) -> Evaluation:
    """Measure one model file.

    Args:
        model_path: model file; None for the default one.
        annotations, images, limit: see :class:`~.ground_truth.GroundTruth`.
        backend, input_size, threads: see :meth:`~trt_pose_ros.pipeline.PosePipeline.open`.

    Raises:
        OSError, ValueError, ImportError: what is wrong with model, data or installation.
    """
    pipeline = PosePipeline.open(model_path, backend, input_size=input_size, threads=threads)
    return compare([pipeline], GroundTruth(annotations, images, limit=limit))[0]


def compare(pipelines: Sequence[PosePipeline], truth: GroundTruth) -> list[Evaluation]:
    """Measure several pipelines, which take turns at every image, so that whatever slows the machine slows all alike.

    Raises:
        ValueError: a pipeline's network knows none of the data's keypoints; or images can't be read or have another
            size than annotated: without them AP would not be that of the data. The message names them.
    """
    for pipeline in pipelines:
        if not set(pipeline.topology.keypoints) & set(truth.topology.keypoints):
            raise ValueError(
                f"model {pipeline.model.manifest.name!r} knows none of the data's keypoints "
                f"{', '.join(truth.topology.keypoints)}, only {', '.join(pipeline.topology.keypoints)}"
            )
    found: list[list[Entry]] = [[] for _ in pipelines]
    times: list[list[dict[str, float]]] = [[] for _ in pipelines]
    unreadable: list[str] = []
    for turn, (image_id, file) in enumerate(tqdm(truth.images.items(), unit="image", disable=None)):
        try:
            image = truth.read(image_id)
        except ValueError as error:
            unreadable.append(f"{file}: {error}")
        if unreadable:
            continue  # nothing will come of it: only the names of all that can't be read
        for i in range(len(pipelines)):
            i = (i + turn) % len(pipelines)  # nobody is always the first: he finds the caches cold
            (poses,) = pipelines[i]([image])
            times[i].append(pipelines[i].times)
            found[i] += truth.results(poses, image_id)
    if unreadable:
        more = f"; and {len(unreadable) - _NAMED} more" if len(unreadable) > _NAMED else ""
        raise ValueError(
            f"{len(unreadable)} of {len(truth.images)} images can't be used: {'; '.join(unreadable[:_NAMED])}{more}. "
            "Repair them, or leave them out of the annotation file"
        )
    return [_evaluation(*measured, truth) for measured in zip(pipelines, found, times, strict=True)]


def _evaluation(
    pipeline: PosePipeline, found: list[Entry], times: list[dict[str, float]], truth: GroundTruth
) -> Evaluation:
    official = truth.average_precision(found, truth.official)[0] if truth.official else np.nan
    ap, ap50, ap75, ap_medium, ap_large, ar = map(float, truth.average_precision(found)[:6])
    return Evaluation(
        pipeline.model.manifest.name,
        pipeline.input_size,
        ap=ap,
        ap50=ap50,
        ap75=ap75,
        ap_medium=ap_medium,
        ap_large=ap_large,
        ar=ar,
        ap_official=float(official),
        ms={stage: 1e3 * float(np.median([t[stage] for t in times])) for stage in STAGES},
    )


def table(evaluations: Sequence[Evaluation]) -> str:
    """The evaluations as a markdown table."""
    accuracy = ("AP", "AP50", "AP75", "AP medium", "AP large", "AR", "AP official")
    titles = ("model", "input", *accuracy, *(f"ms {stage}" for stage in STAGES))
    lines = [f"| {' | '.join(titles)} |", "|---" * len(titles) + "|"]
    for e in evaluations:
        figures = (e.ap, e.ap50, e.ap75, e.ap_medium, e.ap_large, e.ar, e.ap_official)
        shown = [f"{v:.3f}" for v in figures] + [f"{e.ms[stage]:.2f}" for stage in STAGES]
        lines.append(f"| {' | '.join([e.model, f'{e.size[0]}x{e.size[1]}', *shown])} |")
    return "\n".join(lines)


def describe(pipelines: Sequence[PosePipeline], truth: GroundTruth, threads: int) -> str:
    """In one line, what a comparison was made with."""
    runtimes: Counter[Any] = Counter((p.backend.name, p.backend.device) for p in pipelines)
    where = ", ".join(f"{name} on {device}" for name, device in runtimes)
    official = f", {len(truth.official)} of them with official annotations only" if truth.official else ""
    return f"{len(truth.images)} images{official}; {where}, threads: {threads or 'the runtime chooses'}"
