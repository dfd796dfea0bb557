"""Results, timings and events of a replay as files of lines."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

from ...media.event_results import event_result
from ..results import EVENTS, FILE, TIMINGS, entry, line
from .merge import Frame, timing
from .parts import MadeBy, Part


class Files:
    """Results and timings, being written; a context manager.

    Args:
        folder: where.
        begin: function that makes the header of the results.
        events: write those of the images, too.
    """

    def __init__(self, folder: Path, begin: Callable[[MadeBy], dict[str, Any]], events: bool = False) -> None:
        self._begin = begin
        self._events = (folder / EVENTS).open("wb") if events else None
        self._made_by: MadeBy | None = None
        self._results, self._timings = (folder / FILE).open("wb"), (folder / TIMINGS).open("wb")

    def checked(self, part: Part) -> Part:
        """The part; the first one writes the header.

        Raises:
            ValueError: it was made by something else than those before.
        """
        if self._made_by is None:
            self._made_by = part.made_by
            self._results.write(line(self._begin(part.made_by)))
        elif part.made_by != self._made_by:
            raise ValueError(
                f"parts of this replay were made by different software, {self._made_by} and {part.made_by}: the "
                "machines of a cluster must be alike"
            )
        return part

    def add(self, frame: Frame) -> None:
        """Write an image's lines."""
        self._results.write(line(entry(frame.image, frame.poses)))
        self._timings.write(line(timing(frame)))
        if self._events is not None:
            image = frame.image
            where = {"bag": image.bag, "topic": image.topic, "index": image.index, "stamp": image.stamp}
            self._events.writelines(line(event_result(event, **where)) for event in frame.changed)

    def __enter__(self) -> Files:
        return self

    def __exit__(self, *error: Any) -> None:
        for file in (self._results, self._timings, self._events):
            if file is not None:
                file.close()
