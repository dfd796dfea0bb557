"""events_node: skeletons in, what people do out.

Subscribes to `skeletons` of each camera (and to `hands`, where a rule is of hands), publishes `events` (what has
changed with an image), `events/current` (latched: what is going on), and of each camera `events/markers` and
`events/annotated`. All rules are looked at in the executor's thread; images are drawn in another one.
"""

from __future__ import annotations

import sys
import time
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, fields
from typing import Any

from diagnostic_msgs.msg import DiagnosticArray
from rclpy.clock import Clock, ClockType
from rclpy.node import Node
from std_msgs.msg import Header
from visualization_msgs.msg import MarkerArray

from ...events import Watch, load_rules
from ...events.event import UNKNOWN, Event, Phase
from ...events.situation import Situation
from ...messages.topics import camera_topic
from ...msg import EventArray, SkeletonArray
from ...options import Options, option
from ...poses import Poses
from ...stage_times import StageTimes
from ...topology import Topology
from ..convert.messages import event_array, event_markers
from ..runtime.event_diagnostics import node_status, source_status
from ..runtime.event_images import EventImages
from ..runtime.event_people import PeopleSource
from ..runtime.event_rules import rule_options
from ..runtime.parameters import READ_ONLY, GivenParameters, Parameters
from ..runtime.people_views import learn_topologies
from ..runtime.process import run
from ..runtime.qos import PROFILES
from ..runtime.settings import check_camera_names

_LOG_PERIOD = 5.0  # seconds
_PERIOD = 0.05  # seconds between looks at what has fallen silent, and at who subscribes
_REPORT = 1.0  # seconds
_PEOPLE_3D = "people_3d"  # topic of people located by several cameras, and their camera's name


@dataclass(frozen=True)
class FixedSettings(Options):
    """What is read at the start."""

    cameras: tuple[str, ...] = option(
        (), "names of the cameras, each the namespace of its topics; none: one camera, on `skeletons`"
    )
    rules: tuple[str, ...] = option(
        ("raised_hand", "waving", "fallen", "too_close"),
        "rules to watch: names of shipped ones, or files with all that they hold",
    )
    zones: str = option("", "YAML file of zones; empty: those in files of rules")
    people_3d: bool = option(False, "watch the people on `people_3d` as well, who were located by several cameras")


@dataclass(frozen=True)
class LiveSettings(Options):
    """What can be changed at any time, besides the parameters of the rules."""

    input_timeout: float = option(
        1.0,
        "seconds without skeletons of a camera after which what goes on before it ends as unknown",
        low=0.1,
        high=60.0,
    )
    jpeg_quality: int = option(80, "quality of events/annotated/compressed", low=1, high=100)


class EventsNode(GivenParameters, Node):
    """See the module.

    Attributes:
        finished: True where a parameter or a rule is wrong.
        exit_code: 1 then.
    """

    def __init__(self, **kwargs: Any) -> None:
        super().__init__("events_node", **kwargs)
        self.finished, self.exit_code = False, 0
        self._watch: Watch | None = None
        self._sources: list[PeopleSource] = []
        self._images: dict[str, EventImages] = {}
        self.parameters = Parameters(self, self._on_change)
        self.parameters.declare(FixedSettings(), READ_ONLY)
        self.parameters.declare(LiveSettings())
        try:
            self.parameters.check()
            self._start()
        except (ValueError, OSError, ImportError) as error:
            self.get_logger().error(str(error))
            self.finished, self.exit_code = True, 1

    def _start(self) -> None:
        fixed = self.parameters[FixedSettings]
        check_camera_names(fixed.cameras)
        rules = load_rules(list(fixed.rules), zones=fixed.zones or None)
        self._rules = {rule.name: rule_options(rule) for rule in rules}
        for name, options in self._rules.items():
            self.parameters.declare(options, prefix=f"{name}.")
        self.parameters.warn_of_unknown()
        self.parameters.check()
        self._watch = Watch(rules)
        self._watch.set(self._values(set(self._rules)))
        self._times, self._counts = StageTimes(), Counter[str]()
        self._last: dict[str, Header] = {}  # camera -> header of its newest image, while it is heard
        self._events = self.create_publisher(EventArray, "events", PROFILES["reliable"])
        self._current = self.create_publisher(EventArray, "events/current", PROFILES["latched"])
        self._reports = self.create_publisher(DiagnosticArray, "/diagnostics", 10)
        names = list(fixed.cameras) or [""]
        self._markers = {}
        for name in [*names, *([_PEOPLE_3D] if fixed.people_3d else [])]:
            topic = camera_topic(name, "events/markers")
            self._markers[name] = self.create_publisher(MarkerArray, topic, PROFILES["reliable"])
        self._images = {name: EventImages(self, name, self._quality, self._complain) for name in names}
        self._current.publish(event_array([], Header(stamp=self.get_clock().now().to_msg())))
        topologies: dict[str, Topology] = {}
        learn_topologies(self, [name for name in (*names, _PEOPLE_3D) if name], topologies, self._complain)
        hands = any(rule.who == "hand" for rule in rules)
        topics = [
            (name, camera_topic(name, "skeletons"), camera_topic(name, "hands") if hands else None) for name in names
        ]
        topics += [(_PEOPLE_3D, _PEOPLE_3D, None)] if fixed.people_3d else []
        self._sources = [
            PeopleSource(self, name, people, with_hands, topologies, self._on_people, self._failed)
            for name, people, with_hands in topics
        ]
        # the time of a simulation or bag can stand still
        steady = Clock(clock_type=ClockType.STEADY_TIME)
        self.create_timer(_PERIOD, self._look, clock=steady)
        self.create_timer(_REPORT, self._report, clock=steady)
        told = ", ".join(source.topic for source in self._sources)
        self.get_logger().info(f"watching for {', '.join(self._rules)}; waiting for skeletons on {told}")

    def _values(self, rules: set[str]) -> dict[str, float]:
        """{"rule.parameter": value} of these rules."""
        options = {name: self.parameters[type(self._rules[name])] for name in rules}
        return {
            f"{name}.{field.name.rstrip('_')}": getattr(chosen, field.name)
            for name, chosen in options.items()
            for field in fields(chosen)  # type: ignore[arg-type]
        }

    def _on_change(self, names: set[str]) -> None:
        rules = {name.partition(".")[0] for name in names if "." in name}
        if self._watch is not None and rules:
            self._watch.set(self._values(rules))

    def _quality(self) -> int:
        return self.parameters[LiveSettings].jpeg_quality

    def _on_people(self, source: str, message: SkeletonArray, poses: Poses, hands: Poses | None) -> None:
        assert self._watch is not None
        begun = time.perf_counter()
        camera = source or message.camera
        stamp = _seconds(message.header) or self.get_clock().now().nanoseconds / 1e9
        size = message.image_width, message.image_height
        events = self._watch.update(poses, stamp, camera=camera, size=size, hands=hands)
        self._last[camera] = message.header
        self._counts["frames"] += 1
        done = time.perf_counter()
        self._publish(events, message.header)
        markers, images = self._markers[source], self._images.get(source)
        seen = markers.get_subscription_count() > 0, images is not None and images.wanted
        if any(seen):
            situation = Situation.of(self._watch, poses, stamp, camera, size)
            if seen[0]:
                markers.publish(event_markers(situation, message.header))
            if seen[1] and images is not None:
                images.know(message.header.stamp, situation)
        age = self.get_clock().now().nanoseconds / 1e9 - stamp
        self._times.add({"rules": done - begun, "publish": time.perf_counter() - done, "age": age})

    def _publish(self, events: Sequence[Event], header: Header) -> None:
        """Tell what has changed, if anything has."""
        assert self._watch is not None
        if not events:
            return
        self._counts.update(event.kind for event in events if event.phase == Phase.START)
        self._events.publish(event_array(events, header))
        self._current.publish(event_array(self._watch.current(), header))

    def _look(self) -> None:
        """See what has fallen silent, and who subscribes."""
        for source in self._sources:
            source.look()
        for images in self._images.values():
            images.look()
        timeout = self.parameters[LiveSettings].input_timeout
        silent = {s.name for s in self._sources if time.monotonic() - s.heard > timeout}
        for camera in [c for c in self._last if (c if c in self._markers else "") in silent]:
            self._end(camera)

    def _end(self, camera: str) -> None:
        """End what goes on before a camera that is not heard any more: what was seen last need not be so any longer."""
        assert self._watch is not None
        header = self._last.pop(camera)
        self._publish(self._watch.close(_seconds(header), camera, reason=UNKNOWN), header)

    def close(self) -> None:
        """End all that is going on, and stop."""
        for images in self._images.values():
            images.stop()
        if self._watch is not None:
            header = Header(stamp=self.get_clock().now().to_msg())
            self._publish(self._watch.close(_seconds(header)), header)

    def _report(self) -> None:
        assert self._watch is not None
        name = self.get_fully_qualified_name().lstrip("/")
        drawn = sum((images.counts for images in self._images.values()), Counter[str]())
        counts = {"late": self._watch.late, "dropped": self._watch.dropped, **drawn, **self._counts}
        going_on = len(self._watch.current())
        statuses = [node_status(name, list(self._rules), going_on, counts, self._times, self._sources)]
        statuses += [source_status(name, source) for source in self._sources]
        message = DiagnosticArray(status=statuses)
        message.header.stamp = self.get_clock().now().to_msg()
        self._reports.publish(message)

    def _failed(self, text: str) -> None:
        self._counts["failed"] += 1
        self._complain(text)

    def _complain(self, text: str) -> None:
        self.get_logger().warning(text, throttle_duration_sec=_LOG_PERIOD)


def _seconds(header: Header) -> float:
    return header.stamp.sec + 1e-9 * header.stamp.nanosec


def main(args: Sequence[str] | None = None) -> int:
    """Run the node as a process, with ``args`` as in ``sys.argv``; returns its exit code."""
    return run(EventsNode, args=sys.argv if args is None else args)


if __name__ == "__main__":
    sys.exit(main())
