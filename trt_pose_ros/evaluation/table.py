"""Reports as tables in Markdown."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from .measure import Report

_STAGES = "latency"
# heading -> where in a report, digits after the point
_COLUMNS: dict[str, tuple[tuple[str, ...], int]] = {
    "AP": (("accuracy", "ap"), 3),
    "AP50": (("accuracy", "ap50"), 3),
    "AP75": (("accuracy", "ap75"), 3),
    "AP medium": (("accuracy", "ap_medium"), 3),
    "AP large": (("accuracy", "ap_large"), 3),
    "AR": (("accuracy", "ar"), 3),
    "AP official": (("accuracy", "ap_official"), 3),
    "precision": (("accuracy", "precision"), 3),
    "recall": (("accuracy", "recall"), 3),
    "OKS": (("accuracy", "oks_mean"), 3),
    "PCK@0.2": (("accuracy", "pck", "PCK@0.2"), 3),
    "error px": (("accuracy", "joint_error"), 1),
    "MOTA": (("identities", "mota"), 3),
    "IDF1": (("identities", "idf1"), 3),
    "HOTA": (("identities", "hota"), 3),
    "switches": (("identities", "switches"), 0),
    "MPJPE mm": (("space", "mpjpe"), 1),
    "images/s": (("throughput", "fps"), 1),
    "drops": (("throughput", "drops"), 0),
}


def table(reports: Sequence[Report]) -> str:
    """A row a report, with those of the usual figures that any of them has, and the median time of each stage."""
    stages = dict.fromkeys(stage for report in reports for stage in report["latency"] or ())
    columns: dict[str, Callable[[Report], str]] = {"name": lambda report: str(report.get("name"))}
    if any(report["model"] and "input" in report["model"] for report in reports):
        columns["input"] = lambda report: str((report["model"] or {}).get("input", ""))
    for heading, (path, digits) in _COLUMNS.items():
        if any(_figure(report, path) is not None for report in reports):
            columns[heading] = lambda report, path=path, digits=digits: _text(_figure(report, path), digits)  # type: ignore[misc]
    for stage in stages:
        path = ("latency", stage, "p50")
        columns[f"ms {stage}"] = lambda report, path=path: _text(_figure(report, path), 2)  # type: ignore[misc]
    return markdown([list(columns), *([text(report) for text in columns.values()] for report in reports)])


def markdown(rows: Sequence[Sequence[str]]) -> str:
    """Rows of text as a table in Markdown; the first one holds the headings."""
    lines = [f"| {' | '.join(cell.replace('|', '/') for cell in row)} |" for row in rows]
    return "\n".join([lines[0], "|---" * len(rows[0]) + "|", *lines[1:]])


def _figure(report: Report, path: Sequence[str]) -> Any:
    value: Any = report
    for key in path:
        value = value.get(key) if isinstance(value, dict) else None
    return value if isinstance(value, (int, float)) else None


def _text(value: float | None, digits: int) -> str:
    return "" if value is None else f"{value:.{digits}f}"
