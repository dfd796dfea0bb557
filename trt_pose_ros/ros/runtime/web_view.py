"""Messages of a pose_node as what its live page shows."""

from __future__ import annotations

import time
from collections import deque
from collections.abc import Callable
from functools import partial
from typing import Any

from rclpy.serialization import deserialize_message

from ...messages.header import stamp_ns
from ...messages.serialised import stamp_of
from ...messages.skeletons import read_topology
from ...topology import Topology
from ...web.hub import Hub
from ...web.people import describe, describe_event, describe_topology

_SILENCE = 3.0  # seconds without diagnostics that are told
_PAST = 50  # events that are kept
_END = 2  # Event.END


class WebView:
    """Its methods take messages, those of images serialised, from any thread.

    Args:
        hub: that shows what they tell.
        call: function that has a function of the hub called in the server's thread.
        target: full name of the pose_node.
    """

    def __init__(self, hub: Hub, call: Callable[..., None], target: str) -> None:
        self._hub, self._call, self._target = hub, call, target
        self._known: dict[str, Topology] = {}
        self._events: dict[tuple[str, int], dict[str, Any]] = {}  # by camera and id: what is going on
        self._past: deque[dict[str, Any]] = deque(maxlen=_PAST)
        self._heard = 0.0

    def show(self, kind: str, value: Any, again: bool = False) -> None:
        """Tell those who look of anything, see Hub."""
        self._call(self._hub.show, kind, value, again)

    def begin(self) -> None:
        """From now on messages are awaited."""
        self._heard = time.monotonic()

    def end(self) -> None:
        """Nobody looks any more."""
        self._call(self._hub.forget)

    def tell_of_silence(self) -> None:
        """Show that the node says nothing, if it has not for some time."""
        if time.monotonic() - self._heard > _SILENCE:
            self.show("diagnostics", {"node": self._target, "silent": True, "own": None, "cameras": []})

    def picture(self, camera: str, kind: type, data: bytes) -> None:
        """An Image or CompressedImage, which ``kind`` is."""
        self._call(self._hub.picture, camera, stamp_of(data), partial(deserialize_message, data, kind), len(data))

    def replayed_picture(self, camera: str, stamp: int, load: Callable[[], Any], size: int) -> None:
        """A picture of a bag, see Hub."""
        self._call(self._hub.picture, camera, stamp, load, size)

    def people(self, camera: str, layer: str, message: Any) -> None:
        """A SkeletonArray of people, or of their hands, which is another ``layer``."""
        self._call(self._hub.people, camera, stamp_ns(message), layer, self._described(message))

    def people_3d(self, message: Any) -> None:
        """A SkeletonArray of people_3d_node, in a frame whose z is up."""
        self.show("people_3d", self._described(message) | {"optical": False})

    def _described(self, message: Any) -> dict[str, Any]:
        before = self._known.get(message.topology)
        described = describe(message, self._known)
        if self._known.get(message.topology) is not before:
            self._show_topologies()
        return described

    def topology(self, message: Any) -> None:
        """A SkeletonTopology; one that makes no sense is left out."""
        try:
            topology = read_topology(message)
        except ValueError:
            return
        self._known[topology.name] = topology
        self._show_topologies()

    def _show_topologies(self) -> None:
        self.show("topologies", {name: describe_topology(topology) for name, topology in self._known.copy().items()})

    def events(self, message: Any) -> None:
        """An EventArray of what has changed."""
        stamp = 1e-9 * stamp_ns(message)
        ended = [describe_event(event, stamp) for event in message.events if event.phase == _END]
        for event in ended:
            self._events.pop((event["camera"], event["id"]), None)
            self._past.appendleft(event)
        if ended:
            self._show_events()

    def current_events(self, message: Any) -> None:
        """An EventArray of all that is going on."""
        stamp = 1e-9 * stamp_ns(message)
        self._events = {(e.camera, e.id): describe_event(e, stamp) for e in message.events}
        self._show_events()

    def _show_events(self) -> None:
        self.show("events", {"current": list(self._events.values()), "past": list(self._past)})

    def diagnostics(self, message: Any) -> None:
        """A DiagnosticArray, of any node."""
        name = self._target.lstrip("/")
        own: dict[str, Any] | None = None
        cameras = []
        for status in message.status:
            values = {pair.key: pair.value for pair in status.values}
            said = {"level": status.level[0], "message": status.message, "values": values}
            if status.name == name:
                own = said
            elif status.name.startswith(f"{name}: "):
                camera = status.name.removeprefix(f"{name}: ")
                cameras.append(said | {"camera": "" if camera == "image" else camera})
        if own is not None:
            self._heard = time.monotonic()
            self.show("diagnostics", {"node": self._target, "silent": False, "own": own, "cameras": cameras})
