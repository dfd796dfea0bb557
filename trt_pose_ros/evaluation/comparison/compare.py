"""What differs between reports of the same images, and how sure it is.

The paired bootstrap (Efron and Tibshirani, "An introduction to the bootstrap", 1993): images are drawn anew with
replacement, the same ones for both reports, and the differences of their figures told in order. Images of a stream
resemble their neighbours, so of these whole segments are drawn.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import numpy as np

from ..matching import image_name
from ..measure import Report
from .figures import BETTER, Figures, FrameFigures, headline, milliseconds
from .thresholds import Threshold

FORMAT, VERSION = "trt_pose_ros.comparison", 1
SEGMENT = 30  # images of a stream that are drawn together: a second at a camera's usual rate
_FEWEST = 10  # images or segments that an interval can be told of
_OF_MACHINE = ("fps", "cpu", "memory")  # told of the whole run only


def compare(
    reports: Sequence[Report],
    thresholds: Sequence[Threshold] = (),
    *,
    names: Sequence[str] | None = None,
    confidence: float = 0.95,
    resamples: int = 1000,
    segment: int = SEGMENT,
    seed: int = 0,
    significant: bool = False,
) -> dict[str, Any]:
    """Compare reports with the first of them, on the images that all have.

    Args:
        reports: two or more.
        thresholds: limits that the differences must keep.
        names: of the reports; None: their own.
        confidence: of the intervals.
        resamples: how often images are drawn anew.
        segment: images of a stream that are drawn together; fewer where there would be less than ten segments.
        seed: of the drawing: the same gives the same.
        significant: a threshold fails only where the whole interval is beyond it.

    Returns:
        the comparison, ready for JSON, see docs/evaluation.md.

    Raises:
        ValueError: the reports have no image in common or are held against different truths; or a threshold is of a
            figure that none of them has.
    """
    frames, notes = common_frames(reports)
    units = _units(frames[0], segment)
    stage = headline(reports)
    labelled = np.array([i for i, row in enumerate(zip(*frames, strict=True)) if all("truths" in f for f in row)], int)
    timed = np.array([i for i, row in enumerate(zip(*frames, strict=True)) if all(map(milliseconds, row))], int)
    told = all((report.get("throughput") or {}).get("drops") is not None for report in reports)
    measured = [FrameFigures(some, labelled, timed, stage, told) for some in frames]
    once = np.ones(len(units), int)
    figures = [of_frames(once) | _of_machine(report) for of_frames, report in zip(measured, reports, strict=True)]
    drawn = _drawn(measured, units, resamples, seed)
    if not drawn:
        notes.append(f"no intervals: {len(set(units.tolist()))} images or segments are too few, {_FEWEST} are needed")
    names = [str(report.get("name")) for report in reports] if names is None else list(names)
    differences = [_differences(figures, drawn, other, confidence) for other in range(1, len(reports))]
    verdict = [
        _judged(threshold, name, difference, significant)
        for threshold in thresholds
        for name, difference in zip(names[1:], differences, strict=True)
    ]
    return {
        "format": FORMAT,
        "version": VERSION,
        "names": names,
        "images": len(units),
        "labelled": len(labelled),
        "units": len(set(units.tolist())),
        "stage": stage,
        **{"confidence": confidence, "resamples": resamples, "segment": segment, "seed": seed},
        "differences": differences,
        "verdict": verdict,
        "held": all(rule["held"] for rule in verdict),
        "notes": notes,
    }


def common_frames(reports: Sequence[Report]) -> tuple[list[list[dict[str, Any]]], list[str]]:
    """The frames of the images that all reports have, in the order of the first, for each report; and notes.

    Images are the same if their file is, or bag, topic and index; where none are, if they are the same of the truth.
    """
    for key in (_place, _image):
        tables = [{k: frame for frame in report["frames"] if (k := key(frame)) is not None} for report in reports]
        common = [k for k in tables[0] if all(k in table for table in tables[1:])]
        if common:
            break
    else:
        names = ", ".join(str(report.get("name")) for report in reports)
        raise ValueError(f"{names} have no image in common: compare reports of the same images")
    frames = [[table[k] for k in common] for table in tables]
    for row in zip(*frames, strict=True):
        people = {frame["truths"] for frame in row if "truths" in frame}
        if len(people) > 1:
            raise ValueError(
                f"the reports were held against different truths: {image_name(row[0])} has {sorted(people)} people in "
                "them; make them again with the same --annotations"
            )
    most = max(len(report["frames"]) for report in reports)
    notes = (
        [f"{len(common)} of {most} images are in all reports; the others are left out"] if len(common) < most else []
    )
    scores = {str((report.get("source") or {}).get("min_score")) for report in reports}
    if len(scores) > 1:
        notes.append(
            f"precision, recall and identities are of people with different lowest scores: {', '.join(sorted(scores))}"
        )
    return frames, notes


def _place(frame: Mapping[str, Any]) -> Any:
    if "bag" in frame:
        return frame["bag"], frame.get("topic"), frame.get("index")
    return frame.get("file")


def _image(frame: Mapping[str, Any]) -> Any:
    return frame.get("image")


def _units(frames: Sequence[Mapping[str, Any]], segment: int) -> np.ndarray:
    """int [F]: what each frame is drawn together with: itself, or its segment of a stream."""
    streams: dict[Any, list[int]] = {}
    units = np.zeros(len(frames), int)
    count = 0
    for i, frame in enumerate(frames):
        if "bag" in frame:
            streams.setdefault((frame["bag"], frame.get("topic")), []).append(i)
        else:
            units[i] = count = count + 1
    length = min(segment, math.ceil(sum(map(len, streams.values())) / _FEWEST))
    for members in streams.values():
        for start in range(0, len(members), length):
            count += 1
            units[members[start : start + length]] = count
    return np.unique(units, return_inverse=True)[1]


def _drawn(measured: Sequence[FrameFigures], units: np.ndarray, resamples: int, seed: int) -> list[list[Figures]]:
    """The figures of each report for each drawing; none where there is too little to draw from."""
    count = int(units.max()) + 1
    if count < _FEWEST:
        return []
    rng = np.random.default_rng(seed)
    drawings = (np.bincount(rng.integers(0, count, count), minlength=count)[units] for _ in range(resamples))
    return [[of_frames(times) for of_frames in measured] for times in drawings]


def _of_machine(report: Report) -> Figures:
    known = report.get("throughput") or {}
    return {name: float(known[name]) for name in _OF_MACHINE if isinstance(known.get(name), (int, float))}


def _differences(
    figures: Sequence[Figures], drawn: Sequence[Sequence[Figures]], other: int, confidence: float
) -> dict[str, dict[str, Any]]:
    """{figure: both values, their difference and its interval}, of what both reports have."""
    first, second = figures[0], figures[other]
    table = {}
    for name in first:
        if name not in second or (math.isnan(first[name]) and math.isnan(second[name])):
            continue
        difference = second[name] - first[name]
        low, high = _interval([row[other][name] - row[0][name] for row in drawn if name in row[0]], confidence)
        table[name] = {
            "a": _known(first[name]),
            "b": _known(second[name]),
            "difference": _known(difference),
            "relative": _known(difference / abs(first[name])) if first[name] else None,
            "low": low,
            "high": high,
            "better": {True: "higher", False: "lower"}[BETTER[name.rpartition(".")[2] if "@" not in name else name]],
        }
    return table


def _interval(values: Sequence[float], confidence: float) -> tuple[float | None, float | None]:
    known = np.array(values, float)
    known = known[np.isfinite(known)]
    if not len(known):
        return None, None
    tail = 50 * (1 - confidence)
    low, high = np.percentile(known, (tail, 100 - tail)).tolist()
    return low, high


def _judged(
    threshold: Threshold, name: str, differences: Mapping[str, Mapping[str, Any]], significant: bool
) -> dict[str, Any]:
    """Whether a report keeps a limit."""
    if threshold.figure not in differences:
        raise ValueError(
            f"--fail-if {threshold.text!r}: the reports have no figure {threshold.figure!r}, only "
            f"{', '.join(differences)}"
        )
    figure = differences[threshold.figure]
    value, low, high = figure["difference"], figure["low"], figure["high"]
    if threshold.relative:
        value, low, high = (_share(v, figure["a"]) for v in (value, low, high))
    decisive = value
    if significant and low is not None:
        decisive = low if threshold.above else high
    # a figure that one of them lacks keeps no limit
    held = decisive is not None and not threshold.fails(decisive)
    return {
        "text": threshold.text,
        "name": name,
        "figure": threshold.figure,
        "limit": threshold.limit,
        "relative": threshold.relative,
        "value": _known(value),
        "low": _known(low),
        "high": _known(high),
        "held": held,
    }


def _share(value: float | None, whole: float | None) -> float | None:
    """A difference as a share of the first one's figure; of 0, any difference is infinitely much."""
    if value is None or whole is None:
        return None
    return value / abs(whole) if whole else math.copysign(math.inf, value) if value else 0.0


def _known(value: float | None) -> float | None:
    return value if value is not None and math.isfinite(value) else None


def rows(comparison: Mapping[str, Any], other: int) -> Iterator[list[str]]:
    """The differences to one of the other reports, counted from 0, as rows of text; the first one holds headings.

    Of the stages only medians and 95th percentiles are shown.
    """
    names = comparison["names"]
    yield ["figure", names[0], names[other + 1], "difference", f"{comparison['confidence']:.0%} interval", ""]
    for name, figure in comparison["differences"][other].items():
        stage, _, kind = name.partition(".") if "@" not in name else ("", "", "")
        if kind and (stage == comparison["stage"] or kind not in ("p50", "p95")):
            continue
        low, high = figure["low"], figure["high"]
        interval = "" if low is None else f"{low:+.4g} to {high:+.4g}"
        sure = low is not None and (low > 0 or high < 0)
        better = (figure["difference"] or 0) > 0 if figure["better"] == "higher" else (figure["difference"] or 0) < 0
        cells = ("" if v is None else f"{v:.4g}" for v in (figure["a"], figure["b"]))
        difference = "" if figure["difference"] is None else f"{figure['difference']:+.4g}"
        yield [name, *cells, difference, interval, ("better" if better else "worse") if sure else ""]
