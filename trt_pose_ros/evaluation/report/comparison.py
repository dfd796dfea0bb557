"""The page of a comparison: reports side by side, how sure their differences are, and the verdict."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any
from xml.etree.ElementTree import Element

import numpy as np

from .accuracy import oks_curves
from .elements import Child, page, tag
from .figures import MISSING, count, milliseconds, percent, plural, share, three_digits
from .parts import facts, footer, section, table
from .plots import Axis, legend, line, plot
from .report import about, notes
from .speed import durations, stage_name

_TICK, _CROSS = "\N{CHECK MARK}", "\N{BALLOT X}"
_POINTS = 200  # of a curve
_SHARE = Axis("Share of the images", 0, 1, {0.0: "0 %", 0.25: "25 %", 0.5: "50 %", 0.75: "75 %", 1.0: "100 %"})
_TEXTS: dict[str, Callable[..., str]] = {"": share, "count": count, "%": percent}  # by unit
_INTERVALS = (
    "Where the interval does not hold zero the difference is more than chance; better or worse is said only then."
)


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
            _verdict(comparison.get("verdict") or []),
        ),
        tag(
            "main",
            section("What differs", *_differences(comparison)),
            section(
                "Curves",
                oks_curves([(name, r.get("accuracy") or {}) for name, r in zip(names, reports, strict=True)]),
                _latencies(names, reports),
            ),
            section("What was compared", *(_about(n, r) for n, r in zip(names, reports, strict=True))),
        ),
        footer(),
    )


def _verdict(rules: Sequence[Mapping[str, Any]]) -> Element | None:
    """Whether all thresholds held, and what each of them says; None where none were given."""
    if not rules:
        return None
    failed = sum(not rule["held"] for rule in rules)
    said = f"{failed} of {plural(len(rules), 'threshold')} failed" if failed else "Every threshold held"
    return tag(
        "div",
        tag("p", _CROSS if failed else _TICK, " ", said),
        tag("ul", [tag("li", _rule(rule), class_="good" if rule["held"] else "bad") for rule in rules]),
        class_=f"card verdict {'bad' if failed else 'good'}",
    )


def _rule(rule: Mapping[str, Any]) -> str:
    found = f"the difference is {rule['difference']:+.4g}" if rule.get("difference") is not None else "not measured"
    return f"{_TICK if rule['held'] else _CROSS} {rule['rule']}: {found}, {'held' if rule['held'] else 'failed'}"


def _differences(comparison: Mapping[str, Any]) -> list[Element | None]:
    """A table of figures for each report but the first, which it is held against."""
    first, *others = (str(name) for name in comparison["names"])
    return [
        table(
            f"{other} against {first}",
            ("Figure", first, other, "Difference", "95 % interval", "", ""),
            [_row(row, place) for row in comparison["metrics"] if any(value is not None for value in row["values"])],
            note=_INTERVALS,
            wide=True,
        )
        for place, other in enumerate(others, 1)
    ]


def _row(row: Mapping[str, Any], place: int) -> tuple[Child, ...]:
    unit, values = row.get("unit") or "", row["values"]
    text = _TEXTS.get(unit, three_digits)
    difference, low, high = (row[key][place - 1] for key in ("difference", "low", "high"))
    sure = low is not None and high is not None and (low > 0 or high < 0)
    better = sure and (low > 0) == (row.get("better") == "higher")
    word, css = ("better" if better else "worse", "good" if better else "bad") if sure else ("", "")
    return (
        f"{row['name']} [{unit}]" if unit and unit not in _TEXTS else str(row["name"]),
        text(values[0]),
        text(values[place]),
        tag("span", text(difference, sign="+"), class_=css),
        MISSING if low is None or high is None else f"{text(low, sign='+')} to {text(high, sign='+')}",
        _whisker(difference, low, high, css),
        tag("span", word, class_=css),
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
    curves = [(name, stage, np.sort(ms[np.isfinite(ms)])) for name, stage, ms in known if np.isfinite(ms).sum() > 1]
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
