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

from ...evaluation.live import LiveRun, run_of
from ...messages.header import stamp_ns
from ...msg import SkeletonArray
from ..runtime.command import stop
from ..runtime.qos import PROFILES

_PLAYER = "trt_pose_ros.ros.live.player"
_GREETING_RATE, _GREETING_COUNT = 5.0, 5  # of what is played to a node that has just started
_GREETINGS = 12  # times that nobody answers before it is given up
_QUIET = 1.0  # seconds without skeletons after which no more are expected


class Camera(NamedTuple):
    """A camera of a bag: the topic of its images there, and its name in the node, empty for an only one."""

    topic: str
    name: str


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


class Session:
    """A running node; a context manager.

    Args:
        bag: path of the bag to play.
        cameras: of the bag.
        command: function that gives the node's command line for a namespace. It must publish skeletons.

    Attributes:
        reports: {name of a status: {key: value}} of the node's newest diagnostics.

    Raises:
        ValueError: the node has ended, or answers no image.
    """

    def __init__(self, bag: Path, cameras: Sequence[Camera], command: Callable[[str], Sequence[str]]) -> None:
        self._bag, self._cameras = bag, list(cameras)
        self._namespace = f"/trt_pose_live_{os.getpid()}"
        self.reports: dict[str, dict[str, str]] = {}
        self._received: dict[tuple[int, int], int] = {}
        self._newest = time.monotonic()
        self._stack = contextlib.ExitStack()
        try:
            self._folder = Path(self._stack.enter_context(tempfile.TemporaryDirectory(prefix="trt_pose_live_")))
            self._listen()
            self._node = subprocess.Popen(command(self._namespace))
            self._stack.callback(self._end_node)
            self._greet()
        except BaseException:
            self._stack.close()
            raise

    def play(self, *, rate: float | None = None, count: int = 0, speed: float = 1.0) -> tuple[list[Published], LiveRun]:
        """Play the bag's images to the node.

        Args:
            rate: Hz of each camera; None: at the recorded times.
            count: images of each camera, at a rate.
            speed: of the recorded times.

        Returns:
            the images in the order of their publication, and the run.
        """
        timing = ["--rate", str(rate), "--count", str(count)] if rate else ["--speed", str(speed)]
        record = self._folder / "published.json"
        cameras = [word for camera in self._cameras for word in ("--camera", f"{camera.topic}={camera.name}")]
        line = [sys.executable, "-m", _PLAYER, str(self._bag), *cameras, *timing, "--record", str(record)]
        before = self._cpu_seconds()
        player = subprocess.Popen([*line, "--ros-args", "-r", f"__ns:={self._namespace}"])
        try:
            self._spin_while(lambda: player.poll() is None)
        finally:
            code = stop(player)
        if code:
            raise ValueError(f"the player of {self._bag} ended with exit code {code}")
        self._newest = time.monotonic()
        self._spin_while(lambda: time.monotonic() - self._newest < _QUIET)
        published = [Published(*item) for item in json.loads(record.read_text())]
        cpu = self._cpu_seconds() - before
        return published, run_of(rate, [(p.camera, p.stamp) for p in published], self._received, cpu)

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
        rclpy.init(context=context)
        self._stack.callback(rclpy.try_shutdown, context=context)
        self._listener = rclpy.create_node("listener", context=context, namespace=self._namespace)
        self._stack.callback(self._listener.destroy_node)
        self._executor = SingleThreadedExecutor(context=context)
        self._executor.add_node(self._listener)
        self._stack.callback(self._executor.shutdown)
        for number, camera in enumerate(self._cameras):
            topic = f"{camera.name}/skeletons" if camera.name else "skeletons"

            def arrived(message: SkeletonArray, number: int = number) -> None:
                self._received[number, stamp_ns(message)] = time.time_ns()
                self._newest = time.monotonic()

            self._listener.create_subscription(SkeletonArray, topic, arrived, PROFILES["reliable"])
        self._listener.create_subscription(DiagnosticArray, "/diagnostics", self._on_diagnostics, 10)

    def _on_diagnostics(self, message: DiagnosticArray) -> None:
        for status in message.status:
            if status.name.startswith(self._namespace.lstrip("/")):
                self.reports[status.name] = {pair.key: pair.value for pair in status.values}

    def _greet(self) -> None:
        """Wait until the node answers: it may be building an engine, and its first images take longer than others."""
        topics = [f"{self._namespace}/{camera.name}/skeletons".replace("//", "/") for camera in self._cameras]
        self._spin_while(lambda: not all(map(self._listener.count_publishers, topics)))
        for _ in range(_GREETINGS):
            published, _ = self.play(rate=_GREETING_RATE, count=_GREETING_COUNT)
            if not published:
                raise ValueError(f"{self._bag} holds no image of {', '.join(c.topic for c in self._cameras)}")
            if {p.camera for p in published if (p.camera, p.stamp) in self._received} == set(range(len(topics))):
                return
        raise ValueError("the node answers no image of the bag: see what it has logged")

    def _spin_while(self, condition: Callable[[], bool]) -> None:
        while condition():
            if self._node.poll() is not None:
                raise ValueError(f"the node has ended with exit code {self._node.returncode}: see what it has logged")
            self._executor.spin_once(timeout_sec=0.05)

    def _cpu_seconds(self) -> float:
        # the name in parentheses may hold anything; user and system time are the 14th and 15th field
        user, system = self._proc("stat").rpartition(")")[2].split()[11:13]
        return (int(user) + int(system)) / os.sysconf("SC_CLK_TCK")

    def _proc(self, file: str) -> str:
        return Path(f"/proc/{self._node.pid}/{file}").read_text()

    def _end_node(self) -> None:
        stop(self._node)
