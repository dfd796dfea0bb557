"""What was found in images, and how long it took: the one form that models, replays and files are measured in."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np
from tqdm import tqdm

from ..doctor.hardware import processor_name
from ..finders.top_down import of_all_networks
from ..media.coco import results
from ..pipeline import PosePipeline
from ..poses import PERSON, Poses
from ..topology import Topology
from .entries import Entry
from .ground_truth import GroundTruth

_NAMED = 5  # images that can't be read and are named


@dataclass(frozen=True, eq=False)
class RunFrame:
    """What was found in one image.

    Attributes:
        where: which image: ``file``, or ``bag``, ``topic``, ``camera``, ``index`` and ``stamp`` (ns).
        people: COCO results in the keypoint order of the run; ``track_id`` and ``positions`` where there are any.
        ms: {stage: milliseconds}, among them perhaps ``latency``, end to end; None where nothing was measured.
        image_id: of the same image in the truth; None for an image that is not labelled.
        sequence: what the image is one of a sequence of, such as a topic; None for a picture that is not.
        size: (width, height) in pixels; None where it is not known.
        dropped: whether the image was never processed.
    """

    where: dict[str, Any]
    people: list[Entry]
    ms: dict[str, float] | None = None
    image_id: Any = None
    sequence: Any = None
    size: tuple[int, int] | None = None
    dropped: bool = False

    def of(self, image_id: Any) -> RunFrame:
        """The same, of an image of the truth; None for none."""
        return replace(self, image_id=image_id, people=[entry | {"image_id": image_id} for entry in self.people])


@dataclass(frozen=True, eq=False)
class Run:
    """All that was found by one model in one go.

    Attributes:
        name: what reports call it.
        kind: ``model``, ``replay``, ``bag`` or ``results``.
        path: of the model, folder or file.
        topology: of the people.
        frames: in the order in which they follow each other.
        model: name, input size and so on, as far as they are known; likewise ``machine``.
        throughput: fps, cpu, memory and so on, as far as they were measured.
        notes: what the user should know, in sentences.
    """

    name: str
    kind: str
    path: str
    topology: Topology
    frames: Sequence[RunFrame]
    model: dict[str, Any] | None = None
    machine: dict[str, Any] | None = None
    throughput: dict[str, Any] = field(default_factory=dict)
    notes: tuple[str, ...] = ()


def found_people(poses: Poses, image_id: Any, category_id: Any, topology: Topology) -> list[Entry]:
    """The people in an image as a run tells them; hands are left out, since the truth is of people."""
    return results(poses[poses.kinds == PERSON], image_id, category_id, topology)


def run_models(pipelines: Sequence[PosePipeline], truth: GroundTruth, threads: int = 0) -> list[Run]:
    """Run several pipelines, which take turns at every image, so that whatever slows the machine slows all alike.

    Args:
        pipelines: the models.
        truth: whose images are looked at.
        threads: what the pipelines were opened with, for the record.

    Raises:
        ValueError: a pipeline's network knows none of the data's keypoints; or images can't be read or have another
            size than annotated: without them AP would not be that of the data. The message names them.
    """
    for pipeline in pipelines:
        require_common_keypoints(f"model {pipeline.model.manifest.name!r}", pipeline.topology, truth.topology)
    frames: list[list[RunFrame]] = [[] for _ in pipelines]
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
            ms = {stage: round(1e3 * seconds, 4) for stage, seconds in of_all_networks(pipelines[i].times).items()}
            people = found_people(poses, image_id, truth.category_id, truth.topology)
            where = {"file": truth.entries[image_id]["file_name"]}
            frames[i].append(RunFrame(where, people, ms, image_id, size=image.shape[1::-1]))
    if unreadable:
        more = f"; and {len(unreadable) - _NAMED} more" if len(unreadable) > _NAMED else ""
        raise ValueError(
            f"{len(unreadable)} of {len(truth.images)} images can't be used: {'; '.join(unreadable[:_NAMED])}{more}. "
            "Repair them, or leave them out of the annotation file"
        )
    return [_run(p, measured, truth, threads) for p, measured in zip(pipelines, frames, strict=True)]


def require_common_keypoints(whose: str, topology: Topology, wanted: Topology) -> None:
    """ValueError if a topology has none of the data's keypoints; ``whose`` it is goes into the message."""
    if not set(topology.keypoints) & set(wanted.keypoints):
        raise ValueError(
            f"{whose} knows none of the data's keypoints {', '.join(wanted.keypoints)}, "
            f"only {', '.join(topology.keypoints)}"
        )


def _run(pipeline: PosePipeline, frames: list[RunFrame], truth: GroundTruth, threads: int) -> Run:
    manifest, (height, width) = pipeline.model.manifest, pipeline.input_size
    mean = np.mean([sum((frame.ms or {}).values()) for frame in frames])
    return Run(
        name=manifest.name,
        kind="model",
        path=str(pipeline.model.path),
        topology=truth.topology,
        frames=frames,
        model={"name": manifest.name, "family": manifest.family, "input": f"{height}x{width}"},
        machine={
            "processor": processor_name(),
            "backend": pipeline.backend.name,
            "device": pipeline.backend.device,
            "threads": threads,
        },
        throughput={"fps": float(1e3 / mean)},
    )
