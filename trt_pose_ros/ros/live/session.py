"""A node in its own process that is shown a bag's images, and how long each takes until its skeletons arrive."""

from __future__ import annotations

import contextlib
import json
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from types import TracebackType
from typing import NamedTuple

import rclpy
from diagnostic_msgs.msg import DiagnosticArray
from rclpy.executors import SingleThreadedExecutor
from rclpy.signals import SignalHandlerOptions

from ...evaluation.live import LiveRun, run_of
from ...messages.header import stamp_ns
from ...msg import SkeletonArray, SkeletonTopology
from ..runtime.command import stop
from ..runtime.qos import PROFILES

_PLAYER = "trt_pose_ros.ros.live.player"
_GREETING_RATE, _GREETING_COUNT = 5.0, 5  # of what is played to a node that has just started
_GREETINGS = 12  # times that nobody answers before it is given up
_QUIET = 1.0  # seconds without skeletons after which no more are expected
_REPORTED = 3.0  # seconds in which a node that reports at all has done so once more
_FATES = ("processed", "replaced", "skipped", "rate_limited", "bad", "failed", "unsent", "lost")  # of CameraStream


class Published(NamedTuple):
    """An image that was played.

    Attributes:
        camera: its number.
        number: its place among the images of its topic.
        recorded: the stamp that it has in the bag, nanoseconds.
        stamp: the one that it was played with.
        late: seconds that it was played too late.
    """

    camera: int
    number: int
    recorded: int
    stamp: int
    late: float


class Played(NamedTuple):
    """What was played, and what came of it.

    Attributes:
        published: the images in the order of their publication.
        run: their latencies, in that order.
        skeletons: the SkeletonArray of each, None where none came.
    """

    published: list[Published]
    run: LiveRun
    skeletons: list[SkeletonArray | None]


class Session:
    """A running node; a context manager.

    Args:
        bag: path of the bag to play.
        topics: of its images, a camera each.
        command: function that gives the node's command line for a namespace and the names of its cameras (none for an
            only one). It must publish skeletons.

    Attributes:
        namespace: of the node.
        reports: the node's newest diagnostics, {name of a status: {key: value}}; the node's own comes first.
        topology: the SkeletonTopology that the node has published last, None before.

    Raises:
        ValueError: the node has ended, or answers no image.
    """

    def __init__(self, bag: Path, topics: Sequence[str], command: Callable[[str, list[str]], Sequence[str]]) -> None:
        self._bag, self._topics = bag, list(topics)
        # not the names that they have elsewhere: a node may not accept them
        names = [f"camera_{number}" for number in range(len(topics))] if len(topics) > 1 else []
        self._names = names or [""]
        self.namespace = f"/trt_pose_live_{os.getpid()}"
        self.reports: dict[str, dict[str, str]] = {}
        self.topology: SkeletonTopology | None = None
        self._received: dict[tuple[int, int], tuple[int, SkeletonArray]] = {}
        self._newest = self._reported = time.monotonic()
        self._stack = contextlib.ExitStack()
        try:
            self._folder = Path(self._stack.enter_context(tempfile.TemporaryDirectory(prefix="trt_pose_live_")))
            self._listen()
            # in a session of its own: Ctrl-C is for us, and we end it
            self._node = subprocess.Popen(command(self.namespace, names), start_new_session=True)
            self._stack.callback(self._end_node)
            self._greet()
        except BaseException:
            self._stack.close()
            raise

    def play(self, *, rate: float | None = None, count: int = 0, speed: float = 1.0) -> Played:
        """Play the bag's images to the node.

        Args:
            rate: Hz of each camera; None: at the recorded times.
            count: images of each camera, at a rate.
            speed: of the recorded times.
        """
        self._received.clear()
        timing = ["--rate", str(rate), "--count", str(count)] if rate else ["--speed", str(speed)]
        record = self._folder / "published.json"
        pairs = zip(self._topics, self._names, strict=True)
        cameras = [word for topic, name in pairs for word in ("--camera", f"{topic}={name}")]
        line = [sys.executable, "-m", _PLAYER, str(self._bag), *cameras, *timing, "--record", str(record)]
        cpu, fates = self._cpu_seconds(), self._fates()
        line += ["--ros-args", "-r", f"__ns:={self.namespace}"]
        player = subprocess.Popen(line, start_new_session=True)
        try:
            self._spin_while(lambda: player.poll() is None)
        finally:
            code = stop(player)
        if code:
            raise ValueError(f"the player of {self._bag} ended with exit code {code}")
        self._newest = time.monotonic()
        self._spin_while(lambda: time.monotonic() - self._newest < _QUIET)
        published = [Published(*item) for item in json.loads(record.read_text())]
        cpu = self._cpu_seconds() - cpu
        self._wait_for_report()
        counted = {fate: count - fates.get(fate, 0) for fate, count in self._fates().items()}
        keys = [(p.camera, p.stamp) for p in published]
        received = {key: moment for key, (moment, _) in self._received.items()}
        skeletons = [self._received[key][1] if key in received else None for key in keys]
        return Played(published, run_of(rate, keys, received, cpu, counted), skeletons)

    def memory(self) -> float:
        """The most memory that the node has had so far, MiB."""
        fields = dict(line.split(":", 1) for line in self._proc("status").splitlines() if ":" in line)
        return int(fields["VmHWM"].split()[0]) / 1024

    def close(self) -> None:
        """End the node and stop listening."""
        self._stack.close()

    def __enter__(self) -> Session:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self.close()

    def _listen(self) -> None:
        context = rclpy.context.Context()
        rclpy.init(context=context, signal_handler_options=SignalHandlerOptions.NO)
        self._stack.callback(rclpy.try_shutdown, context=context)
        self._listener = rclpy.create_node("listener", context=context, namespace=self.namespace)
        self._stack.callback(self._listener.destroy_node)
        self._executor = SingleThreadedExecutor(context=context)
        self._executor.add_node(self._listener)
        self._stack.callback(self._executor.shutdown)
        for number, topic in enumerate(self._skeleton_topics()):

            def arrived(message: SkeletonArray, number: int = number) -> None:
                self._received[number, stamp_ns(message)] = time.time_ns(), message
                self._newest = time.monotonic()

            self._listener.create_subscription(SkeletonArray, topic, arrived, PROFILES["reliable"])
        self._listener.create_subscription(SkeletonTopology, "topology", self._on_topology, PROFILES["latched"])
        self._listener.create_subscription(DiagnosticArray, "/diagnostics", self._on_diagnostics, 10)

    def _skeleton_topics(self) -> list[str]:
        return [f"{self.namespace}/{name}/skeletons" if name else f"{self.namespace}/skeletons" for name in self._names]

    def _on_topology(self, message: SkeletonTopology) -> None:
        self.topology = message

    def _on_diagnostics(self, message: DiagnosticArray) -> None:
        for status in message.status:
            if status.name.startswith(self.namespace.lstrip("/")):
                self.reports[status.name] = {pair.key: pair.value for pair in status.values}
                self._reported = time.monotonic()

    def _greet(self) -> None:
        """Wait until the node answers: it may be building an engine, and its first images take longer than others."""
        self._spin_while(lambda: not all(map(self._listener.count_publishers, self._skeleton_topics())))
        for _ in range(_GREETINGS):
            played = self.play(rate=_GREETING_RATE, count=_GREETING_COUNT)
            if not played.published:
                raise ValueError(f"{self._bag} holds no image of {' or of '.join(self._topics)} that can be read")
            if {camera for camera, _ in self._received} == set(range(len(self._topics))):
                return
        raise ValueError("the node answers no image of the bag: see what it has logged")

    def _spin_while(self, condition: Callable[[], bool]) -> None:
        while condition():
            if self._node.poll() is not None:
                raise ValueError(f"the node has ended with exit code {self._node.returncode}: see what it has logged")
            self._executor.spin_once(timeout_sec=0.05)

    def _wait_for_report(self) -> None:
        """Wait until the node has told of all that it got; not for a node that tells nothing."""
        now = time.monotonic()
        self._spin_while(lambda: bool(self.reports) and self._reported < now and time.monotonic() < now + _REPORTED)

    def _fates(self) -> dict[str, int]:
        """What became of all images that the node got so far, by its diagnostics; empty where it has none."""
        fates = {fate: sum(int(report.get(fate, 0)) for report in self.reports.values()) for fate in _FATES}
        return {fate: count for fate, count in fates.items() if count}

    def _cpu_seconds(self) -> float:
        # the name in parentheses may hold anything; user and system time are the 14th and 15th field
        user, system = self._proc("stat").rpartition(")")[2].split()[11:13]
        return (int(user) + int(system)) / os.sysconf("SC_CLK_TCK")

    def _proc(self, file: str) -> str:
        return Path(f"/proc/{self._node.pid}/{file}").read_text()

    def _end_node(self) -> None:
        stop(self._node)
