"""The report of a run: all that was measured of it, as plain data ready for JSON; see docs/evaluation.md."""

from __future__ import annotations

import math
from datetime import datetime, timezone
from typing import Any

import numpy as np

from ..media.drawing import MIN_SCORE
from .ground_truth import GroundTruth
from .metrics.latency import END_TO_END, percentiles, stage_times
from .runs import Run, RunFrame
from .scoring import score

FORMAT, VERSION = "trt_pose_ros.report", 1
Report = dict[str, Any]


def measure(run: Run, truth: GroundTruth | None = None, min_score: float = MIN_SCORE, truth_name: str = "") -> Report:
    """Measure a run.

    Args:
        run: in the keypoint order of the truth.
        truth: without it, only speed and numbers are measured.
        min_score: reports with a lower score count for AP only.
        truth_name: where the truth is from, for the record.

    Returns:
        the report; what could not be measured is None.

    Raises:
        ValueError: no image of the run is in the truth; or a report is none.
    """
    frames = [_frame(frame, min_score) for frame in run.frames]
    labelled = sum(frame.image_id is not None for frame in run.frames)
    notes = list(run.notes)
    report: Report = {
        "format": FORMAT,
        "version": VERSION,
        "name": run.name,
        "created": datetime.now(timezone.utc).isoformat(timespec="seconds"),
        "source": {"kind": run.kind, "path": run.path, "images": len(frames), "min_score": min_score},
        "model": run.model,
        "machine": run.machine,
        "topology": run.topology.to_category(),
        **dict.fromkeys(("accuracy", "identities", "space")),
    }
    if truth is not None:
        if not labelled:
            raise ValueError(f"none of the {len(frames)} images of {run.path} is in the truth {truth_name}")
        report["source"] |= {"truth": truth_name, "labelled": labelled, "not_found": len(truth.entries) - labelled}
        scores = score(run, truth, min_score)
        report |= {"accuracy": scores.accuracy, "identities": scores.identities, "space": scores.space}
        notes += scores.notes
        for i, contribution in scores.frames.items():
            frames[i] |= contribution
    times = stage_times([frame.ms for frame in run.frames])
    report["latency"] = {stage: percentiles(ms) for stage, ms in times.items()} or None
    report["throughput"] = _throughput(run)
    report["notes"] = notes
    report["frames"] = frames
    return _without_nan(report)


def _frame(frame: RunFrame, min_score: float) -> dict[str, Any]:
    shown = [entry for entry in frame.people if entry["score"] >= min_score]
    tracks = [entry["track_id"] for entry in shown if "track_id" in entry]
    ms = frame.ms and {stage: value for stage, value in frame.ms.items() if stage != END_TO_END}
    return (
        frame.where
        | ({} if frame.image_id is None else {"image": frame.image_id})
        | ({"width": frame.size[0], "height": frame.size[1]} if frame.size else {})
        | ({"dropped": True} if frame.dropped else {})
        | {"people": len(shown), "track_ids": tracks}
        | ({"ms": ms} if ms else {})
        | ({END_TO_END: frame.ms[END_TO_END]} if frame.ms and END_TO_END in frame.ms else {})
    )


def _throughput(run: Run) -> dict[str, Any]:
    known: dict[str, Any] = dict.fromkeys(("drops", "drop_share", "fps", "seconds", "cpu", "memory"))
    if run.kind == "replay":  # of a bag with skeletons it is not known which images there were
        dropped = sum(frame.dropped for frame in run.frames)
        known |= {"drops": dropped, "drop_share": dropped / len(run.frames)}
    return {"images": len(run.frames)} | known | run.throughput


def _without_nan(value: Any) -> Any:
    """The same in types that JSON knows; None for what is not finite."""
    if isinstance(value, dict):
        return {key: _without_nan(v) for key, v in value.items()}
    if isinstance(value, (list, tuple)):
        return [_without_nan(v) for v in value]
    if isinstance(value, np.generic):
        value = value.item()
    if isinstance(value, float):
        if not math.isfinite(value):
            return None
        return int(value) if value.is_integer() and abs(value) < 2**53 else value
    return value
