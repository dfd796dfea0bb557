"""The section of how long things take: percentiles by stage, their distribution and course."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any
from xml.etree.ElementTree import Element

import numpy as np

from .elements import Child
from .figures import THROUGHPUT, count, milliseconds, plural, three_digits
from .parts import figure_table, section, table
from .plots import Axis, area, columns, legend, line, plot, upright
from .timeline import highest, means, numbers, thinned, whole

TOTAL, ENDS = "total", "latency"  # the sum of the stages; in live mode from the camera's stamp to the skeletons
PERCENTILES = ("p50", "p90", "p95", "p99")
_NAMES = {ENDS: "camera to skeletons", TOTAL: "all stages"}
_BINS = 40
_SLOWEST = 7  # colour of the slowest image's line
_SHOWN = 99.5  # percent of the images: a single slow one would leave no room for the others


def stage_name(stage: str) -> str:
    """What a stage is called on the page."""
    return _NAMES.get(stage, stage.replace("_", " "))


def headline(latency: Mapping[str, Any]) -> str | None:
    """The stage whose latency is a report's own: the whole way where it was measured."""
    return next((stage for stage in (ENDS, TOTAL) if latency.get(stage)), None)


def durations(frames: Sequence[Mapping[str, Any]]) -> tuple[str, np.ndarray]:
    """Stage and milliseconds [N] of what a user waits for, NaN where it was not measured."""
    ends = numbers(frame.get(ENDS) for frame in frames)
    if np.isfinite(ends).any():
        return ENDS, ends
    return TOTAL, numbers(_total(frame.get("ms") or {}) for frame in frames)


def speed_section(report: Mapping[str, Any]) -> Element | None:
    """Tables and plots of a report's ``latency``, ``throughput`` and the times of its frames."""
    latency, frames = report.get("latency") or {}, report.get("frames") or []
    rows: list[tuple[Child, ...]] = [
        (
            stage_name(stage),
            *(three_digits(figures.get(p)) for p in (*PERCENTILES, "max", "mean")),
            count(figures.get("count")),
        )
        for stage, figures in latency.items()
        if figures
    ]
    return section(
        "Speed",
        table("Latency by stage [ms]", ("Stage", *PERCENTILES, "max", "mean", "Images"), rows, wide=True),
        _distribution(frames, latency),
        figure_table("Throughput", report.get("throughput") or {}, THROUGHPUT),
        _course(frames),
        _drops(frames),
    )


def _distribution(frames: Sequence[Mapping[str, Any]], latency: Mapping[str, Any]) -> Element | None:
    stage, values = durations(frames)
    values = values[np.isfinite(values)]
    if len(values) < 2:
        return None
    end = float(np.percentile(values, _SHOWN))
    x = Axis.over(f"{stage_name(stage).capitalize()} [ms]", float(values.min()), end)
    heights, edges = np.histogram(values, _BINS, (x.low, x.high))
    said = [
        f"{plural(n, 'image')} from {milliseconds(a)} to {milliseconds(b)}"
        for n, a, b in zip(heights.tolist(), edges[:-1], edges[1:], strict=True)
    ]
    figures = latency.get(stage) or {}
    marks = [(p, figures[p]) for p in ("p50", "p95", "p99") if figures.get(p) is not None]
    beyond = int((values > x.high).sum())
    y = Axis.from_zero("Images", float(heights.max()))
    return plot(
        "Distribution of latency",
        x,
        y,
        columns(x, y, edges, heights, said),
        [upright(x, value, f"{name} {milliseconds(value)}", row) for row, (name, value) in enumerate(marks)],
        says=", ".join(f"{name} {milliseconds(value)}" for name, value in marks) or f"{len(values)} images",
        note=f"{plural(beyond, 'image')} up to {milliseconds(float(values.max()))} not shown." if beyond else "",
    )


def _course(frames: Sequence[dict[str, Any]]) -> Element | None:
    """Milliseconds over time, stage upon stage."""
    stages = list(dict.fromkeys(stage for frame in frames for stage in frame.get("ms") or {} if stage != TOTAL))
    if not stages or len(frames) < 2:
        return None
    run, pieces = whole(frames), thinned(len(frames))
    times = means(run.times, pieces)
    of_stage = np.array([means(numbers((f.get("ms") or {}).get(s) for f in frames), pieces) for s in stages])
    tops = np.where(np.isnan(of_stage).all(axis=0), np.nan, np.nancumsum(of_stage, axis=0))
    bottoms = np.concatenate([np.zeros_like(tops[:1]), tops[:-1]])
    total = numbers(_total(frame.get("ms") or {}) for frame in frames)
    slowest = highest(total, pieces)
    x, y = run.axis, Axis.from_zero("Milliseconds an image", float(np.nanmax(slowest)))
    thin = len(pieces) < len(frames)
    return plot(
        "Time of each stage",
        x,
        y,
        [area(x, y, times, low, high, i) for i, (low, high) in enumerate(zip(bottoms, tops, strict=True))],
        line(x, y, times, slowest, _SLOWEST) if thin else None,
        says=f"{milliseconds(float(np.nanmean(total)))} an image on average, {milliseconds(np.nanmax(total))} at most",
        legend=legend([*enumerate(map(stage_name, stages)), *([(_SLOWEST, "slowest image")] if thin else [])]),
        wide=True,
        note=f"Each point is the mean of about {len(frames) // len(pieces)} images." if thin else "",
    )


def _drops(frames: Sequence[dict[str, Any]]) -> Element | None:
    """When images were dropped."""
    dropped = np.array([bool(frame.get("dropped")) for frame in frames])
    if not dropped.any():
        return None
    run = whole(frames)
    x = run.axis
    heights, edges = np.histogram(run.times[dropped], min(60, len(frames)), (x.low, x.high))
    y = Axis.from_zero("Images", float(heights.max()))
    return plot(
        "Dropped images",
        x,
        y,
        columns(x, y, edges, heights, [plural(n, "image") for n in heights.tolist()]),
        says=f"{dropped.sum()} of {plural(len(frames), 'image')} were dropped",
        wide=True,
    )


def _total(ms: Mapping[str, float | None]) -> float | None:
    """Milliseconds of all stages of one image; None where none was measured."""
    if ms.get(TOTAL) is not None:
        return ms[TOTAL]
    known = [value for value in ms.values() if value is not None]
    return sum(known) if known else None
