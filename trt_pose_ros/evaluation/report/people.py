"""The section of who was seen when: people and identities over time."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping
from typing import Any
from xml.etree.ElementTree import Element

import numpy as np

from .elements import tag
from .figures import IDENTITIES, SPACE_ERRORS, plural
from .parts import figure_table, section
from .plots import Axis, area, legend, line, plot, span, spot
from .timeline import Recording, means, processed, recordings, runs, thinned

_RECORDINGS = 4  # whose course is drawn
_ROWS = 30  # identities in one plot
_ROW = 16  # pixels
_FOUND, _TRUTH = "reported", "in truth"
_SWITCH, _BEHIND = 5, 7  # colours
_GAP = 1 / 400  # of the plot's width: a shorter gap in a bar is not seen


def people_section(report: Mapping[str, Any]) -> Element | None:
    """Tables and plots of a report's ``identities`` and of the people in its frames."""
    there = [r for r in recordings(processed(report.get("frames") or [])) if r.timed]
    left = len(there) - _RECORDINGS
    return section(
        "People and identities",
        figure_table("Identities", report.get("identities") or {}, IDENTITIES),
        figure_table("Error in space", report.get("space") or {}, SPACE_ERRORS),
        *(figure for recording in there[:_RECORDINGS] for figure in (_numbers(recording), _tracks(recording))),
        tag("p", f"{plural(left, 'more recording is', 'more recordings are')} not drawn.", class_="note wide")
        if left > 0
        else None,
    )


def _titled(title: str, recording: Recording) -> str:
    return f"{title}: {recording.name}" if recording.name else title


def _numbers(recording: Recording) -> Element | None:
    """How many people were found, and how many there were, over time."""
    pieces = thinned(len(recording.frames))
    values = {name: recording.values(key) for name, key in ((_TRUTH, "truths"), (_FOUND, "people"))}
    curves = {name: means(v, pieces) for name, v in values.items() if np.isfinite(v).any()}
    if not curves:
        return None
    x, times = recording.axis, means(recording.times, pieces)
    y = Axis.from_zero("People an image", max(float(np.nanmax(curve)) for curve in curves.values()))
    return plot(
        _titled("People over time", recording),
        x,
        y,
        area(x, y, times, 0 * times, curves[_TRUTH], _BEHIND, faint=True) if _TRUTH in curves else None,
        line(x, y, times, curves[_FOUND]) if _FOUND in curves else None,
        says=", ".join(f"{float(np.nanmean(values[name])):.1f} {name} an image on average" for name in curves),
        legend=legend((0 if name == _FOUND else _BEHIND, name) for name in curves),
    )


def _tracks(recording: Recording) -> Element | None:
    """A bar for each identity while it was seen, and where it took somebody over from another one."""
    seen, switched = defaultdict(list), defaultdict(list)
    for place, frame in enumerate(recording.frames):
        for identity in frame.get("track_ids") or ():
            seen[identity].append(place)
        for identity in frame.get("switches") or ():
            switched[identity].append(float(recording.times[place]))
    if not seen:
        return None
    longest = sorted(seen, key=lambda identity: -len(seen[identity]))[:_ROWS]
    rows = sorted(longest, key=lambda identity: (seen[identity][0], identity))
    x = recording.axis
    y = Axis("Identity", len(rows), 0, {row + 0.5: f"#{identity}" for row, identity in enumerate(rows)})
    period = recording.period
    bars = [
        span(x, y, start, end + period, row + 0.5, f"#{identity} from {start:.1f} s to {end:.1f} s")
        for row, identity in enumerate(rows)
        for start, end in runs(seen[identity], recording.times, _GAP * (x.high - x.low))
    ]
    spots = [
        spot(x, y, time, row + 0.5, f"#{identity} took over at {time:.1f} s")
        for row, identity in enumerate(rows)
        for time in switched[identity]
    ]
    total = sum(map(len, switched.values()))
    left = len(seen) - len(rows)
    return plot(
        _titled("Identities over time", recording),
        x,
        y,
        bars,
        spots,
        says=f"{plural(len(seen), 'identity', 'identities')}, {plural(total, 'switch', 'switches')}",
        legend=legend([(0, "seen"), *([(_SWITCH, "takes somebody over (identity switch)")] if total else [])]),
        wide=True,
        note=f"The {len(rows)} that were seen longest; {left} more are not drawn." if left else "",
        height=_ROW * len(rows),
    )
