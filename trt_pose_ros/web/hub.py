"""What there is to see, for all who look. Everything here runs in the thread of the server's event loop."""

from __future__ import annotations

import json
import time
from collections.abc import Callable
from typing import Any

from .frames import Frame, Pairing
from .viewer import Viewer


class Hub:
    """Gives everything new to all viewers, and what there is to those that come.

    Attributes:
        viewers: those that look.
    """

    def __init__(self) -> None:
        self.viewers: set[Viewer] = set()
        self._pairings: dict[str, Pairing] = {}
        self._texts: dict[str, str] = {}

    def show(self, kind: str, value: Any, again: bool = False) -> None:
        """Tell of something by its newest value, which JSON can hold; ``again``: even if it is the last one."""
        text = json.dumps({"kind": kind, "value": value}, allow_nan=False)
        if self._texts.get(kind) == text and not again:
            return
        self._texts[kind] = text
        for viewer in self.viewers:
            viewer.offer_text(kind, text)

    def picture(self, camera: str, stamp: int, load: Callable[[], Any], size: int) -> None:
        """A picture of a camera; the arguments are those of :class:`~trt_pose_ros.web.frames.Pairing`."""
        self._give(self._pairing(camera).picture(stamp, load, size, time.monotonic()))

    def people(self, camera: str, stamp: int, layer: str, people: dict[str, Any]) -> None:
        """The people found in a picture, or their hands, likewise."""
        self._give(self._pairing(camera).people(stamp, layer, people, time.monotonic()))

    def forget(self) -> None:
        """Let go of pictures that wait: nobody looks any more."""
        self._pairings.clear()

    def join(self, viewer: Viewer) -> None:
        """Somebody looks: give what there is."""
        self.viewers.add(viewer)
        for kind, text in self._texts.items():
            viewer.offer_text(kind, text)

    def leave(self, viewer: Viewer) -> None:
        """Somebody looks no more."""
        self.viewers.discard(viewer)

    def _pairing(self, camera: str) -> Pairing:
        return self._pairings.setdefault(camera, Pairing(camera))

    def _give(self, frame: Frame | None) -> None:
        if frame is not None:
            for viewer in self.viewers:
                viewer.offer_frame(frame)
