"""Whether the frames of a report that was read are such: what is compared goes unchecked from there on."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any, TypeGuard

from .entries import is_number, shown
from .metrics.coco import SIZES, THRESHOLDS
from .metrics.identities import Score
from .metrics.joints import COUNTS as JOINTS
from .metrics.latency import END_TO_END
from .metrics.space import SUMS as SPACE

_COUNTS = ("truths", "found", "false", "oks")
_SUMMANDS = len(Score().as_array())
_MOST = 1e15  # of a number; nanoseconds are not looked at


def check_frame(frame: Any) -> None:
    """Raise ValueError, which says what is wrong, if a frame lacks what comparisons look at."""
    if not isinstance(frame, dict):
        raise ValueError(f"it is {shown(frame)}, not an object")
    place = "bag" if "bag" in frame else "file"
    if not isinstance(frame.get(place), str):
        raise ValueError(f"its {place} is {shown(frame.get(place))}, must be text")
    if place == "bag" and not (isinstance(frame.get("topic"), str) and is_number(frame.get("index"), _MOST)):
        raise ValueError("it has no topic and index")
    times = frame.get("ms", {})
    if not isinstance(times, dict) or not _numbers([*times.values(), frame.get(END_TO_END, 0)]):
        raise ValueError(f"its ms is {shown(times)}, must be numbers by stage")
    if "truths" in frame:
        _check_labelled(frame)


def _check_labelled(frame: Mapping[str, Any]) -> None:
    _need(frame, _COUNTS, "the frame")
    _need(frame.get("joints"), JOINTS, "joints")
    if frame.get("space") is not None:
        _need(frame["space"], SPACE, "space")
    summands = frame.get("identities")
    if summands is not None and not (_numbers(summands) and len(summands) == _SUMMANDS):
        raise ValueError(f"its identities are {shown(summands)}, must be {_SUMMANDS} numbers")
    detections = frame.get("detections")
    scores = detections.get("scores") if isinstance(detections, dict) else None
    if not isinstance(detections, dict) or not isinstance(scores, list) or not _numbers(scores):
        raise ValueError(f"its detections are {shown(detections)}, must have a list of scores")
    for size in SIZES:
        said = detections.get(size)
        _need(said, ("people",), f"detections of {size}")
        for name in ("right", "ignored"):
            bits = (said or {}).get(name)
            if not isinstance(bits, list) or len(bits) != len(scores) or not all(map(_is_mask, bits)):
                raise ValueError(
                    f"its {name} of {size} are {shown(bits)}, must be bits for each of {len(scores)} scores"
                )


def _need(numbers: Any, names: Iterable[str], what: str) -> None:
    """Raise ValueError unless it is an object with these numbers."""
    for name in names:
        value = numbers.get(name) if isinstance(numbers, dict) else None
        if not is_number(value, _MOST):
            raise ValueError(f"{name} of {what} is {shown(value)}, must be a number")


def _numbers(values: Any) -> TypeGuard[list[float]]:
    return isinstance(values, list) and all(is_number(value, _MOST) for value in values)


def _is_mask(value: Any) -> bool:
    return isinstance(value, int) and 0 <= value < 1 << len(THRESHOLDS)
