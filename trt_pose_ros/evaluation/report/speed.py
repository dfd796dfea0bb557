"""The section of how long things take: percentiles by stage, their distribution and course."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any
from xml.etree.ElementTree import Element

import numpy as np

from ..comparison.figures import milliseconds as stages_of
from ..metrics.latency import END_TO_END, PERCENTILES, TOTAL, stage_times
from .elements import Child
from .figures import THROUGHPUT, count, milliseconds, plural, three_digits
from .parts import figure_table, section, table
from .plots import Axis, area, columns, legend, line, plot, upright
from .timeline import highest, means, processed, thinned, whole

_NAMES = {END_TO_END: "camera to skeletons", TOTAL: "all stages"}
_COLUMNS = (*(f"p{p}" for p in PERCENTILES), "max", "mean")
_BINS = 40
_SLOWEST = 7  # colour of the slowest image's line
_SHOWN = 99.5  # percent of the images: a single slow one would leave no room for the others


def stage_name(stage: str) -> str:
    """What a stage is called on the page."""
    return _NAMES.get(stage, stage.replace("_", " "))


def durations(frames: Sequence[Mapping[str, Any]]) -> tuple[str, dict[str, np.ndarray]]:
    """What a user waits for, from end to end or else all stages, and {stage: milliseconds [N]}, NaN where unknown."""
    table = stage_times([stages_of(frame) for frame in frames])
    return END_TO_END if END_TO_END in table else TOTAL, table


def speed_section(report: Mapping[str, Any]) -> Element | None:
    """Tables and plots of a report's ``latency``, ``throughput`` and the times of its frames."""
    latency, frames = report.get("latency") or {}, report.get("frames") or []
    rows: list[tuple[Child, ...]] = [
        (
            stage_name(stage),
            *(three_digits(figures.get(column)) for column in _COLUMNS),
            count(figures.get("count")),
        )
        for stage, figures in latency.items()
        if figures
    ]
    return section(
        "Speed",
        table("Latency by stage [ms]", ("Stage", *_COLUMNS, "Images"), rows, wide=True),
        _distribution(frames, latency),
        figure_table("Throughput", report.get("throughput") or {}, THROUGHPUT),
        _course(frames),
        _drops(frames),
    )


def _distribution(frames: Sequence[Mapping[str, Any]], latency: Mapping[str, Any]) -> Element | None:
    stage, table = durations(frames)
    values = table[stage][np.isfinite(table[stage])] if table else np.zeros(0)
    if len(values) < 2:
        return None
    end = float(np.percentile(values, _SHOWN, method="higher"))
    x = Axis.over(f"{stage_name(stage).capitalize()} [ms]", float(values.min()), end)
    heights, edges = np.histogram(values, _BINS, (x.low, x.high))
    said = [
        f"{plural(n, 'image')} from {milliseconds(a)} to {milliseconds(b)}"
        for n, a, b in zip(heights.tolist(), edges[:-1], edges[1:], strict=True)
    ]
    figures = latency.get(stage) or {}
    marks = [(p, figures[p]) for p in ("p50", "p95", "p99") if figures.get(p) is not None]
    beyond = int((values > x.high).sum())
    y = Axis.from_zero("Images", float(heights.max()), whole=True)
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
    """Milliseconds over time: stage upon stage, and the slowest of the images that share a point."""
    frames = processed(frames)
    way, table = durations(frames)
    if len(frames) < 2 or not table:
        return None
    values = table[way]
    stages = [stage for stage in table if stage not in (TOTAL, END_TO_END)]
    run, pieces = whole(frames), thinned(len(frames))
    times, slowest = means(run.times, pieces), highest(values, pieces)
    layers = _layers([means(table[stage], pieces) for stage in stages])
    x, y = run.axis, Axis.from_zero("Milliseconds an image", float(np.nanmax(slowest)))
    thin = len(pieces) < len(frames)
    series = [*enumerate(map(stage_name, stages))]
    if thin or way == END_TO_END:
        series.append((_SLOWEST, f"slowest image, {stage_name(way)}" if thin else stage_name(way)))
    return plot(
        "Latency over time",
        x,
        y,
        [area(x, y, times, low, high, i) for i, (low, high) in enumerate(layers)],
        line(x, y, times, slowest, _SLOWEST) if len(series) > len(stages) else None,
        says=f"{milliseconds(float(np.nanmean(values)))} on average, {milliseconds(float(np.nanmax(values)))} at most",
        legend=legend(series),
        wide=True,
        note=f"Each point is of about {len(frames) // len(pieces)} images; stages are their mean." if thin else "",
    )


def _layers(values: Sequence[np.ndarray]) -> list[tuple[np.ndarray, np.ndarray]]:
    """Lower and upper edge of each of the values when they are laid upon each other; NaN where none is known."""
    layers = []
    base = np.zeros_like(values[0]) if values else np.zeros(0)
    known = np.isfinite(values).any(axis=0)
    for value in values:
        top = base + np.nan_to_num(value)
        layers.append((np.where(known, base, np.nan), np.where(known, top, np.nan)))
        base = top
    return layers


def _drops(frames: Sequence[dict[str, Any]]) -> Element | None:
    """When images were dropped."""
    dropped = np.array([bool(frame.get("dropped")) for frame in frames])
    if not dropped.any():
        return None
    run = whole(frames)
    x = run.axis
    heights, edges = np.histogram(run.times[dropped], min(60, len(frames)), (x.low, x.high))
    y = Axis.from_zero("Images", float(heights.max()), whole=True)
    return plot(
        "Dropped images",
        x,
        y,
        columns(x, y, edges, heights, [plural(n, "image") for n in heights.tolist()]),
        says=f"{dropped.sum()} of {plural(len(frames), 'image')} were dropped",
        wide=True,
    )
