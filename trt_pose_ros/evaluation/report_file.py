"""Reports as files."""

from __future__ import annotations

import json
import os
import re
from collections.abc import Callable
from functools import cache
from importlib import import_module
from pathlib import Path
from typing import Any, NoReturn

from ..media.writers import write_atomically
from .measure import FORMAT, VERSION, Report
from .metrics.coco import SIZES

SCHEMA = Path(__file__).with_name("report.schema.json")


def write_report(report: Report, file: str | os.PathLike[str]) -> None:
    """Write a report, a line a frame; OSError if that fails."""
    head = {key: value for key, value in report.items() if key != "frames"}
    text = json.dumps(head, indent=1, allow_nan=False)[:-2]
    frames = ",\n  ".join(json.dumps(frame, separators=(",", ":"), allow_nan=False) for frame in report["frames"])
    write_atomically(Path(file), f'{text},\n "frames": [\n  {frames}\n ]\n}}\n'.encode())


def read_report(file: str | os.PathLike[str]) -> Report:
    """Read a report.

    Raises:
        OSError: the file can't be read.
        ValueError: it is no report, or a damaged one, or one of a later version.
        ImportError: fastjsonschema is not installed.
    """
    try:
        report = json.loads(Path(file).read_bytes(), parse_constant=_refuse)
    except (ValueError, RecursionError) as error:
        raise ValueError(f"{file} is not JSON: {error}") from None
    if not isinstance(report, dict) or report.get("format") != FORMAT:
        raise ValueError(f"{file} is not a report of trt-pose evaluate (its format is not {FORMAT!r})")
    if report.get("version") != VERSION:
        raise ValueError(f"{file} has version {report.get('version')!r}, only {VERSION} is known: update trt_pose_ros")
    try:
        _validator()(report)
        _check_lengths(report)
    except ValueError as error:  # as the validator's own are
        wrong = re.sub("^data[ .]", lambda found: "it " if found[0] == "data " else "", str(error))
        raise ValueError(f"{file} is damaged, make it again with trt-pose evaluate --json: {wrong}") from None
    return report


@cache
def _validator() -> Callable[[Any], object]:
    """What checks a report against the schema."""
    try:
        library = import_module("fastjsonschema")
    except ImportError as error:
        raise ImportError(
            f"reports are read with fastjsonschema: pip install 'trt_pose_ros[evaluate]' ({error})"
        ) from None
    validate: Callable[[Any], object] = library.compile(json.loads(SCHEMA.read_text()), use_default=False)
    return validate


def _check_lengths(report: Report) -> None:
    """What a schema can't say: there are bits for each score."""
    for number, frame in enumerate(report["frames"]):
        detections = frame.get("detections", {})
        lengths = {len(detections[size][name]) for size in SIZES if detections for name in ("right", "ignored")}
        if detections and lengths != {len(detections["scores"])}:
            raise ValueError(f"frames[{number}].detections must have bits for each of its scores")


def _refuse(constant: str) -> NoReturn:
    raise ValueError(f"it holds {constant}")
