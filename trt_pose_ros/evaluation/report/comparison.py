"""The page of a comparison: reports side by side, how sure their differences are, and the verdict."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any
from xml.etree.ElementTree import Element

import numpy as np

from ..metrics.latency import PERCENTILES
from .accuracy import oks_curves
from .elements import Child, page, tag
from .figures import (
    ACCURACY,
    IDENTITIES,
    JOINTS,
    MISSING,
    SPACE_ERRORS,
    THROUGHPUT,
    Figure,
    count,
    milliseconds,
    percent,
    plural,
)
from .parts import facts, footer, section, table
from .plots import Axis, legend, line, plot
from .report import about, notes
from .speed import durations, stage_name

_TICK, _CROSS = "\N{CHECK MARK}", "\N{BALLOT X}"
_POINTS = 200  # of a curve
_SHARE = Axis("Share of the images", 0, 1, {0.0: "0 %", 0.25: "25 %", 0.5: "50 %", 0.75: "75 %", 1.0: "100 %"})
_FIGURES = ACCURACY | JOINTS | IDENTITIES | SPACE_ERRORS | THROUGHPUT
_PERCENTILES = (*(f"p{p}" for p in PERCENTILES), "mean")
_SHOWN = ("p50", "p95")  # of stages but the headline
_INTERVALS = "Better or worse is said where the interval does not hold zero: the difference is more than chance."


def render_comparison(comparison: Mapping[str, Any], reports: Sequence[Mapping[str, Any]]) -> str:
    """Make the page of a comparison.

    Args:
        comparison: as docs/evaluation.md describes.
        reports: those that were compared, in the same order.

    Returns:
        HTML with everything in it: it asks the network for nothing and runs no script.
    """
    names = [str(name) for name in comparison["names"]]
    title = f"{', '.join(names[1:])} against {names[0]}"
    return page(
        title,
        tag(
            "header",
            tag("p", "Comparison of pose estimation", class_="kind"),
            tag("h1", title),
            facts(_extent(comparison)),
            _verdict(comparison),
        ),
        tag(
            "main",
            section("What differs", *_differences(comparison)),
            section(
                "Curves",
                oks_curves([(name, r.get("accuracy") or {}) for name, r in zip(names, reports, strict=True)]),
                _latencies(names, reports),
            ),
            section("What was compared", *map(_about, names, reports), notes(comparison)),
        ),
        footer(),
    )


def _extent(comparison: Mapping[str, Any]) -> list[tuple[str, str]]:
    """How much was compared: names and texts."""
    return [
        ("Images in common", count(comparison["images"])),
        ("With truth", count(comparison["labelled"])),
        ("Drawn", f"{plural(comparison['resamples'], 'time')} from {count(comparison['units'])} images or segments"),
    ]


def _verdict(comparison: Mapping[str, Any]) -> Element | None:
    """Whether all thresholds held, and what each of them says; None where none were given."""
    rules = comparison["verdict"]
    if not rules:
        return None
    failed, stage = sum(not rule["held"] for rule in rules), comparison["stage"]
    said = f"{failed} of {plural(len(rules), 'threshold')} failed" if failed else "Every threshold held"
    return tag(
        "div",
        tag("p", _CROSS if failed else _TICK, " ", said),
        tag(
            "ul",
            [tag("li", _rule(rule, stage), class_="good" if rule["held"] else "bad") for rule in rules],
        ),
        class_=f"card verdict {'bad' if failed else 'good'}",
    )


def _rule(rule: Mapping[str, Any], stage: str) -> str:
    value, figure = rule.get("value"), _figure(rule["figure"], stage)
    found = percent(value, "+") if rule.get("relative") else figure.number(value, "+") + f" {figure.unit}".rstrip()
    said = "held" if rule["held"] else "failed"
    return f"{_TICK if rule['held'] else _CROSS} {rule['text']} {said}: {rule['name']} differs by {found}"


def _differences(comparison: Mapping[str, Any]) -> list[Element | None]:
    """A table of figures for each report but the first, which it is held against."""
    first, *others = (str(name) for name in comparison["names"])
    interval = f"{100 * comparison['confidence']:g} % interval"
    return [
        table(
            f"{other} against {first}",
            ("Figure", _label(first), _label(other), "Difference", "", interval, ""),
            [
                _row(_figure(name, comparison["stage"]), difference)
                for name, difference in differences.items()
                if _is_shown(name, comparison["stage"])
            ],
            note=_INTERVALS,
            wide=True,
        )
        for other, differences in zip(others, comparison["differences"], strict=True)
    ]


def _label(name: str) -> Element:
    """A name at the head of a column, however long it is."""
    return tag("span", name, class_="label")


def _is_shown(name: str, stage: str) -> bool:
    of, kind = _of_stage(name)
    return not of or (of != stage and kind in _SHOWN)


def _of_stage(name: str) -> tuple[str, str]:
    """Stage and kind of a figure such as ``network.p95``; no stage for others."""
    stage, point, kind = name.rpartition(".")
    return (stage, kind) if point and "@" not in name else ("", name)


def _figure(name: str, headline: str) -> Figure:
    """What a figure of a comparison is called; percentiles without a stage are those of ``headline``."""
    stage, kind = _of_stage(name)
    if stage or kind in _PERCENTILES:
        return Figure(f"Latency, {stage_name(stage or headline)}, {kind}", "ms", None)
    return _FIGURES.get(name) or Figure(name.replace("pck", "PCK"))


def _row(figure: Figure, found: Mapping[str, Any]) -> tuple[Child, ...]:
    low, high = found["low"], found["high"]
    sure = low is not None and high is not None and (low > 0 or high < 0)
    better = sure and (low > 0) == (found["better"] == "higher")
    word, css = ("better" if better else "worse", "good" if better else "bad") if sure else ("", "")
    interval = MISSING if low is None else f"{figure.number(low, '+')} to {figure.number(high, '+')}"
    return (
        figure.heading,
        figure.number(found["a"]),
        figure.number(found["b"]),
        tag("span", figure.number(found["difference"], "+"), class_=css),
        tag("span", word, class_=css),
        interval,
        _whisker(found["difference"], low, high, css),
    )


def _whisker(difference: float | None, low: float | None, high: float | None, css: str) -> Element | None:
    """A difference and its interval on a line whose middle is zero; the figures beside it say the same."""
    if difference is None or low is None or high is None:
        return None
    longest = max(abs(difference), abs(low), abs(high)) or 1.0
    at = [f"{50 + 46 * value / longest:.1f}%" for value in (difference, low, high)]
    return tag(
        "svg",
        tag("line", x1="50%", x2="50%", y1="0", y2="100%", class_="base"),
        tag("line", x1=at[1], x2=at[2], y1="50%", y2="50%", class_="whisker"),
        tag("circle", cx=at[0], cy="50%", r="4", class_="dot"),
        class_=f"interval {css}",
        aria_hidden="true",
    )


def _latencies(names: Sequence[str], reports: Sequence[Mapping[str, Any]]) -> Element | None:
    """The share of the images that were done within so many milliseconds, a curve a report."""
    known = [(name, *durations(report.get("frames") or [])) for name, report in zip(names, reports, strict=True)]
    curves = [(name, stage, np.sort(t[stage][np.isfinite(t[stage])])) for name, stage, t in known if t]
    if not curves or len({stage for _, stage, _ in curves}) > 1:
        return None
    shares = np.linspace(0, 1, _POINTS)
    stage, end = curves[0][1], max(float(np.percentile(ms, 99.5)) for _, _, ms in curves)
    x = Axis.over(f"{stage_name(stage).capitalize()} [ms]", min(float(ms[0]) for *_, ms in curves), end)
    return plot(
        "Images done within a time",
        x,
        _SHARE,
        [line(x, _SHARE, np.quantile(ms, shares), shares, i) for i, (*_, ms) in enumerate(curves)],
        says=", ".join(f"{name}: half within {milliseconds(float(np.median(ms)))}" for name, _, ms in curves),
        legend=legend(enumerate(name for name, *_ in curves)),
    )


def _about(name: str, report: Mapping[str, Any]) -> Element:
    return tag("div", tag("strong", name), facts(about(report)), notes(report), class_="card")
