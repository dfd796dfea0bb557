"""Plots as inline SVG that fit whatever width they get: places in percent, letters and lines in pixels.

Colours are CSS variables of style.css, ``c0`` to ``c7``, so that one plot serves light, dark and paper.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from xml.etree.ElementTree import Element

import numpy as np

from .elements import Child, tag

_COLORS = 8
_GRID = 10000  # steps of a path's coordinates, far more than pixels


@dataclass(frozen=True)
class Axis:
    """What a direction of a plot shows.

    Attributes:
        label: what it is, with its unit.
        low, high: values at its ends, left and right or below and above; they differ.
        ticks: {value: its text}.
    """

    label: str
    low: float
    high: float
    ticks: dict[float, str]

    @classmethod
    def over(cls, label: str, low: float, high: float, ticks: int = 5) -> Axis:
        """An axis with about ``ticks`` round numbers; where high is not above low there is room for one value."""
        if not high > low:
            high = low + 1
        return cls(label, low, high, _ticks(low, high, _round_step((high - low) / ticks)))

    @classmethod
    def from_zero(cls, label: str, highest: float, whole: bool = False) -> Axis:
        """An axis from 0 to the first round number that is not below ``highest``; ``whole`` for numbers of things."""
        highest = highest if highest > 0 and math.isfinite(highest) else 1.0
        step = max(_round_step(highest / 5), 1.0 if whole else 0.0)
        high = math.ceil(highest / step - 1e-9) * step
        return cls(label, 0.0, high, _ticks(0.0, high, step))

    def at(self, values: np.ndarray | float) -> np.ndarray:
        """Places of values, 0 at the low end and 1 at the high one; what lies outside is at an end."""
        return np.clip((np.asarray(values, np.float64) - self.low) / (self.high - self.low), 0, 1)


def plot(
    title: str,
    x: Axis,
    y: Axis,
    *marks: Child,
    says: str,
    legend: Child = None,
    wide: bool = False,
    note: str = "",
    height: int = 200,
) -> Element:
    """A figure with axes around ``marks``.

    Args:
        title: above it.
        x, y: its axes.
        marks: drawn in this order.
        says: what a reader sees in it, for those who can't see it.
        legend: of :func:`legend`.
        wide: as wide as the page.
        note: below it.
        height: of the area, in pixels.
    """
    grid = [tag("line", x1="0", x2="100%", y1=_down(y, v), y2=_down(y, v), class_="grid") for v in y.ticks]
    below = [_tick(_along(x, v), "100%", text, "middle", dy="1.5em") for v, text in x.ticks.items()]
    beside = [_tick("0", _down(y, v), text, "end", dx="-0.5em", dy="0.35em") for v, text in y.ticks.items()]
    base = tag("line", x1="0", x2="100%", y1="100%", y2="100%", class_="base")
    svg = tag("svg", grid, marks, base, below, beside, width="100%", height=height, role="img", aria_label=says)
    return tag(
        "figure",
        tag("figcaption", title),
        legend,
        tag("div", y.label, class_="axis"),
        tag("div", svg, class_="area"),
        tag("div", x.label, class_="axis x"),
        tag("p", note, class_="note") if note else None,
        class_="card plot wide" if wide else "card plot",
    )


def legend(series: Iterable[tuple[int, str]]) -> Element:
    """The names of series and the colours that they are drawn in."""
    return tag(
        "ul", [tag("li", tag("span", class_=f"swatch {_color(i)}"), name) for i, name in series], class_="legend"
    )


def line(x: Axis, y: Axis, xs: np.ndarray, ys: np.ndarray, series: int = 0) -> Element:
    """A line through points; it is broken where a value is NaN."""
    pieces = [" L".join(_points(x, y, xs[s], ys[s])) for s in _finite(xs, ys)]
    return _path(" ".join(f"M{piece}" for piece in pieces), f"line {_color(series)}")


def area(
    x: Axis, y: Axis, xs: np.ndarray, low: np.ndarray, high: np.ndarray, series: int = 0, faint: bool = False
) -> Element:
    """What lies between two lines; nothing where one is NaN. ``faint`` lets the grid show through."""
    pieces = []
    for s in _finite(xs, low + high):
        there, back = _points(x, y, xs[s], high[s]), _points(x, y, xs[s][::-1], low[s][::-1])
        pieces.append("M" + " L".join([*there, *back]) + "Z")
    return _path(" ".join(pieces), f"fill {_color(series)}{' faint' if faint else ''}")


def columns(x: Axis, y: Axis, edges: np.ndarray, heights: np.ndarray, says: Sequence[str]) -> list[Element]:
    """Columns from 0 up to N heights between N + 1 edges, and what each says when it is pointed at."""
    left, top = x.at(edges), y.at(heights)
    return [
        tag(
            "rect",
            tag("title", text),
            x=_percent(a),
            y=_percent(1 - h),
            width=_percent(b - a),
            height=_percent(h),
            class_="fill c0",
        )
        for a, b, h, text in zip(left[:-1], left[1:], top, says, strict=True)
        if h > 0
    ]


def span(x: Axis, y: Axis, start: float, end: float, row: float, says: str) -> Element:
    """A bar along x in the middle of a row."""
    left, right = float(x.at(start)), float(x.at(end))
    place = {"x": _percent(left), "y": _down(y, row), "width": _percent(right - left)}
    return tag("rect", tag("title", says), **place, height="8", transform="translate(0 -4)", class_="fill c0")


def spot(x: Axis, y: Axis, value: float, row: float, says: str) -> Element:
    """A dot in a row."""
    return tag("circle", tag("title", says), cx=_along(x, value), cy=_down(y, row), r="4.5", class_="fill c5 ringed")


def upright(x: Axis, value: float, text: str, row: int = 0) -> list[Element]:
    """A line from top to bottom at a value, with a text beside it in one of the rows at the top."""
    place, left = _along(x, value), float(x.at(value)) < 0.7
    return [
        tag("line", x1=place, x2=place, y1="0", y2="100%", class_="mark"),
        _tick(
            place, "0", text, *(("start", "0.3em") if left else ("end", "-0.3em")), f"{0.9 + 1.2 * row:.1f}em", "halo"
        ),
    ]


def _color(series: int) -> str:
    return f"c{series % _COLORS}"


def _ticks(low: float, high: float, step: float) -> dict[float, str]:
    first, last = math.ceil(low / step - 1e-9), math.floor(high / step + 1e-9)
    decimals = max(0, -math.floor(math.log10(step) + 1e-9))
    return {i * step: f"{i * step:,.{decimals}f}" for i in range(first, last + 1)}


def _round_step(step: float) -> float:
    """The next of 1, 2, 5, 10 ... that is not below ``step``."""
    power = 10.0 ** math.floor(math.log10(step))
    return next(factor * power for factor in (1, 2, 5, 10) if factor * power >= step * (1 - 1e-9))


def _tick(x: str, y: str, text: str, anchor: str, dx: str = "0", dy: str = "0", css: str | None = None) -> Element:
    return tag("text", text, x=x, y=y, dx=dx, dy=dy, text_anchor=anchor, class_=css)


def _finite(xs: np.ndarray, ys: np.ndarray) -> list[slice]:
    """The runs of points without NaN."""
    good = np.flatnonzero(np.isfinite(xs) & np.isfinite(ys))
    if not len(good):
        return []
    starts = np.flatnonzero(np.diff(good, prepend=-2) > 1)
    ends = [*starts[1:], len(good)]
    return [slice(int(good[a]), int(good[b - 1]) + 1) for a, b in zip(starts, ends, strict=True)]


def _points(x: Axis, y: Axis, xs: np.ndarray, ys: np.ndarray) -> list[str]:
    across, down = np.rint(_GRID * x.at(xs)).astype(int), np.rint(_GRID * (1 - y.at(ys))).astype(int)
    return [f"{a},{b}" for a, b in zip(across.tolist(), down.tolist(), strict=True)]


def _path(d: str, css: str) -> Element:
    """A path whose coordinates are stretched over the plot; its lines are as thick as ever."""
    size = {"view_box": f"0 0 {_GRID} {_GRID}", "preserve_aspect_ratio": "none"}
    return tag("svg", tag("path", d=d, class_=css), width="100%", height="100%", **size)


def _along(axis: Axis, value: float) -> str:
    return _percent(float(axis.at(value)))


def _down(axis: Axis, value: float) -> str:
    return _percent(1 - float(axis.at(value)))


def _percent(part: float) -> str:
    return f"{100 * part:.2f}%"
