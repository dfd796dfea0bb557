"""The state of events_node and of what it listens to as diagnostics."""

from __future__ import annotations

import time
from collections.abc import Mapping, Sequence

from diagnostic_msgs.msg import DiagnosticStatus

from ...stage_times import StageTimes
from .diagnostics import diagnostic_status, milliseconds
from .event_people import PeopleSource

_SILENT = 2.0  # seconds without skeletons that are an error


def node_status(
    name: str,
    rules: Sequence[str],
    going_on: int,
    counts: Mapping[str, int],
    times: StageTimes,
    sources: Sequence[PeopleSource],
) -> DiagnosticStatus:
    """Of the node: its rules, how much is going on, and the counts, of started events by their kind."""
    values = {"rules": ", ".join(rules), "going_on": str(going_on)}
    values |= {key: str(n) for key, n in sorted(counts.items())} | milliseconds(times)
    heard = sum(not _is_silent(source) for source in sources)
    values["sources"] = f"{heard} of {len(sources)}"
    if not heard:
        return diagnostic_status(name, DiagnosticStatus.ERROR, "no skeletons arrive: nothing can be told", values)
    if heard < len(sources):
        text = f"skeletons arrive from {heard} of {len(sources)} sources only"
        return diagnostic_status(name, DiagnosticStatus.WARN, text, values)
    return diagnostic_status(name, DiagnosticStatus.OK, "running", values)


def source_status(node: str, source: PeopleSource) -> DiagnosticStatus:
    """Of one topic of skeletons."""
    silence = time.monotonic() - source.heard
    level, text = DiagnosticStatus.OK, "running"
    if _is_silent(source):
        level, text = DiagnosticStatus.ERROR, f"no skeletons for {silence:.0f} s on {source.topic}"
    return diagnostic_status(f"{node}: {source.name or 'skeletons'}", level, text, {"topic": source.topic})


def _is_silent(source: PeopleSource) -> bool:
    return time.monotonic() - source.heard > _SILENT
